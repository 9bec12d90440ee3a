"""Which rows stand behind a figure? A page of them, in or left out, with names for ids under the reader's access."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Cell, Column, Figure, Table, Unit
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compute import bind, text_of
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.listing import Shown, shown, worth
from saleswright.measure.metrics.made import entity_of
from saleswright.measure.metrics.reasons import reasons
from saleswright.measure.metrics.words import noun

PAGE = 50


def opened(
    at: Snapshot,
    asked: Asked,
    bound: dict[str, list[str]],
    figure: Figure,
    counted: bool,
    page: int,
    total: int | None = None,
) -> Table:
    """The rows counted in a figure, or those left out of it with their reason, one page of them."""
    metric = asked.metric
    entity = entity_of(at.schema, metric.entity)
    assert entity is not None
    sql = text_of(at, asked, "rows" if counted else "left out")
    more = {**bound, "page_size": PAGE, "page_start": (page - 1) * PAGE}
    columns, found = at.reader.table(sql, bind(at, sql, asked, more))
    place = {name: index for index, name in enumerate(columns)}
    fields = shown(entity, metric)
    called = {
        one.name: _called(at, metric.entity, one, [row[place[f"r_{one.name}"]] for row in found]) for one in fields
    }
    words = dict(enumerate((because for because, _ in reasons(metric, asked.lifted, asked.rules)), 1))
    spans = metric.shape == "duration-quantile"
    own = worth(entity, metric)
    unit = _unit(at, asked, own)
    rows: list[tuple[Cell, ...]] = []
    for row in found:
        cells: list[Cell] = [row[place["id"]]]
        titles = [index for index, one in enumerate(fields) if not one.ref and one.unit == "text"]
        for index, one in enumerate(fields):
            value = _cell(called[one.name].get(row[place[f"r_{one.name}"]], row[place[f"r_{one.name}"]]))
            if not at.policy.field_allowed(metric.entity, one.name):
                value = None
            if index == 0 and titles[:1] == [0] and value is None:
                value = _instead(fields, called, row, place, at, metric.entity) or row[place["id"]]
            cells.append(value)
        cells.append(row[place["shown_day"]])
        if own:
            cells.append(_value(at, asked, row, place, own, unit))
        if spans:
            cells.append(_span(metric.clock, row[place["r_span"]]))
        if counted and metric.numerator is not None:
            cells.append(bool(row[place["above"]]))
        if not counted:
            cells.append(words.get(row[place["code"]], ""))
        rows.append(tuple(cells))
    day = (metric.date.replace("_", " ").capitalize() or "Day") if not metric.at_moment else "Day"
    heads = [Column("id", "Id", "ref")]
    heads += [Column(_name(metric.entity, one), one.label, one.unit) for one in fields]
    heads.append(Column("day", day, "date"))
    if own:
        heads.append(Column("amount" if unit == "money" else own, own.replace("_", " ").capitalize(), unit))
    if spans:
        heads.append(Column("days", "Days", "days") if metric.clock == "days" else Column("hours", "Hours", "hours"))
    if counted and metric.numerator is not None:
        heads.append(Column("counted", "Above the line"))
    if not counted:
        heads.append(Column("because", "Left out because"))
    return Table(
        "rows" if counted else "excluded_rows",
        tuple(heads),
        tuple(rows),
        "Rows" if counted else "Left out, row by row",
        (figure.n or 0) if total is None else total,
    )


def _called(at: Snapshot, entity: str, one: Shown, ids: list[Any]) -> dict[Any, str]:
    """The names of what a column points to, as far as the reader may see them."""
    if not one.ref or not at.policy.field_allowed(entity, one.name):
        return {}
    return dict(names(at, one.ref, {value for value in ids if value}))


def _instead(
    fields: tuple[Shown, ...], called: dict[str, dict[Any, str]], row: Any, place: dict[str, int], at: Snapshot, of: str
) -> str | None:
    """What a row without a name goes by: its account's name."""
    for one in fields:
        if one.ref == "account" and at.policy.field_allowed(of, one.name):
            return called[one.name].get(row[place[f"r_{one.name}"]])
    return None


def _unit(at: Snapshot, asked: Asked, own: str) -> Unit:
    entity = entity_of(at.schema, asked.metric.entity)
    assert entity is not None
    field = entity.by_name.get(own)
    money = field.type == "money" if field else asked.metric.unit == "money"
    return "money" if money and "currency" in entity.by_name else "number"


def _value(at: Snapshot, asked: Asked, row: Any, place: dict[str, int], own: str, unit: Unit) -> Cell:
    """The row's value: in the reporting currency where it is added up, else in its own."""
    if not at.policy.field_allowed(asked.metric.entity, own):
        return None
    value: int | float | None = row[place["r_value"]]
    if unit != "money":
        return value if value is not None or f"r_{own}" not in place else _cell(row[place[f"r_{own}"]])
    if value is not None:
        return Money(int(value), at.currency)
    kept = row[place[f"r_{own}"]] if f"r_{own}" in place else None
    currency = row[place["r_currency"]] if "r_currency" in place else None
    return Money(int(kept), currency) if kept is not None and currency else None


def _span(clock: str, value: int | None) -> Cell:
    """Whole days as they are, minutes told in hours; none of what went backward."""
    if value is None or clock == "days":
        return value
    if value < 0:
        return None
    return value // 60 if value % 60 == 0 else value / 60


def _cell(value: Any) -> Cell:
    told: Cell = value.date() if isinstance(value, datetime) else value
    return told


def _name(entity: str, one: Shown) -> str:
    """A column's field name: the title is called by what it is the title of."""
    return noun(entity).replace(" ", "_") if one.label == noun(entity).capitalize() else one.name


__all__ = ["PAGE", "opened"]
