"""What is this file, told by its first bytes and not by its name? And what to do with a kind that is not read."""

from __future__ import annotations

import stat
from pathlib import Path

from saleswright.data.read.encoding import by_mark
from saleswright.lib.issue import Issue

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".xlsx", ".xlsm", ".parquet")
ACCEPTED = "CSV, TSV or text with , ; tab or | between the values, also as .gz; workbooks (.xlsx, .xlsm); Parquet"
ZIP, OLE, PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"
_SHEET = "open it in a spreadsheet program and save it as .xlsx or CSV (UTF-8)"
_BINARY = (
    (ZIP, "a workbook or zip archive", "save the sheet as CSV (UTF-8) and import that"),
    (b"PK\x05\x06", "an empty zip archive", "export the table again"),
    (OLE, "an old Excel workbook", "save the sheet as CSV (UTF-8) and import that"),
    (PARQUET, "a Parquet file", "write it as CSV and import that"),
    (b"%PDF", "a PDF", "export the table behind it as CSV"),
    (b"SQLite format 3", "a database file", "export its tables as CSV"),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it and import the files in it"),
    (b"Rar!", "a rar archive", "unpack it and import the files in it"),
    (b"BZh", "a bzip2 archive", "unpack it and import the file in it"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it and import the file in it"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", "unpack it and import the file in it"),
    (b"\x89PNG", "a picture", "export the table behind it as CSV"),
    (b"\xff\xd8\xff", "a picture", "export the table behind it as CSV"),
    (b"{\\rtf", "a text document (RTF)", "copy the table into a spreadsheet and save it as CSV"),
)
_TEXT = (
    ((b"<!doctype html", b"<html", b"<table", b"<meta "), "a web page (HTML), whatever its name says", _SHEET),
    ((b"<?xml",), "an XML file", _SHEET),
)
_STREAMS = (
    (
        "EncryptedPackage",
        "a workbook locked with a password",
        "open it with its password, save it without, import that",
    ),
    ("Workbook", "an old Excel workbook (.xls)", _SHEET),
    ("Book", "an old Excel workbook (.xls)", _SHEET),
    ("WordDocument", "a Word document", "copy the table into a spreadsheet and save it as CSV"),
)
_MOST = 1 << 28


def usable(path: Path) -> Issue | None:
    """Can it be opened as a file at all? A folder, a pipe or a device would be waited for without end."""
    if any(0xD800 <= ord(char) <= 0xDFFF for char in path.name):
        shown = path.name.encode("utf-8", "replace").decode()
        return Issue(shown, "its name is no text", "so it is left out", "give it another name", code="unreadable")
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        return Issue(path.name, f"cannot be read: {said}", "so it is left out", "check the path", code="unreadable")
    if stat.S_ISREG(mode):
        return None
    what = "a folder, not a file" if stat.S_ISDIR(mode) else "no plain file"
    return Issue(path.name, f"this is {what}", "so it is left out", "name a file", code="not_a_file")


def refused(path: Path, head: bytes) -> Issue | None:
    """Why can this not be read as text? None when it can be tried."""
    if not head:
        return empty(path.name)
    for magic, what, advice in _BINARY:
        if head.startswith(magic):
            return _no(path, what, advice)
    start = head[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for marks, what, advice in _TEXT:
        if start.startswith(marks):
            return _no(path, what, advice)
    if start[:1] in (b"{", b"[") and start[1:].lstrip()[:1] in (b'"', b"{", b"[", b"}", b"]"):
        return _no(path, "a JSON file", "export the table as CSV")
    if not by_mark(head):
        control = sum(head.count(bytes([code])) for code in (*range(1, 9), *range(14, 27)))
        if path.suffix.lower() == ".parquet" and 0 in head:
            return _no(path, "a damaged Parquet file", "write it again")
        if control > max(8, len(head) * 0.02) or head.count(0) > max(8, len(head) * 0.3):
            return Issue(
                path.name, "this is not text", f"read now: {ACCEPTED}", "export the table as CSV", code="not_text"
            )
    return None


def old_office(path: Path) -> Issue:
    """What is in a container of old office programs? A workbook under a password lies in one too."""
    tail, found = b"", set()
    with path.open("rb") as file:
        while (block := file.read(1 << 22)) and file.tell() <= _MOST:
            for name, _, _ in _STREAMS:
                if f"{name}\0".encode("utf-16-le") in tail + block:
                    found.add(name)
            tail = block[-64:]
    for name, what, advice in _STREAMS:
        if name in found:
            return _no(path, what, advice)
    return _no(path, "a file of an old office program", _SHEET)


def empty(where: str) -> Issue:
    """The issue of a file with nothing in it."""
    return Issue(where, "the file is empty", "so there is nothing to import", "export it again", code="empty")


def _no(path: Path, what: str, advice: str) -> Issue:
    return Issue(path.name, f"this is {what}", f"read now: {ACCEPTED}", advice, code="not_text")
