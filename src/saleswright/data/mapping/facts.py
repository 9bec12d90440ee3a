"""How does one cell become a typed value? SQL for every type of field, one place for rows, events and checks."""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.data.mapping.keys import id_sql
from saleswright.data.mapping.model import Mapping, Rule
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, globs, ident, swap, text, texts
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
        used = [column for column, _ in m.rules] + [m.at, m.recorded, m.field, m.value, m.old, m.deleted]
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
        return f"SELECT _line{cells} FROM {segment}"

    @property
    def rules(self) -> list[tuple[str, Rule]]:
        """(short name, rule) of every column the file has."""
        return [(self.name(column), rule) for column, rule in self.mapping.rules if self.name(column)]

    def field(self, name: str) -> Field:
        """The field of that name; `close` and `id` are none of the entity's own."""
        return CLOSE if name == "close" else self.entity[name]

    def value(self, rule: Rule, v: str) -> str:
        """The text after the column's own replacements, or NULL when it is not for this rule."""
        changed = swap(v, rule.values)
        return f"CASE WHEN {globs(v, rule.only)} THEN {changed} END" if rule.only else changed

    def currency_code(self, rule: Rule | None = None) -> str:
        """SQL of the row's currency: the amount's own, the row's, the mapping's, the workspace's."""
        if rule and rule.currency:
            return text(rule.currency)
        usual = text(self.mapping.defaults.get("currency") or self.currency)
        column = self.name(self.mapping.column_of("currency"))
        return f"coalesce(upper({column}), {usual})" if column else usual

    def scale(self, rule: Rule, beside: str = "") -> str:
        """SQL of the minor units in one unit of the amount's currency; `beside` is SQL of the row's own code."""
        if rule.unit == "minor":
            return "CAST(1 AS DECIMAL(5,0))"
        return factor(beside or self.currency_code(rule))

    def fact(self, name: str, rule: Rule, v: str) -> str:
        """The typed value of a field out of a text."""
        field = self.field(name)
        order, mark = rule.dates or self.mapping.dates, rule.decimal or self.mapping.decimal
        if field.ref:
            return id_sql(v, field.ref, self.mapping.source, self.mapping.ids)
        if field.type == "date":
            return forms.date_sql(v, order, self.zone, self.mapping.zone)
        if field.type == "moment":
            return forms.instant_sql(v, order, self.zone, self.mapping.zone)
        if field.type == "bool":
            return forms.bool_sql(v)
        if field.type == "money":
            return forms.minor_sql(v, mark, self.scale(rule))
        if field.type == "int":
            return f"TRY_CAST({forms.decimal_sql(v, mark)} AS BIGINT)"
        if field.type == "number":
            return forms.double_sql(v, mark)
        if field.type == "share":
            return forms.double_sql(v, mark) + (" / 100" if rule.percent else "")
        return f"upper({v})" if name == "currency" else v

    def began(self, name: str, rule: Rule, v: str) -> str:
        """The instant from which a date's fact holds."""
        return forms.instant_sql(v, rule.dates or self.mapping.dates, self.zone, self.mapping.zone)


def factor(code: str) -> str:
    """SQL of how many minor units a unit of the currency has; `code` is SQL text, a literal is looked up at once."""
    if code.startswith("'"):
        return f"CAST({10 ** exponent(code.strip(chr(39)))} AS DECIMAL(5,0))"
    groups: dict[int, list[str]] = {}
    for known, digits in sorted(EXPONENTS.items()):
        groups.setdefault(digits, []).append(known)
    cases = " ".join(f"WHEN {code} IN ({texts(codes)}) THEN {10**n}" for n, codes in sorted(groups.items()) if n != 2)
    return f"CAST(CASE {cases} ELSE 100 END AS DECIMAL(5,0))"
