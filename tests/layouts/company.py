"""Which sales stand in the files? One small demo company, told as plain values that every vendor's file is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from saleswright.demo import assumptions as a
from saleswright.demo.dates import DAY_SECONDS
from saleswright.demo.deals import Deal
from saleswright.demo.keys import BASE62
from saleswright.demo.world import World
from saleswright.demo.world import build as build_world

SEED = 11
UNTIL = date(2026, 11, 22)
NOW = "2026-11-22T20:30:00+00:00"
MONTHS = 12
RENEWAL = a.RENEWAL
STANDINGS = {a.WON: "won", a.LOST: "lost", a.DISQUALIFIED: "disqualified"}
PROBABILITY = {
    a.PROSPECTING: 10, a.QUALIFICATION: 20, a.DISCOVERY: 35, a.PROPOSAL: 60, a.NEGOTIATION: 80, a.WON: 100, a.LOST: 0,
    a.DISQUALIFIED: 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A sale after one saved change."""

    at: datetime
    stage: str
    amount: int | None
    close: date
    category: str
    owner: str
    owner_id: str
    next_step: str
    by: str
    by_id: str


@dataclass(frozen=True, slots=True)
class Sale:
    """One deal, as the whole company knows it. Amounts are whole units of the currency."""

    id: str
    name: str
    account: str
    account_id: str
    kind: str
    currency: str
    qualified: date | None
    last_activity: date | None
    source: str
    lost_reason: str
    competitor: str
    segment: str
    region: str
    steps: tuple[Step, ...]

    @property
    def created(self) -> datetime:
        return self.steps[0].at

    @property
    def now(self) -> Step:
        return self.steps[-1]

    @property
    def stage(self) -> str:
        return self.now.stage

    @property
    def amount(self) -> int | None:
        return self.now.amount

    @property
    def close(self) -> date:
        return self.now.close

    @property
    def owner(self) -> str:
        return self.now.owner

    @property
    def standing(self) -> str:
        return STANDINGS.get(self.stage, "open")

    @property
    def renewal(self) -> bool:
        return self.kind == RENEWAL

    @property
    def open_qualified(self) -> bool:
        """Open and past the first stage, which is not yet a qualified deal."""
        return self.standing == "open" and self.stage != a.PROSPECTING

    def on(self, day: date) -> Step | None:
        """The sale at the end of a day (UTC), or None before it was there."""
        return next((s for s in reversed(self.steps) if s.at.date() <= day), None)


def moment(instant: int) -> datetime:
    """An instant of the demo as a datetime."""
    day, second = divmod(instant, DAY_SECONDS)
    return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC) + timedelta(seconds=second)


@cache
def world() -> World:
    """The company, made once for all files."""
    return build_world(SEED, UNTIL, months=MONTHS)


def _sale(deal: Deal) -> Sale:
    steps = tuple(
        Step(
            moment(c.instant), c.stage, c.amount, date.fromordinal(c.close), c.category, c.owner.name, c.owner.key,
            c.next_step, c.by.name, c.by.key,
        )
        for c in deal.changes
    )  # fmt: skip
    qualified = None
    if deal.now.stage != a.PROSPECTING and deal.qualified <= UNTIL.toordinal():
        qualified = date.fromordinal(deal.qualified)
    return Sale(
        id=deal.key,
        name=deal.name,
        account=" ".join(deal.account.name.split()),
        account_id=deal.account.key,
        kind=deal.kind,
        currency=deal.account.currency,
        qualified=qualified,
        last_activity=date.fromordinal(deal.last_activity) if deal.last_activity else None,
        source=deal.source,
        lost_reason=deal.loss_reason,
        competitor=deal.competitor,
        segment=deal.segment,
        region=deal.region,
        steps=steps,
    )


@cache
def all_sales() -> tuple[Sale, ...]:
    """Every sale of the company, oldest first."""
    return tuple(_sale(deal) for deal in world().deals)


def sales(every: int = 8, start: int = 0, currency: str = "", **having: object) -> list[Sale]:
    """Every so many-th sale; `currency` and `having` (an attribute and its value) keep some of them only."""
    chosen = [s for s in all_sales()[start::every] if currency in ("", s.currency)]
    return [s for s in chosen if all(getattr(s, name) == value for name, value in having.items())]


def ordinal(key: str) -> int:
    """The number in a Salesforce id: the five characters before the three that check the letter case."""
    number = 0
    for char in key[10:15]:
        number = number * len(BASE62) + BASE62.index(char)
    return number
