"""What had become of every deal by the end of a day? All deals that ever counted, also those nobody ever saw open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow import book
from saleswright.measure.flow.columns import EPOCH, NO_DAY, Bools, Ints
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel.clocks import START, Grid
from saleswright.measure.forecast.panel.codes import UNKNOWN, Codes, ranked
from saleswright.measure.forecast.panel.laid_out import Sorted, any_holds, counted
from saleswright.measure.forecast.panel.looked_up import LookUps, Told
from saleswright.measure.forecast.panel.outcomes import Ends
from saleswright.measure.forecast.panel.versions import OPEN, WON, Versions
from saleswright.measure.forecast.panel.worth import rates
from saleswright.measure.metrics.dimensions import Dimension, link_of
from saleswright.measure.metrics.looked_up import DATED


@dataclass(frozen=True)
class Given:
    """What the past of one day (`on`) is made of: the versions, the rules in force on it, what became of the deals, what they
    point to, and the splits: of the filters and groups by name."""

    at: Snapshot
    on: Grid
    v: Versions
    rule: Sorted
    ends: Ends
    codes: Codes
    told: tuple[Told, ...]
    looks: LookUps
    splits: Mapping[str, Dimension]

    @property
    def day(self) -> int:
        """The day, at whose end it is told."""
        return int(self.on.days[0])


@dataclass(frozen=True)
class Deals:
    """One version of each deal, the one that says what became of it. when: the day on which its groups are looked up."""

    version: Ints
    fate: Ints
    gone: Bools
    ended: Ints
    when: Ints

    def only(self, kept: Bools) -> Deals:
        """Some of them."""
        return Deals(self.version[kept], self.fate[kept], self.gone[kept], self.ended[kept], self.when[kept])


def past(g: Given, by: Iterable[str]) -> Past:
    """Every deal that counted by the day: won as `won_value` counts, lost and open as the book; and those that left, by the last
    version in which they were open and counted.

    Won and lost deals belong to the groups of their closing day, open ones to those of the day, gone ones to those of the last
    day they were seen open. Of an owner or account of whom nothing was known yet they are those it was told of first, as the
    metrics have it, and that may be later than the day; no other column knows anything later.

    A deal whose owner is outside the actor's scope on the day is in none, also where it was inside before.
    """
    deals = _chosen(g)
    members = _members(g, deals)
    kept = np.ones(len(deals.version), bool)
    for dimension, wanted in g.rule.rules.asked.where:
        code = [g.codes.number(one) for one in wanted]
        # Nobody told, and told without a letter, are the same.
        code += [UNKNOWN, g.codes.number("")] if "" in wanted else []
        kept &= np.isin(members[dimension.name], code)
    deals, members = deals.only(kept), {name: column[kept] for name, column in members.items()}
    won = deals.fate == book.WON
    booked, known = _booked(g, deals, won)
    qualified = g.v.days["qualified"][deals.version]
    # Who was never qualified was in no pipeline: it came when it was won.
    came = np.minimum(np.where(qualified == NO_DAY, deals.ended, qualified), deals.ended)
    names, groups = {}, {}
    for name in by:
        names[name], groups[name] = ranked(members[name], came, g.codes.texts)
    ids = tuple(g.v.id[i] for i in g.v.deal[deals.version].tolist())
    return Past(
        ids, came, deals.ended, deals.fate, booked, won & ~known, deals.gone, told=g.day, names=names, groups=groups
    )


def _chosen(g: Given) -> Deals:
    """The deals, in order, with the version that says what became of each."""
    v, none = g.v, np.full(len(g.v.id), -1, np.int64)
    true, known = int(g.on.true[0]), int(g.on.known[0])
    began, stopped, told, untold = v.clocks
    heard = (began <= true) & (told <= known) & (untold > known) & ~v.removed
    now, last = none.copy(), none.copy()
    held = np.flatnonzero(heard & (stopped > true))
    now[v.deal[held]] = held
    open_ = np.flatnonzero(heard & (v.standing == OPEN))
    open_ = open_[counted(v, g.rule, OPEN, open_, np.zeros(len(open_), np.int64))]
    # Versions of a deal stand in the order in which they began.
    last[v.deal[open_]] = open_
    won = _won(g, now)
    stays = won | ~g.ends.gone & (g.ends.fate != book.WON)
    gone = ~stays & (last >= 0)
    chosen = np.flatnonzero(stays | gone)
    version = np.where(stays, now, last)[chosen]
    owner = v.texts["owner"][np.where(now >= 0, now, last)[chosen]]
    chosen, version = _both(g.looks.seen(owner, np.zeros(len(owner), np.int64)), chosen, version)
    fate = np.where(won, book.WON, np.where(gone, book.OPEN, g.ends.fate))[chosen]
    decided = fate != book.OPEN
    closed = np.where(decided, v.days["closed"][version], NO_DAY)
    # Where no closing day is told, the day from which the record has it so.
    left = np.where(g.ends.left[chosen] == NO_DAY, _since(v, heard, v.standing[version], chosen), g.ends.left[chosen])
    end = np.where(closed != NO_DAY, closed, left)
    ended = np.minimum(np.where(decided, end, g.ends.day[chosen]), g.day)
    # A win that is dated ahead is booked on its own day, as `won_value` has it, in that day's period and no other.
    ended = np.where((fate == book.WON) & (closed != NO_DAY), closed, ended)
    when = np.where(decided & (closed != NO_DAY), closed, np.where(gone[chosen], ended, g.day))
    return Deals(version, fate, gone[chosen], ended, np.minimum(when, g.day))


def _since(v: Versions, heard: Bools, standing: Ints, chosen: Ints) -> Ints:
    """The first day on which the record has each of the chosen deals in that standing."""
    now = np.full(len(v.id), -1, np.int64)
    now[chosen] = standing
    first = np.full(len(v.id), np.iinfo(np.int64).max)
    told = np.flatnonzero(heard & (v.standing == now[v.deal]))
    np.minimum.at(first, v.deal[told], v.started[told])
    return first[chosen]


def _both(kept: Bools, *columns: Ints) -> tuple[Ints, ...]:
    return tuple(column[kept] for column in columns)


def _won(g: Given, now: Ints) -> Bools:
    """Which deals are won as `won_value` counts, its amount and its closing day aside?"""
    version = now[now >= 0]
    version = version[g.v.standing[version] == WON]
    place = np.zeros(len(version), np.int64)
    counts = ~any_holds(g.rule.won, g.v, version, place, g.rule.days)
    if g.rule.only:
        counts &= any_holds(g.rule.only, g.v, version, place, g.rule.days)
    won = np.zeros(len(now), bool)
    won[g.v.deal[version[counts]]] = True
    return won


def _members(g: Given, deals: Deals) -> dict[str, Ints]:
    """The member of every split: people and territories as on the deal's own day, other things as of the day."""
    days, place = np.unique(deals.when, return_inverse=True)
    dated = _seen_then(g, days)
    held = {one.entity: one.on(g.codes, dated if one.entity in DATED else g.on) for one in g.told if g.splits}
    zero = np.zeros(len(place), np.int64)
    own = {name for name, _ in g.at.schema["deal"].columns}
    found = {}
    for name, split in g.splits.items():
        code = g.v.texts[split.field][deals.version] if split.field else np.full(len(place), UNKNOWN, np.int64)
        for entity, field in split.elsewhere:
            lacking = np.flatnonzero(code == UNKNOWN)
            link = g.v.texts[link_of(own, entity)][deals.version[lacking]]
            there = held[entity].on(link, (place if entity in DATED else zero)[lacking], field)
            code = code.copy()
            code[lacking] = there
        found[name] = code
    return found


def _seen_then(g: Given, days: Ints) -> Grid:
    """Each day at its end, as the day asked about knows it."""
    true = int(g.on.true[0])
    ends = [min(true, _instant(g, int(day))) for day in days]
    return Grid(days, np.array(ends, np.int64), np.full(len(days), g.on.known[0], np.int64))


def _instant(g: Given, day: int) -> int:
    return (end_of_day(EPOCH + timedelta(day), g.at.workspace.zone) - START) // timedelta(microseconds=1)


def _booked(g: Given, deals: Deals, won: Bools) -> tuple[Ints, Bools]:
    """(minor units of the reporting currency at which each was won, is that known?): at the rate that `won_value` takes."""
    v, asked = g.v, g.rule.rules.booked
    # A win without a closing day is booked on none.
    known = won & v.priced[deals.version] & (v.days["closed"][deals.version] != NO_DAY)
    amount = np.where(known, v.amount[deals.version], 0)
    if set(g.at.currencies) - {g.at.currency}:
        rows = np.flatnonzero(known)
        closed = v.days["closed"][deals.version[rows]]
        rate = asked.metric.rate
        on = (
            closed if rate == "own day" else np.full(len(rows), g.day) if rate == "as of" else np.minimum(closed, g.day)
        )
        days, place = np.unique(on, return_inverse=True)
        same = np.full(len(days), g.on.known[0], np.int64)
        told = rates(g.at, g.codes, Grid(days, same, same), rate)
        made, priced = told.convert(amount[rows], v.texts["currency"][deals.version[rows]], place)
        amount[rows], known[rows] = np.where(priced, made, 0), priced
    return amount, known
