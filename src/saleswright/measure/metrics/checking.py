"""Can every metric of this workspace be used? All that is wrong with definitions at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterator

from saleswright.history.authored import problems
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, nearest, unknown
from saleswright.measure.metrics.asked import broken_rules, circle, others, stands_on_itself
from saleswright.measure.metrics.compound import formula
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.model import Metric, read_metric

KIND = "metric"


def check(at: Snapshot) -> list[Issue]:
    """Every issue of every metric and rule, on whatever day they are in force, and of every scenario's."""
    found = [
        *problems(at.workspace),
        *broken_rules(at),
        *_strangers(at.workspace),
        *_metrics(at, at.workspace.definitions),
    ]
    for name in at.workspace.scenarios:
        try:
            laid = at.workspace.under(name)
        except Stop as stop:
            found += stop.issues
            continue
        own = tuple(d for d in laid.definitions if d.file.startswith(f"scenarios/{name}/"))
        found += _metrics(at, laid.definitions, {d.file for d in own})
    return list({str(issue): issue for issue in found}.values())


def _metrics(at: Snapshot, definitions: tuple[Definition, ...], only: set[str] | None = None) -> Iterator[Issue]:
    """The issues of each definition by itself, then of what it names, then of names that two of them claim."""
    read: dict[str, list[Metric]] = {}
    for definition in definitions:
        if definition.kind != KIND:
            continue
        metric, issues = read_metric(definition, at.schema)
        if only is None or definition.file in only:
            yield from issues
        if metric is not None:
            read.setdefault(metric.name, []).append(metric)
    asked = [one for many in read.values() for one in many if only is None or one.definition.file in only]
    for metric in asked:
        strange = [(key, name) for key, name in others(metric) if name not in read]
        for key, name in strange:
            yield unknown("metric", name, read, where=metric.definition.where(key))
        if strange:
            continue
        if stands_on_itself(metric, {name: many[-1] for name, many in read.items()}):
            yield circle(metric)
            continue
        if metric.python:
            try:
                formula(metric)
            except Stop as stop:
                yield from stop.issues
        yield from _alike(at, metric, read)
    yield from _claimed(asked, read)


def _alike(at: Snapshot, metric: Metric, read: dict[str, list[Metric]]) -> Iterator[Issue]:
    """A quotient's sides have to be split alike, or no group of the one stands over a group of the other."""
    if metric.shape != "quotient":
        return
    sides = []
    for name in (metric.over, metric.under):
        part = read[name][-1]
        if part.of_metrics or part.awaits:
            return
        known = dimensions(at.schema, part.entity)
        sides.append((part, {n for n, one in known.items() if one.grain is None and not one.at_moment}))
    (above, first), (below, second) = sides
    if not first & second:
        yield Issue(
            metric.definition.where("under"),
            f"{above.name} counts {above.entity}s and {below.name} {below.entity}s, which no split has in common",
            "so it can be asked as a whole only, never by team or product",
            f"a metric of {above.entity}s, or of what points to the same things",
            level="warning",
        )


def _claimed(asked: list[Metric], read: dict[str, list[Metric]]) -> Iterator[Issue]:
    """Another metric's name or alias: whoever types it would get the other one's figure."""
    owners: dict[str, str] = {name: name for name in read}
    for many in read.values():
        for alias in many[-1].aliases:
            owners.setdefault(alias, many[-1].name)
    for metric in asked:
        for alias in metric.aliases:
            owner = owners.get(alias, metric.name)
            if owner != metric.name:
                why = f"so who types {alias} gets {owner}"
                yield Issue(
                    metric.definition.where("aliases"), f"'{alias}' already names {owner}", why, "another alias"
                )


def _strangers(workspace: Workspace) -> Iterator[Issue]:
    """Definitions that are meant as metrics and are of a kind written wrong."""
    for one in workspace.definitions:
        if not one.shipped and one.kind != KIND and nearest(one.kind, (KIND,)):
            what = f"kind '{one.kind}' is not {KIND}"
            yield Issue(one.where("kind"), what, "so no figure comes of it", f"kind: {KIND}")


__all__ = ["check"]
