"""The faces of what should not count: list the findings with their effect, keep one as a dated rule."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop, unknown
from saleswright.measure.junk.effect import tell, with_rules
from saleswright.measure.junk.report import (
    NOT_TODAY,
    SHOWN,
    TAKEN_BACK,
    command,
    current,
    findings,
    kept,
    of_today,
    rules,
    treatments,
)
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.leave_out import FOLDER
from saleswright.measure.metrics.words import plural


@action(effect="read", example={}, title="What should not count")
def junk(at: Snapshot) -> Report:
    """Find deals that should perhaps not count, and say what would change without them.

    Bulk-lost days, lost reasons such as Duplicate, tests, deals lost on the day they came in or on a day still to come,
    and deals open far too long. Each comes with its evidence, a proposed treatment, and win rate and open pipeline before
    and after. Nothing changes until one is kept, and then from that day on.
    """
    found, today = tell(at), of_today(at)
    then = "Nothing changes until you keep one." if today else NOT_TODAY
    before = current(at)
    blocks: list[Block] = [*before]
    if found:
        together = [told.finding for told in found]
        blocks += [with_rules(at, name, together) for name in SHOWN]
        blocks.append(findings(found, before))
        if today:
            blocks += [treatments(found), rules(at, found)]
        else:
            blocks.append(Note(f"These stand as of {at.day}. {NOT_TODAY}"))
    blocks.append(kept(at))
    return Report(
        "What should not count?",
        blocks,
        lede=f"{plural(len(found), 'finding')}. {then}" if found else "Nothing more was found.",
        issues=(*at.stale, *broken_rules(at)),
        next=tuple(map(command, found)) if today else ("saleswright junk",) if found else (),
    )


@action(
    effect="apply",
    name="junk keep",
    example={"name": "zombies"},
    title="Keep a finding as a rule",
    verb="Leave them out",
    back="The rule is a file of its own in definitions/leave_out. To take it back from a day on, write to: and that day into "
    "it; deleting it takes it back for past days too.",
)
def junk_keep(
    desk: Desk,
    name: Annotated[str, Arg("text", "the finding, as saleswright junk names it")],
    dry_run: Annotated[bool, Arg("flag", "say what would change, write nothing")] = False,
) -> Report:
    """Keep a finding: its deals are left out from today on, by a dated rule in definitions/leave_out/.

    Figures as of an earlier day stay as they were. The rule is a file of yours: `to:` and a day in it take
    the rule back from that day on.
    """
    workspace = desk.here
    actor = "" if desk.policy.actor == "me" else desk.policy.actor
    at = open_snapshot(workspace, Ambient(actor=actor))
    try:
        path = f"{FOLDER}/{name}.yaml"
        there = workspace.get("leave_out", name)
        if there is not None or (workspace.root / path).exists():
            where = there.where() if there else path
            raise Stop(
                Issue(where, f"{name} is kept already", "a second rule of that name would replace it", f"edit {path}"),
                exit_code=CONFLICT,
            )
        found = {told.finding.name: told for told in tell(at)}
        if name not in found:
            raise Stop(unknown("finding", name, found, where="name"), exit_code=USAGE)
        told = found[name]
        before = current(at)
        after = [with_rules(at, metric, (told.finding,)) for metric in SHOWN]
    finally:
        at.close()
    if not dry_run:
        file = workspace.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as out:
            out.write(told.finding.text(at.day) + "\n")
        again = open_snapshot(desk.app.open_workspace(workspace.root), Ambient(actor=actor))
        try:
            after = current(again)
        finally:
            again.close()
    columns = (Column("metric", "Figure"), Column("before", "Before", "number"), Column("after", "After", "number"))
    rows = tuple((one.label, one, other) for one, other in zip(before, after, strict=True))
    would, write = ("would be", "Would write") if dry_run else ("are", "Wrote")
    what = f"{plural(told.deals, 'deal')} {would} left out from {at.day} on: {told.finding.because}."
    return Report(
        "What is left out from today on?",
        [
            Table("effect", columns, rows, "Before and after"),
            Note(f"{what} Earlier days stay as they were."),
            Note(f"{write} {path}: yours to edit. {TAKEN_BACK}"),
        ],
        lede=told.finding.evidence,
        next=("saleswright junk", "saleswright now") if not dry_run else (f"saleswright junk keep {name}",),
        changed=0 if dry_run else 1,
        data={"file": path, "deals": told.deals},
    )


__all__ = ["junk", "junk_keep"]
