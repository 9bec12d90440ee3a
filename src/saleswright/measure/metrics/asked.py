"""What exactly is being asked? Names, filters and periods as typed, read into a question; all issues at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from saleswright.history.schema import Entity
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import refused
from saleswright.kernel.reference import Pairs
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics import working
from saleswright.measure.metrics.dimensions import Dimension, find, resolve
from saleswright.measure.metrics.keys import OF_METRICS
from saleswright.measure.metrics.leave_out import FOLDER, KIND, Rule, applying, read_rules, strangers
from saleswright.measure.metrics.made import MADE, told_by
from saleswright.measure.metrics.model import Metric, read_metric


@dataclass(frozen=True)
class Asked:
    """A question about a metric with everything it stands on: the split, the filters (resolved), the period.

    rate_from: the day whose fiscal year gives the constant exchange rates, where it is not the period's own.
    """

    metric: Metric
    by: tuple[Dimension, ...]
    where: tuple[tuple[Dimension, tuple[str, ...]], ...]
    period: Period
    rules: tuple[Rule, ...] = ()
    rate_from: date | None = None

    @property
    def lifted(self) -> frozenset[str]:
        """Fields that are filtered on, which lifts the metric's own rules about them."""
        return frozenset(d.field for d, _ in self.where if d.field)

    @property
    def pairs(self) -> Pairs:
        return tuple(sorted((d.name, member) for d, members in self.where for member in members))


Kept = tuple[tuple[str, Entity], ...]
# Metrics, rules of what is left out, the issues of the ones and of the others.
InForce = tuple[dict[str, Metric], tuple[Rule, ...], tuple[Issue, ...], tuple[Issue, ...]]


@lru_cache(maxsize=8)
def _catalogue(definitions: tuple[Any, ...], dated: tuple[Any, ...], kept: Kept) -> InForce:
    schema = dict(kept)
    found: dict[str, Metric] = {}
    issues: list[Issue] = []
    for definition in definitions:
        metric, problems = read_metric(definition, schema)
        issues += problems
        if metric is not None:
            found[metric.name] = metric
    for metric in tuple(found.values()):
        strange = [(key, name) for key, name in others(metric) if name not in found]
        issues += [unknown("metric", name, found, where=metric.definition.where(key)) for key, name in strange]
        if strange:
            del found[metric.name]
    for metric in tuple(found.values()):
        if stands_on_itself(metric, found):
            issues.append(circle(metric))
            del found[metric.name]
    rules, broken = read_rules(dated, dict(schema["deal"].columns), found)
    return found, rules, tuple(issues), tuple(broken)


def others(metric: Metric) -> Iterator[tuple[str, str]]:
    """(key, name) of the other metrics that one names; a part that cannot be used takes the whole with it."""
    for key in ("over", "under", "outcome", "ripens"):
        if (name := getattr(metric, key)) and not name.isdigit():
            yield key, name
    yield from (("parts", name) for name in metric.parts if name not in (metric.over, metric.under))
    yield from (("variants", name) for name in metric.variants)


def stands_on_itself(metric: Metric, found: dict[str, Metric]) -> bool:
    """Is a metric among its own parts, or theirs?"""
    seen: set[str] = set()
    ahead = list(metric.parts)
    while ahead:
        name = ahead.pop()
        if name == metric.name:
            return True
        if name in found and name not in seen:
            seen.add(name)
            ahead += found[name].parts
    return False


def circle(metric: Metric) -> Issue:
    key = next((key for key in ("over", "under") if getattr(metric, key)), "parts")
    return Issue(
        metric.definition.where(key),
        f"{metric.name} is made of itself",
        "so it can never be computed",
        f"another metric under {key}:",
    )


class _ById(tuple):  # type: ignore[type-arg]
    """Definitions compared by identity: they hold mappings, which cannot be hashed."""

    def __hash__(self) -> int:
        return hash(tuple(id(item) for item in self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and [id(a) for a in self] == [id(b) for b in other]


def _in_force(at: Snapshot) -> InForce:
    definitions, dated = _ById(at.workspace.all("metric", at.day)), _ById(at.workspace.all(KIND, at.day))
    return _catalogue(definitions, dated, tuple(at.schema.items()))


def metrics_in_force(at: Snapshot) -> dict[str, Metric]:
    """Every metric in force on the as-of day, by name."""
    return _in_force(at)[0]


def catalogue(at: Snapshot) -> tuple[dict[str, Metric], tuple[Issue, ...]]:
    """Every metric in force on the as-of day, and the issues of definitions and rules that cannot be used."""
    metrics, _, issues, _ = _in_force(at)
    return metrics, (*issues, *broken_rules(at), *working.issues(at))


def broken_rules(at: Snapshot) -> tuple[Issue, ...]:
    """The issues of rules that cannot be used: what they meant to leave out is counted, so every figure says them."""
    unread = (issue for issue in at.workspace.issues if issue.where.startswith(f"{FOLDER}/"))
    return (*unread, *strangers(at.workspace.definitions), *_in_force(at)[3])


def rules_in_force(at: Snapshot) -> tuple[Rule, ...]:
    """Every dated rule in force on the as-of day."""
    return tuple(rule.seen_by(at.policy) for rule in _in_force(at)[1])


def rules_of(at: Snapshot, metric: Metric) -> tuple[Rule, ...]:
    """The rules in force on the as-of day that leave deals out of this metric."""
    metrics, rules, _, _ = _in_force(at)
    if not rules or not _of_deals(metric):
        return ()
    return tuple(rule.seen_by(at.policy) for rule in applying(rules, metric, metrics))


def rules_named(at: Snapshot, asked: Asked, part: Metric) -> tuple[Rule, ...]:
    """The rules a part of a metric stands under when the whole was asked under its own."""
    metrics = metrics_in_force(at)
    named = [rule for rule in asked.rules if asked.metric.name in rule.metrics]
    if not _of_deals(part):
        return ()
    return tuple(rule for rule in asked.rules if rule in named or applying((rule,), part, metrics))


def _of_deals(metric: Metric) -> bool:
    """Do rules that leave deals out hold for it: is it of deals, or of rows made of them?"""
    made = MADE.get(metric.entity)
    return metric.entity == "deal" or metric.of_metrics or (made is not None and "deal" in made.entity.by_name)


def part_of(at: Snapshot, asked: Asked, name: str, period: Period | None = None) -> Asked:
    """The same question of a metric that this one is made of: its split and filters by name, under the whole's rules.

    Stop (usage) where the part cannot be split or filtered so.
    """
    part = metric_named(at, name)
    by = tuple(_fit(part, find(at, d.name, entity=part.entity), "by") for d in asked.by)
    where = tuple((_fit(part, find(at, d.name, "where", part.entity), "where"), m) for d, m in asked.where)
    return Asked(part, by, where, period or asked.period, rules_named(at, asked, part), asked.rate_from)


def metric_named(at: Snapshot, name: str) -> Metric:
    """The metric of that name or alias. Stop (usage) with the nearest names, or with the issues of a broken one."""
    metrics = metrics_in_force(at)
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    if key in metrics:
        return metrics[key]
    for metric in metrics.values():
        if key in metric.aliases:
            return metric
    _, issues = catalogue(at)
    if issues and any(d.name == key for d in at.workspace.all("metric")):
        raise Stop(*issues)
    aliases = [alias for metric in metrics.values() for alias in metric.aliases]
    raise Stop(unknown("metric", name, [*metrics, *aliases], where="metric"), exit_code=USAGE)


def ask(
    at: Snapshot, metric: str | Metric, by: Sequence[str] = (), period: str = "", where: Sequence[tuple[str, str]] = ()
) -> Asked:
    """Read a question as typed. Stop with every issue when a name, filter or period is unknown."""
    found = metric if isinstance(metric, Metric) else metric_named(at, metric)
    hidden = sorted({f for e, f in _read(found) if not at.policy.field_allowed(e, f)})
    if hidden:
        raise refused(at.policy.actor, f"{found.name}, which needs {', '.join(hidden)}")
    issues: list[Issue] = []
    splits: list[Dimension] = []
    filters: dict[str, tuple[Dimension, list[str]]] = {}
    for name in by:
        try:
            dimension = suits(at, found, name, "by")
            if dimension not in splits:
                splits.append(dimension)
        except Stop as stop:
            issues += stop.issues
            if stop.exit_code != USAGE:
                raise
    for name, value in where:
        try:
            dimension = suits(at, found, name, "where")
            if dimension.grain is not None:
                raise Stop(Issue(f"where {name}", "time is not a filter", "", f"--period {value}"), exit_code=USAGE)
            filters.setdefault(dimension.name, (dimension, []))[1].extend(resolve(at, dimension, value))
        except Stop as stop:
            issues += stop.issues
            if stop.exit_code != USAGE:
                raise
    span = Period(date(1, 1, 1), date(9999, 12, 31), "all time", "all")
    try:
        typed = period or found.period or at.workspace.defaults.get("period", "all")
        span = parse_period(typed, at.day, at.workspace.calendar)
    except Stop as stop:
        issues += stop.issues
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    ordered = tuple(
        (d, tuple(sorted(set(members)))) for d, members in sorted(filters.values(), key=lambda f: f[0].name)
    )
    return Asked(found, tuple(splits), ordered, span, rules_of(at, found))


def _read(metric: Metric) -> Iterator[tuple[str, str]]:
    """(entity, field) of all that its rows are made of; of made rows what stands behind each field, too."""
    made = MADE.get(metric.entity)
    for field in metric.fields:
        yield from ((entity, field) for entity in told_by(metric.entity))
    if made:
        yield from (pair for name in ("", *metric.fields) for pair in made.told.get(name, ()))


def suits(at: Snapshot, metric: Metric, name: str, where: str) -> Dimension:
    """The split, when the metric and all it is made of can be split by it. Stop (usage) with the nearest names."""
    rows = [one for one in of_rows(at, metric) if not one.awaits]
    for part in rows:
        _fit(part, find(at, name, where, part.entity), where)
    return _fit(metric, find(at, name, where, rows[0].entity if rows else metric.entity), where)


def of_rows(at: Snapshot, metric: Metric) -> Iterator[Metric]:
    """The metrics of rows that one is made of in the end; itself when it is one, or computed its own way."""
    if metric.shape in OF_METRICS:
        for name in metric.parts:
            yield from of_rows(at, metric_named(at, name))
    else:
        yield metric


def _fit(metric: Metric, dimension: Dimension, where: str) -> Dimension:
    """The split, when this metric can be split by it. Stop (usage) for what only a balance has."""
    if dimension.at_moment and not (metric.at_moment or metric.of_metrics):
        why = "only what is open at a moment is due or past due"
        raise Stop(
            Issue(f"{where} {dimension.name}", f"{metric.name} is no balance", why, "measure open_pipeline --by due"),
            exit_code=USAGE,
        )
    return dimension
