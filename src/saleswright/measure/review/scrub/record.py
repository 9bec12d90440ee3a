"""How is the record read here? Texts over the stored tables, under the two clocks and the actor's scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics import due
from saleswright.measure.metrics.dimensions import scope_value

AS_OF = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
UP_TO = "valid_from <= $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
# What the sources call an activity that is still to be done.
PLANNED = ("not started", "open", "planned", "scheduled", "in progress", "waiting on someone else", "deferred", "to do",
           "todo", "not_started", "pending", "waiting")  # fmt: skip


def scope_sql(at: Snapshot, column: str = "owner") -> str:
    """The condition that a row's owner is inside the actor's scope."""
    if at.policy.scope == COMPANY:
        return "true"
    scope_value(at)
    shape = "id" if at.policy.shape == "owner" else f'"{at.policy.shape}"'
    return (
        f'{column} IN (SELECT id FROM person WHERE (valid_from <= $as_of OR "first") AND valid_to > $as_of AND '
        f"known_from <= $known AND known_to > $known AND {shape} = $scope)"
    )


def days(at: Snapshot) -> dict[str, Any]:
    """The as-of day, and the days that a test may name from it."""
    calendar = at.workspace.calendar
    named = due.days(at.day, calendar, calendar.containing("quarter", at.day))
    return {"day": at.day, **{f"day_{name}": on for name, on in named.items()}}


def bound(at: Snapshot, sql: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of a text's parameters, only those it names."""
    values: dict[str, Any] = {**at.clocks(), **days(at), **(more or {})}
    if "$scope" in sql:
        values["scope"] = scope_value(at)
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in values.items() if name in named}


def rows(at: Snapshot, sql: str, **more: Any) -> list[tuple[Any, ...]]:
    """Run a text with what it names."""
    return at.reader.rows(sql, bound(at, sql, more))


def planned_sql(status: str) -> str:
    """Is an activity of this status still to be done?"""
    return f"lower({status}) IN ({', '.join(repr(word) for word in PLANNED)})"
