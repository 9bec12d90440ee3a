"""What is the number? Runs a metric's compiled query and finishes counts and sums into figures.

Conventions of formulas 7.0 live here once: nothing over zero is null with a reason; ratios are ratios of sums; an 80 %
interval and n with every ratio and middle; left-out rows counted by reason; money only in one currency, or null.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from saleswright.history.compiled import CONVENTIONS, compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import digest
from saleswright.kernel.policy import refused
from saleswright.kernel.reference import Pairs, Reference
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.lib.ratio import Ratio, mean_interval, order_statistic_ranks, wilson
from saleswright.measure.metrics.dimensions import Dimension, find, names, period_of, resolve
from saleswright.measure.metrics.model import Metric, Test, read_metric

if TYPE_CHECKING:
    from saleswright.measure.metrics.query import Question

SCOPED = ("team", "manager", "region", "role")


@dataclass
class Sums:
    """The additive facts of one group, before any division."""

    n: int = 0
    num: int = 0
    total: int = 0
    squares: float = 0.0
    unconverted: int = 0
    by_created: int = 0
    still_open: int = 0
    spans: Counter[int] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def __iadd__(self, other: Sums) -> Sums:
        for name in ("n", "num", "total", "squares", "unconverted", "by_created", "still_open"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.spans.update(other.spans)
        self.left_out.update(other.left_out)
        return self


@dataclass(frozen=True)
class Asked:
    """A question about a metric with everything it stands on: the split, the filters (resolved), the period."""

    metric: Metric
    by: tuple[Dimension, ...]
    where: tuple[tuple[Dimension, tuple[str, ...]], ...]
    period: Period

    @property
    def pairs(self) -> Pairs:
        return tuple(sorted((d.name, member) for d, members in self.where for member in members))


@dataclass
class Result:
    """A measured metric: the whole, and per group of the split, keyed by stored members in the split's order."""

    asked: Asked
    reference: Reference
    total: Figure
    sums: Sums
    groups: dict[tuple[str, ...], Figure]
    group_sums: dict[tuple[str, ...], Sums]
    labels: tuple[dict[str, str], ...]
    notes: tuple[str, ...] = ()
    parts: tuple[Figure, ...] = ()

    def label(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """The words for a group's members."""
        return tuple(self.labels[i].get(m, m) if m else "(none)" for i, m in enumerate(key))


@lru_cache(maxsize=8)
def _catalogue(definitions: tuple[Any, ...], columns: tuple[str, ...]) -> tuple[dict[str, Metric], tuple[Issue, ...]]:
    found: dict[str, Metric] = {}
    issues: list[Issue] = []
    for definition in definitions:
        metric, problems = read_metric(definition, columns)
        issues += problems
        if metric is not None:
            found[metric.name] = metric
    return found, tuple(issues)


class _ById(tuple):  # type: ignore[type-arg]
    """Definitions compared by identity: they hold mappings, which cannot be hashed."""

    def __hash__(self) -> int:
        return hash(tuple(id(item) for item in self))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and [id(a) for a in self] == [id(b) for b in other]


def catalogue(at: Snapshot) -> tuple[dict[str, Metric], tuple[Issue, ...]]:
    """Every metric in force on the as-of day, and the issues of those that cannot be used."""
    definitions = _ById(at.workspace.all("metric", at.day))
    return _catalogue(definitions, tuple(name for name, _ in at.schema["deal"].columns))


def metric_named(at: Snapshot, name: str) -> Metric:
    """The metric of that name or alias. Stop (usage) with the nearest names, or with the issues of a broken one."""
    metrics, issues = catalogue(at)
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    for metric in metrics.values():
        if key == metric.name or key in metric.aliases:
            return metric
    if issues and any(d.name == key for d in at.workspace.all("metric")):
        raise Stop(*issues)
    aliases = [alias for metric in metrics.values() for alias in metric.aliases]
    raise Stop(unknown("metric", name, [*metrics, *aliases], where="metric"), exit_code=USAGE)


def ask(
    at: Snapshot, metric: str | Metric, by: Sequence[str] = (), period: str = "", where: Sequence[tuple[str, str]] = ()
) -> Asked:
    """Read a question as typed. Stop with every issue when a name, filter or period is unknown."""
    found = metric if isinstance(metric, Metric) else metric_named(at, metric)
    issues: list[Issue] = []
    splits: list[Dimension] = []
    filters: dict[str, tuple[Dimension, list[str]]] = {}
    for name in by:
        try:
            dimension = find(at, name)
            if dimension not in splits:
                splits.append(dimension)
        except Stop as stop:
            issues += stop.issues
            if stop.exit_code != USAGE:
                raise
    for name, value in where:
        try:
            dimension = find(at, name, where="where")
            if dimension.grain is not None:
                raise Stop(Issue(f"where {name}", "time is not a filter", "", f"--period {value}"), exit_code=USAGE)
            filters.setdefault(dimension.name, (dimension, []))[1].append(resolve(at, dimension, value))
        except Stop as stop:
            issues += stop.issues
            if stop.exit_code != USAGE:
                raise
    span = Period(date(1, 1, 1), date(9999, 12, 31), "all time", "all")
    try:
        span = parse_period(period or at.workspace.defaults.get("period", "all"), at.day, at.workspace.calendar)
    except Stop as stop:
        issues += stop.issues
    if issues:
        raise Stop(*issues, exit_code=USAGE)
    ordered = tuple((d, tuple(sorted(set(members)))) for d, members in sorted(filters.values(), key=lambda f: f[0].name))
    return Asked(found, tuple(splits), ordered, span)


def version(at: Snapshot, metric: Metric) -> str:
    """Six digits over the definition and all it stands on: calendar, stage map, engine conventions."""
    parts = [metric_named(at, name).definition.hash for name in metric.parts]
    calendar = at.workspace.calendar
    stands_on = [calendar.pattern, calendar.start_month, calendar.start_weekday, at.meta["definitions"], CONVENTIONS]
    return digest([metric.definition.hash, parts, stands_on])


def reference(at: Snapshot, asked: Asked) -> Reference:
    """The canonical reference of the whole figure."""
    return Reference(
        name=asked.metric.name,
        hash=version(at, asked.metric),
        period=str(asked.period),
        scope=at.policy.scope,
        as_of=at.as_of_text,
        known=at.known_text,
        release=at.release.number,
        currency=at.currency,
        where=asked.pairs,
    )


def scope_value(at: Snapshot) -> str:
    """The stored member the policy's scope means: a team's name, an owner's id."""
    if at.policy.shape in SCOPED:
        return at.policy.member
    if at.policy.shape == "owner":
        return resolve(at, find(at, "owner"), at.policy.member)
    raise refused(at.policy.actor, f"scope {at.policy.scope}")


def question(at: Snapshot, asked: Asked) -> tuple[dict[str, Any], Any]:
    """(the question as plain data, how to make its `Question`): the key and the builder of compiled text."""
    metric = asked.metric
    lifted = frozenset(d.field for d, _ in asked.where if d.field)
    mixed = bool(metric.sum) and bool(set(at.currencies) - {at.currency})
    calendar = at.workspace.calendar
    key = {
        "metric": [metric.definition.hash, metric.name],
        "by": [d.name for d in asked.by],
        "where": [d.name for d, _ in asked.where],
        "shape": at.policy.shape,
        "mixed": mixed,
        "calendar": [calendar.pattern, calendar.start_month],
        "custom": at.meta.get("custom", []),
    }

    def make() -> Question:
        from saleswright.measure.metrics.query import Question

        where = tuple(d for d, _ in asked.where)
        return Question(metric, at.schema, calendar, asked.by, where, at.policy.shape, mixed, lifted)

    return key, make


def bind(at: Snapshot, sql: str, asked: Asked, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of the text's parameters, only those it names."""
    values: dict[str, Any] = {
        **at.clocks(),
        "day": at.day,
        "p_start": asked.period.start,
        "p_end": asked.period.end,
        "cur": at.currency,
        **{f"w{i}": list(members) for i, (_, members) in enumerate(asked.where)},
        **(more or {}),
    }
    if "$scope" in sql:
        values["scope"] = scope_value(at)
    return {name: value for name, value in values.items() if f"${name}" in sql}


def cache_folder(at: Snapshot) -> Any:
    return at.workspace.state / "cache"


def sums(at: Snapshot, asked: Asked) -> dict[tuple[str, ...], Sums]:
    """Run the query: additive facts per group, time members as the period's canonical text."""
    key, make = question(at, asked)

    def build() -> Any:
        from saleswright.measure.metrics.query import grouped

        return grouped(make())

    sql = compiled(cache_folder(at), {**key, "want": "grouped"}, build)
    columns, rows = at.reader.table(sql, bind(at, sql, asked))
    from saleswright.measure.metrics.reasons import reasons

    lifted = frozenset(d.field for d, _ in asked.where if d.field)
    words = [because for because, _ in reasons(asked.metric, lifted)]
    place = {name: index for index, name in enumerate(columns)}
    found: dict[tuple[str, ...], Sums] = {}
    for row in rows:
        members = tuple(_member(at, d, row[place[f"d_{d.name}"]]) for d in asked.by)
        one = Sums(n=row[place["n"]])
        for name in ("num", "unconverted", "by_created", "still_open"):
            if name in place:
                setattr(one, name, row[place[name]] or 0)
        if "total" in place:
            one.total = int(row[place["total"]] or 0)
            one.squares = float(row[place["squares"]] or 0.0)
        if "bucket" in place and one.n:
            one.spans[int(row[place["bucket"]])] = one.n
        for index, because in enumerate(words, 1):
            if row[place[f"x{index}"]]:
                one.left_out[because] += row[place[f"x{index}"]]
        if members in found:
            found[members] += one
        else:
            found[members] = one
    return found


def _member(at: Snapshot, dimension: Dimension, value: Any) -> str:
    if value is None:
        return ""
    if dimension.grain is None:
        return str(value)
    day = value.date() if hasattr(value, "date") else value
    calendar = at.workspace.calendar
    if dimension.grain in ("quarter", "year") and calendar.pattern == "months" and calendar.start_month != 1:
        # The query cut on shifted months; move back into the period the cut stands for.
        shift = (calendar.start_month - 1) % (3 if dimension.grain == "quarter" else 12)
        month = day.month - 1 + shift
        day = date(day.year + month // 12, month % 12 + 1, 1)
    return str(period_of(dimension.grain, day, calendar))


def finish(metric: Metric, one: Sums, currency: str, ref: str = "") -> Figure:
    """One group's facts as a figure: the division, the interval, the reason where there is no value."""
    made = Figure(metric.name, None, metric.unit, metric.label, n=one.n, excluded=sum(one.left_out.values()), ref=ref)
    if one.unconverted:
        return replace(made, reason=f"no exchange rate to {currency} for {one.unconverted} of {one.n} deals")
    if metric.shape == "count":
        return replace(made, value=one.n)
    if metric.shape in ("sum", "balance-at"):
        if not metric.sum:
            return replace(made, value=one.n)
        if not one.n:
            # Nothing with an amount is not an amount of nothing.
            why = ", ".join(f"{count:,} {because}" for because, count in one.left_out.most_common())
            return replace(made, reason=f"nothing to add up: {why}" if why else "no such deals")
        return replace(made, value=Money(one.total, currency))
    if not one.n:
        return replace(made, reason="no such deals in the period" if metric.shape != "cohort-ratio" else "no deals in the cohort")
    if metric.shape == "duration-quantile":
        low_high = order_statistic_ranks(one.n, 0.5)
        low, high = (_ranked(one.spans, low_high[0]), _ranked(one.spans, low_high[1])) if low_high else (None, None)
        return replace(made, value=quantile(one.spans, 0.5), low=low, high=high)
    if metric.sum:
        ratio = Ratio(Money(one.total, currency), one.n)
        band = mean_interval(one.n, float(one.total), one.squares)
        low, high = (Money(round(band[0]), currency), Money(round(band[1]), currency)) if band else (None, None)
        return replace(made, value=ratio.per_unit(), low=low, high=high, of=(Money(one.total, currency), one.n))
    band = wilson(one.num, one.n)
    low, high = band if band else (None, None)
    return replace(made, value=Ratio(one.num, one.n).value, low=low, high=high, of=(one.num, one.n))


def _ranked(spans: Counter[int], rank: int) -> int:
    seen = 0
    for days in sorted(spans):
        seen += spans[days]
        if seen > rank:
            return days
    return max(spans)


def quantile(spans: Counter[int], q: float) -> float | int:
    """A quantile of whole days from their counts, linear between ranks (type 7); whole when it is whole."""
    n = sum(spans.values())
    place = q * (n - 1)
    low = int(place)
    below, above = _ranked(spans, low), _ranked(spans, min(low + 1, n - 1))
    value = below + (above - below) * (place - low)
    return int(value) if value == int(value) else value


def evaluate(at: Snapshot, asked: Asked) -> Result:
    """Measure: the whole and every group of the split. The whole is the sum of its groups, never a second query."""
    if asked.metric.python:
        from saleswright.measure.metrics import combine

        made: Result = getattr(combine, asked.metric.python)(at, asked)
        return made
    grains = [d for d in asked.by if d.grain is not None]
    if asked.metric.at_moment and grains:
        return _over_time(at, asked, grains[0])
    found = sums(at, asked)
    return assemble(at, asked, found)


def assemble(at: Snapshot, asked: Asked, found: dict[tuple[str, ...], Sums], whole: Sums | None = None) -> Result:
    """Figures, references and labels from the additive facts."""
    total = Sums()
    for one in found.values():
        total += one
    total = whole or total
    ref = reference(at, asked)
    kept = {key: one for key, one in found.items() if one.n or (key and all(key) and not asked.metric.at_moment)}
    groups = {
        key: finish(asked.metric, one, at.currency, str(ref.only(tuple(zip((d.name for d in asked.by), key, strict=True)))))
        for key, one in kept.items()
    } if asked.by else {}  # fmt: skip
    labels = tuple(
        names(at, d.ref, (key[i] for key in groups if key[i])) if d.ref else {} for i, d in enumerate(asked.by)
    )
    figure = finish(asked.metric, total, at.currency, str(ref))
    return Result(asked, ref, figure, total, groups, kept if asked.by else {}, labels, _notes(asked, total))


def _notes(asked: Asked, total: Sums) -> tuple[str, ...]:
    notes = []
    if total.by_created:
        notes.append(f"{total.by_created:,} of {total.n:,} deals have no qualified date; their created date stands in.")
    if total.still_open:
        notes.append(f"{total.still_open:,} of {total.n:,} deals are still open; the share can still rise.")
    return tuple(notes)


def _over_time(at: Snapshot, asked: Asked, grain: Dimension) -> Result:
    """A balance by month is the balance at the end of each month (the running one as of the moment asked for)."""
    assert grain.grain is not None
    others = tuple(d for d in asked.by if d is not grain)
    still = replace_by(asked, others)
    whole = sums(at, replace_by(asked, ()))
    found: dict[tuple[str, ...], Sums] = {}
    first = at.reader.rows(f"SELECT min({asked.metric.date}) FROM {asked.metric.entity}")[0][0]
    start = max(asked.period.start, first or at.day)
    day = start
    while day < asked.period.end and day <= at.day:
        period = period_of(grain.grain, day, at.workspace.calendar)
        for key, one in sums(at.at(date.fromordinal(period.end.toordinal() - 1)), still).items():
            members = list(key)
            members.insert(asked.by.index(grain), str(period))
            found[tuple(members)] = one
        day = period.end
    return assemble(at, asked, found, whole.get((), Sums()))


def replace_by(asked: Asked, by: tuple[Dimension, ...]) -> Asked:
    """The same question split otherwise."""
    return replace(asked, by=by)


__all__ = ["Asked", "Result", "Sums", "Test", "ask", "evaluate"]
