"""A 4-4-5 year starting in February, and other years of weeks: every period holds the days it has by hand, and no other."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Series
from saleswright.lib.money import Money

# Fiscal years by hand: the Monday nearest 1 February. That of 2024 was 29 January, of 2025 3 February, of 2026 2 February,
# of 2027 1 February; so FY2025 has 53 weeks, and the two after it 52. The first day of each month, and the day after.
FY2025_445 = ("2024-01-29 2024-02-26 2024-03-25 2024-04-29 2024-05-27 2024-06-24 2024-07-29 2024-08-26 2024-09-23 "
              "2024-10-28 2024-11-25 2024-12-23 2025-02-03")  # fmt: skip
FY2026_445 = ("2025-02-03 2025-03-03 2025-03-31 2025-05-05 2025-06-02 2025-06-30 2025-08-04 2025-09-01 2025-09-29 "
              "2025-11-03 2025-12-01 2025-12-29 2026-02-02")  # fmt: skip
FY2026_454 = ("2025-02-03 2025-03-03 2025-04-07 2025-05-05 2025-06-02 2025-07-07 2025-08-04 2025-09-01 2025-10-06 "
              "2025-11-03 2025-12-01 2026-01-05 2026-02-02")  # fmt: skip
FY2026_544 = ("2025-02-03 2025-03-10 2025-04-07 2025-05-05 2025-06-09 2025-07-07 2025-08-04 2025-09-08 2025-10-06 "
              "2025-11-03 2025-12-08 2026-01-05 2026-02-02")  # fmt: skip
FY2027_445 = ("2026-02-02 2026-03-02 2026-03-30 2026-05-04 2026-06-01 2026-06-29 2026-08-03 2026-08-31 2026-09-28 "
              "2026-11-02 2026-11-30 2026-12-28 2027-02-01")  # fmt: skip
FIRST, LAST = date(2024, 1, 29), date(2026, 2, 1)
NOW = "2026-02-01T20:00:00+00:00"
QUOTA = 364_000


def _days(text: str) -> list[date]:
    return [date.fromisoformat(one) for one in text.split()]


def _amount(day: date) -> int:
    """What was won on a day, in whole dollars: no two neighbours alike, so that a day too many or too few shows."""
    return 100 + (day - FIRST).days % 97


def _won(start: date, end: date) -> Money:
    return Money(100 * sum(_amount(start + timedelta(days=d)) for d in range((end - start).days)), "USD")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One deal won on every day of two fiscal years; then, open, one due on the first and the last day of each month."""
    place = tmp_path_factory.mktemp("fiscal")
    rows: list[dict[str, object]] = []
    for d in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=d)
        rows.append({"id": f"w{d}", "stage": "Won", "closed": day, "expected_close": day, "amount": _amount(day)})
    for number, (start, end) in enumerate(pairwise(_days(FY2027_445)), 1):
        rows.append({"id": f"f{number}", "stage": "Negotiation", "expected_close": start, "amount": 1000 * number})
        last = end - timedelta(days=1)
        rows.append({"id": f"l{number}", "stage": "Negotiation", "expected_close": last, "amount": number})
    _write(
        place / "export" / "deals.csv",
        [{"created": "2023-12-01", "qualified": "2024-01-02", "owner": "u1", "currency": "USD", **row} for row in rows],
    )
    _write(place / "export" / "users.csv", [{"id": "u1", "name": "Ann", "team": "East"}])
    year = {
        "id": "q1",
        "person": "u1",
        "amount": QUOTA,
        "currency": "USD",
        "starts": "2026-02-02",
        "ends": "2027-02-01",
    }
    _write(place / "export" / "quotas.csv", [year])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        build().call(None, "init", {"folder": str(place / "w"), "from": str(place / "export")})
        yield place / "w"


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def _book(folder: Path, pattern: str, start_month: int = 2) -> Book:
    """The same record under another calendar: it is a setting, nothing is imported again."""
    path = folder / "saleswright.toml"
    kept = path.read_text(encoding="utf-8").split("\n[fiscal]")[0]
    path.write_text(f'{kept}\n[fiscal]\npattern = "{pattern}"\nstart_month = {start_month}\n', encoding="utf-8")
    return saleswright.open(folder)


def _whole(book: Book, metric: str, period: str) -> Figure:
    return book.call("measure", metric=metric, period=period).figures[0]


def _split(book: Book, metric: str, period: str, by: str) -> dict[str, Figure]:
    report = book.call("measure", metric=metric, period=period, by=by).report
    series = next(block for block in report.blocks if isinstance(block, Series))
    return {point.label: point.figure for point in series.points}


@pytest.mark.parametrize(
    ("pattern", "year", "edges", "weeks"),
    [
        ("445", 2025, FY2025_445, (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6)),
        ("445", 2026, FY2026_445, (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5)),
        ("454", 2026, FY2026_454, (4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4)),
        ("544", 2026, FY2026_544, (5, 4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4)),
    ],
)
def test_a_year_of_weeks_that_starts_in_february_gives_hand_checked_period_totals(
    folder: Path, pattern: str, year: int, edges: str, weeks: tuple[int, ...]
) -> None:
    days, book = _days(edges), _book(folder, pattern)
    assert tuple((b - a).days for a, b in pairwise(days)) == tuple(7 * n for n in weeks), (
        "the table by hand is whole weeks"
    )
    months = {f"{year}-{m:02d}": _won(a, b) for m, (a, b) in enumerate(pairwise(days), 1)}
    quarters = {f"{year}Q{q}": _won(a, b) for q, (a, b) in enumerate(pairwise(days[::3]), 1)}
    assert {k: f.value for k, f in _split(book, "won_value", str(year), "month").items()} == months
    assert {k: f.value for k, f in _split(book, "won_value", str(year), "quarter").items()} == quarters
    assert _whole(book, "won_value", str(year)).value == _won(days[0], days[-1])
    for period, total in [*months.items()][::11] + [*quarters.items()][1:3]:
        assert _whole(book, "won_value", period).value == total, period
    counted = {k: f.value for k, f in _split(book, "won_deals", str(year), "month").items()}
    assert list(counted.values()) == [7 * n for n in weeks]
    by_week = _split(book, "won_value", str(year), "week")
    assert [f.value for f in by_week.values()] == [
        _won(a, a + timedelta(days=7)) for a in (days[0] + timedelta(days=7 * w) for w in range(sum(weeks)))
    ]
    assert len(by_week) == sum(weeks) and list(by_week)[-1] == f"{year}W{sum(weeks)}"
    one = _split(book, "won_value", f"{year}-12", "day")
    assert len(one) == 7 * weeks[-1] and one[str(days[-1] - timedelta(days=1))].value == _won(
        days[-1] - timedelta(days=1), days[-1]
    )


def test_years_of_weeks_follow_each_other_without_a_gap(folder: Path) -> None:
    book = _book(folder, "445")
    years = _split(book, "won_value", "2025..2026", "year")
    assert {k: f.value for k, f in years.items()} == {
        "2025": _won(date(2024, 1, 29), date(2025, 2, 3)),
        "2026": _won(date(2025, 2, 3), date(2026, 2, 2)),
    }
    assert [f.n for f in years.values()] == [53 * 7, 52 * 7]
    assert _whole(book, "won_value", "2025Q4").n == (4 + 4 + 6) * 7
    growth = _whole(book, "revenue_growth", "2026")
    assert growth.of == (_won(date(2025, 2, 3), date(2026, 2, 2)), _won(date(2024, 1, 29), date(2025, 2, 3)))


def test_the_quota_and_its_coverage_are_taken_by_the_fiscal_day(folder: Path) -> None:
    """364,000 over 52 weeks is 1,000 a day; open in month m are 1,000 m on its first day and m on its last."""
    book, edges = _book(folder, "445"), _days(FY2027_445)
    weeks = (4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 5)
    assert tuple((b - a).days for a, b in pairwise(edges)) == tuple(7 * n for n in weeks)
    asked = _split(book, "quota", "2027", "month")
    assert [f.value for f in asked.values()] == [Money(100_000 * 7 * n, "USD") for n in weeks]
    assert _whole(book, "quota", "2027Q1").value == Money(100_000 * 7 * 13, "USD")
    covered = _split(book, "coverage_of_quota", "2027", "month")
    for number, (name, figure) in enumerate(covered.items(), 1):
        assert name == f"2027-{number:02d}"
        assert figure.value == pytest.approx(1001 * number / (1000 * 7 * weeks[number - 1]))
        assert _whole(book, "coverage_of_quota", name).value == figure.value
    third = _whole(book, "coverage_remaining", "2027Q3")
    assert third.value == pytest.approx(1001 * (7 + 8 + 9) / (1000 * 7 * 13))


@pytest.mark.parametrize(
    ("start_month", "year", "edges"),
    [
        (2, 2026, "2025-02-01 2025-05-01 2025-08-01 2025-11-01 2026-02-01"),
        (4, 2025, "2024-04-01 2024-07-01 2024-10-01 2025-01-01 2025-04-01"),
        (10, 2025, "2024-10-01 2025-01-01 2025-04-01 2025-07-01 2025-10-01"),
    ],
)
def test_a_year_may_start_with_any_month(folder: Path, start_month: int, year: int, edges: str) -> None:
    book, days = _book(folder, "months", start_month), _days(edges)
    by_quarter = _split(book, "won_value", str(year), "quarter")
    assert {k: f.value for k, f in by_quarter.items()} == {
        f"{year}Q{q}": _won(a, b) for q, (a, b) in enumerate(pairwise(days), 1)
    }
    assert _whole(book, "won_value", str(year)).value == _won(days[0], days[-1])


@pytest.mark.parametrize("pattern", ["months", "445", "454", "544"])
def test_the_parts_of_a_year_add_to_it_whatever_the_calendar(folder: Path, pattern: str) -> None:
    book = _book(folder, pattern)
    whole = _whole(book, "won_value", "2025-03-10..2025-12-20").value
    for by in ("day", "week", "month", "quarter", "year"):
        parts = [f.value for f in _split(book, "won_value", "2025-03-10..2025-12-20", by).values()]
        assert Money(sum(part.minor for part in parts if isinstance(part, Money)), "USD") == whole, by
