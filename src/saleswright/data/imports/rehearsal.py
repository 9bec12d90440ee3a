"""What would these files change, and how is each column read? The whole import worked through, and nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from saleswright.data.imports.done import ImportRun
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.publish import rehearse_publish
from saleswright.data.imports.run import Checked, Pace, checked, import_path
from saleswright.data.imports.told import Told
from saleswright.data.mapping.facts import Cells
from saleswright.data.mapping.headers import settable
from saleswright.data.mapping.questions import Question
from saleswright.data.read.forms import number_ok
from saleswright.data.read.sql import clean, ident
from saleswright.history.release import current
from saleswright.history.snapshot import snapshot_on
from saleswright.kernel.call import Ambient, Context, Desk
from saleswright.kernel.report import Figure, Report
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money

FIRST_SCREEN = "now"
"""The action whose figures are shown before and after."""

Mark = Literal["sure", "asked", "kept", "assumed"]
_SAMPLES, _REJECTS = 3, 200


@dataclass(frozen=True, slots=True)
class Effect:
    """One figure of the first screen: as it stands (None before the first import) and as it would be."""

    label: str
    before: Figure | None
    after: Figure


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of a file: three of its values, the fields it sets, how sure that is, and by what evidence."""

    column: str
    samples: tuple[str, ...]
    fields: tuple[str, ...]
    mark: Mark
    evidence: str


@dataclass(frozen=True, slots=True)
class RejectLine:
    """One bad value: where, what, why and what to write instead; amount: what the row would have brought."""

    line: int
    column: str
    value: str
    reason: str
    fix: str
    amount: Money | None


@dataclass(frozen=True)
class FileAccount:
    """One table of the import, with all that a person wants to see before saying yes."""

    file: str
    entity: str
    layout: str
    read: int
    new: int
    changed: int
    unchanged: int
    rejected: int
    removed: int
    evidence: tuple[str, ...]
    columns: tuple[ColumnLine, ...]
    rejects: tuple[RejectLine, ...]
    yaml: str
    rejected_csv: str
    like: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """An import that was worked through and put nowhere."""

    done: ImportRun
    files: tuple[FileAccount, ...]
    effects: tuple[Effect, ...]
    after: Report | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(q for f in self.done.mapped for q in f.questions)

    @property
    def repairs(self) -> tuple[tuple[str, str, str, str, int], ...]:
        """(file, column, written, read as, rows) of every near miss that now joins."""
        return tuple((f.name, r.column, r.value, r.target, r.rows) for f in self.done.mapped for r in f.repairs)

    @property
    def changed(self) -> int:
        """Rows that would change the record."""
        return sum(f.new + f.changed + f.removed for f in self.files)

    @property
    def read(self) -> int:
        return sum(f.read for f in self.files)

    @property
    def rejected(self) -> int:
        return sum(f.rejected for f in self.files)


def rehearse(desk: Desk, path: Path, told: Told = Told()) -> Rehearsal:
    """Work an import through. Stop with every issue when nothing of it can be used."""
    before = _first_screen(desk, None)
    pace = Pace(desk.step)
    with checked(desk.here, path, True, desk.tell, told, pace) as c:
        accounts = tuple(_account(c, file) for file in c.done.mapped)
        after = _measured(desk, c) if c.done.changed or c.fresh else before
        pace.at(100)
        return Rehearsal(c.done, accounts, _effects(before, after), after)


def commit(desk: Desk, path: Path, told: Told = Told()) -> ImportRun:
    """The same import, written: whole or not at all."""
    root = desk.here.root
    return import_path(desk.here, path, False, desk.tell, lambda: desk.app.open_workspace(root), told, desk.step)


def _measured(desk: Desk, c: Checked) -> Report | None:
    release = rehearse_publish(c.p, c.after, c.done, c.earlier)
    context = snapshot_on(c.after, _asks(desk), release, c.p.file)
    try:
        return _first_screen(replace(desk, workspace=c.after), context)
    finally:
        context.close()


def _first_screen(desk: Desk, context: Context | None) -> Report | None:
    """The first screen of the record as it stands, or in a context of its own; None while there is nothing to show."""
    if context is None and current(desk.here.state) is None:
        return None
    return desk.app.call(desk.here, FIRST_SCREEN, {}, _asks(desk), context=context).report


def _asks(desk: Desk) -> Ambient:
    """Who asks: the figures shown are those that person will see."""
    return Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor)


def _effects(before: Report | None, after: Report | None) -> tuple[Effect, ...]:
    if after is None:
        return ()
    was = {f.name: f for f in before.blocks if isinstance(f, Figure)} if before else {}
    return tuple(Effect(f.label or f.name, was.get(f.name), f) for f in after.blocks if isinstance(f, Figure))


def _account(c: Checked, file: FileRun) -> FileAccount:
    mapping = file.mapping
    assert mapping is not None
    o = file.outcome
    name = mapping.definition.file
    path = c.p.work / name if (c.p.work / name).exists() else c.after.root / name
    return FileAccount(
        file=file.name,
        entity=mapping.entity,
        layout=mapping.layout,
        read=file.read,
        new=o.new,
        changed=o.changed,
        unchanged=o.unchanged,
        rejected=file.rejected,
        removed=o.removed,
        evidence=(*file.evidence.notes, *file.guessed[:1]),
        columns=tuple(_columns(c, file)),
        rejects=tuple(_rejects(c, file)),
        yaml=path.read_text(encoding="utf-8") if path.is_file() else "",
        rejected_csv=(c.p.work / "run" / file.rejects).read_text(encoding="utf-8") if file.rejected else "",
        like=file.like,
        choices=tuple((f, f.replace("_", " ").capitalize()) for f in settable(c.p.entities[mapping.entity])),
    )


def _columns(c: Checked, file: FileRun) -> list[ColumnLine]:
    mapping = file.mapping
    assert mapping is not None
    guesses = {guess.header: guess for guess in file.columns}
    asked = {q.column for q in file.questions}
    doubts = {issue.what.partition(":")[0] for issue in file.assumed}
    used: dict[str, list[str]] = {}
    for column, rule in mapping.rules:
        used.setdefault(column, []).extend(rule.fields)
    for column, stage in mapping.entered.items():
        used.setdefault(column, []).append(f"entered {stage}")
    for column, words in (
        (mapping.at, "when"),
        (mapping.field, "field"),
        (mapping.value, "new value"),
        (mapping.old, "old value"),
    ):
        if column:
            used.setdefault(column, []).append(words)
    lines = []
    for column in file.evidence.header:
        fields = tuple(dict.fromkeys(used.get(column, ())))
        guess = guesses.get(column)
        said = guess.said if guess else (f"as last time, by {mapping.name}" if fields else "kept, never dropped")
        mark: Mark = "asked" if column in asked else "kept" if not fields else "assumed" if column in doubts else "sure"
        lines.append(ColumnLine(column, _samples(c, file, column), fields, mark, said))
    return lines


def _samples(c: Checked, file: FileRun, column: str) -> tuple[str, ...]:
    """The first three different values of the column, as they are written."""
    cell = clean(ident(column))
    rows = c.p.con.execute(
        f"SELECT v FROM (SELECT {cell} AS v, min(_line) AS l FROM (SELECT * FROM {file.table} LIMIT 2000) GROUP BY 1)"
        f" WHERE v IS NOT NULL ORDER BY l LIMIT {_SAMPLES}"
    ).fetchall()
    return tuple(str(v) for (v,) in rows)


def _rejects(c: Checked, file: FileRun) -> Sequence[RejectLine]:
    mapping = file.mapping
    if not file.rejected or mapping is None:
        return ()
    amount = mapping.column_of("amount")
    cells = Cells(mapping, c.p.entities[mapping.entity], c.after.zone, c.after.currency, file.evidence.header)
    columns = "NULL::BIGINT AS minor, NULL AS code"
    if amount and cells.name(amount):
        rule = next(rule for column, rule in mapping.rules if column == amount and "amount" in rule.fields)
        text = cells.value(rule, cells.name(amount))
        # What is no number to the check of rows shows no amount: 85k is not 85.
        read = number_ok(text, rule.decimal or mapping.decimal)
        minor = f"CASE WHEN {read} THEN {cells.fact('amount', rule, text)} END"
        columns = f"{minor} AS minor, {cells.currency_code(rule, text)} AS code"
    own = f"SELECT _line, {columns} FROM ({cells.select(file.table)})"
    rows = c.p.con.execute(
        f'SELECT b.line, b."column", b.value, b.reason, b.fix, o.minor, o.code FROM {file.bad} b'
        f" LEFT JOIN ({own}) o ON o._line = b.line ORDER BY b.line, 2 LIMIT {_REJECTS}"
    ).fetchall()
    return [RejectLine(r[0], r[1] or "", r[2] or "", r[3], r[4], _money(r[5], r[6])) for r in rows]


def _money(minor: Any, code: Any) -> Money | None:
    try:
        return Money(int(minor), str(code)) if minor is not None and code else None
    except (ValueError, Stop):
        return None
