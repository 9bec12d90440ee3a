"""Whose turn is it to write? All processes on one machine queue for a file, in the order in which they came.

SQLite itself lets waiting writers sleep longer and longer, so that who came last overtakes who came first: under 50
writers the slowest wait many times as long as the others. The kernel's queue for a lock is fair and costs nothing.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def turn(path: Path, seconds: float) -> Iterator[bool]:
    """One's turn, until the end of the block; False when it did not come in time. A process that dies gives it up."""
    try:
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError:
        yield True  # no leave to write here: the database will say so
        return
    try:
        yield _locked(held, seconds)
    finally:
        os.close(held)


def _locked(held: int, seconds: float) -> bool:
    if sys.platform == "win32":
        return True  # no such queue there: SQLite's own waiting has to do
    import fcntl

    with suppress(OSError):
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    # A wait for a lock cannot be ended, so somebody else waits; too late, it falls to nobody when `held` is closed.
    come = threading.Event()

    def wait() -> None:
        with suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX)
        come.set()

    threading.Thread(target=wait, daemon=True).start()
    return come.wait(seconds)
