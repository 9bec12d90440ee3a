"""How does the audit log get into a backup and out of it? SQLite as a file of one moment, a server's tables as lines.

.saleswright/journal.sqlite    a copy of one moment, though others write meanwhile
.saleswright/journal.jsonl     {"table", "row"} each line, bytes as {"base64"}; of one moment too
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from saleswright.kernel.journal import migrate, open_journal
from saleswright.kernel.journal.place import FILE
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import INTEGRITY, Issue, Stop

LINES = "journal.jsonl"


def copy(workspace: Workspace, state: Path) -> None:
    """Put the audit log as it is at one moment into the state folder of a backup. Nobody who writes has to wait."""
    if not workspace.journal:
        path = workspace.state / FILE
        if path.exists():
            migrate.copy_file(path, state / FILE)
        return
    journal = open_journal(workspace, create=False)
    if journal is not None:
        with journal.read() as con:
            migrate.copy_rows(con, state / LINES)


def load(lines: Path, workspace: Workspace) -> None:
    """Read a backup's lines into the workspace's audit log. Stop when one is there already that holds anything."""
    from sqlalchemy import delete, func, insert, select, text

    from saleswright.kernel.journal.tables import metadata, record

    journal = open_journal(workspace)
    assert journal is not None
    rows: dict[str, list[dict[str, Any]]] = {}
    with lines.open(encoding="utf-8") as file:
        for line in file:
            found = json.loads(line)
            rows.setdefault(found["table"], []).append({name: _in(value) for name, value in found["row"].items()})
    with journal.engine.connect().execution_options(writes=True) as con, con.begin():
        if con.execute(select(func.count()).select_from(record)).scalar():
            what = "there is an audit log in this database already"
            why = "the backup's would be mixed with it"
            raise Stop(Issue("the database", what, why, "name an empty one, or leave --journal out"))
        for table in reversed(metadata.sorted_tables):
            con.execute(delete(table))
        for table in metadata.sorted_tables:
            if table.name in rows:
                con.execute(insert(table), rows[table.name])
            if not journal.sqlite and "id" in table.c:
                up = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), coalesce(max(id), 0) + 1, false)"
                con.execute(text(f"{up} FROM {table.name}"))
    lines.unlink()


def _in(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def head(workspace: Workspace) -> dict[str, Any]:
    """How far the audit log of a workspace is, after every record of it was proved: {"records", "hash"}.

    Stop (integrity) with the first record that is not what was written.
    """
    from saleswright.data.audit.verify import verify

    journal = open_journal(workspace, create=False)
    if journal is None:
        return {"records": 0, "hash": ""}
    with journal.read() as con:
        proof = verify(con)
    if proof.broken is not None:
        where = f"the audit log, record {proof.broken.seq}"
        raise Stop(Issue(where, proof.broken.what, "so it was changed outside", "saleswright audit verify"),
                   exit_code=INTEGRITY)  # fmt: skip
    return {"records": proof.records, "hash": proof.hash.hex() if proof.records else ""}
