"""How many wins, qualified deals and leads reach the target, with interval, and the figure by hand beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Table
from saleswright.lib.issue import Stop
from saleswright.measure.flow import book
from saleswright.measure.forecast.figures.told import told
from saleswright.measure.forecast.law.bookings import bookings
from saleswright.measure.forecast.material import said
from saleswright.measure.forecast.material.find import span
from saleswright.measure.forecast.material.reach import Reach, chance_of, columns, reach, sold, won_in_time
from saleswright.measure.forecast.material.report import reach_report
from saleswright.measure.forecast.needed.count import needed
from saleswright.measure.forecast.outlook.asked import Forecast
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.scored import laws
from tests.measure.forecast.seeds import drawn

TODAY = 20_000


def past(*deals: tuple[int, int, int, int]) -> Past:
    """Deals as (came days ago, ended days ago, fate, booked)."""
    came, ended, fate, booked = (np.array([deal[i] for deal in deals], np.int64) for i in range(4))
    none = np.zeros(len(deals), bool)
    ids = tuple(f"d{i}" for i in range(len(deals)))
    return Past(ids, TODAY - came, TODAY - ended, fate, booked, booked < 0, none, TODAY)


def test_a_win_rate_asks_only_deals_that_had_as_many_days_as_are_left() -> None:
    """Won within the 30 days that are left: one of three; who came in ten days ago, or years ago, is not asked."""
    found = won_in_time(
        past(
            (100, 80, book.WON, 5),  # 20 days
            (100, 40, book.WON, 5),  # 60 days: too late
            (90, 0, book.OPEN, 0),
            (10, 5, book.WON, 5),  # had not 30 days yet
            (900, 895, book.WON, 5),  # too long ago
        ),
        30,
    )
    assert (found.name, found.hits, found.tries) == ("qualified deals", 1, 3)


def test_sales_are_those_of_two_years_whose_amount_is_known() -> None:
    found = sold(past((100, 80, book.WON, 7), (99, 80, book.LOST, 0), (99, 80, book.WON, -1), (900, 800, book.WON, 9)))
    assert found.tolist() == [7.0]


def test_the_law_is_handed_over_with_its_jumps() -> None:
    """What `needed` reads of the law is the law: mean, and the chance to stay below any value."""
    rng = drawn()
    amount, chance = rng.integers(1, 10**6, 40).astype(float), rng.random(40)
    for spread in (0.0, 0.3):
        law = bookings(amount, chance, floor=1000.0, spread=spread, rho=0.1)
        x, upto = columns(law)
        assert (np.diff(x) >= 0).all() and (np.diff(upto) >= -1e-12).all()
        assert float(laws.mean(x, upto)) == pytest.approx(law.mean, rel=2e-3)
        for value in law.quantile([0.1, 0.5, 0.9]) + 1:
            assert 1 - float(laws.below(x, upto, float(value))[0]) == pytest.approx(
                float(law.at_least(value)), abs=1e-6
            )


def far(at: Snapshot) -> Forecast:
    """The quarter with a target half above what is expected."""
    one = told(at, span(at, ""))
    return replace(one, target=round(1.5 * one.foretold.means.total))


def test_the_numbers_of_a_record(at: Snapshot) -> None:
    """With interval and by hand: missing on average / average sale / win rate / lead rate."""
    one = far(at)
    found = reach(at, one, wanted=0.8)
    assert found.beyond is not None and found.anew is not None and found.average is not None and one.target is not None
    wins, deals, leads = found.beyond.numbers
    assert [step.name for step in found.steps] == ["qualified deals", "leads"] and found.sales > 30
    assert found.beyond.missing == pytest.approx(max(0, one.target - one.foretold.means.total), abs=0.01 * one.target)
    assert wins.by_hand == pytest.approx(found.beyond.missing / found.average.minor, rel=1e-6)
    rate = found.steps[0].hits / found.steps[0].tries
    assert deals.by_hand == pytest.approx((wins.by_hand or 0) / rate)
    for number in (wins, deals, leads):
        assert number.n is not None and number.low is not None and number.high is not None
        assert number.low <= number.n <= number.high
    assert (wins.n or 0) <= (deals.n or 0) <= (leads.n or 0)
    # Without deals that are not created yet more is needed.
    for more, less in zip(found.anew.numbers, found.beyond.numbers, strict=True):
        assert (more.n or 0) >= 0.95 * (less.n or 0) - 1


def test_a_surer_target_takes_more(at: Snapshot) -> None:
    one = far(at)
    found = [reach(at, one, wanted=wanted).beyond for wanted in (0.3, 0.6, 0.95)]
    counts = [part.numbers[0].n or 0 for part in found if part is not None]
    assert counts == sorted(counts) and counts[0] < counts[-1]


def test_a_target_that_is_sure_takes_nothing_more(at: Snapshot) -> None:
    one = replace(told(at, span(at, "")), target=1)
    found = reach(at, one)
    assert found.beyond is not None and [number.n for number in found.beyond.numbers] == [0, 0, 0]
    assert "nothing more is needed" in said.reached(found, "2026Q4")


def test_without_a_target_there_is_a_sentence_and_no_number(at: Snapshot) -> None:
    one = replace(told(at, span(at, "")), target=None, no_target="no quota for 2026Q4")
    found = reach(at, one)
    assert found.beyond is None and "no quota" in found.reason
    answer = reach_report(found, "2026Q4", "")
    assert "no quota" in answer.lede and not [block for block in answer.blocks if isinstance(block, Table)]


def test_a_number_that_cannot_be_told_says_why() -> None:
    x, upto = columns(bookings([100.0], [0.5]))
    bare = needed(10**6, x, upto, np.array([5.0]), [], 0)
    found = Reach(0.8, None, None, 30, beyond=bare)
    assert bare.numbers[0].n is None and bare.numbers[0].reason
    from saleswright.lib.money import Money

    assert "cannot be said" in said.reached(replace(found, target=Money(10**6, "USD")), "2026Q4")


@pytest.mark.parametrize(("typed", "value"), [("0.8", 0.8), ("80%", 0.8), (" 55 %", 0.55)])
def test_a_chance_is_read_as_a_share_or_in_percent(typed: str, value: float) -> None:
    assert chance_of(typed) == pytest.approx(value)


@pytest.mark.parametrize("typed", ["1", "0", "120%", "nan", "sure", ""])
def test_a_chance_that_is_none_is_refused_with_the_way_to_write_it(typed: str) -> None:
    with pytest.raises(Stop, match=r"0\.8, or 80%"):
        chance_of(typed)
