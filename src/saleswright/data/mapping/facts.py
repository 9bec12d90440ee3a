"""How does one cell become a typed value? SQL for every type of field, one place for rows, events and checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from saleswright.data.mapping.dates import date_sql, instant_sql
from saleswright.data.mapping.keys import id_sql
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.rule import SIGN, UNITS, Rule
from saleswright.data.mapping.signs import signed_sql
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident, swap, text, texts
from saleswright.history.schema import Entity, Field
from saleswright.lib.money import EXPONENTS, exponent

CLOSE = Field("close", "date", meaning="Expected close while the deal is open, the day it was decided after")


@dataclass(frozen=True)
class Cells:
    """The columns of one file under short names, trimmed and repaired, and what is known about the file around them.

    `headers` are the columns the raw rows have; a mapped column that is not among them sets nothing.
    """

    mapping: Mapping
    entity: Entity
    zone: str
    currency: str
    headers: tuple[str, ...]

    def __post_init__(self) -> None:
        m = self.mapping
        used = [column for column, _ in m.rules] + [column for _, rule in m.rules for column in rule.joined]
        used += [m.at, m.recorded, m.field, m.value, m.old, m.deleted, *m.entered]
        names = {c: f"c{i}" for i, c in enumerate(dict.fromkeys(c for c in used if c in self.headers))}
        object.__setattr__(self, "_names", names)

    def name(self, column: str) -> str:
        """The short name of a column, or empty when the file does not have it."""
        found: dict[str, str] = self.__dict__["_names"]
        return found.get(column, "")

    def cell(self, column: str) -> str:
        """The trimmed and repaired text of a column, over the raw rows."""
        return swap(clean(ident(column)), self.mapping.repairs.get(column, {}))

    def select(self, segment: str) -> str:
        """The raw rows under short names: `_line`, c0, c1 ..."""
        found: dict[str, str] = self.__dict__["_names"]
        cells = "".join(f", {self.cell(column)} AS {name}" for column, name in found.items())
        skipped = skipped_sql(self.mapping, self.headers)
        return f"SELECT _line{cells} FROM {segment}" + (f" WHERE NOT {skipped}" if skipped != "false" else "")

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        """(short name, rule) of every column the file has."""
        return [(self.name(column), rule) for column, rule in self.mapping.rules if self.name(column)]

    def field(self, name: str) -> Field:
        """The field of that name; `close` and `id` are none of the entity's own."""
        return CLOSE if name == "close" else self.entity[name]

    def value(self, rule: Rule, v: str) -> str:
        """The text after the column's own replacements, or NULL when it is not for this rule. `v` is SQL of its text."""
        base = f"nullif(trim(split_part({v}, {text(rule.first)}, 1)), '')" if rule.first else v
        if rule.joined:
            short = v in self.__dict__["_names"].values()
            beside = [self.name(column) if short else self.cell(column) for column in rule.joined if self.name(column)]
            base = f"nullif(concat_ws(' ', {', '.join([base, *beside])}), '')"
        changed = swap(base, rule.values)
        if rule.says:
            changed = f"CASE WHEN {base} IS NOT NULL THEN {text(rule.says)} END"
        return f"CASE WHEN {fits(base, rule.only)} THEN {changed} END" if rule.only else changed

    @property
    def usual(self) -> str:
        """The code of the currency where no row and no amount says another."""
        return self.mapping.defaults.get("currency") or self.currency

    def currency_code(self, rule: Rule | None = None, v: str = "") -> str:
        """SQL of the row's currency: the amount's own (`v` is SQL of its text), the row's, the mapping's, the workspace's."""
        if rule and rule.currency == SIGN:
            return f"coalesce({signed_sql(v, self.usual)}, {text(self.usual)})" if v else text(self.usual)
        if rule and rule.currency:
            return text(rule.currency)
        column = self.name(self.mapping.column_of("currency"))
        return f"coalesce(upper({column}), {text(self.usual)})" if column else text(self.usual)

    def scale(self, rule: Rule, beside: str = "", v: str = "") -> str:
        """SQL of the minor units in one unit of the amount's currency; `beside` is SQL of the row's own code."""
        if rule.unit == "minor":
            return "CAST(1 AS DECIMAL(5,0))"
        units = factor(beside or self.currency_code(rule, v))
        return f"CAST({units} * {UNITS[rule.unit]} AS DECIMAL(12,0))" if rule.unit else units

    def fact(self, name: str, rule: Rule, v: str) -> str:
        """The typed value of a field out of a text."""
        field = self.field(name)
        order, mark = rule.dates or self.mapping.dates, rule.decimal or self.mapping.decimal
        if field.ref:
            return id_sql(v, field.ref, self.mapping.source, self.mapping.ids)
        if field.type == "date":
            return date_sql(v, order, self.zone, self.mapping.zone)
        if field.type == "moment":
            return instant_sql(v, order, self.zone, self.mapping.zone)
        if field.type == "bool":
            return forms.bool_sql(v)
        if field.type == "money":
            return forms.minor_sql(v, mark, self.scale(rule, "", v))
        if field.type == "int":
            return f"TRY_CAST({forms.decimal_sql(v, mark)} AS BIGINT)"
        if field.type == "number":
            number = forms.double_sql(v, mark)
            return f"1 / nullif({number}, 0)" if rule.inverse else number
        if field.type == "share":
            return forms.double_sql(v, mark) + (" / 100" if rule.percent else "")
        return f"upper({v})" if name == "currency" else v

    def began(self, name: str, rule: Rule, v: str) -> str:
        """The instant from which a date's fact holds."""
        return instant_sql(v, rule.dates or self.mapping.dates, self.zone, self.mapping.zone)


def fits(v: str, patterns: Iterable[str]) -> str:
    """SQL: does the text fit one of the patterns (`*`, `?`, `[...]`), without regard to case? The empty one fits no
    text."""
    tests = [f"lower({v}) GLOB {text(pattern.lower())}" if pattern else f"{v} IS NULL" for pattern in patterns]
    return f"({' OR '.join(tests)})"


def skipped_sql(mapping: Mapping, headers: Iterable[str]) -> str:
    """SQL over raw columns: is the row no record, by `skip:`? `false` when the mapping skips nothing of this file."""
    there = set(headers)
    tests = [fits(clean(ident(column)), patterns) for column, patterns in mapping.skip.items() if column in there]
    return f"coalesce({' OR '.join(tests)}, false)" if tests else "false"


def factor(code: str) -> str:
    """SQL of how many minor units a unit of the currency has; `code` is SQL text, a literal is looked up at once."""
    if code.startswith("'"):
        return f"CAST({10 ** exponent(code.strip(chr(39)))} AS DECIMAL(5,0))"
    groups: dict[int, list[str]] = {}
    for known, digits in sorted(EXPONENTS.items()):
        groups.setdefault(digits, []).append(known)
    cases = " ".join(f"WHEN {code} IN ({texts(codes)}) THEN {10**n}" for n, codes in sorted(groups.items()) if n != 2)
    return f"CAST(CASE {cases} ELSE 100 END AS DECIMAL(5,0))"
