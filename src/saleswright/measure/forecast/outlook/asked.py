"""What will a period book, asked of the record? The forecast of a snapshot, and that of an earlier day, which knew nothing later.

    told = forecast(at, period, by="team")
    told.foretold.law.likely(), told.foretold.means, told.target, told.limits

Training rows are those of the last 104 weeks, every seven days back from the day, and of quarters before them (days.py), each
with what was known on it; what became of the deals is what is known at the end
of the day. A second look at the same view of the record asks for nothing anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.flow.view import View
from saleswright.measure.forecast.outlook.days import learning_days, learning_rows, quarter_ends
from saleswright.measure.forecast.outlook.foretell import Foretold, foretell
from saleswright.measure.forecast.outlook.learn import Learned, learn
from saleswright.measure.forecast.outlook.thin import limits, refuse_unpriced
from saleswright.measure.forecast.outlook.tried import Tried
from saleswright.measure.forecast.panel.panel import Panel
from saleswright.measure.forecast.panel.record import Record, read
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import allowed, dimensions, find, names
from saleswright.measure.metrics.quota import OF_PEOPLE, target

USUAL = ("team", "owner", "segment")
"""Splits that are read with every forecast, so that asking by one of them learns nothing anew."""
VIEWS = 4
"""Views of the record whose learning is kept."""


@dataclass(frozen=True)
class Forecast:
    """What a period was foretold to book at the end of `day`.

    foretold: the law, its means, deals and parts (`foretold.parts(by)`). learned: what it stands on. target: what is asked in
    the period, minor units of the reporting currency, None with the reason in `no_target`. limits: sentences that have to
    stand beside the numbers, the gravest first. where: the filters as stored members.
    """

    period: Period
    day: date
    foretold: Foretold
    learned: Learned
    target: int | None
    no_target: str
    record: Record = field(repr=False)
    where: Pairs
    limits: tuple[str, ...]

    @property
    def reach(self) -> float | None:
        """The chance to book the target; None where there is no target."""
        return None if self.target is None else float(self.foretold.law.at_least(self.target))

    def through(self, at: Snapshot) -> Forecast:
        """The same, read on through another snapshot of the same view: the one it was asked of may be closed by now."""
        return replace(self, record=self.record.through(at))

    def labels(self, by: str) -> dict[str, str]:
        """What the members of a split are called, by stored member; "" for deals of nobody."""
        at = self.record.at
        split = find(at, by, entity="deal")
        members = {*self.foretold.now.names[split.name], *self.learned.past.names[split.name]}
        known = names(at, split.ref, members) if split.ref else {}
        return {"": "(none)", **{one: known.get(one, one) for one in members}}


def forecast(at: Snapshot, period: Period, where: Pairs = (), by: str = "") -> Forecast:
    """The forecast of a period as known at the end of the snapshot's day; kept for each view of the record.

    by: a split whose parts are wanted too (`foretold.parts` with its name). Stop (usage) for an open period, an unknown split or
    filter, one that changes by itself, a record without deals, or amounts without an exchange rate; Stop (not allowed) where
    days or amounts are hidden from the actor.
    """
    found = ask(at, "open_pipeline", (), "all", where).pairs
    return _forecast(View(at), period, found, find(at, by, entity="deal").name if by else "").through(at)


def forecast_on(record: Record, day: date, period: Period, rows: Panel | None = None) -> Forecast:
    """The forecast of a period as it would have been made at the end of an earlier day: nothing told later moves it by one bit.

    rows: a panel of the record that holds at least its `learning_days`; read where none is given, which is dearer
    for many days. Stop as `forecast`.
    """
    _refuse_open(period)
    now, learned = _known(record, day, rows)
    return _told(record, learned, _period(learned, now, period), day, period)


def targets(at: Snapshot, period: Period, by: str, where: Pairs = ()) -> dict[str, int]:
    """What is asked of each member in the period, by stored member; only of those of whom it is known, and only of people."""
    split = find(at, by, entity="deal")
    if split.name not in OF_PEOPLE:
        return {}
    asked = ask(at, "quota", (split.name,), "", where)
    found = evaluate(at, replace(asked, period=period))
    return {key[0]: one.value.minor for key, one in found.groups.items() if isinstance(one.value, Money)}


def forget() -> None:
    """Keep nothing."""
    for one in (_forecast, _whole, _filtered, _learned):
        one.cache_clear()


@lru_cache(maxsize=4 * VIEWS)
def _forecast(view: View, period: Period, where: Pairs, by: str) -> Forecast:
    _refuse_open(period)
    split = "" if by in USUAL else by
    found = _whole(view, period, split)
    record, now, learned = _filtered(view, where, split) if where else _learned(view, split)
    if where:
        # How far off all chances may be together is one thing for all deals.
        found = replace(_period(learned, now, period), sure=found.sure)
    return _told(record.through(view.at), learned, found, view.at.day, period)


@lru_cache(maxsize=4 * VIEWS)
def _whole(view: View, period: Period, by: str) -> Foretold:
    """The period of all deals, also where they have no one total."""
    _, now, learned = _learned(view, by)
    return _period(learned, now, period)


@lru_cache(maxsize=VIEWS)
def _learned(view: View, by: str) -> tuple[Record, Panel, Learned]:
    """What a day teaches, whatever period is asked about. by: a split beside the usual ones, which learns nothing anew."""
    record, day = read(view.at, _splits(view.at, by), ()), view.at.day
    if not by:
        return record, *_known(record, day, None)
    learned = _learned(view, "")[2]
    return record, record.told(record.panel([day]), day), replace(learned, past=record.past(day))


@lru_cache(maxsize=2 * VIEWS)
def _filtered(view: View, where: Pairs, by: str) -> tuple[Record, Panel, Learned]:
    """The deals that filters leave, with what all deals teach: so who is asked about by a filter or as a member of a split is told
    the same, and a filter learns nothing anew."""
    at = view.at
    _, now, learned = _learned(view, by)
    part = read(at, _splits(at, by), where)
    mine = np.isin(np.array(now.ids)[now.deal], _open(part, at.day))
    chosen = np.isin(np.array(learned.past.ids), np.array(part.past(at.day).ids))
    return part, now.only(mine), learned.only(chosen, _group(learned, where))


def _splits(at: Snapshot, by: str) -> tuple[str, ...]:
    known = dimensions(at.schema)
    usual = [name for name in USUAL if name in known and allowed(at, known[name])]
    return (*usual, *((by,) if by else ()))


def _open(record: Record, day: date) -> list[str]:
    """The deals of a record that are open on its day."""
    rows = record.panel([day])
    return [rows.ids[place] for place in rows.deal.tolist()]


def _group(learned: Learned, where: Pairs) -> str:
    """The split that all filters are of, where what was learnt tells it."""
    named = {name for name, _ in where}
    return next((name for name in named if len(named) == 1 and name in learned.past.groups), "")


def _known(record: Record, day: date, rows: Panel | None) -> tuple[Panel, Learned]:
    """(the rows of the day, what those of the weeks before it teach), all as known at the end of the day."""
    told = record.told(record.panel(learning_days(day)) if rows is None else rows, day)
    if rows is not None:
        told = learning_rows(told, day)
    past = record.past(day)
    if not len(past):
        why = "so nothing was learnt, and nothing is open that could be won"
        raise Stop(
            Issue("forecast", f"no qualified deal is known on {day}", why, "a later day, or saleswright import FILE"),
            exit_code=USAGE,
        )
    workspace = record.at.workspace
    learned = learn(told, past, quarter_ends(workspace.calendar, day), kept=Tried(workspace.state))
    return told.only(told.day == day_of(day)), learned


def _refuse_open(period: Period) -> None:
    if not period.bounded:
        why = "what is won in it has no end"
        raise Stop(Issue("period", f"'{period.label}' is open", why, "such as this quarter"), exit_code=USAGE)


def _period(learned: Learned, now: Panel, period: Period) -> Foretold:
    return foretell(learned, now, day_of(period.start), day_of(period.end) - 1)


def _told(record: Record, learned: Learned, found: Foretold, day: date, period: Period) -> Forecast:
    # What is asked today is what the quota says today; on an earlier day it is what was known of it then.
    then = record.at if day == record.at.day else on(record.at, day)
    where = ask(record.at, "open_pipeline", (), "all", record.where).pairs
    refuse_unpriced(then, found, period, where)
    goal, why_not = _target(then, period, where)
    return Forecast(period, day, found, learned, goal, why_not, record, where, limits(then, found))


def _target(at: Snapshot, period: Period, where: Pairs) -> tuple[int | None, str]:
    """(minor units asked in the period, or why nobody knows)."""
    try:
        found = target(at, period, where)
    except Stop as stop:
        if stop.exit_code != NOT_ALLOWED:
            raise
        return None, "quotas are outside this person's access"
    return (found.value.minor, "") if isinstance(found.value, Money) else (None, found.reason)
