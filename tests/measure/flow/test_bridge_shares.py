"""Does every line belong to who held the deal, so that groups add to the whole and transfers cancel?"""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.flow.bridge import LINES, bridge
from saleswright.measure.flow.bridge_shares import Shares, shares
from tests.measure.flow.bridges import ROLLING, WINDOW, Case, On, deals

WEST, EAST, OUTSIDE = 0, 1, -1
IN, OUT = On(), On(due=200)
LOST = On("lost", value=0, closed=104)


def shared(case: Case, said: int, past: int, now: int, rolling: bool = False) -> Shares:
    """One deal, and who held it on the first day as said then, as known now, and on the last day."""
    made = deals(case)
    moves = bridge(made, ROLLING if rolling else WINDOW)
    sides = [np.array([one], np.int64) for one in (said, past, now)]
    return shares(moves, (made.said.held, made.past.held, made.now.held), sides)


def told(one: Shares, group: int) -> dict[str, int]:
    """What the lines of a group amount to."""
    moves = one.of(group)
    assert moves.opening + sum(moves.amount(line.name) for line in LINES) == moves.closing
    return {line.name: moves.amount(line.name) for line in LINES if moves.count(line.name)}


OUT_OF_WEST = {"transferred_out": -1000}
ROWS = [
    ("nothing but the team", Case(IN, IN), OUT_OF_WEST, {"transferred_in": 1000}),
    ("and it grew", Case(IN, On(value=1100)), OUT_OF_WEST, {"transferred_in": 1000, "increased": 100}),
    ("and was pushed out", Case(IN, OUT), OUT_OF_WEST, {"transferred_in": 1000, "pushed_out": -1000}),
    ("and was lost by who got it", Case(IN, LOST), OUT_OF_WEST, {"transferred_in": 1000, "lost": -1000}),
    ("and was pulled in by who got it", Case(OUT, IN), {}, {"pulled_in": 1000}),
    ("and re-opened by who got it", Case(On("lost", closed=80), IN), {}, {"reopened": 1000}),
    ("deleted: it stays who had it", Case(IN, None), {"removed": -1000}, {}),
    ("worth more then, known later", Case(On(value=1200), On(value=1200), said=IN), {"late": 200, "transferred_out": -1200},
     {"transferred_in": 1200}),
    ("won before, entered later", Case(IN, On("won", value=900, closed=99)), {"late": -1000}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("case", "west", "east"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_deal_that_went_from_west_to_east(case: Case, west: dict[str, int], east: dict[str, int]) -> None:
    one = shared(case, WEST, WEST, EAST)
    assert (told(one, WEST), told(one, EAST)) == (west, east)


def test_a_filter_is_a_group_and_the_rest_is_outside() -> None:
    assert told(shared(Case(IN, On(value=900)), OUTSIDE, OUTSIDE, WEST), WEST) == {
        "transferred_in": 1000,
        "decreased": -100,
    }
    assert told(shared(Case(IN, On(value=900)), WEST, WEST, OUTSIDE), WEST) == {"transferred_out": -1000}


def test_whose_it_was_then_learnt_late_is_late_clean_up_in_both() -> None:
    one = shared(Case(IN, On(value=1500)), WEST, EAST, EAST)
    assert (told(one, WEST), told(one, EAST)) == ({"late": -1000}, {"late": 1000, "increased": 500})
    there_and_back = shared(Case(IN, IN), WEST, EAST, WEST)
    assert told(there_and_back, EAST) == {"late": 1000, "transferred_out": -1000}
    assert told(there_and_back, WEST) == {"late": -1000, "transferred_in": 1000}


def test_sums_by_group_are_exact_beyond_64_bits() -> None:
    made = deals(*[Case(None, On(value=2**61), qualified=103)] * 5)
    group = [np.array([0, 1, 0, 0, 0], np.int64)] * 3
    moves = bridge(made, ROLLING)
    one = shares(moves, (made.said.held, made.past.held, made.now.held), group)
    assert one.sums()(moves.amounts["new"]) == {0: 4 * 2**61, 1: 2**61}
