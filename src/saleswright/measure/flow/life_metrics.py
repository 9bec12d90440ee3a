"""How likely is a deal ever won, how long does that take, and what is open worth? Figures from the life table of all deals.

Deals qualified in the period stand in it from their first day until they are decided, open ones until now; who was
disqualified left for another reason. An open deal older than 97.5 % of wins were is stale. It is told both ways: as it
stands, and as if it had been lost when it went stale. Formulas 4.2; golden vector G6 is a test of the table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.period import ALL_TIME
from saleswright.measure.flow.lifetable import FEWEST, LOST, OPEN, WON, Counts, LifeTable, count, drawn, life_table
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, moment_of, reference, sums
from saleswright.measure.metrics.dimensions import Dimension, find, names
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.words import are, plural

WIDTH = 7.0
LATE = 0.975
DRAWS = 400
OUTCOMES = {"won": WON, "lost": LOST}
Key = tuple[str, ...]


@dataclass(frozen=True)
class Lives:
    """Deals by outcome and the days they were followed: outcome -> days -> deals. left_out: why others are not in it."""

    days: dict[int, Counter[int]]
    left_out: Counter[str]

    @property
    def n(self) -> int:
        return sum(sum(of.values()) for of in self.days.values())

    @property
    def decided(self) -> int:
        return sum(self.days[WON].values()) + sum(self.days[LOST].values())

    @property
    def stale_after(self) -> int | None:
        """The age that 97.5 % of wins were won by; None where nobody was won."""
        ages = np.repeat(*_columns(self.days[WON]))
        return int(np.quantile(ages, LATE, method="higher")) if ages.size else None

    def stale(self) -> int:
        """How many are open beyond that age."""
        limit = self.stale_after
        return 0 if limit is None else sum(n for age, n in self.days[OPEN].items() if age > limit)

    def stale_lost(self) -> Lives:
        """The same, as if the stale ones had been lost when they went stale."""
        limit = self.stale_after
        if limit is None:
            return self
        days = {outcome: Counter(of) for outcome, of in self.days.items()}
        for age in [age for age in days[OPEN] if age > limit]:
            days[LOST][limit] += days[OPEN].pop(age)
        return replace(self, days=days)

    def counts(self) -> Counts:
        ages = [np.repeat(*_columns(self.days[outcome])) for outcome in (OPEN, WON, LOST)]
        outcome = np.repeat([OPEN, WON, LOST], [one.size for one in ages])
        last = np.concatenate(ages)
        return count(np.zeros(last.size, np.int64), last, outcome, WIDTH)


def lives(at: Snapshot, asked: Asked) -> dict[Key, Lives]:
    """The lives of the deals of a question, by its split: one query, its rows counted by day and outcome."""
    part = part_of(at, asked, "time_open")
    part = replace(part, by=(*part.by, find(at, "standing", entity=part.metric.entity)))
    found: dict[Key, Lives] = {}
    for key, one in sums(at, part).items():
        held = found.setdefault(key[:-1], Lives({OPEN: Counter(), WON: Counter(), LOST: Counter()}, Counter()))
        held.days[OUTCOMES.get(key[-1], OPEN)].update(one.spans)
        held.left_out.update(one.left_out)
    return found


def together(many: Iterable[Lives]) -> Lives:
    """All groups as one."""
    days: dict[int, Counter[int]] = defaultdict(Counter)
    left_out: Counter[str] = Counter()
    for one in many:
        for outcome in (OPEN, WON, LOST):
            days[outcome].update(one.days[outcome])
        left_out.update(one.left_out)
    return Lives({outcome: days[outcome] for outcome in (OPEN, WON, LOST)}, left_out)


def win_rate_life_table(at: Snapshot, asked: Asked) -> Result:
    """The chance that a deal qualified in the period is ever won, with an 80 % interval; stale deals both ways in the notes."""

    def chance(one: Lives) -> tuple[Value, Value, Value]:
        counts = one.counts()
        table = life_table(counts)
        # A deal's worth of the table itself keeps buckets in which nobody was at risk from saying anything.
        many = [drawn(counts, table, 1.0, np.random.default_rng(seed)).won[0, -1] for seed in range(DRAWS)]
        low, high = np.quantile(many, (0.1, 0.9))
        return float(table.won[0, -1]), float(low), float(high)

    return _told(at, asked, chance, "share")


def cycle_life_table_median(at: Snapshot, asked: Asked) -> Result:
    """The age by which half of all that is ever won is won, straight between the ends of a bucket of seven days."""

    def middle(one: Lives) -> tuple[Value, Value, Value]:
        won = life_table(one.counts()).won[0]
        half = won[-1] / 2
        place = int(np.searchsorted(won, half))
        step = won[place] - won[place - 1]
        return WIDTH * (place - 1 + float((half - won[place - 1]) / step)), None, None

    return _told(at, asked, middle, "days")


def weighted_pipeline(at: Snapshot, asked: Asked) -> Result:
    """Sum of amount x the chance to be won at a deal's age; a stale deal's is 0. One table of all deals, whatever the split."""
    ref = reference(at, asked)
    part = part_of(at, asked, "open_pipeline")
    at = moment_of(at, part)
    age = Dimension("age", "Age", field="age", of="worth")
    aged = replace(part, metric=replace(part.metric, name=f"{part.metric.name} by age", entity="worth"))
    splits = part_of(at, replace(asked, metric=aged.metric), "time_open").by
    where = part_of(at, asked, "time_open").where
    held = sums(at, replace(aged, by=(*splits, age), where=where, period=ALL_TIME))
    table_of = together(lives(at, replace(asked, by=(), period=ALL_TIME)).values())
    why = _too_few(table_of)
    weights = _chances(table_of, {int(key[-1]) for key in held if key[-1]}) if not why else {}
    found: dict[Key, Sums] = defaultdict(Sums)
    worth: dict[Key, float] = defaultdict(float)
    stale = 0
    for key, one in held.items():
        found[key[:-1]] += one
        chance = weights.get(int(key[-1]), 0.0) if key[-1] else 0.0
        stale += one.n if key[-1] and not chance else 0
        worth[key[:-1]] += one.total * chance

    def figure(one: Sums, value: float, text: str) -> Figure:
        reason = why
        if one.unconverted:
            reason = f"no exchange rate to {at.currency} for {one.unconverted} of {one.n} deals"
        reason = reason or ("" if one.n else "nothing to add up: no open qualified deals with an amount")
        left_out = sum(one.left_out.values())
        money = None if reason else Money(round(value), at.currency)
        metric = asked.metric
        return Figure(metric.name, money, metric.unit, metric.label, one.n, excluded=left_out, reason=reason, ref=text)

    whole = Sums()
    for one in found.values():
        whole += one
    kept = {key: one for key, one in found.items() if one.n} if asked.by else {}
    groups = {key: figure(one, worth[key], _only(ref, asked, key)) for key, one in kept.items()}
    notes = [f"Chances are those of {plural(table_of.n, 'deal')} by age, {table_of.decided:,} of them decided."]
    if stale:
        notes.append(
            f"{plural(stale, 'open deal')} {are(stale)} older than 97.5 % of wins were and {are(stale, 'weighs', 'weigh')} nothing."
        )
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    total = figure(whole, sum(worth.values()), str(ref))
    parts = (evaluate(at, part).total,)
    return Result(asked, ref, total, whole, groups, dict(kept), labels, tuple(notes), parts)


def _chances(one: Lives, ages: set[int]) -> dict[int, float]:
    limit = one.stale_after
    table: LifeTable = life_table(one.counts().pooled())
    young = np.array(sorted(age for age in ages if age >= 0 and (limit is None or age <= limit)), np.float64)
    return dict(zip((int(age) for age in young), (float(p) for p in table.ever(young)[0]), strict=True))


def _told(at: Snapshot, asked: Asked, tell: Callable[[Lives], tuple[Value, Value, Value]], unit: str) -> Result:
    ref = reference(at, asked)
    found = lives(at, asked)
    whole = together(found.values())

    def figure(one: Lives, text: str) -> Figure:
        why = _too_few(one)
        value, low, high = (None, None, None) if why else tell(one)
        left_out = sum(one.left_out.values())
        metric = asked.metric
        return Figure(metric.name, value, metric.unit, metric.label, one.n, low, high, None, left_out, why, text)

    groups = {key: figure(one, _only(ref, asked, key)) for key, one in found.items()} if asked.by else {}
    held = {key: Sums(n=one.n, left_out=one.left_out) for key, one in found.items()} if asked.by else {}
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    total = figure(whole, str(ref))
    notes = []
    if total.value is not None and (stale := whole.stale()):
        other = tell(whole.stale_lost())[0]
        said = f"{float(str(other)):.1%}" if unit == "share" else f"{float(str(other)):.0f} days"
        notes.append(
            f"{plural(stale, 'open deal')} {are(stale)} older than {whole.stale_after} days, which 97.5 % of wins were won by. "
            f"As they stand they count as open; taken for lost when they went stale, it is {said}."
        )
    return Result(asked, ref, total, Sums(n=whole.n, left_out=whole.left_out), groups, held, labels, tuple(notes))


def _too_few(one: Lives) -> str:
    if not one.n:
        return "no such deals in the period"
    if one.decided < FEWEST:
        return f"{plural(one.decided, 'deal')} decided: a life table needs {FEWEST}"
    return "" if one.days[WON] else "nobody was won, so no chance can be told"


def _columns(of: Counter[int]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[int]]:
    ages = sorted(of)
    return np.array(ages, np.int64), [of[age] for age in ages]


def _only(ref: object, asked: Asked, key: Key) -> str:
    return str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))  # type: ignore[attr-defined]


__all__ = ["cycle_life_table_median", "weighted_pipeline", "win_rate_life_table"]
