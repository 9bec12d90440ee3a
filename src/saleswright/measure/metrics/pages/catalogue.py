"""What do the home page and the list of metrics show? The headline of the field as figures that open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.actions import HEADLINE
from saleswright.measure.metrics.asked import Asked, ask, catalogue
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.governance.outcome import with_outcome
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
    words = dict(period["choices"]).get(period["value"], period["value"]).lower()
    asked = [ask(at, name, (), args.get("period", ""), where) for name in HEADLINE if name in found]
    return {
        "title": at.workspace.name,
        "first": first,
        "query": [("where", f"{name}={member}") for name, member in given.items()],
        "kept": [(key, args[key]) for key in ("period", *given) if key in args],
        "tiers": TIERS,
        "headline": [_of_period(evaluate(at, one).total, one, words) for one in asked],
        "words": words,
        "fields": chips(at, given),
        "issues": first.issues,
        "steps": [line for line in first.next if not line.startswith("saleswright measure")],
    }


def _of_period(figure: Figure, asked: Asked, words: str) -> Figure:
    """The figure with its period in its label: the strip above it speaks of another one."""
    return figure if asked.metric.at_moment else replace(figure, label=f"{figure.label}, {words}")


def kpis(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """Every metric with its question and its value over the period."""
    given = filters(at, args, ("period",))
    found, issues = catalogue(at)
    period, where = args.get("period", ""), tuple(given.items())
    asked = [ask(at, item, (), period, where) for item in sorted(found.values(), key=_place)]
    metrics: list[tuple[Metric, Figure, Figure | None]] = [
        (one.metric, evaluate(at, one).total, with_outcome(at, one)) for one in asked
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
