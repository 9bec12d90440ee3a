"""Is a journal of another version brought up to date, whole or not at all, with a backup, and never a newer one?"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from saleswright.kernel.journal import Journal, let_go, migrate
from saleswright.kernel.journal.tables import metadata
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, Stop
from tests.journals import KINDS, empty, opened

STEP = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    op.create_table("tried", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("answered") as table:
        table.add_column(sa.Column("later", sa.Text(), nullable=False, server_default="new"))
"""


@pytest.fixture(params=KINDS)
def workspace(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Workspace:
    return empty(tmp_path, journal_url(request.param))


@pytest.fixture
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A step that a later version of the program has."""
    folder = tmp_path_factory.mktemp("steps")
    (folder / "v0002_later.py").write_text(STEP, encoding="utf-8")
    return folder


def later(monkeypatch: pytest.MonkeyPatch, steps: Path) -> None:
    """From here on, the program is a later version."""
    let_go()
    monkeypatch.setattr(migrate, "HEAD", "0002")
    monkeypatch.setattr(migrate, "VERSIONS", (*migrate.VERSIONS, steps))


def _shape(con: object) -> dict[str, object]:
    """Everything the database says of our tables, in an order of its own."""
    seen = inspect(con)
    return {
        table: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)),
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in seen.get_indexes(table)),
            sorted((u["name"], tuple(u["column_names"])) for u in seen.get_unique_constraints(table)),
            sorted((f["name"], f["referred_table"]) for f in seen.get_foreign_keys(table)),
        )
        for table in sorted(metadata.tables)
    }


def test_the_steps_end_where_the_program_is() -> None:
    assert ScriptDirectory(str(migrate.FOLDER)).get_current_head() == migrate.HEAD


def test_a_fresh_journal_is_what_the_steps_make(workspace: Workspace, tmp_path: Path) -> None:
    """Tables made at once and tables made step by step are the same, on both databases."""
    journal = opened(workspace)
    with journal.read() as con:
        fresh = _shape(con)
        assert compare_metadata(MigrationContext.configure(con), metadata) == []
    with journal.write("Ann") as w:
        for name in (*[t.name for t in reversed(metadata.sorted_tables)], migrate.VERSION_TABLE):
            w.con.execute(text(f"DROP TABLE {name}"))
        migrate.bring_up(w.con, tmp_path / "state", None)
        assert _shape(w.con) == fresh
        assert compare_metadata(MigrationContext.configure(w.con), metadata) == []
        assert migrate.version(w.con) == migrate.HEAD


def test_an_older_one_is_backed_up_and_brought_up(
    workspace: Workspace, newer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(workspace).write("Ann") as w:
        w.record("did", "a", {"x": 1})
    later(monkeypatch, newer)
    journal = opened(workspace)
    _is_later(journal)
    (copy,) = (workspace.state / "backups").iterdir()
    if journal.sqlite:
        with sqlite3.connect(copy) as con:
            assert con.execute("SELECT version_num, seq FROM alembic_version, record").fetchall() == [("0001", 1)]
            assert con.execute("SELECT count(*) FROM sqlite_master WHERE name = 'tried'").fetchone() == (0,)
    else:
        rows = [json.loads(line) for line in copy.read_text(encoding="utf-8").splitlines()]
        assert {"table": "alembic_version", "row": {"version_num": "0001"}} in rows
        assert sorted(row["table"] for row in rows) == [
            "about",
            "about",
            "actor",
            "alembic_version",
            "detail",
            "record",
        ]
        assert "canary" not in copy.read_text(encoding="utf-8")
    let_go()
    _is_later(opened(workspace))
    assert len(list((workspace.state / "backups").iterdir())) == 1


def _is_later(journal: Journal) -> None:
    with journal.write("Ann") as w:
        assert w.record("did", "b") >= 2
        assert migrate.version(w.con) == "0002"
        assert [c["name"] for c in inspect(w.con).get_columns("answered")][-1] == "later"
        assert inspect(w.con).has_table("tried")


@pytest.mark.parametrize("barrier", ["migration-backed-up", "migration-before-commit"])
def test_killed_halfway_it_is_as_before_and_goes_on(
    workspace: Workspace, newer: Path, monkeypatch: pytest.MonkeyPatch, barrier: str
) -> None:
    """A power cut in the middle of a migration leaves the old journal; the next start migrates it."""
    with opened(workspace).write("Ann") as w:
        w.record("did", "a", {"x": 1})
    let_go()
    code = (
        "import sys; from pathlib import Path; from tests.journals import empty, opened\n"
        "from saleswright.kernel.journal import migrate\n"
        "migrate.HEAD, migrate.VERSIONS = '0002', (*migrate.VERSIONS, Path(sys.argv[3]))\n"
        "opened(empty(Path(sys.argv[1]), sys.argv[2]))"
    )
    argv = [sys.executable, "-c", code, str(workspace.root), workspace.journal, str(newer)]
    monkeypatch.setenv("SALESWRIGHT_CRASH_AT", barrier)
    assert subprocess.run(argv, timeout=60).returncode == -signal.SIGKILL
    monkeypatch.delenv("SALESWRIGHT_CRASH_AT")
    journal = opened(workspace)
    with journal.read() as con:
        assert migrate.version(con) == "0001"
        assert not inspect(con).has_table("tried")
        assert con.execute(text("SELECT seq FROM record")).scalar() == 1
    copies = list((workspace.state / "backups").iterdir())
    assert len(copies) == 1 and copies[0].suffix != ".part"
    if journal.sqlite:
        # The backup is a journal, too: put into its place it opens.
        elsewhere = empty(workspace.root / "elsewhere")
        elsewhere.state.mkdir(parents=True)
        (elsewhere.state / "journal.sqlite").write_bytes(copies[0].read_bytes())
        with opened(elsewhere).write("Ben") as w:
            assert w.record("did", "b") == 2
    later(monkeypatch, newer)
    _is_later(opened(workspace))


def test_a_newer_one_is_left_alone(workspace: Workspace, newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as as_later:
        opened(workspace)
        later(as_later, newer)
        opened(workspace)
    let_go()
    with pytest.raises(Stop) as stop:
        opened(workspace)
    assert stop.value.exit_code == CONFLICT
    assert "newer version" in str(stop.value) and "0002" in str(stop.value) and "upgrade" in str(stop.value)
