"""Is this zip archive a workbook that is safe to open? Judged by its table of contents, before anything is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from saleswright.data.read.kinds import ACCEPTED
from saleswright.lib.issue import Issue

UNPACKED = 200 << 20
"""Bytes all parts of a workbook may have together."""
_RATIO, _BIG, _ENTRIES = 100, 10 << 20, 10_000
_SHEET = "open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)"
_PACKED = (".zip", ".xlsx", ".xlsm", ".xls", ".7z", ".rar", ".gz", ".docx", ".pptx", ".bin")


def refused(path: Path) -> tuple[Issue | None, list[str]]:
    """(why it cannot be opened, what is in it that is not read)."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            other = _other(archive, names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        return _no(path, f"a damaged workbook or zip archive: {error}", "save or download it again", "damaged"), []
    if len(entries) > _ENTRIES:
        what = f"{len(entries):,} parts in it, at most {_ENTRIES:,} are opened"
        return _no(path, f"no common workbook: {what}", _SHEET, "too_large"), []
    if other:
        return _no(path, *other, "not_a_workbook"), []
    if any(entry.flag_bits & 1 for entry in entries):
        return _no(path, "a workbook locked with a password", "open it, save it without a password, import that"), []
    if len(names) < len(entries):
        return _no(path, "a damaged workbook: parts stand in it twice", "save or download it again", "damaged"), []
    whole, packed = sum(entry.file_size for entry in entries), max(path.stat().st_size, 1)
    if whole > packed * _RATIO and whole > _BIG // 10:
        return _bomb(path, f"unpacks {whole // packed:,}:1"), []
    for entry in entries:
        if entry.file_size > _BIG and entry.file_size > max(entry.compress_size, 1) * _RATIO:
            return _bomb(
                path, f"holds {entry.filename}, which unpacks {entry.file_size // entry.compress_size:,}:1"
            ), []
    if whole > UNPACKED:
        what = f"a workbook of {whole >> 20:,} MB unpacked, at most {UNPACKED >> 20} MB are read"
        return _no(path, what, "save the sheet as CSV (UTF-8); text files may be of any size", "too_large"), []
    return None, _ignored(names)


def _other(archive: zipfile.ZipFile, names: set[str]) -> tuple[str, str] | None:
    """(what it is, what to do) when it is no workbook of the kind that is read."""
    if "xl/workbook.xml" in names or any(name.lower().endswith("/workbook.xml") for name in names):
        return None
    if "xl/workbook.bin" in names:
        return "a binary workbook (.xlsb)", _SHEET
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = archive.read("mimetype").decode("ascii", "replace")
        if "spreadsheet" in kind:
            return "an OpenDocument workbook (.ods)", _SHEET
        return f"an OpenDocument file ({kind.rpartition('.')[2]})", "copy the table into a spreadsheet and save that"
    for folder, what in (("word/", "a Word document"), ("ppt/", "a presentation")):
        if any(name.startswith(folder) for name in names):
            return what, "copy the table into a spreadsheet and save it as .xlsx or CSV"
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "a Numbers document", "export it as CSV"
    inside = ", ".join(sorted(names)[:5]) or "nothing"
    return f"a zip archive, not a workbook; it holds {inside}", "unpack it and import the files in it"


def _ignored(names: set[str]) -> list[str]:
    notes = []
    if any(name.endswith("vbaProject.bin") for name in names):
        notes.append("macros are never run")
    if any(name.startswith("xl/externalLinks/") for name in names):
        notes.append("links to other workbooks are not followed: the values stored at the last save are read")
    inside = [n for n in names if n.startswith("xl/embeddings/") or PurePosixPath(n).suffix.lower() in _PACKED[:-1]]
    if inside:
        notes.append(f"{len(inside):,} embedded file{'s' * (len(inside) > 1)} not read")
    return notes


def _bomb(path: Path, what: str) -> Issue:
    said = f"this workbook {what}, more than {_RATIO}:1"
    return Issue(path.name, said, "so it was not opened, which might fill the machine", _SHEET, code="bomb")


def _no(path: Path, what: str, advice: str, code: str = "not_text") -> Issue:
    return Issue(path.name, f"this is {what}", f"read now: {ACCEPTED}", advice, code=code)
