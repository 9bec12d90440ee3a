"""Which chart tells this series? A specification, its data as values, the same data as a table, and one sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from saleswright.faces.cli.grid import CHANGED
from saleswright.faces.web import findings, shapes
from saleswright.faces.web.axis import span, tick
from saleswright.faces.words import likely_range, size, support, words
from saleswright.kernel.report import Column, Figure, Point, Series, Table
from saleswright.lib.limits import Limit
from saleswright.lib.money import Money

_OVER_TIME = frozenset(("day", "week", "month", "quarter", "year"))
_MANY = 24
_GAP = 0.045
_WORDS_SPAN = 4
_TAGS = 3
_ROOM_FOR_TAGS = 78


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawn series: `spec` for the browser (encoded, safe inside a page), `table` and `text` for everyone.

    narrow: another drawing of the same, for places less than `least` pixels wide.
    """

    spec: Markup
    table: Table
    text: findings.Finding
    has_limits: bool = False
    narrow: Markup | None = None
    least: int = 0


def chart(series: Series, whole: Figure | None = None, today: date | None = None) -> Chart:
    """The chart of a series: over time, or by member beside the `whole` (the company's figure)."""
    points = series.points
    if series.along in _OVER_TIME and any(point.start for point in points):
        return _over_time(series, today)
    return _by_member(series, whole)


def encode(spec: dict[str, Any]) -> Markup:
    """JSON that can stand inside a page: no text of a user can end the element it stands in."""
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - the only place: no sign of markup is left in the text


def verdict(figure: Figure, whole: Figure | None) -> str:
    """above or below where the likely range excludes the whole's value; empty where it does not, or nobody can say."""
    if whole is None or whole.value is None or figure.value is None or figure.low is None or figure.high is None:
        return ""
    if size(figure.low) > size(whole.value):
        return "above"
    return "below" if size(figure.high) < size(whole.value) else ""


def _over_time(series: Series, today: date | None) -> Chart:
    points = _named(series)
    series = replace(series, points=points)
    figures = [point.figure for point in points]
    partial = _partial(points, today)
    ranged = any(figure.low is not None for figure in figures)
    kind: shapes.Kind = "trend" if ranged or series.unit in ("share", "days", "number") else "columns"
    # Columns stand on 0 and have no band behind them; what they say of limits is said in words.
    bounds = [point.limit if kind == "trend" else None for point in points]
    reach = [size(v) for f in figures for v in (f.value, f.low, f.high) if v is not None]
    reach += [edge for bound in bounds if bound for edge in (bound.lower, bound.upper)]
    edges = _edges(bounds, figures)
    reach += [edge["at"] for edge in edges]
    low, high, ticks = span(reach, series.unit, kind == "columns")
    names = _names(points, series.along)
    wide = _room(names, figures)
    out = [findings.outside(point) for point in points]
    dots = []
    for order, (point, is_out) in enumerate(zip(points, out, strict=False)):
        if point.figure.value is not None:
            state = "partial" if partial and order == len(points) - 1 else "out" if is_out else "in"
            dots.append({"order": order, "value": size(point.figure.value), "base": 0, "state": state, **_tip(point)})
    data = {
        "ticks": [{"at": at, "text": tick(at, series.unit, _currency(figures))} for at in ticks],
        "names": [
            {"order": order, "of": len(points), "wide": wide, "label": name, "count": _count(point.figure)}
            for order, (name, point) in enumerate(zip(names, points, strict=False))
        ],
        "corner": [{"text": "n"}] if any(_count(figure) for figure in figures) else [],
        "dots": dots,
        "ranges": _ranges(figures),
        "limits": [
            {"order": order, "lower": b.lower, "upper": b.upper, "centre": b.centre}
            for order, b in enumerate(bounds)
            if b
        ],
        "edges": edges,
        "zero": [{"at": 0}],
        "marks": [{"order": order, "text": "rule changed"} for order, point in enumerate(points) if point.mark],
        "tags": _tags(points, out, bounds, high - low, kind),
    }
    text = findings.over_time(series, partial)
    return Chart(fill(kind, data, low, high), _table(series), text, any(bounds))


def _by_member(series: Series, whole: Figure | None) -> Chart:
    points = series.points[:_MANY]
    figures = [point.figure for point in points]
    ranged = any(figure.low is not None for figure in figures)
    kind: shapes.Kind = "rows" if ranged or series.unit in ("share", "days", "number") else "bars"
    reach = [size(v) for f in figures for v in (f.value, f.low, f.high) if v is not None]
    beside = whole if kind == "rows" and whole is not None and whole.value is not None else None
    low, high, ticks = span([*reach, *([size(beside.value)] if beside else [])], series.unit, kind == "bars")
    verdicts = [verdict(figure, beside) for figure in figures]
    data = {
        "ticks": [{"at": at, "text": tick(at, series.unit, _currency(figures))} for at in ticks],
        "rows": [
            {
                "order": order,
                "label": point.label,
                "value_label": words(point.figure.value, point.figure.unit, "short"),
                "count": _behind(point.figure),
                "verdict": said,
            }
            for order, (point, said) in enumerate(zip(points, verdicts, strict=False))
        ],
        "ranges": [row | {"state": "differs" if verdicts[row["order"]] else "same"} for row in _ranges(figures)],
        "whole": [{"at": size(beside.value)}] if beside else [],
        "dots": [
            {
                "order": order,
                "value": size(point.figure.value),
                "base": 0,
                "state": "differs" if verdicts[order] else "same",
                **_tip(point),
            }
            for order, point in enumerate(points)
            if point.figure.value is not None
        ],
    }
    spec = fill(kind, data, low, high, shapes.STEP * max(1, len(points)))
    return Chart(spec, _table(series), findings.by_member(series, beside, verdicts, len(series.points) - len(points)))


def fill(kind: shapes.Kind, data: dict[str, Any], low: float, high: float, height: int | None = None) -> Markup:
    shape = shapes.shape(kind)
    values = {"lo": low, "hi": high}
    params = [{**param, "value": values.get(param["name"], param.get("value"))} for param in shape["params"]]
    spec = {**shape, "params": params, "datasets": dict(data.items())}
    if height is not None:
        spec["height"] = height
    return encode(spec)


def _ranges(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [
        {"order": order, "low": size(figure.low), "high": size(figure.high)}
        for order, figure in enumerate(figures)
        if figure.low is not None and figure.high is not None
    ]


def _tip(point: Point) -> dict[str, Any]:
    figure = point.figure
    return {
        "label": point.label,
        "tip_value": words(figure.value, figure.unit, "full"),
        "tip_range": likely_range(figure, "full") or "not given",
        "tip_n": words(figure.n, "count", "full"),
        "ref": figure.ref,
    }


def _edges(bounds: Sequence[Limit | None], figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """The words beside the limits, where neither a dot, a range nor the line runs through them; else nowhere."""
    known = [bound for bound in bounds if bound]
    if not known:
        return []
    gap = 2 * _GAP * (max(b.upper for b in known) - min(b.lower for b in known))
    edges = []
    for text, upper in (("Upper limit of normal wobble", True), ("Lower limit of normal wobble", False)):
        for first in range(max(1, len(bounds) - _WORDS_SPAN + 1)):
            near = [bound for bound in bounds[first : first + _WORDS_SPAN] if bound]
            inside = [f for f in figures[max(0, first - 1) : first + _WORDS_SPAN + 1] if f.value is not None]
            if len(near) < _WORDS_SPAN or not inside:
                continue
            at = max(b.upper for b in near) + gap if upper else min(b.lower for b in near) - gap
            top = max(size(f.value if f.high is None else f.high) for f in inside)
            bottom = min(size(f.value if f.low is None else f.low) for f in inside)
            if 0 < at < 1 and not bottom - gap / 2 < at < top + gap / 2:
                edges.append({"order": first, "at": at, "text": text})
                break
    return edges


def _tags(
    points: Sequence[Point], out: Sequence[bool], bounds: Sequence[Limit | None], reach: float, kind: shapes.Kind
) -> list[dict[str, Any]]:
    """Direct labels: every column when there is room, else the last point, the extremes and whatever is outside."""
    known = [(size(p.figure.value), order) for order, p in enumerate(points) if p.figure.value is not None]
    if not known:
        return []
    chosen = {order for order, is_out in enumerate(out) if is_out} | {known[-1][1]}
    if any(bounds):
        strange = sorted((abs(value - _middle(known)), order) for value, order in known if out[order])
        chosen = {known[-1][1], min(known)[1], *(order for _, order in strange[-_TAGS:])}
    elif kind == "columns" and len(known) * _widest(points) <= _ROOM_FOR_TAGS:
        chosen = {order for _, order in known}
    else:
        chosen |= {min(known)[1], max(known)[1]}
    middle = _middle(known)
    tags = []
    for value, order in known:
        if order in chosen:
            figure = points[order].figure
            above = kind == "columns" or value >= middle
            edge = figure.high if above else figure.low
            start = size(edge) if edge is not None else value
            at = start + (1 if above else -1) * reach * _GAP
            tags.append({"order": order, "at": at, "value_label": words(figure.value, figure.unit, "short")})
    return tags


def _widest(points: Sequence[Point]) -> int:
    return max(len(words(point.figure.value, point.figure.unit, "short")) for point in points)


def _middle(known: Sequence[tuple[float, int]]) -> float:
    return sum(value for value, _ in known) / len(known)


def _named(series: Series) -> tuple[Point, ...]:
    """Months called by their names: 2017-03 is said Mar 2017."""
    if series.along != "month":
        return series.points
    return tuple(
        replace(p, label=" ".join(words(p.start, "date", "short").split("\u00a0")[2:]))
        if p.start and p.start.day == 1
        else p
        for p in series.points
    )


def _names(points: Sequence[Point], along: str) -> list[str]:
    if along != "month" or not all(point.start and point.start.day == 1 for point in points):
        return [point.label for point in points]
    several_years = len(points) > 12
    return [
        str(p.start.year)
        if several_years and p.start.month == 1
        else words(p.start, "date", "short").split("\u00a0")[2]
        for p in points
        if p.start
    ]


def _room(names: Sequence[str], figures: Sequence[Figure]) -> float:
    """Pixels from one name to the next under the axis: half of either of two neighbours, and a gap."""
    lengths = [max(len(name), len(_count(figure))) for name, figure in zip(names, figures, strict=False)]
    return max([26.0, *(3.3 * (one + other) + 6 for one, other in pairwise(lengths))])


def _partial(points: Sequence[Point], today: date | None) -> bool:
    """Is the last stretch still running? Its length is taken to be that of the one before."""
    starts = [point.start for point in points if point.start]
    if today is None or len(starts) < 2 or len(starts) != len(points):
        return False
    return starts[-1] <= today < starts[-1] + (starts[-1] - starts[-2]) - timedelta(days=4)


def _count(figure: Figure) -> str:
    return words(figure.n, "count", "short") if figure.n is not None and figure.unit != "count" else ""


def _behind(figure: Figure) -> str:
    parts = [part for part in support(figure, "short") if not part.startswith("likely") and "left out" not in part]
    return parts[0] if parts else ""


def _currency(figures: Sequence[Figure]) -> str:
    return next((figure.value.currency for figure in figures if isinstance(figure.value, Money)), "")


def _table(series: Series) -> Table:
    """The same data as rows: what the chart shows and nothing else."""
    ranged = any(point.figure.low is not None for point in series.points)
    counted = any(point.figure.n is not None for point in series.points) and series.unit != "count"
    columns = [Column("label", series.along.replace("_", " ").capitalize()), Column("value", "Value", series.unit)]
    if ranged:
        columns += [Column("low", "From", series.unit), Column("high", "To", series.unit)]
    if counted:
        columns.append(Column("n", "Rows", "count"))
    marked = any(point.mark for point in series.points)
    if marked:
        columns.append(CHANGED)
    rows: list[tuple[Any, ...]] = []
    for point in series.points:
        row: list[Any] = [point.label, point.figure]
        if ranged:
            row += [point.figure.low, point.figure.high]
        if counted:
            row.append(point.figure.n)
        if marked:
            row.append(point.mark or None)
        rows.append(tuple(row))
    footer = "From and To: the 8 in 10 range." if ranged else ""
    return Table(series.name, tuple(columns), tuple(rows), series.title, footer=footer)
