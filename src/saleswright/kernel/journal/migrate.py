"""Is the journal of this version? An older one is brought up to date with a backup before; a newer one is left alone."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.journal.trouble import WHERE
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import CONFLICT, Issue, Stop

HEAD = "0001"
"""The version of the tables in tables.py: the last file in migrations/versions."""

VERSION_TABLE = "alembic_version"
FOLDER = Path(__file__).parent / "migrations"
# Where the steps are.
VERSIONS: tuple[Path, ...] = (FOLDER / "versions",)


def version(con: Any) -> str | None:
    """The version that a journal is of, through a connection; None where nothing says one."""
    from sqlalchemy import inspect, text

    if not inspect(con).has_table(VERSION_TABLE):
        return None
    found = con.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return None if found is None else str(found)


def bring_up(con: Any, state: Path, file: Path | None) -> None:
    """Bring the tables up to date in the transaction of this connection: all of it, or nothing.

    state: the folder whose backups/ gets a copy before. Stop (conflict) for a journal of a newer program.
    """
    found = version(con)  # asked again inside the transaction: somebody else may have done it meanwhile
    if found == HEAD:
        return
    script = _script()
    known = {step.revision for step in script.walk_revisions()}
    if found is not None and found not in known:
        what = f"it was written by a newer version of this program (its tables are {found}, these are {HEAD})"
        why = "so it is neither read nor changed: what this version does not know would be lost"
        raise Stop(Issue(WHERE, what, why, "pip install --upgrade saleswright"), exit_code=CONFLICT)
    folder = state / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"journal-{found or 'none'}-{clock.now():%Y%m%dT%H%M%S%f}"
    if file is not None:
        copy_file(file, folder / f"{name}.sqlite")
    else:
        copy_rows(con, folder / f"{name}.jsonl")
    barrier("migration-backed-up")
    _run(con, script)
    barrier("migration-before-commit")


def copy_file(file: Path, target: Path) -> None:
    """A copy of a SQLite file as it stands committed, while others write: whole, or not there."""
    beside = target.with_suffix(".part")
    beside.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(beside)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, also while somebody looks into it
    beside.replace(target)


def copy_rows(con: Any, target: Path) -> None:
    """Every row of our tables as JSON lines, bytes in base64. The database's own backup is the better one."""
    from sqlalchemy import MetaData, select

    from saleswright.kernel.journal.tables import metadata

    there = MetaData()
    there.reflect(con, only=lambda name, _: name in metadata.tables or name == VERSION_TABLE)
    beside = target.with_suffix(".part")
    with beside.open("w", encoding="utf-8") as out:
        for table in there.sorted_tables:
            for row in con.execute(select(table)).mappings():
                plain = {k: {"base64": base64.b64encode(v).decode()} if _bytes(v) else v for k, v in row.items()}
                out.write(json.dumps({"table": table.name, "row": plain}, ensure_ascii=False) + "\n")
    beside.replace(target)


def _bytes(value: Any) -> bool:
    return isinstance(value, bytes | memoryview)


def _script() -> Any:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return ScriptDirectory(str(FOLDER), version_locations=[str(one) for one in VERSIONS])


def _run(con: Any, script: Any) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    config = Config()
    config.attributes["connection"] = con
    with EnvironmentContext(config, script, fn=lambda revision, _: script._upgrade_revs("head", revision)):
        script.run_env()
