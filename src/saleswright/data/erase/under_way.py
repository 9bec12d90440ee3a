"""What if the power goes halfway? A paper says whom to forget until it is done, and one at a time is forgotten.

.saleswright/erasing.json    whose data is being erased; readable by its owner only, and gone at the end
.saleswright/keeping.lock    an erasure holds it alone, backups hold it together
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from saleswright.data.erase.subject import Subject, subject_of
from saleswright.history import engine
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, Issue, Stop

FILE, LOCK = "erasing.json", "keeping.lock"


@dataclass(frozen=True)
class Erasing:
    """An erasure: its id, whom, why, since when, and whether the user's own files are told without them too."""

    id: str
    subject: Subject
    because: str
    at: str
    files: bool


def under_way(state: Path) -> Erasing | None:
    """The erasure that was begun and not finished; None mostly."""
    try:
        found: dict[str, Any] = json.loads((state / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Erasing(found["id"], subject_of(found["subject"]), found["because"], found["at"], found["files"])


def begin(state: Path, erasing: Erasing) -> None:
    """Write down what is begun."""
    fresh = state / f"{FILE}.new"
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        told = {"id": erasing.id, "because": erasing.because, "at": erasing.at, "files": erasing.files}
        json.dump({**told, "subject": erasing.subject.as_dict()}, out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(fresh, state / FILE)
    engine.sync(state)


def done(state: Path) -> None:
    """Strike it out, and take the paper away."""
    path = state / FILE
    size = path.stat().st_size
    with path.open("r+b") as out:
        out.write(b"\0" * size)
        out.flush()
        os.fsync(out.fileno())
    path.unlink()
    engine.sync(state)


@contextmanager
def keeping(state: Path) -> Iterator[None]:
    """Be the one erasure or backup at work. Stop (conflict) when another is."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(
                Issue(
                    "the workspace",
                    "a backup or an erasure is at work on it just now",
                    "the two would not agree",
                    "wait until it has finished, then run this again",
                ),
                exit_code=CONFLICT,
            ) from None
        yield


@contextmanager
def disk_said(what: str, then: str) -> Iterator[None]:
    """A disk that is full, gone or not to be written to is told in a sentence: what stands now, and what to do then."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        said = (error.strerror or str(error)) if isinstance(error, OSError) else str(error).splitlines()[0]
        named = f" ({Path(str(error.filename)).name})" if isinstance(error, OSError) and error.filename else ""
        raise Stop(Issue("the disk", f"{said}{named}", what, then, code="disk")) from None


def fitness(workspace: Workspace) -> list[tuple[str, str, str]]:
    """A row of the doctor's table where an erasure was begun and not finished; none mostly."""
    begun = under_way(workspace.state)
    if begun is None:
        return []
    whom = begun.subject.said
    return [("erasure", f"of {whom}, begun {begun.at}, not finished", f"saleswright erase {whom} --yes --because ...")]
