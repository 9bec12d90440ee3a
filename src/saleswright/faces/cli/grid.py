"""What does a block look like as rows and columns? Laid out once, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import NamedTuple

from saleswright.faces import words
from saleswright.kernel.report import Bridge, Cell, Column, Figure, Flows, Report, Series, Table, Unit
from saleswright.lib.money import Money

TINTS = 5
"""How many strengths of tint there are."""

_NUMBERS: frozenset[Unit] = frozenset(("count", "share", "points", "money", "days", "hours", "money_per_day", "number"))


Laid = Table | Series | Bridge | Flows
"""The blocks that are rows."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns and typed cells of one block. `moves` are the rows whose figures add to what stands above them.

    shade: the columns whose cells are tinted by size.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | Figure, ...], ...]
    total: int | None = None
    footer: str = ""
    moves: frozenset[int] = frozenset()
    shade: tuple[str, ...] = ()


class Head(NamedTuple):
    """A column's head as text, and whether its cells are numbers."""

    text: str
    number: bool


def of_block(block: Laid) -> Grid:
    """The grid of any block that is rows."""
    if isinstance(block, Table):
        return of_table(block)
    if isinstance(block, Flows):
        return of_flows(block)
    return of_series(block) if isinstance(block, Series) else of_bridge(block)


def of_table(table: Table) -> Grid:
    """The grid of a table."""
    return Grid(table.name, table.title, table.columns, table.rows, table.total, table.footer, shade=table.shade)


def of_series(series: Series) -> Grid:
    """The grid of a series: one row a point."""
    columns = (
        Column(series.along, words.label(series.along)),
        Column(series.name, words.label(series.name), series.unit),
    )
    return Grid(series.name, series.title, columns, tuple((point.label, point.figure) for point in series.points))


def of_bridge(bridge: Bridge) -> Grid:
    """The grid of a bridge: one row a step, how many stand at its ends and how often each line happened between."""
    columns = (
        Column("line", "Line"),
        Column(bridge.name, words.label(bridge.unit if bridge.unit == "count" else "amount"), bridge.unit),
        Column("n", "Count", "count"),
    )
    counted = bridge.unit != "count"
    rows = tuple(
        (step.label, step.figure, step.figure.n if step.events is None else step.events)
        if counted
        else (step.label, step.figure)
        for step in bridge.steps
    )
    moves = frozenset(place for place, step in enumerate(bridge.steps) if step.kind == "part")
    return Grid(bridge.name, bridge.title, columns if counted else columns[:2], rows, footer=bridge.check, moves=moves)


def of_flows(flows: Flows) -> Grid:
    """The grid of flows: one row a link, from where to where."""
    columns = (
        Column("source", "From"),
        Column("target", "To"),
        Column(flows.name, words.label(flows.unit if flows.unit == "count" else "amount"), flows.unit),
    )
    rows = tuple((link.source, link.target, link.figure) for link in flows.links)
    return Grid(flows.name, flows.title, columns, rows, footer=flows.check)


def of_figures(figures: Sequence[Figure]) -> Grid:
    """The grid of figures that stand for themselves: one row each."""
    columns = (Column("name", "Name"), Column("unit", "Unit"), Column("value", "Value", "number"))
    return Grid("figures", "", columns, tuple((figure.name, figure.unit, figure) for figure in figures))


def chosen(report: Report) -> Laid | None:
    """Which block is the report's one table? The one it names as its `sheet`, else the first table, else the first
    series, bridge or flows, else none."""
    tables = [block for block in report.blocks if isinstance(block, Table)]
    table = next((block for block in tables if block.name == report.data.get("sheet")), tables[0] if tables else None)
    return table or next((block for block in report.blocks if isinstance(block, (Series, Bridge, Flows))), None)


def of_report(report: Report) -> Grid:
    """The report as one table: the chosen block, or its figures."""
    block = chosen(report)
    if block is not None:
        return of_block(block)
    return of_figures([item for item in report.blocks if isinstance(item, Figure)])


def for_people(grid: Grid, style: words.Style, today: date | None = None) -> tuple[list[Head], list[list[str]]]:
    """Heads and cells in words. Beside a column of figures stand n, the likely range and what was left out."""
    heads: list[Head] = []
    cells: list[list[str]] = [[] for _ in grid.rows]
    for index, column in enumerate(grid.columns):
        values = [row[index] for row in grid.rows]
        heads.append(Head(column.label or words.label(column.name), column.unit in _NUMBERS))
        for place, (line, value) in enumerate(zip(cells, values, strict=True)):
            line.append(_person(value, column, style, today, place in grid.moves))
        for head, tell in _beside(grid, values):
            heads.append(head)
            for line, value in zip(cells, values, strict=True):
                line.append(tell(value, style) if isinstance(value, Figure) else "")
    return heads, cells


def for_programs(grid: Grid) -> tuple[list[str], list[list[Cell]]]:
    """Field names and values: money apart from its currency, an interval in two columns, references too."""
    names: list[str] = []
    cells: list[list[Cell]] = [[] for _ in grid.rows]

    def add(name: str, values: Sequence[Cell]) -> None:
        names.append(name)
        for line, value in zip(cells, values, strict=True):
            line.append(value)

    for index, column in enumerate(grid.columns):
        raw = [row[index] for row in grid.rows]
        values: list[Cell] = [cell.value if isinstance(cell, Figure) else cell for cell in raw]
        add(column.name, values)
        if any(isinstance(value, Money) for value in values):
            add(f"{column.name}_currency", [v.currency if isinstance(v, Money) else None for v in values])
        figures = [cell if isinstance(cell, Figure) else None for cell in raw]
        for suffix, read in _PARTS:
            parts = [read(item) if item else None for item in figures]
            if any(part is not None for part in parts):
                add(f"{column.name}_{suffix}", parts)
    return names, cells


def tints(grid: Grid) -> list[list[int]]:
    """How strongly is each cell tinted, from 0 (not at all) to TINTS? In the places of `for_people`.

    All shaded cells of one unit stand on one scale from nothing to the largest; what is not above nothing has no tint.
    """
    shaded = [place for place, column in enumerate(grid.columns) if column.name in grid.shade]
    largest: dict[str, float] = {}
    for row in grid.rows:
        for place in shaded:
            largest[grid.columns[place].unit] = max(largest.get(grid.columns[place].unit, 0.0), _weight(row[place]))
    tinted: list[list[int]] = [[] for _ in grid.rows]
    for place, column in enumerate(grid.columns):
        values = [row[place] for row in grid.rows]
        most, blank = largest.get(column.unit, 0.0) if place in shaded else 0.0, [0] * len(_beside(grid, values))
        for line, value in zip(tinted, values, strict=True):
            line += [ceil(TINTS * _weight(value) / most) if most > 0 else 0, *blank]
    return tinted


def _weight(value: Cell | Figure) -> float:
    plain = value.value if isinstance(value, Figure) else value
    return max(0.0, words.size(plain)) if isinstance(plain, (int, float, Money)) else 0.0


_PARTS: tuple[tuple[str, Callable[[Figure], Cell]], ...] = (
    ("n", lambda item: item.n),
    ("low", lambda item: item.low),
    ("high", lambda item: item.high),
    ("excluded", lambda item: item.excluded or None),
    ("reason", lambda item: (item.reason or None) if item.value is None else None),
    ("ref", lambda item: item.ref or None),
)


def _person(value: Cell | Figure, column: Column, style: words.Style, today: date | None, move: bool) -> str:
    if move and isinstance(value, Figure) and value.value is not None and style == "short":
        text = words.change(value.value, value.unit, style)
    elif isinstance(value, Figure):
        text = words.figure(value, _in_rows(value.unit, style))
    else:
        text = words.words(value, column.unit, _in_rows(column.unit, style), today)
    return words.one_line(text.replace(words.NBSP, " "))


def _in_rows(unit: Unit, style: words.Style) -> words.Style:
    # Rows are compared with each other, so only amounts are shortened: they would not fit otherwise.
    return "full" if style == "short" and unit not in ("money", "money_per_day") else style


def _beside(grid: Grid, values: Sequence[Cell | Figure]) -> list[tuple[Head, Callable[[Figure, words.Style], str]]]:
    figures = [value for value in values if isinstance(value, Figure)]
    shown = {column.name for column in grid.columns}
    beside: list[tuple[Head, Callable[[Figure, words.Style], str]]] = []
    if "n" not in shown and any(f.n is not None and f.unit != "count" for f in figures):
        beside.append((Head("n", True), lambda f, style: "" if f.n is None else _count(f.n, style)))
    if any(f.low is not None and f.high is not None for f in figures):
        beside.append((Head("likely range", True), _between))
    if "excluded" not in shown and any(f.excluded for f in figures):
        beside.append((Head("left out", True), lambda f, style: _count(f.excluded, style)))
    return beside


def _count(value: int, style: words.Style) -> str:
    return words.words(value, "count", style)


def _between(item: Figure, style: words.Style) -> str:
    return words.likely_range(item, _in_rows(item.unit, style)).replace(words.NBSP, " ")
