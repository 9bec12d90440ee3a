"""How is an import told? What the files brought, how they were read, what does not add up, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from saleswright.data.imports.differences import fields_set
from saleswright.data.imports.done import ImportRun
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.rehearsal import Effect
from saleswright.data.imports.undo import Undone
from saleswright.data.mapping.questions import Question
from saleswright.history.release import run_folder
from saleswright.kernel.report import Block, Column, Note, Report, Table
from saleswright.lib.issue import REJECTS

UNKNOWN = "not understood"


def imported(done: ImportRun, effects: tuple[Effect, ...] = ()) -> Report:
    """The account of an import, or of one that was only worked through (`effects`: the first screen before and after)."""
    blocks: list[Block] = [_files(done), _balance(done)]
    blocks += [Note(total.words, "warning" if total.difference else "check") for total in done.totals]
    if effects:
        blocks.append(_effect(effects))
    for file in done.mapped:
        blocks += [_question(file, question) for question in file.questions]
    evidence = [(f.name, text) for f in done.files for text in (*f.evidence.notes, *_like(f), *f.guessed)]
    if evidence:
        heads = (Column("file", "File"), Column("evidence", "How it was read"))
        blocks.append(Table("evidence", heads, tuple(evidence), "Evidence"))
    repairs = [(f.name, r.column, r.value, r.target, r.rows) for f in done.files for r in f.repairs]
    if repairs:
        blocks.append(_repairs(repairs))
    if done.differences:
        rows = tuple((d.file, d.kind, d.text) for d in done.differences)
        columns = (Column("file", "File"), Column("kind", "What"), Column("text", "Difference"))
        blocks.append(Table("differences", columns, rows, "Different from last time"))
    blocks += [Note(scope.words, "warning" if scope.removed else "note") for scope in done.scopes]
    if any(scope.absent and not scope.whole for scope in done.scopes):
        blocks.append(Note("Is it the whole table? With --whole, what is missing from it is taken to be removed."))
    blocks += [Note(f"Passed over: {text}") for text in done.skipped]
    if done.written and (done.dry or done.published):
        names = ", ".join(dict.fromkeys(done.written))
        blocks.append(Note(f"{'Would write' if done.dry else 'Wrote'} {names}: yours to edit."))
    folder = run_folder(Path(".saleswright"), done.run)
    for file in done.files:
        if file.rejected and done.published:
            blocks.append(Note(f"Rejected rows of {file.name}: {(folder / file.rejects).as_posix()}", "warning"))
    nxt: tuple[str, ...] = ("saleswright now",)
    if done.dry:
        lede, nxt = "Nothing was written.", ("the same command without --dry-run",)
    elif done.published:
        same = "" if done.changed or any(f.rejected for f in done.files) else " Nothing had changed since."
        lede, nxt = f"Import {done.run} is in.{same}", (f"saleswright import undo {done.run}", "saleswright now")
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
        data=_data(done),
    )


def _like(file: FileRun) -> tuple[str, ...]:
    """Said of a file under a new name with the columns of an earlier one, and of rows that are none."""
    found = [f"the same columns as before, so it is read by the mapping {file.like}"] if file.like else []
    passed = f"{file.passed:,} rows are no records, by skip: in the mapping"
    return (*found, passed) if file.passed else tuple(found)


def undone(done: Undone) -> Report:
    """The account of an undo, or of one that was only worked through."""
    verb = "brought back" if done.back else "taken back"
    would = "would be " if not done.published else ""
    blocks: list[Block] = [Note(f"Import {done.target} {would}{verb}: {done.ids:,} records made again.", "check")]
    if done.later:
        runs = ", ".join(map(str, done.later))
        blocks.append(Note(f"Later imports speak of the same records and were made again: {runs}.", "warning"))
    if done.restored:
        blocks.append(Note(f"Put back as it was: {', '.join(done.restored)}.", "check"))
    if done.edited:
        blocks.append(Note(f"Edited since, so left as it is: {', '.join(done.edited)}.", "warning"))
    nxt = (f"saleswright import undo {done.run}",) if done.published else (f"saleswright import undo {done.target}",)
    return Report(
        "What was taken back?",
        blocks,
        changed=done.ids if done.published else 0,
        next=nxt,
        data={"run": done.run if done.published else None},
    )


def _files(done: ImportRun) -> Table:
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
    return Table("files", columns, tuple(rows), "Files")


def _balance(done: ImportRun) -> Note:
    read = sum(f.read for f in done.mapped)
    new, changed, same = (sum(getattr(f.outcome, k) for f in done.mapped) for k in ("new", "changed", "unchanged"))
    rejected = sum(f.rejected for f in done.mapped)
    text = f"{read:,} read = {new:,} new + {changed:,} changed + {same:,} unchanged + {rejected:,} rejected"
    removed = sum(f.outcome.removed for f in done.files)
    if removed:
        text += f"; {removed:,} records are not in this full export any more: removed, not lost"
    return Note(text, "check")


def _effect(effects: tuple[Effect, ...]) -> Table:
    columns = (Column("figure", "Figure"), Column("before", "Now", "number"), Column("after", "After", "number"))
    rows = tuple((e.label, e.before, e.after) for e in effects)
    return Table("effect", columns, rows, "What would change on the first screen")


def _question(file: FileRun, question: Question) -> Table:
    columns = (Column("answer", "Answer"), Column("effect", "What it does"), Column("say", "Say so with"))
    rows = tuple(
        (
            o.label + (" (taken until somebody says)" if o.value == question.taken else ""),
            o.effect,
            f"--answer {question.code}={o.value}",
        )
        for o in question.options
    )
    title = f"One question about {file.name}: {question.text}"
    return Table(f"question_{question.code}", columns, rows, title, footer=question.why)


def _repairs(repairs: list[tuple[str, str, str, str, int]]) -> Table:
    columns = (
        Column("file", "File"),
        Column("column", "Column"),
        Column("value", "Written"),
        Column("target", "Read as"),
        Column("rows", "Rows", "count"),
    )
    back = "Each is a line under repairs: in the mapping; remove it and rebuild to take it back."
    return Table("repairs", columns, tuple(repairs), "Near misses that now join", footer=back)


def _data(done: ImportRun) -> dict[str, Any]:
    """The same for programs."""
    return {
        "run": done.run if done.published else None,
        "questions": [_asked(file, q) for file in done.mapped for q in file.questions],
        "mapped": {f.name: _mapped(f) for f in done.mapped},
        "totals": [
            {
                "file": t.file,
                "label": t.label,
                "column": t.column,
                "printed": str(t.printed),
                "taken": str(t.taken),
                "rejected": str(t.rejected),
                "difference": str(t.difference),
            }
            for t in done.totals
        ],
        "scopes": [
            {"file": s.file, "entity": s.entity, "held": s.held, "absent": s.absent, "filters": list(s.filters)}
            for s in done.scopes
        ],
        "differences": [{"file": d.file, "kind": d.kind, "text": d.text} for d in done.differences],
    }


def _mapped(file: FileRun) -> dict[str, Any]:
    assert file.mapping is not None
    columns = {c: list(fields) for c, fields in fields_set(file.mapping.definition.body).items()}
    columns |= {c: ["stage"] for c in file.mapping.entered}
    return {"entity": file.mapping.entity, "layout": file.mapping.layout, "columns": columns}


def _asked(file: FileRun, question: Question) -> dict[str, Any]:
    told = question.as_dict() | {"file": file.name}
    del told["weight"]
    return told
