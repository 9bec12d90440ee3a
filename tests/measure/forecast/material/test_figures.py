"""The forecast's figures as metrics: one law behind all, means that add, and every number opens to its rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.forecast.figures.told import told
from saleswright.measure.forecast.material.find import span
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.listed import value
from tests.measure.forecast.material import company

NAMES = (
    "expected_bookings", "forecast_low", "forecast_mid", "forecast_high", "chance_of_target", "expected_shortfall", "still_to_come",
)  # fmt: skip


def asked(
    at: Snapshot, name: str, *by: str, period: str = "this quarter", where: tuple[tuple[str, str], ...] = ()
) -> Result:
    return evaluate(at, ask(at, name, by, period, where))


def minor(figure: Figure) -> int:
    assert isinstance(figure.value, Money), figure.reason
    return figure.value.minor


def test_every_figure_is_read_from_the_one_law(at: Snapshot) -> None:
    """Quantiles ordered; closed amounts are a floor; the mean is won + open + still to come."""
    one = told(at, span(at, ""))
    found = {name: asked(at, name).total for name in NAMES}
    low, mid, high = (minor(found[name]) for name in ("forecast_low", "forecast_mid", "forecast_high"))
    won = minor(asked(at, "won_value").total)
    assert won == one.foretold.won and won <= low <= mid <= high
    assert minor(found["expected_bookings"]) == round(one.foretold.means.total)
    assert minor(found["still_to_come"]) == round(one.foretold.means.coming)
    assert found["chance_of_target"].value == pytest.approx(float(one.foretold.law.at_least(one.target)))
    assert minor(found["expected_shortfall"]) == round(one.foretold.law.shortfall(one.target))
    assert (
        found["forecast_mid"].low == found["forecast_low"].value
        and found["forecast_mid"].high == found["forecast_high"].value
    )


@pytest.mark.parametrize("by", ["owner", "team", "deal_tier", "month"])
def test_means_add_over_members_and_months(at: Snapshot, by: str) -> None:
    """By month, by team, any tree, adding up in means."""
    for name in ("expected_bookings", "still_to_come"):
        found = asked(at, name, by)
        assert len(found.groups) > 1
        assert sum(map(minor, found.groups.values())) == pytest.approx(minor(found.total), abs=len(found.groups))


def test_ranges_and_chances_do_not_add_and_say_so(at: Snapshot) -> None:
    """Each member's chance is of its own quota."""
    found = asked(at, "chance_of_target", "owner")
    assert any("do not add" in note for note in found.notes)
    assert all(isinstance(one.value, float) and 0 <= one.value <= 1 for one in found.groups.values())
    assert {found.label(key)[0] for key in found.groups if key[0]} == {name for name, _ in company.REPS.values()}
    assert any("do not add" in note for note in asked(at, "forecast_low", "team").notes)


def test_filters_hold_and_unusual_splits_are_said(at: Snapshot) -> None:
    whole, mine = asked(at, "expected_bookings"), asked(at, "expected_bookings", where=(("deal_tier", "A"),))
    assert 0 < (mine.total.n or 0) < (whole.total.n or 0)
    two = asked(at, "expected_bookings", "owner", "team")
    assert two.total.value == whole.total.value and not two.groups and any("one way" in note for note in two.notes)
    weekly = asked(at, "expected_bookings", "day")
    assert weekly.total.value == whole.total.value and any("Not split by day" in note for note in weekly.notes)
    by_due = asked(at, "expected_bookings", "due")
    assert by_due.total.value == whole.total.value and (by_due.groups or by_due.notes)


def test_members_asked_for_one_by_one_are_those_of_the_split(at: Snapshot) -> None:
    """A filter asks for fewer deals and learns nothing else: the same figure, to the unit, whichever way it is asked."""
    for name in ("expected_bookings", "still_to_come", "forecast_low"):
        split = asked(at, name, "owner")
        for key, figure in split.groups.items():
            alone = asked(at, name, where=(("owner", key[0]),)).total
            assert minor(alone) == pytest.approx(minor(figure), abs=1) and alone.n == figure.n
    split = asked(at, "chance_of_target", "owner")
    for key, figure in split.groups.items():
        assert asked(at, "chance_of_target", where=(("owner", key[0]),)).total.value == pytest.approx(figure.value)


def test_a_split_that_quotas_do_not_know_has_chances_of_no_target(at: Snapshot) -> None:
    found = asked(at, "chance_of_target", "stage")
    assert isinstance(found.total.value, float)
    assert all(one.value is None and one.reason for one in found.groups.values())


def test_a_period_that_is_over_is_what_was_won_in_it(at: Snapshot) -> None:
    for name in ("expected_bookings", "forecast_low", "forecast_high"):
        assert asked(at, name, period="2026Q3").total.value == asked(at, "won_value", period="2026Q3").total.value
    owners = asked(at, "expected_bookings", "owner", period="2026Q3")
    assert sum(map(minor, owners.groups.values())) == minor(owners.total)
    assert minor(asked(at, "still_to_come", period="2026Q3").total) == 0


def test_a_list_does_not_ask_what_takes_seconds(at: Snapshot) -> None:
    """A page of many metrics stays quick: the forecast's are asked when they are asked for."""
    from saleswright.measure.metrics.pages.catalogue import kpis

    shown = {item.name: figure for item, figure, _ in kpis(at, {"find": "bookings"})["metrics"]}
    assert shown["expected_bookings"] is None and shown["credited_bookings"] is not None
    assert all(ask(at, name).metric.dear for name in NAMES)
    assert value(at, ask(at, "expected_bookings").metric).value == asked(at, "expected_bookings").total.value


def test_a_measure_that_is_no_forecast_loads_none_of_it(root: Path) -> None:
    """A warm `measure` imports neither the model nor what it needs."""
    code = (
        "import sys; from saleswright.app import build; from saleswright.faces.cli.command import run\n"
        f"run(['measure', 'win_rate', '-w', {str(root)!r}, '--as-of', '2026-11-20'], build)\n"
        "here = 'saleswright.measure.forecast.'\n"
        "heavy = ('ibis', 'pandas', 'scipy', 'sklearn', here + 'law', here + 'outlook', here + 'chance')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"
