"""What is played when a process is killed: the commands, the states before and after each, how to read a state."""

from __future__ import annotations

import csv
import json
import random
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from saleswright.history.engine import Reader
from saleswright.history.release import current, release_path
from saleswright.history.schema import standard

ROOT = Path(__file__).resolve().parents[2]
# Whose barriers are played elsewhere, by the beginning of their path, the longest that fits: what is no import.
ELSEWHERE = {
    "history/exported.py": "tests/history/test_exported.py",
    "history/projected/": "tests/history/test_projected.py",
    "kernel/": "tests/crash/door/test_kills.py",
    "kernel/journal/migrate.py": "tests/kernel/journal/test_migrate.py",
    "run/": "tests/crash/door/test_kills.py",
    "run/schedules/": "tests/run/schedules/test_runs.py",
    "data/erase/": "tests/data/erase/test_killed.py",
    "data/backup/": "tests/data/backup/test_killed.py",
}
HERE = "tests/crash/test_barriers.py"


def barriers() -> dict[str, dict[str, list[str]]]:
    """The barriers of the source: by the test that plays them, by name, the files they are in."""
    source = ROOT / "src" / "saleswright"
    found: dict[str, dict[str, list[str]]] = {HERE: {}}
    for path in sorted(source.rglob("*.py")):
        name = path.relative_to(source).as_posix()
        played = max((start for start in ELSEWHERE if name.startswith(start)), key=len, default="")
        for barrier in re.findall(r'\bbarrier\(\s*"([a-z-]+)"\s*\)', path.read_text(encoding="utf-8")):
            found.setdefault(ELSEWHERE.get(played, HERE), {}).setdefault(barrier, []).append(name)
    return found


BARRIERS = sorted(barriers()[HERE])
SETTINGS = 'format = 1\nname = "crash"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n'
DEALS = """kind: mapping
name: deals
file: deals.csv
entity: deal
full: true
fixed: [created, closed]
columns:
  Deal: id
  Name: name
  Account: account
  Owner: owner
  Stage: stage
  Amount: amount
  Created: created
  Closed: closed
"""
DEAL_COLUMNS = ("Deal", "Name", "Account", "Owner", "Stage", "Amount", "Created", "Closed")
ACCOUNTS = ("Account ID", "Account Name", "Industry", "Country")


@dataclass(frozen=True)
class Command:
    """A command, the moment it is given, and the workspace it is given in."""

    name: str
    args: dict[str, Any]
    now: str
    before: Path
    after: State


@dataclass(frozen=True)
class State:
    """All that counts of a workspace: every row of every table, which runs stand, what lies on the disk."""

    tables: tuple[tuple[str, int, int], ...]
    pointer: tuple[Any, ...]
    raw: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


class Stage:
    """The warm process, and orders to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.stage"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def play(self, root: Path, command: Command, at: str = "", after: float | None = None) -> dict[str, Any]:
        """Run a command on a workspace; kill it at a barrier or after some seconds. {killed, code, took}."""
        order = {"root": str(root), "name": command.name, "args": command.args, "now": command.now}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({**order, "at": at, "after": after}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = self._answer()
        return answer

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


def state_of(root: Path) -> State:
    """Read a workspace's state as a reader of this moment sees it."""
    state = root / ".saleswright"
    texts = tuple(
        (p.relative_to(root).as_posix(), p.read_text(encoding="utf-8"))
        for p in sorted((root / "definitions").rglob("*.yaml"))
    )
    release = current(state)
    if release is None:
        return State((), (), (), texts)
    tables = []
    with closing(Reader(release_path(state, release.number))) as reader:
        for name in (*standard(), "personal", "rates"):
            count, mark = reader.rows(f'SELECT count(*), coalesce(sum(hash(t)::HUGEINT), 0) FROM "{name}" t')[0]
            tables.append((name, count, int(mark)))
    raw = tuple(sorted(p.name for p in (state / "raw").glob("*"))) if (state / "raw").exists() else ()
    return State(tuple(tables), (release.number, release.runs, release.used, release.definitions), raw, texts)


def strays(root: Path) -> list[str]:
    """What lies in a workspace's state that nothing names."""
    state = root / ".saleswright"
    release = current(state)
    named = {".gitignore", "publish.lock", "current.json", "releases", "raw", "compiled"}
    # Beside the record: what was done, by whom, and what follows from it. Its own crashes are played in door/.
    named |= {"journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.lock", "audit.key", "heads.jsonl"}
    named |= {"projected"}
    # A journal that somebody was killed over while it was made has no name yet.
    found = [p.name for p in state.glob("*") if p.name not in named and not p.name.startswith(".journal.sqlite.")]
    found += [p.relative_to(root).as_posix() for p in root.rglob("*.new")]
    runs = {f"run-{n:06d}" for n in release.used} if release else set()
    found += [p.name for p in (state / "raw").glob("*") if p.name not in runs]
    numbers = {f"r{n:06d}.duckdb" for n in range(1, release.number + 1)} if release else set()
    return found + [p.name for p in (state / "releases").glob("*") if p.name not in numbers]


def _write(path: Path, header: tuple[str, ...], rows: list[list[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])


def exports(folder: Path, deals: int) -> tuple[Path, Path]:
    """Two exports of one company: the second has changed, new and missing deals."""
    chance = random.Random(deals)
    first = date(2026, 1, 5)
    rows = []
    for n in range(deals):
        stage = chance.choice(["Qualify", "Propose", "Won", "Lost"])
        created = first + timedelta(days=chance.randrange(60))
        closed = created + timedelta(days=chance.randrange(5, 40)) if stage in ("Won", "Lost") else ""
        rows.append(
            [f"D{n}", f"Deal {n}", f"A{n % 20}", f"U{n % 7}", stage, chance.randrange(100, 9000), created, closed]
        )
    _write(folder / "one" / "deals.csv", DEAL_COLUMNS, rows)
    accounts = [[f"A{n}", f"Company {n}", chance.choice(["Mining", "Retail"]), "DE"] for n in range(20)]
    _write(folder / "one" / "accounts.csv", ACCOUNTS, accounts)
    for row in rows[: deals // 3]:
        row[5] += 100
    grown = [[f"N{n}", f"New {n}", "A1", "U1", "Propose", 500, "2026-05-01", ""] for n in range(deals // 10)]
    _write(folder / "two" / "deals.csv", DEAL_COLUMNS, rows[: deals - 5] + grown)
    return folder / "one", folder / "two"


def rehearse(folder: Path, stage: Stage, deals: int) -> list[Command]:
    """Each command with the workspace before it and the state it should lead to, by running it undisturbed."""
    one, two = exports(folder, deals)
    root = folder / "book-0"
    (root / "definitions").mkdir(parents=True)
    (root / "saleswright.toml").write_text(SETTINGS, encoding="utf-8")
    (root / "definitions" / "deals.yaml").write_text(DEALS, encoding="utf-8")
    orders: list[tuple[str, dict[str, Any]]] = [
        ("import", {"path": str(one)}),
        ("import", {"path": str(two)}),
        ("import undo", {"run": 1}),
        ("rebuild", {}),
    ]
    found = []
    for number, (name, args) in enumerate(orders, 1):
        following = folder / f"book-{number}"
        shutil.copytree(root, following)
        command = Command(name, args, f"2026-0{5 + number}-01T09:00:00+00:00", root, State((), (), (), ()))
        done = stage.play(following, command)
        assert done["code"] == 0, (name, done)
        assert not strays(following)
        found.append(Command(name, args, command.now, root, state_of(following)))
        root = following
    return found


def killed_and_mended(stage: Stage, command: Command, root: Path, at: str = "", after: float | None = None) -> bool:
    """Kill the command there or then, check what is left, give it again, check the end. Did the kill come in time?"""
    shutil.copytree(command.before, root)
    before = state_of(root)
    done = stage.play(root, command, at, after)
    if at and not done["killed"]:
        # This command does not come by that barrier.
        shutil.rmtree(root)
        return False
    left = state_of(root)
    finished = left.pointer == command.after.pointer
    if finished:
        assert left == command.after
    else:
        # Text of mappings may have come already: it is whole, and the next run begins from it.
        assert (left.tables, left.pointer) == (before.tables, before.pointer)
        assert set(left.texts) <= set(before.texts) | set(command.after.texts)
    again = stage.play(root, command)
    if finished and command.name == "rebuild":
        end = state_of(root)
        assert again["code"] == 0
        assert (end.tables, end.raw) == (command.after.tables, command.after.raw)
        assert end.pointer[1:] == command.after.pointer[1:]
    else:
        # An undo that went through is refused a second time; an import that did finds nothing new.
        assert again["code"] == (2 if finished and command.name == "import undo" else 0)
        assert state_of(root) == command.after
    assert strays(root) == []
    shutil.rmtree(root)
    return bool(done["killed"])
