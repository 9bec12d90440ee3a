"""The faces of bringing data in: import, take back, make again, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from saleswright.data.imports.account import imported, undone
from saleswright.data.imports.rates import written
from saleswright.data.imports.rehearsal import commit, rehearse
from saleswright.data.imports.told import Told
from saleswright.data.imports.undo import rebuild as rebuild_history
from saleswright.data.imports.undo import runs_table, undo
from saleswright.history.release import current
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import Issue

PathText = Annotated[str, Arg("path", "a CSV, Excel or Parquet file, or a folder of them")]
Answers = Annotated[
    tuple[tuple[str, str], ...], Arg("pairs", "the answer to a question of an earlier run, such as amount_meaning=ACV")
]
Whole = Annotated[bool, Arg("flag", "each file is the whole table: what is missing from it was removed")]
DryRun = Annotated[bool, Arg("flag", "check everything, write nothing")]


@action(effect="apply", name="import", example={}, title="Import")
def import_(desk: Desk, path: PathText, dry_run: DryRun = False, answer: Answers = (), whole: Whole = False) -> Report:
    """Bring a file, or a folder of them, into the record: CSV, Excel, Parquet.

    Every file is read whole and checked whole before anything is written: how it was read and by what evidence, which
    rows are new, changed, unchanged or rejected, and with --dry-run what the first screen would say. Rejected rows land
    in rejected.csv with line, column, reason and fix. Records that are missing from the file stay as they are, unless
    it is said to be the whole table.
    """
    given, told = Path(path).expanduser(), Told(dict(answer), whole=whole)
    if dry_run:
        rehearsal = rehearse(desk, given, told)
        return imported(rehearsal.done, rehearsal.effects)
    return imported(commit(desk, given, told))


@action(
    effect="apply",
    name="import undo",
    title="Take an import back",
    verb="Take it back",
    back="Nothing is deleted: taking back the run that this makes brings the import back exactly.",
)
def import_undo(
    desk: Desk, run: Annotated[int, Arg("int", "the number of the import")], dry_run: DryRun = False
) -> Report:
    """Take an import back, or bring it back by undoing the undo. Nothing is deleted.

    A new run withdraws the old one; what later imports said of the same records is made again without it.
    """
    return undone(undo(desk.here, run, dry_run))


@action(
    effect="apply",
    title="Exchange rate",
    verb="Keep the rate",
    back="It is kept as an import, and taken back like one.",
)
def rate(
    desk: Desk,
    rates: Annotated[
        tuple[tuple[str, str], ...], Arg("pairs", "such as EUR=0.92, when one of your currency is 0.92 EUR")
    ],
    starts: Annotated[str, Arg("text", "the first day it holds, such as 2026-01-01; always when left out")] = "",
) -> Report:
    """Say what currencies are worth, so that totals over several can be told. Kept as an import: it can be undone.

    A rate is how much of the currency one unit of the workspace's own buys. Later rates, typed or imported, hold from
    their own first day on and leave the days before as they were.
    """
    here = desk.here
    return imported(commit(desk, written(here.state / "inbox" / "rates", rates, starts, here.currency)))


@action(effect="apply", title="Rebuild")
def rebuild(desk: Desk) -> Report:
    """Make the history again from the raw rows and today's definitions, as after a change of a mapping or a stage map."""
    number, runs = rebuild_history(desk.here, desk.tell)
    text = f"History version {number}, from {len(runs)} import{'s' if len(runs) != 1 else ''}."
    return Report("Made again from raw", [Note(text, "check")], changed=1)


@action(effect="read", example={}, title="Data health")
def check(at: Snapshot) -> Report:
    """Check the workspace: every definition, runs, records that contradict themselves, and what the figures stand on.

    All that is wrong with definitions is said at once, each with its line and what to try; a scenario's too.
    """
    workspace, release = at.workspace, current(at.workspace.state)
    issues = list(workspace.issues)
    for ask in workspace.checks:
        issues += [issue for issue in ask(at) if issue not in issues]
    issues += at.stale
    blocks: list[Block] = []
    if release is not None and at.policy.shape == COMPANY:
        columns = (
            Column("run", "Run", "count"),
            Column("at", "When"),
            Column("what", "What"),
            Column("read", "Read", "count"),
            Column("new", "New", "count"),
            Column("changed", "Changed", "count"),
            Column("unchanged", "Unchanged", "count"),
            Column("rejected", "Rejected", "count"),
            Column("stands", "Stands"),
        )
        blocks.append(Table("runs", columns, tuple(runs_table(workspace, release.used, release.runs)), "Imports"))
    if at.policy.shape == COMPANY:
        from saleswright.data.imports.quality import findings

        blocks += _health(at)
        found = findings(at)
        blocks.append(
            Table(
                "findings",
                (Column("finding", "Finding"), Column("rows", "Rows", "count"), Column("matters", "Why it matters")),
                tuple(found),
                "What to look at",
            )
        )
        for text, count, why in found:
            if count:
                issues.append(
                    Issue("the record", f"{count:,} {text}", why, "open the rows on the metric's page", level="warning")
                )
    errors = sum(1 for issue in issues if issue.level == "error")
    lede = "Nothing to mend." if not issues else f"{errors} to mend, {len(issues) - errors} to look at."
    return Report("Is the data fit to stand on?", blocks, lede=lede, issues=tuple(issues), exit_code=1 if errors else 0)


def _health(at: Snapshot) -> list[Block]:
    from saleswright.data.imports import health

    blocks: list[Block] = []
    fresh = tuple((f.entity.replace("_", " "), f.files, f.at, f.days, f.rows) for f in health.freshness(at))
    columns = (
        Column("entity", "Holds"),
        Column("files", "From"),
        Column("at", "Imported", "moment"),
        Column("days", "Age", "days"),
        Column("rows", "Rows", "count"),
    )
    blocks.append(Table("freshness", columns, fresh, "How fresh is it?"))
    filled = tuple(
        (f.field, f.among, f.filled / f.of if f.of else None, f.of - f.filled, f.matters)
        for f in health.completeness(at)
    )
    columns = (
        Column("field", "Field"),
        Column("among", "Of deals"),
        Column("filled", "Filled", "share"),
        Column("empty", "Empty", "count"),
        Column("matters", "Without it"),
    )
    blocks.append(Table("completeness", columns, filled, "How complete is it?"))
    taken = tuple(
        (a.file, a.text, f"saleswright import FILE --answer {a.code}=... (taken now: {a.taken})" if a.code else "")
        for a in health.assumed(at)
    )
    if taken:
        heads = (Column("file", "File"), Column("text", "Taken for granted"), Column("say", "Say otherwise with"))
        blocks.append(Table("assumed", heads, taken, "What is assumed?"))
    for given in health.given_back(at):
        blocks.append(Note(f"Import {given.run}: {given.rows:,} rows of {given.file} were left out.", "warning"))
    return blocks


__all__ = ["check", "import_", "import_undo", "rate", "rebuild"]
