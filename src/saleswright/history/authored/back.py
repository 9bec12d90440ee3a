"""What does it mean to take one event back? What was said of the same thing before it stands again, if anything was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from saleswright.history.authored.kinds import EventType
from saleswright.kernel.journal import Writing
from saleswright.kernel.journal.chain import canonical
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop


def taken_back(w: Writing, kind: EventType, plain: Mapping[str, Any], seq: int) -> dict[str, Any]:
    """The body of the event that takes back record `seq`. Stop: no such event, or the same thing was said again since."""
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import detail

    found = w.con.execute(select(detail.c.event, detail.c.body).where(detail.c.seq == seq)).first()
    if found is None or found.event != kind.name or found.body is None:
        why = "so nothing can be taken back"
        raise Stop(Issue(kind.name, f"record {seq} is no {kind.words}", why, "the number of one"), exit_code=USAGE)
    if not kind.key:
        return {"removed": seq}
    key = {name: plain[name] for name in kind.key}
    if any(json.loads(bytes(found.body)).get(name) != value for name, value in key.items()):
        what = f"record {seq} is a {kind.words} of something else"
        raise Stop(
            Issue(kind.name, what, "so nothing can be taken back", "the number of one of the same"), exit_code=USAGE
        )
    said = _said(w, kind, key)
    if said[-1][0] != seq:
        what = f"the same was said again since, in record {said[-1][0]}"
        raise Stop(Issue(kind.name, what, "taking back the earlier one would change nothing", "take back that one"),
                   exit_code=CONFLICT)  # fmt: skip
    if len(said) > 1 and "removed" not in said[-2][1]:
        return said[-2][1]
    return {**key, "removed": True}


def _said(w: Writing, kind: EventType, key: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """(record, what was said) of all events about a thing, in order."""
    from sqlalchemy import select, text

    from saleswright.kernel.journal.tables import detail

    # The database looks for the longest part of the key in the texts as they are kept; the rest is compared here.
    part = max((canonical({name: value})[1:-1] for name, value in key.items()), key=len)
    holds = "instr(body, :part) > 0" if w.journal.sqlite else "position(:part in body) > 0"
    asked = select(detail.c.seq, detail.c.body).where(detail.c.event == kind.name, text(holds)).order_by(detail.c.seq)
    told = [(int(seq), json.loads(bytes(body))) for seq, body in w.con.execute(asked, {"part": part})]
    return [(seq, body) for seq, body in told if all(body.get(name) == value for name, value in key.items())]
