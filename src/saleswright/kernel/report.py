"""What does an answer look like? A title (the question), blocks of typed values, and a footer that is its proof.

Cells are values, never text made for one face: faces format.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from saleswright.lib.issue import Issue
from saleswright.lib.limits import Limit
from saleswright.lib.money import Money

Value = int | float | Money | None
Cell = str | int | float | bool | date | datetime | Money | None
Unit = Literal[
    "count", "share", "points", "money", "days", "hours", "money_per_day", "number", "text", "date", "moment", "ref"
]
"""In what a value is told; points are the difference of two shares, told with its sign."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One value that knows its unit, its count, its interval and its reference.

    value: int for counts, float for shares (0..1) and days, Money for money, None with a `reason`.
    n: how many rows stand behind it. low, high: the 80 % interval, in the value's own unit.
    of: the two counts or sums of a ratio, numerator then denominator. excluded: rows left out.
    """

    name: str
    value: Value
    unit: Unit
    label: str = ""
    n: int | None = None
    low: Value = None
    high: Value = None
    of: tuple[Value, Value] | None = None
    excluded: int = 0
    reason: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column: its field name, the words on its head, and the unit its cells are in."""

    name: str
    label: str
    unit: Unit = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of typed cells. `total` counts all rows where only a part is shown; the rest is said, never dropped.

    shade: the columns whose cells are tinted by size, all on one scale, so that a pattern shows before a number is read.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | Figure, ...], ...]
    title: str = ""
    total: int | None = None
    footer: str = ""
    shade: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """One place on a series: its label, where it starts, the figure that stands there.

    limit: where the value falls while nothing changes, money in whole units; None for what cannot be judged.
    """

    label: str
    start: date | None
    figure: Figure
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Figures in an order, by time (`along` = month, quarter ...) or by member (`along` = the dimension)."""

    name: str
    along: str
    points: tuple[Point, ...]
    title: str = ""
    unit: Unit = "number"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beside the figures: what to know, what to mind (`warning`), what was proved (`check`)."""

    text: str
    kind: Literal["note", "warning", "check"] = "note"


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a bridge: what moved by how much. `events` counts what happened, for one record may move twice.

    kind: the two ends are levels; a part adds to what came before it. tone: won, lost, good, bad or plain, for colour.
    """

    name: str
    label: str
    figure: Figure
    events: int | None = None
    kind: Literal["end", "part"] = "part"
    tone: Literal["won", "lost", "good", "bad", "plain"] = "plain"


@dataclass(frozen=True, slots=True)
class Bridge:
    """From one level to another, line by line: the first and the last step are the ends, the parts add up between."""

    name: str
    steps: tuple[Step, ...]
    title: str = ""
    unit: Unit = "money"
    check: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """What went from one place on the left to one on the right. The same name on both sides is two places.

    tone: what the going means, for colour; the figure is never below nothing.
    """

    source: str
    target: str
    figure: Figure
    tone: Literal["won", "lost", "good", "bad", "plain"] = "plain"


@dataclass(frozen=True, slots=True)
class Flows:
    """From where to where, between two sides: what leaves every place on the left arrives somewhere on the right."""

    name: str
    links: tuple[Link, ...]
    title: str = ""
    unit: Unit = "count"
    check: str = ""


Block = Figure | Table | Series | Bridge | Flows | Note


@dataclass(frozen=True, slots=True)
class Report:
    """The answer to one call. `changed` is set by calls that write; `next` says what to try now.

    after: what goes on once the answer was shown, such as a server that runs until it is stopped.
    """

    title: str
    blocks: Sequence[Block]
    lede: str = ""
    footer: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    next: tuple[str, ...] = ()
    changed: int | None = None
    exit_code: int = 0
    data: dict[str, object] = field(default_factory=dict)
    after: Callable[[], None] | None = None

    def figures(self) -> list[Figure]:
        """Every figure of the report, in reading order."""
        found: list[Figure] = []
        for block in self.blocks:
            if isinstance(block, Figure):
                found.append(block)
            elif isinstance(block, Series):
                found.extend(point.figure for point in block.points)
            elif isinstance(block, Bridge):
                found.extend(step.figure for step in block.steps)
            elif isinstance(block, Flows):
                found.extend(link.figure for link in block.links)
            elif isinstance(block, Table):
                found.extend(cell for row in block.rows for cell in row if isinstance(cell, Figure))
        return found
