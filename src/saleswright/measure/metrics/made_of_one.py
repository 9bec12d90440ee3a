"""What else does one metric tell? The mean of its spans, and the share that each group has of the whole."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.ratio import mean_interval, wilson
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.figures import Sums


def sales_cycle_mean(at: Snapshot, asked: Asked) -> Result:
    """The mean of the days whose median is the sales cycle: all days ÷ won deals, with an 80 % interval."""
    return _derived(at, asked, "sales_cycle", lambda part, figure, sums: _mean(asked, figure, sums))


def lost_share(at: Snapshot, asked: Asked) -> Result:
    """The share that each group has of all deals lost; the groups' shares sum to 1."""
    return _derived(at, asked, "lost_deals", lambda part, figure, sums: _share(asked, figure, part.total))


def lost_share_value(at: Snapshot, asked: Asked) -> Result:
    """The share that each group has of the value lost; the groups' shares sum to 1."""
    return _derived(at, asked, "lost_value", lambda part, figure, sums: _share(asked, figure, part.total))


def _derived(at: Snapshot, asked: Asked, name: str, make) -> Result:  # type: ignore[no-untyped-def]
    part = evaluate(at, part_of(at, asked, name))
    ref = reference(at, asked)
    groups = {}
    for key, figure in part.groups.items():
        text = str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True))))
        groups[key] = replace(make(part, figure, part.group_sums[key]), ref=text)
    total = replace(make(part, part.total, part.sums), ref=str(ref))
    return Result(asked, ref, total, part.sums, groups, part.group_sums, part.labels, part.notes, (part.total,))


def _made(asked: Asked, figure: Figure, **values: object) -> Figure:
    metric = asked.metric
    bare = replace(
        figure, name=metric.name, unit=metric.unit, label=metric.label, value=None, low=None, high=None, of=None
    )
    return replace(bare, **values)  # type: ignore[arg-type]


def _mean(asked: Asked, figure: Figure, sums: Sums) -> Figure:
    n = sum(sums.spans.values())
    if not n:
        return _made(asked, figure)
    days = sum(span * count for span, count in sums.spans.items())
    squares = float(sum(span * span * count for span, count in sums.spans.items()))
    low, high = mean_interval(n, float(days), squares) or (None, None)
    return _made(asked, figure, value=days / n, low=low, high=high, of=(days, n), reason="")


def _share(asked: Asked, figure: Figure, whole: Figure) -> Figure:
    if figure.value is None or whole.value is None:
        return _made(asked, figure, reason=figure.reason or whole.reason)
    if isinstance(figure.value, Money) and isinstance(whole.value, Money):
        up, down = figure.value.minor, whole.value.minor
    else:
        up, down = int(figure.value), int(whole.value)  # type: ignore[arg-type]
    if down <= 0:
        return _made(asked, figure, reason="nothing was lost in the period")
    band = None if isinstance(figure.value, Money) else wilson(up, down)
    low, high = band or (None, None)
    value = float(Fraction(up, down))
    return _made(asked, figure, value=value, low=low, high=high, of=(figure.value, whole.value), reason="")


__all__ = ["lost_share", "lost_share_value", "sales_cycle_mean"]
