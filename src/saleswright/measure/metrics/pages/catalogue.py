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
    """The first screen, as `now` measures it, and the headline over the period."""
    given = filters(at, args, ("period",))
    where = tuple(given.items())
    first = first_screen(at, where)
    found, _ = catalogue(at)
    period = period_field(at, args.get("period", ""))
    asked = [ask(at, name, (), args.get("period", ""), where) for name in HEADLINE if name in found]
    return {
        "title": at.workspace.name,
        "first": first,
        "query": [("where", f"{name}={member}") for name, member in given.items()],
        "kept": [(key, args[key]) for key in ("period", *given) if key in args],
        "tiers": TIERS,
        "headline": [evaluate(at, one).total for one in asked],
        "words": dict(period["choices"]).get(period["value"], period["value"]).lower(),
        "fields": chips(at, given),
        "issues": first.issues,
        "steps": [line for line in first.next if not line.startswith("saleswright measure")],
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
