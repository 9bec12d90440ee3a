"""The number on a record: it starts from what the metrics say, its parts add up, and it says what is missing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Series
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.review.number.simple import number
from tests.measure.recount import NOW, TODAY, Row, kept, made

Pin = Callable[[str], datetime]


@pytest.fixture(autouse=True)
def _today(pin_now: Pin) -> None:
    pin_now(NOW)


@contextmanager
def opened(book: Book, **ambient: str):
    at = open_snapshot(book.workspace, Ambient(**ambient))
    try:
        yield at
    finally:
        at.close()


def sold(count: int, seed: int = 1, still: int = 6, months: int = 18, **more: str) -> list[Row]:
    """So many closed deals over some months, and some open ones."""
    chance = Random(seed)
    rows: list[Row] = []
    for index in range(count + still):
        begun = TODAY - timedelta(days=chance.randrange(40, months * 30))
        end = min(begun + timedelta(days=chance.randrange(1, 80)), TODAY)
        open_ = index >= count
        if open_:
            begun = TODAY - timedelta(days=chance.randrange(1, 60))
        rows.append(
            {
                "id": f"D{index:04}",
                "name": f"Deal {index}",
                "stage": "Negotiation" if open_ else chance.choice(["Won", "Lost", "Lost"]),
                "type": "New Business",
                "created": begun.isoformat(),
                "qualified": begun.isoformat(),
                "closed": "" if open_ else end.isoformat(),
                "expected_close": (TODAY + timedelta(days=chance.randrange(-20, 90))).isoformat(),
                "amount": str(chance.randrange(1000, 90000)),
                "currency": "USD",
                **more,
            }
        )
    return rows


def part(one, name: str) -> Figure:
    return next((figure for figure in one.parts if figure.name == name), Figure(name, None, "money", n=0))


def figures(at: Snapshot, name: str, period: str = "all", where=()) -> tuple[int, int]:
    figure = evaluate(at, ask(at, name, (), period, where)).total
    return (figure.value.minor if isinstance(figure.value, Money) else 0), (figure.n or 0) + figure.excluded


def check_against_the_metrics(at: Snapshot, where=()) -> None:
    one = number(at, where=where)
    assert one.enough
    so_far = figures(at, "won_value", f"{one.period.start}..{at.day}", where)[0]
    assert part(one, "won").value == Money(so_far, at.currency)
    held = sum(part(one, name).n or 0 for name in ("open_due", "past_due", "due_earlier", "due_later", "no_date"))
    open_ = evaluate(at, ask(at, "open_pipeline", (), "all", where))
    assert held == (open_.total.n or 0) + open_.sums.left_out["no amount"]
    assert sum(figure.value.minor for figure in one.parts if isinstance(figure.value, Money)) == one.mean.minor
    assert one.low <= one.mid <= one.high and one.stale[0] <= one.stale[1]
    assert one.low.minor >= so_far


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


def test_a_rule_that_leaves_deals_out_holds_here_too(tmp_path: Path) -> None:
    rows = sold(80)
    book = kept(made(tmp_path, rows), "big", "from: 2020-01-01\nbecause: too big\nwhen: {amount: {above: 8000000}}\n")
    book = kept(
        book,
        "old",
        "from: 2020-01-01\nbecause: old\nwhen: {standing: open, created: {older: 30}}\nmetrics: [open_pipeline]\n",
    )
    with opened(book) as at:
        check_against_the_metrics(at)
        assert any("left out of what is open by a rule" in note.text for note in number(at).notes)


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


@pytest.mark.parametrize("closed", [0, 29])
def test_below_30_closed_deals_it_says_what_is_missing(tmp_path: Path, closed: int) -> None:
    with opened(made(tmp_path, sold(closed))) as at:
        one = number(at)
    assert not one.enough and one.low is None and one.mean is None and one.n_closed == closed
    assert f"{30 - closed} more" in one.missing[0] and "closed deals of the last 2 years" in one.missing[0]


def test_30_closed_deals_are_enough_and_the_range_is_wide(tmp_path: Path) -> None:
    with opened(made(tmp_path, sold(30))) as at:
        check_against_the_metrics(at)
        one = number(at)
        assert (one.high - one.low).minor > one.mean.minor / 2


def test_without_dates_or_without_wins_there_is_no_number(tmp_path: Path) -> None:
    bare = [{**row, "created": "", "qualified": ""} for row in sold(60)]
    (tmp_path / "a").mkdir()
    with opened(made(tmp_path / "a", bare)) as at:
        one = number(at)
        assert not one.enough and any("Created date" in text for text in one.missing)
    (tmp_path / "b").mkdir()
    lost = [{**row, "stage": "Lost" if row["stage"] == "Won" else row["stage"]} for row in sold(60)]
    with opened(made(tmp_path / "b", lost)) as at:
        one = number(at)
        assert not one.enough and "won" in one.missing[0]


def test_strange_dates_are_handled_and_said(tmp_path: Path) -> None:
    rows = sold(80)
    won = [row for row in rows if row["stage"] == "Won"]
    won[0] |= {"created": "2026-06-10", "qualified": "2026-06-10", "closed": "2026-06-01"}
    won[1] |= {"closed": "2026-12-10", "amount": "777"}
    won[2] |= {"closed": "2027-02-10"}
    won[3] |= {"amount": ""}
    lost = [row for row in rows if row["stage"] == "Lost"]
    lost[0] |= {"closed": "2026-12-15"}
    with opened(made(tmp_path, rows)) as at:
        check_against_the_metrics(at)
        one = number(at)
    said = " ".join(note.text for note in one.notes)
    assert "closed before it began" in said
    assert "2 deals won on a day after 2026-11-22" in said and "1 deal lost on a day after" in said
    assert "1 deal won without an amount" in said
    assert part(one, "won_later").value == Money(77700, "USD") and part(one, "won_later").n == 1
    assert one.low.minor >= part(one, "won").value.minor + 77700


def test_without_a_rate_a_deal_is_counted_apart(tmp_path: Path) -> None:
    rows = sold(80)
    for row in rows[::20]:
        row["currency"] = "EUR"
    with opened(made(tmp_path, rows)) as at:
        one = number(at)
    assert one.enough and any("without an exchange rate to USD" in note.text for note in one.notes)


def test_deals_that_nobody_touches_are_treated_both_ways(tmp_path: Path) -> None:
    rows = sold(120, still=60)
    for index, row in enumerate(rows):
        if row["closed"]:
            row["last_activity"] = row["closed"]
        elif index % 2:
            row["last_activity"] = row["created"] = row["qualified"] = "2026-06-01"
        else:
            row["last_activity"] = "2026-11-20"
    with opened(made(tmp_path, rows)) as at:
        one = number(at)
    assert any("30 open deals are stale: untouched for more than 30 days" in note.text for note in one.notes)
    assert one.stale[1] < one.high


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


def test_the_report_says_when_it_is_not_enough(tmp_path: Path) -> None:
    report = made(tmp_path, sold(12)).call("review number").report
    assert report.lede.startswith("Not enough for a range: 12 closed deals; 18 more")
    assert report.figures()[0].value is None and report.figures()[0].reason
