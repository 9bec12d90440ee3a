"""Who did what, when, and with which figures on screen? The log, filtered by the query, with its proof beside it."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from saleswright.data.audit import heads, log
from saleswright.data.audit.actions import proved
from saleswright.data.audit.export import lines
from saleswright.data.audit.pages import said
from saleswright.kernel import clock
from saleswright.kernel.call import Desk
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.zone import local_date

SHOWN = 50
AT_ONCE = 50_000
"""Records that are verified while the page is made; a longer log says until where it was verified last."""

EXPORTS = ("records", "whole", "head")
KEPT = 8
_lock = threading.Lock()
_proofs: OrderedDict[Path, tuple[tuple[Any, ...], Proven]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Proven:
    """How far the log was verified, when, and what was wrong with it. head: the last signed one that was kept."""

    records: int
    at: datetime
    issues: tuple[Issue, ...]
    head: heads.Head | None


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The page."""
    query = {name: args.get(name, "").strip() for name in ("who", "what", "about", "since", "until")}
    before = args.get("before", "")
    values: dict[str, Any] = {
        "query": [(name, value) for name, value in query.items() if value],
        "entries": [],
        "many": 0,
        "whole": 0,
        "next": "",
        "proven": None,
        "fields": [],
        "signed": None,
        "acts": said.ACTS,
        "screens": False,
    }
    journal = open_journal(desk.here, create=False)
    if journal is None:
        return values
    zone = desk.here.zone
    wanted = log.Wanted(
        query["who"],
        query["what"],
        query["about"].replace(" ", ":", 1) if ":" not in query["about"] else query["about"],
        _day("since", query["since"], zone),
        _day("until", query["until"], zone, 1),
    )
    with journal.read() as con:
        found = log.entries(con, wanted, SHOWN, number(before) if before else None)
        of = requests(con, found)
        values["entries"] = [
            (
                one,
                said.link(one, of),
                local(one.at, zone),
                said.summary(one),
                said.about(one),
                len(said.screen(one.seen)[1]),
            )
            for one in found
        ]
        values["screens"] = any(said.screen(one.seen)[1] for one in found)
        values["many"] = log.count(con, wanted)
        values["whole"] = values["many"] if wanted == log.Wanted() else log.count(con)
        values["fields"] = _fields(con, query)
    if len(found) == SHOWN and found[-1].seq > 1:
        values["next"] = str(found[-1].seq)
    values["proven"] = proof = proven(journal, desk.here, values["whole"], args.get("verify") == "yes")
    values["signed"] = datetime.fromisoformat(proof.head.signed) if proof and proof.head else None
    return values


def proven(journal: Journal, workspace: Workspace, records: int, now: bool = False) -> Proven | None:
    """How far the log is verified: now where it is short enough or that is asked for, else as far as it was last.

    None when a long one never was.
    """
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import record

    kept = heads.kept(workspace)
    with journal.read() as con:
        last = con.execute(select(record.c.seq, record.c.hash).order_by(record.c.seq.desc()).limit(1)).first()
    stamp = (journal.url, last.seq if last else 0, bytes(last.hash) if last else b"", len(kept))
    with _lock:
        known = _proofs.get(workspace.root)
    fresh = known is not None and known[0] == stamp and clock.now() - known[1].at < timedelta(minutes=5)
    if known is not None and (fresh or (records > AT_ONCE and not now)):
        return known[1]
    if records > AT_ONCE and not now:
        return None
    report = proved(journal, workspace)
    head: Any = report.data["head"]
    made = Proven(int(head["seq"]), clock.now(), report.issues, kept[-1] if kept else None)
    with _lock:
        _proofs[workspace.root] = (stamp, made)
        while len(_proofs) > KEPT:
            _proofs.popitem(last=False)
    return made


def export(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """A file for an auditor: the records alone, with names and bodies, or only the signed head."""
    what = args["what"]
    if what not in EXPORTS:
        raise Stop(unknown("export", what, EXPORTS), exit_code=USAGE)
    journal = open_journal(desk.here, create=False)
    if journal is None:
        why = "so there is no log to hand over"
        raise Stop(Issue("the audit log", "nothing was done yet that asks for a record", why), exit_code=USAGE)
    with journal.read() as con:
        if what == "head":
            text = heads.sign(desk.here, con).text() + "\n"
        else:
            text = "".join(
                json.dumps(line, ensure_ascii=False) + "\n" for line in lines(desk.here, con, what == "whole")
            )
    return {"name": f"audit-{what}.jsonl", "body": text.encode(), "media": "application/x-ndjson"}


def requests(con: Any, found: Sequence[log.Entry]) -> dict[int, int]:
    """Of which request is each sending that these records are about?"""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import effect

    names = [one.subject.removeprefix("effect:") for one in found if one.subject.startswith("effect:")]
    ids = sorted({int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 10})
    if not ids:
        return {}
    asked = select(effect.c.id, effect.c.request).where(effect.c.id.in_(ids))
    return {row.id: row.request for row in con.execute(asked) if row.request}


def number(text: str) -> int:
    """A record's number from an address."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Stop(unknown("record", text[:40], [], where="the audit log"), exit_code=USAGE)
    return int(text)


def local(at: datetime, zone: str) -> date:
    """The day of a moment where the company is."""
    return local_date(at.replace(tzinfo=None), zone)


def _fields(con: Any, query: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"name": "who", "label": "Who", "value": query["who"], "none": "everybody",
         "choices": [(one, one) for one in _with(query["who"], log.choices(con, "actor"))]},
        {"name": "what", "label": "Did", "value": query["what"], "none": "anything",
         "choices": [(one, said.ACTS.get(one, one)) for one in _with(query["what"], log.choices(con, "act"))]},
        {"name": "since", "label": "Since", "value": query["since"], "kind": "date"},
        {"name": "until", "label": "Until", "value": query["until"], "kind": "date"},
        {"name": "about", "label": "About", "value": query["about"], "none": "request:17"},
    ]  # fmt: skip


def _with(value: str, known: list[str]) -> list[str]:
    return known if not value or value in known else [value, *known]


def _day(name: str, text: str, zone: str, after: int = 0) -> datetime | None:
    """The moment a local day begins, or (after = 1) ends."""
    if not text:
        return None
    from zoneinfo import ZoneInfo

    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Stop(Issue(name, f"'{text[:40]}' is no day", "", "2026-11-01", code="bad-day"), exit_code=USAGE) from None
