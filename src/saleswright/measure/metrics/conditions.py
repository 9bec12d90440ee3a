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
    "has": "the text has this word in it, or one of these, whatever the case",
    "is": "missing or known",
    "above": "more than this number",
    "before": "earlier than a day: a date, or as_of, this_quarter, next_quarter, quarter_after, rest_of_period, end_of_period",
    "after": "later than a day",
    "from": "on a day or later",
    "to": "earlier than a day: the end of a stretch, which is outside it",
    "older": "more than this many days before the as-of day",
    "same": "the same day as another field",
    "within": "on the day of another field or at most so many days after it: {of: field, days: 90}",
}
DAYS = ("before", "after", "from", "to")
# Days that move with the as-of day; a quarter's name means its first day. The rest of the period asked for begins on the
# as-of day, or with the period where that is later; its end is the day after it.
NAMED = ("as_of", "this_quarter", "next_quarter", "quarter_after", "rest_of_period", "end_of_period")
TIMES = ("DATE", "TIMESTAMP")
NUMBERS = ("BIGINT", "INTEGER", "DOUBLE")
STANDINGS = ("open", "won", "lost", "disqualified")
_EXAMPLES = {"BOOLEAN": "true", "DATE": "{older: 365}", "TIMESTAMP": "{older: 365}"} | dict.fromkeys(
    NUMBERS, "{above: 100}"
)
# Further back than this there is no calendar.
_DAYS_BACK = 500_000


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
            elif operator == "within" and isinstance(value, Mapping):
                yield str(value.get("of", ""))
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
    kind = columns[field]
    if isinstance(wanted, (list, tuple)):
        if not wanted:
            yield Issue(where, f"the list of {field} is empty", "so no row can pass", f"{field}: [one, another]")
        for one in wanted:
            # In a list a number stands for its text.
            listed = str(one) if type(one) is int and kind == "VARCHAR" else one
            yield from _wrong_value(where, field, listed, kind)
        return
    if not isinstance(wanted, Mapping):
        yield from _wrong_value(where, field, wanted, kind)
        return
    if not wanted:
        yield Issue(where, f"{field} asks for nothing", "so every row would pass", f"{field}: {{is: known}}")
    dated = kind in TIMES
    for operator, value in wanted.items():
        if operator not in OPERATORS:
            yield unknown("test", str(operator), OPERATORS, where=where)
        elif operator == "not":
            yield from _wrong(where, field, value, columns)
        elif operator == "is" and value not in ("missing", "known"):
            yield Issue(where, f"is: '{value}' is neither missing nor known", "so no row can be told", "is: missing")
        elif operator == "has" and kind != "VARCHAR":
            yield Issue(
                where, f"{field} is no text, so has: cannot be asked", "", f"{field}: {_EXAMPLES.get(kind, '')}"
            )
        elif operator == "has":
            words = value if isinstance(value, (list, tuple)) and value else [value]
            for word in words:
                if type(word) not in (str, int) or word == "":
                    yield Issue(where, f"has: '{word}' is no word", "so no row can be told", "has: renew")
        elif operator == "above" and kind not in NUMBERS:
            numbers = ", ".join(name for name, other in columns.items() if other in NUMBERS)
            yield Issue(where, f"{field} is no number, so above: cannot be asked", "", f"one of the numbers: {numbers}")
        elif operator == "above" and not _number(value):
            yield Issue(where, f"above: '{value}' is not a number", "so no row can be told", f"{field}: {{above: 100}}")
        elif operator in (*DAYS, "older", "same", "within") and not dated:
            dates = ", ".join(name for name, other in columns.items() if other == "DATE")
            yield Issue(where, f"{field} is no date, so {operator}: cannot be asked", "", f"one of the dates: {dates}")
        elif operator in DAYS and type(value) is not date and value not in NAMED:
            yield Issue(
                where, f"'{value}' is not a day", "so no row can be told", f"2026-01-31, or one of {', '.join(NAMED)}"
            )
        elif operator == "older" and (type(value) is not int or not 0 <= value <= _DAYS_BACK):
            yield Issue(
                where, f"'{value}' is not a number of days", "so no row can be told", f"{field}: {{older: 365}}"
            )
        elif operator == "same":
            yield from _other_date(where, value, columns, f"{field}: {{same: created}}")
        elif operator == "within":
            told = value if isinstance(value, Mapping) and set(value) == {"of", "days"} else {}
            if type(told.get("days")) is not int or not 0 <= told["days"] <= _DAYS_BACK:
                yield Issue(
                    where,
                    f"within: '{value}' is no field and days",
                    "",
                    f"{field}: {{within: {{of: created, days: 90}}}}",
                )
            else:
                yield from _other_date(where, told["of"], columns, f"{field}: {{within: {{of: created, days: 90}}}}")


def _other_date(where: str, name: Any, columns: Mapping[str, str], try_: str) -> Iterable[Issue]:
    """What is wrong with the other date that a date is compared with."""
    if str(name) not in columns:
        yield unknown("field", str(name), columns, where=where)
    elif columns[str(name)] not in TIMES:
        yield Issue(where, f"{name} is no date", "so no date can be compared with it", try_)


def _wrong_value(where: str, field: str, value: Any, kind: str) -> Iterable[Issue]:
    """What a plain value cannot be, by the type of its field."""
    if value is None:
        yield Issue(where, f"{field} has no value", "so no row can pass", f"{field}: {{is: missing}}")
    elif kind == "VARCHAR" and not isinstance(value, str):
        yield Issue(
            where, f"{value} is no text, as {field} is", "so no row can be told", f"{field}: '{value}', in quotes"
        )
    elif field == "standing" and value not in STANDINGS:
        yield unknown("standing", value, STANDINGS, where=where)
    elif kind in TIMES and type(value) is not date:
        yield Issue(where, f"'{value}' is not a day, as {field} is", "so no row can be told", f"{field}: 2026-01-31")
    elif kind in NUMBERS and not _number(value):
        yield Issue(where, f"'{value}' is not a number, as {field} is", "so no row can be told", f"{field}: 100")
    elif kind == "BOOLEAN" and type(value) is not bool:
        yield Issue(where, f"'{value}' is neither yes nor no, as {field} is", "so no row can be told", f"{field}: true")


def _number(value: Any) -> bool:
    """A number that a column can hold."""
    return type(value) in (int, float) and -(2**63) <= value < 2**63
