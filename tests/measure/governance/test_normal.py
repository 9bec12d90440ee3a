"""A normal wobble is called normal, the odd month is not, and every face draws the limits that were worked out once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.faces.web.charts import chart
from saleswright.kernel.report import Figure, Note, Report, Series, Table
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.money import Money
from saleswright.measure.metrics.governance.bands import bands
from saleswright.measure.metrics.governance.wobble import Spot, verdict, wobble
from tests.measure.governance.company import BAD, NOW, said

TODAY = date(2026, 11, 16)
CALENDAR = FiscalCalendar()


def spots(figures: list[Figure], last: date = date(2026, 10, 1)) -> list[Spot]:
    """Figures of the months up to October 2026."""
    month = CALENDAR.containing("month", last)
    return [Spot(month.shift(place - len(figures) + 1, CALENDAR), figure) for place, figure in enumerate(figures)]


def share(won: int, of: int) -> Figure:
    return Figure("win_rate", won / of, "share", n=of, of=(won, of))


def days(value: float) -> Figure:
    return Figure("sales_cycle", value, "days", n=30)


def amount(value: int) -> Figure:
    return Figure("won_value", Money(value * 100, "USD"), "money", n=10)


@pytest.fixture(autouse=True)
def _now(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def lede(source: Path, metric: str, as_of: str = "2026-11-16") -> tuple[str, str]:
    report = said(source, "kpi normal", as_of, metric=metric)
    return str(report.data["verdict"]), report.lede


def test_the_month_in_which_nearly_nothing_was_won_is_out_of_the_ordinary(source: Path) -> None:
    word, sentence = lede(source, "win_rate", "2026-06-10")
    assert word == "below" and sentence.startswith(f"{BAD}, ") and sentence.endswith("Look for one.")


def test_the_month_after_it_is_a_normal_wobble(source: Path) -> None:
    for as_of in ("2026-07-10", "2026-11-16"):
        word, sentence = lede(source, "win_rate", as_of)
        assert word == "ordinary" and "is a normal wobble: months fall anywhere between" in sentence


def test_a_short_record_says_not_enough_and_how_much_it_takes(source: Path) -> None:
    assert lede(source, "win_rate", "2024-09-10") == (
        "not enough",
        "Not enough to say: 4 whole months, and it takes 6 to say what is ordinary.",
    )


def test_the_running_month_is_not_judged() -> None:
    made = wobble(spots([amount(1000 + n % 3) for n in range(20)] + [amount(90)], date(2026, 11, 1)), TODAY)
    assert made.spots[-1].limit is None and verdict(made, TODAY).word == "ordinary"
    over = wobble(spots([amount(1000 + n % 3) for n in range(20)] + [amount(90)]), TODAY)
    assert verdict(over, TODAY).word == "below"


def test_a_young_cohort_is_not_judged() -> None:
    found = spots([share(40 + n % 3, 100) for n in range(12)] + [share(5, 100)])
    found[-1] = Spot(found[-1].period, found[-1].figure, open_share=0.6)
    assert verdict(wobble(found, TODAY), TODAY).word == "ordinary"


def test_an_empty_or_constant_series_says_not_enough() -> None:
    for figures in ([], [days(30)] * 24, [Figure("win_rate", None, "share", reason="none")] * 24):
        assert verdict(wobble(spots(figures), TODAY), TODAY).word == "not enough"


def test_after_a_lasting_change_the_new_level_is_what_is_ordinary() -> None:
    made = wobble(spots([days(40 + n % 3) for n in range(12)] + [days(60 + n % 3) for n in range(12)]), TODAY)
    assert [str(spot.period) for spot in made.changes] == ["2025-11"]
    told = verdict(made, TODAY)
    assert told.word == "ordinary" and "since 2025-11" in told.sentence
    before, now = bands(made)
    assert (before.n, now.n) == (12, 12)
    assert before.values[4] == pytest.approx(42) and now.values[0] == pytest.approx(60)


def test_bands_are_percentiles_of_the_own_months() -> None:
    figures = [days(30.0 + (8 * n) % 21) for n in range(21)]  # 30 to 50, each once, in no order
    (band,) = bands(wobble(spots(figures), TODAY))
    assert band.values == pytest.approx((32, 35, 40, 45, 48)) and band.n == 21


@given(st.lists(st.integers(20, 60), min_size=12, max_size=30))
def test_nine_of_the_last_ten_lie_where_the_sentence_says(values: list[int]) -> None:
    found = bands(wobble(spots([days(float(value)) for value in values]), TODAY))
    for band in found:
        if not band.sentence.startswith("9 of your last 10"):
            continue
        low, high = (
            float(text) for text in band.sentence.split("between ")[1].removesuffix(" days.").split(" days and ")
        )
        level = [v for v, s in zip(values, spots([days(float(v)) for v in values]), strict=True) if band.first.period.start <= s.period.start <= band.last.period.start]  # fmt: skip # noqa: E501
        assert sum(low <= value <= high for value in level[-10:]) >= 9


def test_money_is_said_exactly_in_its_currency(source: Path) -> None:
    report = said(source, "kpi normal", "2026-11-16", metric="won_value")
    table = next(block for block in report.blocks if isinstance(block, Table))
    assert all(isinstance(cell, Money) and cell.currency == "USD" for cell in table.rows[0][3:])
    assert any("USD" in block.text for block in report.blocks if isinstance(block, Note))


def drawn(report: Report) -> Series:
    return next(block for block in report.blocks if isinstance(block, Series))


def test_the_face_draws_the_limits_that_were_worked_out(source: Path) -> None:
    """One source: the chart's limits are those of the series, and `kpi normal` and `measure` have the same."""
    measured, judged = (
        drawn(said(source, name, "2026-11-16", metric="win_rate", **more))
        for name, more in (("measure", {"by": ["month"]}), ("kpi normal", {}))
    )
    limits = {point.start: point.limit for point in measured.points}
    assert sum(limit is not None for limit in limits.values()) >= 29
    spec = json.loads(str(chart(measured, today=TODAY).spec))
    assert [row["upper"] for row in spec["datasets"]["limits"]] == [limit.upper for limit in limits.values() if limit]
    out = [row["label"] for row in spec["datasets"]["dots"] if row["state"] == "out"]
    assert out == ["May 2026"]
    whole = [point for point in judged.points if point.start and point.start + timedelta(days=31) < TODAY]
    assert [
        point.label for point in whole if point.limit and not point.limit.holds(float(point.figure.value or 0))
    ] == [BAD]  # type: ignore[arg-type]
