"""On the sample company: what was there before earlier quarters, and what people call beside the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.forecast.calls.sheet import sheet
from saleswright.measure.forecast.outlook.asked import forecast, forget
from saleswright.measure.forecast.show import called, said
from saleswright.measure.forecast.show.upcoming import upcoming
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure.flow.weekly import snapshot


@pytest.fixture(scope="module")
def at(demo_folder: Path) -> Iterator[Snapshot]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", "2026-11-22T12:00:00+00:00")
        yield snapshot(demo_folder, "2026-11-22")
    forget()


def minor(at: Snapshot, metric: str, period: str, where: tuple[tuple[str, str], ...] = ()) -> int:
    value = evaluate(at, ask(at, metric, (), period, where)).total.value
    assert isinstance(value, Money)
    return value.minor


def test_the_next_quarter_stands_beside_what_was_there_at_the_same_point_before_earlier_ones(at: Snapshot) -> None:
    """Is next quarter being built: open and due in it, and what was open, due and booked before earlier quarters."""
    now = forecast(at, parse_period("this quarter", at.day, at.workspace.calendar))
    found, why_not = upcoming(at, now, ())
    assert found is not None and not why_not
    assert found.period.label == "2027Q1" and found.open == minor(
        at, "open_pipeline", "all", (("due", "next quarter"),)
    )
    assert [one.period.label for one in found.before] == ["2026Q3", "2026Q2", "2026Q1", "2025Q4"]
    for one in found.before:
        assert (one.period.start - one.day).days == (found.period.start - at.day).days
        assert one.came == minor(at, "won_value", one.period.label) and 0 < one.of_open < one.came
        assert one.open == minor(on(at, one.day), "open_pipeline", "all", (("due", "next quarter"),))
    assert found.usual == round(sum(one.open for one in found.before) / 4)
    assert said.built(found, "USD").startswith(said.VERDICTS[found.verdict])


def test_calls_stand_beside_the_model_with_how_many_are_in(at: Snapshot) -> None:
    period = parse_period("this quarter", at.day, at.workspace.calendar)
    held = sheet(at, "this quarter", with_model=False)
    told = called.total(called.sheet(at, period, ()), ())
    assert held.total.number.amount is not None and told.amount == held.total.number.amount.minor
    assert (told.calls, told.people) == (len(held.total.number.into), held.total.number.of)
    part = called.total(called.sheet(at, period, (("team", "Team East"),)), (("team", "Team East"),))
    assert part.amount is None and "not for a part of the deals" in part.reason
    assert called.by(held, "team") == {}
    assert set(called.by(held, "owner")) <= {row.person for row in held.rows if row.state == "in"}
