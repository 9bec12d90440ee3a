"""How long did each deal live, and what became of it? Counted by day of age, as the record stood and was known.

A deal lives from the day it was qualified until it was won or lost; who is open lives on, who was disqualified left for
another reason. An export often leaves out what was decided long ago. Deals that were there before its closings begin are
therefore under observation from then on only, at the age they had reached (left truncation); what ended before is not
counted. A deal weighs half for every twelve months that have gone since it came. Formulas 4.2.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.bridge_rows import WANTED, Told, whole
from saleswright.measure.flow.columns import EPOCH, Bools, Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON, Counts, count
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.conditions import fields_of
from saleswright.measure.metrics.dimensions import find

if TYPE_CHECKING:
    import ibis.expr.types as ir

HALF_LIFE = 365.25
UNIT = float(2**30)
LATE = 0.975
LEFT_OUT = (
    "",
    "ended on no known day",
    "ended on a later day",
    "qualified on a later day",
    "ended before it was qualified",
    "ended before the closings begin",
)
GONE, LATER = 3, 4
AGES = 2**19
"""Ages are told in whole days below this."""

NEVER = -1
# With so many wins of its own a member has its own age at which its deals are stale.
OWN_WINS = 40


@dataclass(frozen=True)
class Lives:
    """Deals that lived alike in one place of every column.

    first, last: the ages, in days, at which they came under observation and went out of it. fate: OPEN, WON or LOST.
    group: which of `members`. n: how many deals. weight: what they count for together, 1 for a deal that came today.
    since: the first day observed. left_out: why others are not among them.
    """

    first: Ints
    last: Ints
    fate: Ints
    group: Ints
    n: Ints
    weight: Floats
    members: tuple[str, ...]
    since: date
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def deals(self) -> int:
        """How many there are."""
        return int(self.n.sum())

    @property
    def decided(self) -> int:
        """How many were won or lost."""
        return int(self.n[self.fate != OPEN].sum())

    @property
    def wins(self) -> int:
        """How many were won."""
        return int(self.n[self.fate == WON].sum())

    @property
    def stale_after(self) -> int | None:
        """The age in days that 97.5 % of wins were won by; None where nobody was won."""
        won = self.fate == WON
        return late(self.last[won], self.n[won])

    @cached_property
    def limits(self) -> Ints:
        """The age of each member beyond which a deal is stale; NEVER where nobody was won. Few wins use those of all."""
        return self._of_wins(self.stale_after, late)

    @cached_property
    def ends(self) -> Ints:
        """The oldest age of each member at which anybody was won; NEVER where nobody was."""
        won = self.fate == WON
        return self._of_wins(int(self.last[won].max()) if won.any() else None, lambda ages, n: int(ages.max()))

    @property
    def stale(self) -> Bools:
        """Which places are open deals that are stale?"""
        limit = self.limits[self.group]
        return np.asarray((self.fate == OPEN) & (limit != NEVER) & (self.last > limit))

    def _of_wins(self, of_all: int | None, tell: Callable[[Ints, Ints], int | None]) -> Ints:
        found = np.full(len(self.members), NEVER if of_all is None else of_all, np.int64)
        won = self.fate == WON
        enough = np.bincount(self.group[won], self.n[won], minlength=found.size) >= OWN_WINS
        for member in np.flatnonzero(enough):
            mine = won & (self.group == member)
            found[member] = tell(self.last[mine], self.n[mine]) or 0
        return found

    def counts(self, width: float, half_life: float = HALF_LIFE, weighted: bool = True) -> Counts:
        """By group and bucket; of one day, exactly. Weighted, deals weigh what the day on which they entered a bucket makes
        of them.

        A weight that halves with the age of the observation is the weight of the deal's first day times one factor for
        each bucket; so chances are those of either, and only what they are worth differs.
        """
        of = self.weight if weighted else self.n.astype(np.float64)
        exact = width == 1
        found = count(self.first, self.last, self.fate, width, self.group, len(self.members), weight=of, exact=exact)
        if not weighted:
            return found
        factor = np.exp2(np.arange(found.won.shape[1]) * width / half_life)
        return found.times(factor)


def apart(alike: Ints) -> tuple[Ints, Ints, Ints, Bools]:
    """(fate, first age, last age, is there a last age?) out of the one number the engine groups by."""
    rest, last = np.divmod(alike, 2 * AGES)
    fate, first = np.divmod(rest, AGES)
    return fate, first, last - AGES, np.asarray(last > 0)


def late(ages: Ints, n: Ints) -> int | None:
    """The age that 97.5 % had not passed: the least one that so many reach; None of nobody."""
    if not n.sum():
        return None
    order = np.argsort(ages, kind="stable")
    running = np.cumsum(n[order])
    # As numpy's quantile does it with method="higher", of ages that are told by how many have them.
    place = int(np.ceil(LATE * (running[-1] - 1) - 1e-9))
    return int(ages[order][np.searchsorted(running, place, side="right")])


def observed_from(days: Ints, n: Ints, otherwise: int) -> int:
    """Since which day do the closings speak? The day after the first hundredth of them; `otherwise` where there is none."""
    if not n.sum():
        return otherwise
    order = np.argsort(days, kind="stable")
    running = np.cumsum(n[order])
    return int(days[order][np.searchsorted(running, int(running[-1]) // 100, side="right")]) + 1


@lru_cache(maxsize=32)
def _since(view: View, where: Pairs) -> date:
    """The day from which the closings of a view speak; the same however its deals are split."""
    at = view.at
    return EPOCH + timedelta(observed_from(*Reading(at, (), where).closings(), (at.day - EPOCH).days))


class Reading:
    """The lives of the deals of a question, read when asked for."""

    def __init__(self, at: Snapshot, by: tuple[str, ...], where: Pairs, half_life: float = HALF_LIFE) -> None:
        told = whole(at, where, "n")
        splits = tuple(find(at, name, entity="deal") for name in by)
        self.at, self.where, self.half_life, self.splits = at, where, half_life, splits
        self.told: Told = replace(told, asked=replace(told.asked, by=splits))
        activity = {"last_activity"} if at.policy.field_allowed("deal", "last_activity") else set()
        tests = {name for _, some in told.decided for test in some for name in fields_of(test)}
        self.fields = frozenset((WANTED - {"amount", "currency"}) | {"qualified_by"} | activity | tests)

    def closings(self) -> tuple[Ints, Ints]:
        """(days since 1970, decided deals on each)."""
        found = self._run("closings", {}, False)
        return found["exit"].astype(np.int64), found["n"].astype(np.int64)

    def lives(self, since: date | None = None) -> Lives:
        """All lives under observation since a day; that from which the closings speak when none is named."""
        since = since or _since(View(self.at), self.where)
        found = self._run("lives", {"p_start": since}, True)
        fate, first, last, told = apart(found["alike"].astype(np.int64))
        n = found["n"].astype(np.int64)
        code = np.select(
            [~told, fate == LATER, (last < 0) & (fate == OPEN), last < 0, last < first], [1, 2, 3, 4, 5], default=0
        )
        out = Counter({LEFT_OUT[i]: int(n[code == i].sum()) for i in np.unique(code).tolist() if i})
        kept = code == 0
        members, group = self.groups(found, kept)
        fate = np.where(fate == GONE, OPEN, fate)
        weight = found["weight"][kept] / UNIT
        return Lives(first[kept], last[kept], fate[kept], group, n[kept], weight, members, since, out)

    def stale_lost(self, of: Lives) -> Lives:
        """The same, but a stale deal was lost at its last activity; where nobody tells of one, when it went stale."""
        if not of.wins:
            return of
        since = self.at.day - timedelta(int(of.limits.min()))
        found = self._run("stale", {"p_start": of.since, "p_end": since}, True)
        members, group = self.groups(found, np.ones(len(found["n"]), bool))
        place = {member: i for i, member in enumerate(of.members)}
        first = found["first"].astype(np.int64)
        touched = np.ma.filled(np.ma.asarray(found["touched"]), NEVER).astype(np.int64)
        where = np.array([place[member] for member in members], np.int64)[group] if members else group
        limit = of.limits[where]
        last = np.where(touched == NEVER, limit, touched)
        stale = found["last"].astype(np.int64) > limit
        kept, seen = ~of.stale, stale & (last >= first)
        out = of.left_out + Counter({LEFT_OUT[5]: int(found["n"][stale & ~seen].sum())})
        n, weight = found["n"].astype(np.int64), found["weight"] / UNIT

        def both(one: Any, more: Any) -> Any:
            return np.concatenate([one[kept], more[seen]])

        return replace(
            of,
            first=both(of.first, first),
            last=both(of.last, last),
            fate=both(of.fate, np.full(first.size, LOST)),
            group=both(of.group, where),
            n=both(of.n, n),
            weight=both(of.weight, weight),
            left_out=+out,
        )

    def visits(self) -> dict[str, Any]:
        """Visits to stages: stage, target, went, first, last, n, weight, and the group. Since the closings speak."""
        return self._run("visits", {"p_start": _since(View(self.at), self.where)}, True)

    def groups(self, found: dict[str, Any], kept: Bools) -> tuple[tuple[str, ...], Ints]:
        """(members, which of them each kept place is)."""
        if not self.splits:
            return ("",), np.zeros(int(kept.sum()), np.int64)
        values = np.ma.asarray(found[f"d_{self.splits[0].name}"])
        texts = np.where(np.ma.getmaskarray(values), "", np.asarray(np.ma.getdata(values), object))[kept].tolist()
        place = {member: i for i, member in enumerate(sorted(set(texts)))}
        return tuple(place), np.fromiter(map(place.__getitem__, texts), np.int64, len(texts))

    def _run(self, want: str, more: dict[str, Any], weighs: bool) -> dict[str, Any]:
        key, make = question(self.at, self.told.asked)
        decided = self.told.decided
        body = {
            **key,
            "want": f"{want} of deals",
            "decided": [[name, list(tests)] for name, tests in decided],
            "fields": sorted(self.fields),
            "half_life": self.half_life if weighs else 0,
        }

        def build() -> ir.Table:
            from saleswright.measure.flow.life import lives_query

            if want == "closings":
                return lives_query.closings(make(), decided, self.fields)
            made: Callable[..., ir.Table] = getattr(lives_query, want)
            return made(make(), decided, self.fields, self.half_life)

        sql = compiled(self.at.workspace.state / "cache", body, build)
        return self.at.reader.columns(sql, bind(self.at, sql, self.told.asked, more))
