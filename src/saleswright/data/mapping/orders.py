"""Day first or month first, where every value fits both? The other columns often know; only then a person is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb

from saleswright.data.mapping.headers import candidates
from saleswright.data.mapping.proposal import Facts, Guess, name_of
from saleswright.data.mapping.questions import Option, Question
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident, text
from saleswright.kernel import clock
from saleswright.lib.issue import Issue

CODE = "date_order"
_WORDS = {"dmy": "Day first", "mdy": "Month first"}
_AMERICAN = {"USD"}
_EUROPEAN = {"EUR", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD", "NZD", "INR", "ZAR", "BRL"}
_MADE = ("created", "last_activity", "qualified", "occurred", "converted")
_OVER = ("closed", "close", "converted")


def settle_order(con: duckdb.DuckDBPyConnection, start: Guess, known: Facts) -> tuple[Guess, Question | None]:
    """The guess with the order of its dates settled, and a question when nothing in the file settles it."""
    open_ = [h for h, s in start.seen.by_name.items() if s.undecided and s.kind in ("date", "moment")]
    if not open_ or _decided(start, open_):
        return start, None
    if not _matters(con, start, open_):
        return _with(start, open_, start.seen.dates, "every day is also its month, so both readings are the same"), None
    answer = known.answers.get(CODE, "")
    if answer in _WORDS:
        return _with(start, open_, answer, f"{_WORDS[answer].casefold()}, as answered"), None
    settled = _evidence(con, start, open_, known)
    if settled:
        return _with(start, open_, *settled), None
    taken = start.seen.dates if start.seen.dates in _WORDS else "dmy"
    return _with(start, open_, taken, ""), _question(con, start, open_, taken)


def _decided(start: Guess, open_: list[str]) -> bool:
    """Do other dates of the file, its delimiter, its decimal comma or its clock settle it?"""
    others = [s.format for h, s in start.seen.by_name.items() if h not in open_ and s.kind in ("date", "moment")]
    clocked = any("am/pm" in start.seen.by_name[h].currencies for h in open_)
    european = start.evidence.delimiter == ";" or start.seen.decimal == ","
    return bool({"dmy", "mdy"} & set(others)) or clocked or european


def _parts(header: str) -> tuple[str, str]:
    v = clean(ident(header))
    pattern = text(r"^(\d{1,2})[-/. ](\d{1,2})[-/. ]")
    return tuple(f"TRY_CAST(nullif(regexp_extract({v}, {pattern}, {n}), '') AS INTEGER)" for n in (1, 2))  # type: ignore[return-value]


def _matters(con: duckdb.DuckDBPyConnection, start: Guess, open_: list[str]) -> bool:
    tests = " OR ".join(f"{a} <> {b}" for a, b in map(_parts, open_))
    return bool(con.execute(f"SELECT 1 FROM {ident(start.table)} WHERE {tests} LIMIT 1").fetchall())


def _evidence(con: duckdb.DuckDBPyConnection, start: Guess, open_: list[str], known: Facts) -> tuple[str, str] | None:
    """(order, the sentence behind it), by what cannot be: created after closed, done in the future, at weekends only."""
    fields: dict[str, str] = {}
    for entity in ("deal", "activity", "lead"):
        for header, name in candidates(known.entities[entity], start.evidence.header).items():
            if start.seen.by_name[header].kind in ("date", "moment"):
                fields.setdefault(header, name.field)
    wrong = {order: _impossible(con, start, open_, fields, order) for order in _WORDS}
    for order, other in (("dmy", "mdy"), ("mdy", "dmy")):
        bad, why = wrong[other]
        if wrong[order][0] == 0 and bad >= 1:
            return order, f"{_WORDS[order].casefold()}: read the other way {why}"
    fixed = [_fixed(con, start, h) for h in open_]
    if fixed and len(set(fixed)) == 1 and fixed[0]:
        return fixed[0], f"{_WORDS[fixed[0]].casefold()}: every value is the first day of a month"
    weekends = {order: _weekend(con, start, open_, order) for order in _WORDS}
    for order, other in (("dmy", "mdy"), ("mdy", "dmy")):
        if weekends[order][0] >= 25 and weekends[order][1] < 0.03 and weekends[other][1] > 0.15:
            return (
                order,
                f"{_WORDS[order].casefold()}: read the other way {weekends[other][1]:.0%} would be at weekends",
            )
    codes = {str(c) for s in start.seen.by_name.values() if s.kind == "currency" for c in s.samples}
    codes |= {
        forms.CURRENCY_SIGNS.get(c, c) for s in start.seen.by_name.values() if s.kind == "number" for c in s.currencies
    }
    if codes and codes <= _AMERICAN:
        return "mdy", "month first: every amount is in US dollars"
    if codes and codes <= _EUROPEAN:
        return "dmy", f"day first: every amount is in {', '.join(sorted(codes))}"
    return None


def _day(header: str, start: Guess, open_: list[str], order: str) -> str:
    seen = start.seen.by_name[header]
    return forms.date_sql(f"({clean(ident(header))})", order if header in open_ else seen.format or "ymd", "UTC")


def _impossible(
    con: duckdb.DuckDBPyConnection, start: Guess, open_: list[str], fields: dict[str, str], order: str
) -> tuple[int, str]:
    """(rows that cannot be under this order, what is wrong with them)"""
    count, why = 0, ""
    today = clock.now().date() + timedelta(days=2)
    made = [h for h, f in fields.items() if f in _MADE]
    over = [h for h, f in fields.items() if f in _OVER]
    tests = [
        (f"{_day(h, start, open_, order)} > DATE '{today}'", f"{h} would be in the future") for h in made if h in open_
    ]
    tests += [
        (f"{_day(a, start, open_, order)} > {_day(b, start, open_, order)}", f"{a} would be after {b}")
        for a, f in fields.items()
        for b in over
        if f in ("created", "qualified") and a != b and (a in open_ or b in open_)
    ]
    for test, said in tests:
        rows = int(con.execute(f"SELECT count(*) FROM {ident(start.table)} WHERE {test}").fetchall()[0][0])
        if rows > count:
            count, why = rows, f"{said} in {rows:,} rows"
    return (count, why) if made or over else (0, "")


def _fixed(con: duckdb.DuckDBPyConnection, start: Guess, header: str) -> str:
    a, b = _parts(header)
    first, second, ones, others = con.execute(
        f"SELECT count(DISTINCT {a}), count(DISTINCT {b}), max({a}), max({b}) FROM {ident(start.table)}"
    ).fetchall()[0]
    if first == 1 and ones == 1 and second >= 3:
        return "dmy"
    return "mdy" if second == 1 and others == 1 and first >= 3 else ""


def _weekend(con: duckdb.DuckDBPyConnection, start: Guess, open_: list[str], order: str) -> tuple[int, float]:
    days = " UNION ALL ".join(f"SELECT {_day(h, start, open_, order)} AS d FROM {ident(start.table)}" for h in open_)
    query = f"SELECT count(DISTINCT d), avg(CASE WHEN isodow(d) > 5 THEN 1.0 ELSE 0.0 END) FROM ({days}) WHERE d IS NOT NULL"
    count, share = con.execute(query).fetchall()[0]
    return int(count), float(share or 0)


def _with(start: Guess, open_: list[str], order: str, said: str) -> Guess:
    columns = dict(start.seen.by_name)
    for header in open_:
        seen = columns[header]
        columns[header] = replace(seen, format=order, evidence=said or seen.evidence, undecided=False)
    issues = tuple(i for i in start.issues if i.code != "date_order_assumed")
    if said:
        what = f"{', '.join(open_)}: {said}"
        issues = (*issues, Issue(name_of(start.evidence), what, level="note", code="date_order_told"))
    others = [s.format for h, s in start.seen.by_name.items() if h not in open_ and s.kind in ("date", "moment")]
    dates = start.seen.dates if others and start.seen.dates not in _WORDS else order
    return replace(start, seen=replace(start.seen, by_name=columns, dates=dates), issues=issues)


def _question(con: duckdb.DuckDBPyConnection, start: Guess, open_: list[str], taken: str) -> Question:
    header = open_[0]
    a, b = _parts(header)
    shown = con.execute(
        f"SELECT {clean(ident(header))} FROM {ident(start.table)} WHERE {a} <> {b} ORDER BY _line LIMIT 1"
    ).fetchall()
    value = str(shown[0][0]) if shown else start.seen.by_name[header].samples[0]
    options = []
    for order, words in _WORDS.items():
        day = con.execute(f"SELECT {forms.date_sql('v', order, 'UTC')} FROM (SELECT {text(value)} AS v)").fetchall()[0][
            0
        ]
        options.append(Option(order, words, f"{value} is {day:%d %B %Y}." if day else f"{value} is no date."))
    return Question(
        CODE,
        name_of(start.evidence),
        header,
        "Is the day or the month written first?",
        "Every date of the file can be read both ways, and nothing else in it tells.",
        tuple(options),
        taken,
        weight=1_000.0,
    )
