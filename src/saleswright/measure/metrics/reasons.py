"""Why can a row be left out of a metric? The definition's own rules first, then what its shape cannot do without."""

from __future__ import annotations

from collections.abc import Sequence

from saleswright.measure.metrics.conditions import Test, fields_of
from saleswright.measure.metrics.leave_out import Rule
from saleswright.measure.metrics.model import Metric

NEGATIVE = "__negative__"
_WORDS = {"closed": "no closing date", "qualified": "no qualified date"}


def reasons(metric: Metric, lifted: frozenset[str], rules: Sequence[Rule] = ()) -> list[tuple[str, Test]]:
    """(words, test) in the order they are asked; the first that holds is the row's one reason.

    `lifted`: fields the caller filters on, which lifts the rules about them (who asks for renewals gets renewals).
    `rules`: the dated rules in force, after the definition's own.
    """
    found = [(e.because, e.when) for e in metric.exclude if not lifted & set(e.when)]
    if not metric.everything:
        found += [(rule.because, rule.when) for rule in standing_rules(rules, lifted)]
    if metric.date and not metric.at_moment:
        found.append((_WORDS.get(metric.date, f"no {metric.date} date"), {metric.date: {"is": "missing"}}))
    # Of deals each definition says so itself, for a deal without an amount is still a deal.
    named = [metric.rows, *(e.when for e in metric.exclude)]
    if metric.sum and metric.entity != "deal" and not any(metric.sum in test for test in named):
        found.append((f"no {metric.sum.replace('_', ' ')}", {metric.sum: {"is": "missing"}}))
    if metric.shape == "duration-quantile":
        for name in dict.fromkeys((metric.start, metric.end)):
            if name != metric.date:
                words = _WORDS.get(name, f"no {name.replace('_', ' ')} date")
                found.append((words, {name: {"is": "missing"}}))
        found.append((f"{metric.end} before {metric.start}", {NEGATIVE: True}))
    return found


def standing_rules(rules: Sequence[Rule], lifted: frozenset[str]) -> list[Rule]:
    """The rules that hold although the caller filters on some fields. To ask for the lost ones lifts nothing."""
    return [rule for rule in rules if not (lifted - {"standing"}) & set(fields_of(rule.when))]
