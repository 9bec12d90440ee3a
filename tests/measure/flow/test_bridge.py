"""Does every deal's way sum to the cent, by the rules of formulas 3.2?"""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.measure.flow.bridge import LINES, Moves, Window, bridge, exact
from tests.measure.flow.bridges import DAY, END, ROLLING, SINCE, START, WINDOW, Case, On, deals

IN, OUT, LATE_DUE, GONE_BY = On(), On(due=200), On(due=None), On(due=95)
WON, LOST = On("won", value=900, closed=104), On("lost", value=0, closed=104)


def lines(moves: Moves) -> dict[str, tuple[int, int]]:
    """What happened: amount and events of each line that has any."""
    return {
        line.name: (moves.amount(line.name), moves.count(line.name))
        for line in LINES
        if moves.count(line.name) or moves.amount(line.name)
    }


def told(case: Case, window: Window = WINDOW) -> dict[str, int]:
    """One deal's amount on each line it stands on."""
    return {name: amount for name, (amount, _) in lines(bridge(deals(case), window)).items()}


ROWS: list[tuple[str, Case, dict[str, int]]] = [
    ("M0 and M1, same amount", Case(IN, IN), {}),
    ("M0 and M1, more", Case(IN, On(value=1500)), {"increased": 500}),
    ("M0 and M1, less", Case(IN, On(value=400)), {"decreased": -600}),
    ("M0 and M1, the amount was taken out", Case(IN, On(value=None)), {"decreased": -1000}),
    ("M0 and M1, an amount came", Case(On(value=None), IN), {"increased": 1000}),
    ("M0, won for less", Case(IN, WON), {"decreased": -100, "won": -900}),
    ("M0, won for more", Case(IN, On("won", value=1200, closed=107)), {"increased": 200, "won": -1200}),
    ("M0, lost, and its amount zeroed", Case(IN, LOST), {"lost": -1000}),
    ("M0, its date has passed", Case(On(due=103), On(due=103, value=800)), {"past_due": -1000}),
    ("M0, due today is not past due", Case(IN, On(due=DAY)), {}),
    ("M0, moved later out of the window", Case(IN, OUT), {"pushed_out": -1000}),
    ("M0, moved later inside the window", Case(IN, On(due=179)), {}),
    ("M0, its date was taken out", Case(IN, LATE_DUE), {"undated": -1000}),
    ("not M0, open outside, M1", Case(OUT, On(value=1100)), {"pulled_in": 1000, "increased": 100}),
    ("not M0, open without a date, M1", Case(LATE_DUE, IN), {"pulled_in": 1000}),
    ("not M0, past due at the start, dated again", Case(GONE_BY, On(value=900)), {"redated": 1000, "decreased": -100}),
    ("not M0, past due, and still", Case(GONE_BY, GONE_BY), {}),
    ("not M0, open outside, won", Case(OUT, WON), {"pulled_in": 1000, "decreased": -100, "won": -900}),
    ("not M0, past due, won", Case(GONE_BY, WON), {"redated": 1000, "decreased": -100, "won": -900}),
    ("not M0, open outside, lost", Case(OUT, LOST), {}),
    ("created, M1", Case(None, IN, qualified=103), {"new": 1000}),
    ("created, due outside", Case(None, OUT, qualified=103), {}),
    ("created and won", Case(None, WON, qualified=103), {"new": 900, "won": -900}),
    ("created and lost", Case(None, On("lost", value=700, closed=104), qualified=103), {"new": 700, "lost": -700}),
    ("qualified in the period", Case(On(counted=False), IN, qualified=103), {"new": 1000}),
    ("closed at the start, opened again", Case(On("lost", closed=80), IN), {"reopened": 1000}),
    ("won at the start, opened again", Case(On("won", closed=80), IN), {"reopened": 1000}),
    ("lost at the start, then won", Case(On("lost", closed=80), WON), {"reopened": 900, "won": -900}),
    ("deleted or merged", Case(IN, None), {"removed": -1000}),
    ("disqualified", Case(IN, On("disqualified")), {"removed": -1000}),
    ("no longer counted: a renewal, or left out by a rule", Case(IN, On(counted=False)), {"removed": -1000}),
    ("lost, and the loss left out by a rule", Case(IN, LOST, lost_counts=False), {"removed": -1000}),
    ("won, and the win left out by a rule", Case(IN, WON, won_counts=False), {"removed": -1000}),
    ("now counted although nothing was qualified", Case(On(counted=False), IN, qualified_past=True), {"other": 1000}),
    ("open outside, counted without a qualified day, lost", Case(OUT, LOST, qualified_past=False), {}),
    ("won on a day still to come", Case(IN, On("won", closed=150)), {"other": -1000}),
    ("won before, its closing day moved", Case(On("won", closed=80), On("won", closed=103)), {"other": 1000, "won": -1000}),
    ("gone out of sight", Case(IN, None, elsewhere_now=True), {"transferred_out": -1000}),
    ("come from out of sight, with what it is worth", Case(None, On(value=1100), elsewhere_past=IN), {"transferred_in": 1100}),
    ("another rate", Case(IN, On(value=1300), at_past_rate=1000), {"fx": 300}),
    ("another rate and amount", Case(IN, On(value=1300), at_past_rate=1200), {"increased": 200, "fx": 100}),
    ("no rate at the start", Case(On(value=None), On(value=500), at_past_rate=0, unpriced=True), {"fx": 500}),
    ("won before the start, entered after", Case(IN, On("won", value=900, closed=99)), {"late": -1000}),
    ("lost on the first day, entered after", Case(IN, On("lost", closed=SINCE)), {"late": -1000}),
    ("was worth more, known later", Case(On(value=1200), On(value=1200), said=IN), {"late": 200}),
    ("was open, known later", Case(IN, IN, said=None), {"late": 1000}),
    ("was lost, known later", Case(On("lost", closed=90), On("lost", closed=90), said=IN), {"late": -1000}),
    ("qualified before the start, entered after", Case(None, IN, qualified=95), {"late": 1000}),
    ("heard of later, by its dates alone before", Case(LATE_DUE, IN, qualified=95, told_past=False), {"late": 1000}),
    ("lost without a closing day", Case(IN, On("lost")), {"lost": -1000}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "wanted"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_row_of_the_rules(case: Case, wanted: dict[str, int]) -> None:
    assert told(case) == wanted


def test_a_deal_moved_earlier_out_of_a_window_to_come_is_pulled_out_early() -> None:
    later = Window(SINCE, DAY, 150, 200)
    assert told(Case(On(due=160), On(due=120)), later) == {"pulled_out": -1000}
    assert told(Case(On(due=120), On(due=160)), later) == {"pushed_in": 1000}


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (Case(IN, OUT), {}),
        (Case(OUT, IN), {}),
        (Case(GONE_BY, On(due=None)), {}),
        (Case(OUT, LOST), {"lost": -1000}),
        (Case(GONE_BY, WON), {"decreased": -100, "won": -900}),
        (Case(None, OUT, qualified=103), {"new": 1000}),
        (Case(OUT, None), {"removed": -1000}),
    ],
)
def test_rolling_scope_knows_no_dates(case: Case, wanted: dict[str, int]) -> None:
    assert told(case, ROLLING) == wanted


def test_golden_vector_g17() -> None:
    """1 257 559 + 1 501 878 + 180 171 + 149 382 - 0 - 271 125 - 556 292 - 287 487 = 1 974 086."""
    opening = {"pushed_out": 27112500, "lost": 55629200, "won": 28748700}
    rest = 125755900 - sum(opening.values())
    moves = bridge(
        deals(
            Case(On(value=opening["pushed_out"]), On(value=opening["pushed_out"], due=200)),
            Case(On(value=opening["lost"]), LOST),
            Case(On(value=opening["won"]), On("won", value=opening["won"], closed=101)),
            Case(On(value=rest), On(value=rest + 14938200)),
            Case(None, On(value=150187800), qualified=103),
            Case(On(due=200, value=18017100), On(value=18017100)),
        ),
        WINDOW,
    )
    assert exact(moves.start) == 125755900
    assert {name: amount for name, (amount, _) in lines(moves).items()} == {
        "new": 150187800,
        "pulled_in": 18017100,
        "increased": 14938200,
        "pushed_out": -27112500,
        "lost": -55629200,
        "won": -28748700,
    }
    assert exact(moves.end) == 197408600


def test_counts_are_events_and_deals_sum_on_their_own() -> None:
    moves = bridge(deals(*(row[1] for row in ROWS)), WINDOW)
    assert moves.happened > moves.moving
    at_ends = int(moves.members_end.sum()) - int(moves.members_start.sum())
    assert sum(exact(values) for values in moves.deals.values()) == at_ends


def test_a_sum_beyond_64_bits_is_still_exact() -> None:
    assert exact(np.array([2**62, 2**62, 5], np.int64)) == 2**63 + 5


on = st.one_of(
    st.none(),
    st.builds(
        On,
        st.sampled_from(["open", "open", "open", "won", "lost", "disqualified", ""]),
        st.one_of(st.none(), st.integers(80, 200)),
        st.one_of(st.none(), st.integers(-500, 10**7)),
        st.sampled_from([True, True, True, False]),
        st.one_of(st.none(), st.integers(60, 120)),
    ),
)
cases = st.builds(
    Case,
    on,
    on,
    st.one_of(st.just("as past"), on),
    st.one_of(st.none(), st.integers(50, 107)),
    st.sampled_from([None, True, False]),
    st.booleans(),
    on,
    st.booleans(),
    st.one_of(st.none(), st.integers(0, 10**7)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
windows = st.sampled_from([WINDOW, ROLLING, Window(SINCE, DAY, 150, 200), Window(SINCE, DAY, 60, 105)])
NIGHTLY = bool(os.environ.get("SALESWRIGHT_NIGHTLY"))
LAWS = 4_000 if NIGHTLY else 200


@settings(max_examples=LAWS, deadline=None)
@given(st.lists(cases, max_size=8), windows)
def test_lines_sum_to_end_less_start_to_the_cent_for_every_random_history(many: list[Case], window: Window) -> None:
    made = deals(*many)
    moves = bridge(made, window)
    start = sum(int(v) for v, m in zip(made.said.value, window.holds(made.said, window.since), strict=True) if m)
    end = sum(int(v) for v, m in zip(made.now.value, window.holds(made.now, window.day), strict=True) if m)
    assert sum(moves.amount(line.name) for line in LINES) == end - start
    for line in LINES:
        # An exchange rate moves amounts and is no event of a deal.
        if line.name == "fx":
            assert not moves.events["fx"].any() and not moves.deals["fx"].any()
            continue
        idle = ~moves.events[line.name]
        assert not moves.amounts[line.name][idle].any() and not moves.deals[line.name][idle].any()
    for entry in ("new", "reopened", "pulled_in", "redated", "pushed_in", "transferred_in"):
        assert (moves.deals[entry] >= 0).all()
    for way_out in ("lost", "won", "removed", "pushed_out", "pulled_out", "past_due", "transferred_out", "undated"):
        assert (moves.deals[way_out] <= 0).all()
    assert (moves.amounts["increased"] >= 0).all() and (moves.amounts["decreased"] <= 0).all()


def any_day(rng: random.Random) -> On | None:
    if rng.random() < 0.25:
        return None
    return On(
        rng.choice(["open", "open", "open", "open", "won", "lost", "disqualified", ""]),
        rng.choice([None, *range(80, 200, 3)]),
        rng.choice([None, 0, rng.randrange(-500, 10**6)]),
        rng.random() < 0.8,
        rng.choice([None, *range(60, 120)]),
    )


def any_deal(rng: random.Random) -> Case:
    said: On | str | None = "as past" if rng.random() < 0.7 else any_day(rng)
    flags = [rng.random() < 0.7 for _ in range(3)]
    rate = rng.choice([None, rng.randrange(10**6)])
    qualified, known = rng.choice([None, *range(50, 108)]), rng.choice([None, True, False])
    return Case(
        any_day(rng),
        any_day(rng),
        said,
        qualified,
        known,
        rng.random() < 0.9,
        any_day(rng),
        flags[0],
        rate,
        flags[1],
        flags[2],
        rng.random() < 0.2,
    )


@pytest.mark.parametrize("seed", range(20 if NIGHTLY else 2))
def test_lines_sum_for_thousands_of_deals_at_once(seed: int) -> None:
    rng = random.Random(seed)
    made = deals(*(any_deal(rng) for _ in range(10_000)))
    for window in (
        WINDOW,
        ROLLING,
        Window(SINCE, DAY, 150, 200),
        Window(SINCE, DAY, 60, 105),
        Window(SINCE, DAY, DAY, 108),
    ):
        moves = bridge(made, window)
        assert sum(moves.amount(line.name) for line in LINES) == exact(moves.end) - exact(moves.start)
    happened = bridge(made, WINDOW)
    # A window that has begun has no days before it that are still to come; a rate is no event.
    assert {line.name for line in LINES if not happened.count(line.name)} == {"pushed_in", "pulled_out", "fx"}
    assert happened.amount("fx")


@settings(max_examples=LAWS // 4, deadline=None)
@given(st.lists(cases, max_size=8), windows)
def test_a_deal_has_one_way_in_and_one_way_out(many: list[Case], window: Window) -> None:
    moves = bridge(deals(*many), window)
    ways = np.zeros(len(many), np.int64)
    for name in ("won", "lost", "removed", "pushed_out", "pulled_out", "past_due", "transferred_out", "undated"):
        ways += moves.events[name]
    assert (ways <= 1).all()
    doors = np.zeros(len(many), np.int64)
    for name in ("new", "reopened", "pulled_in", "redated", "pushed_in", "transferred_in"):
        doors += moves.events[name]
    assert (doors <= 1).all()


history = st.lists(st.tuples(on, on, on), max_size=6)


@settings(max_examples=LAWS // 4, deadline=None)
@given(history)
def test_adjacent_windows_compose(many: list[tuple[Any, Any, Any]]) -> None:
    """What two weeks say one after the other is what they say in one: the same ends, and the same change."""
    first, second, both = Window(100, 107), Window(107, 114), Window(100, 114)
    one = bridge(deals(*(Case(a, b) for a, b, _ in many)), first)
    two = bridge(deals(*(Case(b, c) for _, b, c in many)), second)
    whole = bridge(deals(*(Case(a, c) for a, _, c in many)), both)
    assert exact(one.end) == exact(two.start)
    assert exact(one.start) == exact(whole.start) and exact(two.end) == exact(whole.end)
    parts = [sum(moves.amount(line.name) for line in LINES) for moves in (one, two, whole)]
    assert parts[0] + parts[1] == parts[2]


def test_the_window_is_half_open_and_starts_with_the_day_itself() -> None:
    assert told(Case(On(due=END), On(due=END))) == {}
    assert told(Case(On(due=END - 1), On(due=END))) == {"pushed_out": -1000}
    moves = bridge(deals(Case(On(due=SINCE), On(due=SINCE)), Case(On(due=START), On(due=START))), WINDOW)
    assert exact(moves.start) == 1000, "due on the first day is due; due before it is past due, though in the period"
