"""What do the values of a column look like? Told over its distinct values in the whole file, with counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import duckdb

from saleswright.data.read import forms
from saleswright.data.read.conventions import WHOLE, ColumnEvidence, Columns, Kind, decimal_mark, order_of_dates
from saleswright.data.read.sql import clean, ident, text, trimmed
from saleswright.lib.money import EXPONENTS

__all__ = ["ColumnEvidence", "Columns", "read_columns"]

_FIRST, _SAMPLE, _FEW = 1_000, 300, 5
_AT_ONCE = 200  # columns
_EXACT = 20_000  # rows; in a longer table the number of different texts is estimated
_ENOUGH = 0.6  # of the sampled values: below that a kind is not worth testing on the whole column
_MOST = 0.9  # of the whole column: below that it is text
_ROWS = 0.9  # of the rows: where few values stand in many rows, the rows tell more than the values
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_TRUTHS = frozenset(("true", "false", "yes", "no", "ja", "nein", "oui", "non", "wahr", "falsch", "y", "n", "t", "f"))


def _here(pattern: str) -> re.Pattern[str]:
    """A pattern written for SQL, for use here."""
    marks = {r"\p{L}": r"[^\W\d_]", r"\x{00A0}": "\xa0", r"\x{202F}": "\u202f"}
    for sql, own in marks.items():
        pattern = pattern.replace(sql, own)
    return re.compile(pattern)


_DATES = tuple(_here(pattern) for order, pattern in forms.PATTERNS.items() if not order.startswith("epoch"))
_NUMBERS = tuple(_here(forms.number_pattern(mark)) for mark in ".,")


def read_columns(
    con: duckdb.DuckDBPyConnection, table: str, headers: tuple[str, ...], delimiter: str = ",", where: str = ""
) -> Columns:
    """What is in each column of a loaded table? Undecided columns follow the decided ones of the same file."""
    rows = int(con.execute(f"SELECT count(*) FROM {ident(table)}").fetchall()[0][0])
    exact = rows <= _EXACT
    different = "count(DISTINCT {})" if exact else "approx_count_distinct({})"
    found: list[int] = []
    first: list[Sequence[object]] = []
    # Some exports have thousands of columns; all at once would need more memory than there is.
    for start in range(0, len(headers), _AT_ONCE):
        some = [ident(h) for h in headers[start : start + _AT_ONCE]]
        counts = ", ".join(f"count(*) FILTER (WHERE {h} <> ''), {different.format(h)}" for h in some)
        found += con.execute(f"SELECT {counts} FROM {ident(table)}").fetchall()[0]
        cells = con.execute(f"SELECT {', '.join(some)} FROM {ident(table)} LIMIT {_FIRST}").fetchall()
        first += [list(map(trimmed, values)) for values in zip(*cells, strict=True)] if cells else [()] * len(some)
    columns = {}
    for place, header in enumerate(headers):
        filled, distinct = int(found[2 * place]), int(found[2 * place + 1])
        often = Counter(str(v) for v in first[place] if v is not None)
        seen = _column(con, table, header, rows, filled, distinct, list(often)[:_SAMPLE], often)
        if seen.kind == "text":
            near = "" if exact else "about "
            seen = replace(seen, evidence=f"text, {near}{distinct:,} different values")
        columns[header] = seen
    decimal, decimal_issues = decimal_mark(columns, delimiter, where)
    dates, date_issues = order_of_dates(columns, delimiter, decimal, where)
    for header, seen in columns.items():
        if seen.undecided:
            columns[header] = replace(seen, format=dates if seen.kind in ("date", "moment") else decimal)
    return Columns(columns, dates, decimal, (*decimal_issues, *date_issues))


def _column(
    con: duckdb.DuckDBPyConnection,
    table: str,
    header: str,
    rows: int,
    filled: int,
    distinct: int,
    sample: list[str],
    often: Counter[str],
) -> ColumnEvidence:
    if not filled:
        return ColumnEvidence("empty", evidence="no values", empty=rows, rows=rows)
    source = f"SELECT {clean(ident(header))} AS v FROM {ident(table)} WHERE {ident(header)} IS NOT NULL"
    if len(sample) < min(_FEW, distinct):
        more = f"SELECT DISTINCT v FROM (FROM ({source}) WHERE v IS NOT NULL LIMIT 20000) LIMIT {_SAMPLE}"
        sample = sorted(str(v) for (v,) in con.execute(more).fetchall())
    base = ColumnEvidence(
        "text",
        samples=tuple(sorted(sample, key=lambda v: (-len(v), v))[:3]),
        distinct=distinct,
        empty=rows - filled,
        rows=rows,
        evidence="text",
    )
    likely = _likely(sample, often)
    values = f"(SELECT v, count(*) AS n FROM ({source}) WHERE v IS NOT NULL GROUP BY v)"
    if likely == "date":
        return _dates(con, values, base)
    if likely == "number":
        return _numbers(con, values, base)
    if likely != "text":
        codes = ", ".join(text(code) for code in sorted(EXPONENTS))
        test, said = {
            "bool": (forms.bool_ok("v"), "true or false"),
            "currency": (f"upper(v) IN ({codes})", "currency codes"),
            "email": (f"regexp_full_match(v, {text(_EMAIL)})", "e-mail addresses"),
        }[likely]
        total, fit = _counts(con, values, ["true", test])
        if fit >= total * _MOST:
            return replace(
                base,
                kind=likely,
                evidence=f"{said}: {fit:,} of {total:,} values",
                distinct=total,
                unreadable=total - fit,
            )
    return base


def _dated(v: str) -> bool:
    named = re.search(r"[^\W\d_]{3,}", v)
    if named and v[:4].isdigit():
        named = None
    if named and not {named[0][:4].casefold(), named[0][:3].casefold()} & forms.MONTHS.keys():
        return False
    return any(p.fullmatch(v) for p in _DATES)


def _likely(sample: list[str], often: Counter[str]) -> Kind:
    """The kind most of the sampled values could be of, or those of most rows; the whole column is tested after."""
    enough, many = len(sample) * _ENOUGH, sum(often[v] for v in sample) * _ROWS
    tests: tuple[tuple[Kind, Callable[[str], object]], ...] = (
        ("bool", lambda v: v.casefold() in _TRUTHS),
        ("currency", lambda v: v.upper() in EXPONENTS),
        ("date", _dated),
        ("number", lambda v: any(p.fullmatch(v) for p in _NUMBERS) and _code(v) in EXPONENTS),
        ("email", lambda v: "@" in v and re.fullmatch(_EMAIL, v)),
    )
    for kind, test in tests:
        fit = [v for v in sample if test(v)]
        if len(fit) >= enough or (fit and many and sum(often[v] for v in fit) >= many):
            return kind
    return "text"


def _in_most_rows(con: duckdb.DuckDBPyConnection, values: str, test: str) -> bool:
    rows, fit = con.execute(f"SELECT sum(n), sum(n) FILTER (WHERE {test}) FROM {values}").fetchall()[0]
    return bool(fit) and fit >= rows * _ROWS


def _code(v: str) -> str:
    """The three letters beside a number; three that are no currency make it something else."""
    found = re.search(forms.CODE, v)
    return found[0] if found else "USD"


def _counts(con: duckdb.DuckDBPyConnection, values: str, tests: list[str]) -> list[int]:
    asked = ", ".join(f"count(*) FILTER (WHERE {test})" for test in tests)
    return [int(n) for n in con.execute(f"SELECT {asked} FROM {values}").fetchall()[0]]


def _dates(con: duckdb.DuckDBPyConnection, values: str, base: ColumnEvidence) -> ColumnEvidence:
    asked = ["true", forms.plain_date("v"), "contains(v, ':')", forms.zoned("v")]
    total, plain, clock, zoned, far = _counts(con, values, [*asked, "v >= '3000-' AND v < '99999'"])
    last = str(con.execute(f"SELECT max(v) FROM {values}").fetchall()[0][0]) if far else ""
    kind: Kind = "moment" if clock > total * 0.5 else "date"
    seen = replace(base, kind=kind, distinct=total, zoned=zoned > 0, timed=clock > 0)
    if plain and last[4:5] == "-":
        seen = replace(seen, last=last)
    if plain == total:
        return replace(seen, format="ymd", evidence=f"year first: {total:,} of {total:,} values")
    numeric = r"^(\d{1,2})[-/. ](\d{1,2})[-/. ]"
    first = f"TRY_CAST(regexp_extract(v, {text(numeric)}, 1) AS INTEGER)"
    second = f"TRY_CAST(regexp_extract(v, {text(numeric)}, 2) AS INTEGER)"
    ask = {
        "iso": r"regexp_matches(v, '^\d{4}[-/.]\d{1,2}')",
        "numeric": f"regexp_matches(v, {text(numeric)})",
        "first": f"{first} BETWEEN 13 AND 31",
        "second": f"{second} BETWEEN 13 AND 31",
        "day_name": r"regexp_matches(v, '^\d{1,2}\.?[-/. ]?[^\d\s./-]{3}')",
        "name_day": r"regexp_matches(v, '^[^\d\s./-]{3,}\.?[-/. ]?\d{1,2}')",
        "ampm": "regexp_matches(v, '[AaPp]\\.?[Mm]\\.?$')",
    }
    n = dict(zip(ask, _counts(con, values, list(ask.values())), strict=True)) | {"total": total}
    order, said, undecided = _date_order(n)
    bad = _counts(con, values, [f"NOT {forms.date_ok('v', order)}"])[0]
    if bad > total * 0.5 and not _in_most_rows(con, values, forms.date_ok("v", order)):
        return base
    return replace(
        seen,
        format=order,
        evidence=said + (f"; {bad:,} not readable" if bad else ""),
        unreadable=bad,
        undecided=undecided,
        currencies=(("am/pm",) if n["ampm"] else ()),
    )


def _date_order(n: dict[str, int]) -> tuple[str, str, bool]:
    """(order, evidence, undecided)"""
    if n["day_name"] or n["name_day"]:
        order = "d-mon-y" if n["day_name"] >= n["name_day"] else "mon-d-y"
        return order, f"{forms.ORDERS[order]}: {max(n['day_name'], n['name_day']):,} of {n['total']:,} values", False
    if n["iso"] >= n["numeric"]:
        return "ymd", f"year first: {n['iso']:,} of {n['total']:,} values", False
    first, second = n["first"], n["second"]
    if first == second == 0:
        return "dmy", f"day or month first: none of {n['numeric']:,} values is over 12 in either position", True
    if first >= second:
        return "dmy", f"day first: {first:,} values over 12 in first position, {second:,} in second", False
    return "mdy", f"month first: {second:,} values over 12 in second position, {first:,} in first", False


def _numbers(con: duckdb.DuckDBPyConnection, values: str, base: ColumnEvidence) -> ColumnEvidence:
    whole, point = "regexp_full_match(v, '-?[0-9]+')", r"regexp_full_match(v, '-?[0-9]+\.([0-9]{1,2}|[0-9]{4,9})')"
    over = "abs(TRY_CAST(v AS DOUBLE)) > 1"
    total, wholes, points, big = _counts(con, values, ["true", whole, point, over])
    seen = replace(base, kind="number", format=".", distinct=total, over_one=big > 0)
    if wholes == total:
        return replace(seen, evidence=f"{WHOLE}: {total:,} values")
    if wholes + points == total:
        return replace(seen, evidence=f"decimal point: {points:,} values say so, 0 say the other")
    bare = r"regexp_replace(v, '[^0-9.,]', '', 'g')"
    ask = {
        "point": rf"regexp_matches({bare}, '\.\d*$') AND NOT regexp_full_match({bare}, '[0-9]{{1,3}}(\.[0-9]{{3}})+')",
        "comma": rf"regexp_matches({bare}, ',\d*$') AND NOT regexp_full_match({bare}, '[0-9]{{1,3}}(,[0-9]{{3}})+')",
        "point3": rf"regexp_full_match({bare}, '[0-9]{{1,3}}\.[0-9]{{3}}')",
        "comma3": rf"regexp_full_match({bare}, '[0-9]{{1,3}},[0-9]{{3}}')",
        "points": rf"regexp_full_match({bare}, '[0-9]{{1,3}}(\.[0-9]{{3}}){{2,}}')",
        "commas": rf"regexp_full_match({bare}, '[0-9]{{1,3}}(,[0-9]{{3}}){{2,}}')",
        "percent": "contains(v, '%')",
    }
    n = dict(zip(ask, _counts(con, values, list(ask.values())), strict=True)) | {"total": total}
    mark, said, undecided = _decimal_mark(n)
    ok = forms.number_ok("v", mark)
    bad, big = _counts(con, values, [f"NOT {ok}", f"{ok} AND abs({forms.double_sql('v', mark)}) > 1"])
    if bad > total * (1 - _ENOUGH) and not _in_most_rows(con, values, ok):
        return base
    beside = f"regexp_matches(v, {text(f'{forms.CODE}|{forms.SIGN}')})"
    signed = _counts(con, values, [beside])[0]
    sign = f"trim(regexp_extract(v, {text(f'{forms.CODE}|{forms.SIGN}')}))"
    signs = con.execute(f"SELECT DISTINCT {sign} FROM {values} WHERE {ok} LIMIT 20").fetchall()
    return replace(
        seen,
        format=mark,
        evidence=said + (f"; {bad:,} not readable" if bad else ""),
        unreadable=bad,
        percent=n["percent"] > 0,
        signed=signed == total,
        currencies=tuple(sorted(str(s) for (s,) in signs if s)),
        undecided=undecided,
        over_one=big > 0,
    )


def _decimal_mark(n: dict[str, int]) -> tuple[str, str, bool]:
    """(decimal mark, evidence, undecided)"""
    point, comma = n["point"] + n["commas"], n["comma"] + n["points"]
    if point or comma:
        mark, name, most, least = (".", "point", point, comma) if point >= comma else (",", "comma", comma, point)
        return mark, f"decimal {name}: {most:,} values say so, {least:,} say the other", False
    if n["point3"] or n["comma3"]:
        shown = "1.234" if n["point3"] >= n["comma3"] else "1,234"
        count = max(n["point3"], n["comma3"])
        return ".", f"{count:,} values like {shown}: thousands or three decimals", True
    return ".", f"{WHOLE}: {n['total']:,} values", False
