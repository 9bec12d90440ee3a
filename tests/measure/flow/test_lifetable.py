"""The life table: the worked example to its printed digits, and what must always hold."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.measure.flow.lifetable import (
    LOST,
    OPEN,
    WON,
    LifeTable,
    count,
    drawn,
    fitted_kappa,
    life_table,
    shrunk,
)

G6 = "10W 25L 20O 40W 45W 50L 55L 58O 70W 75L 80L 85L 95O 110L 15L 35W 65O 100W 5O 88L"
FATE = {"W": WON, "L": LOST, "O": OPEN}


def golden():
    pairs = re.findall(r"(\d+)([WLO])", G6)
    last = np.array([int(age) for age, _ in pairs])
    return count(np.zeros_like(last), last, np.array([FATE[fate] for _, fate in pairs]), 30)


def test_the_worked_example_to_the_printed_digits():
    counts = golden()
    assert counts.entering[0].tolist() == [20, 15, 9, 3]
    assert counts.at_risk[0].tolist() == [19, 14.5, 8.5, 2.5]
    table = life_table(counts)
    assert table.win[0] == pytest.approx([0.052632, 0.206897, 0.117647, 0.4], abs=5e-7)
    assert table.lose[0] == pytest.approx([0.105263, 0.137931, 0.470588, 0.4], abs=5e-7)
    end = [table.won[0, -1], table.lost[0, -1], table.stay[0, -1]]
    assert end == pytest.approx([0.382641, 0.571923, 0.045436], abs=5e-7)
    assert table.ever([0, 30, 60, 90])[0] == pytest.approx([0.382641, 0.391886, 0.282353, 0.4], abs=5e-7)
    assert table.timing[0].sum() == pytest.approx(1)


def test_from_the_middle_of_a_bucket_the_daily_chance_goes_on():
    table = life_table(golden())
    win, lose = table.win[0], table.lose[0]
    days, at = [], 0.0
    for day in range(15, 120):
        h = win[day // 30] + lose[day // 30]
        daily = 1 - (1 - h) ** (1 / 30)
        days.append(daily * win[day // 30] / h)
    stays = np.cumprod([1.0] + [(1 - win[d // 30] - lose[d // 30]) ** (1 / 30) for d in range(15, 119)])
    at = float(np.dot(stays, days))
    assert table.ever([15])[0, 0] == pytest.approx(at, rel=1e-12)
    assert table.within([15], 40)[0, 0] == pytest.approx(float(np.dot(stays[:40], days[:40])), rel=1e-12)


@st.composite
def columns(draw):
    n = draw(st.integers(1, 80))
    first = np.array(draw(st.lists(st.integers(0, 200), min_size=n, max_size=n)))
    lived = np.array(draw(st.lists(st.integers(0, 300), min_size=n, max_size=n)))
    late = np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    first = np.where(late, first, 0)
    outcome = np.array(draw(st.lists(st.sampled_from([OPEN, WON, LOST]), min_size=n, max_size=n)))
    group = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    return first, first + lived, outcome, group


WIDTH = st.sampled_from([1, 7, 30, 90])


@given(columns(), WIDTH)
def test_open_won_and_lost_are_all_there_is(deals, width):
    first, last, outcome, group = deals
    for counts in (count(first, last, outcome, width, group, 3), count(first, last, outcome, width).pooled()):
        assert (counts.entering >= 0).all()
        table = life_table(counts)
        assert (table.stay + table.won + table.lost) == pytest.approx(1)
        assert (np.diff(table.stay) <= 1e-12).all()


@given(columns(), WIDTH)
def test_groups_put_together_are_the_whole(deals, width):
    first, last, outcome, group = deals
    apart, whole = count(first, last, outcome, width, group, 3).over(), count(first, last, outcome, width)
    for name in ("entering", "joined", "won", "lost", "left"):
        assert (getattr(apart, name) == getattr(whole, name)).all()
    assert whole.won.sum() + whole.lost.sum() + whole.left.sum() == first.size


@given(columns(), WIDTH, st.integers(2, 5))
def test_every_deal_many_times_changes_no_chance_and_neither_does_another_clock(deals, width, times):
    first, last, outcome, _ = deals
    table = life_table(count(first, last, outcome, width))
    many = life_table(count(*(np.tile(one, times) for one in (first, last, outcome)), width))
    slow = life_table(count(first * times, last * times, outcome, width * times))
    for other in (many, slow):
        assert other.win == pytest.approx(table.win) and other.lose == pytest.approx(table.lose)


def daily(table: LifeTable, age: int, ahead: int) -> float:
    """Day after day, the plain way."""
    size, open_, found = table.win.shape[-1], 1.0, 0.0
    for day in range(age, age + ahead):
        k = int(day // table.width)
        if k >= size and not table.endless:
            break
        win, lose = table.win[0, min(k, size - 1)], table.lose[0, min(k, size - 1)]
        if win + lose == 0:
            continue
        out = 1 - (1 - min(win + lose, 1 - 1e-15)) ** (1 / table.width)
        found += open_ * out * win / (win + lose)
        open_ *= 1 - out
    return found


@given(columns(), WIDTH, st.integers(0, 400), st.integers(0, 200), st.booleans())
def test_the_chance_within_some_days_is_the_sum_over_them(deals, width, age, ahead, pooled):
    first, last, outcome, _ = deals
    counts = count(first, last, outcome, width)
    table = shrunk(counts.pooled() if pooled else counts, LifeTable(1, np.full((1, 1), 0.1), np.full((1, 1), 0.2)), 5)
    assert table.within([age], ahead)[0, 0] == pytest.approx(daily(table, age, ahead), abs=1e-9)
    far = table.within([age], 40_000)[0, 0]
    assert table.ever([age])[0, 0] == pytest.approx(far, abs=1e-9)
    nearer = table.within([age], max(0, ahead - 7))[0, 0]
    assert nearer <= table.within([age], ahead)[0, 0] + 1e-12 <= far + 2e-12


def test_of_an_old_deal_the_chance_is_as_exact_as_of_a_young_one() -> None:
    # After 400 buckets of which each takes a half, nothing of age 0 is left to divide by.
    table = LifeTable(1, np.full((1, 800), 0.2), np.full((1, 800), 0.3))
    assert table.within([400], 1)[0, 0] == pytest.approx(0.2)
    assert table.ever([400])[0, 0] == pytest.approx(0.4)


def test_who_was_first_seen_at_an_age_is_at_risk_from_then_on():
    # Two seen from the start, one from the start of the second bucket, one from its middle.
    first, last = np.array([0, 0, 30, 45]), np.array([70, 20, 70, 70])
    counts = count(first, last, np.array([OPEN, WON, WON, LOST]), 30)
    assert counts.entering[0].tolist() == [2, 2, 3]
    assert counts.joined[0].tolist() == [0, 1, 0]
    assert counts.at_risk[0].tolist() == [2, 2.5, 2.5]


def test_the_tail_is_one_bucket_that_goes_on():
    rng = np.random.default_rng(1)
    last = rng.integers(0, 400, 300)
    counts = count(np.zeros_like(last), last, rng.integers(0, 3, 300), 30)
    pooled = counts.pooled(100)
    size = pooled.won.shape[1]
    assert pooled.entering[0, -2] >= 100 and counts.entering[0, size] < 100
    assert pooled.won.sum() == counts.won.sum() and pooled.lost.sum() == counts.lost.sum()
    table = life_table(pooled)
    assert table.win[0, -1] == pytest.approx(counts.won[0, size - 1 :].sum() / counts.at_risk[0, size - 1 :].sum())
    assert table.within([5000], 30)[0, 0] == pytest.approx(table.win[0, -1])


def test_few_deals_are_drawn_to_the_parent_and_many_are_not():
    parent = LifeTable(30, np.array([[0.1]]), np.array([[0.1]]))
    for n, nearer in ((2, 0.1), (2000, 0.5)):
        last, fate = np.full(n, 5), np.where(np.arange(n) % 2 == 0, WON, LOST)
        table = shrunk(count(np.zeros(n, int), last, fate, 30), parent)
        assert abs(table.win[0, 0] - nearer) < 0.05


def test_draws_stand_round_the_shrunk_table():
    counts = golden()
    parent = life_table(counts.over().pooled(1000))
    flat = LifeTable(30, np.full((1, 4), parent.win[0, 0]), np.full((1, 4), parent.lose[0, 0]))
    draws = drawn(
        counts,
        LifeTable(30, np.tile(flat.win, (20_000, 1, 1)), np.tile(flat.lose, (20_000, 1, 1))),
        20,
        np.random.default_rng(7),
    )
    assert draws.win.shape == (20_000, 1, 4)
    assert draws.win.mean(axis=0) == pytest.approx(shrunk(counts, flat, 20).win, abs=0.004)


@pytest.mark.parametrize(("differ", "least", "most"), [(0.0, 80, 320), (0.25, 2, 20)])
def test_groups_that_differ_are_shrunk_less(differ, least, most):
    rng = np.random.default_rng(3)
    n, groups = 4000, 8
    group = rng.integers(0, groups, n)
    chance = 0.3 + differ * np.where(group % 2 == 0, 1, -1)
    fate = np.where(rng.random(n) < chance, WON, LOST)
    counts = count(np.zeros(n, int), np.zeros(n, int), fate, 30, group, groups)
    assert least <= fitted_kappa(counts, life_table(counts.over())) <= most


def test_what_cannot_be_is_refused():
    one = np.array([3])
    with pytest.raises(ValueError, match="goes out before"):
        count(one, one - 1, np.array([WON]), 30)
    with pytest.raises(ValueError, match="wider than nothing"):
        count(one, one, np.array([WON]), 0)
    with pytest.raises(ValueError, match="at least 0"):
        life_table(golden()).within([-1], 5)
