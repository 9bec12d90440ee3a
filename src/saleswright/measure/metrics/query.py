"""The rows and sums behind a metric, as one expression. Imported only when no compiled text is at hand.

The aggregate is additive: counts and sums per group, so that totals, splits and intervals are finished in Python and a
ratio is always a ratio of sums. Left-out rows are counted in the same scan, by reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.metrics import due
from saleswright.measure.metrics.conditions import NAMED, Test, fields_of
from saleswright.measure.metrics.dimensions import STATUS_CUT, Dimension, months_of
from saleswright.measure.metrics.leave_out import Rule
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.reasons import NEGATIVE, reasons, standing_rules

ROW_FIELDS = ("name", "owner", "account", "standing", "stage", "amount", "currency")


@dataclass(frozen=True)
class Question:
    """What shapes the text of a query; every value in it is bound later. also: further fields each row has to have."""

    metric: Metric
    schema: Mapping[str, Entity]
    calendar: FiscalCalendar
    by: tuple[Dimension, ...]
    where: tuple[Dimension, ...]
    shape: str
    mixed: bool
    lifted: frozenset[str]
    rules: tuple[Rule, ...] = ()
    also: frozenset[str] = frozenset()

    @property
    def reasons(self) -> list[tuple[str, Test]]:
        """Why a row can be left out, in the order of its code."""
        return reasons(self.metric, self.lifted, self.rules)


def passes(rows: ir.Table, test: Test) -> ir.BooleanValue:
    """Does a row pass? Null where the record does not say, which a filter and a case take for no.

    Bare comparisons: only those does the engine answer inside the scan, from statistics and dictionaries.
    """
    passed: ir.BooleanValue = ibis.literal(True)
    for field, wanted in test.items():
        passed = passed & _one(rows, rows[field], wanted)
    return passed


def _one(rows: ir.Table, column: ir.Column, wanted: Any) -> Any:
    if isinstance(wanted, Mapping):
        answer: Any = ibis.literal(True)
        for operator, value in wanted.items():
            if operator == "not":
                answer = answer & ~_one(rows, column, value).fill_null(False)
            elif operator == "has":
                answer = answer & column.lower().contains(str(value).lower())
            elif operator == "is":
                answer = answer & (column.isnull() if value == "missing" else column.notnull())
            elif operator == "above":
                answer = answer & (column > value)
            else:
                answer = answer & _dated(rows, _as_day(column), operator, value)
        return answer
    if isinstance(wanted, (list, tuple)):
        if not column.type().is_string():
            return column.isin(list(wanted))
        # `isin` becomes a chain of comparisons for each row; this is looked up once for each word of a dictionary.
        return ibis.literal([str(one) for one in wanted], type="array<string>").contains(column)
    return column == wanted


def _dated(rows: ir.Table, column: Any, operator: str, value: Any) -> Any:
    if operator == "same":
        return column == _as_day(rows[str(value)])
    if operator == "older":
        return column < r.day("day") - ibis.interval(days=int(value))
    day = named_day(value) if value in NAMED else ibis.literal(value)
    return {"before": column < day, "to": column < day, "after": column > day, "from": column >= day}[operator]


def _as_day(column: Any) -> Any:
    return column.cast("date") if column.type().is_timestamp() else column


def named_day(name: str) -> Any:
    """The bound day of that name: the as-of day, or the first day of a quarter counted from it."""
    return r.day("day") if name == "as_of" else r.text(f"day_{name}").cast("date")


def base(q: Question) -> ir.Table:
    """Every row of the period, in or left out: id, the metric's fields, one column per split, `code`.

    code 0 = counted; i > 0 = left out for the i-th reason. A row without a date stands in every period, left out.
    """
    metric = q.metric
    used = {d.name: d for d in (*q.by, *q.where)}.values()
    links = {entity for d in used for entity, _ in d.elsewhere}
    keep = {"id", *metric.fields, *q.also, *(d.field for d in used if d.field and d.field != "status")}
    keep |= {{"person": "owner"}.get(entity, entity) for entity in links}
    if metric.sum:
        keep.add("currency")
    keep |= {field for d in used for field in d.uses}
    if any(d.field == "status" for d in used):
        keep |= {"standing", "qualified"}
    keep |= {field for rule in q.rules for field in fields_of(rule.when)}
    if "qualified" in (metric.date, metric.start):
        keep.add("qualified_by")
    rows = r.visible(q.schema, metric.entity, q.shape, keep)
    if metric.rows:
        rows = rows.filter(passes(rows, metric.rows))
    on = rows[metric.date] if metric.date and not metric.at_moment else r.day("day")
    if not metric.at_moment:
        start, end = r.day("p_start"), r.day("p_end")
        dated = on.fill_null(start)
        rows = rows.filter(dated >= start, dated < end)
    rows = rows.select(*sorted(keep & set(rows.columns)), on_day=on)
    for entity in sorted(links):
        rows = _linked(rows, q, entity, {f for d in used for e, f in d.elsewhere if e == entity})
    rows = rows.mutate(**{f"d_{d.name}": _column(rows, d, q) for d in used})
    for index, dimension in enumerate(q.where):
        column = rows[f"d_{dimension.name}"]
        rows = rows.filter(r.members(f"w{index}").contains(column.cast("string").fill_null("")))
    if metric.sum:
        if q.mixed:
            rows = _with_rates(rows)
        rows = rows.mutate(value=_converted(rows, q))
    if metric.shape == "duration-quantile":
        rows = rows.mutate(span=rows[metric.end].delta(rows[metric.start], unit="day"))
    return rows.mutate(code=_code(rows, q))


def _code(rows: ir.Table, q: Question) -> Any:
    branches = []
    for index, (_, test) in enumerate(q.reasons, 1):
        passed = rows.span < 0 if NEGATIVE in test else passes(rows, test)
        branches.append((passed, index))
    return ibis.cases(*branches, else_=0).cast("int32") if branches else ibis.literal(0, type="int32")


def _linked(rows: ir.Table, q: Question, entity: str, fields: set[str]) -> ir.Table:
    """The owner as of the row's own day, so that a re-organisation never rewrites the past; other things as of then."""
    stored = r.table(q.schema[entity], fields)
    other = r.known(stored) if entity == "person" else r.standing_now(stored)
    wanted = {f"{entity}_{field}": other[field] for field in sorted(fields)}
    other = other.select(k_id=other.id, k_from=other.valid_from, k_to=other.valid_to, k_first=other["first"], **wanted)
    key = rows[{"person": "owner"}.get(entity, entity)]
    conditions = [key == other.k_id]
    if entity == "person":
        when = rows.on_day.fill_null(r.day("day")).cast("timestamp")
        conditions += [(other.k_from <= when) | other.k_first, other.k_to > when]
    joined = rows.left_join(other, conditions)
    return joined.drop("k_id", "k_from", "k_to", "k_first")


def _column(rows: ir.Table, dimension: Dimension, q: Question) -> Any:
    if dimension.at_moment:
        return _standing_open(rows, dimension.name, q)
    if dimension.grain is not None:
        calendar = q.calendar
        step = months_of(dimension.grain, calendar)
        if step is not None:
            # Counted, not truncated: whole numbers are made and grouped in half the time of dates.
            size, shift = step
            months = rows.on_day.year() * 12 + (rows.on_day.month() - (1 + shift))
            return months // size if size > 1 else months
        weekly = dimension.grain == "week" and calendar.pattern == "months"
        return rows.on_day.truncate("W") if weekly else rows.on_day
    if dimension.field == "status":
        young = r.day("day").delta(rows.qualified, unit="day") < STATUS_CUT
        return ibis.cases((rows.standing != "open", rows.standing), (young.fill_null(False), "new"), else_="active")
    parts = [rows[dimension.field]] if dimension.field else []
    parts += [rows[f"{entity}_{field}"] for entity, field in dimension.elsewhere]
    return ibis.coalesce(*parts) if len(parts) > 1 else parts[0]


def _standing_open(rows: ir.Table, name: str, q: Question) -> Any:
    """What is open, told apart as of then: by when it is due, or by what it is counted as."""
    if name == "counted":
        branches = [
            (passes(rows, rule.when).fill_null(False), due.LEFT_OUT) for rule in standing_rules(q.rules, q.lifted)
        ]
        if "type" not in q.lifted:
            branches.append((passes(rows, due.RENEWALS).fill_null(False), due.RENEWAL))
        return ibis.cases(*branches, (rows.qualified.isnull(), due.NOT_QUALIFIED), else_=due.QUALIFIED)
    when = rows.expected_close
    past = [(when.isnull(), due.NO_DATE), (when < named_day("as_of"), due.PAST)]
    if name == "due_month":
        return ibis.cases(*past, else_=when.strftime("%Y-%m"))
    quarters = [(when < named_day(end), words) for end, words in due.QUARTERS]
    return ibis.cases(*past, *quarters, else_=due.LATER)


def _with_rates(rows: ir.Table) -> ir.Table:
    """The rate of the row's own day for its currency (`mine`) and for the reporting currency (`report`)."""
    for name, currency in (("mine", rows.currency), ("report", r.text("cur"))):
        rates = r.rates()
        held = rates.filter(rates.known_from <= r.moment("known")).select(
            c="currency", s="starts", e="ends", **{name: rates.per_base * rates.scale}
        )
        rows = rows.left_join(held, [held.c == currency, held.s <= rows.on_day, held.e > rows.on_day]).drop(
            "c", "s", "e"
        )
    return rows


def _converted(rows: ir.Table, q: Question) -> Any:
    """The money field in the reporting currency: converted once per row at the rate of its own day."""
    amount = rows[q.metric.sum]
    if not q.mixed:
        return amount
    return ibis.cases((rows.currency == r.text("cur"), amount), else_=r.exchange(amount, rows.report, rows.mine))


def grouped(q: Question) -> ir.Table:
    """Per group: n, num, total, squares, unconverted, by_created, and x1.. the left-out rows by reason."""
    metric = q.metric
    rows = base(q)
    names = [f"d_{d.name}" for d in q.by]
    if metric.shape == "duration-quantile":
        rows = rows.mutate(bucket=ibis.cases((rows.code == 0, rows.span), else_=-1))
        names.append("bucket")
    counted = rows.code == 0
    left_out = {f"x{i}": _count(rows.code == i) for i, _ in enumerate(q.reasons, 1)}
    columns: dict[str, Any] = {"n": rows.count() - sum(left_out.values())}
    if metric.numerator is not None:
        columns["num"] = _count(counted & passes(rows, metric.numerator))
    if metric.shape == "cohort-ratio":
        columns["still_open"] = _count(counted & (rows.standing == "open"))
    if metric.sum:
        columns["total"] = rows.value.cast("decimal(38,0)").sum(where=counted)
        if metric.shape == "ratio":
            columns["squares"] = (rows.value.cast("float64") * rows.value.cast("float64")).sum(where=counted)
        columns["unconverted"] = _count(counted & rows.value.isnull())
    if "qualified_by" in rows.columns:
        columns["by_created"] = _count(counted & (rows.qualified_by == "created"))
    columns |= left_out
    return rows.group_by(names).aggregate(**columns) if names else rows.aggregate(**columns)


def _count(held: Any) -> Any:
    """How many rows hold? A case that is counted: a filter of its own on every count takes a tenth longer in all."""
    return ibis.cases((held, 1)).count()


def listed(q: Question, counted: bool) -> ir.Table:
    """The rows behind a figure, or those left out of it: latest first, one page at a time."""
    metric = q.metric
    rows = base(q)
    rows = rows.filter(rows.code == 0) if counted else rows.filter(rows.code > 0)
    for index, dimension in enumerate(q.by):
        column = rows[f"d_{dimension.name}"]
        rows = rows.filter(r.members(f"b{index}").contains(column.cast("string").fill_null("")))
    above = passes(rows, metric.numerator).fill_null(False) if metric.numerator is not None else ibis.literal(True)
    rows = rows.mutate(
        above=above,
        shown_day=rows[metric.date] if metric.date else rows.on_day,
        r_value=rows["value"] if "value" in rows.columns else ibis.null("int64"),
        r_span=rows["span"].cast("int64") if "span" in rows.columns else ibis.null("int64"),
    ).select("id", "shown_day", "code", "above", "r_value", "r_span")
    full = r.as_of(r.table(q.schema[metric.entity], ROW_FIELDS))
    other = full.select(k_id=full.id, **{f"r_{c}": full[c] for c in ROW_FIELDS})
    joined = rows.left_join(other, [rows.id == other.k_id]).drop("k_id")
    return joined.order_by([ibis.desc("shown_day"), "id"]).limit(r.COUNTS["page_size"], offset=r.COUNTS["page_start"])
