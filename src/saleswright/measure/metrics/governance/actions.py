"""The faces of governance: who steers by what, what is due to be looked at, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.measure.metrics.asked import metrics_in_force
from saleswright.measure.metrics.governance import fresh, guide, outcome, reviews, sets
from saleswright.measure.metrics.governance import kpi as kpi_of
from saleswright.measure.metrics.governance.advice import advise
from saleswright.measure.metrics.governance.advice import table as advice_table
from saleswright.measure.metrics.governance.board import (
    Governed,
    Line,
    diagnostics,
    governed,
    lines,
    role_named,
    unlinked,
)
from saleswright.measure.metrics.governance.choosing import kpi_choose
from saleswright.measure.metrics.governance.log import kpi_reviewed
from saleswright.measure.metrics.governance.normal import kpi_normal
from saleswright.measure.metrics.governance.reviews import Due
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import are, plural


def _roles(at: Any) -> list[Choice]:
    return [Choice(role) for role in sets.sets(at, metrics_in_force(at))[0]]


Role = Annotated[str, Arg("choice", "whose KPIs, such as sales management", _roles, what="role", closed=False)]


@action(effect="read", example={"role": "sales management"}, title="Who steers by which number?")
def kpi(at: Snapshot, role: Role = "") -> Report:
    """List the KPIs of a role, or everybody's: who answers for each, its objective, its value, its age, whether it is due.

    A KPI without an objective or without somebody who answers for it is flagged. An activity count has its outcome beside it.
    What is no KPI is a diagnostic: kpi path METRIC leads to it.
    """
    held = governed(at)
    if role:
        role = role_named(held, role)
    asked = held.of_role(role) if role else held.steered
    made = lines(at, held, asked, bool(role))
    blocks: list[Block] = [table(held, made, role)]
    if role:
        told = advise(at, role, made)
        if told.strikes:
            blocks.append(advice_table(told))
        blocks += [Note(told.warning, "warning")] if told.warning else []
        blocks.append(Note(told.balance))
    else:
        blocks += [Note(text, "warning") for text in crowded(held)]
    blocks += [Note(text, "warning") for text in flags(made)]
    whose = f"{role} steers" if role else f"{plural(len(held.sets), 'role')} steer"
    late = sum(line.due.is_due for line in made)
    rest = len(held.kpis) - len(held.steered)
    lede = f"{whose} by {plural(len(made), 'KPI')}; {late} {are(late)} due for review."
    if not role:
        lede += f" {plural(rest, 'other metric')} {are(rest)} diagnostic."
    first = made[0].kpi.name if made else "win_rate"
    return Report(
        "Who steers by which number?",
        blocks,
        lede=lede[0].upper() + lede[1:],
        issues=(*held.issues, *at.stale),
        next=("saleswright kpi due", f"saleswright kpi path {first}"),
    )


def table(held: Governed, made: list[Line], role: str) -> Table:
    """KPIs as rows: whose, why, how much, how old, when due. One role's are judged, everybody's say whose they are."""
    columns = (
        Column("kpi", "KPI"),
        *(() if role else (Column("roles", "Roles"),)),
        Column("value", "Value", "number"),
        Column("beside", "Beside it", "number"),
        Column("period", "Period"),
        *((Column("ordinary", "Last month"),) if role else ()),
        Column("answers", "Answers for it"),
        Column("objective", "Objective"),
        Column("timing", "Leading or lagging"),
        Column("cadence", "Reviewed"),
        Column("due", "Review"),
        Column("age", "Data"),
    )
    rows = tuple(
        (
            line.kpi.label,
            *(() if role else (", ".join(held.roles(line.kpi.name)) or "nobody's set",)),
            line.figure,
            line.beside,
            line.period,
            *((line.verdict.word if line.verdict else "",) if role else ()),
            line.kpi.answers or "nobody",
            line.kpi.objective or "none",
            line.kpi.timing or "not said",
            line.kpi.cadence or "not said",
            line.due.words,
            fresh.words(line.age),
        )
        for line in made
    )
    return Table("kpis", columns, rows, "Who steers by which number?")


def flags(made: list[Line]) -> list[str]:
    """What is wrong with how these KPIs are governed, a sentence each."""
    said = []
    for one, lacks in unlinked(tuple(line.kpi for line in made)):
        said.append(f"{one.label} is linked to nothing: {lacks}. Say so in {one.definition.where()}.")
    for line in made:
        if line.stale:
            how = f"its data is {fresh.words(line.age)}"
            said.append(f"{line.kpi.label} is looked at {line.kpi.cadence}, but {how}: saleswright import")
    return said


def crowded(held: Governed) -> list[str]:
    """Which roles have more KPIs than they can steer by, and where the reasons stand."""
    many = [(role, len(one.names), one.where) for role, one in held.sets.items() if len(one.names) > sets.MOST]
    return [
        f"{role.capitalize()} has {count} KPIs, {count - sets.MOST} more than {sets.MOST} ({where}). What could go, and why: "
        f'saleswright kpi --role "{role}"'
        for role, count, where in many
    ]


@action(effect="read", name="kpi due", example={}, title="Which KPI is to be looked at?")
def kpi_due(at: Snapshot, role: Role = "") -> Report:
    """List the KPIs that are due for review, the most overdue first, with what came of the last one.

    Due is the day the last review named, else one cadence after it; what nobody ever reviewed is due now.
    """
    held = governed(at)
    asked = held.of_role(role_named(held, role)) if role else held.steered
    found = reviews.due(at, asked, held.reviews)
    now = [one for one in found if one.is_due]
    blocks: list[Block] = [due_table("due", now, "Due for review")]
    later = [one for one in found if not one.is_due and one.day]
    if later:
        blocks.append(due_table("later", later, "Reviewed, due later"))
    never = [one.kpi.label for one in found if one.late is None]
    if never:
        blocks.append(
            Note(f"Never due, for no cadence is said: {', '.join(never)}. Add cadence: monthly, or another.", "warning")
        )
    late = sum((one.late or 0) > 0 for one in now)
    new = sum(one.last is None for one in now)
    lede = (
        f"{plural(len(now), 'KPI')} due: {late} overdue, {new} never reviewed." if now else "Nothing is due for review."
    )
    follow = f'saleswright kpi reviewed {now[0].kpi.name} --outcome "what came of it"' if now else "saleswright kpi"
    return Report("Which KPI is to be looked at?", blocks, lede=lede, issues=held.issues, next=(follow,))


def due_table(name: str, found: list[Due], title: str) -> Table:
    """KPIs with when they are due and what came of the last review."""
    columns = (
        Column("kpi", "KPI"), Column("answers", "Answers for it"), Column("cadence", "Reviewed"), Column("state", "Review"),
        Column("day", "Due on", "date"), Column("last", "Last reviewed", "date"), Column("outcome", "What came of it"),
        Column("name", "Name"),
    )  # fmt: skip
    rows = tuple(
        (
            one.kpi.label, one.kpi.answers or "nobody", one.kpi.cadence or "not said", one.words, one.day,
            one.last.day if one.last else None, one.last.outcome if one.last else "", one.kpi.name,
        )
        for one in found
    )  # fmt: skip
    return Table(name, columns, rows, title)


def _metrics(at: Any) -> list[Choice]:
    return [Choice(one.name, one.label, one.question) for one in metrics_in_force(at).values()]


@action(effect="read", name="kpi path", example={"metric": "win_rate"}, title="Where to look when a KPI moved")
def kpi_path(
    at: Snapshot,
    metric: Annotated[str, Arg("choice", "which KPI, such as win_rate", _metrics, what="metric", closed=False)],
) -> Report:
    """Lead from a KPI to its diagnostics: what it is made of, the same asked otherwise, and what came of its reviews."""
    from saleswright.measure.metrics.asked import metric_named

    held = governed(at)
    one = held.kpis[metric_named(at, metric).name]
    figure, made = kpi_of.measured(at, one)
    beside = outcome.with_outcome(at, made.asked) if made else None
    period = str(made.asked.period) if made else ""
    rows = []
    for other, words in diagnostics(held, one):
        value, result = kpi_of.measured(at, other, "" if other.at_moment else period)
        came = outcome.with_outcome(at, result.asked) if result else None
        rows.append((other.label, words, other.use, value, came, other.name))
    columns = (
        Column("metric", "Metric"), Column("relation", "How it hangs together"), Column("use", "Use"),
        Column("value", "Value", "number"), Column("beside", "Beside it", "number"), Column("name", "Name"),
    )  # fmt: skip
    blocks: list[Block] = [figure, *([beside] if beside else [])]
    blocks.append(Table("diagnostics", columns, tuple(rows), "Where to look when it moved"))
    blocks += [history_table(held, one.name), *(Note(text, "warning") for text in own_flags(one))]
    use = "a KPI" if one in held.steered else "a diagnostic"
    whose = ", ".join(held.roles(one.name))
    said = [
        f"{one.label} is {use}" + (f" of {whose}" if whose else ""),
        *(f"{key}: {text}" for key, text in about(one)),
    ]
    nearest = next((row[-1] for row in rows), one.name)
    return Report(
        f"Where do we look when {one.label.lower()} moved?",
        blocks,
        lede=". ".join(said) + ".",
        issues=(*held.issues, *at.stale),
        next=(f"saleswright measure {nearest} --by month", f"saleswright measure {one.name} --by owner"),
    )


def about(one: Metric) -> list[tuple[str, str]]:
    """What a KPI's definition says of its use, as far as it says anything."""
    said = (
        ("answers for it", one.answers),
        ("objective", one.objective),
        ("timing", one.timing),
        ("reviewed", one.cadence),
    )
    return [(key, text) for key, text in said if text]


def own_flags(one: Metric) -> list[str]:
    """What one metric's definition does not say that a KPI's should."""
    if one.use != "kpi" or not kpi_of.lacks(one):
        return []
    return [f"Not said of this KPI: {', '.join(kpi_of.lacks(one))}. Say so in {one.definition.where()}."]


def history_table(held: Governed, name: str) -> Table:
    """What came of every review of a metric, the latest first."""
    columns = (
        Column("day", "Day", "date"), Column("outcome", "What came of it"), Column("value", "The figure then"),
        Column("by", "By"), Column("next", "Next on", "date"), Column("figure", "Figure", "ref"),
    )  # fmt: skip
    found = held.reviews.get(name, [])
    rows = tuple((one.day, one.outcome, one.value, one.by, one.next, one.figure) for one in found)
    return Table(
        "reviews", columns, rows, "What came of its reviews?", footer="" if rows else "Nobody has logged a review."
    )


ACTIONS: tuple[Any, ...] = (kpi, kpi_path, kpi_normal, kpi_due, kpi_reviewed, kpi_choose)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    sets.KIND: sets.json_schema,
    reviews.KIND: reviews.json_schema,
    guide.KIND: guide.json_schema,
}
