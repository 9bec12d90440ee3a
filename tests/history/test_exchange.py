"""Money is exchanged in whole numbers, half to even, at exactly one rate of its day."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from saleswright.history import engine
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from tests.history.made import deal, export, publish, workspace

minors = st.integers(-(10**15), 10**15)
rates = st.integers(1, 10**16)


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return engine.writer(":memory:", "UTC")


def exchanged(minor: int | None, up: int | None, down: int | None) -> Any:
    sql = "SELECT exchange($m::BIGINT, $u::BIGINT, $d::BIGINT)"
    return connection().execute(sql, {"m": minor, "u": up, "d": down}).fetchall()[0][0]


def half_even(value: Fraction) -> int:
    """The nearest whole number; of two equally near the even one."""
    floor = value.numerator // value.denominator
    rest = value - floor
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2 == 1)
    return floor + up


@given(minors, rates, rates)
@example(5, 1, 2)
@example(7, 1, 2)
@example(-5, 1, 2)
@example(-7, 1, 2)
@example(1, 3, 2)
@example(10**15, 10**3, 10**16)
def test_exchange_is_exact_half_even(minor: int, up: int, down: int) -> None:
    want = half_even(Fraction(minor * up, down))
    if abs(want) < 2**63:
        assert exchanged(minor, up, down) == want


@given(st.integers(-(10**6), 10**6).map(lambda n: 2 * n + 1), st.integers(1, 10**6))
def test_exactly_half_goes_to_even(odd: int, scale: int) -> None:
    got = exchanged(odd * scale, 1, 2 * scale)
    assert got % 2 == 0
    assert abs(got * 2 - odd) == 1


@given(minors, rates, rates)
def test_a_missing_part_gives_nothing(minor: int, up: int, down: int) -> None:
    assert exchanged(None, up, down) is exchanged(minor, None, down) is exchanged(minor, up, None) is None


def row(number: int, currency: str, starts: date, rate: float, **more: Any) -> dict[str, Any]:
    fields = {"ends": None, "base": None, **more}
    return {"id": f"rate_crm_{number}", "currency": currency, "starts": starts, "rate": rate, **fields}


def held(tmp_path: Path, exports: list[list[dict[str, Any]]], trusted: bool = False) -> list[tuple[Any, ...]]:
    """(currency, starts, ends, billionths) of every stored rate but the base's own, after these imports."""
    files = [export("deal", 1, [deal(1)])]
    for run, found in enumerate(exports, 1):
        if trusted:
            found = [{**r, "starts__at": datetime.combine(r["starts"], datetime.min.time())} for r in found]
        files.append(export("rate", run, found, number=1, anchors=("starts",) if trusted else ()))
    space = workspace(tmp_path)
    publish(space, files)
    with closing(open_snapshot(space, Ambient())) as at:
        sql = "SELECT currency, starts, ends, per_base, scale FROM rates ORDER BY currency, starts"
        stored = at.reader.rows(sql)
    assert ("EUR", date(1, 1, 1), date(9999, 12, 31), 10**9, 100) in stored
    return [r[:4] for r in stored if r[0] != "EUR"]


JANUARY, FEBRUARY, MARCH, END = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), date(9999, 12, 31)


@pytest.mark.parametrize("trusted", [False, True])
def test_a_rate_holds_until_the_next_begins(tmp_path: Path, trusted: bool) -> None:
    """Whether all rates became known with the import or each on its own first day."""
    rows = [row(1, "USD", JANUARY, 1.1), row(2, "USD", FEBRUARY, 1.2), row(3, "JPY", JANUARY, 160.0)]
    assert held(tmp_path, [rows], trusted) == [
        ("JPY", JANUARY, END, 160 * 10**9),
        ("USD", JANUARY, FEBRUARY, 1_100_000_000),
        ("USD", FEBRUARY, END, 1_200_000_000),
    ]


def test_rates_of_two_imports_never_overlap(tmp_path: Path) -> None:
    exports = [[row(1, "USD", JANUARY, 1.1)], [row(2, "USD", MARCH, 1.3), row(3, "USD", FEBRUARY, 1.2)]]
    found = held(tmp_path, exports)
    assert [r[1:3] for r in found] == [(JANUARY, FEBRUARY), (FEBRUARY, MARCH), (MARCH, END)]


def test_overlapping_ends_and_doubled_starts_leave_one_rate_a_day(tmp_path: Path) -> None:
    rows = [
        row(1, "USD", JANUARY, 1.1, ends=END),
        row(2, "USD", FEBRUARY, 1.2, ends=FEBRUARY + timedelta(days=3)),
        row(3, "USD", MARCH, 1.3),
    ]
    found = held(tmp_path, [rows, [row(4, "USD", MARCH, 1.4)]])
    assert [r[1:] for r in found] == [
        (JANUARY, FEBRUARY, 1_100_000_000),
        (FEBRUARY, FEBRUARY + timedelta(days=3), 1_200_000_000),
        (MARCH, END, 1_400_000_000),
    ]


def test_a_rate_against_another_currency_is_not_one_against_ours(tmp_path: Path) -> None:
    rows = [
        row(1, "USD", JANUARY, 1.1, base="EUR"),
        row(2, "USD", FEBRUARY, 1.3, base="GBP"),
        row(3, "GBP", JANUARY, 0.0),
    ]
    assert held(tmp_path, [rows]) == [("USD", JANUARY, END, 1_100_000_000)]
