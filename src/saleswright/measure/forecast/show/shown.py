"""What does the forecast of a period say? Typed values for every face; amounts in minor units of one currency.

Means add: won + open + still to come is the mean, members add to the whole, months to the year. Ranges do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure
from saleswright.lib.period import Period
from saleswright.measure.forecast.show.moved import Moved
from saleswright.measure.metrics.apart import Pairs

if TYPE_CHECKING:
    from saleswright.measure.forecast.calls.sheet import Sheet

NEARLY = 0.9
"""From this share of the usual on, the next period is nearly built."""


@dataclass(frozen=True, slots=True)
class Range:
    """Where 8 of 10 outcomes lie: P10, the middle (P50) and P90."""

    low: int
    mid: int
    high: int


@dataclass(frozen=True, slots=True)
class Told:
    """One distribution. won + open + coming = mean, to the unit.

    apart: the range if deals did not move together; None where it was not worked out. target: None with why (`no_target`).
    chance: of reaching the target, None where none is told. shortfall: by how much it is missed on average, reaching it counted as
    0; when_missed: by how much where it is missed, None where it cannot be.
    """

    won: int
    open: int
    coming: int
    range: Range
    apart: Range | None = None
    target: int | None = None
    no_target: str = ""
    chance: float | None = None
    shortfall: int | None = None
    when_missed: int | None = None

    @property
    def mean(self) -> int:
        return self.won + self.open + self.coming

    @property
    def done(self) -> bool:
        """Is nothing left to be told, so that the range is one value?"""
        return self.range.low == self.range.high


@dataclass(frozen=True, slots=True)
class Month:
    """One month: what it books, and what is booked from the first one up to its end."""

    label: str
    start: date
    month: Told
    to_date: Told


@dataclass(frozen=True, slots=True)
class Called:
    """What people call for a period. amount: the calls that are in, added, with what is won; None where none is.

    calls: how many are in, of `people` who call. where: on which page they stand.
    """

    amount: int | None
    calls: int = 0
    people: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the split, and its own distribution. called: what people call for it, None where nothing is in; asked: is a
    call of its own asked for and not in?"""

    member: str
    label: str
    told: Told
    won: Figure
    called: int | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier period at the same point of time before it began. open: due in it and open then; came: what it booked."""

    period: Period
    day: date
    open: int
    deals: int
    came: int
    of_open: int


@dataclass(frozen=True)
class Next:
    """Is the next period being built? told: its distribution as of now. open, deals: due in it and open now.

    before: earlier periods at the same point, the latest first. usual: what was open then on average, None where nobody knows.
    """

    period: Period
    told: Told
    open: int
    deals: int
    before: tuple[Before, ...] = ()

    @property
    def usual(self) -> int | None:
        return round(sum(one.open for one in self.before) / len(self.before)) if self.before else None

    @property
    def share(self) -> float | None:
        """What is open now, over what was usual at this point."""
        return self.open / self.usual if self.usual else None

    @property
    def verdict(self) -> str:
        """yes: at least what was usual; nearly; no; empty: nobody knows."""
        if self.share is None:
            return ""
        return "yes" if self.share >= 1 else "nearly" if self.share >= NEARLY else "no"


@dataclass(frozen=True, slots=True)
class Why:
    """One of the largest open deals, and why its chance is what it is. amount: as it stands in the record, the mean win
    where it has none; expected: what it brings on average."""

    id: str
    name: str
    owner: str
    amount: int
    chance: float
    ever: float
    expected: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What the model stands on.

    trust: how far differences between deals are believed, from 0 (every deal gets the same chance) to 1. rho: how deals move
    together, with its 80 % range and over how many periods. ratio: what wins are booked at over their amount while open.
    apart: how much of what decides a deal the chances tell, from 0 to 1: their variance over that of a coin with their mean.
    spans: between which chances, to be won at all, 8 of 10 open deals lie. Both None where nothing is open.
    """

    kind: str
    closed: int
    won: int
    calibrated: str
    trust: float
    rho: tuple[float, float, float]
    periods: int
    ratio: tuple[float, float, float]
    ratio_n: int
    lacking: Mapping[str, str]
    apart: float | None = None
    spans: tuple[float, float] | None = None


@dataclass(frozen=True)
class Shown:
    """The forecast of a period, as every face tells it.

    bars: (low, high, share of the chance) of equal steps, for a drawing. was: what the same forecast said on `since`; moved:
    the bridge from there, None with why (`unmoved`). names: of the deals on the bridge, (name, owner) by id. won: the metric's
    own figure, target too. footer: how ranges like this one held. limits: what has to
    be said beside the numbers because the record is thin. refs: of the figures that are metrics, by the figure's name.
    """

    at: Snapshot
    period: Period
    where: Pairs
    whole: Told
    won: Figure
    target: Figure
    bars: tuple[tuple[int, int, float], ...]
    months: tuple[Month, ...]
    since: date
    was: Told | None
    moved: Moved | None
    unmoved: str
    names: Mapping[str, tuple[str, str]]
    next: Next | None
    no_next: str
    basis: Basis
    why: tuple[Why, ...]
    called: Called
    footer: str
    open_deals: int
    limits: tuple[str, ...]
    refs: Mapping[str, Reference]
    sheet: Sheet | None = field(default=None, repr=False)
    by: str = ""
    by_label: str = ""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class Cannot:
    """Why nothing can be forecast, and what would help; what is won stands all the same."""

    at: Snapshot
    period: Period
    won: Figure
    target: Figure
    reason: str
    how: str
    footer: str
