"""Where is the journal of a workspace? A file beside the history, or a database that a team shares."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Issue, Stop

FILE = "journal.sqlite"
SETTING = "saleswright.toml  journal"
_PASSWORD = re.compile(r"(://[^:/@?#\s]*:)[^\s]*(@)|([?&]password=)[^&\s]*")


def address(workspace: Workspace) -> str:
    """The database's address as the driver takes it; it may hold a password, so it is never shown (see `shown`).

    `journal` of the settings says it, "env:NAME" names the variable that does; without one it is a SQLite file in the
    state folder. Stop (usage) for a variable that is not set, a kind of database that is not known, a missing driver.
    """
    given = workspace.journal
    if not given:
        return _beside(workspace.state)
    if given.startswith("env:"):
        found = os.environ.get(given[4:], "")
        if not found:
            what = f"the variable {given[4:]} is not set"
            why = "it says where the activity log of this workspace is"
            raise Stop(Issue(SETTING, what, why, f"export {given[4:]}=postgresql://..."), exit_code=USAGE)
        given = found
    kind = given.partition("://")[0].partition("+")[0]
    if kind == "sqlite" and file_of(given).is_absolute():
        return given
    if kind not in ("postgresql", "postgres"):
        what = f"{shown(given)[:60]} is no database that the activity log can be kept in"
        why = "nothing that is done could be written down"
        raise Stop(
            Issue(SETTING, what, why, "postgresql://user@host/name, or leave it out for a file"), exit_code=USAGE
        )
    if find_spec("psycopg") is None:
        what, why = "the driver of PostgreSQL is not installed", "the activity log of this workspace is kept there"
        raise Stop(
            Issue(SETTING, what, why, "pip install 'saleswright[postgres]'", code="missing-extra"), exit_code=USAGE
        )
    return f"postgresql+psycopg://{given.partition('://')[2]}"


@lru_cache(maxsize=64)
def _beside(state: Path) -> str:
    return f"sqlite:///{state / FILE}"


def file_of(url: str) -> Path:
    """The file that a SQLite address names."""
    return Path(url.removeprefix("sqlite:///"))


def shown(text: str) -> str:
    """An address, or any words that hold one, for people: without the password."""
    return _PASSWORD.sub(lambda m: f"{m[1]}***{m[2]}" if m[1] else f"{m[3]}***", text)
