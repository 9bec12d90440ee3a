"""One record whole: what was done, what was on screen, its bytes and hash, and the records before and after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from saleswright.data.audit import log
from saleswright.data.audit.pages import said
from saleswright.data.audit.pages.log import number, requests
from saleswright.kernel.call import Desk
from saleswright.kernel.journal import chain, open_journal
from saleswright.lib.issue import USAGE, Issue, Stop

MOST = 400
"""Changes shown; the rest is counted."""


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The page of the record whose number is in the address."""
    seq = number(args["seq"])
    journal = open_journal(desk.here, create=False)
    if journal is None:
        raise _absent(seq)
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import about, record

    with journal.read() as con:
        entry = next(iter(log.entries(con, limit=1, before=seq + 1)), None)
        if entry is None or entry.seq != seq:
            raise _absent(seq)
        row = con.execute(select(record).where(record.c.seq == seq)).one()
        before = con.execute(select(record.c.hash).where(record.c.seq == seq - 1)).scalar()
        if before is None and seq == 1:
            before = chain.genesis(con.execute(select(about.c.value).where(about.c.name == "id")).scalar_one())
        of = requests(con, [entry])
        later = con.execute(select(record.c.seq).where(record.c.seq == seq + 1)).scalar()
    kept, content = bytes(row.hash), bytes(row.bytes)
    snap, figures = said.screen(entry.seen)
    body = {key: value for key, value in (entry.body or {}).items() if key != "seen"}
    changes = said.changes(body.get("lines"))
    if changes:
        del body["lines"]
    return {
        "title": f"Record {seq:,}",
        "entry": entry,
        "did": said.ACTS.get(entry.act, entry.act),
        "about": said.about(entry),
        "me": desk.policy.actor,
        "there": said.link(entry, of),
        "body": said.parts(body),
        "changes": changes[:MOST],
        "more": max(0, len(changes) - MOST),
        "figures": _figures(figures),
        "seen": bool(entry.seen),
        "snap": snap,
        "content": content.decode("utf-8", "replace"),
        "hash": kept.hex(),
        "before_hash": bytes(before).hex() if before is not None else "",
        "fits": before is not None and sha256(bytes(before) + content).digest() == kept,
        "earlier": seq - 1 if seq > 1 else 0,
        "later": later or 0,
    }


def _figures(given: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The figures that were seen: reference, value then, value after, as text."""
    return [
        {key: "" if one.get(key) is None else said.text(one[key]) for key in ("ref", "before", "after")}
        for one in given
    ]


def _absent(seq: int) -> Stop:
    what = "there is no such record"
    return Stop(Issue(f"record {seq}", what, "", "/audit lists them", code="unknown-record"), exit_code=USAGE)
