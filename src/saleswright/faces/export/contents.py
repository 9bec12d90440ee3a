"""What stands in a report, for files: text made safe, figures with what is behind them, every number's reference."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.faces.export import About
from saleswright.kernel.report import Bridge, Cell, Figure, Flows, Note, Report, Series, Table

Rows = Table | Series | Bridge | Flows
# Signs that show nothing and turn or join what stands round them; the one that joins emoji stays.
_UNSEEN = {0xFEFF, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)} - {0x200D}


def clean(text: str) -> str:
    """Text that any file can hold, on one line: no control codes, no direction overrides, nothing invisible."""
    kept = []
    for char in words.one_line(text):
        kind, code = unicodedata.category(char), ord(char)
        if kind in ("Cs", "Cc") or code in _UNSEEN or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
            continue
        kept.append(" " if kind in ("Zl", "Zp") else char)
    return "".join(kept)


def figures(report: Report) -> list[Figure]:
    """The figures that stand for themselves."""
    return [block for block in report.blocks if isinstance(block, Figure)]


def laid(report: Report) -> list[Rows]:
    """The blocks that are rows, in reading order."""
    return [block for block in report.blocks if isinstance(block, (Table, Series, Bridge, Flows))]


def notes(report: Report) -> list[tuple[str, str]]:
    """(kind, words) of every note, of what has to be minded, and of the footer, which is a check."""
    told = [(block.kind, clean(block.text)) for block in report.blocks if isinstance(block, Note)]
    told += [("warning", clean(" \u00b7 ".join(str(issue).splitlines()))) for issue in report.issues]
    told += [
        ("check", clean(block.check)) for block in report.blocks if isinstance(block, (Bridge, Flows)) and block.check
    ]
    return [*told, *(("check", clean(line)) for line in report.footer)]


def title_of(block: Rows) -> str:
    """What the block is called."""
    return clean(block.title) or words.label(block.name)


def rest(block: Rows, shown: int | None = None) -> str:
    """How many rows are not shown; empty when all are."""
    if not isinstance(block, Table):
        return ""
    held = len(block.rows) if shown is None else min(shown, len(block.rows))
    total = max(block.total or 0, len(block.rows))
    return f"{held:,} of {total:,} rows are shown." if total > held else ""


def heads_and_cells(block: Rows, style: words.Style = "full") -> tuple[list[grid.Head], list[list[str]]]:
    """The block in words: heads, then the cells of each row."""
    heads, rows = grid.for_people(grid.of_block(block), style)
    return [grid.Head(clean(head.text), head.number) for head in heads], [[clean(cell) for cell in row] for row in rows]


def tints(block: Rows) -> list[list[int]]:
    """How strongly each of those cells is tinted, from 0 to `grid.TINTS`."""
    return grid.tints(grid.of_block(block))


def value_of(figure: Figure, style: words.Style = "full") -> str:
    """The figure's value in words, or why there is none."""
    return clean(words.figure(figure, style)).replace(words.NBSP, " ")


def behind(figure: Figure) -> str:
    """What stands behind the figure: counts, likely range, left out."""
    return clean(" \u00b7 ".join(words.support(figure))).replace(words.NBSP, " ")


def references(report: Report) -> Iterator[tuple[str, Figure]]:
    """(where it stands, figure) of every number that can be opened, each reference once."""
    seen: set[str] = set()

    def once(where: str, item: Figure) -> Iterator[tuple[str, Figure]]:
        if item.ref and item.ref not in seen:
            seen.add(item.ref)
            yield clean(where), item

    for block in report.blocks:
        if isinstance(block, Figure):
            yield from once(words.label(block.name, block.label), block)
        elif isinstance(block, Series):
            for point in block.points:
                yield from once(f"{title_of(block)}: {point.label}", point.figure)
        elif isinstance(block, Bridge):
            for step in block.steps:
                yield from once(f"{title_of(block)}: {step.label}", step.figure)
        elif isinstance(block, Flows):
            for link in block.links:
                yield from once(f"{title_of(block)}: {link.source} to {link.target}", link.figure)
        elif isinstance(block, Table):
            for row in block.rows:
                name = next((str(cell) for cell in row if isinstance(cell, str)), "")
                for column, cell in zip(block.columns, row, strict=False):
                    if isinstance(cell, Figure):
                        yield from once(f"{title_of(block)}: {name}, {column.label or column.name}", cell)


def stamp(about: About) -> datetime:
    """The moment a file says it was made: the as-of day, so that the same answer is the same file."""
    try:
        day = date.fromisoformat(about.as_of[:10])
    except ValueError:
        day = date(2000, 1, 1)
    return datetime.combine(max(day, date(1980, 1, 2)), time(), UTC)


def cell_value(value: Cell | Figure) -> Cell:
    """The typed value of a cell."""
    return value.value if isinstance(value, Figure) else value
