"""What changed since last Monday? The headline figures, the bridge from what the data allows, and who moved most."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, tier
from saleswright.kernel.report import Figure, Note
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.lib.zone import local_date
from saleswright.measure.flow.bridge import LOST, exact
from saleswright.measure.flow.bridge_block import Bridged, bridged
from saleswright.measure.flow.bridge_rows import days
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.quota import target
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.roll_moved import moved
from saleswright.measure.review.rolled import Roll
from saleswright.measure.review.since import since_day

MOST = 6


def roll(at: Snapshot, since: str = "", period: str = "", where: Pairs = (), most: int = MOST) -> Roll:
    """What changed from the end of the day `since` (last Monday) to `at`, over deals due in the period (this quarter).

    Money in the snapshot's currency. Without history and without a second export there is no bridge: `why_not` says
    what would give one, and only what closing dates tell is said. Stop (usage) for days, periods and filters unknown.
    """
    day = since_day(at, since)
    span = parse_period(period or "this quarter", at.day, at.workspace.calendar)
    made = bridged(at, day, span, where)
    why_not = _why_not(at, day, made)
    won = _named(
        evaluate(at, replace(ask(at, "won_value", (), "all", where), period=span)).total, f"Won in {span.label}"
    )
    to_go = _to_go(at, span, where, won)
    open_ = replace(made.closing, name="open", label=f"Open, due in {span.label}")
    since_won, notes = made.won, [*_stale(at, day), *made.notes]
    if why_not:
        pushed = Figure("pushed", None, "money", "Pushed out", reason="not in this data")
        lost = _lost_since(at, made)
        notes = [*_stale(at, day), Note(why_not, "warning"), *_dates_tell(at, made, where)]
    else:
        pushed, lost = replace(made.line("pushed_out"), name="pushed"), made.line("lost")
    return Roll(
        since=day,
        period=span,
        bridge=None if why_not else made.amounts,
        why_not=why_not,
        won=won,
        to_go=to_go,
        open=open_,
        won_since=since_won,
        pushed=pushed,
        lost=lost,
        events=0 if why_not else made.moves.happened,
        headline=_headline(day, won, to_go, open_, since_won, pushed, lost),
        moved=() if why_not else moved(at, made, most),
        checks=() if why_not else made.checks,
        notes=tuple(notes),
        by_deals=None if why_not else made.counts,
        moving=0 if why_not else made.moves.moving,
    )


def _named(figure: Figure, label: str) -> Figure:
    return replace(figure, label=label)


def _to_go(at: Snapshot, span: Period, where: Pairs, won: Figure) -> Figure:
    """What the target still asks: quota less won, never below nothing; null with the reason."""
    asked = target(at, span, where)
    label = f"To go in {span.label}"
    if not isinstance(asked.value, Money):
        return Figure("to_go", None, "money", label, reason=asked.reason)
    if not isinstance(won.value, Money):
        if won.n:
            return Figure("to_go", None, "money", label, reason=won.reason)
        return Figure("to_go", asked.value, "money", label)
    return Figure("to_go", Money(max(0, asked.value.minor - won.value.minor), at.currency), "money", label)


def _why_not(at: Snapshot, since: date, made: Bridged) -> str:
    """Why can the data not tell what changed, and what would? Empty when it can."""
    data = tier(at)
    again, history = TIERS[2].how, TIERS[1].how
    if not data.history and data.first is not None:
        if data.exports < 2:
            return f"One export, of {data.first}, says how things stand, not what changed. To get there: {again}; or {history}."
        if since < data.first:
            return (
                f"The first export is of {data.first}, so {since} is not in the record. To get there: --since {data.first}, "
                f"the earliest day to compare with; or {history}."
            )
    d = made.deals
    unowned, held = int(d.unowned.sum()), int((d.now.held & d.past.held).sum()) + made.moves.still_deals
    if unowned > held:
        return (
            f"Whose deals they were on {since} is not in the record for {unowned:,} of {unowned + held:,} deals, so what "
            f"this group had then cannot be told. To get there: ask for the company; or {again}; or import the changes of "
            "owners (Salesforce's OpportunityFieldHistory table)."
        )
    dated = bool((d.said.due[d.said.open] > 0).any()) or bool(made.moves.still_deals)
    if bool(d.said.open.any()) and not dated and bool((d.now.due > 0).any()):
        return f"The close dates of {since} are not in the record, only its stages. To get there: {history}."
    return ""


def _stale(at: Snapshot, since: date) -> list[Note]:
    """Nothing was read since the day compared with: then no change is no news."""
    if not at.release.at:
        return []
    fed = local_date(_instant(at.release.at), at.workspace.zone)
    if fed > since:
        return []
    return [Note(f"The record was last fed on {fed}: what happened since is not in it.", "warning")]


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


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


def brief(value: Any) -> str:
    """An amount in a sentence: USD 16.29M."""
    if not isinstance(value, Money):
        return "an unknown amount"
    size = abs(value.decimal)
    for power, letter in ((9, "B"), (6, "M"), (3, "K")):
        if size >= 10**power:
            return f"{value.currency} {value.decimal / 10**power:,.2f}{letter}"
    return f"{value.currency} {value.decimal:,.0f}"


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
