"""The rows and sums behind a metric, as one expression. Imported only when no compiled text is at hand.

The aggregate is additive: counts and sums per group, so that totals, splits and intervals are finished in Python and a
ratio is always a ratio of sums. Left-out rows are counted in the same scan, by reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.kernel.policy import COMPANY
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.measure.metrics import due, listing
from saleswright.measure.metrics.conditions import Test, fields_of
from saleswright.measure.metrics.dimensions import STATUS_CUT, Dimension, link_of, months_of
from saleswright.measure.metrics.leave_out import Rule
from saleswright.measure.metrics.looked_up import carried, column_name, gathered, linked, own_currency
from saleswright.measure.metrics.made import MADE, entity_of
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.passing import named_day, passes
from saleswright.measure.metrics.reasons import NEGATIVE, reasons, standing_rules
from saleswright.measure.metrics.working import CLOCK
from saleswright.measure.metrics.working_rows import business_minutes

# The day an amount's exchange rate is taken from, where it is not the row's own.
RATE_DAY = {"as of": "day", "constant": "rate_day"}


@dataclass(frozen=True)
class Question:
    """What shapes the text of a query; every value in it is bound later.

    also: further fields each row has to have. decided: a balance's won and lost rows stand on their closing day.
    """

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
    decided: bool = False

    @property
    def of_money(self) -> bool:
        """Is what is added up an amount of money, in the row's currency?"""
        entity = entity_of(self.schema, self.metric.entity)
        assert entity is not None
        field = entity.by_name.get(self.metric.sum)
        return "currency" in entity.by_name and (field.type == "money" if field else self.metric.unit == "money")

    @property
    def reasons(self) -> list[tuple[str, Test]]:
        """Why a row can be left out, in the order of its code."""
        return reasons(self.metric, self.lifted, self.rules)


def base(q: Question) -> ir.Table:
    """Every row of the period, in or left out: id, the metric's fields, one column per split, `code`.

    code 0 = counted; i > 0 = left out for the i-th reason. A row without a date stands in every period, left out.
    """
    metric = q.metric
    entity = entity_of(q.schema, metric.entity)
    assert entity is not None
    used = list({d.name: d for d in (*q.by, *q.where)}.values())
    told = [one for d in used for one in (d, *d.backup)]
    has = {name for name, _ in entity.columns} | {one.name for one in metric.derive}
    keep = {"id", *metric.fields, *q.also} | _kept(told, has)
    keep |= {one.by for one in metric.derive if one.gather == "the"}
    if metric.sum:
        keep |= {"currency"} & has
        keep |= {"deal"} & has if q.mixed and q.of_money else set()
    keep |= {field for rule in q.rules for field in fields_of(rule.when)}
    if metric.entity == "deal" and "qualified" in (metric.date, metric.start):
        keep.add("qualified_by")
    rows = stored(q, keep)
    for one in metric.derive:
        rows = gathered(rows, q.schema, one)
    keep |= {one.name for one in metric.derive}
    if q.mixed and q.of_money and metric.entity != "deal" and "deal" in has:
        rows = own_currency(rows, q.schema)
    if metric.rows:
        rows = rows.filter(passes(rows, metric.rows))
    on = local(rows[metric.date]) if metric.date and not metric.at_moment else r.day("day")
    if q.decided:
        on = ibis.cases((rows.standing.isin(["won", "lost"]), rows.closed), else_=None).fill_null(on)
    if not metric.at_moment:
        start, end = r.day("p_start"), r.day("p_end")
        dated = on.fill_null(start)
        rows = rows.filter(dated >= start, dated < end)
    rows = rows.select(*sorted(keep & set(rows.columns)), on_day=on)
    for carrier in sorted({d.through for d in told if d.through}):
        rows = carried(rows, q.schema, carrier, [d for d in told if d.through == carrier])
    for through, other in sorted({(d.through, to) for d in told for to, _ in d.elsewhere}):
        fields = {f for d in told for e, f in d.elsewhere if e == other and d.through == through}
        rows = linked(rows, q.schema, other, fields, through, metric.entity)
    rows = rows.mutate(**{f"d_{d.name}": _column(rows, d, q) for d in used})
    for index, dimension in enumerate(q.where):
        column = rows[f"d_{dimension.name}"]
        rows = rows.filter(r.members(f"w{index}").contains(column.cast("string").fill_null("")))
    if metric.sum:
        if q.mixed and q.of_money:
            rows = with_rates(rows, r.day(RATE_DAY[metric.rate]) if metric.rate in RATE_DAY else rows.on_day)
        rows = rows.mutate(value=_converted(rows, q))
    if metric.shape == "duration-quantile":
        rows = rows.mutate(span=_span(rows, metric))
    return rows.mutate(code=_code(rows, q))


def _kept(used: Iterable[Dimension], has: Collection[str]) -> set[str]:
    """The columns of the rows themselves that these splits need."""
    found: set[str] = set()
    for d in used:
        if d.through:
            found.add(d.through)
            continue
        found |= {"standing", "qualified"} if (d.field, d.of) == ("status", "deal") else {d.field} if d.field else set()
        found |= {link_of(has, entity, d.of) for entity, _ in d.elsewhere} | set(d.uses)
    return found


def stored(q: Question, keep: Collection[str]) -> ir.Table:
    """The rows of the metric's entity as of then, under the policy: kept as they are, or made of others."""
    made = MADE.get(q.metric.entity)
    if made is None:
        seen = r.visible(q.schema, q.metric.entity, q.shape, keep)
        # What is joined straight onto a semi-join would be taken for a part of it.
        return seen if q.shape == COMPANY else seen.view()
    rows = made.build(q.schema, q.shape)
    # A rule may look at what the deal alone says.
    asked = {field for rule in q.rules for field in fields_of(rule.when)} - set(rows.columns)
    if asked:
        deals = r.as_of(r.table(q.schema["deal"], asked)).select(*sorted(asked), k_id="id")
        rows = rows.left_join(deals, rows.deal == deals.k_id).drop("k_id")
    return rows.select(*(name for name in rows.columns if name in keep))


def local(column: Any) -> Any:
    """The day of a date, or of an instant in the workspace's zone."""
    return r.local_day(column) if column.type().is_timestamp() else column


def _span(rows: ir.Table, metric: Metric) -> Any:
    """Whole days between two dates; where hours are asked for, the minutes between two instants, or those worked."""
    start, end = rows[metric.start], rows[metric.end]
    if metric.clock == CLOCK:
        return business_minutes(start, end)
    if metric.clock == "hours":
        seconds = end.cast("timestamp").epoch_seconds() - start.cast("timestamp").epoch_seconds()
        return (seconds - seconds % 60) // 60
    return local(end).delta(local(start), unit="day")


def _code(rows: ir.Table, q: Question) -> Any:
    branches = []
    for index, (_, test) in enumerate(q.reasons, 1):
        passed = rows.span < 0 if NEGATIVE in test else passes(rows, test)
        branches.append((passed, index))
    return ibis.cases(*branches, else_=0).cast("int32") if branches else ibis.literal(0, type="int32")


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
    if dimension.field == "status" and dimension.of == "deal":
        young = r.day("day").delta(rows.qualified, unit="day") < STATUS_CUT
        return ibis.cases((rows.standing != "open", rows.standing), (young.fill_null(False), "new"), else_="active")
    parts = []
    for one in (dimension, *dimension.backup):
        through = one.through
        parts += [rows[f"{through}_{one.field}" if through else one.field]] if one.field else []
        parts += [rows[column_name(through, entity, field)] for entity, field in one.elsewhere]
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


def with_rates(rows: ir.Table, on: Any, prefix: str = "") -> ir.Table:
    """The rate of a day for the row's currency (`mine`) and for the reporting currency (`report`), as columns with this
    prefix."""
    rows = rows.mutate(**{f"{prefix}rate_day": on})
    for name, currency in (("mine", rows.currency), ("report", r.text("cur"))):
        rates = r.rates()
        held = rates.filter(rates.known_from <= r.moment("known")).select(
            c="currency", s="starts", e="ends", **{f"{prefix}{name}": rates.per_base * rates.scale}
        )
        day = rows[f"{prefix}rate_day"]
        rows = rows.left_join(held, [held.c == currency, held.s <= day, held.e > day]).drop("c", "s", "e")
    return rows


def _converted(rows: ir.Table, q: Question) -> Any:
    """The money field in the reporting currency: converted once per row at the rate of its own day."""
    amount = rows[q.metric.sum]
    if not (q.mixed and q.of_money):
        return amount
    return ibis.cases((rows.currency == r.text("cur"), amount), else_=r.exchange(amount, rows.report, rows.mine))


def grouped(q: Question) -> ir.Table:
    """Per group: n, num, total, squares, unconverted, by_created, and x1.. the left-out rows by reason.

    Of a middle instead of total and squares: `values`, which differ, and beside each in `counts` how often it is there.
    """
    metric = q.metric
    rows = base(q)
    names = [f"d_{d.name}" for d in q.by]
    if metric.asks_middle:
        return _spread(q, rows, names)
    counted = rows.code == 0
    left_out = {f"x{i}": _count(rows.code == i) for i, _ in enumerate(q.reasons, 1)}
    columns: dict[str, Any] = {"n": rows.count() - sum(left_out.values())}
    above = counted & passes(rows, metric.numerator) if metric.numerator is not None else None
    if above is not None:
        columns["num"] = _count(above)
    if metric.shape == "cohort-ratio" and "standing" in rows.columns:
        columns["still_open"] = _count(counted & (rows.standing == "open"))
    if metric.sum:
        columns |= _added(rows, metric, counted, above)
    if "qualified_by" in rows.columns:
        columns["by_created"] = _count(counted & (rows.qualified_by == "created"))
    columns |= left_out
    return rows.group_by(names).aggregate(**columns) if names else rows.aggregate(**columns)


def _spread(q: Question, rows: ir.Table, names: list[str]) -> ir.Table:
    """One row per group with its values in two lists: a row per value of each group would be millions to read."""
    metric = q.metric
    value = rows.span if metric.shape == "duration-quantile" else rows["value"]
    rows = rows.mutate(value=ibis.cases((rows.code == 0, value), else_=None))
    counted = rows.code == 0
    columns = {"n": rows.count()}
    if metric.numerator is not None:
        columns["num"] = _count(counted & passes(rows, metric.numerator))
    if "qualified_by" in rows.columns:
        columns["by_created"] = _count(counted & (rows.qualified_by == "created"))
    each = rows.group_by([*names, "code", "value"]).aggregate(**columns)
    counted = each.code == 0
    known = counted & each["value"].notnull()
    # Both lists take the same rows in one pass, and so in the same order.
    facts = {"values": each["value"].collect(where=known), "counts": each.n.collect(where=known)}
    facts |= {name: each[name].sum(where=counted) for name in columns}
    if metric.sum:
        facts["unconverted"] = each.n.sum(where=counted & each["value"].isnull())
    facts |= {f"x{i}": each.n.sum(where=each.code == i) for i, _ in enumerate(q.reasons, 1)}
    return each.group_by(names).aggregate(**facts) if names else each.aggregate(**facts)


def _added(rows: ir.Table, metric: Metric, counted: Any, above: Any) -> dict[str, Any]:
    """Sums of what is added up, with the squares that an interval needs, and how much of it could not be converted."""
    whole = rows["value"].type().is_integer()

    def total(where: Any) -> Any:
        return (rows["value"].cast("decimal(38,0)") if whole else rows["value"]).sum(where=where)

    real = rows["value"].cast("float64")
    columns = {"total": total(counted)}
    if metric.shape in ("ratio", "cohort-ratio"):
        columns["squares"] = (real * real).sum(where=counted)
        if above is not None:
            columns |= {"num_total": total(above), "num_squares": (real * real).sum(where=above)}
    columns["unconverted"] = _count(counted & rows["value"].isnull())
    return columns


def _count(held: Any) -> Any:
    """How many rows hold? A case that is counted: a filter of its own on every count takes a tenth longer in all."""
    return ibis.cases((held, 1)).count()


def _shown(q: Question) -> ir.Table:
    """What a listed row shows beside its day and value."""
    entity = entity_of(q.schema, q.metric.entity)
    assert entity is not None
    wanted = listing.read(entity, q.metric)
    made = MADE.get(entity.name)
    full = made.build(q.schema, q.shape) if made else r.as_of(r.table(q.schema[entity.name], wanted))
    types = dict(entity.columns)
    shown = {c: full[c] if c in full.columns else ibis.null(r.IBIS[types.get(c, "VARCHAR")]) for c in wanted}
    return full.select(k_id=full.id, **{f"r_{name}": column for name, column in shown.items()})


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
        shown_day=local(rows[metric.date]) if metric.date else rows.on_day,
        r_value=rows["value"] if "value" in rows.columns else ibis.null("int64"),
        r_span=rows["span"].cast("int64") if "span" in rows.columns else ibis.null("int64"),
    ).select("id", "shown_day", "code", "above", "r_value", "r_span")
    other = _shown(q)
    joined = rows.left_join(other, [rows.id == other.k_id]).drop("k_id")
    return joined.order_by([ibis.desc("shown_day"), "id"]).limit(r.COUNTS["page_size"], offset=r.COUNTS["page_start"])
