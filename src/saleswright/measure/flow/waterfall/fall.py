"""What is asked of a waterfall, read, and what it says? One answer for every face, and what cannot be told with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Note
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_block import Bridged
from saleswright.measure.flow.waterfall.find import Part, Waterfall, waterfall
from saleswright.measure.flow.waterfall.said import brief, sentence
from saleswright.measure.flow.waterfall.since import from_start
from saleswright.measure.flow.waterfall.told import stale, why_not
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import find


@dataclass(frozen=True)
class Fall:
    """A waterfall as asked for. untold: why the data cannot tell it, and what would; then only its closing stands.

    at: the record at its later day. period: None for all open deals.
    """

    at: Snapshot
    since: date
    period: Period | None
    made: Waterfall
    untold: str
    notes: tuple[Note, ...]

    @property
    def whole(self) -> Bridged:
        """All deals asked for."""
        return self.made.whole

    @property
    def members(self) -> tuple[Part, ...]:
        """What each member did, largest change first; nothing where the whole cannot be told."""
        return () if self.untold else tuple(self.made.groups.values())

    @property
    def sentence(self) -> str:
        """From how much to how much, and what lies between."""
        if self.untold:
            return f"What changed since {self.since} cannot be said from this data."
        return sentence(self.whole, self._largest())

    def _largest(self) -> str:
        top = next(iter(self.members), None)
        if top is None or len(self.members) < 2 or top.closing == top.opening:
            return ""
        moved = Money(abs(top.closing - top.opening), self.at.currency)
        return f"Largest change: {top.label}, {brief(moved)} {'more' if top.closing > top.opening else 'less'} open."


def fall(
    at: Snapshot,
    since: str = "",
    until: str = "",
    period: str = "",
    rolling: bool = False,
    by: str = "",
    where: Pairs = (),
    gross: bool = False,
) -> Fall:
    """The waterfall from the end of the day `since` (the one before the period began) to the end of `until` (the as-of day).

    Stop (usage) for days, periods, dimensions and filters that cannot be read.
    """
    at = at.at(_until(at, until)) if until else at
    if rolling and period:
        why = "a rolling waterfall is of all open deals, whenever they are due"
        raise Stop(Issue("rolling", "it has no period", why, "leave out --period, or --rolling"), exit_code=USAGE)
    span = parse_period(period or "this quarter", at.day, at.workspace.calendar)
    if not span.bounded:
        why = "it has no end that a deal could be due before"
        raise Stop(Issue("period", f"'{period}' is open", why, "--rolling for all open deals"), exit_code=USAGE)
    day = from_start(at, span, since)
    member = find(at, by).name if by else ""
    made = waterfall(at, day, None if rolling else span, member, where, gross)
    untold = why_not(at, day, made.whole)
    notes = (*stale(at, day), *((Note(untold, "warning"),) if untold else made.whole.notes))
    return Fall(at, day, made.period, made, untold, notes)


def line_named(text: str) -> str:
    """The line of that name or of those words. Stop (usage) with the nearest."""
    key = text.strip().casefold().replace(" ", "_").replace("-", "_")
    for line in LINES:
        if key in (line.name, line.label.casefold().replace(" ", "_").replace("-", "_")):
            return line.name
    raise Stop(unknown("line", text, [line.name for line in LINES], where="line"), exit_code=USAGE)


def _until(at: Snapshot, text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Stop(
            Issue("until", f"'{text}' is not a date", "", "such as --until 2026-11-16"), exit_code=USAGE
        ) from None
    if day > at.day:
        why = "nothing is known of later days"
        raise Stop(
            Issue("until", f"{text} is after {at.day}", why, "an earlier day, or a later --as-of"), exit_code=USAGE
        )
    return day
