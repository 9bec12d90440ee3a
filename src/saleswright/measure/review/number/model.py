"""What is the number? A likely range, what it is made of, and how such ranges did before."""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.kernel.report import Figure, Note
from saleswright.lib.money import Money
from saleswright.lib.period import Period


@dataclass(frozen=True, slots=True)
class Held:
    """A past period at the same point of it: the range said from what was known then, and what came."""

    period: Period
    low: Money
    mid: Money
    high: Money
    actual: Money
    held: bool


@dataclass(frozen=True, slots=True)
class Number:
    """The likely range of a period by the simple model: 8 in 10 between low and high.

    enough: False below 30 closed deals; then `missing` says what is missing and the money is None. parts: means that add
    up to `mean`. stale: the range when deals nobody touches any more are taken as lost. required: how much must be open
    for each unit still asked. record: past periods, oldest first.
    """

    period: Period
    enough: bool
    missing: tuple[str, ...]
    n_closed: int
    low: Money | None = None
    mid: Money | None = None
    high: Money | None = None
    mean: Money | None = None
    target: Money | None = None
    chance: float | None = None
    parts: tuple[Figure, ...] = ()
    stale: tuple[Money, Money] | None = None
    required: float | None = None
    record: tuple[Held, ...] = ()
    record_words: str = ""
    notes: tuple[Note, ...] = ()
    checks: tuple[str, ...] = ()
