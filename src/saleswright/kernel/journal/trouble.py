"""What is wrong with the database, said for people?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from saleswright.kernel.journal.place import shown
from saleswright.lib.issue import CONFLICT, FAILURE, INTEGRITY, NOT_ALLOWED, SOURCE, Issue, Stop

BUSY_MS = 20_000
"""How long a writer waits for the others before it says so."""

WHERE = "the activity log"

# What the databases say -> our sentence, what follows, what to do, exit code.
_SAID: tuple[tuple[tuple[str, ...], str, str, str, int], ...] = (
    (
        ("locked", "busy", "lock timeout"),
        "another program is writing to it for very long",
        "so nothing was written",
        "try again",
        CONFLICT,
    ),
    (
        ("disk is full", "no space left", "disk full"),
        "there is no room on the disk",
        "so nothing was written",
        "make room, then try again",
        FAILURE,
    ),
    (
        ("i/o error", "input/output error"),
        "the disk fails, or is full",
        "so nothing was written, or cannot be read",
        "saleswright doctor says how much room there is; look after the disk, then try again",
        FAILURE,
    ),
    (
        ("readonly", "read-only", "permission denied"),
        "it may not be written",
        "so nothing was done",
        "give the person who runs this leave to write .saleswright/, or the database",
        NOT_ALLOWED,
    ),
    (
        ("malformed", "not a database"),
        "the file is damaged",
        "so nothing can be read from it with certainty",
        "saleswright restore, from the last backup",
        INTEGRITY,
    ),
    (
        (
            "unable to open",
            "connection",
            "could not connect",
            "could not translate",
            "no such file",
            "file exists",
            "not a directory",
        ),
        "it cannot be reached",
        "so nothing was done",
        "saleswright doctor says where it is; look whether the database runs",
        SOURCE,
    ),
)


def told(error: BaseException, url: str = "", reached: bool = True) -> Stop | None:
    """What an error of the database means, as a refusal; None for one that is a bug. No password is in it.

    reached: whether there was a connection when it happened; without one, that is what is wrong.
    """
    text = str(error).lower() if reached else f"connection: {error}".lower()
    for words, what, why, how, code in _SAID:
        if any(word in text for word in words):
            where = WHERE if not url or url.startswith("sqlite") else f"{WHERE} at {shown(url).partition('@')[2]}"
            return Stop(Issue(where, what, why, how), exit_code=code)
    return None


def busy() -> Stop:
    """The refusal of one who waited too long."""
    found = told(RuntimeError("busy"))
    assert found is not None
    return found


@contextmanager
def said(url: str) -> Iterator[None]:
    """Errors of the database become refusals that say what to do; those that are bugs stay as they are."""
    from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

    try:
        yield
    except (DataError, IntegrityError, sqlite3.DataError, sqlite3.IntegrityError):
        raise  # these tell of values, which may hold any words
    except (DBAPIError, sqlite3.Error) as error:
        wrapped = error if isinstance(error, DBAPIError) else None
        reached = wrapped is None or wrapped.statement is not None or url.startswith("sqlite")
        stop = told((wrapped and wrapped.orig) or error, url, reached)
        if stop is None:
            raise
        raise stop from None
