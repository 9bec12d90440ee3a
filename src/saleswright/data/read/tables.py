"""Which tables are in this file? One in a text or Parquet file, one for each visible sheet of a workbook."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from saleswright.data.read import parquet, workbook
from saleswright.data.read.evidence import FileEvidence, survey
from saleswright.data.read.kinds import ENDINGS, OLE, PARQUET, ZIP, old_office, usable
from saleswright.data.read.records import long_fields, records
from saleswright.data.read.report import read_report
from saleswright.lib.issue import Issue

__all__ = ["ENDINGS", "tables"]

_SAID = {"text": "text", "sheet": "a workbook", "parquet": "Parquet"}
_KINDS = {".csv": "text", ".tsv": "text", ".txt": "text", ".gz": "text", ".parquet": "parquet"}
_KINDS |= dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods", ".xlsb"), "sheet")


def tables(path: Path, scratch: Path) -> list[FileEvidence]:
    """Every table of a file, told by its content; a name that says something else is said.

    Text derived from it is put under `scratch`, which the caller removes when the tables have been loaded. Never
    raises for a bad file: then there is one evidence whose issues say what is wrong.
    """
    found = _tables(path, scratch)
    named = _KINDS.get(path.suffix.lower(), "")
    if found[0].readable and named not in ("", found[0].kind):
        note = f"its name ends in {path.suffix}, but it is {_SAID[found[0].kind]}"
        found[0] = replace(found[0], notes=(*found[0].notes, note))
    return found


def _tables(path: Path, scratch: Path) -> list[FileEvidence]:
    unusable = usable(path)
    if unusable:
        return [FileEvidence(path, issues=(unusable,))]
    try:
        with path.open("rb") as file:
            head = file.read(8)
        if head.startswith(ZIP):
            return workbook.sheets(path, _folder(scratch))
        if head.startswith(OLE):
            return [FileEvidence(path, issues=(old_office(path),))]
        if head.startswith(PARQUET):
            return [parquet.look(path)]
        return [_text(path, scratch)]
    except OSError as error:
        said = error.strerror or str(error)
        issue = Issue(path.name, f"cannot be read: {said}", "so it is left out", "check the file", code="unreadable")
        return [FileEvidence(path, issues=(issue,))]


def _text(path: Path, scratch: Path) -> FileEvidence:
    seen = survey(path)
    if seen.plain or not seen.evidence.readable:
        return seen.evidence
    with long_fields():
        return read_report(seen.evidence, lambda: records(seen.evidence), _folder(scratch))


def _folder(scratch: Path) -> Path:
    scratch.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="read-", dir=scratch))
