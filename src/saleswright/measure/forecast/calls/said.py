"""What was called, by whom, for whose number, when? Every call that was made, also those a later one took the place of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.forecast.calls.rules import Rules
from saleswright.measure.metrics.dimensions import scope_value

if TYPE_CHECKING:
    import ibis.expr.types as ir

HERE = re.compile(r"forecast_call_[0-9]+")
"""The ids of what was said here; the others were imported."""


@dataclass(frozen=True, slots=True)
class Said:
    """One call. about: whose number it is; person: who made it. amount None: it has no rate to the reporting currency.

    rollup: what it departed from at that moment, and `against` what that was made of. at: when it was said; until: when a
    later one of the same day took its place. allowed: who let it be said after the lock. removed: it takes back an earlier.
    """

    person: str
    about: str
    called: date
    period: str
    category: str
    amount: Money | None
    rollup: Money | None
    against: str
    reason: str
    allowed: str
    currency: str
    at: datetime
    until: datetime
    removed: bool
    seq: int
    here: bool

    @property
    def own(self) -> bool:
        """Did whose number it is call it?"""
        return self.person == self.about


def told(at: Snapshot, period: Period, rules: Rules) -> list[tuple[Said, Period | None]]:
    """Every call made from a year before a period's first day to its last, with the period it speaks of (None: unreadable)."""
    if not at.policy.field_allowed("forecast_call", "amount"):
        return []
    listed = rows(at, period, ["forecast calls", at.policy.shape], lambda q: q.calls(at.schema, at.policy.shape))
    spans: dict[tuple[str, date], Period | None] = {}
    words: dict[str, str] = {}
    found = []
    for person, about, called, text, category, minor, rolled, against, reason, allowed, currency, *clocks in listed:
        begun, until, removed, seq, id_ = clocks
        name = words.setdefault(category or "", rules.category(category or rules.called))
        if not name:
            continue
        text = text or ""
        if (text, called) not in spans:
            spans[text, called] = _span(at, text, called)
        one = Said(
            person, about, called, text, name,
            None if minor is None else Money(minor, at.currency),
            None if rolled is None else Money(rolled, at.currency),
            against or "", reason or "", allowed or "", currency, begun, until, bool(removed), seq, HERE.fullmatch(id_) is not None,
        )  # fmt: skip
        found.append((one, spans[text, called]))
    return found


def same(one: Period, other: Period) -> bool:
    """Are they the same days, whatever each is called?"""
    return (one.start, one.end) == (other.start, other.end)


def _span(at: Snapshot, text: str, called: date) -> Period | None:
    """A period that is told from a day, such as this quarter, is told from the day of the call."""
    try:
        return parse_period(text, called, at.workspace.calendar) if text else None
    except Stop:
        return None


def rows(at: Snapshot, period: Period, key: Sequence[str], build: Callable[[Any], ir.Table]) -> list[tuple[Any, ...]]:
    """The rows of an expression of `query` about a period, under the snapshot's clocks and policy; `key` says it whole."""

    def make() -> ir.Table:
        from saleswright.measure.forecast.calls import query

        return build(query)

    text = compiled(at.workspace.state / "cache", {"calls": [*key], "custom": at.meta.get("custom", [])}, make)
    values = {
        **at.clocks(), "cur": at.currency, "base": at.workspace.currency, "p_start": period.start, "p_end": period.end,
    }  # fmt: skip
    if "$scope" in text:
        values["scope"] = scope_value(at)
    return at.reader.rows(text, {name: value for name, value in values.items() if f"${name}" in text})
