"""A report as slides: native charts and tables that can be edited, the headline as the title, references in the notes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Emu, Inches, Pt

from saleswright.faces import words
from saleswright.faces.export import HOW_TO_OPEN, About
from saleswright.faces.export.contents import (
    Rows,
    behind,
    clean,
    figures,
    heads_and_cells,
    laid,
    notes,
    references,
    rest,
    stamp,
    tints,
    title_of,
    value_of,
)
from saleswright.faces.export.slide_charts import TINTED, chart, drawable
from saleswright.kernel.report import Bridge, Figure, Flows, Report, Series

INK, SOFT, LINE = RGBColor(0x13, 0x18, 0x20), RGBColor(0x45, 0x4E, 0x5C), RGBColor(0xE4, 0xE7, 0xEC)
WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.5
_ROWS, _SHORT = 16, 9
_MOST_SLIDES = 20
_CELL, _TITLE = 120, 220
_PICTURES = (Bridge, Series, Flows)


def write(report: Report, about: About) -> bytes:
    """The bytes of the presentation, the same for the same answer."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    _properties(deck, report, about)
    blocks = laid(report)
    front = _front(blocks)
    slide = _slide(deck, clean(report.lede or report.title), about)
    top = _tiles(slide, figures(report)) if figures(report) else 1.45
    _body(slide, front, top)
    _foot(slide, report, about)
    _say(slide, [f"{name}: {value}" for name, value in about.lines()], report)
    for block in blocks:
        if block not in front or isinstance(block, _PICTURES):
            _rows(deck, block, about)
    out = io.BytesIO()
    deck.save(out)
    return _still(out.getvalue())


def _properties(deck: Any, report: Report, about: About) -> None:
    told = deck.core_properties
    told.title, told.author, told.last_modified_by = clean(report.title)[:250], "Saleswright", "Saleswright"
    told.created = told.modified = told.last_printed = stamp(about).replace(tzinfo=None)
    told.revision = 1


def _front(blocks: Sequence[Rows]) -> list[Rows]:
    """What stands on the first slide: the first picture, and up to two tables that are short."""
    picture = next((block for block in blocks if drawable(block)), None)
    short = [b for b in blocks if not isinstance(b, _PICTURES) and _is_short(b)][:2]
    return [*([picture] if picture else []), *short]


def _is_short(block: Rows) -> bool:
    heads, rows = heads_and_cells(block, "short")
    return 0 < len(rows) <= _SHORT and len(heads) <= 4


def _slide(deck: Any, title: str, about: About) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = _inches(EDGE, 0.3, WIDTH - 2 * EDGE, 0.95)
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _text(frame, _cut(title, _TITLE), 24 if len(title) < 110 else 18, bold=True, color=INK)
    return slide


def _tiles(slide: Any, alone: Sequence[Figure]) -> float:
    """The figures as a native table of three lines: what, how much, what is behind. Where the next thing may begin."""
    shown = list(alone)[:6]
    where = _inches(EDGE, 1.35, WIDTH - 2 * EDGE, 1.0)
    table = _plain(slide.shapes.add_table(3, len(shown), *where).table)
    for place, figure in enumerate(shown):
        value = words.figure(figure, "short") if figure.value is not None else words.NOTHING
        under = words.likely_range(figure, "short")
        lines = (
            (words.label(figure.name, figure.label), 11, False, SOFT),
            (value, 20, True, INK),
            (
                f"likely {under}" if under else behind(figure) if figure.value is not None else value_of(figure),
                9,
                False,
                SOFT,
            ),
        )
        for row, (said, size, bold, color) in enumerate(lines):
            _text(table.cell(row, place).text_frame, _cut(clean(said), 90), size, bold=bold, color=color)
    return 2.65


def _body(slide: Any, front: Sequence[Rows], top: float) -> None:
    tables = [block for block in front if not isinstance(block, _PICTURES)]
    picture = next((block for block in front if isinstance(block, _PICTURES)), None)
    room = 6.75 - top
    if picture is not None:
        wide = WIDTH - 2 * EDGE if not tables else 7.9
        chart(slide, picture, *_inches(EDGE, top, wide, room))
    left, wide = (8.65, WIDTH - EDGE - 8.65) if picture is not None else (EDGE, 6.0)
    for place, block in enumerate(tables):
        down = top + place * room / 2 if picture is not None else top
        across = left if picture is not None else EDGE + place * 6.3
        high = room / 2 if picture is not None else room
        _small(slide, title_of(block), across, down, wide)
        cells = heads_and_cells(block, "short")[1]
        _table(slide, block, cells, tints(block), (across, down + 0.3, wide), high - 0.35)


def _small(slide: Any, said: str, left: float, top: float, wide: float) -> None:
    box = slide.shapes.add_textbox(*_inches(left, top, wide, 0.3))
    _text(box.text_frame, _cut(said, 90), 12, bold=True, color=INK)


def _rows(deck: Any, block: Rows, about: About) -> None:
    """A block on slides of its own, as many rows on each as can be read."""
    rows = heads_and_cells(block, "full")[1]
    pages = [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)] or [[]]
    for number, page in enumerate(pages[:_MOST_SLIDES], 1):
        of = f" ({number} of {min(len(pages), _MOST_SLIDES)})" if len(pages) > 1 else ""
        slide = _slide(deck, title_of(block) + of, about)
        tinted = tints(block)[(number - 1) * _ROWS :]
        _table(slide, block, page, tinted, (EDGE, 1.35, WIDTH - 2 * EDGE), 5.3)
        left = rest(block, number * _ROWS) if number == min(len(pages), _MOST_SLIDES) else ""
        under = " ".join(line for line in (left, getattr(block, "footer", ""), about.foot) if line)
        box = slide.shapes.add_textbox(*_inches(EDGE, 6.95, WIDTH - 2 * EDGE, 0.4))
        _text(box.text_frame, _cut(clean(under), 400), 9, color=SOFT)


def _table(
    slide: Any,
    block: Rows,
    rows: Sequence[Sequence[str]],
    tinted: Sequence[Sequence[int]],
    where: tuple[float, float, float],
    high: float,
) -> None:
    heads = heads_and_cells(block, "full")[0]
    left, top, wide = where
    if not rows:
        _small(slide, "No rows.", left, top, wide)
        return
    line = min(0.34, high / (len(rows) + 1))
    shape = slide.shapes.add_table(len(rows) + 1, len(heads), *_inches(left, top, wide, line * (len(rows) + 1)))
    table = _plain(shape.table)
    size = 11 if len(heads) <= 5 and line >= 0.28 else 9 if len(heads) <= 9 else 7
    longest = [max(len(head.text), *(len(row[place]) for row in rows)) for place, head in enumerate(heads)]
    weights = [max(5, min(40, one)) for one in longest]
    for place, weight in enumerate(weights):
        table.columns[place].width = Emu(int(Inches(wide) * weight / sum(weights)))
    for down, row in enumerate(([head.text for head in heads], *rows)):
        table.rows[down].height = Inches(line)
        for across, cell in enumerate(row):
            frame = table.cell(down, across).text_frame
            color = SOFT if down == 0 else INK
            _text(frame, _cut(cell, _CELL), size, bold=False, color=color, right=heads[across].number)
            if down and tinted[down - 1][across]:
                fill = table.cell(down, across).fill
                fill.solid()
                fill.fore_color.rgb = RGBColor.from_string(TINTED[tinted[down - 1][across] - 1])


def _plain(table: Any) -> Any:
    """A table without the bands and colours of the theme."""
    table.first_row, table.horz_banding = False, False
    for row in table.rows:
        for cell in row.cells:
            cell.fill.background()
            cell.margin_left = cell.margin_right = Inches(0.06)
            cell.margin_top = cell.margin_bottom = Inches(0.02)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    return table


def _foot(slide: Any, report: Report, about: About) -> None:
    marks = {"warning": "Mind: ", "check": "Checked: "}
    lines = [f"{marks.get(kind, '')}{line}" for kind, line in notes(report)][:3]
    box = slide.shapes.add_textbox(*_inches(EDGE, 6.8, WIDTH - 2 * EDGE, 0.6))
    box.text_frame.word_wrap = True
    _text(box.text_frame, _cut(" \u00b7 ".join([*lines, about.foot]), 420), 9, color=SOFT)


def _say(slide: Any, lines: Sequence[str], report: Report) -> None:
    """What is behind the slide: the question, every note, and the reference of each number."""
    said = [clean(report.title), *map(clean, lines), *(line for _, line in notes(report))]
    opened = list(references(report))
    if opened:
        said += ["", f"To open a number: {HOW_TO_OPEN}"]
        said += [f"{where}: {value_of(figure)} [{clean(figure.ref)}]" for where, figure in opened[:400]]
    slide.notes_slide.notes_text_frame.text = "\n".join(said)


def _text(frame: Any, said: str, size: int, bold: bool = False, color: Any = INK, right: bool = False) -> None:
    paragraph = frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = said
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, color
    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1].rstrip() + "\u2026"


def _inches(*given: float) -> tuple[int, ...]:
    return tuple(Inches(one) for one in given)


def _still(made: bytes) -> bytes:
    """The same package with the same clock time on every part of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for item in before.infolist():
            told = zipfile.ZipInfo(item.filename, (1980, 1, 1, 0, 0, 0))
            told.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(told, before.read(item.filename))
    return out.getvalue()
