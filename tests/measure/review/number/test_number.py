"""The number on a record: it starts from what the metrics say, its parts add up, and its record shows the misses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from saleswright.faces.python import Book
from saleswright.kernel.report import Series
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.review.number.simple import number
from tests.measure.recount import NOW
from tests.measure.review.number.asked import check_against_the_metrics, figures, opened, part

Pin = Callable[[str], datetime]


@pytest.fixture(autouse=True)
def _today(pin_now: Pin) -> None:
    pin_now(NOW)


@pytest.mark.parametrize("as_of", ["2026-11-22", "2026-10-02", "2026-09-29", "2026-04-15"])
def test_won_so_far_and_open_are_what_the_metrics_say(sample: Book, as_of: str) -> None:
    with opened(sample, as_of=as_of) as at:
        check_against_the_metrics(at)


@pytest.mark.parametrize("where", [(("segment", "Enterprise"),), (("type", "Renewal"),), (("team", "Team West"),)])
def test_filters_hold_for_the_number_as_for_the_metrics(sample: Book, where) -> None:
    with opened(sample) as at:
        check_against_the_metrics(at, where)


def test_who_sees_a_part_gets_the_number_of_that_part(sample: Book) -> None:
    with opened(sample) as at, opened(sample, scope="team:Team West") as own:
        check_against_the_metrics(own)
        whole, mine = number(at), number(own)
        assert mine.n_closed < whole.n_closed and part(mine, "won").value < part(whole, "won").value


def test_the_same_question_gets_the_same_answer_and_another_day_another(sample: Book) -> None:
    with opened(sample) as at, opened(sample) as again, opened(sample, as_of="2026-11-21") as before:
        first, second, other = number(at), number(again), number(before)
    assert (first.low, first.mid, first.high, first.record) == (second.low, second.mid, second.high, second.record)
    assert first.low != other.low


def test_the_record_shows_what_came_and_says_its_misses(sample: Book) -> None:
    with opened(sample) as at:
        one = number(at)
        assert len(one.record) >= 6
        for held in one.record:
            assert held.actual == Money(figures(at, "won_value", str(held.period))[0], "USD")
            assert held.held == (held.low <= held.actual <= held.high)
            assert held.held or held.period.label in one.record_words
        assert f"held in {sum(held.held for held in one.record)} of {len(one.record)}" in one.record_words


def test_the_record_knows_nothing_that_came_later(sample: Book) -> None:
    with opened(sample) as at, opened(sample, as_of="2026-07-01") as then:
        now, before = number(at), number(then)
        here = {held.period: held for held in now.record}
        both = [(here[held.period], held) for held in before.record if held.period in here]
        assert both
        assert all(a.actual == b.actual for a, b in both)


@pytest.mark.parametrize("period", ["2026Q4", "2027Q1", "2026-11", "2026", "2026-11-01..2026-12-15", "next week"])
def test_any_period_with_an_end_has_a_number(sample: Book, period: str) -> None:
    with opened(sample) as at:
        one = number(at, period)
        assert one.low <= one.mid <= one.high and one.record_words


def test_a_period_that_is_over_is_what_was_won(sample: Book) -> None:
    with opened(sample) as at:
        one = number(at, "2026Q3")
        came = Money(figures(at, "won_value", "2026Q3")[0], "USD")
        assert one.low == one.mid == one.high == one.mean == came
        with pytest.raises(Stop, match="no end"):
            number(at, "all")


def test_the_report_says_it_in_one_sentence_and_shows_the_record(sample: Book) -> None:
    report = sample.call("review number", period="this quarter").report
    assert (
        report.lede.startswith("Likely range USD ")
        and "8 in 10; simple model, from created and closed dates alone" in report.lede
    )
    series = next(block for block in report.blocks if isinstance(block, Series))
    assert series.along == "quarter" and all(point.figure.low is not None for point in series.points)
