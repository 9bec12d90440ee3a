"""Which rows cannot be taken in, and why? Every bad value of every row at once, with its line and what to write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import duckdb

from saleswright.data.mapping.dates import DIGITS, ORDERS, date_ok, instant_sql
from saleswright.data.mapping.facts import Cells, skipped_sql
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.rule import SIGN, Rule
from saleswright.data.mapping.same import identify
from saleswright.data.mapping.signs import signed_sql
from saleswright.data.read import forms
from saleswright.data.read.sql import ident, text
from saleswright.history.schema import Entity, Field
from saleswright.lib.money import EXPONENTS

_SHOWN = {
    "ymd": "2026-01-31",
    "dmy": "31-01-2026 or 2026-01-31",
    "mdy": "01/31/2026 or 2026-01-31",
    "d-mon-y": "31 Jan 2026 or 2026-01-31",
    "mon-d-y": "Jan 31, 2026 or 2026-01-31",
    "epoch": "1769817600",
    "epoch_ms": "1769817600000",
    DIGITS: "20260131",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One way a value can be bad: `bad` is SQL over `v` (and `k`, the row's currency or field name)."""

    bad: str
    reason: str
    fix: str


_SHORTENED = Check(
    r"regexp_full_match(v, '\d(?:[.,]\d+)?[eE]\+\d{1,3}')",
    "an id shortened by a spreadsheet, so digits are lost",
    "save the column as text, or export it again, and do not open the file in a spreadsheet before",
)


def rejects(
    con: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    entity: Entity,
    table: str,
    into: str,
    *,
    zone: str,
    currency: str,
) -> int:
    """How many lines of a loaded table are rejected? Makes temp table `into` (line, "column", value, reason, fix):
    one row for each bad value, so several for a line that has several. Records that were no rows are among them."""
    headers = tuple(str(row[0]) for row in con.execute(f"DESCRIBE {ident(table)}").fetchall() if row[0] != "_line")
    cells = Cells(mapping, entity, zone, currency, headers)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {ident(into)} "
        '(line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR, fix VARCHAR)'
    )
    fix = text("give the row as many fields as the header, and put values that hold the delimiter in quotes")
    # A table that `load` did not make has no records that were not rows.
    with suppress(duckdb.CatalogException):
        con.execute(f"INSERT INTO {ident(into)} SELECT line, '', raw, reason, {fix} FROM {ident(table + '__ragged')}")
    skipped = skipped_sql(mapping, headers)
    rows = ident(table) if skipped == "false" else f"(SELECT * FROM {ident(table)} WHERE NOT {skipped})"
    for column, checks, beside, value, good in _checked(cells):
        _test(con, rows, into, column, value, beside, checks, good)
    identify(con, cells, table, into)
    return int(con.execute(f"SELECT count(DISTINCT line) FROM {ident(into)}").fetchall()[0][0])


def _checked(cells: Cells) -> Iterator[tuple[str, list[Check], str, str, str]]:
    """(column, checks, SQL of what stands beside it, of its text, of what is surely good) for all that can be bad."""
    mapping = cells.mapping
    money_column = mapping.column_of("currency")
    beside_money = f"upper({cells.cell(money_column)})" if cells.name(money_column) else "NULL"
    changed = (mapping.value, mapping.old) if mapping.layout == "fields" else ()
    for column, rule in mapping.rules:
        if not cells.name(column) or column in changed:
            continue
        value = cells.value(rule, cells.cell(column))
        for name in rule.fields:
            if name == "id" or cells.field(name).ref:
                yield column, [_SHORTENED], "NULL", value, "NOT contains(v, '+')"
                continue
            field = cells.field(name)
            own = field.type == "money" and not rule.currency and rule.unit != "minor"
            checks = list(_of_type(cells, name, field, rule))
            if checks:
                yield column, checks, beside_money if own else "NULL", value, _good(cells, name, rule)
    clocks = [mapping.at, mapping.recorded] if mapping.layout != "rows" else []
    clocks += mapping.entered
    for column in dict.fromkeys(c for c in clocks if cells.name(c)):
        rule = next((rule for own, rule in mapping.rules if own == column), Rule(()))
        order = rule.dates or mapping.dates
        good = "" if order.startswith("epoch") else forms.plain_date("v")
        yield column, list(_dates(order)), "NULL", cells.cell(column), good
    if mapping.deleted and cells.name(mapping.deleted):
        yield mapping.deleted, [_truth()], "NULL", cells.cell(mapping.deleted), ""
    if mapping.layout == "fields" and cells.name(mapping.field):
        which = cells.cell(mapping.field)
        for column in filter(None, (mapping.value, mapping.old)):
            if not cells.name(column):
                continue
            for theirs, ours in mapping.names.items():
                rule = mapping.forms.get(theirs, Rule(()))
                value = cells.value(rule, cells.cell(column))
                for check in _of_type(cells, ours, cells.field(ours), rule):
                    only = f"k = {text(theirs)} AND ({check.bad})"
                    yield column, [Check(only, check.reason, check.fix)], which, value, ""


def _of_type(cells: Cells, name: str, field: Field, rule: Rule) -> Iterator[Check]:
    mapping = cells.mapping
    order, mark = rule.dates or mapping.dates, rule.decimal or mapping.decimal
    if field.type in ("date", "moment"):
        yield from _dates(order)
    elif field.type == "bool":
        yield _truth()
    elif name == "currency":
        known = ", ".join(text(code) for code in sorted(EXPONENTS))
        yield Check(f"upper(v) NOT IN ({known})", "not a currency code", "the code of ISO 4217, like USD, EUR or GBP")
    elif field.type in ("money", "int", "number", "share"):
        shown = "1234.56" if mark == "." else "1234,56"
        number = forms.number_ok("v", mark)
        yield Check(f"NOT {number}", "not a number", f"digits, {mark} before the decimals, like {shown}")
        if field.type == "int":
            yield _either(number, mark, "true")
            yield Check(
                f"{number} AND {forms.decimals_of('v', mark)} > 0", "not a whole number", "a number without decimals"
            )
        if field.type == "money":
            usual = text(rule.currency if rule.currency not in ("", SIGN) else cells.usual)
            code = usual if rule.currency else f"coalesce(k, {usual})"
            if rule.currency == SIGN:
                code = cells.currency_code(rule, "v")
                known = ", ".join(text(c) for c in sorted(EXPONENTS))
                told = f"{signed_sql('v', cells.usual)} NOT IN ({known})"
                yield Check(told, "not a currency code", "the code of ISO 4217, like USD, EUR or GBP")
            scale = cells.scale(rule, code)
            decimals = f"length(CAST(CAST({scale} AS INTEGER) AS VARCHAR)) - 1"
            more = f"{number} AND {forms.decimals_of('v', mark)} > {decimals}"
            yield Check("contains(v, '%')", "a percentage, not an amount", "the amount itself, like 1200")
            short = r"regexp_matches(v, '\d[eE][+-]?\d')"
            yield Check(
                short, "shortened by a spreadsheet, so digits are lost", "export it as plain digits, like 12000000"
            )
            yield _either(number, mark, f"{decimals} <= 2")
            yield Check(
                more, "more decimals than its currency has", "round it to what was agreed, or name its currency"
            )
            own = forms.currency_of("v")
            reason, fix = "in another currency than its row says", "take the sign out, or give the row that currency"
            yield Check(f"{own} <> {code}", reason, fix)
            whole = forms.minor_sql("v", mark, scale)
            yield Check(f"{number} AND {whole} IS NULL", "too large to be an amount", "check the number of digits")


def _either(number: str, mark: str, few: str) -> Check:
    """10.000 is ten thousand to one half of the world. A column whose other values have three digits behind the mark and
    can only be decimals, like 1234.500 or 0.500, proves that its decimals are always three; nothing less does."""
    point, name, group = (r"\.", "point", ",") if mark == "." else (",", "comma", ".")
    digits = r"CASE WHEN NOT regexp_matches(v, '\d[eE]') THEN regexp_replace(v, '[^0-9.,]', '', 'g') END"
    either = f"regexp_full_match({digits}, {text(rf'[1-9][0-9]{{0,2}}{point}[0-9]{{3}}')})"
    proof = f"regexp_full_match({digits}, {text(rf'(?:0|[1-9][0-9]{{3,}}){point}[0-9]{{3}}')})"
    proved = f"coalesce(bool_or({number} AND {few} AND {proof}) OVER (PARTITION BY k), false)"
    return Check(
        f"{number} AND {few} AND {either} AND NOT {proved}",
        f"thousands or decimals: the {name} can part either",
        f"for 10{mark}000 write 10000 if it is ten thousand, 10{mark}00 if it is ten; "
        f'where a whole column parts thousands so, write decimal: "{group}" after it in the mapping',
    )


def _dates(order: str) -> Iterator[Check]:
    read = f"CAST({instant_sql('v', order, 'UTC')} AS DATE)"
    full = date_ok("v", order)
    yield Check(f"NOT {full}", f"not a date ({ORDERS[order]})", f"a date like {_SHOWN[order]}")
    first, last = forms.YEARS
    fix = f"a year from {first} to {last - 1}, or leave it empty"
    yield Check(f"{full} AND NOT {forms.in_years(read)}", f"a year before {first} or after {last - 1}", fix)


def _truth() -> Check:
    return Check(f"NOT {forms.bool_ok('v')}", "neither true nor false", "true or false")


def _good(cells: Cells, name: str, rule: Rule) -> str:
    """SQL of what is surely good, quicker to ask than every way to be bad; empty when there is nothing like that."""
    field, mark = cells.field(name), rule.decimal or cells.mapping.decimal
    order = rule.dates or cells.mapping.dates
    if field.type in ("date", "moment"):
        return "" if order.startswith("epoch") else forms.plain_date("v")
    if field.type in ("int", "number", "share") and mark == ".":
        return "regexp_full_match(v, '-?[0-9]{1,15}')"
    if field.type == "money" and mark == "." and not rule.unit and rule.currency != SIGN:
        usual = text(rule.currency or cells.usual)
        scale = cells.scale(rule, usual if rule.currency else f"coalesce(k, {usual})")
        return rf"(regexp_full_match(v, '-?[0-9]{{1,12}}(?:\.[0-9]{{1,2}})?') AND {scale} >= 100)"
    return ""


def _test(
    con: duckdb.DuckDBPyConnection,
    rows: str,
    into: str,
    column: str,
    value: str,
    beside: str,
    checks: list[Check],
    good: str = "",
) -> None:
    """Test the distinct values; only when one is bad look for its rows."""
    base = f"SELECT {value} AS v, {beside} AS k, _line, {ident(column)} AS raw FROM {rows}"
    # Clean columns are the rule: one plain look spares them the long test.
    if (
        good
        and not con.execute(f"SELECT 1 FROM ({base}) WHERE v IS NOT NULL AND ({good}) IS NOT TRUE LIMIT 1").fetchall()
    ):
        return
    case = " ".join(f"WHEN {check.bad} THEN {place}" for place, check in enumerate(checks))
    by = "v" if beside == "NULL" else "v, k"
    distinct = f"SELECT v, {'NULL AS k' if beside == 'NULL' else 'k'} FROM ({base}) WHERE v IS NOT NULL GROUP BY {by}"
    case = f"WHEN {good} THEN NULL {case}" if good else case
    judged = f"SELECT v, k, CASE {case} END AS bad FROM ({distinct})"
    con.execute(f"CREATE OR REPLACE TEMP TABLE __bad AS FROM ({judged}) WHERE bad IS NOT NULL")
    if con.execute("SELECT 1 FROM __bad LIMIT 1").fetchall():
        told = "".join(f"({place}, {text(c.reason)}, {text(c.fix)})," for place, c in enumerate(checks)).rstrip(",")
        con.execute(
            f"INSERT INTO {ident(into)} SELECT _line, {text(column)}, raw, reason, fix FROM ({base}) AS b "
            "JOIN __bad ON b.v = __bad.v AND b.k IS NOT DISTINCT FROM __bad.k "
            f"JOIN (VALUES {told}) AS told(bad, reason, fix) ON told.bad = __bad.bad"
        )
    con.execute("DROP TABLE __bad")
