"""What changed? One metric on two sides: two periods, two dates, or the definitions as they are and under a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import Literal

from saleswright.history.release import definitions_hash
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Value
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import FIRST_DAY, Period, parse_period
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import Result, evaluate, replace_by
from saleswright.measure.metrics.mix import Key, Mix, Sides, taken_apart
from saleswright.measure.metrics.model import Metric

Kind = Literal["period", "as of", "known", "scenario"]
Pairs = Sequence[tuple[str, str]]
# What is compared when neither the caller nor the metric says a period that has one before it.
USUAL = "last quarter"
# Shapes whose value over rows is the sum of the values over their parts.
ADDED = ("count", "sum", "balance-at")


@dataclass(frozen=True)
class Side:
    """One of the two: its words, the record it is read from, and the answer."""

    words: str
    at: Snapshot
    result: Result
    split: Result | None = None

    @property
    def total(self) -> Figure:
        return self.result.total


@dataclass(frozen=True)
class Compared:
    """Both sides, and what the change is made of where that can be said. `why_not`: why it cannot."""

    kind: Kind
    before: Side
    now: Side
    mix: Mix | None = None
    why_not: str = ""
    notes: tuple[str, ...] = ()

    @property
    def metric(self) -> Metric:
        return self.now.result.asked.metric

    @property
    def keys(self) -> list[Key]:
        """The segments of both sides, those with the most rows now first."""
        if self.before.split is None or self.now.split is None:
            return []
        was, is_ = self.before.split.groups, self.now.split.groups
        return sorted({**was, **is_}, key=lambda key: (-(is_[key].n or 0 if key in is_ else 0), key))

    def figures(self, key: Key) -> tuple[Figure | None, Figure | None]:
        """The figures of a segment on both sides; None where it has no rows."""
        assert self.before.split is not None and self.now.split is not None
        return self.before.split.groups.get(key), self.now.split.groups.get(key)

    def label(self, key: Key) -> tuple[str, ...]:
        """The words for a segment."""
        assert self.before.split is not None and self.now.split is not None
        side = self.now.split if key in self.now.split.groups else self.before.split
        return side.label(key)


def compared(
    at: Snapshot,
    metric: str | Metric,
    by: Sequence[str] = (),
    period: str = "",
    where: Pairs = (),
    before: str = "",
    then: str = "",
    knew: str = "",
    scenario: str = "",
) -> Compared:
    """Both sides of a comparison, measured. Without `before`, `then`, `knew` or `scenario`: with the period before.

    Stop (usage) for names, periods and filters that are unknown, and when two things are to be compared at once.
    """
    _one_of(before=before, then=then, knew=knew, scenario=scenario)
    kind: Kind = "as of" if then else "known" if knew else "scenario" if scenario else "period"
    asked = ask(at, metric, by, period, where)
    if kind == "period":
        return of_periods(at, asked, period, before)
    other = Ambient(
        actor="" if at.policy.actor == "me" else at.policy.actor,
        as_of=then or at.as_of_text,
        known=knew or at.known_text,
        scope=at.policy.scope,
        snap=at.snap,
        currency=at.currency,
    )
    workspace = at.workspace.under(scenario) if scenario else at.workspace
    opened = open_snapshot(workspace, other)
    try:
        again = ask(opened, metric, by, str(asked.period), where)
        there, here = (opened, again), (at, asked)
        words = {
            "as of": (f"as of {opened.as_of_text}", f"as of {at.as_of_text}"),
            "known": (f"as known {opened.known_text}", f"as known {at.known_text or 'now'}"),
            "scenario": ("as defined", f"scenario {scenario}"),
        }[kind]
        was, is_ = (here, there) if kind == "scenario" else (there, here)
        found = _measured(kind, (words[0], *was), (words[1], *is_))
        notes = (*_beyond_the_scenario(at, opened, scenario), *_order(kind, opened, at))
        return replace(found, notes=notes)
    finally:
        opened.close()


def of_periods(at: Snapshot, asked: Asked, typed: str = "", before: str = "") -> Compared:
    """A period with another one: the one before it where none is named. A running one is compared day by day."""
    timely = [d.name for d in asked.by if d.grain is not None]
    if timely:
        raise Stop(
            Issue(
                f"by {timely[0]}",
                f"no {timely[0]} is in both periods",
                "so none can be compared with itself",
                f"saleswright measure {asked.metric.name} --by {timely[0]}",
            ),
            exit_code=USAGE,
        )
    calendar = at.workspace.calendar
    if not (typed or before) and asked.period.start == FIRST_DAY:
        asked = replace(asked, period=parse_period(USUAL, at.day, calendar))
    notes: tuple[str, ...] = ()
    if before:
        earlier = parse_period(before, at.day, calendar)
    elif not asked.period.bounded and asked.period.start != FIRST_DAY:
        # Since a day, against all that was before it.
        earlier = Period.between(FIRST_DAY, asked.period.start)
    elif not asked.period.bounded:
        raise Stop(
            Issue(
                "period",
                f"{asked.period.label} has no period before it",
                "so there is nothing to compare with",
                "a period with a first and a last day, such as this quarter, or --before 2025",
            ),
            exit_code=USAGE,
        )
    else:
        earlier = asked.period.previous(calendar)
        asked, earlier, notes = _to_date(at, asked, earlier)
    if earlier.overlaps(asked.period):
        notes = (*notes, "The two periods share days, so what happened on those counts on both sides.")
    was = replace(asked, period=earlier)
    sides = (earlier.label, at, was), (asked.period.label, at, asked)
    return replace(_measured("period", *sides), notes=notes)


def _to_date(at: Snapshot, asked: Asked, earlier: Period) -> tuple[Asked, Period, tuple[str, ...]]:
    """A period that is still running is compared with as many days of the one before."""
    period, tomorrow = asked.period, at.day + timedelta(days=1)
    if not period.start < tomorrow < period.end:
        return asked, earlier, ()
    days = (tomorrow - period.start).days
    end = min(earlier.start + timedelta(days=days), earlier.end)
    note = f"{period.label} is still running: its first {days} days are compared with as many of {earlier.label}."
    running = Period.between(period.start, tomorrow, f"{period.label} to date")
    return replace(asked, period=running), Period.between(earlier.start, end, f"{earlier.label}, same days"), (note,)


def _one_of(**given: str) -> None:
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise Stop(
            Issue(
                " and ".join(named),
                "a comparison changes one thing at a time",
                "or nobody could say which of them moved the number",
                f"leave out {' or '.join(named)}",
            ),
            exit_code=USAGE,
        )


def _measured(kind: Kind, before: tuple[str, Snapshot, Asked], now: tuple[str, Snapshot, Asked]) -> Compared:
    made = []
    for words, at, asked in (before, now):
        whole = evaluate(at, replace_by(asked, ()))
        made.append(Side(words, at, whole, evaluate(at, asked) if asked.by else None))
    found = Compared(kind, made[0], made[1])
    mix, why_not = mix_of(found) if now[2].by else (None, "")
    return replace(found, mix=mix, why_not=why_not)


def mix_of(found: Compared) -> tuple[Mix | None, str]:
    """The change in mix and rates, or why there is none: the metric is no ratio, or its parts are not the whole."""
    metric = found.metric
    if metric.shape in ADDED or found.before.total.value is None or found.now.total.value is None:
        return None, ""
    if metric.asks_middle:
        return None, "The middle of all is not made of the middles of its parts, so its change has no mix and rates."
    if metric.shape == "growth" or found.before.total.of is None or found.now.total.of is None:
        return None, f"{metric.label} is no ratio of two sums, so its change has no mix and rates."
    sides: list[dict[Key, Sides]] = []
    for side in (found.before, found.now):
        assert side.split is not None
        parts = {key: _sides(one) for key, one in side.split.groups.items() if one.of is not None}
        whole = _sides(side.total)
        added = tuple(sum((part[i] for part in parts.values()), Fraction(0)) for i in (0, 1))
        if added != whole:
            return None, "The parts do not add to the whole, so the change cannot be shared out among them."
        sides.append(parts)
    try:
        return taken_apart(*sides), ""
    except ValueError:
        return None, "A part stands on a negative amount, so it has no share of the whole."


def _sides(one: Figure) -> Sides:
    assert one.of is not None
    return exact(one.of[0]), exact(one.of[1])


def exact(value: Value) -> Fraction:
    """A value without rounding; money in minor units."""
    return Fraction(value.minor) if isinstance(value, Money) else Fraction(value or 0)


def _beyond_the_scenario(at: Snapshot, opened: Snapshot, scenario: str) -> tuple[str, ...]:
    if not scenario or definitions_hash(at.workspace) == definitions_hash(opened.workspace):
        return ()
    return (
        f"The scenario {scenario} also changes a mapping, a stage map or a field: the history was made under the "
        "workspace's own, so that part of the scenario is not in these figures.",
    )


def _order(kind: Kind, opened: Snapshot, at: Snapshot) -> tuple[str, ...]:
    if kind == "as of" and opened.day > at.day:
        return (f"{opened.as_of_text} is later than {at.as_of_text}: the change is read backwards.",)
    return ()


__all__ = ["Compared", "Side", "compared", "exact", "mix_of", "of_periods"]
