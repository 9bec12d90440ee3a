"""What is each open deal worth? Its odds of ever being won, at its age and in its segment, times what it would be booked at.

V = amount x k, where k is what won deals of its segment were booked at for each 1 of their last open amount, drawn
towards all segments' where they are few; where the amount is missing, V is the deal size of its segment. Formulas 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, tier
from saleswright.kernel.reference import Pairs
from saleswright.lib.money import Money
from saleswright.measure.flow.book import OPEN, Book
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.factors.find import Factors, Reader
from saleswright.measure.flow.factors.last_open import booked_share
from saleswright.measure.flow.factors.shrink import KAPPA
from saleswright.measure.flow.life.odds import Odds, odds
from saleswright.measure.flow.lifetable import FEWEST
from saleswright.measure.metrics.dimensions import dimensions, find
from saleswright.measure.metrics.words import plural

SEGMENT = "segment"
DRAWS = 200


@dataclass(frozen=True)
class Kept:
    """What a segment's wins were booked at for each 1 of their last open amount: `k`, from `n` wins; 1 where nobody
    tells."""

    member: str
    k: float
    n: int
    own: float | None


@dataclass(frozen=True)
class Worth:
    """The open deals one by one: chance to be ever won, size (V) and their product in minor units, not rounded; a deal that
    is not open has no number. filled: its amount is missing and the deal size stands in. kept: k by segment. reason: why
    nothing can be said; k_reason: why k is 1. sizes: the factors of each segment as of the day, by member.
    """

    at: Snapshot
    odds: Odds
    book: Book
    by: str
    whole: Factors
    chance: Floats
    size: Floats
    value: Floats
    filled: NDArray[np.bool_]
    kept: tuple[Kept, ...]
    whole_kept: Kept
    reason: str
    k_reason: str
    sizes: dict[str, Factors]

    @property
    def untold(self) -> NDArray[np.bool_]:
        """Open deals without an amount, of which nobody knows a deal size either: they are worth nothing told."""
        return np.asarray((self.book.fate == OPEN) & ~np.isfinite(self.size))

    @property
    def hopeless(self) -> int:
        """How many open deals are older than nearly all wins were, and than any, and so count for nothing?"""
        return 0 if self.reason else int(((self.book.fate == OPEN) & (self.chance == 0)).sum())

    def likely(self, chosen: Any) -> tuple[Money | None, Money | None]:
        """The 80 % range of that, from how little is known about the odds alone."""
        mine = np.flatnonzero(chosen & np.isfinite(self.value))
        if self.reason or not mine.size:
            return None, None
        known, chances, places, young = self._drawn
        age, group, young = self.odds.ages()[mine], places[mine], young[mine]
        total = np.zeros(chances.shape[0])
        for one in np.unique(group[young]):
            held = young & (group == one)
            at = np.searchsorted(known, age[held])
            total += chances[:, int(one), :] @ np.bincount(at, weights=self.size[mine][held], minlength=known.size)
        low, high = np.quantile(total, (0.1, 0.9))
        return Money(round(float(low)), self.at.currency), Money(round(float(high)), self.at.currency)

    @cached_property
    def _drawn(self) -> tuple[Any, Any, Any, Any]:
        """The ages that open deals have; their chances in tables as they may truly be; each deal's table, and whether it
        is young enough to have a chance in it."""
        ages, members = self.odds.ages(), np.array(self.odds.members, str)
        places = np.zeros(len(self.book), np.int64)
        if self.by:
            places = np.searchsorted(members, self.book.groups[self.by].astype(str))
            places = np.minimum(places, members.size - 1)
        ends = np.array([self.odds.never_after(str(member) if self.by else "") for member in members])
        young = (self.book.fate == OPEN) & (ages >= 0) & (ages <= ends[places])
        known = np.unique(ages[young])
        return known, self.odds.draws(DRAWS).ever(known.astype(np.float64)), places, young


def segment_of(at: Snapshot) -> str:
    """The dimension that tells segments apart; empty where the actor has none."""
    return SEGMENT if SEGMENT in dimensions(at.schema) and at.policy.field_allowed("account", SEGMENT) else ""


def worth(at: Snapshot, where: Pairs = ()) -> Worth:
    """The open deals of a question with their odds and worth. Stop as the book and the metrics do."""
    by = segment_of(at)
    table = odds(at, by, where)
    book = table.book
    reader = Reader(at, find(at, by) if by else None, where, book)
    open_ = book.fate == OPEN
    members = book.groups[by] if by else np.full(len(book), "", object)
    whole, kept, why = _kept(at, book, members, open_)
    sizes = {k.member: reader.now(k.member if by else None) for k in kept}
    k = np.ones(len(book))
    stand_in = np.full(len(book), np.nan)
    for one in kept:
        mine = members == one.member
        k[mine] = one.k
        stand_in[mine] = usual(sizes[one.member])
    missing = open_ & book.unknown & ~book.unpriced
    size = np.where(missing, stand_in, book.amount * k)
    size[~open_ | book.unpriced] = np.nan
    reason = _reason(at, table, book, open_)
    chance = table.ever() if not reason else np.full(len(book), np.nan)
    return Worth(
        at, table, book, by, reader.now(None), chance, size, chance * size, missing, kept, whole, reason, why, sizes
    )


def usual(factors: Factors) -> float:
    """The deal size in minor units, not rounded where it is the metric's own; not a number where none is known."""
    size = factors.size
    if size.of and isinstance(size.of[0], Money):
        return size.of[0].minor / int(str(size.of[1]))
    return float(size.value.minor) if isinstance(size.value, Money) else np.nan


def _reason(at: Snapshot, table: Odds, book: Book, open_: Any) -> str:
    if not open_.any():
        return "no open deals"
    unpriced = int((open_ & book.unpriced).sum())
    if unpriced:
        return f"no exchange rate to {at.currency} for {unpriced} of {plural(int(open_.sum()), 'deal')}"
    if table.lives.decided < FEWEST:
        return f"{plural(table.lives.decided, 'deal')} decided: odds by age need {FEWEST}"
    return "" if table.lives.wins else "nobody was won, so no odds can be told"


def _kept(at: Snapshot, book: Book, members: Any, open_: Any) -> tuple[Kept, tuple[Kept, ...], str]:
    """k of the whole and of each segment that has open deals."""
    share = booked_share(at, book)
    known = np.isfinite(share)
    n = int(known.sum())
    there = sorted({str(m) for m in members[open_].tolist()})
    if n < FEWEST:
        how = "" if tier(at).has(2) or tier(at).has(3) else f" To get there: {TIERS[1].how}."
        why = f"{plural(n, 'won deal')} with an amount from while it was open, so amounts stand as they are.{how}"
        return Kept("", 1.0, n, None), tuple(Kept(m, 1.0, 0, None) for m in there), why
    whole = float(share[known].mean())
    kept = []
    for member in there:
        mine = share[known & (members == member)]
        drawn = (float(mine.sum()) + KAPPA * whole) / (mine.size + KAPPA)
        kept.append(Kept(member, drawn, int(mine.size), float(mine.mean()) if mine.size else None))
    return Kept("", whole, n, whole), tuple(kept), ""
