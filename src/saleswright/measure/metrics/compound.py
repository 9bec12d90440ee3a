"""What is made of other metrics? A quotient of two, the growth of one, a formula in Python; or what still has to come.

A quotient is of sums, never a mean of quotients: both sides are measured over the same rows, split and period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib import import_module

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.issue import FAILURE, Issue, Stop
from saleswright.lib.money import Money, exponent
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, reference
from saleswright.measure.metrics.compute import evaluate as measured
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.frozen import frozen, note
from saleswright.measure.metrics.lacking import missing
from saleswright.measure.metrics.model import Metric

Key = tuple[str, ...]
# The chapters beside this one that may bring a metric's formula.
CHAPTERS = ("flow", "forecast", "review", "junk")


def evaluate(at: Snapshot, asked: Asked) -> Result:
    """Measure a metric that is not of rows. Stop for a formula that does not exist."""
    metric = asked.metric
    if metric.awaits:
        ref = reference(at, asked)
        reason = f"not here yet: it needs {metric.awaits}"
        return Result(asked, ref, _figure(metric, None, reason, ref=str(ref)), Sums(), {}, {}, ())
    if metric.python:
        return formula(metric)(at, asked)
    return quotient(at, asked) if metric.shape == "quotient" else growth(at, asked)


def formula(metric: Metric) -> Callable[[Snapshot, Asked], Result]:
    """The function a metric names: `name`, `module.name` of this chapter, or `flow.module.name` of another.

    Only what a module lists in `__all__` is a formula.
    """
    *path, name = metric.python.split(".")
    chapter = "" if path and path[0] in CHAPTERS else "metrics."
    try:
        module = import_module(f"saleswright.measure.{chapter}{'.'.join(path) or 'combine'}")
        made: Callable[[Snapshot, Asked], Result] = getattr(module, name)
        if name in module.__all__:
            return made
    except (ImportError, AttributeError):
        pass
    where = metric.definition.where("python")
    raise Stop(
        Issue(where, f"there is no formula '{metric.python}'", "so it cannot be computed", "shape: quotient"),
        exit_code=FAILURE,
    )


def quotient(at: Snapshot, asked: Asked) -> Result:
    """One metric over another, whole and by group. Null with the reason where a side is, or where the lower one is 0."""
    metric, then = asked.metric, frozen(at, asked)
    above, below = (measured(then, part_of(then, asked, name)) for name in (metric.over, metric.under))
    ref = reference(at, asked)
    total = _divided(metric, _nothing(at, above, above.total), below.total, str(ref))
    groups: dict[Key, Figure] = {}
    for key in {**below.groups, **above.groups}:
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        upper = above.groups.get(key, _figure(above.asked.metric, None, ""))
        lower = below.groups.get(key, _figure(below.asked.metric, None, ""))
        groups[key] = _divided(metric, _nothing(at, above, upper), _nothing(at, below, lower), text)
    return _result(asked, ref, total, groups, (above, below), note(at, asked))


def growth(at: Snapshot, asked: Asked) -> Result:
    """(now - before) / before, where before is the period of the same length that ends where this one begins.

    By day of either period where the metric says so, since months differ. Null over zero, and without two periods.
    """
    metric = asked.metric
    ref = reference(at, asked)
    part = part_of(at, asked, metric.over)
    if not asked.period.bounded:
        reason = "growth is between two periods: ask for one with a first and a last day"
        return Result(asked, ref, _figure(metric, None, reason, ref=str(ref)), Sums(), {}, {}, ())
    calendar = at.workspace.calendar
    earlier = asked.period.previous(calendar)
    grain = next((d for d in asked.by if d.grain is not None), None)
    # Both periods are told at one rate, or the exchange would grow as well.
    part = replace(part, rate_from=asked.rate_from or asked.period.start)
    now = measured(at, part)
    before = measured(at, replace(part, period=earlier))
    total = _grown(at, metric, now, (now.total, asked.period), (before.total, earlier), str(ref))
    groups: dict[Key, Figure] = {}
    if grain is None or grain.grain is None:
        for key in {**now.groups, **before.groups}:
            text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
            nothing = _figure(part.metric, None, "")
            sides = (now.groups.get(key, nothing), asked.period), (before.groups.get(key, nothing), earlier)
            groups[key] = _grown(at, metric, now, *sides, text)
        return _result(asked, ref, total, groups, (now, _unopened(before)))
    place = asked.by.index(grain)
    pieces = [calendar.containing(grain.grain, p.start) for p in asked.period.split(grain.grain, calendar)]
    long = Period.between(pieces[0].previous(calendar).start, pieces[-1].end)
    wide = measured(at, replace(part, period=long))
    for key in now.groups:
        piece = next((p for p in pieces if str(p) == key[place]), None)
        if piece is None:
            continue
        last = piece.previous(calendar)
        old = (*key[:place], str(last), *key[place + 1 :])
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        sides = (wide.groups[key], piece), (wide.groups.get(old, _figure(part.metric, None, "")), last)
        groups[key] = _grown(at, metric, wide, *sides, text)
    return _result(asked, ref, total, groups, (now, _unopened(before)))


def _unopened(part: Result) -> Result:
    """What came before at the rates of now: its reference would open it at its own."""
    if part.asked.metric.rate != "constant":
        return part
    return replace(part, total=replace(part.total, ref=""))


def _result(
    asked: Asked,
    ref: object,
    total: Figure,
    groups: dict[Key, Figure],
    parts: tuple[Result, Result],
    said: tuple[str, ...] = (),
) -> Result:
    notes = tuple(dict.fromkeys([*said, *(words for part in parts for words in part.notes)]))
    sums = {key: Sums(figure.n or 0) for key, figure in groups.items()}
    shown = tuple(part.total for part in parts)
    labels = tuple({**parts[1].labels[i], **one} for i, one in enumerate(parts[0].labels))
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, notes, shown)  # type: ignore[arg-type]


def _nothing(at: Snapshot, part: Result, figure: Figure) -> Figure:
    """A side with no rows at all adds to nothing, where the record has rows of that kind: nobody won is 0 won."""
    metric = part.asked.metric
    if figure.value is not None or figure.n or figure.excluded or metric.of_metrics or metric.shape not in _ADDED:
        return figure
    if missing(at, metric):
        return figure
    return replace(figure, value=Money(0, at.currency) if metric.unit == "money" else 0, reason="", n=0)


_ADDED = ("count", "sum", "balance-at")


def _divided(metric: Metric, above: Figure, below: Figure, ref: str) -> Figure:
    for side in (above, below):
        if side.value is None:
            return _figure(metric, None, f"{side.label}: {side.reason or 'nothing'}", above.n, ref)
    up, down = _exact(above.value), _exact(below.value)
    if not down:
        return _figure(metric, None, f"nothing to divide by: {below.label} is 0", above.n, ref)
    money = next((s.value.currency for s in (above, below) if isinstance(s.value, Money)), "")
    made = _figure(metric, _in_unit(metric, up / down, money), "", above.n, ref)
    return replace(made, of=(above.value, below.value), excluded=above.excluded + below.excluded)


def _grown(
    at: Snapshot, metric: Metric, part: Result, now: tuple[Figure, Period], before: tuple[Figure, Period], ref: str
) -> Figure:
    (new, period), (old, earlier) = ((_nothing(at, part, figure), span) for figure, span in (now, before))
    for side, span in ((new, period), (old, earlier)):
        if side.value is None:
            return _figure(metric, None, f"{side.label}, {span.label}: {side.reason or 'nothing'}", new.n, ref)
    base, value = _exact(old.value), _exact(new.value)
    if base <= 0:
        return _figure(metric, None, f"nothing to grow from: {old.label}, {earlier.label}, is {base}", new.n, ref)
    if metric.per_day:
        base, value = base / earlier.days, value / period.days
    return replace(_figure(metric, float((value - base) / base), "", new.n, ref), of=(new.value, old.value))


def _exact(value: Value) -> Fraction:
    return Fraction(value.decimal) if isinstance(value, Money) else Fraction(value or 0)


def _in_unit(metric: Metric, exact: Fraction, currency: str) -> Value:
    if metric.unit == "money":
        return Money(round(exact * 10 ** exponent(currency)), currency)
    return float(exact)


def _figure(metric: Metric, value: Value, reason: str, n: int | None = None, ref: str = "") -> Figure:
    return Figure(metric.name, value, metric.unit, metric.label, n, reason=reason, ref=ref)
