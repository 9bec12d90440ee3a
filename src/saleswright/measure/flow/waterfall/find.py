"""What moved between two days, in the whole and for each member of a dimension?

Formulas 3.2. The whole is the bridge of two days (`flow/bridge_block.py`), its ends measured a second time by the metrics.
Each line of the whole is the sum of that line over the members, to the cent; what went from one member to another leaves
the one as transferred out and enters the other as transferred in, and cancels in the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge import LINES, Moves, exact
from saleswright.measure.flow.bridge_block import Bridged, found, told
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.dimensions import find, names


@dataclass(frozen=True)
class Part:
    """One member's waterfall, in minor units of the reporting currency and in deals.

    lines: what each line amounts to, with its sign; deals: by how many deals it changes the level; events: how often it
    happened. opening + sum of lines = closing, and so do the deals.
    """

    member: str
    label: str
    opening: int
    closing: int
    opening_deals: int
    closing_deals: int
    lines: dict[str, int]
    deals: dict[str, int]
    events: dict[str, int]

    @property
    def happened(self) -> int:
        """Events on all lines together."""
        return sum(self.events.values())


@dataclass(frozen=True)
class Waterfall:
    """The waterfall between the ends of two days. groups: by stored member, "" where nobody told; largest change first.

    whole: amounts, counts, ends, checks and notes of all deals asked for (`Bridged.amounts`, `.counts` are blocks).
    """

    at: Snapshot
    since: date
    period: Period | None
    by: str
    where: Pairs
    whole: Bridged
    groups: dict[str, Part] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    gross: bool = False
    moved: dict[str, Moves] = field(default_factory=dict, repr=False)

    @cached_property
    def total(self) -> Part:
        """The whole as the members are told."""
        return part(self.whole.moves, "", "All")

    def moves(self, member: str | None = None) -> Moves:
        """What each deal did, deal by deal: of all deals, or of one member's."""
        return self.whole.moves if member is None else self.moved[member]


def waterfall(
    at: Snapshot, since: date, period: Period | None = None, by: str = "", where: Pairs = (), gross: bool = False
) -> Waterfall:
    """The lines from the end of `since` to the end of `at.day`, of the deals due in `period` or (None) of all open deals.

    gross: every movement that the history shows between the two days, day by day, instead of the difference of the two.
    Stop (usage) for an unknown dimension or filter, Stop (not allowed) where days or amounts are hidden from the actor.
    """
    # Who is meant is found once, with what is known now: on the earlier day nobody may have had a name yet.
    where = ask(at, "open_pipeline", (), "all", where).pairs
    split = find(at, by, entity="deal") if by else None
    lines = found(at, since, period, where, split.name if split else "")
    whole = told(at, since, period, where, lines)
    if split is None:
        return Waterfall(at, since, period, by, where, whole, gross=gross)
    moved = {member: moves for member, moves in lines.groups.items() if len(moves.ids) or moves.still_deals}
    known = names(at, split.ref, (member for member in moved if member)) if split.ref else {}
    labels = {member: known.get(member, member) if member else "(none)" for member in moved}
    groups = {member: part(moves, member, labels[member]) for member, moves in moved.items()}
    groups = dict(sorted(groups.items(), key=lambda item: (-abs(item[1].closing - item[1].opening), item[1].label)))
    return Waterfall(at, since, period, split.name, where, whole, groups, labels, gross, moved)


def part(moves: Moves, member: str, label: str) -> Part:
    """The sums of these deals' moves."""
    return Part(
        member,
        label,
        moves.opening,
        moves.closing,
        moves.opening_deals,
        moves.closing_deals,
        {line.name: moves.amount(line.name) for line in LINES},
        {line.name: exact(moves.deals[line.name]) for line in LINES},
        {line.name: moves.count(line.name) for line in LINES},
    )
