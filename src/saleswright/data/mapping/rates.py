"""Which way round is an exchange rate written, and against which currency? Told by its size: a dollar is many yen."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import duckdb

from saleswright.data.mapping.model import read_mapping
from saleswright.data.mapping.project import project
from saleswright.data.mapping.proposal import Facts, Guess, name_of
from saleswright.history.changes import StageMap
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue

# About how many units make one US dollar. Only the order of size counts, so it need not be today's.
_SIZE = {
    "USD": 1, "EUR": 0.92, "GBP": 0.79, "CHF": 0.89, "CAD": 1.36, "AUD": 1.52, "NZD": 1.65, "SGD": 1.34, "HKD": 7.8,
    "JPY": 150, "CNY": 7.2, "INR": 84, "KRW": 1_350, "TWD": 32, "THB": 35, "IDR": 16_000, "VND": 25_000, "PHP": 57,
    "MYR": 4.5, "SEK": 10.5, "NOK": 10.7, "DKK": 6.9, "ISK": 138, "PLN": 4, "CZK": 23, "HUF": 365, "RON": 4.6,
    "BGN": 1.8, "TRY": 34, "RUB": 92, "UAH": 41, "ILS": 3.7, "AED": 3.67, "SAR": 3.75, "QAR": 3.64, "EGP": 48,
    "ZAR": 18, "NGN": 1_500, "KES": 130, "MXN": 18, "BRL": 5.3, "ARS": 950, "CLP": 930, "COP": 4_100, "PEN": 3.75,
    "KWD": 0.31, "BHD": 0.38, "OMR": 0.38, "JOD": 0.71,
}  # fmt: skip
_ALWAYS = "1900-01-01"


def settle_rates(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> list[Issue]:
    """Give the body of a mapping of rates its base, the day they begin and the way they are written; what was found."""
    issues: list[Issue] = []
    where = name_of(start.evidence)
    defaults = dict(body.get("defaults", {}))
    if not _sets(body, "starts"):
        defaults["starts"] = _ALWAYS
        what = "no dates: each rate holds for all time"
        issues.append(
            Issue(where, what, try_="add a date column for rates that change", level="note", code="rates_always")
        )
    body["key"] = [f for f in ("currency", "base", "starts") if f in (body.get("key") or ()) or f == "starts"]
    if "currency" not in body["key"]:
        body["key"].insert(0, "currency")
    found = _read(con, start, {**body, "defaults": defaults}, known)
    if not found:
        body["defaults"] = defaults
        return issues
    if not _sets(body, "base"):
        ones = {code for code, base, rate in found if rate == 1}
        base = ones.pop() if len(ones) == 1 else known.currency
        if base != known.currency:
            defaults["base"] = base
            what = f"the rate of {base} is 1, so the others are measured against {base}"
            issues.append(Issue(where, what, level="note", code="rates_base"))
    else:
        base = ""
    straight, other, shown = 0.0, 0.0, ("", 0.0, "")
    for code, own, rate in found:
        against = own or base
        if code == against or code not in _SIZE or against not in _SIZE or rate <= 0:
            continue
        expected = math.log10(_SIZE[code] / _SIZE[against])
        straight += abs(math.log10(rate) - expected)
        other += abs(math.log10(rate) + expected)
        if abs(expected) > abs(math.log10(_SIZE[shown[0]] / _SIZE[shown[2]]) if shown[0] else 0):
            shown = (code, rate, against)
    inverse = other < straight - 0.02
    if inverse:
        _turn(body)
    if shown[0]:
        code, rate, against = shown
        way = f"{against} for one {code}" if inverse else f"{code} for one {against}"
        issues.append(Issue(where, f"rates are {way}: {code} is {rate:g}", level="note", code="rates_way"))
    if defaults:
        body["defaults"] = defaults
    return issues


def _sets(body: dict[str, Any], name: str) -> bool:
    for given in body["columns"].values():
        for rule in given if isinstance(given, list) else [given]:
            named = (
                [rule.get("field"), *rule.get("fields", ()), *rule.get("with", {})]
                if isinstance(rule, dict)
                else [rule]
            )
            if name in named:
                return True
    return False


def _turn(body: dict[str, Any]) -> None:
    for column, given in body["columns"].items():
        if given == "rate":
            body["columns"][column] = {"field": "rate", "inverse": True}
        elif isinstance(given, dict) and given.get("field") == "rate":
            given["inverse"] = True


def _read(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts
) -> list[tuple[str, str, float]]:
    """(currency, base, its middle rate) as the mapping reads them so far."""
    mapping, _ = read_mapping(Definition("mapping", "rates", body), known.entities)
    if mapping is None:
        return []
    source = project(
        mapping, known.entities["rate"], start.table, headers=start.evidence.header, run_id=0, number=0,
        imported_at=datetime.now(UTC).replace(tzinfo=None), zone="UTC", currency=known.currency, stages=StageMap(),
    )  # fmt: skip
    base = "base" if "base" in source.sets else "''"
    query = f"SELECT currency, coalesce({base}, ''), median(rate) FROM ({source.query}) WHERE rate > 0 GROUP BY 1, 2"
    return [(str(c), str(b), float(r)) for c, b, r in con.execute(query).fetchall() if c]
