"""What does a bridge look like? Its drawing upright and on its side, the same as a table, and one sentence."""

from __future__ import annotations

from typing import Any

from saleswright.faces import stairs as geometry
from saleswright.faces.web import findings, shapes
from saleswright.faces.web.axis import span, tick
from saleswright.faces.web.charts import Chart, fill
from saleswright.faces.words import change, listed, size, words
from saleswright.kernel.report import Bridge, Column, Step, Table
from saleswright.lib.money import Money

_LEAST_STEP = 62
_LABELLED = 44
_LONG = 9
_NAMED = 3


def waterfall(bridge: Bridge) -> Chart:
    """The chart of a bridge. Where the ends are cut at the foot, the drawing shows it and the sentence says it."""
    found = geometry.stairs(bridge)
    text = _said(bridge, found.cut)
    reach = [max(bar.lower, found.foot) for bar in found.bars] + [bar.upper for bar in found.bars] + [found.foot]
    low, high, ticks = span(reach, bridge.unit, not found.cut)
    if found.cut:
        low = found.foot
    top = max((bar.upper for bar in found.bars), default=high)
    room = shapes.HEIGHT / (shapes.HEIGHT - _LABELLED)
    data = _data(bridge, found, low)
    data["ticks"] = [{"at": at, "text": tick(at, bridge.unit, _currency(bridge))} for at in ticks if low <= at <= top]
    upright = fill("stairs", data, low, low + max(top - low, 1e-9) * room)
    lying = fill("steps", data, low, max(top, low + 1e-9), shapes.LOW_STEP * max(1, len(found.bars)))
    return Chart(upright, _table(bridge), text, narrow=lying, least=_LEAST_STEP * len(bridge.steps))


def _data(bridge: Bridge, found: geometry.Stairs, low: float) -> dict[str, Any]:
    bars = []
    for order, bar in enumerate(found.bars):
        first, second = _two_lines(bar.step.label)
        bars.append(
            {
                "order": order,
                "lower": max(bar.lower, low),
                "upper": bar.upper,
                "state": "end" if bar.end else bar.step.tone,
                "label": first,
                "under": second,
                "text": bar.step.label,
                "value_label": _amount(bar.step, "short"),
                "count": words(_count(bar.step), "count", "short") if _counted(bridge, bar.step) else "",
                "tip_value": _amount(bar.step, "full"),
                "tip_n": words(_count(bar.step), "count", "full"),
                "ref": bar.step.figure.ref,
            }
        )
    reach = max((bar.upper for bar in found.bars), default=1.0) - low
    return {
        "dots": bars,
        "links": [{"order": order, "to": order + 1, "level": bar.level} for order, bar in enumerate(found.bars[:-1])],
        "cuts": [
            {"order": order, "at": low + 0.045 * reach} for order, bar in enumerate(found.bars) if found.cut and bar.end
        ],
    }


def _two_lines(label: str) -> tuple[str, str]:
    """A name under a bar: what is too long for one line goes on at a space."""
    if len(label) <= _LONG or " " not in label:
        return label, ""
    first, _, second = label.partition(" ")
    return first, second


def _count(step: Step) -> int | None:
    return step.figure.n if step.events is None else step.events


def _counted(bridge: Bridge, step: Step) -> bool:
    return bridge.unit != "count" and _count(step) is not None


def _amount(step: Step, style: Any) -> str:
    figure = step.figure
    return words(figure.value, figure.unit, style) if step.kind == "end" else change(figure.value, figure.unit, style)


def _currency(bridge: Bridge) -> str:
    return next((s.figure.value.currency for s in bridge.steps if isinstance(s.figure.value, Money)), "")


def _said(bridge: Bridge, cut: bool) -> findings.Finding:
    """From which level to which, and the largest moves between; or why it cannot be drawn."""
    unknown = next((step for step in bridge.steps if step.figure.value is None), None)
    if unknown is not None or not bridge.steps:
        why = unknown.figure.reason if unknown else "it has no steps"
        return findings.Finding("This cannot be drawn.", why[:1].upper() + why[1:] + ".")
    first, last = bridge.steps[0], bridge.steps[-1]
    moves = sorted((s for s in bridge.steps if s.kind == "part" and size(s.figure.value)), key=_weight)
    largest = listed([f"{step.label} {_amount(step, 'short')}" for step in moves[:_NAMED]])
    lead = f"From {_amount(first, 'short')} ({first.label}) to {_amount(last, 'short')} ({last.label})."
    rest = [f"Largest: {largest}." if moves else "Nothing moved.", *([geometry.CUT] if cut else [])]
    return findings.Finding(lead, " ".join(rest))


def _weight(step: Step) -> float:
    return -abs(size(step.figure.value))


def _table(bridge: Bridge) -> Table:
    """The same steps as rows: what the drawing shows and nothing else."""
    counted = any(_counted(bridge, step) for step in bridge.steps)
    columns = [Column("line", "Line"), Column("value", "Amount" if bridge.unit == "money" else "Value", bridge.unit)]
    if counted:
        columns.append(Column("n", "Count", "count"))
    rows = tuple((step.label, step.figure, *((_count(step),) if counted else ())) for step in bridge.steps)
    return Table(bridge.name, tuple(columns), rows, bridge.title)
