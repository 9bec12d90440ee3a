"""What does the next program in a pipe get? One line per item, tab separated, without heads or decoration."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile, takewhile

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.kernel.report import Block, Bridge, Figure, Flows, Note, Report, Series, Table


def of_report(report: Report) -> Iterator[str]:
    """Every line of the report, figures and rows in reading order. Sentences beside them are not items."""
    for block in report.blocks:
        yield from of_block(block)


def of_block(block: Block) -> Iterator[str]:
    """The lines of one block: a figure is one line, rows of a table, a series, a bridge or flows one line each."""
    if isinstance(block, Figure):
        yield "\t".join(of_figure(block))
    elif isinstance(block, (Table, Series, Bridge, Flows)):
        for row in grid.for_people(grid.of_block(block), "line")[1]:
            yield "\t".join(row)


def of_figure(item: Figure) -> list[str]:
    """Label, value, then what stands behind it."""
    parts = [words.label(item.name, item.label), words.figure(item, "line"), *words.support(item, "line")]
    return [words.one_line(part) for part in parts]


def before(report: Report) -> Iterator[str]:
    """What has to be read before the first item: the warnings that lead the report."""
    for block in takewhile(_warns, report.blocks):
        yield f"{MARK['warning']}{block.text if isinstance(block, Note) else ''}"


def _warns(block: Block) -> bool:
    return isinstance(block, Note) and block.kind == "warning"


def beside(report: Report) -> Iterator[str]:
    """What people read after the items when those go into a pipe: title, lede, notes, footer, what was cut."""
    yield report.title
    if report.lede:
        yield report.lede
    for block in dropwhile(_warns, report.blocks):
        if isinstance(block, Note):
            yield f"{MARK[block.kind]}{block.text}"
        elif isinstance(block, Table) and block.total is not None and block.total > len(block.rows):
            yield cut(block)
        elif isinstance(block, (Bridge, Flows)) and block.check:
            yield f"{MARK['check']}{block.check}"
    yield from report.footer


MARK = {"note": "", "warning": "! ", "check": "\u2713 "}


def cut(table: Table) -> str:
    """How much of a table is not shown?"""
    return f"{len(table.rows):,} of {table.total or 0:,} rows shown"
