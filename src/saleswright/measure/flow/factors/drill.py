"""Which deals stand in a cohort? One by one: age, what it stands at and would be booked at, its odds, and their product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.flow.book import OPEN, read
from saleswright.measure.flow.factors.aging import UNKNOWN, Aging, ages
from saleswright.measure.flow.factors.schedule import DASH
from saleswright.measure.metrics.dimensions import find, names


@dataclass(frozen=True, slots=True)
class Deal:
    """An open deal. size: what it would be booked at; value: its odds of that. None where nobody can tell."""

    id: str
    name: str
    owner: str
    age: int | None
    amount: Money | None
    size: Money | None
    chance: float | None
    value: Money | None


def deals_of(one: Aging, cohort: str) -> tuple[Deal, ...]:
    """The open deals of a cohort, or of New or Active, the most valuable first. Stop (usage) with the nearest names."""
    rows = {_typed(row.name): row for row in (*one.cohorts, one.new, one.active)}
    row = rows.get(_typed(cohort))
    if row is None:
        raise Stop(unknown("age", cohort, [r.name for r in rows.values()], where="cohort"), exit_code=USAGE)
    held, at = one.worth, one.at
    book, age = held.book, ages(held)
    inside = age < 0 if row.name == UNKNOWN else (age >= row.low) & (age < (row.high or 10**9))
    mine = np.flatnonzero((book.fate == OPEN) & inside)
    mine = mine[np.argsort(-np.nan_to_num(held.value[mine]), kind="stable")]
    owners: dict[str, str] = {}
    if at.policy.field_allowed("deal", "owner"):
        beside = read(at, ("owner",), one.where)
        owners = {str(k): str(v) for k, v in zip(beside.id[mine], beside.groups["owner"][mine], strict=True)}
    people = names(at, find(at, "owner").ref, {o for o in owners.values() if o}) if owners else {}
    called = names(at, "deal", [str(key) for key in book.id[mine]])

    def money(value: float) -> Money | None:
        return Money(round(float(value)), at.currency) if np.isfinite(value) else None

    def told(place: int) -> Deal:
        key = str(book.id[place])
        owner = owners.get(key, "")
        return Deal(
            key,
            called.get(key, key.split("_", 2)[-1]),
            people.get(owner, owner),
            int(age[place]) if age[place] >= 0 else None,
            None if book.unknown[place] else Money(int(book.amount[place]), at.currency),
            money(held.size[place]),
            float(held.chance[place]) if np.isfinite(held.chance[place]) else None,
            money(held.value[place]),
        )

    return tuple(told(int(place)) for place in mine)


def _typed(name: str) -> str:
    """A cohort's name as it is typed: any case, a hyphen for a dash."""
    return " ".join(name.replace(DASH, "-").split()).casefold()
