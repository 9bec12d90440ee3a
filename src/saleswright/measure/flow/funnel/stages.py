"""How many that came into a stage ever got further, and what became of the others? Every entry has exactly one outcome.

An entry is a deal's first visit to a stage in the period; that is its cohort, however long it takes. By now it advanced (it
ever reached a later stage, jumping over stages counts, or was won), or was lost, or was handed off (its deal went on in
another pipeline), or fell back, or is still there. These are the rows of `stage_conversion` and `stage_conversion_value`,
read once: entered = advanced + lost + back + handed off + still there, in deals and to the cent. Formulas 7.1 [R64].
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import EPOCH, Names
from saleswright.measure.flow.funnel.visits import Visits
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import reference
from saleswright.measure.metrics.dimensions import Dimension, find, names
from saleswright.measure.metrics.figures import Sums, finish, quantile
from saleswright.measure.metrics.ripe import ENOUGH, RIPE

OUTCOMES = ("advanced", "lost", "back", "handed off", "still there")
Key = tuple[str, ...]


@dataclass
class Outcomes:
    """What became of the entries of one stage (of one member, of one cohort).

    count, value: by outcome, value in minor units as the deals came in. share, worth: what stage_conversion and
    stage_conversion_value say. refs: what opens the rows of an outcome. unpriced: entries without an amount or a rate.
    """

    share: Figure
    worth: Figure
    count: dict[str, int]
    value: dict[str, int]
    refs: dict[str, str] = field(default_factory=dict)
    unpriced: int = 0

    @property
    def entered(self) -> int:
        return sum(self.count.values())

    @property
    def amount(self) -> int:
        return sum(self.value.values())


@dataclass(frozen=True)
class Funnel:
    """The stages in the record's order, what became of their entries, and the same by member or cohort.

    whole: by stage. groups: by (member, stage). ripe: the days that three in four entries took to leave; None where too
    few did. young: entries of the period that are not that old; young_members: the members who have some, for cohorts.
    """

    period: Period
    currency: str
    stages: tuple[str, ...]
    whole: Mapping[str, Outcomes]
    groups: Mapping[Key, Outcomes]
    labels: Mapping[str, str]
    by: Dimension | None
    ripe: int | None
    young: int
    young_members: frozenset[str]
    reference: str

    @property
    def members(self) -> list[str]:
        """Who is in it, the most entries first; stretches of time in their order."""
        sizes: Counter[str] = Counter()
        for (member, _), one in self.groups.items():
            sizes[member] += one.entered
        if self.by is not None and self.by.grain is not None:
            return sorted(sizes)
        return sorted(sizes, key=lambda name: (-sizes[name], name))

    @property
    def entered(self) -> int:
        return sum(one.entered for one in self.whole.values())


def split_of(at: Snapshot, by: str) -> Dimension | None:
    """The split of entries. Stop (usage) with the nearest names for an unknown one."""
    return find(at, by, entity="stage_entry") if by else None


def funnel(at: Snapshot, visits: Visits, by: str = "", period: str = "", where: Pairs = ()) -> Funnel:
    """The funnel of the deals that came into their stages in the period. Stop (usage) for what nobody knows."""
    split = split_of(at, by)
    asked = ask(at, "stage_conversion", (by,) if by else (), period, where)
    valued = ask(at, "stage_conversion_value", (by,) if by else (), period, where)
    first, last = ((day - EPOCH).days for day in (asked.period.start, asked.period.end))
    inside = visits.first & (visits.entered >= first) & (visits.entered < last)
    entries = visits.only(inside)
    ripe = _ripe(visits)
    groups: dict[Key, Outcomes] = {}
    labels: dict[str, str] = {}
    late = entries.entered > (at.day - EPOCH).days - (ripe or 0)
    young: frozenset[str] = frozenset()
    if split is not None:
        member = members(at, entries, split)
        young = frozenset(member[late].tolist()) if ripe is not None else young
        groups = _outcomes(at, entries, member, asked, valued)
        labels = names(at, split.ref, sorted(set(member.tolist()) - {""})) if split.ref else {}
    whole = _outcomes(at, entries, None, replace(asked, by=()), replace(valued, by=()))
    return Funnel(
        asked.period,
        at.currency,
        tuple(name for name in visits.stages() if (name,) in whole),
        {key[0]: one for key, one in whole.items()},
        groups,
        labels,
        split,
        ripe,
        int(late.sum()) if ripe is not None else 0,
        young,
        str(reference(at, replace(asked, by=()))),
    )


def members(at: Snapshot, entries: Visits, split: Dimension) -> Names:
    """Each entry's member of the split; of a stretch of time the one in which it came in."""
    if split.grain is None:
        return entries.groups[split.name]
    days, place = np.unique(entries.entered, return_inverse=True)
    calendar = at.workspace.calendar
    said = [str(calendar.containing(split.grain, EPOCH + timedelta(days=day))) for day in days.tolist()]
    return np.array(said, object)[place] if said else np.array([], object)


def _outcomes(at: Snapshot, entries: Visits, member: Names | None, asked: Asked, valued: Asked) -> dict[Key, Outcomes]:
    stage, became = (find(at, name, entity="stage_entry") for name in ("stage", "became"))
    splits = (*asked.by, stage)
    ref = reference(at, replace(asked, by=splits))
    of_value = reference(at, replace(valued, by=splits))
    columns = [entries.stage] if member is None else [member, entries.stage]
    keys = list(zip(*(column.tolist() for column in columns), strict=True))
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    of = np.array([places[key] for key in keys], np.int64)
    kinds = {name: place for place, name in enumerate(OUTCOMES)}
    code = of * len(OUTCOMES) + np.array([kinds[word] for word in entries.became.tolist()], np.int64)
    size = len(places) * len(OUTCOMES)
    known = ~entries.unknown
    # Weights of bincount are floats; whole amounts are added as whole numbers.
    amounts = np.zeros(size, np.int64)
    np.add.at(amounts, code[known], entries.amount[known])
    counts = np.bincount(code, minlength=size)
    priced = np.bincount(code[known], minlength=size)
    squares = np.bincount(code[known], weights=entries.amount[known].astype(np.float64) ** 2, minlength=size)
    found: dict[Key, Outcomes] = {}
    for key, place in places.items():
        n, value, with_amount, square = (
            column[place * len(OUTCOMES) : (place + 1) * len(OUTCOMES)] for column in (counts, amounts, priced, squares)
        )
        pairs = tuple(zip((d.name for d in splits), key, strict=True))
        plain = Sums(int(n.sum()), int(n[0]))
        money = Sums(
            int(with_amount.sum()),
            int(with_amount[0]),
            int(value.sum()),
            int(value[0]),
            float(square.sum()),
            float(square[0]),
        )
        unpriced = int(n.sum() - with_amount.sum())
        money.left_out["no amount as it came in"] = unpriced
        found[key] = Outcomes(
            finish(asked.metric, plain, at.currency, str(ref.only(pairs))),
            finish(valued.metric, money, at.currency, str(of_value.only(pairs))),
            dict(zip(OUTCOMES, n.tolist(), strict=True)),
            dict(zip(OUTCOMES, value.tolist(), strict=True)),
            {name: str(ref.only((*pairs, (became.name, name)))) for name in OUTCOMES},
            unpriced,
        )
    return found


def _ripe(visits: Visits) -> int | None:
    """The days that three in four first visits took, as the metric flags young cohorts."""
    over = visits.first & ~visits.there
    spans = Counter((visits.left[over] - visits.entered[over]).tolist())
    if sum(spans.values()) < ENOUGH:
        return None
    found = quantile(spans, RIPE)
    return int(found) + (found != int(found))


def counted(one: Outcomes, outcome: str) -> Figure:
    """How many entries came to this outcome; it opens them."""
    ref = one.refs.get(outcome, "") if one.count[outcome] else ""
    return Figure(outcome.replace(" ", "_"), one.count[outcome], "count", outcome, ref=ref)


def worth_of(one: Outcomes, outcome: str, currency: str) -> Money:
    """How much came to this outcome, at the amounts it came in with."""
    return Money(one.value[outcome], currency)
