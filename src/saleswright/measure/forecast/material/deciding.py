"""On which deals does the target hang? Each with its chance, what it does to the target, why it stands there, and its flags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.deal_facts import Told, told
from saleswright.measure.forecast.material.questions import Answer, answers
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.words import plural

if TYPE_CHECKING:
    from saleswright.measure.forecast.law.bookings import Effect
    from saleswright.measure.forecast.outlook.asked import Forecast

MOST = 8
WHYS, FLAGS = 3, 3
QUIET = 30
OFTEN = 2


@dataclass(frozen=True, slots=True)
class Deciding:
    """One open deal and what hangs on it.

    amount: as it stands in the record. expected: what it is booked at if it is won. chance: to be won in the period. as_is,
    won, lost: the chance of the target as things are, were the deal certain, were it not there; None without a target.
    due: the stated close date, also one in the past, past_due days ago. pushed, in_stage, typical (days): None where nobody
    knows. flags: what a manager asks first. why: the cells behind the chance, in words. answers: to the four questions.
    """

    id: str
    name: str
    stage: str
    owner: str
    team: str
    category: str
    amount: Money
    expected: Money
    chance: float
    as_is: float | None
    won: float | None
    lost: float | None
    due: date | None
    past_due: int
    pushed: int | None
    in_stage: int | None
    typical: int | None
    flags: tuple[str, ...]
    why: tuple[str, ...]
    answers: tuple[Answer, ...] = ()

    @property
    def brings(self) -> Money:
        """What is expected of it."""
        return Money(round(self.expected.minor * self.chance), self.expected.currency)

    @property
    def swing(self) -> float | None:
        """How much of the chance of the target hangs on it."""
        return None if self.won is None or self.lost is None else self.won - self.lost


@dataclass(frozen=True, slots=True)
class Together:
    """The chance of the target were all of these won, and were none of them there."""

    won: float
    lost: float


def deciding(at: Snapshot, one: Forecast, typical: Mapping[str, int], most: int = MOST) -> tuple[Deciding, ...]:
    """The `most` deals on which most hangs, the first first: of the target, or without one of the middle of the range.

    typical: by stage, the days that deals usually stay in it. Nothing where no open deal can bring anything in the period.
    """
    law, rows = one.foretold.law, one.foretold.now
    if most < 1 or not law.deals.size:
        return ()
    goal = float(one.target) if one.target is not None else float(law.quantile(0.5))
    effects = law.effects(goal, most=most)
    ids = [rows.ids[int(rows.deal[effect.place])] for effect in effects]
    facts, asked = told(at, ids), answers(at, ids)
    owners = names(at, "person", {fact.owner for fact in facts.values() if fact.owner})
    due = _due(at, ids)
    found = []
    for effect, id_ in zip(effects, ids, strict=True):
        fact = facts.get(id_)
        if fact is not None:
            found.append(_one(at, one, effect, fact, owners, due.get(id_), typical, asked.get(id_, ())))
    return tuple(found)


def together(one: Forecast, ids: Sequence[str]) -> Together | None:
    """What hangs on these deals together; None without a target or a deal."""
    if one.target is None or not ids:
        return None
    law, rows = one.foretold.law, one.foretold.now
    wanted = {rows.ids.index(id_) for id_ in ids}
    places = [place for place, deal in enumerate(rows.deal.tolist()) if deal in wanted]
    rest = law.without(places)
    value = float(law.deals.amount[np.isin(law.deals.place, places)].sum())
    goal = one.target
    return Together(float(rest.at_least(goal - value)), float(rest.at_least(goal)))


def _one(
    at: Snapshot,
    one: Forecast,
    effect: Effect,
    fact: Told,
    owners: Mapping[str, str],
    due: date | None,
    typical: Mapping[str, int],
    asked: tuple[Answer, ...],
) -> Deciding:
    rows, has = one.foretold.now, one.target is not None
    late = max(0, (at.day - due).days) if due else 0
    return Deciding(
        fact.id,
        fact.name or fact.account or fact.id.split("_", 2)[-1],
        fact.stage,
        owners.get(fact.owner, fact.owner),
        fact.team,
        fact.category,
        Money(int(rows.amount[effect.place]), at.currency),
        Money(round(effect.amount), at.currency),
        effect.chance,
        effect.as_is if has else None,
        effect.won if has else None,
        effect.lost if has else None,
        due,
        late,
        fact.pushed,
        fact.in_stage(at),
        typical.get(fact.stage),
        _flags(at, fact, late, typical.get(fact.stage), bool(rows.unknown[effect.place])),
        _why(one, effect.place),
        asked,
    )


def _due(at: Snapshot, ids: Sequence[str]) -> dict[str, date]:
    """The stated close dates, those in the past too; none where they are hidden."""
    if not ids or not at.policy.field_allowed("deal", "expected_close"):
        return {}
    sql = (
        "SELECT id, expected_close FROM deal WHERE valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known "
        "AND known_to > $known AND NOT removed AND list_contains($ids::VARCHAR[], id) AND expected_close IS NOT NULL"
    )
    return dict(at.reader.rows(sql, {**at.clocks(), "ids": list(ids)}))


def _flags(at: Snapshot, fact: Told, late: int, typical: int | None, unknown: bool) -> tuple[str, ...]:
    """What a manager asks first, the gravest first; three at most."""
    found = ["no amount, the mean win stands in"] if unknown else []
    if late:
        found.append(f"past due {plural(late, 'day')}")
    if fact.pushed is not None and fact.pushed >= OFTEN:
        found.append(f"pushed {'twice' if fact.pushed == OFTEN else f'{fact.pushed} times'}")
    if fact.next_on is not None and fact.next_on < at.day:
        found.append("next step overdue")
    elif not fact.next_step and fact.next_on is None and at.policy.field_allowed("deal", "next_step"):
        found.append("no next step")
    if fact.last_on is not None and (at.day - fact.last_on).days > QUIET:
        found.append(f"silent {plural((at.day - fact.last_on).days, 'day')}")
    days = fact.in_stage(at)
    if days is not None and typical and days > 2 * typical:
        found.append(f"{plural(days, 'day')} in its stage, usually {typical}")
    return tuple(found[:FLAGS])


def _why(one: Forecast, row: int) -> tuple[str, ...]:
    """The finest cell that has a count of deals, then what moves the chance most, in words."""
    reasons = one.learned.model.why(one.foretold.now, row)
    counted = [reason for reason in reasons if "in this cell" in reason.text]
    others = [reason for reason in reasons if reason not in counted]
    return tuple(reason.text for reason in (*counted[-1:], *others)[:WHYS])
