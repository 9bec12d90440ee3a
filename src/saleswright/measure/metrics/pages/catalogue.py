"""What do the home page and the list of metrics show? The headline of the field as figures that open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.asked import Asked, ask, catalogue, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.doubts import doubted
from saleswright.measure.metrics.listed import AT_ONCE, CALLED, HEADLINE, came_of, groups, matching, value
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.now import first_screen
from saleswright.measure.metrics.pages.asking import chips, filters, period_field


def home(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The first screen, as `now` measures it, and the headline over the period."""
    given = filters(at, args, ("period",))
    where = tuple(given.items())
    first = first_screen(at, where)
    found = metrics_in_force(at)
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
    """The catalogue by group, or what a search finds in all of it: each metric's question, use, and value.

    Only the metrics shown are measured, so that the page comes at once however many there are.
    """
    given = filters(at, args, ("period", "group", "find", "use"))
    found, issues = catalogue(at)
    period, where = args.get("period", ""), tuple(given.items())
    find, use = args.get("find", "").strip(), args.get("use", "")
    known = groups(found.values())
    group = args.get("group", "") or ("" if find or use else next(iter(known), ("", "", 0))[0])
    shown = matching(found, group, find, use)
    metrics: list[tuple[Metric, Figure | None, Figure | None]] = []
    for place, item in enumerate(shown):
        counts = not item.dear and (place < AT_ONCE or item.awaits)
        figure = value(at, item, period, where) if counts else None
        metrics.append((item, figure, came_of(at, item, period, where) if counts else None))
    kept = [(key, args[key]) for key in ("period", *given) if key in args]
    return {
        "title": "Which numbers are there?",
        "lede": f"{len(found)} metrics. Each has one question, one formula and one list of what it leaves out.",
        "metrics": metrics,
        "issues": (*doubted(at, shown), *issues),
        "groups": known,
        "group": group,
        "called": CALLED.get(group, "What was found"),
        "find": find,
        "use": use,
        "fields": [
            {"name": "find", "label": "Find", "value": find, "kind": "text"},
            {
                "name": "group",
                "label": "Group",
                "value": group,
                "none": "all",
                "choices": [(n, w) for n, w, _ in known],
            },
            {
                "name": "use",
                "label": "Use",
                "value": use,
                "none": "all",
                "choices": [("kpi", "KPI"), ("diagnostic", "Diagnostic")],
            },
            period_field(at, period),
        ],
        "kept": kept,
        "period": period_field(at, period)["value"],
    }
