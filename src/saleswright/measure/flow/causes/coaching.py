"""Whom is it worth to sit down with, over what, and with which deals open? And who does something the others can learn?

Only what is no noise (see `panel`) is listed, gaps by what they came to in the period, praise beside them. Every line has
its evidence: the rep's own figure, what the team has at the same kinds of deal, the value pulled toward it, from how many
rows, and where in the pipeline a lower win rate arises. A line says where to look, not why.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.flow.book import OPEN
from saleswright.measure.flow.causes.panel import Compared
from saleswright.measure.flow.causes.reps import Rep, Reps
from saleswright.measure.flow.causes.visits import PASSED, visits
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.flow.rows import read
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.words import plural

MOST_DEALS = 5
SAY = {
    ("win rate", False): "wins fewer of the same kinds of deal",
    ("win rate", True): "wins more of the same kinds of deal",
    ("deal size", False): "wins smaller deals",
    ("deal size", True): "wins larger deals",
    ("sales cycle", False): "takes longer to a win",
    ("sales cycle", True): "wins sooner",
    ("new deals", False): "qualifies fewer new deals",
    ("new deals", True): "qualifies more new deals",
    ("pushes", False): "moves close dates later more often",
    ("pushes", True): "moves close dates less often",
}
NO_WORTH = {"sales cycle": "time, not an amount", "pushes": "a date, not an amount"}


@dataclass(frozen=True)
class Line:
    """One line of the list. worth: what the gap came to in the period, or the reason there is no amount.

    look: where to look, in words. deals: (id, name) of up to five open deals to go through together.
    """

    rep: Rep
    found: Compared
    own: Figure
    team: Figure
    pulled: Figure
    worth: Money | None
    no_worth: str
    look: str
    deals: tuple[tuple[str, str], ...]

    @property
    def praise(self) -> bool:
        return self.found.good

    @property
    def what(self) -> str:
        return SAY[self.found.factor, self.found.good]

    @property
    def sentence(self) -> str:
        """The line as a sentence to read aloud."""
        whom = "the company" if self.found.company else "the team"
        value = f", {brief(self.worth)} in the period" if self.worth is not None else ""
        return f"{self.rep.name} {self.what} than {whom} (n = {self.found.n}){value}."


def lines(at: Snapshot, made: Reps, where: Pairs = ()) -> tuple[Line, ...]:
    """The coaching list: gaps first, worth the most first, then what goes better than in the team."""
    findings = made.findings
    leaks = _leaks(at, made, [rep.id for rep, one in findings if one.factor == "win rate"], where)
    chosen = {(rep.id, one.factor): _deals(at, made, rep, one.factor) for rep, one in findings if not one.good}
    called = names(at, "deal", [deal for some in chosen.values() for deal in some])
    found = []
    for rep, one in findings:
        worth = made.worth(one)
        whom = "the company" if one.company else "the team"
        found.append(
            Line(
                rep,
                one,
                rep.own.get(one.factor) or made.figure(one, one.own, "own"),
                made.figure(one, one.team, f"what {whom} has"),
                made.figure(one, one.pulled, f"pulled toward {whom}'s average (n = {one.n})", ranged=True),
                None if worth is None else Money(worth, made.currency),
                NO_WORTH.get(one.factor, ""),
                (leaks.get(rep.id, "") if one.factor == "win rate" else "") or _look(one),
                tuple((deal, called.get(deal, deal)) for deal in chosen.get((rep.id, one.factor), [])),
            )
        )
    return tuple(found)


def _look(one: Compared) -> str:
    if one.good:
        return "ask how, and let the others hear it"
    return {
        "win rate": "the largest open deals: what would make them a win?",
        "deal size": "what is asked for, and what is let go, before the offer",
        "sales cycle": "the oldest open deals: what is the next step, and when?",
        "new deals": "how the day is spent before a deal is qualified",
        "pushes": "the dates that moved most often: who agreed to them?",
    }.get(one.factor, "")


def _deals(at: Snapshot, made: Reps, rep: Rep, factor: str) -> list[str]:
    """The rep's open deals to go through: the oldest for the cycle, the most pushed for pushes, else the largest."""
    book = made.book
    mine = np.flatnonzero((book.groups["owner"] == rep.id) & (book.fate == OPEN))
    if factor == "new deals":
        return []
    amount, since = book.amount[mine], book.days["qualified"][mine]
    order = np.lexsort((book.id[mine].astype(str), -amount))
    if factor == "sales cycle":
        order = np.lexsort((book.id[mine].astype(str), since))
    elif factor == "pushes":
        often = Counter(str(one) for one in read(at, "pushes", (), str(made.period), (), ("deal",)).fields["deal"])
        count = np.array([often.get(str(one), 0) for one in book.id[mine]], np.int64)
        order = np.lexsort((book.id[mine].astype(str), -amount, -count))
    return [str(book.id[mine[i]]) for i in order[:MOST_DEALS]]


def _leaks(at: Snapshot, made: Reps, people: list[str], where: Pairs) -> dict[str, str]:
    """Of each person: the stage where the share that gets further lies furthest from the others', in deals."""
    if not people or lacking(at, 2):
        return {}
    held = visits(at, ("owner",), where)
    first, last = day_of(made.period.start), day_of(made.period.end)
    inside = (held.left >= first) & (held.left < last) & held.went(*PASSED, "lost")
    passed, whose = held.went(*PASSED), held.rows.groups["owner"]
    found = {}
    for person in people:
        best = (0.0, "")
        for stage in held.stages:
            of = inside & (held.stage == stage)
            mine, others = of & (whose == person), of & (whose != person)
            if mine.sum() < 10 or others.sum() < 10:
                continue
            own, rate = float(passed[mine].mean()), float(passed[others].mean())
            off = (own - rate) * int(mine.sum())
            if abs(off) > abs(best[0]):
                words = f"{stage}: {own:.0%} get further, {rate:.0%} of the others' ({plural(int(mine.sum()), 'deal')})"
                best = (off, words)
        found[person] = best[1]
    return found
