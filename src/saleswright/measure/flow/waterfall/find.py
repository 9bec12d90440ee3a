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
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge import LINES, Moves, exact
from saleswright.measure.flow.bridge_block import Bridged, Lines, found, told
from saleswright.measure.flow.bridge_gross import grossed
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
    lines: Lines | None = field(default=None, repr=False)

    @cached_property
    def total(self) -> Part:
        """The whole as the members are told."""
        return part(self.whole.moves, "", "All")

    def moves(self, member: str | None = None) -> Moves:
        """What each deal did, deal by deal: of all deals, or of one member's."""
        if member is None:
            return self.whole.moves
        assert self.lines is not None and self.lines.shared is not None
        return self.lines.shared.of(self.lines.names.index(member), self.lines.still.get(member, (0, 0)))


def waterfall(
    at: Snapshot, since: date, period: Period | None = None, by: str = "", where: Pairs = (), gross: bool = False
) -> Waterfall:
    """The lines from the end of `since` to the end of `at.day`, of the deals due in `period` or (None) of all open deals.

    gross: every movement that the history shows between the two days, day by day, instead of the difference of the two.
    Stop (usage) for an unknown dimension or filter, or a first day that is not before the last; Stop (not allowed) where days
    or amounts are hidden from the actor.
    """
    if since >= at.day:
        why = "a waterfall goes from one day to a later one"
        raise Stop(Issue("since", f"{since} is not before {at.day}", why, "an earlier --since"), exit_code=USAGE)
    # Who is meant is found once, with what is known now: on the earlier day nobody may have had a name yet.
    where = ask(at, "open_pipeline", (), "all", where).pairs
    split = find(at, by, entity="deal") if by else None
    lines = found(at, since, period, where, split.name if split else "")
    if gross:
        lines = grossed(at, since, period, where, split.name if split else "", lines)
    whole = told(at, since, period, where, lines, gross)
    if split is None:
        return Waterfall(at, since, period, by, where, whole, gross=gross)
    groups = _groups(at, lines, split.ref)
    labels = {member: one.label for member, one in groups.items()}
    return Waterfall(at, since, period, split.name, where, whole, groups, labels, gross, lines)


def _groups(at: Snapshot, lines: Lines, ref: str) -> dict[str, Part]:
    """Each member's waterfall, all from the same rows."""
    assert lines.shared is not None
    moves, add = lines.shared.moves, lines.shared.sums()
    known = names(at, ref, (member for member in lines.names if member)) if ref else {}
    ends = [add(one) for one in (moves.start, moves.end, moves.members_start, moves.members_end)]
    each = [
        {line.name: add(columns[line.name]) for line in LINES} for columns in (moves.amounts, moves.deals, moves.events)
    ]
    found = {}
    for code, member in enumerate(lines.names):
        still = lines.still.get(member, (0, 0))
        opening, closing, first, last = (end.get(code, 0) + still[i // 2] for i, end in enumerate(ends))
        amounts, deals, events = ({name: sums.get(code, 0) for name, sums in one.items()} for one in each)
        if any((opening, closing, first, last, *events.values())):
            label = known.get(member, member) if member else "(none)"
            found[member] = Part(member, label, opening, closing, first, last, amounts, deals, events)
    return dict(sorted(found.items(), key=lambda item: (-abs(item[1].closing - item[1].opening), item[1].label)))


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
