"""Are territories alike? How far their potential, or their work, spreads around the mean: 0 when all are the same.

The coefficient of variation over territories, the standard deviation ÷ the mean. A territory without accounts counts as 0,
an account without a territory stands apart. Formulas 7.3, S0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import dimensions, known_members, names
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.lacking import SOURCES
from saleswright.measure.metrics.words import many

Key = tuple[str, ...]


def territory_balance(at: Snapshot, asked: Asked) -> Result:
    """Standard deviation ÷ mean over territories, of what the metric is made of: potential, or accounts to work."""
    ref = reference(at, asked)
    territory = dimensions(at.schema, "account")["territory"]
    by = (territory, *(d for d in asked.by if d.name != "territory"))
    part = part_of(at, replace(asked, by=by), asked.metric.parts[0])
    shown = evaluate(at, part)
    spread: dict[Key, dict[str, Fraction]] = defaultdict(dict)
    for key, figure in shown.groups.items():
        if key[0]:
            spread[key[1:]][key[0]] = _exact(figure.value)
    whole = spread if len(by) == 1 else _of_all(at, replace(part, by=part.by[:1]))
    # Which territories exist is asked of the record; who sees a part of it is told of those with accounts alone.
    empty = set(known_members(at, territory)) if not asked.where else set()
    values = whole.get((), {})
    told = [*values.values(), *(Fraction(0) for name in empty if name not in values)]
    total = _figure(asked, told, str(ref))
    groups = {}
    for key, found in spread.items() if len(by) > 1 else ():
        text = str(ref.only(tuple(zip((d.name for d in by[1:]), key, strict=True))))
        groups[key] = _figure(asked, list(found.values()), text)
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(by[1:]))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    alone = shown.groups.get(("",)) if len(by) == 1 else None
    notes = (f"{many(alone.n, 'account')} without a territory are not in it.",) if alone and alone.n and told else ()
    return Result(asked, ref, total, Sums(total.n or 0), groups, sums, labels, notes)


def _of_all(at: Snapshot, part: Asked) -> dict[Key, dict[str, Fraction]]:
    found = evaluate(at, part).groups
    return {(): {key[0]: _exact(figure.value) for key, figure in found.items() if key[0]}}


def _figure(asked: Asked, values: Sequence[Fraction], ref: str) -> Figure:
    metric, n = asked.metric, len(values)
    mean = sum(values, Fraction(0)) / n if n else Fraction(0)
    reason = ""
    if not n:
        reason = f"no account lies in a territory: they come from {SOURCES['account_territory']}"
    elif n == 1:
        reason = "one territory alone has nothing to be compared with"
    elif mean <= 0:
        reason = "nothing to divide by: the territories hold nothing"
    value = None if reason else math.sqrt(sum((x - mean) ** 2 for x in values) / n) / float(mean)
    return Figure(metric.name, value, metric.unit, metric.label, n, reason=reason, ref=ref)


def _exact(value: Value) -> Fraction:
    return Fraction(value.decimal) if isinstance(value, Money) else Fraction(value or 0)


__all__ = ["territory_balance"]
