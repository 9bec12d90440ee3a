"""How does a model read an answer? Short lines, each figure with the number of its reference, the references whole below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saleswright.faces import words
from saleswright.faces.cli import grid
from saleswright.faces.mcp.safe import MARKS, clean
from saleswright.kernel.call import Outcome
from saleswright.kernel.report import Bridge, Cell, Column, Figure, Flows, Note, Series, Table
from saleswright.lib.issue import Issue

ROWS = 40
"""Rows of one block that are told in words; the structured answer holds more."""

_CELL = 300


class References:
    """The references of one answer, each numbered when its figure is first told."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, ref: str) -> str:
        """The mark behind a figure; nothing for one that cannot be opened."""
        if not ref:
            return ""
        number = self._numbers.setdefault(ref, len(self._numbers) + 1)
        return f" {MARKS[0]}{number}{MARKS[1]}"

    def lines(self) -> Iterator[str]:
        """The list that stands below."""
        if self._numbers:
            yield "References (explain opens one):"
            yield from (f"{MARKS[0]}{number}{MARKS[1]} {clean(ref)}" for ref, number in self._numbers.items())


def of_outcome(outcome: Outcome, currency: str = "") -> str:
    """The whole answer as text."""
    report, references = outcome.report, References()
    frame = {"as of": outcome.as_of, "known": outcome.known, "state": outcome.snap, "scope": outcome.scope}
    told = [f"{key} {value}" for key, value in (frame | {"currency": currency}).items() if value]
    lines = [_line(report.title), " \u00b7 ".join(map(_line, told))]
    lines += [_inside(report.lede)] if report.lede else []
    for block in report.blocks:
        if isinstance(block, Figure):
            lines.append(f"{_line(words.label(block.name, block.label))}: {_figure(block, references)}")
        elif isinstance(block, Note):
            lines.append(_inside({"note": "", "warning": "Mind: ", "check": "Checked: "}[block.kind] + block.text))
        else:
            lines += _rows(block, references)
    lines += [_inside(text) for text in report.footer]
    lines += of_issues(report.issues)
    lines += [f"Next: {_line(text)}" for text in report.next]
    return "\n".join([*lines, *references.lines()])


def of_issues(issues: Sequence[Issue]) -> list[str]:
    """Problems in words: where, what, why, what to try."""
    return [f"{issue.level.capitalize()}: {_inside(str(issue))}" for issue in issues]


def _rows(block: Table | Series | Bridge | Flows, references: References) -> Iterator[str]:
    laid = grid.of_block(block)
    yield f"{_line(laid.title or words.label(laid.name))}:"
    yield "  " + " | ".join(_line(column.label or words.label(column.name)) for column in laid.columns)
    for row in laid.rows[:ROWS]:
        cells = [_cell(cell, column, references) for cell, column in zip(row, laid.columns, strict=True)]
        yield "  " + " | ".join(cells)
    total = max(laid.total or 0, len(laid.rows))
    if total > min(ROWS, len(laid.rows)):
        yield f"  ({min(ROWS, len(laid.rows)):,} of {total:,} rows are told here)"
    if laid.footer:
        yield f"  {_line(laid.footer)}"


def _cell(cell: Cell | Figure, column: Column, references: References) -> str:
    if isinstance(cell, Figure):
        return _figure(cell, references)
    text = words.words(cell, column.unit, "line")
    return _line(text) if column.unit == "ref" else clean(words.one_line(text), _CELL)


def _figure(item: Figure, references: References) -> str:
    behind = words.support(item, "line")
    said = words.figure(item, "line") + (f" ({', '.join(behind)})" if behind else "")
    return _line(said) + references.mark(item.ref)


def _line(text: str) -> str:
    return clean(words.one_line(text))


def _inside(text: str) -> str:
    """Text that may have lines: all but the first stand in, so that none can pass for a line of ours."""
    return clean(text).replace("\n", "\n    ")
