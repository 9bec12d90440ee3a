"""What changed since last Monday? The headline figures, the bridge from what the data allows, and who moved most."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Note
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.measure.flow.bridge import LOST, exact
from saleswright.measure.flow.bridge_block import Bridged, bridged
from saleswright.measure.flow.columns import days
from saleswright.measure.flow.waterfall.moved import moved
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.flow.waterfall.since import since_day
from saleswright.measure.flow.waterfall.told import stale, to_go, why_not
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.rolled import Roll

MOST = 6


def roll(at: Snapshot, since: str = "", period: str = "", where: Pairs = (), most: int = MOST) -> Roll:
    """What changed from the end of the day `since` (last Monday) to `at`, over deals due in the period (this quarter).

    Money in the snapshot's currency. Without history and without a second export there is no bridge: `why_not` says
    what would give one, and only what closing dates tell is said. Stop (usage) for days, periods and filters unknown.
    """
    day = since_day(at, since)
    span = parse_period(period or "this quarter", at.day, at.workspace.calendar)
    made = bridged(at, day, span, where)
    untold = why_not(at, day, made)
    won = _named(
        evaluate(at, replace(ask(at, "won_value", (), "all", where), period=span)).total, f"Won in {span.label}"
    )
    left = to_go(at, span, where, won)
    open_ = replace(made.closing, name="open", label=f"Open, due in {span.label}")
    since_won, notes = made.won, [*stale(at, day), *made.notes]
    if untold:
        pushed = Figure("pushed", None, "money", "Pushed out", reason="not in this data")
        lost = _lost_since(at, made)
        notes = [*stale(at, day), Note(untold, "warning"), *_dates_tell(at, made, where)]
    else:
        pushed, lost = replace(made.line("pushed_out"), name="pushed"), made.line("lost")
    return Roll(
        since=day,
        period=span,
        bridge=None if untold else made.amounts,
        why_not=untold,
        won=won,
        to_go=left,
        open=open_,
        won_since=since_won,
        pushed=pushed,
        lost=lost,
        events=0 if untold else made.moves.happened,
        headline=_headline(day, won, left, open_, since_won, pushed, lost),
        moved=() if untold else moved(at, made, most),
        checks=() if untold else made.checks,
        notes=tuple(notes),
        by_deals=None if untold else made.counts,
        moving=0 if untold else made.moves.moving,
    )


def _named(figure: Figure, label: str) -> Figure:
    return replace(figure, label=label)


def _lost_since(at: Snapshot, made: Bridged) -> Figure:
    """What closing dates alone tell of losses: those of the days since, at the amounts they have now."""
    d = made.deals
    start, end = days(made.since), days(made.day)
    gone = d.now.held & (d.now.standing == LOST) & d.lost_counts & (d.closed > start) & (d.closed <= end)
    value = Money(exact(d.booked[gone]), at.currency)
    return Figure("lost", value, "money", "Lost", n=int(gone.sum()))


def _dates_tell(at: Snapshot, made: Bridged, where: Pairs) -> list[Note]:
    """What can be said all the same, and by which dates."""
    after = made.since + timedelta(days=1)
    new = evaluate(at, ask(at, "new_deals", (), f"{after}..{at.day}", where)).total.n or 0
    text = f"By their own dates, after {made.since}: {plural(new, 'deal')} came in, {made.won.n or 0:,} were won, "
    return [Note(f"{text}{_lost_since(at, made).n or 0:,} were lost. Amounts are those of today.")]


def _headline(
    since: date, won: Figure, to_go: Figure, open_: Figure, won_since: Figure, pushed: Figure, lost: Figure
) -> str:
    """Won, to go, from how much open; then what the days since brought. Never that the pipeline is down."""

    def said(figure: Figure) -> str:
        if isinstance(figure.value, Money):
            if figure.value.minor or not figure.n:
                return brief(figure.value) if figure.value.minor else "nothing"
            return f"{plural(figure.n, 'deal')} without an amount"
        return "an unknown amount" if figure.n else "nothing"

    first = [f"{said(won)} won"]
    if isinstance(to_go.value, Money):
        first.append(f"{brief(to_go.value)} to go" if to_go.value.minor else "the target is met")
    parts = [f"{said(won_since)} was won"]
    if isinstance(pushed.value, Money):
        parts.append(f"{said(pushed)} pushed out")
    parts.append(f"{said(lost)} lost")
    text = f"{', '.join(first)}, from {said(open_)} open. Since {since:%a} {since.day} {since:%b} {', '.join(parts)}."
    return text[:1].upper() + text[1:]
