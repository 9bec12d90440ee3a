"""The call sheet: who has called what for a period, over the tree as it was on the as-of day, and what the model says.

    roll-up of somebody = sum of the numbers of those who answer to them: each one's override, else own call
    total               = sum over the top of the tree; who is not in is outside it and named
    change in 7 days    = the number now less that of the same people 7 days before, where all of them were in then

    commit, best case   = open deals due in the period, by the category of the deals: with what is won they are no call
    call less model     = calls that are in less the model's mean of the same people

Means, calls and quotas add; P50s do not and are told of one person or the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import Period, parse_period
from saleswright.measure.forecast.calls.deals import Deals, deals
from saleswright.measure.forecast.calls.lines import Lines, Row
from saleswright.measure.forecast.calls.model import Model, kept, model, unasked
from saleswright.measure.forecast.calls.rules import Rules, rules
from saleswright.measure.forecast.calls.said import Said, same, told
from saleswright.measure.forecast.calls.stand import Day, day_of
from saleswright.measure.forecast.calls.tree import People, people
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.quota import quota

USUAL = "this quarter"
WEEKS = 9
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Sheet:
    """The call sheet of a period. out: who is asked and not in, with what stands of them earlier, apart. locks: when the week's
    calls lock (UTC, naive). model: what it says, or why it was not asked."""

    at: Snapshot
    period: Period
    rules: Rules
    now: Day
    rows: tuple[Row, ...]
    total: Row
    out: tuple[Row, ...]
    deals: Deals
    names: Mapping[str, str]
    calls: Sequence[Said]
    locks: datetime | None
    model: Model
    reason: str = ""
    notes: tuple[str, ...] = field(default=())

    def name(self, person: str) -> str:
        """What somebody is called."""
        return self.names.get(person, person.split("_", 2)[-1])

    @property
    def modelled(self) -> bool:
        """Was the model asked?"""
        return self.model.told

    def row(self, person: str) -> Row | None:
        """Somebody's line."""
        return next((one for one in self.rows if one.person == person), None)


def period_of(at: Snapshot, text: str) -> Period:
    """The period asked about. Stop (usage) for one without an end."""
    period = parse_period(text or USUAL, at.day, at.workspace.calendar)
    if not period.bounded:
        raise Stop(Issue("period", f"'{text}' has no end", "so nothing can be called for it", USUAL), exit_code=USAGE)
    return period


def sheet(at: Snapshot, text: str = "", with_model: bool = True) -> Sheet:
    """The call sheet of a period as of then. Stop (usage) for a period that cannot be called.

    with_model: ask the model, which takes seconds the first time; what it said before of this view is shown either way.
    """
    period = period_of(at, text)
    made = rules(at.workspace, at.day)
    every = told(at, period, made)
    before = period.shift(-1, at.workspace.calendar)
    calls = [one for one, span in every if span is not None and same(span, period)]
    earlier = {one.person for one, span in every if span is not None and same(span, before) and one.own}
    crew = people(at)
    asked_of = _quotas(at, period)
    quoted = {key[0] for key in asked_of.groups if key[0]}
    days = [_day(at, made, crew, calls, quoted | earlier, at.day - WEEK * back) for back in range(WEEKS)]
    now = days[0]
    found = deals(at, period, made)
    listed = _listed(now, quoted, calls, found)
    known = {*(person for person, _ in listed), *(one.person for one in calls), *(one.allowed for one in calls)} - {""}
    called = names(at, "person", known)
    said_model = kept(at, period) or (model(at, period) if with_model else unasked(at))
    maker = Lines(at, period, made, days, found, asked_of, said_model, called, listed)
    rows = tuple(maker.rows())
    reason = "" if at.policy.field_allowed("forecast_call", "amount") else "calls are outside this person's access"
    locks = made.locks(at.day, at.workspace.zone)
    out = tuple(row for row in rows if row.state in ("not in", "carried"))
    return Sheet(
        at, period, made, now, rows, maker.total(), out, found, called, calls, locks, said_model, reason,
        _notes(calls),
    )  # fmt: skip


def _quotas(at: Snapshot, period: Period) -> Result:
    return quota(at, replace(ask(at, "quota", ("owner",)), period=period))


def _day(
    at: Snapshot, made: Rules, crew: People, calls: Sequence[Said], usual: Iterable[str], day: date
) -> Day:  # fmt: skip
    moment = day_of(day, at.workspace.zone, at.t)
    tree = crew.on(moment)
    so_far = {one.person for one in calls if one.own and one.at <= moment}
    asked = {person for person in {*usual, *so_far} if not tree.left(person)}
    return Day(day, moment, made, tree, calls, frozenset(asked))


def _listed(now: Day, quoted: Iterable[str], calls: Sequence[Said], found: Deals) -> list[tuple[str, int]]:
    """Who has a line, top down with the depth: who is asked, has a quota, called or won, and all above them."""
    tree = now.tree
    about = {one.about for one in calls if one.at <= now.moment}
    winners = {person for person, figure in found.won.items() if person and figure.n}
    wanted = {*now.asked, *quoted, *about, *winners, *(person for person, _ in found.open if person)}
    wanted |= {boss for person in set(wanted) for boss in tree.over(person)}
    tops = sorted(person for person in wanted if tree.above.get(person, "") not in wanted)
    listed: list[tuple[str, int]] = []

    def walk(person: str, depth: int) -> None:
        listed.append((person, depth))
        for one in tree.below(person):
            if one in wanted:
                walk(one, depth + 1)

    for top in tops:
        walk(top, 0)
    return listed


def _notes(calls: Sequence[Said]) -> tuple[str, ...]:
    unrated = sorted({one.currency for one in calls if one.amount is None})
    return (f"No exchange rate for calls in {', '.join(unrated)}: they are not in.",) if unrated else ()


__all__ = ["Row", "Sheet", "period_of", "sheet"]
