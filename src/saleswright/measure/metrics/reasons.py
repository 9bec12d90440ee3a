"""Why can a row be left out of a metric? The definition's own rules first, then what its shape cannot do without."""

from __future__ import annotations

from saleswright.measure.metrics.model import Metric, Test

NEGATIVE = "__negative__"
_WORDS = {"closed": "no closing date", "qualified": "no qualified date"}


def reasons(metric: Metric, lifted: frozenset[str]) -> list[tuple[str, Test]]:
    """(words, test) in the order they are asked; the first that holds is the row's one reason.

    `lifted`: fields the caller filters on, which lifts the rules about them (who asks for renewals gets renewals).
    """
    found = [(e.because, e.when) for e in metric.exclude if not lifted & set(e.when)]
    if metric.date and not metric.at_moment:
        found.append((_WORDS.get(metric.date, f"no {metric.date} date"), {metric.date: {"is": "missing"}}))
    if metric.shape == "duration-quantile":
        if metric.start != metric.date:
            found.append((_WORDS.get(metric.start, f"no {metric.start} date"), {metric.start: {"is": "missing"}}))
        found.append((f"{metric.end} before {metric.start}", {NEGATIVE: True}))
    return found
