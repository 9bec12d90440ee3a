"""Is the nearest open package asked fairly, with nothing it could not have known, and does it answer?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.peer_forecast import environment, features, law, request, summary
from bench.peer_world import Rows, world
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.scored.laws import quantile
from tests.conftest import lacking
from tests.measure.forecast.seeds import drawn
from tests.workspaces import once

CODES = {"stage": 4, "segment": 2}


def test_it_is_told_nothing_that_was_not_known_on_the_day():
    """Whatever happens after the origin, the request is the same to the last byte."""
    rng = drawn()
    rows = world(int(rng.integers(10**6)), 8, 6.0, 0.3, (0, 6)).rows
    origin, end = 5 * 13 * 7, 6 * 13 * 7
    later = rows.day + rows.until > origin
    fate, until = rows.fate.copy(), rows.until.copy()
    fate[later] = rng.choice([OPEN, WON, LOST], int(later.sum()))
    until[later] = origin - rows.day[later] + rng.integers(1, 900, int(later.sum()))
    changed = Rows(
        *(getattr(rows, n) if n not in ("fate", "until") else {"fate": fate, "until": until}[n] for n in Rows.__slots__)
    )
    asked = [
        json.dumps(request(one.known_by(origin), one.only(one.day == origin), origin, end, CODES))
        for one in (rows, changed)
    ]
    assert later.any() and asked[0] == asked[1]


def test_what_is_asked_of_each_row():
    day = np.array([0, 0, 0, 70])
    zeros = np.zeros(4, int)
    until, fate = np.array([50, 80, 95, 10]), np.array([WON, WON, LOST, WON])
    rows = Rows(np.arange(4), day, zeros, zeros, zeros, zeros, zeros, np.ones(4), until, fate).known_by(91)
    assert rows.fate.tolist() == [WON, WON, OPEN, WON] and rows.until.tolist() == [50, 80, 91, 10]
    asked = request(rows, rows, 91, 91 + 60, CODES)
    assert asked["ways"] == {"ever": [1, 1, None, 1], "within": [1, 0, 0, None]}
    assert asked["closed"]["stage_0"] == [1.0] * 4


def test_of_very_many_rows_some_are_sent(monkeypatch: pytest.MonkeyPatch):
    rows = world(int(drawn().integers(10**6)), 8, 6.0, 0.3, (0,)).rows
    monkeypatch.setattr("bench.peer_forecast.MOST", 50)
    origin = 5 * 91
    asked = request(rows.known_by(origin), rows.only(rows.day == origin), origin, origin + 91, CODES)
    within = [one for one in asked["ways"]["within"] if one is not None]
    assert len(within) == 50 and len(asked["closed"]["age"]) == len(asked["ways"]["ever"]) > 50


def test_gaps_are_said_and_no_feature_is_no_number():
    rows = Rows(*[np.array([1, 2])] * 7, np.array([1.0, np.nan]), *[np.array([1, 2])] * 2)
    found = features(rows, CODES)
    assert all(np.isfinite(column).all() for column in found.values()) and "pushes" not in found
    asked = request(rows, rows, 5, 9, CODES, typical=7.0)
    assert asked["amount"] == [1.0, 7.0]
    assert found["stage_1"] == [1.0, 0.0] and found["age_unknown"] == [0.0, 0.0]


def test_its_law_has_its_own_range():
    x, cdf = law({"mean": 100.0, "sd": 30.0, "support": [0.0, 500.0]})
    assert [float(quantile(x, cdf, q)) for q in (0.1, 0.9)] == pytest.approx([100 - 38.447, 100 + 38.447], abs=0.01)
    assert law({"mean": 10.0, "sd": 30.0, "support": [0.0, 500.0]})[0].min() == 0.0
    assert summary("ever", [{"reason": "one class"}]) == {"way": "ever", "origins": 0, "reason": "one class"}


def test_it_answers_every_origin_in_an_environment_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path], root: Path, monkeypatch: pytest.MonkeyPatch
):
    base = tmp_path_factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{need('uv').parent}")

    def make(folder: Path) -> None:
        try:
            environment(folder)
        except AssertionError as error:
            lacking(str(error))

    home = once(base / "peer", make)
    argv = [
        sys.executable,
        "-m",
        "bench.peer_forecast",
        "--env",
        str(home),
        "--quarters",
        "5",
        "--first",
        "3",
        "--weeks",
        "0",
    ]
    ran = subprocess.run([*argv, "--seed", "3"], cwd=root, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-2000:]
    *answers, ever, within = map(json.loads, ran.stdout.splitlines())
    assert [(one["period"] - one["origin"], one["way"]) for one in answers] == [(91, "ever"), (91, "within")] * 2
    for one in answers:
        assert one["support"][0] <= one["low"] < one["mean"] < one["high"] <= one["support"][1]
        assert one["actual_of_all"] >= one["actual"] > 0 and 0 < one["brier"] < 0.5
        half = (one["high"] - one["low"]) / 2
        assert half == pytest.approx(1.28155 * one["sd"], rel=1e-3)
    assert ever["periods"] == within["periods"] == 2 and "too few quarters" in ever["verdict"]
