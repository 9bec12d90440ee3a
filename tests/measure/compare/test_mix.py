"""The change of a ratio in mix and own rates: exact, without rest, and a reversal is said only where there is one."""

from __future__ import annotations

from fractions import Fraction as F
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.measure.metrics.mix import shared_out, taken_apart

# Won of decided by segment: every segment wins more, and the whole wins less.
BEFORE = {("Small",): (F(400), F(800)), ("Mid",): (F(60), F(200))}
NOW = {("Small",): (F(104), F(200)), ("Mid",): (F(256), F(800))}


def test_hand_worked_reversal() -> None:
    mix = taken_apart(BEFORE, NOW)
    assert mix is not None and mix.reversed and mix.mostly_mix
    assert (mix.before, mix.now) == (F(46, 100), F(36, 100))
    # Small goes from 80 % to 20 % of the deals at a middle rate of 51 %, Mid the other way at 31 %: -0.6 * 0.2 = -0.12.
    assert mix.mix == F(-12, 100)
    # Both rates rise by 2 points at a middle share of one half each.
    assert mix.rate == F(2, 100)
    assert mix.grew.key == ("Mid",)


def test_no_reversal_where_one_segment_goes_along_or_stands_still() -> None:
    along = {**NOW, ("Mid",): (F(232), F(800))}
    still = {**NOW, ("Mid",): (F(240), F(800))}
    for now in (along, still):
        mix = taken_apart(BEFORE, now)
        assert mix is not None and mix.change < 0 and not mix.reversed


def test_a_segment_of_one_side_only_is_mix_and_is_no_reversal() -> None:
    now = {**NOW, ("New",): (F(1), F(100))}
    mix = taken_apart(BEFORE, now)
    assert mix is not None and not mix.reversed
    new = next(one for one in mix.effects if one.key == ("New",))
    assert new.rate == 0 and new.mix < 0 and new.rate_before is None
    assert mix.mix + mix.rate == mix.change


def test_nothing_to_take_apart() -> None:
    assert taken_apart({}, NOW) is None
    assert taken_apart({("Small",): (F(0), F(0))}, NOW) is None
    with pytest.raises(ValueError, match="negative"):
        taken_apart({("Small",): (F(1), F(-1))}, NOW)


counts = st.integers(0, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
sides = st.dictionaries(st.sampled_from("abcdef").map(lambda c: (c,)), counts, max_size=6)


@given(sides, sides)
def test_the_parts_add_to_the_change_without_rest(before: dict, now: dict) -> None:  # type: ignore[type-arg]
    mix = taken_apart(*({k: (F(n), F(d)) for k, (n, d) in side.items()} for side in (before, now)))
    if mix is None:
        return
    assert mix.mix + mix.rate == mix.change == mix.now - mix.before
    back = taken_apart(*({k: (F(n), F(d)) for k, (n, d) in side.items()} for side in (now, before)))
    assert back is not None and (back.mix, back.rate) == (-mix.mix, -mix.rate), "neither side is the base"
    if mix.reversed:
        assert all((one.rate_now - one.rate_before) * mix.change < 0 for one in mix.effects)  # type: ignore[operator]


@given(st.lists(st.fractions(-50, 50), min_size=1, max_size=8))
def test_whole_units_add_to_the_whole(parts: list[F]) -> None:
    whole = round(sum(parts, F(0)))
    parts[0] += whole - sum(parts, F(0))
    shared = shared_out(parts, F(whole))
    assert sum(shared) == whole and all(abs(one - part) < 1 for one, part in zip(shared, parts, strict=True))


def test_the_mean_of_a_segment_that_grows_is_measured_against_the_whole() -> None:
    """More of an average segment is no mix effect."""
    before = {("a",): (F(50), F(100)), ("b",): (F(20), F(100)), ("c",): (F(80), F(100))}
    now = {("a",): (F(150), F(300)), ("b",): (F(10), F(50)), ("c",): (F(40), F(50))}
    mix = taken_apart(before, now)
    assert mix is not None and mix.change == 0
    assert next(one for one in mix.effects if one.key == ("a",)).mix == 0


def test_seeded_shares_and_rates_come_back() -> None:
    rng = Random(11)
    for _ in range(50):
        before = {(str(i),): (F(rng.randint(0, 30)), F(rng.randint(30, 90))) for i in range(4)}
        now = {key: (n * 3, d * 3) for key, (n, d) in before.items()}
        mix = taken_apart(before, now)
        assert mix is not None and mix.change == mix.mix == mix.rate == 0 and not mix.mostly_mix
