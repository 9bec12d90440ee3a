"""What does the page of one metric show? The figure, its neighbours, its months, its split, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Column, Figure, Note, Point, Series, Table
from saleswright.lib.issue import Stop
from saleswright.lib.period import Period
from saleswright.measure.metrics import due
from saleswright.measure.metrics.actions import THIN, checks, sentence, table, warnings
from saleswright.measure.metrics.actions import series as over_time
from saleswright.measure.metrics.asked import Asked, ask, broken_rules, metric_named, suits
from saleswright.measure.metrics.compute import Result, evaluate, replace_by
from saleswright.measure.metrics.dimensions import Dimension, Grain, dimensions
from saleswright.measure.metrics.doubts import doubts
from saleswright.measure.metrics.figures import quantile, scaled
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.governance.pages import kept
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.pages.asking import by_field, chips, filters, period_field, splits, usual
from saleswright.measure.metrics.pages.moved import since_before
from saleswright.measure.metrics.words import by_count, many, noun

MOST_POINTS = 36


def metric_page(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of metric.html. Stop (usage) with the nearest names for an unknown metric, split or filter."""
    metric = metric_named(at, args["metric"])
    given = filters(at, args, ("metric", "period", "by"), metric)
    by = _split_by(at, metric, args.get("by", ""))
    asked = ask(at, metric, (), args.get("period", ""), tuple(given.items()))
    split = evaluate(at, replace_by(asked, (by,))) if by else None
    whole = evaluate(at, asked)
    trend = _trend(at, asked)
    query = [
        ("metric", metric.name),
        ("period", args.get("period", "")),
        *(("where", f"{k}={v}") for k, v in given.items()),
    ]
    split_query = [*query, ("by", by.name)] if by else query
    return {
        "title": metric.label,
        "metric": metric,
        "whole": whole.total,
        "sentence": sentence(whole) if whole.total.value is not None else "",
        "fields": [
            period_field(at, args.get("period", ""), metric),
            *([by_field(at, by.name, metric)] if by else []),
            *chips(at, given, metric),
        ],
        "variants": _variants(at, metric, whole.total, asked),
        "beside": outcome.with_outcome(at, asked),
        **_came(at, metric, trend, split),
        "governed": kept(at, metric, tuple(given.items())),
        "spread": spread(whole),
        "trend": trend,
        "trend_check": _adds(trend, whole, metric),
        "due": _due(at, asked),
        "since": since_before(at, asked, by),
        "by": by.label.lower() if by else "",
        "breakdown": _breakdown(split) if split else None,
        "breakdown_check": checks(split) if split else [],
        "parts": whole.parts,
        "excluded": _excluded(whole),
        "before": doubts(at, metric),
        "notes": [
            *warnings(at, metric),
            *(Note(text) for text in whole.notes),
            *([Note(metric.caution)] if metric.caution else []),
        ],
        "issues": broken_rules(at),
        "kept": [(key, value) for key, value in args.items() if key not in ("metric", "by")],
        "csv": split_query,
        "months": [*query, ("by", trend.along if trend else "month")],
    }


def _split_by(at: Snapshot, metric: Metric, typed: str) -> Dimension | None:
    """The split asked for, or the first usual one; None for a metric that has none."""
    if typed:
        return suits(at, metric, typed, "by")
    if metric.awaits:
        return None
    known = splits(at, metric)
    name = next(iter(usual(at, metric)), "owner" if "owner" in known else next(iter(known), ""))
    return known.get(name)


def spread(whole: Result) -> list[Figure]:
    """How far spans and amounts lie apart: the middle first, then what nine in ten stay within, the mean last."""
    metric, spans = whole.asked.metric, whole.sums.spans
    if not metric.asks_middle or not spans or whole.sums.unconverted:
        return []
    n = sum(spans.values())
    mean = sum(Fraction(value) * count for value, count in spans.items()) / n
    found = (("median", "Median", quantile(spans, 0.5)), ("p90", "9 in 10 within", quantile(spans, 0.9)))
    told = [(name, words, scaled(metric, value, whole.reference.currency)) for name, words, value in found]
    told.append(("mean", "Mean", scaled(metric, float(mean), whole.reference.currency)))
    return [Figure(name, value, metric.unit, words, n) for name, words, value in told]


def _trend(at: Snapshot, asked: Asked) -> Series | None:
    """The metric over the period, cut so finely that the eye can follow it and each piece has rows."""
    if asked.metric.awaits:
        return None
    for grain in _grains(asked.period):
        made = evaluate(at, replace_by(asked, (dimensions(at.schema, asked.metric.entity)[grain],)))
        drawn = over_time(at, made)
        points = tuple(point for point in drawn.points if point.start is not None and point.start <= at.day)
        if len(points) <= MOST_POINTS or grain == "year":
            return Series(drawn.name, grain, points, drawn.title, drawn.unit) if len(points) > 1 else None
    return None


def _grains(period: Period) -> list[Grain]:
    if period.bounded and period.days <= 45:
        return ["week", "month"]
    if period.bounded and period.days > 31 * MOST_POINTS:
        return ["quarter", "year"]
    return ["month", "quarter", "year"]


def _breakdown(split: Result) -> Series | None:
    """The split as rows, the largest first; members with few rows last, for their rank says nothing."""
    name = split.asked.by[0].name

    def order(item: tuple[tuple[str, ...], Figure]) -> tuple[bool, bool, float, str]:
        key, figure = item
        value = figure.value
        if split.asked.by[0].at_moment:
            return False, False, due.rank(name, key[0]), key[0]
        size = 0.0 if value is None else float(value.decimal if hasattr(value, "decimal") else value)
        return value is None, figure.unit in ("share", "days") and (figure.n or 0) < THIN, -size, key[0]

    points = tuple(Point(split.label(key)[0], None, figure) for key, figure in sorted(split.groups.items(), key=order))
    return (
        Series(f"by_{name}", name, points, f"By {split.asked.by[0].label.lower()}", split.asked.metric.unit)
        if points
        else None
    )


def _due(at: Snapshot, asked: Asked) -> Table | None:
    """When what is open is due, past due apart; nothing for a metric that asks for the date itself."""
    if not asked.metric.at_moment or asked.metric.entity != "deal" or "expected_close" in asked.metric.fields:
        return None
    return table(evaluate(at, replace_by(asked, (dimensions(at.schema)["due"],))))


def _excluded(whole: Result) -> Table | None:
    left_out = whole.sums.left_out
    if not left_out:
        return None
    rows = (*by_count(left_out), ("Left out in all", sum(left_out.values())))
    return Table("excluded", (Column("because", "Why"), Column("n", "Rows", "count")), tuple(rows), "Left out, and why")


def _variants(at: Snapshot, metric: Metric, whole: Figure, asked: Asked) -> list[tuple[str, str, Figure, str, bool]]:
    """Neighbouring questions, told apart by what each asks; the one of this page first."""
    if not metric.variants:
        return []
    found = [(metric.label, metric.question, whole, metric.name, True)]
    for name in metric.variants:
        other = metric_named(at, name)
        try:
            figure = evaluate(at, ask(at, other, (), str(asked.period), asked.pairs)).total
        except Stop as stop:
            figure = Figure(other.name, None, other.unit, other.label, reason=stop.issues[0].what)
        found.append((other.label, other.question, figure, other.name, False))
        came = outcome.with_outcome(at, Asked(other, (), asked.where, asked.period))
        if came and came.name not in {name for _, _, _, name, _ in found}:
            found.append((came.label, f"What comes of {other.label.lower()}?", came, came.name, False))
    return found


def _came(at: Snapshot, metric: Metric, trend: Series | None, split: Result | None) -> dict[str, Any]:
    """What came of an activity by member and over time, for a count of activity is never shown without."""
    beside = outcome.beside(at, split.asked) if split else None
    if split is None or beside is None:
        return {"came_table": None, "came_trend": None}
    over = (
        outcome.beside(at, replace_by(split.asked, (dimensions(at.schema, metric.entity)[trend.along],)))
        if trend
        else None
    )
    drawn = over_time(at, over) if isinstance(over, Result) and over.asked.by else None
    if drawn and trend:
        starts = {point.start for point in trend.points}
        drawn = Series(
            drawn.name, drawn.along, tuple(p for p in drawn.points if p.start in starts), drawn.title, drawn.unit
        )
    return {"came_table": table(split, beside), "came_trend": drawn if drawn and drawn.points else None}


def _adds(trend: Series | None, whole: Result, metric: Metric) -> list[str]:
    """The proof under the trend: its pieces count the rows of the whole."""
    if trend is None or metric.of_metrics or metric.at_moment or metric.spans:
        return []
    n = sum(point.figure.n or 0 for point in trend.points)
    return [f"The {trend.along}s add to {many(n, noun(metric.entity))}."] if n == whole.total.n else []
