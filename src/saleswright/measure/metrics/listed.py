"""Which metrics are there, and which of them are meant? The catalogue by group, searched, with the values worth asking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop, nearest, unknown
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.governance.outcome import with_outcome
from saleswright.measure.metrics.keys import GROUPS, USES
from saleswright.measure.metrics.model import Metric

OWN = "own"
# What a group is called on a face; a workspace's own metric that names none stands apart.
CALLED = {
    "pipeline": "Pipeline and conversion",
    "activity": "Activity and responsiveness",
    "attainment": "Attainment, capacity and forecast",
    "customers": "Customers",
    OWN: "Your own",
}
HEADLINE = ("new_deals", "deal_size", "win_rate", "sales_cycle", "new_value", "sales_velocity", "open_pipeline")
# What is open and what is past due stand together, wherever the one is shown.
FIRST = (*HEADLINE, "open_due", "past_due", "crm_open")
# More values than this are not computed unasked: a list is to come at once.
MOST_VALUES = 40
# And on a page that opens, where the headline and the KPIs come first: the others open one by one.
AT_ONCE = 24


def group_of(metric: Metric) -> str:
    """The group a metric stands in."""
    return metric.group or OWN


def groups(metrics: Iterable[Metric]) -> list[tuple[str, str, int]]:
    """(group, its words, how many metrics it has), in reading order; empty ones left out."""
    counted: dict[str, int] = {}
    for metric in metrics:
        counted[group_of(metric)] = counted.get(group_of(metric), 0) + 1
    return [(name, CALLED[name], counted[name]) for name in (*GROUPS, OWN) if name in counted]


def matching(metrics: Mapping[str, Metric], group: str = "", find: str = "", use: str = "") -> list[Metric]:
    """The metrics of a group and use whose name, other names, question or words hold every word typed; the first ones of
    the field first, then KPIs, then by name. Stop (usage) for an unknown group or use, and with the nearest names where
    nothing is found."""
    issues = []
    if group and group not in (*GROUPS, OWN):
        issues.append(unknown("group", group, (*GROUPS, OWN), where="group"))
    if use and use not in USES:
        issues.append(unknown("use", use, USES, where="use"))
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    words = [re.sub(r"[\s_-]+", " ", word) for word in find.casefold().split()]
    found = [
        metric
        for metric in metrics.values()
        if group in ("", group_of(metric)) and use in ("", metric.use) and all(word in _text(metric) for word in words)
    ]
    if find and not found:
        raise Stop(_nothing(metrics, group, find, use), exit_code=USAGE)
    return sorted(found, key=_place)


def values(
    at: Snapshot, metrics: Iterable[Metric], period: str = "", where: Iterable[tuple[str, str]] = ()
) -> list[Figure]:
    """The figure of each, over the period asked or its own; null with the reason where it cannot be asked so."""
    return [value(at, metric, period, tuple(where)) for metric in metrics]


def value(at: Snapshot, metric: Metric, period: str = "", where: tuple[tuple[str, str], ...] = ()) -> Figure:
    """One metric's figure; a filter it cannot take is the reason why it has none, never a page that fails."""
    try:
        return evaluate(at, ask(at, metric, (), period, where)).total
    except Stop as stop:
        if stop.exit_code != USAGE:
            reason = "you may not see what it needs" if not stop.issues else stop.issues[0].what
        else:
            reason = stop.issues[0].what
        return Figure(metric.name, None, metric.unit, metric.label, reason=reason)


def came_of(at: Snapshot, metric: Metric, period: str = "", where: tuple[tuple[str, str], ...] = ()) -> Figure | None:
    """The outcome that a count of activity is never shown without; None for any other metric, or where it cannot be asked."""
    if not metric.outcome:
        return None
    try:
        return with_outcome(at, ask(at, metric, (), period, where))
    except Stop:
        return None


def _place(metric: Metric) -> tuple[int, int, int, bool, str]:
    order = (*GROUPS, OWN).index(group_of(metric))
    first = FIRST.index(metric.name) if metric.name in FIRST else len(FIRST)
    return order, bool(metric.awaits), first, metric.use != "kpi", metric.label


def _text(metric: Metric) -> str:
    parts = (metric.name, metric.label, *metric.aliases, metric.question, metric.formula)
    return re.sub(r"[\s_-]+", " ", " ".join(parts)).casefold()


def _nothing(metrics: Mapping[str, Metric], group: str, find: str, use: str) -> Issue:
    names = [name for one in metrics.values() for name in (one.name, one.label.casefold(), *one.aliases)]
    close = nearest(find.strip().casefold().replace(" ", "_"), names) or nearest(find.strip().casefold(), names)
    within = " ".join(
        part for part in (f"in the group {group}" if group else "", f"that is {use}" if use else "") if part
    )
    what = f"no metric{' ' + within if within else ''} speaks of '{find}'"
    return Issue(
        "find",
        what,
        "every word typed has to stand in its name, its other names, its question or its formula",
        f"did you mean {', '.join(close)}?" if close else "saleswright metrics lists them all",
        code="unknown_metric",
    )


__all__ = [
    "AT_ONCE",
    "CALLED",
    "FIRST",
    "HEADLINE",
    "MOST_VALUES",
    "OWN",
    "came_of",
    "group_of",
    "groups",
    "matching",
    "value",
    "values",
]
