"""The life table agrees to 1e-9 with an independent survival package, in an environment of the package's own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.life.lives import Reading
from saleswright.measure.flow.lifetable import LOST, OPEN, WON, Counts, count, life_table
from tests.conftest import CI, lacking
from tests.laws import bpi
from tests.laws.bpi import Event
from tests.workspaces import once

PACKAGE = "lifelines>=0.30,<0.31"
PEER = Path(__file__).with_name("peer.py")
LAST = datetime(2011, 11, 20)
CLOSE = {"rel": 1e-9, "abs": 1e-9}
Lives = dict[str, list[int]]


@pytest.fixture(scope="session")
def survival(tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path]) -> Callable[[Any], Any]:
    """Ask the package. Its environment is made once for all workers; it needs another pandas than the project has."""
    uv = need("uv")
    base = tmp_path_factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base

    def make(folder: Path) -> None:
        for command in (("venv", "-q", folder), ("pip", "install", "-q", "--python", folder / "bin/python", PACKAGE)):
            done = subprocess.run([uv, *command], capture_output=True, text=True, timeout=240, cwd=folder.parent)
            if done.returncode:
                lacking(f"no environment for {PACKAGE}: {done.stderr.strip().splitlines()[-1]}")

    home = once(base / "survival", make)

    def ask(lives: dict[str, Lives]) -> Any:
        told = subprocess.run(
            [home / "bin/python", "-I", PEER], input=json.dumps(lives), capture_output=True, text=True, timeout=240
        )
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout)

    return ask


def drawn(n: int, seed: int, late: bool, ties: bool) -> Lives:
    """Lives of many ages; with ties, days on which several end and begin."""
    rng = np.random.default_rng(seed)
    last = rng.integers(0, 90, n) if ties else rng.permutation(2 * n)[:n]
    first = np.where(rng.random(n) < 0.4, (last * rng.random(n)).astype(int), 0) if late else np.zeros(n, int)
    return {"first": first.tolist(), "last": last.tolist(), "fate": rng.integers(0, 3, n).tolist()}


def agree(told: dict[str, list[float]], counts: Counts) -> None:
    """Day by day: at risk, won, lost, still open, and the shares won and lost by then."""
    table = life_table(counts)
    day = np.array(told["day"])
    ours = {"at_risk": counts.at_risk[0], "won": counts.won[0], "lost": counts.lost[0], "open": table.stay[0, 1:]}
    for name, column in ours.items():
        assert column[day] == pytest.approx(told[name], **CLOSE), name
    assert counts.won.sum() == sum(told["won"]) and counts.lost.sum() == sum(told["lost"])
    if "won_by" in told:
        assert table.won[0, 1:][day] == pytest.approx(told["won_by"], **CLOSE)
        assert table.lost[0, 1:][day] == pytest.approx(told["lost_by"], **CLOSE)
    # Of days with ties: the package's own share still open and its own counts, put together by the estimator's rule.
    before = np.append(1.0, told["open"])[:-1]
    for kind, reached in (("won", table.won), ("lost", table.lost)):
        steps = before * np.array(told[kind]) / np.array(told["at_risk"])
        assert reached[0, 1:][day] == pytest.approx(np.cumsum(steps), **CLOSE)


def exact(lives: Lives) -> Counts:
    columns = (np.array(lives[name]) for name in ("first", "last", "fate"))
    return count(*columns, 1, exact=True)


def test_drawn_lives(survival: Callable[[Any], Any]) -> None:
    asked = {
        f"late {late} ties {ties}": drawn(500, seed, late, ties)
        for seed, (late, ties) in enumerate([(False, False), (True, False), (False, True), (True, True)])
    }
    for name, told in survival(asked).items():
        assert ("won_by" in told) == ("ties False" in name)
        agree(told, exact(asked[name]))


@pytest.fixture(scope="module")
def events(shared: Path) -> list[Event]:
    """What happened to 5,337 loan applications."""
    if not (shared / bpi.FILE).is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    return bpi.read(shared / bpi.FILE)


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory, events: list[Event]) -> Snapshot:
    """The applications imported, as of a day with many still open."""
    place = tmp_path_factory.mktemp("loans")
    space = bpi.workspace(place / "book")
    build().call(space, "import", {"path": str(bpi.export(place / "export", events))})
    return open_snapshot(space, Ambient(as_of="2011-11-20"))


def recounted(at: Snapshot, events: list[Event], since: date) -> Lives:
    """The lives straight from the events of the file."""
    found: list[tuple[int, int, int]] = []
    shown = bpi.recomputed(events, at.t, at.k)
    for _, standing, closed, qualified in shown.values():
        end = closed or at.day
        if qualified is not None and end >= max(since, qualified):
            fate = {"won": WON, "lost": LOST}.get(standing, OPEN)
            found.append((max((since - qualified).days, 0), (end - qualified).days, fate))
    first, last, fates = zip(*found, strict=True)
    return {"first": list(first), "last": list(last), "fate": list(fates)}


def in_order(events: list[Event]) -> Lives:
    """Applications in the order in which they were followed to an end, down to the moment: no two end at once."""
    seen = [event for event in events if event.at <= LAST]
    ends: dict[str, tuple[datetime, datetime, int]] = {}
    for event in sorted(seen, key=lambda one: (one.at, one.line)):
        first, _, fate = ends.get(event.case, (event.at, event.at, OPEN))
        if fate == OPEN:
            fate = WON if event.activity in bpi.WON else LOST if event.activity in bpi.LOST else OPEN
            ends[event.case] = (first, event.at if fate != OPEN else LAST, fate)
    fates = [fate for _, _, fate in sorted(ends.values(), key=lambda one: one[1] - one[0])]
    return {"first": [0] * len(fates), "last": list(range(len(fates))), "fate": fates}


def test_public_funnel(survival: Callable[[Any], Any], loans: Snapshot, events: list[Event]) -> None:
    """By whole days with all their ties, from our query, from the start and cut off on the left; and by moments, to the
    package's own estimator. The package is told the lives as the file has them."""
    asked = {str(since): recounted(loans, events, since) for since in (date(2011, 9, 1), date(2011, 10, 20))}
    asked["moments"] = in_order(events)
    told = survival(asked)
    for since in (date(2011, 9, 1), date(2011, 10, 20)):
        lives = Reading(loans, (), ()).lives(since)
        assert lives.deals == len(asked[str(since)]["last"]) > 3000 and lives.wins > 300
        assert (lives.first > 0).any() == (since > date(2011, 10, 1))
        agree(told[str(since)], lives.counts(1, weighted=False))
    assert set(asked["moments"]["fate"]) == {OPEN, WON, LOST} and "won_by" in told["moments"]
    agree(told["moments"], exact(asked["moments"]))


def test_its_absence_fails_where_it_may_not_be_missing() -> None:
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception)) as raised:
        lacking("no environment")
    assert isinstance(raised.value, pytest.fail.Exception) is CI
