"""Parquet, packed files, folders, and files that are no tables at all."""

from __future__ import annotations

import gzip
import os
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb

from tests.corpus.case import DEALS, GOOD, HEADER, WON, Case, Imported, Refused, case, deals, file, files, table
from tests.corpus.sheets import plain

PLAIN = table(DEALS).encode()
CUT = "cut|truncat|incomplete|ends|damaged|cannot be read|broken"
PARQUET_BAD = ("damaged|cannot be read|not a Parquet|broken|cut|incomplete",)


def _sql(select: str, name: str = "deals.parquet") -> Callable[[Path], Path]:
    """Parquet out of a query over `deals`, text as it is in the CSV."""

    def write(folder: Path) -> Path:
        source, path = folder.parent / "source.csv", folder / name
        source.write_bytes(PLAIN)
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'UTC'")
            con.execute(f"CREATE TABLE deals AS FROM read_csv('{source}', header = true, all_varchar = true)")
            con.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
        source.unlink()
        return path

    return write


def _spoilt(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = _sql("FROM deals")(folder)
        path.write_bytes(change(path.read_bytes()))
        return path

    return write


def _footer(content: bytes) -> bytes:
    """The file's account of its columns begins with noise."""
    start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:start] + b"\xfe" * 60 + content[start + 60 :]


BAD_VALUE = """SELECT * REPLACE (CASE "Deal ID" WHEN 'D3' THEN 'abc' ELSE "Amount" END AS "Amount") FROM deals"""
PARQUET = (
    Case("parquet_text", _sql("FROM deals"), GOOD),
    Case("parquet_typed", _sql('SELECT * REPLACE ("Amount"::DECIMAL(12, 2) AS "Amount", "Created"::TIMESTAMPTZ AS "Created",'
                               ' "Close Date"::DATE AS "Close Date") FROM deals'), GOOD),
    Case("parquet_float_and_uint64", _sql('SELECT * REPLACE ("Amount"::DOUBLE AS "Amount",'
                                          ' (18446744073709551610::UBIGINT + rowid::UBIGINT) AS "Deal ID") FROM deals'),
         Imported(won=WON, deals=6, cells={"18446744073709551611": {"name": "Beta"}})),
    Case("parquet_nested", _sql("SELECT *, {'a': 1, 'b': [1, 2]} AS extra, ['x', 'y'] AS tags, MAP {'k': 'v'} AS more FROM deals"),
         GOOD),
    Case("parquet_blob", _sql("SELECT *, '\\xFF\\x00'::BLOB AS picture FROM deals"), GOOD),
    Case("parquet_no_rows", _sql("FROM deals WHERE false"), Refused(("no rows|nothing to import|empty",))),
    Case("parquet_cut", _spoilt(lambda b: b[:-30]), Refused(PARQUET_BAD)),
    Case("parquet_wrong_start", _spoilt(lambda b: b"XXXX" + b[4:]), Refused(PARQUET_BAD), either=GOOD),
    Case("parquet_wrong_end", _spoilt(lambda b: b[:-4] + b"XXXX"), Refused(PARQUET_BAD)),
    Case("parquet_spoilt_footer", _spoilt(_footer), Refused(PARQUET_BAD), alone=True),
    Case("parquet_called_csv", _sql("FROM deals", "deals.csv"), GOOD, either=Refused(("Parquet",))),
    Case("csv_called_parquet", file(PLAIN, "deals.parquet"), GOOD, either=Refused(PARQUET_BAD)),
    Case("parquet_a_value_gone_bad", _sql(BAD_VALUE),
         Imported(rejected=((3, "Amount", "not a number"),), won=WON, deals=5), mend={3: {"Amount": "75.25"}}),
)  # fmt: skip


def _bomb() -> bytes:
    """Four hundred million letters in less than half a million bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(PLAIN)]
    block = b"D9,Same,Acme,Ann Lee,Won,1.00,USD,2026-01-01,2026-02-02\n" * 20_000
    parts += [packer.compress(block) for _ in range(360)]
    return b"".join([*parts, packer.flush()])


PACKED = (
    case("gz_good", gzip.compress(PLAIN), GOOD, "deals.csv.gz"),
    case("gz_two_members", gzip.compress(PLAIN[:200]) + gzip.compress(PLAIN[200:]), GOOD, "deals.csv.gz"),
    case("gz_cut", gzip.compress(PLAIN * 50)[:-40], Refused((CUT,)), "deals.csv.gz"),
    case("gz_spoilt", gzip.compress(PLAIN)[:30] + b"\xff" * 40 + gzip.compress(PLAIN)[70:], Refused((f"{CUT}|invalid|gzip",)),
         "deals.csv.gz"),
    case("gz_wrong_sum", gzip.compress(PLAIN)[:-8] + b"\0" * 8, Refused((f"{CUT}|check|gzip|CRC",)), "deals.csv.gz"),
    case("gz_not_packed", PLAIN, GOOD, "deals.csv.gz", either=Refused(("gzip|gz",))),
    case("gz_called_csv", gzip.compress(PLAIN), GOOD, "deals.csv", either=Refused(("gz",))),
    case("gz_of_a_book", gzip.compress(plain()), Refused(("workbook|not text",)), "deals.csv.gz", either=GOOD),
    Case("gz_bomb", lambda folder: file(_bomb(), "deals.csv.gz")(folder), Refused(("unpack|expand|too large|ratio|limit",)),
         alone=True),
    Case("gz_bomb_of_zeros", lambda folder: file(gzip.compress(bytes(200_000_000), 9), "deals.csv.gz")(folder),
         Refused(("not text|unpack|empty|limit",)), alone=True),
    case("gz_empty", gzip.compress(b""), Refused(("empty",)), "deals.csv.gz"),
)  # fmt: skip


def _folder(fill: Callable[[Path], None]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        place = folder / "exports"
        place.mkdir()
        fill(place)
        return place

    return write


def _loop(place: Path) -> None:
    (place / "deals.csv").write_bytes(PLAIN)
    (place / "a.csv").symlink_to("b.csv")
    (place / "b.csv").symlink_to("a.csv")
    (place / "around").symlink_to(place, target_is_directory=True)


def _outside(place: Path) -> None:
    other = place.parent.parent / "elsewhere.csv"
    other.write_bytes(PLAIN)
    (place / "deals.csv").symlink_to(other)


def _pipe(place: Path) -> None:
    (place / "deals.csv").write_bytes(PLAIN)
    os.mkfifo(place / "stream.csv")


def _dust(place: Path) -> None:
    (place / "deals.csv").write_bytes(PLAIN)
    (place / ".DS_Store").write_bytes(bytes(100))
    (place / "~$deals.xlsx").write_bytes(b"\x07Ann Lee" + b" " * 150)
    (place / "._deals.csv").write_bytes(b"\0\x05\x16\x07" * 30)
    (place / "older").mkdir()
    (place / "older" / "deals.csv").write_bytes(PLAIN)


def _named(name: str, file_name: str) -> Case:
    return Case(f"name_{name}", file(PLAIN, file_name), GOOD)


FOLDERS = (
    Case("folder_empty", _folder(lambda place: None), Refused(("nothing|no file|no CSV|holds",))),
    Case("folder_of_unknown_files", files({"a.pdf": b"%PDF-1.7", "notes": "x"}), Refused(("folder|holds",))),
    Case("folder_one_bad_among_good", files({"deals.csv": PLAIN, "broken.xlsx": b"PK\x03\x04", "empty.csv": b""}),
         replace(GOOD, warns=("broken.xlsx", "empty.csv"))),
    Case("folder_all_bad", files({"broken.xlsx": b"PK\x03\x04", "empty.csv": b""}), Refused(("broken.xlsx", "empty.csv"))),
    Case("folder_links_in_a_circle", _folder(_loop), replace(GOOD, notes=("a.csv", "b.csv", "around"))),
    Case("folder_link_to_outside", _folder(_outside), GOOD),
    Case("folder_with_a_pipe", _folder(_pipe), replace(GOOD, notes=("stream.csv",)), alone=True),
    Case("folder_with_dust", _folder(_dust), replace(GOOD, notes=("older",))),
    Case("folder_same_file_twice", files({"deals.csv": PLAIN, "deals (1).csv": PLAIN}), replace(GOOD, read=12)),
    _named("line_break", "de\nals.csv"),
    _named("emoji", "🚀 deals.csv"),
    _named("250_letters", "d" * 246 + ".csv"),
    _named("dash", "-deals.csv"),
    _named("wildcards", "deals[1]*{x}?.csv"),
    _named("quotes", "de'a\"ls;--.csv"),
    _named("capital_ending", "DEALS.CSV"),
    _named("no_ending", "deals"),
    Case("name_not_utf8", file(PLAIN, os.fsdecode(b"deals\xff.csv")), GOOD, either=Refused(("name",))),
)  # fmt: skip


def _database(folder: Path) -> Path:
    path = folder / "deals.csv"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE deals (id TEXT)")
    con.close()
    return path


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89" + bytes(range(256)) * 4
RECORDS = '[{"Deal ID": "D1", "Amount": 100}, {"Deal ID": "D2", "Amount": 200}]'
PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Log in</title></head>\n<body><p>Please log in, then export</p></body></html>\n"
)
FOREIGN = (
    case("pdf_called_csv", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n" * 20, Refused(("PDF",))),
    case("png_called_csv", PNG, Refused(("not text|picture|image",))),
    case("json_called_csv", RECORDS, Refused(("JSON",))),
    case("json_lines_called_csv", '{"Deal ID": "D1", "Amount": 100}\n' * 9, Refused(("JSON",))),
    case("html_called_csv", PAGE, Refused(("HTML|web page",))),
    case("html_table_called_csv", "<table><tr><th>Deal ID</th></tr><tr><td>D1</td></tr></table>\n", Refused(("HTML|web page",))),
    case("xml_called_csv", '<?xml version="1.0"?>\n<deals><deal id="D1"/></deals>\n', Refused(("XML|HTML",))),
    Case("database_called_csv", _database, Refused(("database",))),
    case("program_called_csv", b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 30, Refused(("not text",))),
    case("rtf_called_csv", "{\\rtf1\\ansi Deal ID, Amount\\par D1, 100}\n", Refused(("not recognised|RTF|column",))),
    case("empty_file", b"", Refused(("empty",))),
    case("one_line_end", b"\n", Refused(("empty",))),
    case("only_spaces", b"   \n \t \n" * 9, Refused(("empty",))),
    case("one_letter", b"x", Refused(("no rows|nothing|not recognised",))),
    case("only_delimiters", b",,,,\n" * 9, Refused(("empty|no header|not recognised|nothing|column",))),
    case("other_table", "Name,Colour,Taste\napple,red,sweet\nlemon,yellow,sour\n", Refused(("not recognised",))),
    case("random_bytes", bytes((n * 7919 + n // 7) % 256 for n in range(20_000)), Refused(("not text|not recognised",))),
)  # fmt: skip
CASES = (*PARQUET, *PACKED, *FOLDERS, *FOREIGN)
assert HEADER and deals
