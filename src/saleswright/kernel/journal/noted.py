"""Who did what from a command or a button? Every action that changed something leaves one record in the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from saleswright.kernel.journal.place import shown
from saleswright.kernel.journal.store import open_journal, written
from saleswright.kernel.report import Report
from saleswright.lib.issue import Issue, Stop

if TYPE_CHECKING:
    from saleswright.kernel.action import Action, Param
    from saleswright.kernel.call import Desk

REHEARSAL = "dry_run"
LONG = 300
"""Characters of an argument that are kept."""


def noted(desk: Desk, action: Action, values: Mapping[str, Any], report: Report, before: int) -> Report:
    """Write that an action was done, and give its report back, with a warning where that could not be written.

    Nothing is written of a rehearsal, of what changed nothing, of what makes a workspace or a copy for others, nor
    where the action wrote its own records (`before`: how many this thread had written before it).
    """
    if not action.recorded or action.alone or not report.changed or values.get(REHEARSAL) or written() != before:
        return report
    args = {p.name.strip("_"): _plain(p, values[p.name]) for p in action.params if values.get(p.name) not in _NOTHING}
    body = {"action": action.name, "args": args, "changed": report.changed, "exit_code": report.exit_code}
    from sqlalchemy.exc import SQLAlchemyError

    try:
        journal = open_journal(desk.here)
        assert journal is not None
        with journal.write(desk.policy.actor) as w:
            w.record("did", f"action:{action.slug}", body)
    except (Stop, SQLAlchemyError, sqlite3.Error, OSError) as error:
        # It is done, and saying that it failed would be the worse of the two.
        said = error.issues[0].what if isinstance(error, Stop) else type(error).__name__
        what = f"{action.name} is done, but that it was could not be written down: {said}"
        why, how = "so the audit log does not tell of it", "saleswright doctor says where the log is and what is wrong"
        return replace(report, issues=(*report.issues, Issue("the activity log", what, why, how, level="warning")))
    return report


_NOTHING: tuple[Any, ...] = (None, "", (), False)


def _plain(param: Param, value: Any) -> Any:
    """An argument as it is kept: of a file its name alone, of an address no password, of a long text its beginning."""
    if isinstance(value, (tuple, list)):
        return [_plain(param, one) for one in value]
    if isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return PurePath(text).name if param.arg.kind == "path" else shown(text)[:LONG]
