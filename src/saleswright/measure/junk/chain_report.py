"""How is the chain of the win rate told? The raw rate, each treatment with the rate after it, and what is only proposed."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import action
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.measure.junk.chain import ALWAYS, RAW, Chain, Link, chain
from saleswright.measure.metrics.actions import PeriodText, Where
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.words import are, plural

COLUMNS = (
    Column("treatment", "Treatment"),
    Column("rate", "Win rate after it", "share"),
    Column("won", "Won left out", "count"),
    Column("lost", "Lost left out", "count"),
    Column("decided", "Decided in"),
    Column("start", "In force from"),
    Column("why", "Why"),
)


@action(effect="read", name="junk chain", example={}, title="Junk-proof win rate")
def junk_chain(at: Snapshot, period: PeriodText = "", where: Where = ()) -> Report:
    """Tell how the win rate comes about: from everything the CRM calls won or lost, treatment by treatment.

    Each line has the rate after it, how many deals it leaves out, and the dated decision behind it: the shipped
    definition, or a rule of yours with its file and line. The last line is the win rate as every page shows it. What is
    found but not decided stands apart, with the rate if it were kept.
    """
    told = chain(at, period, where)
    blocks: list[Block] = [told.raw, told.figure, _links(told)]
    if told.proposed:
        blocks.append(_proposed(told))
    blocks += _notes(told)
    ends = (
        f"{plural(sum(link.touched for link in told.links), 'deal')} left out by {plural(len(told.links), 'treatment')}"
    )
    return Report(
        "How does the win rate come about?",
        blocks,
        lede=_lede(told),
        footer=(f"The chain ends at the win rate itself, {told.figure.n or 0:,} decided deals; {ends}.",),
        issues=(*at.stale, *broken_rules(at)),
        next=tuple(f"saleswright junk keep {link.finding}" for link in told.proposed) or ("saleswright junk",),
    )


def _lede(told: Chain) -> str:
    raw, end = told.raw.value, told.figure.value
    if not isinstance(raw, float) or not isinstance(end, float):
        return f"Win rate: cannot say yet: {told.figure.reason}."
    many = plural(len(told.links), "treatment")
    return f"{raw:.1%} of everything decided in the CRM was won; after {many} it is {end:.1%}."


def _links(told: Chain) -> Table:
    rows: list[tuple[Cell | Figure, ...]] = [(RAW, told.raw, None, None, "the CRM", "", "")]
    for link in told.links:
        # The last rate is the metric's own figure, so that it opens.
        rate = told.figure if link is told.links[-1] else link.rate
        rows.append((link.label, rate, link.won, link.lost, link.decided, _from(link), link.why))
    return Table("chain", COLUMNS, tuple(rows), "Treatment by treatment")


def _proposed(told: Chain) -> Table:
    columns = (COLUMNS[0], Column("rate", "Win rate if kept", "share"), *COLUMNS[2:4], Column("why", "Evidence"))
    rows: list[tuple[Cell | Figure, ...]] = [
        (link.label, link.rate, link.won, link.lost, link.why) for link in told.proposed
    ]
    if len(rows) > 1:
        won, lost = (sum(getattr(link, side) for link in told.proposed) for side in ("won", "lost"))
        gone = (told.figure.n or 0) - (told.together.n or 0)
        # A deal that two findings hold is left out once.
        rows.append(("All of them", told.together, *((won, lost) if won + lost == gone else (None, None)), ""))
    return Table("proposed", columns, tuple(rows), "Found, but not decided: each by itself")


def _from(link: Link) -> str:
    if link.start is None:
        return ""
    return "always" if link.start == ALWAYS else link.start.isoformat()


def _notes(told: Chain) -> list[Note]:
    notes = []
    if told.proposed:
        notes.append(Note("Nothing that is only proposed is in the win rate. Keep one, and it holds from that day on."))
    if told.stuck and isinstance(told.if_lost.value, float):
        were = f"{plural(told.stuck, 'deal')} {are(told.stuck)} open far longer than nearly every win took"
        notes.append(Note(f"{were}: were all of them lost, the rate would be {told.if_lost.value:.1%}.", "warning"))
    if told.open_late:
        late = (
            f"{plural(told.open_late, 'open deal')} {are(told.open_late)} past due and counted as neither won nor lost."
        )
        more = "Losers left open make a rate of decided deals too high; odds by age (review number) count them as open."
        notes.append(Note(f"{late} {more}", "warning"))
    return notes
