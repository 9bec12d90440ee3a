"""Files in many encodings and dialects are told from all of their bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from saleswright.data.read.evidence import look, unique
from saleswright.data.read.table import load

Con = duckdb.DuckDBPyConnection
Write = Callable[..., Path]
WORDS = ["Müller", "Société Générale", "Peña", "Århus", "plain"]


def table(delimiter: str, end: str, words: list[str], quoted: bool = False) -> str:
    mark = '"' if quoted else ""
    lines = [delimiter.join(("id", "name", "value"))]
    lines += [
        delimiter.join(mark + cell + mark for cell in (str(n), words[n % len(words)], f"{n}00")) for n in range(40)
    ]
    return end.join(lines) + end


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("quoted", [False, True])
def test_every_dialect(con: Con, csv_file: Write, delimiter: str, end: str, encoding: str, quoted: bool) -> None:
    path = csv_file("in.csv", table(delimiter, end, WORDS, quoted).encode(encoding))
    seen = look(path)
    assert (seen.encoding, seen.delimiter, seen.header, seen.rows) == (encoding, delimiter, ("id", "name", "value"), 40)
    assert seen.issues == ()
    assert load(con, seen, "t") == 40
    rows = con.execute("SELECT id, name, value, _line FROM t ORDER BY _line").fetchall()
    assert rows == [(str(n), WORDS[n % 5], f"{n}00", n + 2) for n in range(40)]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1250", ["Łódź", "Kraków", "Gdańsk", "święto", "źródło", "żółty"]),
        ("cp1251", ["Москва", "Санкт-Петербург", "Договор", "Предложение"]),
        ("cp1253", ["Αθήνα", "Θεσσαλονίκη", "Πάτρα", "Ηράκλειο"]),
        ("shift_jis", ["東京", "大阪商事株式会社", "見積もり", "契約"]),
        ("gb18030", ["北京", "上海贸易有限公司", "合同", "报价"]),
    ],
)
def test_older_encodings_are_confirmed_by_the_whole_file(
    con: Con, csv_file: Write, encoding: str, words: list[str]
) -> None:
    seen = look(csv_file("in.csv", table(",", "\n", words).encode(encoding)))
    assert seen.notes[0].startswith("encoding ")
    assert load(con, seen, "t") == 40
    assert con.execute("SELECT list(DISTINCT name ORDER BY name) FROM t").fetchall()[0][0] == sorted(words)


def test_one_foreign_byte_at_the_end_of_a_long_file_is_seen(con: Con, csv_file: Write) -> None:
    body = "id,name\n" + "".join(f"{n},plain\n" for n in range(400_000)) + "x,caf"
    seen = look(csv_file("in.csv", body.encode() + b"\xe9\n"))
    assert seen.encoding == "cp1252"
    assert load(con, seen, "t") == 400_001
    assert con.execute("SELECT name FROM t WHERE id = 'x'").fetchall() == [("café",)]


def test_gzip_and_names_with_glob_characters(con: Con, tmp_path: Path) -> None:
    path = tmp_path / "what [new]*.csv.gz"
    path.write_bytes(gzip.compress(table(",", "\n", WORDS).encode()))
    seen = look(path)
    assert load(con, seen, "t") == 40


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"   \n\n", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "Excel"),
        (b"PAR1rest", "Parquet"),
        (b"%PDF-1.7", "PDF"),
        (bytes(range(256)) * 20, "not text"),
    ],
)
def test_what_is_no_table_is_refused_with_what_is_accepted(csv_file: Write, content: bytes, word: str) -> None:
    seen = look(csv_file("in.csv", content))
    assert not seen.readable
    (issue,) = seen.issues
    assert issue.level == "error"
    assert word in issue.what
    assert issue.try_


def test_a_missing_file_is_an_issue(tmp_path: Path) -> None:
    (issue,) = look(tmp_path / "none.csv").issues
    assert "cannot be read" in issue.what


def test_header_only_says_so(con: Con, csv_file: Write) -> None:
    seen = look(csv_file("in.csv", "id,name\n"))
    assert [issue.code for issue in seen.issues] == ["no_rows"]
    assert load(con, seen, "t") == 0


def test_headers_are_made_unique_and_said(con: Con, csv_file: Write) -> None:
    seen = look(csv_file("in.csv", "Name,name,,rowid,_line,Name\n1,2,3,4,5,6\n"))
    assert seen.header == ("Name", "name_2", "column_3", "rowid", "_line_2", "Name_3")
    assert [issue.code for issue in seen.issues] == ["renamed"]
    assert load(con, seen, "t") == 1
    assert con.execute("FROM t").fetchall() == [("1", "2", "3", "4", "5", "6", 2)]
    assert unique(["a", "a_2", "A"])[0] == ("a", "a_2", "A_3")


def test_nul_bytes_are_left_out_and_said(con: Con, csv_file: Write) -> None:
    seen = look(csv_file("in.csv", b"id,name\n1,a\x00b\n"))
    assert [issue.code for issue in seen.issues] == ["nul"]
    load(con, seen, "t")
    assert con.execute("SELECT name FROM t").fetchall() == [("ab",)]


def test_the_separator_line_of_a_spreadsheet(con: Con, csv_file: Write) -> None:
    seen = look(csv_file("in.csv", "sep=;\r\nid;name\r\n1;a,b\r\n"))
    assert (seen.delimiter, seen.header) == (";", ("id", "name"))
    load(con, seen, "t")
    assert con.execute("FROM t").fetchall() == [("1", "a,b", 3)]
