"""Laws of every figure: sums under any split, rows that add up, one reference one value, scope refused, nulls with reasons."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Series, Table
from saleswright.lib.issue import NOT_ALLOWED, Stop
from saleswright.lib.money import Money

SPLITS = (
    "owner",
    "team",
    "region",
    "segment",
    "type",
    "channel",
    "source",
    "currency",
    "month",
    "quarter",
    "status",
    "product",
)
METRICS = (
    "new_deals",
    "won_value",
    "win_rate",
    "deal_size",
    "sales_cycle",
    "win_rate_by_qualified",
    "days_to_lost",
    "lost_deals",
)
PERIODS = ("all", "last 12 months", "2026Q3", "2026-10", "2026-01-01..2026-03-31")


def parts(book: Book, metric: str, by: list[str], period: str) -> list[Figure]:
    report = book.measure(metric, by=by, period=period).report
    for block in report.blocks:
        if isinstance(block, Table) and block.name.startswith("by_"):
            return [cell for row in block.rows for cell in row if isinstance(cell, Figure)]
        if isinstance(block, Series):
            return [point.figure for point in block.points]
    return []


def above(figure: Figure) -> int:
    """The additive part of a figure: what stands above the line, or its value."""
    value = figure.of[0] if figure.of else figure.value
    return value.minor if isinstance(value, Money) else int(value or 0)


@settings(max_examples=25)
@given(metric=st.sampled_from(METRICS), by=st.sampled_from([[a] for a in SPLITS] + [list(p) for p in combinations(SPLITS[:7], 2)]),
       period=st.sampled_from(PERIODS))  # fmt: skip
def test_ratio_of_sums_under_any_split(sample: Book, metric: str, by: list[str], period: str) -> None:
    whole = sample.measure(metric, period=period).figures[0]
    found = parts(sample, metric, by, period)
    assert sum(f.n or 0 for f in found) == whole.n
    if metric not in ("sales_cycle", "days_to_lost"):
        assert sum(above(f) for f in found) == above(whole)


@settings(max_examples=12)
@given(metric=st.sampled_from(METRICS), by=st.sampled_from(SPLITS), period=st.sampled_from(PERIODS), data=st.data())
def test_drill_down_rows_add_to_the_figure(
    sample: Book, metric: str, by: str, period: str, data: st.DataObject
) -> None:
    found = [f for f in parts(sample, metric, [by], period) if f.n and f.n <= 200]
    if not found:
        return
    figure = data.draw(st.sampled_from(found))
    opened = sample.explain(figure.ref).report
    again = opened.figures()[0]
    assert (again.value, again.n, again.of, again.ref) == (figure.value, figure.n, figure.of, figure.ref)
    rows: list[tuple[object, ...]] = []
    place: dict[str, int] = {}
    for page in range(1, -(-(figure.n or 0) // 50) + 1):
        table = next(
            b for b in sample.explain(figure.ref, page=page).report.blocks if isinstance(b, Table) and b.name == "rows"
        )
        rows += table.rows
        place = {column.name: index for index, column in enumerate(table.columns)}
    assert len(rows) == figure.n and len({row[0] for row in rows}) == figure.n
    if metric in ("win_rate", "win_rate_by_qualified"):
        assert sum(1 for row in rows if row[place["counted"]]) == above(figure)
    if metric in ("won_value", "deal_size"):
        assert sum(cell.minor for row in rows if isinstance(cell := row[place["amount"]], Money)) == above(figure)


def test_left_out_rows_are_listed_and_counted(sample: Book) -> None:
    figure = sample.measure("new_deals").figures[0]
    report = sample.explain(figure.ref).report
    table = next(b for b in report.blocks if isinstance(b, Table) and b.name == "excluded")
    counts = [row[1] for row in table.rows]
    assert figure.excluded and sum(c for c in counts if isinstance(c, int)) == figure.excluded
    listed = next(b for b in report.blocks if isinstance(b, Table) and b.name == "excluded_rows")
    assert listed.total == figure.excluded and all(row[7] for row in listed.rows)


def test_the_same_reference_always_gives_the_same_value(sample: Book) -> None:
    figure = sample.measure("win_rate", by="team", period="2026Q2").figures[1]
    for book in (sample, sample.as_of("2026-03-01"), sample.currency("EUR")):
        again = book.explain(figure.ref).figures[0]
        assert (again.value, again.n, again.ref) == (figure.value, figure.n, figure.ref)
    assert "snap=r1.j0" in figure.ref and "scope=company" in figure.ref and "asof=2026-11-22" in figure.ref


def test_a_smaller_scope_is_a_smaller_number_and_the_wider_reference_is_refused(sample: Book) -> None:
    company = sample.measure("win_rate").figures[0]
    west = sample.scope("team:West") if "team:West" in _teams(sample) else sample.scope(_teams(sample)[0])
    own = west.measure("win_rate").figures[0]
    assert own.n and company.n and own.n < company.n
    assert own.ref != company.ref and "scope=team:" in own.ref


def _teams(book: Book) -> list[str]:
    return [
        f"team:{row['team']}" for row in book.measure("win_rate", by="team").rows if str(row["team"]).startswith("Team")
    ]


def test_nothing_over_zero_is_null_with_a_reason(sample: Book) -> None:
    figure = sample.measure("win_rate", period="2020-01").figures[0]
    assert figure.value is None and figure.reason and figure.n == 0


def test_an_interval_and_a_count_stand_with_every_ratio(sample: Book) -> None:
    for name in ("win_rate", "win_rate_by_qualified", "deal_size", "sales_cycle"):
        figure = sample.measure(name).figures[0]
        assert figure.n and figure.low is not None and figure.high is not None
        low, value, high = (
            v.minor if isinstance(v, Money) else float(str(v)) for v in (figure.low, figure.value, figure.high)
        )
        assert low <= value <= high


@pytest.mark.parametrize(
    ("metric", "args", "words"),
    [
        ("win_rat", {}, "win_rate"),
        ("win_rate", {"by": ["tema"]}, "team"),
        ("win_rate", {"period": "last quater"}, "quarter"),
        ("win_rate", {"where": ["team=Team Wset"]}, "Team West"),
        ("win_rate", {"where": ["tema=West"]}, "team"),
    ],
)
def test_unknown_words_give_the_nearest(sample: Book, metric: str, args: dict[str, object], words: str) -> None:
    with pytest.raises(Stop) as stop:
        sample.measure(metric, **args)
    assert words in " ".join(str(issue) for issue in stop.value.issues)
    assert stop.value.exit_code == 2


def test_every_issue_of_a_question_at_once(sample: Book) -> None:
    with pytest.raises(Stop) as stop:
        sample.measure("win_rate", by=["tema"], where=["ownr=x"], period="whenever")
    assert len(stop.value.issues) == 3


def test_a_scope_this_release_does_not_know_is_refused(sample: Book) -> None:
    with pytest.raises(Stop) as stop:
        sample.scope("planet:Mars").measure("win_rate")
    assert stop.value.exit_code == NOT_ALLOWED
