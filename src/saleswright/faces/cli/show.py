"""What does a person at a terminal see? Title, figures with their proof, tables, and how to open the headline."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.table import Table as Drawn
from rich.text import Text

from saleswright.faces import words
from saleswright.faces.cli import grid, lines
from saleswright.faces.stairs import stairs
from saleswright.kernel.report import Block, Bridge, Figure, Flows, Note, Report, Series, Table

_BAR = 18
_STAIRS = 30
# The ground of a terminal may be light or dark, so size is told by weight: small is faint, large is bold.
_TINT = ("", "dim", "dim", "", "bold", "bold")
_NOTE = {"note": "dim", "warning": "yellow", "check": "green"}


def console(stream: TextIO, color: bool) -> Console:
    """A console on this stream, which is known to be a terminal."""
    return Console(file=stream, force_terminal=True, no_color=not color, highlight=False, markup=False, emoji=False)


def report(item: Report, out: Console, full: bool = False, today: date | None = None) -> None:
    """Draw the whole report. `full` shows money to the cent in tables too."""
    out.print(_text(item.title, "bold"))
    if item.lede:
        out.print(_text(item.lede))
    for kind, blocks in groupby(item.blocks, key=type):
        out.print()
        for drawn in [_figures(blocks)] if kind is Figure else _others(blocks, full, today):
            out.print(drawn)
    if item.footer:
        out.print()
    for line in item.footer:
        out.print(_text(line, "dim"))


def opening(item: Report) -> str:
    """How is the headline figure opened? Empty when no figure has a reference."""
    reference = next((figure.ref for figure in item.figures() if figure.ref), "")
    return f"open it: saleswright explain {shlex.quote(reference)}" if reference else ""


def _figures(blocks: Iterable[Block]) -> RenderableType:
    drawn = Drawn.grid(padding=(0, 2))
    drawn.add_column(no_wrap=True)
    drawn.add_column(justify="right", overflow="fold")
    drawn.add_column(style="dim", overflow="fold")
    for block in blocks:
        assert isinstance(block, Figure)
        label = _text(words.label(block.name, block.label))
        if block.value is None:
            drawn.add_row(label, "", _text(words.figure(block), "yellow"))
            continue
        value, behind = words.figure(block, "full"), words.support(block, "full")
        if block.unit in ("money", "money_per_day"):
            value, behind = words.figure(block, "short"), [value, *behind]
        drawn.add_row(label, _text(value, "bold"), _text(" \u00b7 ".join(behind)))
    return drawn


def _others(blocks: Iterable[Block], full: bool, today: date | None) -> Iterator[RenderableType]:
    style: words.Style = "full" if full else "short"
    for block in blocks:
        if isinstance(block, Note):
            yield _text(lines.MARK[block.kind] + block.text, _NOTE[block.kind])
        elif isinstance(block, Table):
            yield _table(grid.of_table(block), style, today)
            if block.total is not None and block.total > len(block.rows):
                yield _text(lines.cut(block), "dim")
        elif isinstance(block, Series):
            yield _table(grid.of_series(block), style, today, _bars([point.figure for point in block.points]))
        elif isinstance(block, Flows):
            yield _table(replace(grid.of_flows(block), footer=""), style, today, _bars([n.figure for n in block.links]))
            if block.check:
                yield _text(lines.MARK["check"] + block.check, _NOTE["check"])
        elif isinstance(block, Bridge):
            laid = grid.of_bridge(block)
            yield _table(replace(laid, footer=""), style, today, _stairs(block))
            if block.check:
                yield _text(lines.MARK["check"] + block.check, _NOTE["check"])


def _table(laid: grid.Grid, style: words.Style, today: date | None, bars: list[str] | None = None) -> RenderableType:
    heads, rows = grid.for_people(laid, style, today)
    tinted = grid.tints(laid)
    drawn = Drawn(
        title=_text(laid.title, "bold") if laid.title else None,
        title_justify="left",
        caption=_text(laid.footer, "dim") if laid.footer else None,
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for head in heads:
        drawn.add_column(_text(head.text), justify="right" if head.number else "left", overflow="fold")
    if bars:
        drawn.add_column("", no_wrap=True)
    for index, row in enumerate(rows):
        shown = [_text(cell, _TINT[tint]) for cell, tint in zip(row, tinted[index], strict=True)]
        drawn.add_row(*shown, *([_text(bars[index], "blue")] if bars else []))
    return drawn


def _bars(figures: list[Figure]) -> list[str] | None:
    sizes = [words.size(figure.value) for figure in figures]
    largest = max(sizes, default=0.0)
    if largest <= 0 or min(sizes) < 0:
        return None
    return ["\u2587" * round(_BAR * size / largest) for size in sizes]


def _stairs(bridge: Bridge) -> list[str] | None:
    """Bars that hang where the step before them ended; the two ends are cut at the foot when they would dwarf the rest."""
    found = stairs(bridge)
    if not found.bars:
        return None
    low, high = found.foot, max(bar.upper for bar in found.bars)
    scale = _STAIRS / ((high - low) or 1)
    drawn = []
    for bar in found.bars:
        first, last = (round((max(place, low) - low) * scale) for place in (bar.lower, bar.upper))
        start = found.cut and bar.end
        drawn.append(("\u2248" if start else " " * first) + "\u2587" * max(1, last - first - start))
    return drawn


def _text(content: str, style: str = "") -> Text:
    return Text(words.one_line(content).replace(words.NBSP, " "), style=style)
