"""Where does this number come from? A reference opened to rows, formula, what was left out, and how it changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.history.tiers import before_first, lacking
from saleswright.kernel.call import Ambient
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table, Value
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics import archive
from saleswright.measure.metrics.asked import Asked, ask, broken_rules, metric_named, rules_of, suits
from saleswright.measure.metrics.compute import Result, evaluate, moment_of, reference, text_of, version
from saleswright.measure.metrics.dimensions import Dimension
from saleswright.measure.metrics.doubts import doubts
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.frozen import GRACE, closed_on, thawed
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.leave_out import UNSEEN
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.opened_rows import PAGE
from saleswright.measure.metrics.opened_rows import opened as rows_of
from saleswright.measure.metrics.words import by_count, many, noun, plural

BEFORE = (
    ("as asked", 0),
    ("a week before", 7),
    ("a month before", 30),
    ("a quarter before", 91),
    ("a year before", 365),
)


def explain_figure(at: Snapshot, text: str, page: int = 1) -> Report:
    """The report behind a reference. Stop: not a reference, not allowed, gone, or made by another definition."""
    if "@" not in text:
        text = str(evaluate(at, ask(at, text)).reference)
    ref = Reference.parse(text)
    # The scope is part of the reference: who may not see it is refused before anything is opened.
    at.policy.require(ref.scope)
    opened = open_snapshot(
        at.workspace.under(ref.scenario) if ref.scenario and ref.scenario != at.workspace.scenario else at.workspace,
        Ambient(
            actor="" if at.policy.actor == "me" else at.policy.actor,
            as_of=ref.as_of,
            known=ref.known,
            scope=ref.scope,
            snap=f"r{ref.release}.j{ref.journal}",
            currency=ref.currency,
        ),
    )
    try:
        return _open(opened, ref, max(page, 1))
    finally:
        opened.close()


@dataclass(frozen=True)
class Opened:
    """What a reference names: the question asked again, its whole answer, and the one figure with its facts."""

    asked: Asked
    whole: Result
    figure: Figure
    sums: Sums


def found(at: Snapshot, ref: Reference) -> Opened:
    """The figure of a reference, measured again. Stop: made by a definition that is no longer known, or no such group."""
    metric = metric_named(at, ref.name)
    rules = rules_of(at, metric)
    if version(at, metric, rules) != ref.hash:
        then, ruled = archive.recall(at, ref.name, ref.hash)
        if then is not None and version(at, then, ruled) == ref.hash:
            metric, rules = then, ruled
    if version(at, metric, rules) != ref.hash:
        raise Stop(
            Issue(
                f"{ref.name}@{ref.hash}",
                f"this figure was made by another definition; today's is {version(at, metric, rules)}",
                "so today's definition would give another number under the same reference",
                f"saleswright measure {ref.name} for today's, or put the definition back from version control",
                code="other-definition",
            ),
            exit_code=CONFLICT,
        )
    asked = replace(_asked_again(at, ref, metric), rules=rules)
    whole = evaluate(at, asked)
    key = tuple(member for _, member in _ordered(asked, ref))
    if not ref.by:
        figure, sums = whole.total, whole.sums
    elif key in whole.groups:
        figure, sums = whole.groups[key], whole.group_sums.get(key, Sums())
    else:
        raise Stop(
            Issue(str(ref), "there is no such group", "nothing in the record belongs to it", "check the by= part"),
            exit_code=USAGE,
        )
    return Opened(asked, whole, replace(figure, ref=str(ref)), sums)


def _open(at: Snapshot, ref: Reference, page: int) -> Report:
    opened = found(at, ref)
    asked, whole, figure, metric = opened.asked, opened.whole, opened.figure, opened.asked.metric
    first = doubts(at, metric)
    blocks: list[Block] = [*first, figure]
    parts = _parts(at, ref, whole)
    blocks += outcome.of_lone(at, (figure, *parts))
    if parts:
        blocks.append(
            Table(
                "parts",
                (Column("name", "Made of"), Column("value", "Value", "number"), Column("n", "Rows", "count")),
                tuple((p.label, p, p.n) for p in parts),
                "Made of",
            )
        )
    if not (metric.of_metrics or metric.awaits):
        where = _at_group(at, asked, ref)
        left_out = opened.sums.left_out
        blocks.append(rows_of(*where, figure, counted=True, page=page))
        blocks.append(_left_out(left_out))
        if left_out:
            blocks.append(rows_of(*where, figure, counted=False, page=1, total=sum(left_out.values())))
    elif whole.rows is not None and (table := whole.rows(tuple(m for _, m in _ordered(asked, ref)), page)) is not None:
        blocks.append(table)
    blocks += [_definition(at, asked, figure), _history(at, asked, ref)]
    blocks += [Note(text, "warning") for text in (lacking(at, metric.needs), before_first(at)) if text]
    blocks += [Note(text) for text in whole.notes]
    if metric.caution:
        blocks.append(Note(metric.caution))
    return Report(
        f"{metric.label}: {metric.question}",
        blocks,
        lede=metric.formula if first else _formula_filled(figure, asked),
        footer=(f"as of {at.as_of_text}, history version {at.release.number}, {at.policy.scope}",),
        issues=broken_rules(at),
        data={"ref": str(ref), "page": page, "pages": max(1, -(-(figure.n or 0) // PAGE))},
    )


def _parts(at: Snapshot, ref: Reference, whole: Result) -> list[Figure]:
    """The figures that one of other metrics is made of, each with its own reference: of a group, those of that group."""
    if not ref.by:
        return list(whole.parts)
    made = []
    for part in whole.parts:
        if not part.ref:
            continue
        own = Reference.parse(part.ref).only(ref.by)
        try:
            made.append(replace(found(at, own).figure, label=part.label))
        except Stop:
            # One side of it has nothing of this group, or of the month before it.
            made.append(
                replace(part, value=None, n=0, low=None, high=None, of=None, reason="nothing of it here", ref="")
            )
    return made


def _asked_again(at: Snapshot, ref: Reference, metric: Metric) -> Asked:
    asked = ask(at, metric, [d for d, _ in ref.by], ref.period)
    filters: dict[str, tuple[Dimension, list[str]]] = {}
    for name, member in ref.where:
        filters.setdefault(name, (suits(at, metric, name, "where"), []))[1].append(member)
    return replace(asked, where=tuple((d, tuple(sorted(members))) for d, members in filters.values()))


def _ordered(asked: Asked, ref: Reference) -> list[tuple[str, str]]:
    given = dict(ref.by)
    return [(d.name, given[d.name]) for d in asked.by]


def _at_group(at: Snapshot, asked: Asked, ref: Reference) -> tuple[Snapshot, Asked, dict[str, list[str]]]:
    """The snapshot, question and group filter that list a group's rows: time members become the period itself."""
    bound: dict[str, list[str]] = {}
    splits: list[Dimension] = []
    at = moment_of(at, asked)
    for dimension, (_, member) in zip(asked.by, _ordered(asked, ref), strict=True):
        if dimension.grain is None:
            bound[f"b{len(splits)}"] = [member]
            splits.append(dimension)
            continue
        period = parse_period(member, at.day, at.workspace.calendar)
        if asked.metric.at_moment:
            at = at.at(period.end - timedelta(days=1))
        else:
            start, end = max(period.start, asked.period.start), min(period.end, asked.period.end)
            asked = replace(asked, period=Period(start, end, member, "range"))
    return at, replace(asked, by=tuple(splits)), bound


def _left_out(left_out: Any) -> Table:
    rows = tuple((because, count) for because, count in by_count(left_out))
    return Table(
        "excluded",
        (Column("because", "Left out"), Column("n", "Rows", "count")),
        rows,
        "Left out, and why",
        footer=f"{sum(left_out.values()):,} rows left out",
    )


def _formula_filled(figure: Figure, asked: Asked) -> str:
    if figure.value is None:
        return f"{asked.metric.formula}: cannot say yet: {figure.reason}"
    if figure.of:
        above, below = figure.of
        return f"{asked.metric.formula} = {_side(above)} ÷ {_side(below)}"
    return asked.metric.formula


def _side(value: Value) -> str:
    if isinstance(value, Money):
        return f"{value.text} {value.currency}"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def _definition(at: Snapshot, asked: Asked, figure: Figure) -> Table:
    metric, definition = asked.metric, asked.metric.definition
    rows: list[tuple[Cell, ...]] = [
        ("question", metric.question),
        ("formula", metric.formula),
        ("with its numbers", _formula_filled(figure, asked)),
        *((("counts", many(2, noun(metric.entity), bare=True)),) if not metric.of_metrics else ()),
        *((("made of", ", ".join(metric.parts)),) if metric.parts else ()),
        ("version", version(at, metric, asked.rules)),
        ("written in", definition.where() + (" (shipped)" if definition.shipped else "")),
        ("in force from", "always" if definition.start == date(1, 1, 1) else definition.start.isoformat()),
        ("source", metric.source),
        *(("left out by rule", f"{rule.because}: {rule.definition.where()}") for rule in asked.rules),
        ("period", f"{asked.period.label} ({asked.period})"),
        ("filters", "; ".join(f"{d.name} = {', '.join(m or '(none)' for m in ms)}" for d, ms in asked.where) or "none"),
        ("as of", at.as_of_text + (f", as known {at.known_text}" if at.known_text else "")),
        ("history version", at.release.number),
    ]
    if not (metric.of_metrics or metric.awaits) and not any(rule.because == UNSEEN for rule in asked.rules):
        rows.append(("query", text_of(at, asked, "grouped")))
    return Table("definition", (Column("what", "What"), Column("value", "Value")), tuple(rows), "Definition")


def _closed(at: Snapshot, asked: Asked) -> Iterator[tuple[str, int, Asked]]:
    """Of a period that is over: how it stood when it closed, and how it stands where the metric stays with that."""
    grace = GRACE if asked.metric.frozen_after is None else asked.metric.frozen_after
    day = closed_on(asked.period, grace)
    if day is None or day >= at.day:
        return
    if asked.metric.frozen_after is not None:
        yield "as known now", 0, thawed(asked)
    yield f"as it closed, {plural(grace, 'day')} after the period", (at.day - day).days, asked


def _history(at: Snapshot, asked: Asked, ref: Reference) -> Table:
    """The same question asked as of earlier days: how the number came to be what it is. Of a dear one, today's alone."""
    rows: list[tuple[Cell | Figure, ...]] = []
    key = tuple(member for _, member in _ordered(asked, ref))
    for words, back, again in (
        *((words, back, asked) for words, back in (BEFORE[:1] if asked.metric.dear else BEFORE)),
        *_closed(at, asked),
    ):
        earlier = at.at(at.day - timedelta(days=back))
        found = evaluate(earlier, again)
        here = str(reference(earlier, asked).only(ref.by))
        figure = found.groups.get(key) if ref.by else found.total
        figure = figure or finish(asked.metric, Sums(), at.currency, here)
        if again is not asked:
            # The reference of a frozen metric opens what it is frozen at.
            figure = replace(figure, ref="")
        rows.append((words, earlier.as_of_text, figure, figure.n))
    return Table(
        "history",
        (
            Column("words", "When"),
            Column("as_of", "As of"),
            Column("value", asked.metric.label, asked.metric.unit),
            Column("n", "Rows", "count"),
        ),
        tuple(rows),
        "How this number got here",
    )
