"""Two currencies and a missing rate: null with the reason, never a partial sum; for every metric that money is in."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import Result, evaluate
from saleswright.measure.metrics.model import Metric

NOW = "2026-06-30T20:00:00+00:00"
PERIODS = ("2026Q1", "all", "2026Q3")
WORDS = "no exchange rate to USD"
# A number of each kind of row, half of it Ann's, half of it Ben's.
PEOPLE = ("u1", "u2")
Rows = list[dict[str, object]]


def _write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(rows)


def _company(place: Path, ben: str, rates: Rows | None = None, only: Sequence[str] = ()) -> Path:
    """Every kind of row that money is in, for Ann in dollars and for Ben in his currency, as a person would import it."""
    tables: dict[str, Rows] = {
        "users": [{"id": u, "name": u, "team": f"Team {u}", "hired": "2020-01-01"} for u in PEOPLE],
        "accounts": [], "deals": [], "quotas": [], "plan": [], "forecast_calls": [], "spend": [], "subscriptions": [],
        "opportunity_line_items": [],
    }  # fmt: skip
    for u, currency in zip(PEOPLE, ("USD", ben), strict=True):
        of = {"currency": currency}
        for n in range(12):
            account, deal = f"a{u}{n}", f"d{u}{n}"
            tables["accounts"].append({"id": account, "account_name": account, "account_owner": u})
            closed = f"{2025 + n % 2}-{1 + n % 3:02d}-10"
            stage, kind = ("Lost" if n % 4 == 3 else "Won"), ("Renewal" if n % 6 == 2 else "New")
            open_deal = {"stage": "Negotiation", "expected_close": "2026-08-10", "closed": ""} if n > 9 else {}
            tables["deals"].append({
                "id": deal, "owner": u, "account_id": account, "type": kind, "created": "2024-11-01",
                "qualified": "2024-11-02", "stage": stage, "closed": closed, "expected_close": closed,
                "amount": 1000 + n, **of, **open_deal,
            })  # fmt: skip
            tables["opportunity_line_items"].append(
                {"line_item_id": f"l{deal}", "opportunity_id": deal, "product": "P", "quantity": 1, "unit_price": 1000 + n,
                 "total_price": 1000 + n, "cost": 400}
            )  # fmt: skip
            tables["subscriptions"].append(
                {"id": f"s{u}{n}", "account": account, "start_date": "2025-01-01", "end_date": "2026-02-01" if n % 3 else "",
                 "monthly": 100 + n, **of}
            )  # fmt: skip
        for year in (2025, 2026):
            for month in range(1, 13):
                day = f"{year}-{month:02d}-01"
                tables["quotas"].append({"id": f"q{u}{day}", "user_id": u, "month": day, "quota": 1000, **of})
                tables["spend"].append({"month": day, "channel": u, "amount": 50, **of})
                tables["plan"].append({"name": f"line {u}", "starts": day, "planned": 900, **of})
        for year in (2025, 2026):
            call = {
                "user_id": u,
                "call_date": f"{year}-01-01",
                "period": f"{year}Q1",
                "category": "Commit",
                "amount": 900,
            }
            tables["forecast_calls"].append({**call, **of})
    for name, rows in {**tables, "rates": rates or []}.items():
        if rows and (not only or name in only):
            _write(place / "export" / f"{name}.csv", rows)
    build().call(None, "init", {"folder": str(place / "w"), "from": str(place / "export")})
    return place / "w"


@dataclass(frozen=True)
class _Pair:
    """The same company in one currency, and with a second one that has no rate."""

    one: Snapshot
    two: Snapshot


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Pair]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        places = [_company(tmp_path_factory.mktemp("money"), ben) for ben in ("USD", "EUR")]
        opened = [open_snapshot(build().open_workspace(place), Ambient()) for place in places]
        yield _Pair(*opened)
        for at in opened:
            at.close()


def _of_money(metric: Metric, known: Mapping[str, Metric]) -> bool:
    """Is it of money, or is anything it is made of?"""
    return metric.unit == "money" or any(_of_money(known[name], known) for name in metric.parts if name in known)


def _asked(at: Snapshot, metric: Metric, period: str, by: tuple[str, ...] = ()) -> Result | None:
    try:
        return evaluate(at, ask(at, metric.name, by, period))
    except Stop:
        return None


def test_every_metric_of_money_is_null_with_the_reason_where_a_rate_is_missing_never_a_partial_sum(pair: _Pair) -> None:
    known, _ = catalogue(pair.one)
    asked, silent = [], []
    for metric in known.values():
        if metric.awaits or not _of_money(metric, known):
            continue
        found = [(period, _asked(pair.one, metric, period)) for period in PERIODS]
        period = next((p for p, one in found if one is not None and one.total.value is not None), "")
        (asked if period else silent).append((metric, period))
    wrong = []
    for metric, period in asked:
        mixed = _asked(pair.two, metric, period)
        assert mixed is not None
        if mixed.total.value is not None or WORDS not in mixed.total.reason:
            wrong.append((metric.name, mixed.total.value, mixed.total.reason))
    assert not wrong, wrong
    assert {"won_value", "attainment", "new_value", "sales_velocity", "forecast_accuracy", "plan_deviation"} <= {
        metric.name for metric, _ in asked
    }
    assert len(asked) >= 20, [metric.name for metric, _ in silent]


GROUPED = ("won_value", "deal_size", "attainment", "quota", "open_pipeline", "coverage_remaining", "forecast_bias")


@pytest.mark.parametrize("name", GROUPED)
def test_a_group_whose_rate_is_missing_is_null_and_the_others_keep_their_own(pair: _Pair, name: str) -> None:
    known, _ = catalogue(pair.one)
    period = next(p for p in PERIODS if (one := _asked(pair.one, known[name], p)) and one.total.value is not None)
    whole, mixed = (_asked(at, known[name], period, ("owner",)) for at in (pair.one, pair.two))
    assert whole is not None and mixed is not None and mixed.total.value is None
    ann, ben = sorted(whole.groups, key=whole.label)
    if mixed.groups:
        # A group in one currency is told; of the other one nothing is.
        assert WORDS in mixed.groups[ben].reason and mixed.groups[ben].value is None
        assert mixed.groups[ann].value == whole.groups[ann].value


def _book(place: Path, rates: Rows) -> Book:
    return saleswright.open(_company(place, "JPY", rates, only=("deals", "rates")))


def test_a_third_currency_is_reached_through_the_base_and_each_row_rounded_to_its_own_unit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dollars and yen told in dinars: three places, none and two; every row half-even at the rate of its own day."""
    monkeypatch.setenv("SALESWRIGHT_NOW", NOW)
    rates: Rows = [
        {"currency": "JPY", "starts": "2024-01-01", "ends": "2026-01-01", "rate": "151.37"},
        {"currency": "JPY", "starts": "2026-01-01", "ends": "2027-01-01", "rate": "160.11"},
        {"currency": "KWD", "starts": "2024-01-01", "ends": "2027-01-01", "rate": "0.3071"},
    ]
    book = _book(tmp_path, rates)
    for code, dinar, places in (("USD", Fraction(1), 2), ("KWD", Fraction("0.3071"), 3), ("JPY", None, 0)):
        expected = 0
        for n in range(10):
            if n % 4 == 3 or n % 6 == 2:
                continue
            yen = Fraction("151.37") if n % 2 == 0 else Fraction("160.11")
            to = yen if dinar is None else dinar
            expected += round(Fraction(1000 + n) * to * 10**places)
            # Ben's amounts are whole yen already.
            expected += (1000 + n) if code == "JPY" else round(Fraction(1000 + n) / yen * to * 10**places)
        figure = book.currency(code).call("measure", metric="won_value", period="all").figures[0]
        assert figure.value == Money(expected, code), code
        assert isinstance(figure.value, Money) and len(figure.value.text.partition(".")[2]) == places
        groups = book.currency(code).call("measure", metric="won_value", period="all", by="month").report
        told = [point.figure.value for block in groups.blocks for point in getattr(block, "points", ())]
        assert sum(value.minor for value in told if isinstance(value, Money)) == expected
