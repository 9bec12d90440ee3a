"""The faces of the metric catalogue: list it, measure one, open a number."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import before_first, lacking
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Column, Figure, Note, Point, Report, Series, Table, Unit, Value
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics import due
from saleswright.measure.metrics.asked import ask, broken_rules, catalogue, metrics_in_force
from saleswright.measure.metrics.compute import Result, band, evaluate
from saleswright.measure.metrics.dimensions import choices
from saleswright.measure.metrics.doubts import doubted, doubts
from saleswright.measure.metrics.explain import explain_figure
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.governance.past import limits_of
from saleswright.measure.metrics.keys import USES
from saleswright.measure.metrics.listed import HEADLINE, MOST_VALUES, came_of, group_of, groups, matching, value
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import are, because, by_count, many, noun, plural

THIN = 10
FIRST = "Read the warnings first: the record contradicts itself about customers."


def metric_choices(at: Snapshot) -> list[Choice]:
    """Every metric of this workspace, aliases after the names."""
    metrics = metrics_in_force(at)
    found = [Choice(m.name, m.label, m.question) for m in metrics.values()]
    return found + [Choice(alias, m.label, m.question) for m in metrics.values() for alias in m.aliases]


MetricName = Annotated[
    str, Arg("choice", "which metric, such as win_rate", choices=metric_choices, what="metric", closed=False)
]
By = Annotated[
    tuple[str, ...], Arg("words", "split by, such as team or month; once or twice", choices=choices, what="dimension")
]
PeriodText = Annotated[str, Arg("period", "such as 2017Q1, this quarter, last 12 months, 2017-01-01..2017-03-31, all")]
Where = Annotated[tuple[tuple[str, str], ...], Arg("pairs", "only these, such as region=Central; may be repeated")]


@action(effect="read", example={"metric": "win_rate", "by": ["team"]}, title="Measure")
def measure(at: Snapshot, metric: MetricName, by: By = (), period: PeriodText = "", where: Where = ()) -> Report:
    """Measure one metric, split, filtered and dated as you like.

    The first figure is the whole; the table or series after it is the split. Every figure carries the reference that
    opens its rows. Nothing to divide by gives null with the reason, never zero.
    """
    asked = ask(at, metric, by, period, where)
    result = evaluate(at, asked)
    made = report(at, result)
    company = None if period else band(at, asked)
    after = list(made.blocks).index(result.total) + 1
    return replace(made, blocks=[*made.blocks[:after], company, *made.blocks[after:]]) if company else made


def group_choices(at: Snapshot) -> list[Choice]:
    """The groups of the catalogue that have metrics here."""
    found = metrics_in_force(at)
    return [Choice(name, words) for name, words, _ in groups(found.values())]


@action(effect="read", example={}, title="KPIs")
def metrics(
    at: Snapshot,
    group: Annotated[str, Arg("choice", "only this group", choices=group_choices, what="group", closed=False)] = "",
    find: Annotated[str, Arg("text", "only those whose name, other names or question hold these words")] = "",
    use: Annotated[
        str,
        Arg("choice", "only kpi or only diagnostic", choices=lambda at: [Choice(word) for word in USES], what="use"),
    ] = "",
) -> Report:
    """List the metrics: what each asks, its other names, whether it is a KPI, and its value over its own period.

    A long list has the values of the headline and the KPIs; a group or a search has all of them. One that needs data the
    record has none of says which, one that stands on a later chapter what it waits for.
    """
    known, issues = catalogue(at)
    found = matching(known, group, find, use)
    every = len(found) <= MOST_VALUES
    rows = []
    for item in found:
        shown = not item.dear and (every or item.awaits or item.use == "kpi" or item.name in HEADLINE)
        figure = value(at, item) if shown else None
        came = came_of(at, item) if shown else None
        named = came.label if came else ""
        rows.append((item.name, group_of(item), item.use, item.question, ", ".join(item.aliases), figure, named, came))
    table = Table(
        "metrics",
        (
            Column("name", "Metric"),
            Column("group", "Group"),
            Column("use", "Use"),
            Column("question", "Question"),
            Column("aliases", "Also called"),
            Column("value", "Value", "number"),
            Column("comes", "What comes of it"),
            Column("outcome", "So much of it", "number"),
        ),
        tuple(rows),
    )
    waiting = sum(1 for item in found if item.awaits)
    notes = [] if every else [Note("Values of the headline and the KPIs; name a group or search for the others'.")]
    if waiting:
        notes.append(
            Note(f"{waiting} of {len(found)} {are(waiting, 'waits', 'wait')} for a later chapter; each says which.")
        )
    return Report(
        "What can be measured?",
        [table, *notes],
        lede=f"{len(found)} metrics" + (f" of {len(known)}." if len(found) < len(known) else "."),
        issues=(*doubted(at, found), *issues),
        next=("saleswright measure win_rate --by team",),
    )


@action(effect="read", example={}, title="Headline")
def headline(at: Snapshot, period: PeriodText = "", where: Where = ()) -> Report:
    """Say the pipeline in seven figures: what came in, what a win is worth, how many, how fast, and what is open."""
    found, issues = catalogue(at)
    results = [evaluate(at, ask(at, name, (), period, where)) for name in HEADLINE if name in found]
    notes = dict.fromkeys(note for result in results for note in result.notes)
    won = evaluate(at, ask(at, "won_value", (), period, where)).total
    rate = next((r.total for r in results if r.asked.metric.name == "win_rate"), None)
    words = results[0].asked.period.label if results else "all time"
    early = [Note(text, "warning") for text in (before_first(at),) if text]
    lede = f"{rate.of[0]:,} won of {rate.of[1]:,} decided" if rate and rate.of else "Nothing was decided"
    return Report(
        "The pipeline in seven figures",
        [*(result.total for result in results), won, *early, *(Note(note) for note in notes)],
        lede=f"{lede}, {words}, as of {at.as_of_text}.",
        issues=(*issues, *at.stale),
        next=("saleswright measure win_rate --by owner", f"saleswright explain '{results[2].reference}'"),
    )


@action(effect="read", example={"ref": "win_rate"}, title="Open a number")
def explain(
    at: Snapshot,
    ref: Annotated[str, Arg("text", "a figure's reference, in quotes; or a metric's name")],
    page: Annotated[int, Arg("int", "which page of rows, from 1")] = 1,
) -> Report:
    """Open a number: its rows, its formula, what was left out and why, and how it came to be."""
    return explain_figure(at, ref, page)


def report(at: Snapshot, result: Result) -> Report:
    """A measured metric laid out: the whole, the split, notes, and the footer that is its proof."""
    metric = result.asked.metric
    first = doubts(at, metric)
    beside = outcome.beside(at, result.asked)
    blocks: list[Block] = [*first, result.total, *outcome.whole(beside)]
    split = result.asked.by
    if split:
        grained = len(split) == 1 and split[0].grain is not None
        if not grained or beside is not None:
            blocks.append(table(result, beside))
        if grained:
            blocks.append(series(at, result))
            if isinstance(beside, Result) and beside.asked.by:
                blocks.append(series(at, beside))
    thin = (
        sum(1 for figure in result.groups.values() if (figure.n or 0) < THIN) if metric.unit in ("share", "days") else 0
    )
    blocks += [Note(text, "warning") for text in outcome.busy(result, beside)]
    blocks += warnings(at, metric)
    blocks += [Note(text) for text in result.notes]
    if thin:
        blocks.append(
            Note(
                f"{thin} of {len(result.groups)} {are(thin, 'has', 'have')} fewer than "
                f"{many(THIN, noun(metric.entity))}: too few to rank.",
                "warning",
            )
        )
    if result.sums.left_out:
        parts = ", ".join(because(count, reason) for reason, count in by_count(result.sums.left_out))
        blocks.append(Note(f"Left out: {parts}."))
    if metric.caution:
        blocks.append(Note(metric.caution, "note"))
    ref = str(result.reference)
    return Report(
        metric.question or metric.label,
        blocks,
        lede=FIRST if first else sentence(result),
        footer=tuple(checks(result)),
        issues=(*at.stale, *broken_rules(at)),
        next=(f"saleswright explain '{ref}'",),
    )


def warnings(at: Snapshot, metric: Metric) -> list[Note]:
    """What this data cannot tell about a metric: a tier that is missing, a day before the first import."""
    return [Note(text, "warning") for text in (lacking(at, metric.needs), before_first(at)) if text]


def series(at: Snapshot, result: Result) -> Series:
    """The split over one stretch of time, in order, gaps included as they are."""
    grain = result.asked.by[0].grain
    assert grain is not None
    metric = result.asked.metric
    keys = sorted(result.groups, key=lambda k: _start(at, k[0]))
    limits = limits_of(at, result, [period for key in keys if (period := _period(at, key[0]))])
    points = []
    for key in keys:
        period = _period(at, key[0])
        start = period.start if period else None
        points.append(Point(key[0] or "(no date)", start, result.groups[key], limits.get(start)))
    return Series(f"{metric.name}_by_{grain}", grain, tuple(points), f"{metric.label} by {grain}", metric.unit)


def _period(at: Snapshot, text: str) -> Period | None:
    from saleswright.lib.period import parse_period

    return parse_period(text, at.day, at.workspace.calendar) if text else None


def _start(at: Snapshot, text: str) -> int:
    period = _period(at, text)
    return period.start.toordinal() if period else 0


def table(result: Result, beside: Result | Figure | None = None) -> Table:
    """The split as a table: members, the figure, n, left out; the most rows first, thin groups last.

    beside: the outcome of an activity count, which stands next to it in every row.
    """
    metric, split = result.asked.metric, result.asked.by
    unit: Unit = metric.unit
    columns = (
        *(Column(d.name, d.label) for d in split),
        Column("value", metric.label, unit),
        *(Column("outcome", one.label, one.unit) for one in outcome.whole(beside)),
        Column("n", many(2, noun(metric.entity), bare=True).capitalize(), "count"),
        Column("excluded", "Left out", "count"),
    )

    def order(key: tuple[str, ...]) -> tuple[bool, str | int, tuple[str, ...]]:
        figure = result.groups[key]
        if split[0].grain is not None:
            return (False, key[0], key)
        if split[0].at_moment:
            return (False, due.rank(split[0].name, key[0]), key)
        return ((figure.n or 0) < THIN, -(figure.n or 0), key)

    rows = []
    for key in sorted(result.groups, key=order):
        figure: Figure = result.groups[key]
        came = (outcome.group(beside, [d.name for d in split], key),) if beside else ()
        rows.append((*result.label(key), figure, *came, figure.n, figure.excluded))
    return Table(
        f"by_{'_'.join(d.name for d in split)}",
        columns,
        tuple(rows),
        f"{metric.label} by {' and '.join(d.label.lower() for d in split)}",
    )


def sentence(result: Result) -> str:
    """The figure in one plain sentence."""
    metric, figure = result.asked.metric, result.total
    if figure.value is None:
        return f"{metric.label}: cannot say yet: {figure.reason}."
    if figure.of and (metric.of_metrics or (metric.numerator is not None and metric.sum)):
        return f"{_side(figure.of[0])} {'over' if metric.shape != 'growth' else 'after'} {_side(figure.of[1])}."
    if metric.numerator is not None and figure.of:
        return f"{figure.of[0]:,} of {many(figure.n or 0, noun(metric.entity))}."
    if metric.name == "quota":
        return f"From {plural(figure.n or 0, 'quota')}."
    return f"From {many(figure.n or 0, noun(metric.entity))}."


def _side(value: Value) -> str:
    return f"{value.currency} {value.decimal:,}" if isinstance(value, Money) else f"{value:,}"


def checks(result: Result) -> list[str]:
    """What was proved about this answer: the parts add up to the whole."""
    if not result.groups or result.asked.metric.of_metrics:
        return []
    timely = any(d.grain for d in result.asked.by)
    if timely and (result.asked.metric.at_moment or result.asked.metric.spans):
        return []
    n = sum(one.n for one in result.group_sums.values())
    if n != result.sums.n:
        raise AssertionError(f"the parts count {n} rows, the whole {result.sums.n}")
    return [f"The parts add to {many(n, noun(result.asked.metric.entity))}."]


__all__ = ["HEADLINE", "explain", "headline", "measure", "metrics", "report"]
