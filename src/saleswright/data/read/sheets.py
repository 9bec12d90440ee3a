"""Reads a workbook in a process of its own, under limits of memory and time: `python -m saleswright.data.read.sheets`.

Arguments: the workbook, a folder for what is derived, bytes of memory, seconds. The answer is `result.json` in the
folder. Nothing from the workbook is run or followed.
"""

from __future__ import annotations

import csv
import json
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

from saleswright.data.read.archive import UNPACKED
from saleswright.data.read.cells import PERCENT, Marks, Scan, formats, plain, text, tree
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.records import Record, long_fields
from saleswright.data.read.report import read_report
from saleswright.lib.issue import Issue

_BLOCK = 1 << 20
_SMALL = 16 << 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_DTD = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_ENTITY = tuple("<!ENTITY".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))


class Unsafe(Exception):
    """A part of the workbook is not what a workbook holds."""


def main(arguments: list[str]) -> None:
    """Read the workbook and leave the answer; a refusal is an answer too."""
    path, folder = Path(arguments[0]), Path(arguments[1])
    _limit(int(arguments[2]), int(arguments[3]))
    try:
        with long_fields():
            answer: dict[str, Any] = {"tables": [], "notes": []} | read(path, folder)
    except Unsafe as error:
        answer = {"refused": str(error), "code": "unsafe"}
    except MemoryError:
        answer = {"refused": "it needs more memory than a workbook may take", "code": "too_large"}
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"[:300], "code": "damaged"}
    (folder / "result.json").write_text(json.dumps(answer), encoding="utf-8")


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # no such limits on this system; the parent's clock remains
        return
    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def read(path: Path, folder: Path) -> dict[str, Any]:
    """Every visible sheet as a table, with what was passed over."""
    parts = _parts(path)
    marks = _scan(path, parts)
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_path(str(path))
    tables: list[FileEvidence] = []
    notes: list[str] = []
    hidden = [s.name for s in book.sheets_metadata if s.visible != SheetVisibleEnum.Visible]
    if hidden:
        notes.append(f"hidden sheets passed over: {', '.join(hidden)}")
    for number, sheet in enumerate(book.sheets_metadata):
        if sheet.visible != SheetVisibleEnum.Visible:
            continue
        if sheet.typ != SheetTypeEnum.WorkSheet:
            notes.append(f"sheet {sheet.name} holds no cells")
            continue
        found = _sheet(path, folder / str(number), book.get_sheet_by_name(sheet.name), marks.get(sheet.name, Marks()))
        if found.header:
            tables.append(found)
        else:
            notes.append(f"sheet {sheet.name} is empty")
    wide = [table for table in tables if len(table.header) > 1]
    if wide:
        notes += [f"sheet {t.sheet} holds no table: a single column of text" for t in tables if t not in wide]
        tables = wide
    return {"tables": [_plain(table) for table in tables], "notes": notes}


def _plain(table: FileEvidence) -> dict[str, Any]:
    kept = asdict(replace(table, apart=None, issues=(), path=Path()))
    del kept["path"], kept["issues"]
    issues = [{**issue.as_dict()} for issue in table.issues]
    return {**kept, "issues": issues, "apart": str(table.apart)}


def _parts(path: Path) -> dict[str, str]:
    """Unpack every part once, counting and refusing; the part of each sheet by its name."""
    whole = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            xml = not entry.filename.startswith(("xl/media/", "xl/embeddings/"))
            tail = b""
            with archive.open(entry) as file:
                while block := file.read(_BLOCK):
                    whole += len(block)
                    if whole > UNPACKED:
                        raise Unsafe("its parts are larger than its table of contents tells")
                    joined = tail + block
                    if xml and any(mark in joined for mark in (*_DTD, *_ENTITY)):
                        raise Unsafe(f"{entry.filename} defines entities of its own, which may expand without end")
                    tail = block[-32:]
        names = {entry.filename for entry in archive.infolist()}
        home = next((n for n in names if n.lower().endswith("/workbook.xml")), "xl/workbook.xml")
        beside = PurePosixPath(home)
        links = str(beside.parent / "_rels" / f"{beside.name}.rels")
        if archive.getinfo(home).file_size > _SMALL or links not in names:
            return {}
        targets = {e.get("Id"): e.get("Target", "") for e in tree(archive.read(links))}
        found: dict[str, str] = {}
        for element in tree(archive.read(home)).iter():
            if element.tag.rpartition("}")[2] == "sheet":
                target = targets.get(element.get(_RELATION) or element.get(_STRICT)) or ""
                part = target.lstrip("/") if target.startswith("/") else str(beside.parent / target)
                if part in names:
                    found[element.get("name", "")] = part
    return found


def _scan(path: Path, parts: dict[str, str]) -> dict[str, Marks]:
    found: dict[str, Marks] = {}
    with zipfile.ZipFile(path) as archive:
        styles = next((entry for entry in archive.infolist() if entry.filename.endswith("/styles.xml")), None)
        meant = formats(archive.read(styles)) if styles and styles.file_size <= _SMALL else {}
        for name, part in parts.items():
            scan = Scan(meant)
            with archive.open(part) as file:
                while block := file.read(_BLOCK):
                    scan.take(block)
            scan.take(b"", last=True)
            found[name] = scan.marks
    return found


def _sheet(path: Path, folder: Path, sheet: Any, marks: Marks) -> FileEvidence:
    folder.mkdir()
    raw = folder / "raw.csv"
    first = sheet.start[1] if sheet.start else 0
    merged, long = _write(raw, sheet, first, marks)

    def records() -> Iterator[Record]:
        with raw.open(encoding="utf-8", newline="") as file:
            for line, *cells in csv.reader(file):
                yield int(line), cells, "", ""

    name = f"{path.name}/{sheet.name}"
    base = FileEvidence(path, name=name, sheet=sheet.name, kind="sheet", lines=sheet.total_height)
    seen = read_report(base, records, folder / "rows", merged)
    raw.unlink()
    notes = [f"workbook, sheet {sheet.name}: {seen.rows:,} records, {len(seen.header)} columns"]
    issues = list(seen.issues)
    _told(name, marks, long, notes, issues)
    for place in sorted(marks.styled):
        signs = marks.currencies(place)
        if signs:
            shown = ", ".join(f"{sign} in {count:,} cells" for sign, count in signs.most_common(5))
            how = "; its sign is put before each number" if len(signs) > 1 else ""
            notes.append(f"column {_letters(place)} is formatted as {shown}{how}")
    return replace(seen, notes=(*notes, *seen.notes), issues=tuple(issues))


def _write(raw: Path, sheet: Any, first: int, marks: Marks) -> tuple[dict[int, int], list[str]]:
    """Write the sheet's cells as text. (columns with cells merged downwards and the last such row, long numbers)"""
    starts: dict[int, list[tuple[int, int]]] = {}
    merged: dict[int, int] = {}
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        if bottom > top:
            starts.setdefault(top, []).append((bottom, left - first))
            merged[left - first] = max(merged.get(left - first, 0), bottom + 1)
    down: dict[int, tuple[int, str]] = {}
    styled = {p - first: s for p, s in marks.styled.items() if p >= first}
    several = {place for place in styled if len(marks.currencies(place + first)) > 1}
    long: list[str] = []
    with raw.open("w", encoding="utf-8", newline="", errors="replace") as file:
        writer = csv.writer(file)
        for number, values in enumerate(sheet.iter_rows()):
            cells = [value if type(value) is str and "_x" not in value else text(value) for value in values]
            for place, value in enumerate(values):
                if type(value) is float and abs(value) >= 1e15:
                    long.append(f"{_letters(place + first)}{number + 1}")
            for place, seen in styled.items():
                said = seen.said(number + 1)
                if said and place < len(values) and type(values[place]) is float:
                    if said == PERCENT:
                        cells[place] = plain(values[place] * 100) + "%"
                    elif place in several:
                        cells[place] = f"{said} {cells[place]}"
            for bottom, place in starts.get(number, ()):
                if 0 <= place < len(cells):
                    down[place] = bottom, cells[place]
            for place, (bottom, value) in list(down.items()):
                if number > bottom:
                    del down[place]
                elif not cells[place]:
                    cells[place] = value
            if any(cells):
                writer.writerow((number + 1, *cells))
    return merged, long


def _told(name: str, marks: Marks, long: list[str], notes: list[str], issues: list[Issue]) -> None:
    if marks.formulas:
        notes.append(f"{marks.formulas:,} cells are formulas: the values stored at the last save are read")
    if marks.hollow:
        issues.append(
            Issue(name, f"{marks.hollow:,} formulas hold no value: {', '.join(marks.hollow_cells)}",
                  "these cells are read as empty", "open the workbook in a spreadsheet program, save it, import it again",
                  "warning", "no_cached_value")
        )  # fmt: skip
    elif marks.formulas > 2 and marks.zeros == marks.formulas:
        issues.append(
            Issue(name, f"all {marks.formulas:,} formulas hold the value 0", "the program that wrote it may not reckon",
                  "open the workbook in a spreadsheet program, save it, import it again", "warning", "no_cached_value")
        )  # fmt: skip
    if marks.errors:
        issues.append(
            Issue(name, f"{marks.errors:,} cells show an error such as #N/A: {', '.join(marks.error_cells)}",
                  "they are read as empty", "mend them in the workbook", "warning", "error_cells")
        )  # fmt: skip
    if long:
        issues.append(
            Issue(name, f"{len(long):,} numbers of more than 15 figures: {', '.join(long[:5])}",
                  "a workbook keeps 15, the others are lost", "keep ids as text where the table comes from",
                  "warning", "long_numbers")
        )  # fmt: skip
    if marks.hidden_rows:
        notes.append(f"{marks.hidden_rows:,} hidden rows are read like the others")
    if marks.hidden_columns:
        notes.append("hidden columns are read like the others")


def _letters(place: int) -> str:
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


if __name__ == "__main__":
    main(sys.argv[1:])
