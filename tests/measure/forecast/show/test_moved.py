"""Does the bridge between two forecasts balance to the unit, and does each deal stand where what happened to it says?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saleswright.measure.forecast.show.moved import LINES, Moved, Stand, moved
from saleswright.measure.forecast.show.rounded import shared
from tests.measure.forecast.seeds import drawn

NAN = float("nan")


def stand(mean: float, *deals: tuple[str, float, float, float, bool], coming: float = 0.0) -> Stand:
    """Deals as (id, booked or nan, chance, value, due)."""
    ids, won, chance, value, due = zip(*deals, strict=True) if deals else ((), (), (), (), ())
    booked = np.array(won, np.float64)
    return Stand(
        tuple(ids), booked, np.isnan(booked), np.array(chance, np.float64), np.array(value, np.float64),
        np.array(due, bool), coming, round(mean),
    )  # fmt: skip


def of(found: Moved, line: str) -> dict[str, int]:
    return {part.id: part.effect for part in found.deals(line)}


def test_each_step_is_what_happened_to_its_deals() -> None:
    """Won, lost or gone, chance changed, amount changed, pushed in and out, new deals, still to come."""
    then = stand(
        50_000 + 1_000 + 500 + 400 + 600 + 200 + 300 + 9_000,
        ("booked", 50_000, 0, 0, True),
        ("wins", NAN, 0.1, 10_000, True),
        ("loses", NAN, 0.05, 10_000, True),
        ("pushed", NAN, 0.4, 1_000, True),
        ("pulled", NAN, 0.6, 1_000, False),
        ("rises", NAN, 0.2, 1_000, True),
        ("grows", NAN, 0.3, 1_000, True),
        coming=9_000,
    )
    now = stand(
        50_000 + 12_000 + 0 + 100 + 700 + 250 + 600 + 80 + 8_000,
        ("booked", 50_000, 0, 0, True),
        ("wins", 12_000, 0, 0, True),
        ("pushed", NAN, 0.1, 1_000, False),
        ("pulled", NAN, 0.7, 1_000, True),
        ("rises", NAN, 0.25, 1_000, True),
        ("grows", NAN, 0.3, 2_000, True),
        ("fresh", NAN, 0.08, 1_000, True),
        coming=8_000,
    )
    found = moved(then, now)
    assert found.lines == {
        "won": 11_000, "new": 80, "pulled_in": 100, "pushed_out": -300, "chance": 50, "amount": 300, "lost": -500, "coming": -1_000,
    }  # fmt: skip
    assert of(found, "won") == {"wins": 11_000} and of(found, "lost") == {"loses": -500}
    assert of(found, "pushed_out") == {"pushed": -300} and of(found, "pulled_in") == {"pulled": 100}
    assert (
        of(found, "chance") == {"rises": 50}
        and of(found, "amount") == {"grows": 300}
        and of(found, "new") == {"fresh": 80}
    )


def test_chance_and_amount_share_a_change_of_both_by_shapley() -> None:
    found = moved(stand(200, ("a", NAN, 0.2, 1_000, True)), stand(900, ("a", NAN, 0.6, 1_500, True)))
    assert found.lines == {"chance": 500, "amount": 200, "coming": 0}


def test_what_the_model_relearnt_is_no_news_of_a_deal() -> None:
    then, now = stand(200, ("a", NAN, 0.2, 1_000, True)), stand(330, ("a", NAN, 0.3, 1_100, True))
    told = replace(now, as_then=(np.array([0.25]), np.array([1_000.0])))
    assert moved(then, told).lines == {"chance": 50, "relearnt": 80, "coming": 0}


def test_a_win_that_is_taken_back_and_one_that_is_booked_anew_have_their_lines() -> None:
    then = stand(3_000, ("a", 1_000, 0, 0, True), ("b", 2_000, 0, 0, True))
    now = stand(2_900, ("a", NAN, 0.4, 1_000, True), ("b", 2_500, 0, 0, True))
    assert moved(then, now).lines == {"amount": 500, "taken_back": -600, "coming": 0}


def test_the_bridge_balances_to_the_unit_whatever_happened() -> None:
    """start + lines = end, and the deals of a line sum to it; in worlds whose fates are drawn."""
    rng = drawn()
    for _ in range(200):
        ids = [f"d{place}" for place in range(int(rng.integers(0, 60)))]

        def told(ids: list[str] = ids) -> Stand:
            kept = [one for one in ids if rng.random() < 0.8]
            booked = [float(rng.integers(1, 10**7)) if rng.random() < 0.3 else NAN for _ in kept]
            shares = rng.random((len(kept), 3))
            rows = [
                (k, b, a, v * 10**7, d < 0.5) for k, b, (a, v, d) in zip(kept, booked, shares.tolist(), strict=True)
            ]
            coming = float(rng.random() * 10**6)
            bare = stand(0, *rows, coming=coming)
            made = replace(bare, mean=round(float(bare.expected.sum()) + coming))
            old = (rng.random(len(rows)), rng.random(len(rows)) * 10**7)
            return replace(made, as_then=old) if rng.random() < 0.5 else made

        then, now = told(), told()
        found = moved(then, now)
        assert found.start == then.mean and found.end == now.mean
        assert found.start + sum(found.lines.values()) == found.end
        for name, _ in LINES:
            if name != "coming" and name in found.lines:
                assert sum(part.effect for part in found.deals(name)) == found.lines[name], name
        sizes = [abs(part.effect) for part in found.parts]
        assert sizes == sorted(sizes, reverse=True)


def test_what_does_not_add_up_is_never_shown() -> None:
    with pytest.raises(AssertionError, match="the parts sum to"):
        moved(stand(0, ("a", NAN, 0.5, 1_000, True)), stand(5_000, ("a", NAN, 0.6, 1_000, True)))


def test_parts_told_to_the_unit_still_sum_to_the_whole_and_nothing_stays_nothing() -> None:
    rng = drawn()
    for _ in range(300):
        parts = np.where(rng.random(int(rng.integers(1, 12))) < 0.2, 0.0, rng.normal(0, 10**6, 1)[0] * rng.random(1)[0])
        parts = parts * rng.random(parts.size)
        told = shared(parts.tolist(), round(float(parts.sum())))
        assert sum(told) == round(float(parts.sum()))
        assert all(abs(a - b) < 1 for a, b in zip(told, parts.tolist(), strict=True) if b)
        assert all(not a for a, b in zip(told, parts.tolist(), strict=True) if not b)


def test_who_is_booked_in_another_period_was_neither_lost_nor_taken_back() -> None:
    then = stand(700 + 400 + 100, ("a", 700, 0, 0, True), ("b", NAN, 0.4, 1_000, True), ("c", NAN, 0.1, 1_000, True))
    now = replace(stand(0), elsewhere=frozenset({"a", "b"}))
    found = moved(then, now)
    assert found.lines == {"won_elsewhere": -1_100, "lost": -100, "coming": 0}
    assert of(found, "won_elsewhere") == {"a": -700, "b": -400} and of(found, "lost") == {"c": -100}
