"""What does the product do with a bad file? Run through the public import, in this process or in one of its own."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from saleswright.app import build
from saleswright.history.engine import Reader
from saleswright.history.release import current, release_path
from saleswright.kernel.call import App
from saleswright.kernel.envelope import block, plain
from saleswright.lib.issue import Stop
from tests.corpus.case import Case

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = 'format = 1\nname = "Corpus"\ncurrency = "{currency}"\nzone = "UTC"\n'
NOW = "2026-11-22T09:00:00+00:00"
SLOWEST = 30.0
"""Seconds of processor for every ten megabytes of a file, and at least for one file; the wall gets more on a busy machine."""
PATIENCE = 5
MOST = 600_000_000
"""Bytes that a process given a hostile file, or any child of it, may hold."""


MARK = "used: "
# A child counts what its parent held when it was started, so a small process starts it and tells what it used.
TELL = f"""
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:])
_, status, used = os.wait4(child.pid, 0)
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
code = os.waitstatus_to_exitcode(status)
sys.stderr.write({MARK!r} + str([peak, used.ru_utime + used.ru_stime, code]))
"""


class Hang(Exception):
    """A file kept the product busy for too long."""


@dataclass(frozen=True)
class Played:
    """What came of an import: its issues and all it said, its exit code, seconds of processor and peak bytes; `broke` is set where
    it ended neither with a report nor with a refusal."""

    issues: tuple[dict[str, str], ...] = ()
    said: str = ""
    code: int = 0
    changed: int = 0
    seconds: float = 0.0
    peak: int = 0
    broke: str = ""
    refused: bool = False
    questions: tuple[str, ...] = ()

    @property
    def warnings(self) -> str:
        """Everything said at the level of a warning or above, and every question."""
        loud = [" ".join(i.values()) for i in self.issues if i["level"] != "note"]
        return "\n".join([*loud, *self.questions])


@dataclass(frozen=True)
class Book:
    """A workspace of the test, and what lies in it now."""

    root: Path
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "state", self.root / ".saleswright")

    @property
    def empty(self) -> list[str]:
        """What should not lie here when nothing was ever imported."""
        allowed = {"saleswright.toml", "definitions", ".saleswright", ".gitignore"}
        found = [p.name for p in self.root.iterdir() if p.name not in allowed]
        found += [str(p.relative_to(self.root)) for p in (self.root / "definitions").rglob("*") if p.is_file()]
        quiet = {"publish.lock", ".gitignore"}
        state = self.state.rglob("*") if self.state.exists() else ()
        return found + [str(p.relative_to(self.root)) for p in state if p.is_file() and p.name not in quiet]

    def manifest(self, run: int = 1) -> list[dict[str, Any]]:
        """The files of a run, as it accounts for them."""
        text = (self.state / "raw" / f"run-{run:06d}" / "manifest.json").read_text(encoding="utf-8")
        found: list[dict[str, Any]] = json.loads(text)["files"]
        return found

    def rejected(self, run: int = 1) -> list[dict[str, str]]:
        """The rows a run gave back, of all its files."""
        rows: list[dict[str, str]] = []
        for path in sorted((self.state / "raw" / f"run-{run:06d}").glob("rejected*.csv")):
            with path.open(newline="", encoding="utf-8") as lines:
                rows += csv.DictReader(lines)
        return rows

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the published release; nothing when there is none."""
        release = current(self.state)
        if release is None:
            return []
        with closing(Reader(release_path(self.state, release.number))) as reader:
            return reader.rows(sql)

    def deals(self) -> dict[str, dict[str, Any]]:
        """Every deal as it stands, by its key in the file; accounts by key, owners by name."""
        now = "valid_to = TIMESTAMP '9999-12-31' AND known_to = TIMESTAMP '9999-12-31' AND NOT removed"
        names = f"(SELECT id, value FROM personal WHERE entity = 'person' AND field = 'name' AND {_without(now)})"
        sql = f"SELECT d.* REPLACE (p.value AS owner) FROM deal d LEFT JOIN {names} p ON p.id = d.owner WHERE {now}"
        release = current(self.state)
        if release is None:
            return {}
        with closing(Reader(release_path(self.state, release.number))) as reader:
            columns, rows = reader.table(sql)
        found = (dict(zip(columns, row, strict=True)) for row in rows)
        return {
            d["id"].removeprefix("deal_crm_"): d | {"account": (d["account"] or "").removeprefix("account_crm_")}
            for d in found
        }


def _without(now: str) -> str:
    return now.removesuffix(" AND NOT removed")


@cache
def app() -> App:
    """The composed product, made once."""
    return build()


def book(folder: Path, currency: str = "USD") -> Book:
    """A new workspace that has seen nothing."""
    root = folder / "book"
    (root / "definitions").mkdir(parents=True)
    (root / "saleswright.toml").write_text(SETTINGS.format(currency=currency), encoding="utf-8")
    return Book(root)


def write(case: Case, folder: Path) -> Path:
    """Write a case's file or folder under `folder`."""
    place = folder / "drop"
    place.mkdir(parents=True)
    return case.write(place)


def allowed(path: Path) -> float:
    """Seconds that a file or a folder may take."""
    files = path.rglob("*") if path.is_dir() else [path]
    size = sum(p.lstat().st_size for p in files if p.is_file())
    return SLOWEST * max(1.0, size / 10_000_000)


def play(made: Book, path: Path, alone: bool = False) -> Played:
    """Import a path into the workspace."""
    return _alone(made, path) if alone else _here(made, path)


def check(made: Book) -> str:
    """What the check of the data finds, in words."""
    report = app().call(app().open_workspace(made.root), "check", {}).report
    rows = [row for b in report.blocks if getattr(b, "name", "") == "findings" for row in b.rows]  # type: ignore[union-attr]
    found = [" ".join(map(str, row)) for row in rows if row[1]]
    return "\n".join([*found, *map(str, report.issues)])


def _here(made: Book, path: Path) -> Played:
    start = time.perf_counter()
    spent = time.process_time()
    try:
        with limit(allowed(path) * PATIENCE):
            report = app().call(app().open_workspace(made.root), "import", {"path": str(path)}).report
    except Stop as stop:
        issues = tuple(issue.as_dict() for issue in stop.issues)
        said = "\n".join(map(str, stop.issues))
        return Played(issues, said, stop.exit_code, 0, time.process_time() - spent, refused=True)
    except Hang:
        return Played(broke=f"still busy after {time.perf_counter() - start:.0f} s")
    except Exception as error:  # the very thing the corpus looks for
        return Played(broke=f"{type(error).__name__}: {error}", seconds=time.perf_counter() - start)
    said = "\n".join(
        [*map(str, report.issues), *(json.dumps(plain(block(b)), ensure_ascii=False) for b in report.blocks)]
    )
    issues = tuple(issue.as_dict() for issue in report.issues)
    asked = tuple(f"{q.get('text')} {q.get('why')} {q.get('taken')}" for q in report.data.get("questions", ()))
    took = time.process_time() - spent
    return Played(issues, said, report.exit_code, report.changed or 0, took, questions=asked)


def _alone(made: Book, path: Path) -> Played:
    """The installed command in a process of its own. Its peak is the most that it, or any child it waited for, held."""
    argv = [sys.executable, "-m", "saleswright", "import", "-w", str(made.root), "--json", "--", str(path)]
    argv = [sys.executable, "-S", "-c", TELL, *(argv if path.name.startswith("-") else [a for a in argv if a != "--"])]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True, env=dict(os.environ)
        )
        ended = status = 0
        while not ended and time.perf_counter() - start < allowed(path) * PATIENCE:
            ended, status = os.waitpid(child.pid, os.WNOHANG)
            time.sleep(0.01)
        if not ended:
            os.killpg(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            child.returncode = -9
            return Played(broke=f"still busy after {time.perf_counter() - start:.0f} s")
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    texts[1], _, told = texts[1].rpartition(MARK)
    peak, took, code = json.loads(told)
    child.returncode = code
    if "Traceback" in texts[1] or child.returncode < 0:
        return Played(broke=f"ended with {child.returncode}: {texts[1][-3000:]}", seconds=took, peak=peak)
    answer = json.loads(texts[0])
    data = answer.get("data") or {}
    asked = tuple(json.dumps(q, ensure_ascii=False) for q in (data.get("data") or {}).get("questions", ()))
    issues = tuple(answer.get("issues") or data.get("issues") or ())
    refused = bool(issues) and not data.get("blocks")
    return Played(issues, json.dumps(answer, ensure_ascii=False), child.returncode, 0, took, peak, "", refused, asked)


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Hang when the block takes longer. Only in a process's first thread, where tests run."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def found(pattern: str, text: str) -> bool:
    """Does the text hold the pattern, in any case?"""
    return re.search(pattern, text, re.IGNORECASE) is not None


def clear(folder: Path) -> None:
    """Leave nothing behind: some cases are large."""
    shutil.rmtree(folder, ignore_errors=True)
