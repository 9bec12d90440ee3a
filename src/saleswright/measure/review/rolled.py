"""What does the roll say? The headline figures, the bridge, and the few deals that moved most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from saleswright.kernel.report import Bridge, Figure, Note
from saleswright.lib.period import Period
from saleswright.measure.flow.waterfall.moved import Move


@dataclass(frozen=True, slots=True)
class Roll:
    """What changed since a day. bridge: None where the data cannot tell, and then `why_not` says what would.

    won: in the period so far; to_go: what the target still asks (null with a reason without one); open: qualified, due in
    the period; won_since, pushed, lost: since the day. events: lines of all deals together. headline: in plain words.
    by_deals: the same bridge counted in deals. moving: how many deals moved, of which `moved` are the largest.
    """

    since: date
    period: Period
    bridge: Bridge | None
    why_not: str
    won: Figure
    to_go: Figure
    open: Figure
    won_since: Figure
    pushed: Figure
    lost: Figure
    events: int
    headline: str
    moved: tuple[Move, ...]
    checks: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    by_deals: Bridge | None = None
    moving: int = 0
