"""The faces of what should not count: list the findings with their effect, keep one as a dated rule."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop, unknown
from saleswright.measure.junk.effect import Told, tell, with_rules
from saleswright.measure.metrics.asked import ask, broken_rules, rules_in_force
from saleswright.measure.metrics.compute import evaluate

FOLDER = "definitions/leave_out"


@action(effect="read", example={}, title="What should not count")
def junk(at: Snapshot) -> Report:
    """Find deals that should perhaps not count, and say what would change without them.

    Bulk-lost days, lost reasons such as Duplicate, tests, deals lost on the day they came in or on a day still to come,
    and deals open far too long. Each comes with its evidence, a proposed treatment, and win rate and open pipeline before
    and after. Nothing changes until one is kept, and then from that day on.
    """
    found = tell(at)
    before = [evaluate(at, ask(at, name, (), "all")).total for name in ("win_rate", "open_pipeline")]
    blocks: list[Block] = [*before]
    if found:
        findings = [told.finding for told in found]
        blocks += [with_rules(at, name, findings) for name in ("win_rate", "open_pipeline")]
        blocks += [_findings(found, before), _treatments(found), _rules(at, found)]
    blocks.append(_kept(at))
    one = "finding" if len(found) == 1 else "findings"
    return Report(
        "What should not count?",
        blocks,
        lede=f"{len(found)} {one}. Nothing changes until you keep one." if found else "Nothing more was found.",
        issues=(*at.stale, *broken_rules(at)),
        next=tuple(f"saleswright junk keep {told.finding.name}" for told in found),
    )


@action(effect="apply", name="junk keep", title="Keep a finding as a rule")
def junk_keep(desk: Desk, name: Annotated[str, Arg("text", "the finding, as saleswright junk names it")]) -> Report:
    """Keep a finding: its deals are left out from today on, by a dated rule in definitions/leave_out/.

    Figures as of an earlier day stay as they were. The rule is a file of yours: delete it to take the rule back.
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
        before = [evaluate(at, ask(at, metric, (), "all")).total for metric in ("win_rate", "open_pipeline")]
    finally:
        at.close()
    file = workspace.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8", newline="\n") as out:
        out.write(told.finding.text(at.day) + "\n")
    again = open_snapshot(desk.app.open_workspace(workspace.root), Ambient(actor=actor))
    try:
        after = [evaluate(again, ask(again, metric, (), "all")).total for metric in ("win_rate", "open_pipeline")]
    finally:
        again.close()
    columns = (Column("metric", "Figure"), Column("before", "Before", "number"), Column("after", "After", "number"))
    rows = tuple((one.label, one, other) for one, other in zip(before, after, strict=True))
    return Report(
        "What is left out from today on?",
        [
            Table("effect", columns, rows, "Before and after"),
            Note(
                f"{told.deals:,} deals are left out from {at.day} on: {told.finding.because}. Earlier days stay as they were."
            ),
            Note(f"Wrote {path}: yours to edit. To take it back, delete the file."),
        ],
        lede=told.finding.evidence,
        next=("saleswright junk", "saleswright now"),
        changed=1,
        data={"file": path, "deals": told.deals},
    )


def _findings(found: list[Told], before: list[Figure]) -> Table:
    rows = tuple(
        (t.finding.title, t.deals, t.amount, before[0], t.win_rate, before[1], t.open_pipeline, t.finding.evidence)
        for t in found
    )
    columns = (
        Column("finding", "Finding"),
        Column("deals", "Deals", "count"),
        Column("amount", "Amount", "money"),
        Column("win_rate", "Win rate", "share"),
        Column("win_rate_kept", "if kept", "share"),
        Column("open_pipeline", "Open pipeline", "money"),
        Column("open_pipeline_kept", "if kept", "money"),
        Column("evidence", "Evidence"),
    )
    return Table("findings", columns, rows, "Findings, each with its effect by itself")


def _treatments(found: list[Told]) -> Table:
    columns = (Column("finding", "Finding"), Column("treatment", "Proposed"), Column("keep", "To keep it"))
    rows = tuple((t.finding.title, t.finding.treatment, f"saleswright junk keep {t.finding.name}") for t in found)
    return Table("treatments", columns, rows, "What to do about it")


def _rules(at: Snapshot, found: list[Told]) -> Table:
    columns = (Column("name", "File"), Column("rule", "The rule that would be kept"))
    rows = tuple((f"{FOLDER}/{t.finding.name}.yaml", t.finding.text(at.day, flow=True)) for t in found)
    return Table("rules", columns, rows, "The rules")


def _kept(at: Snapshot) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for rule in rules_in_force(at):
        names = ", ".join(rule.metrics) or "every metric"
        rows.append((rule.name, rule.because, rule.definition.start, names, rule.definition.where()))
    columns = (
        Column("rule", "Rule"),
        Column("because", "Leaves out"),
        Column("start", "From", "date"),
        Column("metrics", "Of"),
        Column("where", "Written in"),
    )
    footer = "Delete a rule's file to take it back." if rows else "Nothing is left out by a rule yet."
    return Table("kept", columns, tuple(rows), "Rules in force", footer=footer)


__all__ = ["junk", "junk_keep"]
