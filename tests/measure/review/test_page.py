"""The leader's page: every figure on it is the one the other pages show, and what is cut off is a line of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from saleswright.app import build, open_workspace
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Bridge, Figure, Table
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.review.material import material
from saleswright.measure.review.page import Page, page, report

DAY = "2026-11-22"


@pytest.fixture(scope="module")
def at(demo_folder: Path) -> Iterator[Snapshot]:
    """The sample company on the Sunday before the review."""
    opened = open_snapshot(open_workspace(demo_folder), Ambient(as_of=DAY))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def made(at: Snapshot) -> Page:
    return page(at)


def test_the_largest_deals_are_those_that_are_due_in_the_quarter(at: Snapshot) -> None:
    quarter = at.workspace.calendar.containing("quarter", at.day)
    found = material(at, quarter, most=10_000)
    due = evaluate(at, ask(at, "open_due", (), "all")).total
    assert isinstance(due.value, Money)
    assert (sum(one.amount.minor for one in found), len(found)) == (due.value.minor, due.n)
    sizes = [one.amount.minor for one in found]
    assert sizes == sorted(sizes, reverse=True)
    assert all(one.due and at.day <= one.due < quarter.end for one in found)
    assert found[0].owner_name.startswith("Rep ")


def test_every_figure_is_the_one_the_other_pages_show(at: Snapshot, made: Page) -> None:
    laid = report(made)
    figures = {block.name: block for block in laid.blocks if isinstance(block, Figure)}
    said = build().call(at.workspace, "review number", {}, context=at).report
    likely = next(block for block in said.blocks if isinstance(block, Figure))
    assert (figures["likely_range"].low, figures["likely_range"].high) == (likely.low, likely.high)
    for name, asked in (("coverage_remaining", "coverage_remaining"), ("past_due", "past_due")):
        shown = build().call(at.workspace, "measure", {"metric": asked, "period": "this quarter"}, context=at).report
        if name == "coverage_remaining":
            assert figures[name].value == next(b for b in shown.blocks if isinstance(b, Figure)).value
    rolled = build().call(at.workspace, "review roll", {}, context=at).report
    (bridge,) = (block for block in laid.blocks if isinstance(block, Bridge))
    assert bridge == next(block for block in rolled.blocks if isinstance(block, Bridge))
    assert laid.lede == rolled.lede


def test_the_fixes_end_with_the_others_in_one_line_and_the_whole(made: Page) -> None:
    (table,) = (block for block in report(made).blocks if isinstance(block, Table) and block.name == "fixes")
    assert len(table.rows) == 8 and str(table.rows[-2][0]).endswith(" more")
    for place, whole in ((1, made.scrub.findings), (2, made.scrub.deals)):
        counts = [int(str(row[place])) for row in table.rows]
        assert sum(counts[:-1]) == counts[-1] == whole


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-10-01", "2026Q4, week 1 of 14"),
        ("2026-10-05", "2026Q4, week 2 of 14"),
        ("2026-11-22", "2026Q4, week 8 of 14"),
    ],
)
def test_the_week_is_counted_in_mondays(at: Snapshot, day: str, words: str) -> None:
    then = at.at(date.fromisoformat(day))
    assert page(then).where_we_are == words


def test_a_company_of_a_handful_of_deals_is_told_what_is_missing(
    tmp_path: Path, pin_now: Callable[[str], object]
) -> None:
    pin_now("2026-11-23T08:00:00+00:00")
    rows = [f"D{n},Deal {n},Negotiation,{100 + n},2026-12-01,2026-10-0{n + 1}" for n in range(3)]
    file = tmp_path / "deals.csv"
    file.write_text("\n".join(["Id,Name,Stage,Amount,Close Date,Created Date", *rows]) + "\n", encoding="utf-8")
    build().call(None, "init", {"folder": str(tmp_path / "w"), "from_": str(file), "currency": "USD"})
    said = build().call(open_workspace(tmp_path / "w"), "review page", {}).report
    figures = {block.name: block for block in said.blocks if isinstance(block, Figure)}
    assert figures["likely_range"].value is None and "closed deals" in figures["likely_range"].reason
    assert figures["chance_of_target"].value is None and figures["coverage_remaining"].reason
