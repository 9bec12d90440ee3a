"""Where does a back-test lie? A folder of its own for each question put to one state of the record, named by a hash of all that.

    .saleswright/backtests/4f1c.../run.json                asked, what it stands on
    .saleswright/backtests/4f1c.../2026Q1-w04.json         the answer of one day, written when it is there
    .saleswright/backtests/4f1c.../result.json             the whole; the answers of single days are then taken away

Every file is whole or not there: written beside, forced to the disk, moved into place. They are text, so that an erasure finds a
name in them, and no cache, so that a backup keeps them.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from saleswright.history import engine
from saleswright.lib.issue import CONFLICT, FAILURE, Issue, Stop

FOLDER, RUN, RESULT, LOCK = "backtests", "run.json", "result.json", ".lock"
FORMAT = 1


@dataclass(frozen=True)
class Archive:
    """The folder of one back-test."""

    folder: Path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While it is made no other process makes the same. Stop where one does."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LOCK).open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                why = "two at once would take each other's answers away"
                how = "wait for it; the same command then finds what it made"
                what = "another process is trying the same"
                raise Stop(Issue("forecast backtest", what, why, how), exit_code=CONFLICT) from None
            yield

    def begin(self, asked: dict[str, Any]) -> None:
        """Say what is asked, if nobody did yet."""
        if not (self.folder / RUN).exists():
            put(self.folder / RUN, asked)

    def answer(self, name: str) -> dict[str, Any] | None:
        """The kept answer of a day; None where there is none that can be read."""
        return _read(self.folder / f"{name}.json")

    def keep(self, name: str, answer: dict[str, Any]) -> None:
        """Keep the answer of a day."""
        put(self.folder / f"{name}.json", answer)

    def result(self) -> dict[str, Any] | None:
        """The whole, where it is finished."""
        found = _read(self.folder / RESULT)
        return found if found and found.get("format") == FORMAT else None

    def finish(self, result: dict[str, Any]) -> None:
        """Keep the whole, and let the answers of single days go: the whole holds them, but for single deals."""
        put(self.folder / RESULT, result)
        for path in self.folder.iterdir():
            if path.name not in (RUN, RESULT, LOCK):
                path.unlink(missing_ok=True)


def archive(state: Path, key: str) -> Archive:
    """The back-test of that key, begun or not."""
    return Archive(state / FOLDER / key)


def finished(state: Path) -> Iterator[dict[str, Any]]:
    """Every finished back-test, the newest first."""
    found = [_finished(path, path.stat().st_mtime_ns) for path in sorted((state / FOLDER).glob(f"*/{RESULT}"))]
    yield from sorted((one for one in found if one), key=lambda one: str(one["made"]), reverse=True)


@lru_cache(maxsize=32)
def _finished(path: Path, stamp: int) -> dict[str, Any] | None:
    """A finished back-test, read once for as long as its file stays as it is."""
    return Archive(path.parent).result()


def sweep(state: Path, record: str) -> None:
    """Take away what was begun on another state of the record: nobody can go on with it."""
    for path in (state / FOLDER).glob(f"*/{RUN}"):
        begun = _read(path)
        if not (path.parent / RESULT).exists() and (begun is None or begun.get("record") != record):
            shutil.rmtree(path.parent, ignore_errors=True)


def put(path: Path, content: dict[str, Any]) -> None:
    """A file, whole or not at all. Stop where it cannot be written, and nothing half written stays."""
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".new", delete=False, encoding="utf-8") as out:
            beside = Path(out.name)
            json.dump(content, out, separators=(",", ":"))
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
        engine.sync(path.parent)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        why = "what is not kept cannot be gone on with"
        how = "make room, or let this program write there; then run it again"
        raise Stop(Issue(str(path), f"not written: {error.strerror}", why, how), exit_code=FAILURE) from None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
