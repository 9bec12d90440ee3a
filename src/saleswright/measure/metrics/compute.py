"""What is the number? Runs a metric's compiled query and puts the groups, references and labels together.

Left-out rows are counted by reason in the same scan; the whole is the sum of its groups, never a second query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal

from saleswright.history.compiled import CONVENTIONS, compiled
from saleswright.history.engine import Reader
from saleswright.history.snapshot import Snapshot
from saleswright.kernel import clock
from saleswright.kernel.definition import digest
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure, Table
from saleswright.lib.zone import local_date
from saleswright.measure.metrics import archive, due, working
from saleswright.measure.metrics.asked import Asked, metric_named
from saleswright.measure.metrics.dimensions import Dimension, dimensions, months_of, names, period_of, scope_value
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.lacking import missing, too_early
from saleswright.measure.metrics.leave_out import Rule
from saleswright.measure.metrics.listing import read
from saleswright.measure.metrics.made import MADE, entity_of
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.reasons import reasons
from saleswright.measure.metrics.ripe import immature
from saleswright.measure.metrics.words import are, plural

if TYPE_CHECKING:
    from saleswright.measure.metrics.query import Question

Want = Literal["grouped", "rows", "left out"]
OTHERS = 5


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
    # Of one that is not of rows but has some: a page of those behind the whole (no key) or a group.
    rows: Callable[[tuple[str, ...], int], Table | None] | None = None

    def label(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """The words for a group's members."""
        return tuple(self.labels[i].get(m, m) if m else "(none)" for i, m in enumerate(key))


def version(at: Snapshot, metric: Metric, rules: Sequence[Rule] = ()) -> str:
    """Six digits over the definition and all it stands on: rules in force, calendar, stage map, engine conventions."""
    parts = _hashes(at, metric)
    calendar = at.workspace.calendar
    stands_on = [calendar.pattern, calendar.start_month, calendar.start_weekday, at.meta["definitions"], CONVENTIONS]
    whole = [metric.definition.hash, parts, stands_on, *working.stands_on(at, metric, _parts(at, metric))]
    if metric.settings:
        whole.append([[d.hash for d in at.workspace.all(kind, at.day)] for kind in metric.settings])
    return digest([*whole, [rule.definition.hash for rule in rules]] if rules else whole)


def _hashes(at: Snapshot, metric: Metric, above: tuple[str, ...] = ()) -> list[str]:
    """The hashes of the metrics this one is made of, and of theirs."""
    found = []
    for name in metric.parts:
        if name not in above:
            part = metric_named(at, name)
            found += [part.definition.hash, *_hashes(at, part, (*above, name))]
    return found


def _parts(at: Snapshot, metric: Metric) -> list[Metric]:
    """The metrics this one is made of."""
    return [metric_named(at, name) for name in metric.parts]


def reference(at: Snapshot, asked: Asked) -> Reference:
    """The canonical reference of the whole figure."""
    made_by = version(at, asked.metric, asked.rules)
    archive.keep(at, asked.metric, made_by, asked.rules)
    return Reference(
        name=asked.metric.name,
        hash=made_by,
        period=str(asked.period),
        scope=at.policy.scope,
        as_of=at.as_of_text,
        known=at.known_text,
        scenario=at.workspace.scenario,
        release=at.release.number,
        journal=at.position,
        currency=at.currency,
        where=asked.pairs,
    )


def question(at: Snapshot, asked: Asked) -> tuple[dict[str, Any], Any]:
    """(the question as plain data, how to make its `Question`): the key and the builder of compiled text."""
    metric, calendar = asked.metric, at.workspace.calendar
    mixed = bool(metric.sum) and _mixed(at, metric.entity)
    key = {
        "metric": [metric.definition.hash, metric.name],
        "by": [d.name for d in asked.by],
        "where": [d.name for d, _ in asked.where],
        "shape": at.policy.shape,
        "mixed": mixed,
        "calendar": [calendar.pattern, calendar.start_month],
        "custom": [*at.meta.get("custom", []), *at.own_events],
    }
    if asked.rules:
        key["rules"] = [rule.when for rule in asked.rules]

    def make() -> Question:
        from saleswright.measure.metrics.query import Question

        where = tuple(d for d, _ in asked.where)
        return Question(metric, at.schema, calendar, asked.by, where, at.policy.shape, mixed, asked.lifted, asked.rules)

    return key, make


def _mixed(at: Snapshot, entity: str) -> bool:
    """Could an amount of these rows be in another currency than the reporting one?"""
    if entity == "deal":
        return bool(set(at.currencies) - {at.currency})
    kept = entity_of(at.schema, entity)
    if kept is None or "currency" not in kept.by_name:
        return False
    made = MADE.get(entity)
    of = made.of if made else (entity, *(("deal",) if "deal" in kept.by_name else ()))
    names = [name for name in of if "currency" in at.schema[name].by_name]
    return any(set(currencies(at, name)) - {at.currency} for name in names)


def currencies(at: Snapshot, entity: str) -> tuple[str, ...]:
    """The currencies that an entity's rows are in, whatever the day."""
    return _currencies(at.reader, entity)


@lru_cache(maxsize=64)
def _currencies(reader: Reader, entity: str) -> tuple[str, ...]:
    sql = f'SELECT DISTINCT currency FROM "{entity}" WHERE currency IS NOT NULL ORDER BY currency'
    return tuple(row[0] for row in reader.rows(sql))


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
    if "$day_" in sql:
        named_days = due.days(at.day, at.workspace.calendar, asked.period)
        values |= {f"day_{name}": day.isoformat() for name, day in named_days.items()}
    if "$rate_day" in sql:
        # The constant rate of a year is that of its first day.
        day = asked.rate_from or (asked.period.start if asked.period.bounded else at.day)
        values["rate_day"] = at.workspace.calendar.containing("year", min(day, at.day)).start
    if "$hours_" in sql:
        values |= working.hours_of(at).bound()
    if "$scope" in sql:
        values["scope"] = scope_value(at)
    named = set(re.findall(r"\$(\w+)", sql))
    return {name: value for name, value in values.items() if name in named}


def text_of(at: Snapshot, asked: Asked, want: Want) -> str:
    """The compiled text that answers a question: its groups, the rows counted, or the rows left out."""
    key, make = question(at, asked)

    def build() -> Any:
        from saleswright.measure.metrics import query

        return query.grouped(make()) if want == "grouped" else query.listed(make(), want == "rows")

    if want != "grouped":
        entity = entity_of(at.schema, asked.metric.entity)
        assert entity is not None
        key["shown"] = read(entity, asked.metric)
    elif asked.metric.asks_middle:
        key["spread"] = "lists"
    return compiled(at.workspace.state / "cache", {**key, "want": want}, build)


def sums(at: Snapshot, asked: Asked) -> dict[tuple[str, ...], Sums]:
    """Run the query: additive facts per group, time members as the period's canonical text."""
    sql = text_of(at, asked, "grouped")
    columns, rows = at.reader.table(sql, bind(at, sql, asked))
    words = [because for because, _ in reasons(asked.metric, asked.lifted, asked.rules)]
    place = {name: index for index, name in enumerate(columns)}
    # A member is told once, however many groups it stands in.
    told = [(cache(partial(_member, at, d)), place[f"d_{d.name}"]) for d in asked.by]
    counts = [(name, place[name]) for name in ("num", "unconverted", "by_created", "still_open") if name in place]
    reals = [(name, place[name]) for name in ("squares", "num_squares") if name in place]
    totals = [(name, place[name]) for name in ("total", "num_total") if name in place]
    spread = [place[name] for name in ("values", "counts") if name in place]
    left_out = [(because, place[f"x{index}"]) for index, because in enumerate(words, 1)]
    found: dict[tuple[str, ...], Sums] = {}
    for row in rows:
        members = tuple([tell(row[index]) for tell, index in told])
        one = Sums(row[place["n"]] or 0)
        for name, index in counts:
            setattr(one, name, row[index] or 0)
        for total, index in totals:
            setattr(one, total, _whole(row[index]))
        for real, index in reals:
            setattr(one, real, float(row[index] or 0.0))
        if spread and row[spread[0]]:
            one.spread(map(_whole, row[spread[0]]), row[spread[1]], bool(asked.metric.sum))
        for because, index in left_out:
            if row[index]:
                one.left_out[because] += row[index]
        if members in found:
            found[members] += one
        else:
            found[members] = one
    return found


def _whole(value: Any) -> Any:
    """A sum as the engine gives it: whole numbers as such, others as they are."""
    return value if isinstance(value, float) else int(value or 0)


def _member(at: Snapshot, dimension: Dimension, value: Any) -> str:
    if value is None:
        return ""
    if dimension.grain is None:
        return str(value)
    calendar = at.workspace.calendar
    step = months_of(dimension.grain, calendar)
    if step is not None:
        size, shift = step
        year, month = divmod(value * size + shift, 12)
        return str(period_of(dimension.grain, date(year, month + 1, 1), calendar))
    return str(period_of(dimension.grain, value.date() if hasattr(value, "date") else value, calendar))


def evaluate(at: Snapshot, asked: Asked) -> Result:
    """Measure: the whole and every group of the split. The whole is the sum of its groups, never a second query."""
    if asked.metric.of_metrics or asked.metric.awaits:
        from saleswright.measure.metrics import compound

        return compound.evaluate(at, asked)
    grains = [d for d in asked.by if d.grain is not None]
    if asked.metric.at_moment and grains:
        return _over_time(at, asked, grains[0])
    if asked.metric.spans and grains:
        from saleswright.measure.metrics.spans import each_span

        return each_span(at, asked, grains[0])
    return assemble(at, asked, sums(moment_of(at, asked), asked))


def moment_of(at: Snapshot, asked: Asked) -> Snapshot:
    """Where a balance is read: at the end of the period asked for, or now when that is still to come."""
    if not asked.metric.at_moment or asked.period.grain == "all":
        return at
    return at.at(date.fromordinal(asked.period.end.toordinal() - 1))


def assemble(at: Snapshot, asked: Asked, found: dict[tuple[str, ...], Sums], whole: Sums | None = None) -> Result:
    """Figures, references and labels from the additive facts."""
    total = Sums()
    for one in found.values():
        total += one
    total = whole or total
    ref = reference(at, asked)
    # A balance has no group for who only has rows that were left out, but what the CRM has is told whole.
    bare = asked.metric.everything or not asked.metric.at_moment
    kept = {key: one for key, one in found.items() if one.n or (bare and key and all(key))}
    text = _group_references(ref, [d.name for d in asked.by])
    groups = {key: finish(asked.metric, one, at.currency, text(key)) for key, one in kept.items()} if asked.by else {}
    labels = tuple(
        names(at, d.ref, (key[i] for key in groups if key[i])) if d.ref else {} for i, d in enumerate(asked.by)
    )
    figure = finish(asked.metric, total, at.currency, str(ref))
    # None of many may be because nobody tells: a share of what no export says is not 0 %.
    none = asked.metric.spans or not total.n or (asked.metric.numerator is not None and not total.num)
    if lacking := missing(at, asked.metric) if none else too_early(at, asked.metric):
        figure = _untold(figure, lacking)
        groups = {key: _untold(one, lacking) for key, one in groups.items()}
    return Result(
        asked,
        ref,
        figure,
        total,
        groups,
        kept if asked.by else {},
        labels,
        (*immature(at, asked, kept), *_notes(asked, total)),
    )


def _untold(figure: Figure, lacking: str) -> Figure:
    return replace(figure, value=None, low=None, high=None, of=None, reason=lacking)


def _group_references(ref: Reference, fields: Sequence[str]) -> Callable[[tuple[str, ...]], str]:
    """What writes the reference of one group: as `ref.only` would, but each member once and the rest once."""
    head, _, rest = str(ref).partition(";")

    @cache
    def part(field: str, member: str) -> str:
        return str(ref.only(((field, member),)))[len(head) + len(";by=") : -len(rest) - 1]

    order = sorted(range(len(fields)), key=fields.__getitem__)

    def write(key: tuple[str, ...]) -> str:
        return f"{head};by={','.join([part(fields[i], key[i]) for i in order])};{rest}"

    return write


def _notes(asked: Asked, total: Sums) -> tuple[str, ...]:
    notes = []
    if total.by_created:
        notes.append(
            f"{total.by_created:,} of {plural(total.n, 'deal')} {are(total.by_created, 'has', 'have')} no qualified date; "
            f"{are(total.by_created, 'its', 'their')} created date stands in."
        )
    if total.still_open:
        notes.append(
            f"{total.still_open:,} of {plural(total.n, 'deal')} {are(total.still_open)} still open; the share can still rise."
        )
    return tuple(notes)


def _over_time(at: Snapshot, asked: Asked, grain: Dimension) -> Result:
    """A balance by month is the balance at the end of each month (the running one as of the moment asked for)."""
    assert grain.grain is not None
    still = replace_by(asked, tuple(d for d in asked.by if d is not grain))
    whole = sums(moment_of(at, asked), replace_by(asked, ()))
    found: dict[tuple[str, ...], Sums] = {}
    day = max(asked.period.start, first_day(at, asked.metric))
    while day < asked.period.end and day <= at.day:
        period = period_of(grain.grain, day, at.workspace.calendar)
        for key, one in sums(at.at(date.fromordinal(period.end.toordinal() - 1)), still).items():
            members = list(key)
            members.insert(asked.by.index(grain), str(period))
            found[tuple(members)] = one
        day = period.end
    return assemble(at, asked, found, whole.get((), Sums()))


def first_day(at: Snapshot, metric: Metric) -> date:
    """The first day that anything these rows are made of tells of."""
    made = MADE.get(metric.entity)
    told = made.told[""] if made else ((metric.entity, metric.date),)
    days = [one for one in told if at.schema[one[0]][one[1]].type == "date"] if made else told
    found = [at.reader.rows(f'SELECT min("{field}") FROM "{entity}"')[0][0] for entity, field in days]
    return min((day for day in found if day), default=at.day)


def band(at: Snapshot, asked: Asked) -> Figure | None:
    """The company's figure for comparison, for an actor who may not see its rows: no reference, no split, no filter.

    Only for metrics that declare it, and only where at least five other people stand behind it, so that nobody's
    figure can be worked out from it.
    """
    if at.policy.scope == COMPANY or not asked.metric.band or asked.by or asked.where:
        return None
    today = local_date(clock.now().replace(tzinfo=None), at.workspace.zone)
    if at.known_text or at.day != today or not at.release.at:
        # The difference of two days' bands would be one person's deal.
        return None
    wide = replace(at, policy=Policy(at.policy.actor, COMPANY, at.policy.hidden))
    people = replace_by(asked, (dimensions(at.schema)["owner"],))
    everybody, own = sums(wide, people), sums(at, people)
    if len([key for key, one in everybody.items() if one.n and key not in own and key[0]]) < OTHERS:
        return None
    total = Sums()
    for one in everybody.values():
        total += one
    figure = finish(asked.metric, total, at.currency)
    # The count, the parts and the range would tell how many others there are, and so what each of them has.
    return Figure("band", figure.value, figure.unit, f"{asked.metric.label} of the whole company", reason=figure.reason)


def replace_by(asked: Asked, by: tuple[Dimension, ...]) -> Asked:
    """The same question split otherwise."""
    return replace(asked, by=by)
