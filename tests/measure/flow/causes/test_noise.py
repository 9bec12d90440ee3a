"""Findings among people who are all alike are at most as frequent as said, and people who differ are found."""

from __future__ import annotations

import os
from itertools import combinations
from math import comb

import numpy as np
import pytest

from saleswright.measure.flow.causes import noise
from saleswright.measure.flow.causes.panel import Panel, Sample, compare
from tests.measure.flow.causes.companies import Planted, drawn

LONG = bool(os.environ.get("SALESWRIGHT_NIGHTLY"))
SEED = int(np.random.SeedSequence().generate_state(1)[0])


def test_where_nobody_differs_at_most_one_company_in_ten_shows_any_finding() -> None:
    rng = np.random.default_rng(SEED)
    draws, hits = 2000 if LONG else 300, 0
    for _ in range(draws):
        reps = int(rng.integers(6, 20))
        made = compare(drawn(rng, reps, int(rng.integers(1, max(2, reps // 6)))))
        hits += any(one.finding for one in made)
    # 10 % promised: three standard errors of the count above it would be a law broken, not luck.
    allowed = 0.10 * draws + 3 * (draws * 0.1 * 0.9) ** 0.5
    assert hits <= allowed, f"seed {SEED}: {hits} of {draws}"


def test_planted_weak_reps_are_found_and_few_others_with_them() -> None:
    rng = np.random.default_rng(SEED)
    draws = 200 if LONG else 40
    found = planted = false = listed = 0
    for _ in range(draws):
        weak = {int(i): 0.5 for i in rng.choice(18, 2, replace=False)}
        made = compare(drawn(rng, 18, 2, Planted(win=weak), 0.45, 120))
        hits = [one for one in made if one.finding]
        mine = [one for one in hits if one.rep in weak and one.factor == "win rate" and not one.good]
        found, planted = found + len(mine), planted + len(weak)
        listed, false = listed + len(hits), false + len(hits) - len(mine)
    assert found >= 0.8 * planted, f"seed {SEED}: {found} of {planted}"
    assert false <= 0.2 * listed, f"seed {SEED}: {false} of {listed}"


def test_a_leak_of_30_percent_with_100_opportunities_is_found_in_four_of_five() -> None:
    """Algorithms J: rep x stage, passing 70 % of what comes to a stage; false findings at most 10 %."""
    rng = np.random.default_rng(SEED)
    draws = 300 if LONG else 60
    found = planted = 0
    shares = []
    for _ in range(draws):
        weak = {int(i): 0.7 for i in rng.choice(20, 2, replace=False)}
        made = [one for one in compare(drawn(rng, 20, 1, Planted(win=weak), 0.7, 100), ("win rate",)) if one.finding]
        mine = [one for one in made if one.rep in weak and not one.good]
        found, planted = found + len(mine), planted + len(weak)
        shares.append((len(made) - len(mine)) / max(1, len(made)))
    assert found >= 0.8 * planted, f"seed {SEED}: {found} of {planted}"
    spread = float(np.std(shares)) / len(shares) ** 0.5
    assert float(np.mean(shares)) <= 0.10 + 3 * spread, f"seed {SEED}: {np.mean(shares)}"


def test_who_sells_to_a_harder_segment_is_not_weaker_for_it() -> None:
    """Half of the reps have only the hard segment: raw win rates differ by a factor of three, nobody's own does."""
    rng = np.random.default_rng(SEED)
    hits = 0
    for _ in range(100):
        reps = 12
        segment = np.repeat(np.arange(reps) % 2, 100)
        owner = np.repeat(np.arange(reps), 100)
        won = (rng.random(len(owner)) < np.where(segment == 0, 0.6, 0.2)).astype(float)
        made = compare(Panel(np.zeros(reps, np.int64), {"win rate": Sample(owner, segment, won)}), ("win rate",))
        hits += any(one.finding for one in made)
    assert hits <= 10 + 9, f"seed {SEED}: {hits} of 100"


def test_golden_vector_14() -> None:
    assert noise.pulled(7 / 20, 0.30, 20, 20) == pytest.approx(0.325)


def test_the_chances_are_those_of_counting_every_hand() -> None:
    chances = noise.hypergeometric(7, 3, 4)
    hands = [sum(1 for i in hand if i < 3) for hand in combinations(range(7), 4)]
    assert chances == pytest.approx([hands.count(k) / len(hands) for k in range(5)])
    told = [comb(6, k) * 0.3**k * 0.7 ** (6 - k) for k in range(7)]
    assert noise.binomial(6, 0.3) == pytest.approx(told)


def test_benjamini_and_hochberg_step_up() -> None:
    """Their rule on eight values at 10 %: the largest rank whose p is below its share takes all before it along."""
    p = [0.001, 0.60, 0.026, 0.037, 0.041, 0.9, 0.30, 0.75]
    assert noise.found(p, 0.10) == [True, False, True, True, True, False, False, False]
    assert noise.found([], 0.10) == []
    assert noise.found([0.2, 0.3], 0.10) == [False, False]


def test_fewer_than_ten_rows_are_never_judged_and_are_pulled_furthest() -> None:
    rng = np.random.default_rng(SEED)
    counts = [7, *[60] * 8]
    owner = np.repeat(np.arange(9), counts)
    won = (rng.random(len(owner)) < 0.4).astype(float)
    won[:7] = 0.0
    made = compare(
        Panel(np.zeros(9, np.int64), {"win rate": Sample(owner, owner * 0, won)}), ("win rate",)
    )  # nothing of seven won
    thin = next(one for one in made if one.rep == 0)
    assert thin.p is None and not thin.finding
    assert abs(thin.pulled - thin.team) < abs(thin.own - thin.team)
    assert 0 <= thin.low <= thin.pulled <= thin.high <= 1


def test_a_team_of_five_or_fewer_is_compared_with_the_company() -> None:
    owner = np.repeat(np.arange(9), 30)
    won = np.tile([1.0, 0.0, 0.0], 90)
    team = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1])
    made = compare(Panel(team, {"win rate": Sample(owner, owner * 0, won)}), ("win rate",))
    assert [one.company for one in made] == [True] * 3 + [False] * 6
