"""How do the fixes get into the CRM with somebody's consent? As one suggestion, a line for each value that can be proposed."""

from __future__ import annotations

from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.change import ChangeRequest, Line
from saleswright.kernel.door.words import MONTHS
from saleswright.kernel.report import Report
from saleswright.measure.review.scrub.model import Fix, Scrub, Suspect

NOTHING = "What should the CRM say instead?"


def suggestion(at: Snapshot, found: Scrub, adapter: str, days: int, again: bool) -> ChangeRequest | Report:
    """All values the scrub proposes as one request; a report that says why where there is none.

    Each line has the fix's own reason, and as evidence what the rules hold against the record. What only the owner can
    say stays a question and is no line.
    """
    lines = tuple(
        _line(at, one, fix) for one in found.suspects for fix in one.fixes if fix.new is not None and fix.old != fix.new
    )
    if not lines:
        asks = "What was found needs a person's answer" if found.findings else "Nothing to fix"
        return Report(
            NOTHING, [], lede=f"{asks}, so there is no value to suggest.", changed=0, next=("saleswright review scrub",)
        )
    labels = {one.name: one.label.lower() for one in found.rules}
    held = dict.fromkeys(
        labels[finding.rule]
        for one in found.suspects
        if any(fix.new is not None for fix in one.fixes)
        for finding in one.findings
        if finding.rule in labels
    )
    owners = {one.owner_name for one in found.suspects}
    whose = f", {owners.pop()}" if len(owners) == 1 else ""
    return ChangeRequest(
        title=f"Fixes of the Monday review{whose}",
        reason=f"found on {found.day.day} {MONTHS[found.day.month - 1]} {found.day.year}: {', '.join(held)}",
        lines=lines,
        adapter=adapter,
        days=days,
        again=again,
    )


def _line(at: Snapshot, one: Suspect, fix: Fix) -> Line:
    return Line(
        entity=one.entity,
        subject=one.id,
        field=fix.field,
        old=fix.old,
        new=_stored(at, one, fix),
        reason=fix.why,
        label=f"{one.name} ({one.key})",
        evidence=tuple(dict.fromkeys(finding.evidence for finding in one.findings)),
        amount=one.amount,
    )


def _stored(at: Snapshot, one: Suspect, fix: Fix) -> Any:
    """A value as the record keeps it: whom a field points to is told by the source's own id, and kept by ours."""
    kind = at.schema[one.entity].by_name.get(fix.field)
    if kind is None or not kind.ref or not isinstance(fix.new, str) or fix.new.startswith(f"{kind.ref}_"):
        return fix.new
    return f"{kind.ref}_{one.id.split('_', 2)[1]}_{fix.new}"
