"""The charts of slides: native and editable, a waterfall as columns that stand on columns nobody sees."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.util import Pt

from saleswright.faces import words
from saleswright.faces.export.contents import Rows, clean, title_of
from saleswright.faces.stairs import CUT, stairs
from saleswright.kernel.report import Bridge, Flows, Series

COLORS = {
    "total": "3F4855",
    "good": "289F8F",
    "bad": "C96D1D",
    "lost": "6E190C",
    "won": "3A4AD9",
    "plain": "8B94A3",
}
TINTED = ("EEEFFC", "E1E3F9", "D3D7F7", "C6CBF4", "B8BFF1")
"""The grounds of shaded cells, from small to large."""

_SOFT = RGBColor(0x45, 0x4E, 0x5C)
_MOST = 40


def drawable(block: Rows) -> bool:
    """Can it be drawn? A bridge whose steps are all known and stand above zero, a series or flows with all values."""
    if isinstance(block, Bridge):
        bars = stairs(block).bars
        return bool(bars) and min(bar.lower for bar in bars) >= 0
    if isinstance(block, Series):
        values = [point.figure.value for point in block.points]
        return 0 < len(values) <= _MOST and all(value is not None for value in values)
    if isinstance(block, Flows):
        return 0 < len(block.links) <= _MOST and all(link.figure.value is not None for link in block.links)
    return False


def chart(slide: Any, block: Rows, left: int, top: int, wide: int, high: int) -> None:
    """Put the block's chart on the slide."""
    if isinstance(block, Bridge):
        _waterfall(slide, block, (left, top, wide, high))
    elif isinstance(block, Series):
        _columns(slide, block, (left, top, wide, high))
    elif isinstance(block, Flows):
        _columns_of_targets(slide, block, (left, top, wide, high))


def _waterfall(slide: Any, bridge: Bridge, where: tuple[int, int, int, int]) -> None:
    drawn = stairs(bridge)
    names = []
    for bar in drawn.bars:
        figure = bar.step.figure
        said = words.figure(figure, "short") if bar.end else words.change(figure.value, bridge.unit)
        names.append(f"{clean(bar.step.label)}\n{said}")
    base = [0.0 if bar.end else bar.lower for bar in drawn.bars]
    size = [abs(words.size(bar.step.figure.value)) for bar in drawn.bars]
    title = title_of(bridge) + (f" ({CUT[0].lower()}{CUT[1:-1]})" if drawn.cut else "")
    made = _add(slide, XL_CHART_TYPE.COLUMN_STACKED, names, (("Below", base), ("Amount", size)), where, title)
    plot = made.plots[0]
    plot.gap_width, plot.overlap = 35, 100
    hidden, shown = plot.series
    hidden.format.fill.background()
    hidden.format.line.fill.background()
    for place, bar in enumerate(drawn.bars):
        fill = shown.points[place].format.fill
        fill.solid()
        fill.fore_color.rgb = RGBColor.from_string(COLORS["total" if bar.end else bar.step.tone])
    if drawn.cut:
        made.value_axis.minimum_scale = drawn.foot
    made.value_axis.tick_labels.number_format = '#,##0.0,,"M"' if max(size) >= 1e6 else "#,##0"
    made.value_axis.tick_labels.number_format_is_linked = False


def _columns(slide: Any, series: Series, where: tuple[int, int, int, int]) -> None:
    names = [clean(point.label) for point in series.points]
    sizes = [words.size(point.figure.value) for point in series.points]
    label = words.label(series.name)
    made = _add(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, names, ((label, sizes),), where, title_of(series))
    plot = made.plots[0]
    plot.gap_width = 40
    fill = plot.series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(COLORS["total"])
    code = {"share": "0.0%", "count": "#,##0", "days": "#,##0"}.get(series.unit, "#,##0.0")
    if series.unit in ("money", "money_per_day"):
        code = '#,##0.0,,"M"' if max(sizes) >= 1e6 else "#,##0"
    plot.has_data_labels = len(sizes) <= 16
    if plot.has_data_labels:
        labels = plot.data_labels
        labels.number_format, labels.number_format_is_linked = code, False
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
        labels.font.size = Pt(10)
    made.value_axis.tick_labels.number_format = code
    made.value_axis.tick_labels.number_format_is_linked = False


def _columns_of_targets(slide: Any, flows: Flows, where: tuple[int, int, int, int]) -> None:
    """A column for each place on the left, made of where it went: a slide knows no ribbons that can be edited."""
    sources = list(dict.fromkeys(link.source for link in flows.links))
    targets = {link.target: link.tone for link in flows.links}
    sizes = {(link.source, link.target): words.size(link.figure.value) for link in flows.links}
    series = [(clean(target), [sizes.get((source, target), 0.0) for source in sources]) for target in targets]
    made = _add(slide, XL_CHART_TYPE.COLUMN_STACKED, list(map(clean, sources)), series, where, title_of(flows))
    plot = made.plots[0]
    plot.gap_width, plot.overlap = 35, 100
    grays = ("8B94A3", "B9C1CD", "A2ABB8", "D0D6DE", "6F7988")
    plain = 0
    for drawn, tone in zip(plot.series, targets.values(), strict=True):
        drawn.format.fill.solid()
        color = COLORS[tone] if tone != "plain" else grays[plain % len(grays)]
        drawn.format.fill.fore_color.rgb = RGBColor.from_string(color)
        plain += tone == "plain"
    made.has_legend = True
    made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.RIGHT, False
    most = max(sum(sizes.get((source, target), 0.0) for target in targets) for source in sources)
    made.value_axis.tick_labels.number_format = '#,##0.0,,"M"' if most >= 1e6 else "#,##0"
    made.value_axis.tick_labels.number_format_is_linked = False


def _add(
    slide: Any,
    kind: Any,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float]]],
    where: tuple[int, int, int, int],
    title: str,
) -> Any:
    data = CategoryChartData()
    data.categories = list(names)
    for label, sizes in series:
        data.add_series(label, list(sizes))
    made = slide.shapes.add_chart(kind, *where, data).chart
    # The sheet behind the chart is written again: ours holds strings as strings and bears no clock time.
    made.part.chart_workbook.update_from_xlsx_blob(_sheet(names, series))
    made.has_legend, made.has_title = False, True
    run = made.chart_title.text_frame.paragraphs[0].add_run()
    run.text, run.font.size, run.font.bold = title, Pt(13), True
    made.font.size, made.font.color.rgb = Pt(10), _SOFT
    made.value_axis.has_major_gridlines = True
    made.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xE4, 0xE7, 0xEC)
    made.value_axis.format.line.fill.background()
    return made


def _sheet(names: Sequence[str], series: Sequence[tuple[str, Sequence[float]]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet("Sheet1")
    for across, (label, sizes) in enumerate(series, 1):
        sheet.write_string(0, across, label)
        for down, size in enumerate(sizes, 1):
            sheet.write_number(down, across, size)
    for down, name in enumerate(names, 1):
        sheet.write_string(down, 0, name)
    book.close()
    return out.getvalue()
