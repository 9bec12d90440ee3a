"""Which rows are left out, and how do they go back to whoever can mend them? Whole, untouched, with reason and fix."""

from __future__ import annotations

from saleswright.data.imports.files import FileRun
from saleswright.data.mapping.rejects import rejects
from saleswright.data.read.sql import text
from saleswright.history.release import Publisher
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue

_SHOWN = 5


def reject(p: Publisher, workspace: Workspace, file: FileRun, issues: list[Issue]) -> None:
    """Find every bad value of every row; rows with one are given back, whole and untouched."""
    assert file.mapping is not None
    entity = p.entities[file.mapping.entity]
    file.rejected = rejects(
        p.con, file.mapping, entity, file.table, file.bad, zone=workspace.zone, currency=workspace.currency
    )
    if not file.rejected:
        return
    found = p.con.execute(f'SELECT line, "column", value, reason, fix FROM {file.bad} ORDER BY line, 2').fetchall()
    for line, column, value, reason, fix in found[:_SHOWN]:
        what = f"'{value}': {reason}" if value and column else str(reason)
        where = f"{file.name}:{line}" + (f"  {column}" if column else "")
        issues.append(Issue(where, what, "so the row was left out", str(fix), level="warning", code="rejected"))
    if len(found) > _SHOWN:
        more = f"{len(found) - _SHOWN} more values like these"
        issues.append(Issue(file.name, more, "", "see the file of rejected rows", "warning"))


def rejected_rows(file: FileRun) -> str:
    """SQL of the rejected rows as they came, one each, with what is wrong beside it."""
    each = """SELECT line, string_agg("column", '; ' ORDER BY "column") AS columns,
                     string_agg(reason, '; ' ORDER BY "column") AS reasons, string_agg(fix, '; ' ORDER BY "column") AS fixes"""
    why = "x.line AS _line, x.columns AS _column, x.reasons AS _reason, x.fixes AS _fix"
    return (
        f"SELECT r.* EXCLUDE (_line), {why} FROM ({each} FROM {file.bad} GROUP BY line) x"
        f" LEFT JOIN {file.table} r ON r._line = x.line ORDER BY x.line"
    )


def give_back(p: Publisher, files: list[FileRun]) -> None:
    """A file of rejected rows beside the run's raw rows, such that the mended file can be imported as it is."""
    rejecting = [file for file in files if file.rejected]
    for file in rejecting:
        plain = file.name.removesuffix(".gz").replace("/", "-").rpartition(".")[0] or file.name
        file.rejects = "rejected.csv" if len(rejecting) == 1 else f"rejected-{plain}.csv"
        p.con.execute(f"COPY ({rejected_rows(file)}) TO {text(str(p.work / 'run' / file.rejects))} (HEADER)")
