"""The faces of bringing data in: import, take back, make again, check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from saleswright.data.imports.files import ImportRun
from saleswright.data.imports.run import import_path
from saleswright.data.imports.undo import Undone, runs_table, undo
from saleswright.data.imports.undo import rebuild as rebuild_history
from saleswright.history.release import current, run_folder
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import REJECTS, Issue

UNKNOWN = "not understood"
PathText = Annotated[str, Arg("path", "a CSV file or a folder of them")]
DryRun = Annotated[bool, Arg("flag", "check everything, write nothing")]


@action(effect="apply", name="import", example={}, title="Import")
def import_(desk: Desk, path: PathText, dry_run: DryRun = False) -> Report:
    """Bring a CSV file, or a folder of them, into the record.

    Every file is read whole and checked whole before anything is written: how it was read and by what evidence, which
    rows are new, changed, unchanged or rejected. Rejected rows land in rejected.csv with line, column, reason and fix.
    """
    root = desk.here.root
    done = import_path(desk.here, Path(path).expanduser(), dry_run, desk.tell, lambda: desk.app.open_workspace(root))
    return _imported(done, root)


@action(effect="apply", name="import undo", title="Take an import back")
def import_undo(
    desk: Desk, run: Annotated[int, Arg("int", "the number of the import")], dry_run: DryRun = False
) -> Report:
    """Take an import back, or bring it back by undoing the undo. Nothing is deleted.

    A new run withdraws the old one; what later imports said of the same records is made again without it.
    """
    done = undo(desk.here, run, dry_run)
    return _undone(done)


@action(effect="apply", title="Rebuild")
def rebuild(desk: Desk) -> Report:
    """Make the history again from the raw rows and today's definitions, as after a change of a mapping or a stage map."""
    number, runs = rebuild_history(desk.here, desk.tell)
    text = f"History version {number}, from {len(runs)} import{'s' if len(runs) != 1 else ''}."
    return Report("Made again from raw", [Note(text, "check")], changed=1)


@action(effect="read", example={}, title="Data health")
def check(at: Snapshot) -> Report:
    """Check the workspace: definitions, runs, records that contradict themselves, and what the figures stand on."""
    workspace, release = at.workspace, current(at.workspace.state)
    issues = list(workspace.issues)
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


def _imported(done: ImportRun, root: Path) -> Report:
    columns = (
        Column("file", "File"),
        Column("entity", "Holds"),
        Column("read", "Read", "count"),
        Column("new", "New", "count"),
        Column("changed", "Changed", "count"),
        Column("unchanged", "Unchanged", "count"),
        Column("rejected", "Rejected", "count"),
    )
    rows = []
    for file in done.files:
        entity = file.mapping.entity.replace("_", " ") if file.mapping else UNKNOWN
        o = file.outcome
        rows.append((file.name, entity, file.read, o.new, o.changed, o.unchanged, file.rejected))
    blocks: list[Block] = [Table("files", columns, tuple(rows), "Files")]
    totals = [sum(int(str(r[i])) for r in rows if r[1] != UNKNOWN) for i in range(2, 7)]
    blocks.append(
        Note(
            f"{totals[0]:,} read = {totals[1]:,} new + {totals[2]:,} changed + {totals[3]:,} unchanged + {totals[4]:,} rejected",
            "check",
        )
    )
    evidence = [(f.name, text) for f in done.files for text in (*f.evidence.notes, *f.guessed)]
    if evidence:
        blocks.append(
            Table(
                "evidence", (Column("file", "File"), Column("evidence", "How it was read")), tuple(evidence), "Evidence"
            )
        )
    repairs = [(f.name, r.column, r.value, r.target, r.rows) for f in done.files for r in f.repairs]
    if repairs:
        blocks.append(
            Table(
                "repairs",
                (
                    Column("file", "File"),
                    Column("column", "Column"),
                    Column("value", "Written"),
                    Column("target", "Read as"),
                    Column("rows", "Rows", "count"),
                ),
                tuple(repairs),
                "Near misses that now join",
                footer="Each is a line under repairs: in the mapping; remove it and rebuild to take it back.",
            )
        )
    removed = sum(f.outcome.removed for f in done.files)
    if removed:
        blocks.append(Note(f"{removed:,} records are not in this full export any more: removed, not lost.", "warning"))
    blocks += [Note(f"Passed over: {text}") for text in done.skipped]
    if done.written and (done.dry or done.published):
        blocks.append(
            Note(
                ("Would write " if done.dry else "Wrote ") + ", ".join(dict.fromkeys(done.written)) + ": yours to edit."
            )
        )
    folder = run_folder(Path(".saleswright"), done.run)
    for file in done.files:
        if file.rejected and done.published:
            blocks.append(Note(f"Rejected rows of {file.name}: {(folder / file.rejects).as_posix()}", "warning"))
    nxt: tuple[str, ...] = ("saleswright headline",)
    if done.dry:
        lede, nxt = "Nothing was written.", ("the same command without --dry-run",)
    elif done.published:
        lede, nxt = f"Import {done.run} is in.", (f"saleswright import undo {done.run}", "saleswright headline")
    else:
        lede = "Nothing new: the record is as it was."
    return Report(
        "What did the files bring?",
        blocks,
        lede=lede,
        issues=tuple(done.issues),
        next=nxt,
        changed=done.changed if done.published or done.dry else 0,
        exit_code=REJECTS if any(f.rejected for f in done.files) else 0,
        data={"run": done.run if done.published else None},
    )


def _undone(done: Undone) -> Report:
    verb = "brought back" if done.back else "taken back"
    blocks: list[Block] = [
        Note(
            f"Import {done.target} {'would be ' if not done.published else ''}{verb}: {done.ids:,} records made again.",
            "check",
        )
    ]
    if done.later:
        blocks.append(
            Note(
                f"Later imports speak of the same records and were made again: {', '.join(map(str, done.later))}.",
                "warning",
            )
        )
    nxt = (f"saleswright import undo {done.run}",) if done.published else (f"saleswright import undo {done.target}",)
    return Report(
        "What was taken back?",
        blocks,
        changed=done.ids if done.published else 0,
        next=nxt,
        data={"run": done.run if done.published else None},
    )


__all__ = ["check", "import_", "import_undo", "rebuild"]
