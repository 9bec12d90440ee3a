"""What do the home page and the list of metrics show? The headline of the field as figures that open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.actions import HEADLINE
from saleswright.measure.metrics.asked import ask, catalogue
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.now import first_screen
from saleswright.measure.metrics.pages.asking import chips, filters, period_field


def home(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The first screen, as `now` measures it, and the list of every metric."""
    given = filters(at, args, ("period",))
    first = first_screen(at, tuple(given.items()))
    values = kpis(at, args)
    query = [("where", f"{name}={member}") for name, member in given.items()]
    return {
        **values,
        "title": at.workspace.name,
        "first": first,
        "query": query,
        "tiers": TIERS,
        "fields": chips(at, given),
        "issues": first.issues,
    }


def kpis(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """Every metric with its question and its value over the period."""
    given = filters(at, args, ("period",))
    found, issues = catalogue(at)
    period, where = args.get("period", ""), tuple(given.items())
    metrics: list[tuple[Metric, Figure]] = [
        (item, evaluate(at, ask(at, item, (), period, where)).total) for item in sorted(found.values(), key=_place)
    ]
    kept = [(key, args[key]) for key in ("period", *given) if key in args]
    return {
        "title": "Which numbers are there?",
        "metrics": metrics,
        "issues": issues,
        "fields": [period_field(at, period)],
        "kept": kept,
        "period": period_field(at, period)["value"],
    }


# What is open and what is past due stand together, wherever the one is shown.
FIRST = (*HEADLINE, "open_due", "past_due", "crm_open")


def _place(metric: Metric) -> tuple[int, str]:
    """The headline first, in its own order, then the others by name."""
    return (FIRST.index(metric.name) if metric.name in FIRST else len(FIRST)), metric.label
