"""For which rows does a test hold? The words a definition may use for it, checked before anything is asked.

A test is `field: value`, `field: [values]` or `field: {operator: value}`; all lines of it must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Issue, unknown

Test = Mapping[str, Any]

# What each operator means; the JSON Schema is generated from this table.
OPERATORS: dict[str, str] = {
    "not": "the test it names does not hold",
    "has": "the text has this word in it, whatever the case",
    "is": "missing or known",
    "above": "more than this number",
    "before": "earlier than a day: a date, or as_of, this_quarter, next_quarter, quarter_after",
    "after": "later than a day",
    "from": "on a day or later",
    "to": "earlier than a day: the end of a stretch, which is outside it",
    "older": "more than this many days before the as-of day",
    "same": "the same day as another field",
}
DAYS = ("before", "after", "from", "to")
# Days that move with the as-of day; a quarter's name means its first day.
NAMED = ("as_of", "this_quarter", "next_quarter", "quarter_after")
TIMES = ("DATE", "TIMESTAMP")


def fields_of(test: Test) -> Iterator[str]:
    """Every field a test looks at."""
    for field, wanted in test.items():
        yield field
        yield from _others(wanted)


def _others(wanted: Any) -> Iterator[str]:
    if isinstance(wanted, Mapping):
        for operator, value in wanted.items():
            if operator == "same":
                yield str(value)
            elif operator == "not":
                yield from _others(value)


def named_days(test: Test) -> Iterator[str]:
    """Every named day a test needs a value for."""
    for wanted in test.values():
        yield from _named(wanted)


def _named(wanted: Any) -> Iterator[str]:
    if isinstance(wanted, Mapping):
        for operator, value in wanted.items():
            if operator in DAYS and value in NAMED:
                yield str(value)
            elif operator == "not":
                yield from _named(value)


def check(definition: Definition, path: str, test: Any, columns: Mapping[str, str]) -> list[Issue]:
    """What is wrong about a test at `path` of a definition; `columns` gives each field its SQL type."""
    if not isinstance(test, Mapping):
        return [Issue(definition.where(path), "a test is field: value", "", "such as standing: won")]
    issues: list[Issue] = []
    for field, wanted in test.items():
        where = definition.where(f"{path}.{field}")
        if field not in columns:
            issues.append(unknown("field", str(field), columns, where=where))
        else:
            issues += _wrong(where, str(field), wanted, columns)
    return issues


def _wrong(where: str, field: str, wanted: Any, columns: Mapping[str, str]) -> Iterable[Issue]:
    if not isinstance(wanted, Mapping):
        return
    dated = columns[field] in TIMES
    for operator, value in wanted.items():
        if operator not in OPERATORS:
            yield unknown("test", str(operator), OPERATORS, where=where)
        elif operator == "not":
            yield from _wrong(where, field, value, columns)
        elif operator in (*DAYS, "older", "same") and not dated:
            dates = ", ".join(name for name, kind in columns.items() if kind == "DATE")
            yield Issue(where, f"{field} is no date, so {operator}: cannot be asked", "", f"one of the dates: {dates}")
        elif operator in DAYS and type(value) is not date and value not in NAMED:
            yield Issue(
                where, f"'{value}' is not a day", "so no row can be told", f"2026-01-31, or one of {', '.join(NAMED)}"
            )
        elif operator == "older" and (type(value) is not int or value < 0):
            yield Issue(
                where, f"'{value}' is not a number of days", "so no row can be told", f"{field}: {{older: 365}}"
            )
        elif operator == "same" and str(value) not in columns:
            yield unknown("field", str(value), columns, where=where)
        elif operator == "same" and columns[str(value)] not in TIMES:
            yield Issue(
                where, f"{value} is no date", f"so {field} cannot be the same day", f"{field}: {{same: created}}"
            )
