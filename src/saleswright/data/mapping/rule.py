"""What does one column set, and in which form is it written? One line of a mapping."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from saleswright.data.mapping.dates import ORDERS
from saleswright.data.mapping.headers import settable
from saleswright.history.schema import Entity
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue, unknown
from saleswright.lib.money import EXPONENTS

OPTIONS = (
    "field", "fields", "dates", "decimal", "currency", "unit", "only", "says", "values", "percent", "inverse", "first",
    "and", "with",
)  # fmt: skip
SIGN = "sign"
"""As a currency: each amount's own sign or code tells which."""
UNITS = {"minor": 1, "thousand": 1_000, "million": 1_000_000}
"""What an amount is counted in, where it is not plain units of its currency."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What one column sets, and in which form it is written; empty means the form of the whole file.

    only: patterns, without regard to case; a value that fits none sets nothing. says: what a value sets instead of
    itself. first: of several values joined by this, the first counts. joined (`and:`): columns put behind this one, with
    a space. inverse: the value is one over what is meant. constants (`with:`): what the column's own record also has.
    """

    fields: tuple[str, ...]
    dates: str = ""
    decimal: str = ""
    currency: str = ""
    unit: str = ""
    only: tuple[str, ...] = ()
    says: str = ""
    values: dict[str, str] = made(default_factory=dict)
    percent: bool = False
    inverse: bool = False
    first: str = ""
    joined: tuple[str, ...] = ()
    constants: dict[str, str] = made(default_factory=dict)


def read_rule(item: Any, definition: Definition, path: str, entity: Entity, issues: list[Issue]) -> Rule | None:
    """The rule an item of `columns:` means; `issues` gets what is wrong in it."""
    where = definition.where(path)
    given: dict[str, Any] = {str(k): v for k, v in item.items()} if isinstance(item, dict) else {"field": item}
    issues += [unknown("option", k, OPTIONS, where) for k in given if k not in OPTIONS]
    names = words(given.get("field")) + words(given.get("fields"))
    constants = table(given.get("with"))
    issues += [unknown("field", f, settable(entity), where) for f in (*names, *constants) if f not in settable(entity)]
    dates, decimal, currency, unit = (str(given.get(k) or "") for k in ("dates", "decimal", "currency", "unit"))
    issues += form_issues(dates, decimal, where)
    if currency and currency != SIGN and currency not in EXPONENTS:
        issues.append(unknown("currency", currency, [SIGN, *sorted(EXPONENTS)], where))
    if unit and unit not in UNITS:
        issues.append(unknown("unit", unit, [*UNITS], where))
    if not names:
        return None
    return Rule(
        fields=names,
        dates=dates,
        decimal=decimal,
        currency=currency,
        unit=unit,
        only=words(given.get("only")),
        says=str(given.get("says") or ""),
        values=table(given.get("values")),
        percent=bool(given.get("percent", False)),
        inverse=bool(given.get("inverse", False)),
        first=str(given.get("first") or ""),
        joined=words(given.get("and")),
        constants=constants,
    )


def form_issues(dates: str, decimal: str, where: str) -> list[Issue]:
    """What is wrong with an order of dates and a decimal mark."""
    issues = [unknown("order of dates", dates, ORDERS, where)] if dates and dates not in ORDERS else []
    if decimal and decimal not in (".", ","):
        issues.append(unknown("decimal mark", decimal, [".", ","], where))
    return issues


def words(given: Any) -> tuple[str, ...]:
    """One text or a list of them, as texts."""
    if given is None:
        return ()
    return tuple(str(item) for item in given) if isinstance(given, list | tuple) else (str(given),)


def table(given: Any) -> dict[str, str]:
    """A table of texts; nothing for what is no table."""
    return {str(k): "" if v is None else str(v) for k, v in given.items()} if isinstance(given, dict) else {}


def exact(values: Iterable[str]) -> list[str]:
    """Patterns that fit these values and no others."""
    return ["".join(f"[{char}]" if char in "[*?" else char for char in value) for value in values]
