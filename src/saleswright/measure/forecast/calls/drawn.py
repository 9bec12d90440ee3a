"""How does a line of weeks look, and how far are won and called of what is asked? Small drawings of the call sheet, in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.kernel.report import Figure
from saleswright.lib.money import Money

WIDTH, HEIGHT, EDGE = 64, 20, 3
LONG, MOST = 104, 1.5
"""The bullet's length, and how much of what is asked it shows at least."""


@dataclass(frozen=True, slots=True)
class Spark:
    """A line through the weeks that have a number: its pieces as SVG paths, and where the last number stands."""

    pieces: tuple[str, ...]
    last: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Bullet:
    """Won and called of what is asked: lengths in pixels, shares of what is asked. called: None where no call is in."""

    won: float
    called: float | None
    asked: float
    won_share: float
    called_share: float | None


def spark(line: Sequence[Money | None]) -> Spark:
    """The weeks as a line; where nobody was in there is a gap, not zero."""
    known = [one.minor for one in line if one is not None]
    if not known:
        return Spark((), None)
    low, high = min(known), max(known)
    step = (WIDTH - 2 * EDGE) / max(1, len(line) - 1)

    def place(order: int, minor: int) -> tuple[float, float]:
        share = (minor - low) / (high - low) if high > low else 0.5
        return round(EDGE + order * step, 1), round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    pieces: list[list[tuple[float, float]]] = [[]]
    for order, one in enumerate(line):
        if one is None:
            pieces.append([])
        else:
            pieces[-1].append(place(order, one.minor))
    paths = tuple("M" + " L".join(f"{x} {y}" for x, y in piece) for piece in pieces if len(piece) > 1)
    return Spark(
        paths, next((piece[-1] for piece in reversed(pieces) if piece), None) if line[-1] is not None else None
    )


def bullet(quota: Figure, won: Figure, call: Figure) -> Bullet | None:
    """Won and called beside what is asked; None where nothing is asked or what was won is not known."""
    if not isinstance(quota.value, Money) or not isinstance(won.value, Money) or quota.value.minor <= 0:
        return None
    asked = quota.value.minor
    called = call.value.minor / asked if isinstance(call.value, Money) else None
    share = won.value.minor / asked
    top = max(MOST, share, called or 0.0)

    def length(part: float) -> float:
        return round(LONG * max(0.0, part) / top, 1)

    return Bullet(length(share), None if called is None else length(called), length(1.0), share, called)
