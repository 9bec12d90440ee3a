"""What is expected of a period, how sure is it, and what is still to come? The figures of the forecast as metrics.

Each is read from the one law of bookings of the period, whole or of a member. Means add over any split; ranges do not, so a
member's range is its own and the whole's is no sum of them. A period that is over is what was won in it. Formulas 4.3, 6.1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure, Table
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.forecast.figures.spread import READS, Spread
from saleswright.measure.forecast.figures.told import told, why_not
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import Dimension, Grain, names, period_of
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.model import Metric

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.foretell import Foretold, Part

Key = tuple[str, ...]
MOST_PIECES = 24
ADDED = ("expected_bookings", "still_to_come")
OPEN_END = "a forecast is of a period with a first and a last day: name one, such as this quarter"
ONE_SPLIT = "A forecast is split one way at a time: ask once by each."
RANGES = "Ranges, chances and shortfalls do not add: each member's is its own. Means add."


def _figure_of(at: Snapshot, asked: Asked) -> Result:
    ref = reference(at, asked)
    if not asked.period.bounded:
        return _nothing(asked, ref, OPEN_END)
    won = _won(at, asked, asked.period).total
    if won.value is None and won.n and _over(at, asked.period):
        # Nobody won is nothing won. What lies ahead is refused by the forecast itself where a currency has no rate; a win in no
        # currency at all is one without an amount there.
        return _nothing(asked, ref, won.reason)
    spread, why = _spread(at, asked, asked.period)
    if why:
        return _nothing(asked, ref, why)
    by = asked.by[:1] if len(asked.by) == 1 else ()
    groups, notes = _split(at, asked, by[0], ref) if by else ({}, [ONE_SPLIT] if asked.by else [])
    goal = _targets(at, asked).get(())
    total = _read(at, asked.metric, spread, goal, str(ref))
    labels = tuple(names(at, d.ref, (key[0] for key in groups if key[0])) if d.ref else {} for d in asked.by)
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    parts = (*_parts(at, asked, won, spread), *((goal,) if goal is not None else ()))
    rows = partial(_rows, at, asked)
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, tuple(notes), parts, rows)


expected_bookings = _figure_of
forecast_low = _figure_of
forecast_mid = _figure_of
forecast_high = _figure_of
chance_of_target = _figure_of
expected_shortfall = _figure_of
still_to_come = _figure_of


def _nothing(asked: Asked, ref: Reference, why: str) -> Result:
    metric = asked.metric
    figure = Figure(metric.name, None, metric.unit, metric.label, reason=why, ref=str(ref))
    return Result(asked, ref, figure, Sums(), {}, {}, ())


def _over(at: Snapshot, period: Period) -> bool:
    return period.end <= at.day


def _spread(at: Snapshot, asked: Asked, period: Period) -> tuple[Spread, str]:
    """The distribution of a period, or why there is none."""
    if _over(at, period):
        return Spread(_minor(_won(at, asked, period).total)), ""
    try:
        one = told(at, period, asked.pairs)
    except Stop as stop:
        if stop.exit_code != USAGE or not stop.issues:
            raise
        return Spread(0.0), stop.issues[0].what
    return _of(one.foretold, one.foretold), why_not(at, one)


def _of(whole: Foretold, one: Foretold | Part) -> Spread:
    counts = whole.amount * whole.chance > 0
    n = int((counts if one is whole else counts & one.mine).sum())  # type: ignore[union-attr]
    return Spread(one.means.won, one.means.open, one.means.coming, n, one)


def _won(at: Snapshot, asked: Asked, period: Period, by: tuple[Dimension, ...] = ()) -> Result:
    return evaluate(at, part_of(at, replace(asked, by=by), "won_value", period))


def _minor(figure: Figure | None) -> float:
    return float(figure.value.minor) if figure is not None and isinstance(figure.value, Money) else 0.0


def _read(at: Snapshot, metric: Metric, one: Spread, goal: Figure | None, ref: str, ranged: bool = True) -> Figure:
    """The metric's figure of one distribution, with its likely range where it has one."""
    read = READS[metric.name]
    bare = Figure(metric.name, None, metric.unit, metric.label, one.n, ref=ref)
    aim = goal.value if goal is not None else None
    if read.aims and not isinstance(aim, Money):
        return replace(bare, reason=(goal.reason if goal is not None else "") or "no target is set for it")
    made = replace(bare, value=read.value(one, float(aim.minor) if isinstance(aim, Money) else 0.0, at.currency))
    if not (read.ranged and ranged) or one.law is None:
        return made
    low, _, high = one.range
    if low == high:
        return made
    return replace(made, low=Money(round(low), at.currency), high=Money(round(high), at.currency))


def _targets(at: Snapshot, asked: Asked, by: tuple[Dimension, ...] = ()) -> dict[Key, Figure]:
    """What is asked, whole under (), and of each member."""
    if not READS[asked.metric.name].aims:
        return {}
    try:
        found = evaluate(at, part_of(at, replace(asked, by=by), "quota"))
    except Stop as stop:
        if stop.exit_code != USAGE or not stop.issues:
            raise
        return {(): Figure("quota", None, "money", reason=stop.issues[0].what)}
    return {(): found.total, **found.groups}


def _split(at: Snapshot, asked: Asked, by: Dimension, ref: Reference) -> tuple[dict[Key, Figure], list[str]]:
    """The figure of each member, and what to mind. A split that a forecast cannot have leaves the whole alone."""
    goals = _targets(at, asked, (by,))
    none = goals.get((), None)
    if none is not None and none.value is not None:
        none = None
    try:
        spreads = _by_time(at, asked, by.grain) if by.grain else _by_member(at, asked, by)
    except Stop as stop:
        if stop.exit_code != USAGE or not stop.issues:
            raise
        return {}, [f"Not split by {by.label.lower()}: {stop.issues[0].what}."]
    groups = {}
    for key, one in spreads.items():
        text = str(ref.only(((by.name, key[0]),)))
        # Beside members stands the whole, of which a sum is no member's rival: no range for the eye to hold against it.
        groups[key] = _read(at, asked.metric, one, goals.get(key, none), text, ranged=bool(by.grain))
    return groups, [] if asked.metric.name in ADDED else [RANGES]


def _by_member(at: Snapshot, asked: Asked, by: Dimension) -> dict[Key, Spread]:
    if _over(at, asked.period):
        won = _won(at, asked, asked.period, (by,))
        return {key: Spread(_minor(figure)) for key, figure in won.groups.items()}
    one = told(at, asked.period, asked.pairs, by.name)
    return {(member,): _of(one.foretold, part) for member, part in one.foretold.parts(by.name).items()}


def _by_time(at: Snapshot, asked: Asked, grain: Grain) -> dict[Key, Spread]:
    """Each stretch by itself; what is won of it is its own."""
    calendar = at.workspace.calendar
    pieces = asked.period.split(grain, calendar)
    if len(pieces) > MOST_PIECES:
        raise Stop(Issue("by", f"{len(pieces)} {grain}s are more than {MOST_PIECES}"), exit_code=USAGE)
    found: dict[Key, Spread] = {}
    for piece in pieces:
        one, why = _spread(at, asked, piece)
        if not why:
            found[str(period_of(grain, piece.start, calendar)),] = one
    return found


def _parts(at: Snapshot, asked: Asked, won: Figure, one: Spread) -> tuple[Figure, ...]:
    """What the mean is made of, each with the reference that opens it where it is a metric."""
    if one.law is None:
        return (won,)
    open_ = Figure("open", Money(round(one.open), at.currency), "money", "Open deals, each at its chance", one.n)
    coming = Figure("still_to_come", Money(round(one.coming), at.currency), "money", "Still to be created and closed")
    if asked.metric.name == "still_to_come":
        return won, open_
    return won, open_, replace(coming, ref=str(reference(at, part_of(at, replace(asked, by=()), "still_to_come"))))


def _rows(at: Snapshot, asked: Asked, key: Key, page: int) -> Table | None:
    """The open deals behind the whole or a member, and what stands beside them."""
    period, by = asked.period, asked.by[0] if len(asked.by) == 1 and key else None
    if by is not None and by.grain:
        whole = parse_period(key[0], at.day, at.workspace.calendar)
        period, by = Period.between(max(whole.start, period.start), min(whole.end, period.end)), None
    if _over(at, period):
        return None
    from saleswright.measure.forecast.figures.rows import rows

    one = told(at, period, asked.pairs, by.name if by else "")
    return rows(at, one, (by.name, key[0]) if by else None, page)


__all__ = [
    "chance_of_target",
    "expected_bookings",
    "expected_shortfall",
    "forecast_high",
    "forecast_low",
    "forecast_mid",
    "still_to_come",
]
