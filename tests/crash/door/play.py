"""How the plays at the door are given: the providers, the warm process, a workspace, orders, the kills."""

from __future__ import annotations

import http.client
import json
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.crash.door import checks
from tests.crash.door.ways import RULES, Taken, sides, taken, written

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 6, 1, 9, tzinfo=UTC)
SERVERS = ("keyed", "askable", "neither")
SETTINGS = 'format = 1\nname = "crash"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n'


class Warm:
    """The warm process, and orders to it."""

    def __init__(self, rules: str, scratch: Path) -> None:
        scratch.mkdir()
        order = [sys.executable, "-m", "tests.crash.door.stage", str(scratch), rules]
        self.process = subprocess.Popen(order, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._answer() == "ready"

    def play(self, **order: Any) -> dict[str, Any]:
        """Give one order; its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = self._answer()
        return found

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)


@dataclass
class Stage:
    """All that a play needs."""

    warm: Warm
    ports: dict[str, int]
    log: Path
    folder: Path
    books: int = 0

    def faults(self, rate: float, seed: int = 0, only: str = "") -> None:
        """Let that share of the calls to the providers meet a fault from now on, that one when it is named."""
        for side in SERVERS:
            self._say(side, "POST", "/-/faults", json.dumps({"rate": rate, "seed": seed, "only": only}))
        with smtplib.SMTP("127.0.0.1", self.ports["mail"]) as post:
            post.helo()
            post.mail("ops@example.com")
            post.rcpt(f"faults+{round(rate * 100)}@example.com")

    def settled(self) -> None:
        """Wait until no call is under way any more: as long as a lease lasts at the least, nothing takes longer."""
        for side in SERVERS:
            assert self._say(side, "GET", "/-/quiet")["busy"] == 0

    def book(self, journal: str = "") -> Book:
        """A workspace without a past; its journal is a file, or in the database of that address."""
        self.books += 1
        root = self.folder / f"book-{self.books}"
        (root / "definitions").mkdir(parents=True)
        extra = f'journal = "{journal}"\n' if journal else ""
        (root / "saleswright.toml").write_text(SETTINGS + extra, encoding="utf-8")
        (root / "definitions" / "rules.yaml").write_text(RULES + sides(self.ports), encoding="utf-8")
        return Book(self, root, journal, self.log.read_bytes().count(b"\n"))

    def _say(self, side: str, verb: str, path: str, body: str = "") -> Any:
        con = http.client.HTTPConnection("127.0.0.1", self.ports[side], timeout=10)
        try:
            con.request(verb, path, body or None)
            return json.loads(con.getresponse().read())
        finally:
            con.close()


@dataclass
class Book:
    """One workspace, its clock, and where its part of the providers' log begins."""

    stage: Stage
    root: Path
    journal: str
    since: int
    now: datetime = START

    def give(self, *jobs: list[Any], **order: Any) -> dict[str, Any]:
        """Have an actor do these jobs at this workspace's present moment."""
        common = {"root": str(self.root), "now": self.now.isoformat()}
        beside = [common | one for one in order.pop("beside", ())]
        return self.stage.warm.play(**common, jobs=list(jobs), beside=beside, **order)

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)

    @property
    def found(self) -> dict[str, list[checks.Row]]:
        """Every row of its journal."""
        return checks.tables(self.root, self.journal)

    @property
    def taken(self) -> list[Taken]:
        """What the providers took since this workspace was made, and its files of changes."""
        return taken(self.stage.log, self.since) + written(self.root)


@contextmanager
def opened(folder: Path) -> Iterator[Stage]:
    """The providers and the warm process, until the plays are over."""
    order = [sys.executable, "-m", "tests.crash.door.providers", str(folder)]
    process = subprocess.Popen(order, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        ports = json.loads(process.stdout.readline())
        log = folder / "taken.log"
        warm = Warm(RULES + sides(ports), folder / "warm")
        try:
            yield Stage(warm, ports, log, folder)
        finally:
            warm.close()
    finally:
        process.stdin.close()
        process.wait(timeout=30)
