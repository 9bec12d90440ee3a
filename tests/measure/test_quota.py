"""What is asked in a period: parts add to the whole to the cent, nobody is asked twice, and what is not known is said."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.quota_lines import Line as Quota
from saleswright.measure.metrics.quota_lines import without
from tests.measure.recount import table

NOW = "2026-11-22T20:00:00+00:00"
DAY = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


PEOPLE = [
    {"id": "u1", "name": "Ann", "team": "West"},
    {"id": "u2", "name": "Bob", "team": "West"},
    {"id": "u3", "name": "Cleo", "team": "East"},
]
DEALS = [
    {"id": "d1", "owner": "u1", "stage": "Negotiation", "created": "2026-01-02", "qualified": "2026-01-05",
     "expected_close": "2026-12-01", "amount": "100", "currency": "USD"},
    {"id": "d2", "owner": "u2", "stage": "Negotiation", "created": "2026-01-02", "qualified": "2026-01-05",
     "expected_close": "2026-12-01", "amount": "100", "currency": "USD"},
]  # fmt: skip


def _company(folder: Path, quotas: list[dict[str, str]], access: str = "") -> Book:
    export, place = folder / "export", folder / "place"
    export.mkdir(parents=True)
    _write(export / "users.csv", PEOPLE)
    _write(export / "deals.csv", DEALS)
    _write(export / "quotas.csv", [{"id": f"q{i}", **row} for i, row in enumerate(quotas)])
    build().call(None, "init", {"folder": str(place), "from": str(export)})
    if access:
        (place / "definitions" / "access.yaml").write_text(access, encoding="utf-8")
    return saleswright.open(place)


def _asked(book: Book, period: str = "2026Q4", **where: str) -> Figure:
    return book.call("measure", metric="quota", period=period, where=where).figures[0]


def _by(book: Book, field: str, period: str = "2026Q4") -> dict[str, Value]:
    split = table(book, "measure", f"by_{field}", metric="quota", by=field, period=period)
    return {str(row[0]): row[1].value for row in split.rows if isinstance(row[1], Figure)}


def _usd(text: str) -> Money:
    return Money.parse(text, "USD")


@given(
    minor=st.integers(-(10**9), 10**9),
    length=st.integers(1, 400),
    cuts=st.lists(st.integers(0, 400), max_size=6),
)
def test_the_parts_of_a_quota_add_to_it_however_the_time_is_cut(minor: int, length: int, cuts: list[int]) -> None:
    span = (DAY, DAY + timedelta(days=length))
    quota = Quota({}, False, span, minor, (span,))
    edges = sorted({0, length, *(c for c in cuts if c < length)})
    parts = [quota.inside(DAY + timedelta(days=a), DAY + timedelta(days=b)) for a, b in pairwise(edges)]
    assert sum(parts) == minor == quota.inside(date(1, 1, 1), date(9999, 12, 31))
    days = [quota.inside(DAY + timedelta(days=d), DAY + timedelta(days=d + 1)) for d in range(length)]
    assert max(days) - min(days) <= 1


def test_what_is_taken_by_a_shorter_quota_is_not_asked_again() -> None:
    def day(n: int) -> date:
        return DAY + timedelta(days=n)

    assert without((day(0), day(10)), [(day(2), day(4)), (day(8), day(12))]) == ((day(0), day(2)), (day(4), day(8)))


def test_people_are_added_and_a_team_counts_only_where_nobody_of_it_has_one(tmp_path: Path) -> None:
    month = {"starts": "2026-10-01", "ends": "2027-01-01", "currency": "USD"}
    book = _company(
        tmp_path,
        [
            {"person": "u1", "amount": "100.00", **month},
            {"person": "u2", "amount": "50.00", **month},
            {"team": "West", "amount": "1000.00", **month},
            {"team": "East", "amount": "70.00", **month},
        ],
    )
    figure = _asked(book)
    assert figure.value == _usd("220.00") and figure.n == 3 and figure.ref
    assert _by(book, "team") == {"West": _usd("150.00"), "East": _usd("70.00")}
    assert _asked(book, owner="Ann").value == _usd("100.00")
    assert _asked(book, team="East").value == _usd("70.00")
    third = _asked(book, period="2026-10-01..2026-10-23", owner="Ann")
    assert third.value == _usd("25.00"), "23 of 92 days"


def test_a_year_and_its_months_are_not_asked_twice(tmp_path: Path) -> None:
    year = [{"person": "u1", "amount": "365.00", "starts": "2026-01-01", "ends": "2027-01-01", "currency": "USD"}]
    months = [
        {"person": "u1", "amount": "10.00", "starts": f"2026-{m}-01", "ends": e, "currency": "USD"}
        for m, e in (("10", "2026-11-01"), ("11", "2026-12-01"))
    ]
    book = _company(tmp_path, year + months)
    assert _asked(book).value == _usd("51.00"), "10 + 10 + 31 days of the year's"


def test_what_cannot_be_said_is_said(tmp_path: Path) -> None:
    row = {"person": "u1", "amount": "100.00", "starts": "2026-10-01", "ends": "2026-12-01", "currency": "USD"}
    book = _company(tmp_path, [row, {**row, "person": "u3", "currency": "EUR"}])
    reasons = {
        "no quota for 2027Q1: import a quota grid": {"period": "2027Q1"},
        "no quota for 2026-12-01..2026-12-31, a part of 2026Q4: import the rest of the quota grid": {},
        "no exchange rate to USD for 1 of 2 quotas": {"period": "2026-10"},
        "no quota for 2026-10 of this owner: import a quota grid": {"period": "2026-10", "owner": "Bob"},
        "a quota is asked of people, so none is known by currency": {"period": "2026-10", "currency": "USD"},
    }
    for reason, asked in reasons.items():
        figure = _asked(book, **asked)
        assert figure.value is None and figure.reason == reason


def test_who_sees_a_part_of_the_record_is_told_that_parts_quota(tmp_path: Path) -> None:
    month = {"starts": "2026-10-01", "ends": "2027-01-01", "currency": "USD"}
    access = (
        "- {kind: access, name: ann, scope: 'owner:Ann'}\n- {kind: access, name: east, scope: 'team:East'}\n"
        "- {kind: access, name: guest, scope: company, hide: [quota.amount]}\n"
    )
    book = _company(
        tmp_path,
        [
            {"person": "u1", "amount": "100.00", **month},
            {"person": "u3", "amount": "7.00", **month},
        ],
        access,
    )
    assert _asked(book).value == _usd("107.00")
    assert _asked(book.as_actor("ann")).value == _usd("100.00")
    assert _asked(book.as_actor("east")).value == _usd("7.00")
    hidden = _asked(book.as_actor("guest"))
    assert hidden.value is None and hidden.reason == "quotas are outside this person's access"
    assert "7.00" not in str(
        book.as_actor("ann").call("measure", metric="coverage", by="owner", period="2026Q4").json()
    )
