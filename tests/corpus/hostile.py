"""Workbooks and archives that were made to harm: each runs in a process of its own with its memory watched."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.corpus.case import DEALS, GOOD, HEADER, Case, Imported, Refused, table
from tests.corpus.sheets import MAIN, OFFICE, PACKAGE, SHEET, changed, grid, packed, part, plain

TABLE = [HEADER, *DEALS]
UNPACKS = ("unpack|expand|ratio|too large|too big|limit",)
BROKEN = ("damaged|broken|not a workbook|cannot be read|cut|incomplete|truncated|corrupt",)


def _case(name: str, content: Callable[[], bytes], expect: Imported | Refused, file: str = "deals.xlsx",
          either: Imported | Refused | None = None, alone: bool = True) -> Case:  # fmt: skip
    def write(folder: Path) -> Path:
        path = folder / file
        path.write_bytes(content())
        return path

    return Case(name, write, expect, either=either, alone=alone)


def _bomb(size: int, filler: bytes) -> Callable[[], bytes]:
    """A sheet that unpacks to `size` bytes of one thing."""

    def content() -> bytes:
        start, end = grid(TABLE).encode().split(b"</sheetData>")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
            with zipfile.ZipFile(io.BytesIO(packed({}))) as usual:
                for name in usual.namelist():
                    made.writestr(name, usual.read(name))
            with made.open(SHEET, "w") as target:
                target.write(start)
                block = filler * (1_000_000 // len(filler))
                for _ in range(size // len(block)):
                    target.write(block)
                target.write(b"</sheetData>" + end)
        return out.getvalue()

    return content


def _rows(ratio: int) -> bytes:
    """Rows of a sheet, alike enough to pack about that well."""
    if ratio >= 1000:
        return b'<row><c t="str"><v>x</v></c></row>'
    return b"".join(
        f'<row><c t="str"><v>{n * 7919 % 100_003:06}{n:04}</v></c><c t="str"><v>{"x" * 1400}</v></c></row>'.encode()
        for n in range(300)
    )


def _laughs() -> bytes:
    """Ten levels of entities, each ten times the one below."""
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    dtd = f'<!DOCTYPE sst [<!ENTITY l0 "ha">{levels}]>'
    strings = f'<?xml version="1.0"?>{dtd}<sst xmlns="{MAIN}" count="1"><si><t>&l9;</t></si></sst>'
    return changed(plain(), {"xl/sharedStrings.xml": strings})


def _dtd_of_a_file() -> bytes:
    """A DTD that would read a file of the machine into a cell."""
    sheet = grid(TABLE, before='<!DOCTYPE worksheet [<!ENTITY own SYSTEM "file:///etc/passwd">]>')
    return packed({SHEET: sheet.replace("Beta", "&own;")})


def _lying_sizes() -> bytes:
    """The directory says that the sheet is a hundred bytes long; it unpacks to 60 MB."""
    content = bytearray(_bomb(60_000_000, _rows(1000))())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as made:
        info = made.getinfo(SHEET)
    place = 0
    while (place := content.find(b"PK\x01\x02", place)) >= 0:
        name = content[place + 46 : place + 46 + struct.unpack_from("<H", content, place + 28)[0]]
        if name == SHEET.encode():
            struct.pack_into("<L", content, place + 24, 100)
        place += 4
    struct.pack_into("<L", content, info.header_offset + 22, 100)
    return bytes(content)


def _no_strings() -> bytes:
    return changed(plain(), {"xl/sharedStrings.xml": None})


def _nested() -> bytes:
    """A zip with a workbook in it, called a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("deals.xlsx", plain())
    return out.getvalue()


def _parts_above() -> bytes:
    """Parts that name a place outside of the workbook."""
    return changed(plain(), {"../../../../tmp/owned.txt": "owned", "..\\owned.txt": "owned", "/owned.txt": "owned"})


def _sheet_above() -> bytes:
    """The only sheet is said to lie outside."""
    return packed({"../../evil.xml": grid(TABLE)}, target="../../../evil.xml")


def _claimed() -> bytes:
    """A sheet that says it is as large as sheets can be, with two cells at its ends."""
    ends = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    return packed({SHEET: f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><dimension ref="A1:XFD1048576"/>'
                          f"<sheetData>{ends}</sheetData></worksheet>"})  # fmt: skip


def _one_far_cell() -> bytes:
    """The six deals, and a space that somebody left in the last cell of all."""
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t> </t></is></c></row></sheetData>'
    return packed({SHEET: grid(TABLE, "A1:XFD1048576").replace("</sheetData>", far)})


def _external() -> bytes:
    content = plain()
    rels = f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" TargetMode="External" ' + (
        f'Type="{OFFICE}/externalLinkPath" Target="file:///etc/passwd"/></Relationships>'
    )
    link = f'<?xml version="1.0"?><externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="rId1"/></externalLink>'
    sheet = part(content, SHEET).replace("<v>250.5</v>", "<f>[1]Other!A1</f><v>250.5</v>")
    return changed(content, {SHEET: sheet, "xl/externalLinks/externalLink1.xml": link,
                             "xl/externalLinks/_rels/externalLink1.xml.rels": rels})  # fmt: skip


def _twice() -> bytes:
    """Two parts of one name: readers differ in which they take."""
    out = io.BytesIO(packed({SHEET: grid(TABLE)}))
    with zipfile.ZipFile(out, "a") as made:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made.writestr(SHEET, grid([HEADER, *([f"X{n}", *DEALS[0][1:]] for n in range(9))]))
    return out.getvalue()


def _deep() -> bytes:
    """Elements inside of each other, 100,000 deep."""
    return packed(
        {SHEET: f'<worksheet xmlns="{MAIN}"><sheetData>' + "<a>" * 100_000 + "</a>" * 100_000 + "</sheetData>"}
    )


def _many_parts() -> bytes:
    return changed(plain(), {f"xl/media/{n}.bin": b"" for n in range(20_000)}, zipfile.ZIP_STORED)


INLINE = packed({SHEET: grid(TABLE)})
ABSOLUTE = packed({SHEET: grid(TABLE)}, target="/xl/worksheets/sheet1.xml")
CASES = (
    _case("zip_bomb_100", _bomb(150_000_000, _rows(100)), Refused(UNPACKS)),
    _case("zip_bomb_1000", _bomb(300_000_000, _rows(1000)), Refused(UNPACKS)),
    _case("billion_laughs", _laughs, Refused(("entit|DTD|document type|not allowed|declares|unsafe",))),
    _case("dtd_reads_a_file", _dtd_of_a_file, Refused(("entit|DTD|document type|not allowed|declares|unsafe",))),
    _case("lying_sizes", _lying_sizes, Refused((f"{UNPACKS[0]}|{BROKEN[0]}|says|size",))),
    _case("book_cut", lambda: plain()[:-200], Refused(BROKEN)),
    _case("book_cut_in_half", lambda: plain()[: len(plain()) // 2], Refused(BROKEN)),
    _case("book_of_4_bytes", lambda: b"PK\x03\x04", Refused(BROKEN)),
    _case("nested_zip", _nested, Refused(("workbook|zip|no sheet",))),
    _case("shared_strings_missing", _no_strings, Refused(("damaged|broken|strings|cannot be read|recognised|no table",))),
    _case("parts_above", _parts_above, GOOD, either=Refused(("part|name|outside",))),
    _case("sheet_above", _sheet_above, Refused(("damaged|broken|cannot be read|part|no table|outside",))),
    _case("claims_every_cell", _claimed, Refused(("not recognised|no table|too large|more than|limit|columns|empty|cells",))),
    _case("one_far_cell", _one_far_cell, GOOD, either=Refused(("too large|more than|limit|columns|cells",))),
    _case("external_link", _external, GOOD),
    _case("macro_of_junk", lambda: changed(plain(), {"xl/vbaProject.bin": bytes(range(256)) * 40}), GOOD, "deals.xlsm"),
    _case("part_twice", _twice, Refused(("twice|damaged|same name|broken",)), either=GOOD),
    _case("elements_100000_deep", _deep, Refused((f"{BROKEN[0]}|no table|empty|recognised",))),
    _case("parts_20000", _many_parts, GOOD, either=Refused(("parts|files|limit|too many",))),
    _case("inline_strings", lambda: INLINE, GOOD, alone=False),
    _case("absolute_targets", lambda: ABSOLUTE, GOOD, alone=False),
    _case("stored_not_packed", lambda: packed({SHEET: grid(TABLE)}, pack=zipfile.ZIP_STORED), GOOD, alone=False),
    _case("xml_not_well_formed", lambda: packed({SHEET: grid(TABLE).replace("</row>", "<row>", 1)}), Refused(BROKEN),
          either=GOOD),
    _case("junk_after_the_zip", lambda: plain() + b"junk" * 100, GOOD, either=Refused(BROKEN)),
    _case("bom_zip_of_csv", lambda: _zip_of("deals.csv", table(DEALS)), Refused(("zip|workbook|unpack",)), "deals.zip"),
)  # fmt: skip


def _zip_of(name: str, content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr(name, content)
    return out.getvalue()
