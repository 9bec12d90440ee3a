"""What can the data tell of two days? Why not, where it cannot, and which export would; and what a target still asks."""

from __future__ import annotations

from datetime import UTC, date, datetime

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, tier
from saleswright.kernel.report import Figure, Note
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.lib.zone import local_date
from saleswright.measure.flow.bridge_block import Bridged
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.quota import target


def why_not(at: Snapshot, since: date, made: Bridged) -> str:
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
    unowned, held = int(d.unowned.sum()), int((d.now.held & d.past.held).sum())
    if unowned > held:
        return (
            f"Whose deals they were on {since} is not in the record for {unowned:,} of {unowned + held:,} deals, so what "
            f"this group had then cannot be told. To get there: ask for the company; or {again}; or import the changes of "
            "owners (Salesforce's OpportunityFieldHistory table)."
        )
    if bool(d.said.open.any()) and not bool((d.said.due[d.said.open] > 0).any()) and bool((d.now.due > 0).any()):
        return f"The close dates of {since} are not in the record, only its stages. To get there: {history}."
    return ""


def stale(at: Snapshot, since: date) -> list[Note]:
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


def to_go(at: Snapshot, span: Period, where: Pairs, won: Figure) -> Figure:
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
