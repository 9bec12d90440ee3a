"""What does a case say happened here? Its events, written as anybody's, each on the day the case gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time
from typing import Any

from saleswright.history.authored import author, types
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, unknown

KEYS = ("event", "said", "removed")


def say(workspace: Workspace, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a case's events: `event` names the kind, `said` the day it was said on, `removed` takes back; the rest are its fields.

    A field that points to a record holds the id or the name of the case's own row. Stop for what is wrong about them.
    """
    kinds = types(workspace)
    with closing(open_snapshot(workspace, Ambient())) as at:
        journal = open_journal(workspace)
        assert journal is not None
        for row in sorted(rows, key=lambda one: str(one.get("said", ""))):
            name = str(row.get("event", ""))
            if name not in kinds:
                raise Stop(unknown("kind of event", name, kinds, where="authored"))
            if not isinstance(row.get("said"), date):
                raise Stop(Issue("authored", f"a {name} without the day it was said", "", "said: 2026-03-02"))
            fields = {field: value for field, value in row.items() if field not in KEYS}
            for one in kinds[name].fields:
                if one.ref and one.name in fields:
                    fields[one.name] = _id(at, one.ref, str(fields[one.name]))
            with journal.write("case") as w:
                noon = datetime.combine(row["said"], time(12), UTC)
                # In the order of their days, each a little after the one before it.
                w.at = int(noon.timestamp()) * 1_000_000 + w.seq
                author(w, name, fields, bool(row.get("removed")), workspace)


def _id(at: Snapshot, entity: str, short: str) -> str:
    """The id of a record by the id its row in the case has, or by its name; what is neither stays as it is."""
    sql = (
        f"SELECT min(id) FROM \"{entity}\" WHERE id = $short OR ends_with(id, '_' || $short) OR id IN "
        "(SELECT id FROM personal WHERE entity = $entity AND field = 'name' AND value = $short)"
    )
    return str(at.reader.rows(sql, {"short": short, "entity": entity})[0][0] or short)
