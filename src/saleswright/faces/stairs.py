"""Where does each bar of a bridge hang? Geometry for every face that draws one; nothing here is shown as a number."""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.faces import words
from saleswright.kernel.report import Bridge, Step

CUT = "The two end bars are cut at the foot to show the moves."
"""Said wherever a drawing leaves out the lower part of the ends."""

_DWARFED = 0.4
_AIR = 0.12


@dataclass(frozen=True, slots=True)
class Bar:
    """One step as drawn: from `lower` to `upper`, and the level it leaves behind. `end`: it is a level itself."""

    step: Step
    lower: float
    upper: float
    level: float
    end: bool


@dataclass(frozen=True, slots=True)
class Stairs:
    """All bars in order and where they stand. cut: the foot lies above zero, which has to be seen and said."""

    bars: tuple[Bar, ...]
    foot: float
    cut: bool


def stairs(bridge: Bridge) -> Stairs:
    """The bars of a bridge; none when a step has no value, for then nothing after it has a place.

    The foot is zero unless every level stays above 40 % of the highest: then the moves would be slivers, and the ends
    are cut a little below the lowest level.
    """
    bars: list[Bar] = []
    level = 0.0
    for step in bridge.steps:
        if step.figure.value is None:
            return Stairs((), 0.0, False)
        size = words.size(step.figure.value)
        before, level = (0.0, size) if step.kind == "end" else (level, level + size)
        bars.append(Bar(step, min(before, level), max(before, level), level, step.kind == "end"))
    levels = [bar.level for bar in bars]
    low, high = min(levels, default=0.0), max(levels, default=0.0)
    foot = low - _AIR * (high - low)
    if not high > low > _DWARFED * high or foot <= 0:
        return Stairs(tuple(bars), min(0.0, low), False)
    return Stairs(tuple(bars), foot, True)
