"""What changed since the period before? The card of the metric page: both values, mix and rates, the sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.period import FIRST_DAY
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compare import Compared, of_periods
from saleswright.measure.metrics.compare_report import bridge, chance, differences, split
from saleswright.measure.metrics.compare_words import against_its_parts, mix_and_rate, moved
from saleswright.measure.metrics.compute import replace_by
from saleswright.measure.metrics.dimensions import Dimension

FEW = 12


def since_before(at: Snapshot, asked: Asked, by: Dimension | None) -> dict[str, Any] | None:
    """The card's values; None for all time, which has nothing before it, and where neither side has a figure."""
    if asked.period.start == FIRST_DAY or asked.metric.awaits or asked.metric.dear or asked.metric.shape == "growth":
        return None
    try:
        found = of_periods(at, replace_by(asked, (by,) if by else ()))
    except Stop:
        # A metric of others may not be split so; its page says that where it is asked.
        return None
    if found.now.total.value is None or found.before.total.value is None:
        return None
    drawn = bridge(found) if len(found.keys) <= FEW or found.mix is not None else None
    return {
        "title": title(found),
        "sentence": moved(found),
        "reversal": against_its_parts(found),
        "said": [text for text in (mix_and_rate(found), found.why_not, chance(found), *found.notes) if text],
        "figures": [*sides(found), *differences(found.before.total, found.now.total, found)],
        "bridge": drawn,
        "table": split(found) if found.keys else None,
        "before": str(found.before.result.asked.period),
        "now": str(found.now.result.asked.period),
    }


def title(found: Compared) -> str:
    """The card's question."""
    before = found.before.result.asked.period
    return f"What changed since {'the period before' if before.grain == 'range' else before.label}?"


def sides(found: Compared) -> list[Figure]:
    """Both values, each under its period's words."""
    return [replace(side.total, label=side.words[:1].upper() + side.words[1:]) for side in (found.now, found.before)]


__all__ = ["since_before"]
