"""A back-test as blocks that every face can show: how the ranges held, every forecaster in one table, chances, weeks, members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Series, Table
from saleswright.lib.money import Money
from saleswright.measure.forecast.backtest.answer import HIGH, LEVELS, LOW, MODEL
from saleswright.measure.forecast.backtest.learnt import ANEW
from saleswright.measure.forecast.backtest.score import Line, Scores, scored
from saleswright.measure.forecast.scored.coverage import Held
from saleswright.measure.forecast.scored.table import ALL
from saleswright.measure.metrics.apart import money
from saleswright.measure.metrics.words import are, plural

MINE = "this forecast"


@dataclass(frozen=True)
class Laid:
    """The blocks by what they are. picture: past ranges with what came. silent: who told no range, and why."""

    result: Mapping[str, Any]
    scores: Scores
    figures: tuple[Figure, ...]
    picture: Series
    lines: Table
    weeks: Table
    members: Table | None
    chances: Table
    notes: tuple[Note, ...]
    silent: tuple[str, ...]

    @property
    def blocks(self) -> list[Block]:
        """In reading order."""
        parts = [self.members] if self.members else []
        return [
            *self.figures,
            *([self.picture] if self.picture.points else []),
            self.lines,
            self.weeks,
            *parts,
            self.chances,
            *self.notes,
            *map(Note, self.silent),
        ]


def lay(
    result: Mapping[str, Any], currency: str, week: int | None = None, labels: Mapping[str, str] | None = None
) -> Laid:
    """A finished back-test, of all its days or of those so many weeks into their periods. labels: of the members. currency:
    "" for who may see shares and no amounts."""
    scores = scored(result, week)
    chances = result["chances"]["all" if week is None else str(week)]
    return Laid(
        result,
        scores,
        _figures(scores, chances),
        _picture(result, week, currency),
        _lines(scores, currency),
        _weeks(scores, currency),
        _members(scores, result["by"], currency, labels or {}) if scores.members else None,
        _chances(chances),
        tuple(_notes(result, scores, chances, currency)),
        _silent(scores),
    )


def after(week: int) -> str:
    """When in its period a forecast was made."""
    return f"after {plural(week, 'week')}" if week else "on its eve"


def _figures(scores: Scores, chances: Mapping[str, Any]) -> tuple[Figure, ...]:
    mine, best = scores.lines[0], scores.against
    none = "nothing came in to divide by" if mine.periods else "no day was forecast"
    base, deals = chances["brier_base"], chances["deals"]
    skill = 1 - float(chances["brier"]) / base if base else None
    against = "Score / that of the best plain forecast" if not best.name else f"Score / that of {best.name}"
    return (
        _held("held", scores.held, "Ranges held, of 80 % promised"),
        Figure("wape", mine.wape, "share", "Error", mine.periods, reason=none if mine.wape is None else ""),
        Figure("bias", mine.bias, "points", "Lean", mine.periods, reason=none if mine.bias is None else ""),
        Figure("ratio", best.ratio, "share", against, best.periods, best.low, best.high, reason=best.reason),
        Figure("skill", skill, "share", "Deals: nearer than one chance for all", deals, reason=_no_deals(chances)),
        Figure("calibration", chances["error"], "share", "Calibration error", deals, reason=_no_deals(chances)),
    )


def _no_deals(chances: Mapping[str, Any]) -> str:
    return "" if chances["rows"] else "no open deal was told a chance"


def _held(name: str, held: Held, label: str = "") -> Figure:
    reason = "" if held.share is not None else "no range was told"
    return Figure(name, held.share, "share", label, held.periods, held.low, held.high, reason=reason)


def _picture(result: Mapping[str, Any], week: int | None, currency: str) -> Series:
    """The range of each period, told on its eve or so many weeks into it, and what came."""
    wanted = min((one["week"] for one in result["origins"]), default=0) if week is None else week
    points = []
    for one in result["origins"]:
        if currency and one["week"] == wanted and MODEL in one:
            at = one[MODEL]["at"]
            low, high = Money(round(at[LOW]), currency), Money(round(at[HIGH]), currency)
            figure = Figure("range", Money(one["actual"], currency), "money", one["period"], None, low, high)
            points.append(Point(one["period"], None, figure))
    return Series("ranges", result["grain"], tuple(points), f"The range told {after(wanted)}, and what came", "money")


def _lines(scores: Scores, currency: str) -> Table:
    columns = (
        Column("forecaster", "Forecaster"),
        Column("kind", "Kind"),
        Column("periods", "Periods", "count"),
        Column("wape", "Error", "share"),
        Column("bias", "Lean", "points"),
        Column("held", "Ranges held", "share"),
        Column("width", "Width", "share"),
        Column("crps", "Score (CRPS)", "money"),
        Column("ratio", "This forecast's score / its", "share"),
        Column("told", "Days told", "count"),
    )
    rows = tuple(_row(one, currency) for one in scores.lines)
    footer = (
        "Error and lean are shares of what came in, over the days each spoke on. Scores are compared on days on which both told a "
        "range: below 100 % this forecast is better. A person is held against what they won, with those they led."
    )
    return Table("forecasters", columns, rows, "Who was how far off?", footer=footer)


def _row(one: Line, currency: str) -> tuple[Cell | Figure, ...]:
    name = MINE if one.kind == "model" else one.name
    held = one.held
    range_: Cell | Figure = _held("held", held) if held is not None else None
    score = _score(one.crps, currency)
    width = held.relative if held is not None else None
    return (name, one.kind, one.periods, one.wape, one.bias, range_, width, score, one.ratio, one.told)


def _weeks(scores: Scores, currency: str) -> Table:
    columns = (Column("when", "Told"), *_CELLS)
    rows = []
    for one in scores.whole:
        name = "all days" if one.horizon == ALL else after(one.horizon)
        rows.append((name, *_cell(one, currency)))
    footer = "Weeks of one period share its outcome: they are detail, and each period counts once."
    return Table("weeks", columns, tuple(rows), "How good how far ahead?", footer=footer)


def _members(scores: Scores, by: str, currency: str, labels: Mapping[str, str]) -> Table:
    columns = (Column("member", by.replace("_", " ").capitalize()), *_CELLS)
    rows = [
        (labels.get(name, name) or "(none)", *_cell(one, currency))
        for one in scores.parts
        if one.horizon == ALL and one.team != ALL
        for name in [scores.members[one.team]]
    ]
    footer = "Ranges of parts do not add up to that of the whole."
    return Table("members", columns, tuple(rows), f"How good by {by.replace('_', ' ')}?", footer=footer)


_CELLS = (
    Column("periods", "Periods", "count"),
    Column("wape", "Error", "share"),
    Column("bias", "Lean", "points"),
    Column("held", "Ranges held", "share"),
    Column("width", "Width", "share"),
    Column("crps", "Score (CRPS)", "money"),
)


def _cell(one: Any, currency: str) -> tuple[Cell | Figure, ...]:
    score = _score(one.crps, currency)
    return one.periods, one.wape, one.bias, _held("held", one.held), one.held.relative, score


def _score(crps: float | None, currency: str) -> Money | None:
    return Money(round(crps), currency) if crps is not None and currency else None


def _chances(chances: Mapping[str, Any]) -> Table:
    columns = (
        Column("told", "Told a chance of"),
        Column("chance", "On average", "share"),
        Column("share", "Won in time", "share"),
        Column("low", "Likely from", "share"),
        Column("high", "to", "share"),
        Column("deals", "Deals", "count"),
        Column("rows", "Times told", "count"),
    )
    rows = tuple(
        (f"{one['from']:.0%} to {one['to']:.0%}".replace("%", " %"), *(one[name] for name in _BIN))
        for one in chances["bins"]
    )
    return Table("chances", columns, rows, "Were the chances of single deals right?", footer=_error(chances))


_BIN = ("chance", "share", "low", "high", "deals", "rows")


def _error(chances: Mapping[str, Any]) -> str:
    if chances["error"] is None:
        return ""
    return (
        f"Calibration error {chances['error'] * 100:.1f} points; so many deals show {chances['error_by_chance'] * 100:.1f} by "
        f"chance alone. Brier {chances['brier']:.3f}, log loss {chances['log_loss']:.3f}, over {plural(chances['deals'], 'deal')}, "
        "each once a period."
    )


def _silent(scores: Scores) -> tuple[str, ...]:
    """Who could not always tell a range, and why: one sentence for each reason."""
    found: dict[str, list[str]] = {}
    for one in scores.lines:
        if one.kind == "plain" and one.reason:
            days, _, why = one.reason.partition(": ")
            found.setdefault(why, []).append(f"{one.name} ({days})")
    return tuple(f"{why[:1].upper()}{why[1:]}: {', '.join(names)}." for why, names in found.items())


def _notes(result: Mapping[str, Any], scores: Scores, chances: Mapping[str, Any], currency: str) -> Iterator[Note]:
    mine, days = scores.lines[0], plural(len(result["origins"]), "day")
    yield Note(
        f"Each of {days} was forecast again knowing only what was known at its end, {_learnt(result['every'])}. "
        f"Counted in {plural(mine.periods, 'period')}."
    )
    if scores.alone.share is not None:
        told = (
            f"If deals did not move together, ranges would be narrower and held {scores.alone.share:.0%} of the time."
        )
        yield Note(told.replace("%", " %"))
    if not currency:
        yield Note("These are shares of the whole company's periods; its amounts are outside this person's access.")
    elif scores.pinball is not None:
        score = money(Money(round(scores.pinball), currency))
        yield Note(f"Pinball loss over {len(LEVELS)} levels, with the factor 2: {score} on average.")
    if scores.silent:
        left = f"{plural(scores.silent, 'day')} {are(scores.silent)} left out: too few deals were known."
        yield Note(left, "warning")
    if chances["brier"] is not None and chances["brier"] >= chances["brier_base"]:
        yield Note("The chances of single deals are no better than one chance for all.", "warning")


def _learnt(every: int) -> str:
    if every >= ANEW:
        return "with a model learnt anew on each"
    return "with a model learnt at most three weeks before"
