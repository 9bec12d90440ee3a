"""Where does the record contradict itself about what a figure stands on? Said with its counts before the figure is."""

from __future__ import annotations

from collections.abc import Iterable

from saleswright.history.agreement import disagreements
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Note
from saleswright.lib.issue import Issue
from saleswright.measure.metrics.asked import metrics_in_force
from saleswright.measure.metrics.made import MADE
from saleswright.measure.metrics.model import Metric

# Whoever asks about these asks whether customers stay.
OF_CUSTOMERS = frozenset(("subscription", "churn_event"))
HIDDEN = "The record contradicts itself about customers; who sees the whole of it can say how often: saleswright check."


def doubts(at: Snapshot, metric: Metric) -> list[Note]:
    """The warnings that belong before a figure of this metric; none where the record agrees with itself."""
    if not stands_on(at, metric) & OF_CUSTOMERS:
        return []
    found = [one for one in disagreements(at) if one.count]
    if found and at.policy.scope != COMPANY:
        # Who sees a part of the record does not learn from a warning how many others there are.
        return [Note(HIDDEN, "warning")]
    return [Note(one.text, "warning") for one in found]


def doubted(at: Snapshot, metrics: Iterable[Metric]) -> tuple[Issue, ...]:
    """The same for a list of figures, once for all of them."""
    notes = next((told for metric in metrics if (told := doubts(at, metric))), [])
    where, why = "customers", "so figures of churn and retention stand on a record that contradicts itself"
    return tuple(
        Issue(where, note.text, why, "saleswright check", level="warning", code="disagreement") for note in notes
    )


def stands_on(at: Snapshot, metric: Metric) -> set[str]:
    """Every kind of record that a metric, or one it is made of, reads."""
    metrics = metrics_in_force(at)
    found: set[str] = set()
    seen: set[str] = set()
    todo = [metric]
    while todo:
        one = todo.pop()
        seen.add(one.name)
        for entity in ((one.entity,) if not one.of_metrics else (), tuple(derived.of for derived in one.derive)):
            for name in entity:
                made = MADE.get(name)
                found |= set(made.of) if made else {name}
        todo += [metrics[name] for name in one.parts if name in metrics and name not in seen]
    return found


__all__ = ["doubted", "doubts", "stands_on"]
