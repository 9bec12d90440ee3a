"""How does a person leave text: a file of settings, a list of rejected rows, a log, a workbook? Read, said anew, put back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

from saleswright.data.erase.subject import Subject
from saleswright.data.erase.tables import in_place
from saleswright.data.imports.files import FIXES
from saleswright.data.read.records import long_fields

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def paper(path: Path, subject: Subject, write: bool, whole: bool = False) -> bool:
    """Does a file tell of the subject? With `write` it is told without them. whole: it is a list of rejected rows of
    people, so that a row which names the subject is theirs altogether."""
    data = path.read_bytes()
    new = _rejected(data, subject) if whole else without(data, path.name, subject)
    if new == data:
        return False
    if write:
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_bytes(new)
        in_place(fresh, path)
    return True


def without(data: bytes, name: str, subject: Subject) -> bytes:
    """The bytes of a file without the subject; the same bytes where it does not tell of them."""
    if data.startswith(GZIP):
        try:
            inner = gzip.decompress(data)
        except (OSError, EOFError):
            return data
        new = without(inner, name.removesuffix(".gz"), subject)
        return data if new == inner else gzip.compress(new)
    if data.startswith(ZIP):
        return _zipped(data, subject)
    encoding = _encoding(data)
    text = data.decode(encoding)
    if name.endswith((".json", ".jsonl")):
        new_text = _json(text, subject)
    else:
        new_text = "".join(map(subject.clean_line, text.splitlines(keepends=True)))
        # A name may stand over the end of a line.
        new_text = subject.clean(new_text)
    return data if new_text == text else new_text.encode(encoding)


def _encoding(data: bytes) -> str:
    if data.startswith(_UTF16):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"  # any byte is a letter, and comes back as it was
    return "utf-8"


def _json(text: str, subject: Subject) -> str:
    """A JSON file, or one of JSON lines."""
    try:
        return _said(text, subject, 1)
    except ValueError:
        return "".join(_line(line, subject) for line in text.splitlines(keepends=True))


def _line(line: str, subject: Subject) -> str:
    try:
        end = line[len(line.rstrip("\r\n")) :]
        return _said(line.strip(), subject, None) + end if line.strip() else line
    except ValueError:
        return subject.clean_line(line)


def _said(text: str, subject: Subject, indent: int | None) -> str:
    found = json.loads(text)
    new = subject.plain(found)
    return text if new == found else json.dumps(new, indent=indent)


def _zipped(data: bytes, subject: Subject) -> bytes:
    """A workbook or an archive, every member for itself."""
    out, changed = io.BytesIO(), False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                inner = old.read(info)
                said = without(inner, info.filename, subject)
                changed = changed or said != inner
                new.writestr(info, said, compress_type=info.compress_type)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return data  # locked or broken: nobody can read it, we neither
    return out.getvalue() if changed else data


def _rejected(data: bytes, subject: Subject) -> bytes:
    """Our own list of rejected rows of people: a row that names the subject keeps its line, its reason and nothing else."""
    text = data.decode("utf-8")
    with long_fields():
        rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        return data
    head, changed = rows[0], False
    theirs = {one.casefold() for one in subject.ids}
    for row in rows[1:]:
        bare = {cell.strip().casefold() for cell in row}
        if any(subject.named_in(cell) for cell in row) or any(one.rpartition("_")[2] in bare for one in theirs):
            row[:] = [subject.clean(cell) if name in FIXES else "" for name, cell in zip(head, row, strict=False)]
            changed = True
    if not changed:
        return data
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()
