"""Where does this number come from? A reference opened to rows, formula, what was left out, and how it changed."""

from __future__ import annotations

from dataclasses import replace
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
from saleswright.measure.metrics.compute import (
    bind,
    evaluate,
    moment_of,
    reference,
    text_of,
    version,
)
from saleswright.measure.metrics.dimensions import Dimension, names
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.leave_out import UNSEEN
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.reasons import reasons

PAGE = 50
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


def _open(at: Snapshot, ref: Reference, page: int) -> Report:
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
        figure, sums = whole.groups[key], whole.group_sums[key]
    else:
        raise Stop(
            Issue(str(ref), "there is no such group", "nothing in the record belongs to it", "check the by= part"),
            exit_code=USAGE,
        )
    figure = replace(figure, ref=str(ref))
    blocks: list[Block] = [figure]
    if whole.parts and not ref.by:
        blocks.append(
            Table(
                "parts",
                (Column("name", "Made of"), Column("value", "Value", "number"), Column("n", "Deals", "count")),
                tuple((p.label, p, p.n) for p in whole.parts),
                "Made of",
            )
        )
    if not (metric.of_metrics or metric.awaits):
        where = _at_group(at, asked, ref)
        blocks.append(_rows(*where, figure, counted=True, page=page))
        blocks.append(_left_out(sums.left_out))
        if sums.left_out:
            blocks.append(_rows(*where, figure, counted=False, page=1, total=sum(sums.left_out.values())))
    blocks += [_definition(at, asked, figure), _history(at, asked, ref)]
    blocks += [Note(text, "warning") for text in (lacking(at, metric.needs), before_first(at)) if text]
    blocks += [Note(text) for text in whole.notes]
    if metric.caution:
        blocks.append(Note(metric.caution))
    return Report(
        f"{metric.label}: {metric.question}",
        blocks,
        lede=_formula_filled(figure, asked),
        footer=(f"as of {at.as_of_text}, history version {at.release.number}, {at.policy.scope}",),
        issues=broken_rules(at),
        data={"ref": str(ref), "page": page, "pages": max(1, -(-(figure.n or 0) // PAGE))},
    )


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


def _rows(
    at: Snapshot,
    asked: Asked,
    bound: dict[str, list[str]],
    figure: Figure,
    counted: bool,
    page: int,
    total: int | None = None,
) -> Table:
    sql = text_of(at, asked, "rows" if counted else "left out")
    more = {**bound, "page_size": PAGE, "page_start": (page - 1) * PAGE}
    columns, found = at.reader.table(sql, bind(at, sql, asked, more))
    place = {name: index for index, name in enumerate(columns)}
    people = names(at, "person", (row[place["r_owner"]] for row in found if row[place["r_owner"]]))
    accounts = names(at, "account", (row[place["r_account"]] for row in found if row[place["r_account"]]))
    words = dict(enumerate((because for because, _ in reasons(asked.metric, asked.lifted, asked.rules)), 1))
    rows: list[tuple[Cell, ...]] = []
    shown = {field: at.policy.field_allowed("deal", field) for field in ("name", "amount", "account", "owner")}
    for row in found:
        value, own = (row[place["r_value"]], row[place["r_amount"]]) if shown["amount"] else (None, None)
        money = Money(value, at.currency) if value is not None else None
        if money is None and own is not None and row[place["r_currency"]]:
            money = Money(own, row[place["r_currency"]])
        account = row[place["r_account"]] if shown["account"] else None
        owner = row[place["r_owner"]] if shown["owner"] else None
        rows.append(
            (
                row[place["id"]],
                (shown["name"] and row[place["r_name"]]) or accounts.get(account or "", account) or row[place["id"]],
                people.get(owner or "", owner),
                row[place["shown_day"]],
                row[place["r_standing"]],
                money,
                row[place["r_span"]],
                bool(row[place["above"]]) if counted else words.get(row[place["code"]], ""),
            )
        )
    last = Column("counted", "Above the line", "text") if counted else Column("because", "Left out because")
    table_columns = (
        Column("id", "Id", "ref"),
        Column("deal", "Deal"),
        Column("owner", "Owner"),
        Column("day", asked.metric.date.capitalize() or "Day", "date"),
        Column("standing", "Outcome"),
        Column("amount", "Amount", "money"),
        Column("days", "Days", "days"),
        last,
    )
    count = (figure.n or 0) if total is None else total
    return Table(
        "rows" if counted else "excluded_rows",
        table_columns,
        tuple(rows),
        "Rows" if counted else "Left out, row by row",
        count,
    )


def _left_out(left_out: Any) -> Table:
    rows = tuple((because, count) for because, count in left_out.most_common())
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
    return f"{value.text} {value.currency}" if isinstance(value, Money) else f"{value:,}"


def _definition(at: Snapshot, asked: Asked, figure: Figure) -> Table:
    metric, definition = asked.metric, asked.metric.definition
    rows: list[tuple[Cell, ...]] = [
        ("question", metric.question),
        ("formula", metric.formula),
        ("with its numbers", _formula_filled(figure, asked)),
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


def _history(at: Snapshot, asked: Asked, ref: Reference) -> Table:
    """The same question asked as of earlier days: how the number came to be what it is."""
    rows: list[tuple[Cell | Figure, ...]] = []
    key = tuple(member for _, member in _ordered(asked, ref))
    for words, back in BEFORE:
        earlier = at.at(at.day - timedelta(days=back))
        found = evaluate(earlier, asked)
        here = str(reference(earlier, asked).only(ref.by))
        figure = found.groups.get(key) if ref.by else found.total
        figure = figure or finish(asked.metric, Sums(), at.currency, here)
        rows.append((words, earlier.as_of_text, figure, figure.n))
    return Table(
        "history",
        (
            Column("words", "When"),
            Column("as_of", "As of"),
            Column("value", asked.metric.label, asked.metric.unit),
            Column("n", "Deals", "count"),
        ),
        tuple(rows),
        "How this number got here",
    )
