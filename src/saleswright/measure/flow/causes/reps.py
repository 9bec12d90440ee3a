"""Where does each rep stand against the team? The panel of the record, and what a gap is worth.

Own figures are those of the metrics by owner: `win_rate`, `deal_size`, `sales_cycle_mean`, `new_deals`, and `pushes` for each
deal of the owner that was open in the period. An estimate is only shown beside its n and its range, a rep with fewer than
ten rows is not judged, and one still ramping is left out of the comparison of new deals.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Figure, Unit
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.book import LOST, OPEN, WON, Book
from saleswright.measure.flow.book import read as read_book
from saleswright.measure.flow.causes.moves import open_in
from saleswright.measure.flow.causes.panel import Compared, Panel, Sample, compare
from saleswright.measure.flow.columns import NO_DAY, Bools, Floats, Ints
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.flow.rows import read
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import allowed, dimensions, names
from saleswright.measure.metrics.ramp import ramp_in_force, working

METRICS = {
    "win rate": "win_rate",
    "deal size": "deal_size",
    "sales cycle": "sales_cycle_mean",
    "new deals": "new_deals",
    "pushes": "pushes",
}
UNITS: dict[str, Unit] = {
    "win rate": "share",
    "deal size": "money",
    "sales cycle": "days",
    "new deals": "number",
    "pushes": "number",
}


@dataclass(frozen=True)
class Rep:
    """One rep: the name, the team in most of the deals, and the comparison at each factor that has rows."""

    id: str
    name: str
    team: str
    at: dict[str, Compared]
    own: dict[str, Figure]


@dataclass(frozen=True)
class Reps:
    """Everybody, the deals they were read from, and the means that turn a gap into money.

    ramping: reps at less than full speed in the period. company: minor units of the mean win, and the win rate.
    """

    reps: tuple[Rep, ...]
    book: Book
    period: Period
    by: str
    ramping: frozenset[str]
    mean_win: float
    win_rate: float
    currency: str
    why_not: dict[str, str]

    @property
    def findings(self) -> list[tuple[Rep, Compared]]:
        """What is no noise, gaps before what is better than the team, worth the most first."""
        held = [(rep, one) for rep in self.reps for one in rep.at.values() if one.finding]
        return sorted(held, key=lambda pair: (pair[1].good, -abs(self.worth(pair[1]) or 0), pair[0].name))

    @property
    def judged(self) -> int:
        return sum(1 for rep in self.reps for one in rep.at.values() if one.p is not None)

    def worth(self, one: Compared) -> int | None:
        """What the gap of the pulled value came to in the period, minor units; None for what is time and not money."""
        if one.factor == "win rate":
            return round(abs(one.gap) * one.n * self.mean_win)
        if one.factor == "deal size":
            return round(abs(one.gap) * one.n)
        if one.factor == "new deals":
            return round(abs(one.gap) * self.win_rate * self.mean_win)
        return None

    def figure(self, one: Compared, value: float, name: str, ranged: bool = False) -> Figure:
        """A value of a factor in its unit."""
        unit = UNITS[one.factor]

        def told(x: float) -> Money | float:
            return Money(round(x), self.currency) if unit == "money" else float(x)

        low, high = (told(one.low), told(one.high)) if ranged else (None, None)
        return Figure(name, told(value), unit, f"{one.factor.capitalize()}, {name}", one.n, low, high)


def reps(at: Snapshot, by: str = "segment", period: str = "last 12 months", where: Pairs = ()) -> Reps:
    """Every rep this actor may see, against the others. Read once for each view of the record."""
    return _reps(View(at), by, period, tuple(where))


@lru_cache(maxsize=8)
def _reps(view: View, by: str, period: str, where: Pairs) -> Reps:
    at = view.at
    span = ask(at, "win_rate", (), period, where).period
    known = dimensions(at.schema)
    splits = [name for name in dict.fromkeys(("owner", "team", by)) if name in known and allowed(at, known[name])]
    book = read_book(at, splits, where)
    owners = sorted({str(one) for one in book.groups["owner"] if one})
    place = {name: i for i, name in enumerate(owners)}
    rep = np.array([place.get(str(one), -1) for one in book.groups["owner"]], np.int64)
    _, stratum = np.unique(book.groups[by].astype(str) if by in book.groups else rep * 0, return_inverse=True)
    first, last = day_of(span.start), day_of(span.end)
    decided = (
        np.isin(book.fate, (WON, LOST)) & (book.days["closed"] >= first) & (book.days["closed"] < last) & (rep >= 0)
    )
    won = decided & (book.fate == WON)
    sized, timed = won & ~book.unknown & (book.amount != 0), won & (book.days["qualified"] != NO_DAY)
    samples = {
        "win rate": Sample(rep[decided], stratum[decided], won[decided].astype(np.float64)),
        "deal size": Sample(rep[sized], stratum[sized], book.amount[sized].astype(np.float64)),
    }
    days = (book.days["closed"] - book.days["qualified"]).astype(np.float64)
    timed &= days >= 0
    samples["sales cycle"] = Sample(rep[timed], stratum[timed], days[timed])
    why_not = {"pushes": lacking(at, 2)} if lacking(at, 2) else {}
    opened = open_in(book, span, day_of(at.day)) & (rep >= 0)
    if not why_not:
        pushed = Counter(str(one) for one in read(at, "pushes", (), str(span), where, ("deal",)).fields["deal"])
        often = np.array([float(pushed.get(str(one), 0)) for one in book.id])
        samples["pushes"] = Sample(rep[opened], stratum[opened], often[opened])
    teams = _teams(book, rep, len(owners), decided | opened)
    flow, work, ramping = _flow(at, book, rep, owners, span)
    panel = Panel(np.array([teams[1][i] for i in range(len(owners))], np.int64), samples, flow, work)
    made = compare(panel)
    called = names(at, "person", owners)
    own = {factor: evaluate(at, ask(at, metric, ("owner",), str(span), where)).groups
           for factor, metric in METRICS.items() if factor != "pushes"}  # fmt: skip
    found = []
    for name in owners:
        mine = {one.factor: one for one in made if one.rep == place[name]}
        figures = {factor: of[name,] for factor, of in own.items() if (name,) in of}
        if "pushes" in mine:
            one = mine["pushes"]
            figures["pushes"] = Figure(
                "pushes_per_deal", one.own, "number", "Pushes per open deal", one.n, of=(round(one.own * one.n), one.n)
            )
        if mine:
            found.append(Rep(name, called.get(name, name), teams[0][place[name]], mine, figures))
    total = int(sized.sum())
    return Reps(
        tuple(sorted(found, key=lambda one: one.name)),
        book,
        span,
        by,
        frozenset(ramping),
        float(book.amount[sized].sum() / total) if total else 0.0,
        float(won.sum() / decided.sum()) if decided.any() else 0.0,
        at.currency,
        why_not,
    )


def _teams(book: Book, rep: Ints, size: int, active: Bools) -> tuple[list[str], list[int]]:
    """The team that most of a rep's deals of the period are in, and its number; -1 where nobody tells."""
    if "team" not in book.groups:
        return [""] * size, [-1] * size
    held: list[Counter[str]] = [Counter() for _ in range(size)]
    for i in np.flatnonzero(active & (rep >= 0)):
        held[int(rep[i])][str(book.groups["team"][i])] += 1
    most = [max(one.items(), key=lambda pair: (pair[1], pair[0]))[0] if one else "" for one in held]
    numbers = {name: i for i, name in enumerate(sorted({name for name in most if name}))}
    return most, [numbers.get(name, -1) for name in most]


def _flow(
    at: Snapshot,
    book: Book,
    rep: np.ndarray,
    owners: list[str],
    span: Period,
) -> tuple[Floats, Floats, set[str]]:
    """New deals by rep and month, the days at work, and who was still ramping in the period (and is not compared)."""
    if not span.bounded or not owners:
        return np.zeros((0, 0)), np.zeros(0), set()
    months = span.split("month", at.workspace.calendar)
    flow = np.zeros((len(owners), len(months)))
    for j, month in enumerate(months):
        first, last = day_of(month.start), day_of(month.end)
        mine = (book.days["qualified"] >= first) & (book.days["qualified"] < last) & (rep >= 0)
        flow[:, j] = np.bincount(rep[mine], minlength=len(owners))
    told = working(at, owners)
    ramp = ramp_in_force(at)
    until = Period.between(span.start, max(min(span.end, at.day), span.start + (span.end - span.start) / span.days))
    work, ramping = np.zeros(len(owners)), set()
    for i, name in enumerate(owners):
        one = told.get(name)
        if one is not None and one.began is not None and ramp.ramped_on(one.began) > span.start:
            ramping.add(name)
            continue
        work[i] = one.days_in(until) if one is not None else until.days
    return flow, work, ramping


__all__ = ["METRICS", "OPEN", "UNITS", "Rep", "Reps", "reps"]
