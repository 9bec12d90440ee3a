"""Text in any state, Parquet, and what is no table: each gives rows or one clear issue, and nothing hangs."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from saleswright.data.read import encoding
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.tables import ENDINGS, tables
from saleswright.data.read.words import heading, label, record_count
from saleswright.lib.issue import Issue

Write = Callable[..., Path]
ReadOne = Callable[[Path], Any]


def only_error(path: Path, scratch: Path) -> Issue:
    (seen,) = tables(path, scratch)
    assert not seen.readable
    (issue,) = [issue for issue in seen.issues if issue.level == "error"]
    assert issue.where == path.name
    assert issue.why
    assert issue.try_
    return issue


@pytest.mark.parametrize("name", ["utf-32-le", "utf-32-be", "utf-32", "utf-16-le", "utf-16-be", "utf-16"])
@pytest.mark.parametrize("marked", [False, True])
@pytest.mark.parametrize("words", [["Müller", "plain"], ["東京", "大阪商事株式会社"], ["Москва", "Договор"]])
def test_wide_encodings(csv_file: Write, read_one: ReadOne, name: str, marked: bool, words: list[str]) -> None:
    text = "id,name,value\r\n" + "".join(f"{n},{words[n % 2]},{n}00\r\n" for n in range(60))
    content = text.encode(name)
    if marked and name.endswith("e"):
        mark = name.upper().replace("-", "_").replace("UTF_", "BOM_UTF")
        content = getattr(codecs, mark) + content
    seen = read_one(csv_file("in.csv", content))
    assert seen.evidence.header == ("id", "name", "value")
    assert [row[1] for row in seen.rows] == [words[n % 2] for n in range(60)]


@pytest.mark.parametrize("marked", [False, True])
def test_lines_of_two_encodings(csv_file: Write, read_one: ReadOne, marked: bool) -> None:
    lines = [f"{n},{'Müller' if n % 2 else 'Société'},x".encode("utf-8" if n % 3 else "cp1252") for n in range(60)]
    seen = read_one(csv_file("in.csv", b"\xef\xbb\xbf" * marked + b"\n".join([b"id,name,note", *lines]) + b"\n"))
    assert [row[1] for row in seen.rows] == ["Müller" if n % 2 else "Société" for n in range(60)]
    assert seen.codes == ["mixed_encodings"]
    assert "40 lines are UTF-8, 20 lines are cp1252" in seen.evidence.issues[0].what


def test_a_wide_file_that_ends_within_a_letter(csv_file: Write, read_one: ReadOne) -> None:
    content = ("id,name\r\n" + "".join(f"{n},name\r\n" for n in range(20))).encode("utf-16") + b"x"
    seen = read_one(csv_file("in.csv", content))
    assert len(seen.rows) == 20
    assert "broken_text" in seen.codes


def test_japanese_of_windows(csv_file: Write, read_one: ReadOne) -> None:
    names = ["東京", "大阪商事株式会社", "見積もり", "契約"]
    content = "番号,会社名\r\n" + "".join(f"{n},{names[n % 4]}\r\n" for n in range(50))
    seen = read_one(csv_file("in.csv", content.encode("cp932")))
    assert seen.evidence.header == ("番号", "会社名")
    assert [row[1] for row in seen.rows] == [names[n % 4] for n in range(50)]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "sep=;\r"])
def test_separator_lines(csv_file: Write, read_one: ReadOne, first: str) -> None:
    end = "\r" if first.endswith("\r") else "\r\n"
    seen = read_one(csv_file("in.csv", end.join([first.rstrip(), "id;name", "1;a,b", "2;c,d", ""])))
    assert seen.evidence.header == ("id", "name")
    assert [row[:2] for row in seen.rows] == [("1", "a,b"), ("2", "c,d")]


def test_unbalanced_quotes_everywhere_take_no_time(csv_file: Write, read_one: ReadOne) -> None:
    lines = "".join(f'{n},"open {n},x\n' if n % 2 else f"{n},fine,x\n" for n in range(20_000))
    begun = time.monotonic()
    seen = read_one(csv_file("in.csv", "id,name,note\n" + lines))
    assert time.monotonic() - begun < 30
    assert [int(row[0]) for row in seen.rows] == list(range(0, 20_000, 2))
    assert [line for line, _, _ in seen.ragged] == list(range(3, 20_003, 2))
    assert {reason for _, _, reason in seen.ragged} == {"a quote is opened and not closed"}


def test_many_columns(csv_file: Write, read_one: ReadOne) -> None:
    width = 5_000
    text = ",".join(f"column {n}" for n in range(width)) + "\n"
    text += "".join(",".join(str(n * row) for n in range(width)) + "\n" for row in range(3))
    seen = read_one(csv_file("wide.csv", text))
    assert len(seen.evidence.header) == width
    assert seen.rows[2][width - 1] == str(2 * (width - 1))


def test_many_columns_of_one_name(csv_file: Write, read_one: ReadOne) -> None:
    seen = read_one(csv_file("same.csv", ",".join(["x"] * 3_000) + "\n" + ",".join(["1"] * 3_000) + "\n"))
    assert seen.evidence.header[-1] == "x_3000"
    assert seen.codes == ["renamed"]
    assert len(seen.evidence.issues[0].what) < 1_000


def test_one_column_and_header_only(csv_file: Write, read_one: ReadOne) -> None:
    seen = read_one(csv_file("one.csv", "Name\nAnn\nBob\n"))
    assert (seen.evidence.header, [row[0] for row in seen.rows]) == (("Name",), ["Ann", "Bob"])
    seen = read_one(csv_file("head.csv", "Id,Name\n"))
    assert (seen.rows, seen.codes) == ([], ["no_rows"])


def test_a_very_long_record_is_given_back(csv_file: Write, read_one: ReadOne) -> None:
    seen = read_one(csv_file("long.csv", f'id,note\n1,short\n2,"{"x" * 20_000_000}"\n3,short\n'))
    assert [row[0] for row in seen.rows] == ["1", "3"]
    ((line, _, reason),) = seen.ragged
    assert (line, reason) == (3, "20,000,004 characters in one record")


def test_a_file_packed_with_gzip_whatever_its_name(csv_file: Write, read_one: ReadOne) -> None:
    content = gzip.compress(b"id,name\n1,a\n2,b\n")
    for name in ("in.csv.gz", "in.csv"):
        assert len(read_one(csv_file(name, content)).rows) == 2
    assert len(read_one(csv_file("plain.csv.gz", b"id,name\n1,a\n2,b\n")).rows) == 2


def test_a_packed_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_BOMB", 1 << 22)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb") as packed:
        packed.write(b"id,name\n" + b"1,aaaaaaaaaaaaaaaaaaaaaaaaaa\n" * 1_000_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(out.getvalue())
    assert "over 100 times its own size" in only_error(path, tmp_path / "scratch").what


def _packed_and_cut() -> bytes:
    return gzip.compress(b"id,name\n" + bytes(os.urandom(3000)))[:-400]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "empty"),
        (b"\xff\xfe", "empty"),
        (b'""\r\n', "empty"),
        (b",,,\n , ,,\n", "empty"),
        (b"\0" * 500, "not text"),
        (b"%PDF-1.7 x", "PDF"),
        (b'{"deals": [1, 2]}', "JSON"),
        (b'[{"id": 1}]', "JSON"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"<table><tr><td>1</td></tr></table>", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b"PAR1" + bytes(200), "Parquet"),
        (b"PK\x03\x04 nothing of a zip", "damaged"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (_packed_and_cut(), "cannot be read"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"BZh91AY", "bzip2"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
        (b"{\\rtf1 x}", "RTF"),
    ],
)
def test_what_is_no_table(csv_file: Write, tmp_path: Path, content: bytes, word: str) -> None:
    assert word in only_error(csv_file("file.csv", content), tmp_path / "scratch").what


def test_what_is_no_file(tmp_path: Path) -> None:
    folder, pipe, broken, loop = (tmp_path / name for name in ("folder.csv", "pipe.csv", "broken.csv", "loop.csv"))
    folder.mkdir()
    os.mkfifo(pipe)
    broken.symlink_to(tmp_path / "gone.csv")
    loop.symlink_to(loop)
    assert "folder" in only_error(folder, tmp_path / "s").what
    assert "no plain file" in only_error(pipe, tmp_path / "s").what
    for path in (broken, loop, tmp_path / "missing.csv"):
        assert "cannot be read" in only_error(path, tmp_path / "s").what


def test_a_link_to_a_file_is_read_as_the_file(csv_file: Write, tmp_path: Path, read_one: ReadOne) -> None:
    link = tmp_path / "link.csv"
    link.symlink_to(csv_file("real.csv", "id,name\n1,a\n"))
    assert len(read_one(link).rows) == 1


def test_parquet(tmp_path: Path, read_one: ReadOne) -> None:
    path = tmp_path / "what [x]*.parquet"
    with duckdb.connect() as con:
        con.execute(
            """COPY (SELECT 7 AS id, DATE '2026-01-31' AS d, TIMESTAMP '2026-01-31 13:05:00' AS t,
                     TIMESTAMPTZ '2026-01-31 13:05:00+02' AS z, 12.50::DECIMAL(10, 2) AS amount, 0.1::DOUBLE AS f,
                     1e21::DOUBLE AS big, 0.0000001::DOUBLE AS small, 5.0::DOUBLE AS whole, true AS b,
                     [1, 2] AS list, {'a': 1} AS s, 'a,"b' AS text, '' AS blank, NULL::INTEGER AS nothing,
                     TIMESTAMP '2026-01-31 13:05:00.25' AS part, 'x'::BLOB AS raw, 'NaN'::DOUBLE AS nan, 1 AS ID
               UNION ALL SELECT 8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                     NULL, NULL, NULL, NULL) TO 'FILE' (FORMAT parquet)""".replace("'FILE'", "'" + str(path) + "'")
        )
    seen = read_one(path)
    assert seen.evidence.kind == "parquet"
    assert seen.evidence.rows == 2
    row = dict(zip([*seen.evidence.header, "_line"], seen.rows[0], strict=True))
    assert row == {
        "id": "7",
        "d": "2026-01-31",
        "t": "2026-01-31T13:05:00",
        "z": "2026-01-31T11:05:00Z",
        "amount": "12.5",
        "f": "0.1",
        "big": "1000000000000000000000",
        "small": "0.0000001",
        "whole": "5",
        "b": "true",
        "list": "[1,2]",
        "s": '{"a":1}',
        "text": 'a,"b',
        "blank": None,
        "nothing": None,
        "part": "2026-01-31T13:05:00.250000",
        "raw": "x",
        "nan": None,
        "ID_1": "1",
        "_line": 1,
    } or seen.evidence.header[-1] in ("ID_2", "ID_1_2")
    assert any("JSON text: list, s" in note for note in seen.evidence.notes)


def test_a_parquet_file_that_ends_too_early(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT range AS id, range::VARCHAR AS name FROM range(50000)) TO '{path}' (FORMAT parquet)")
    path.write_bytes(path.read_bytes()[:-2000])
    assert "cannot be read" in only_error(path, tmp_path / "scratch").what


def test_the_name_of_every_table(csv_file: Write) -> None:
    assert FileEvidence(Path("folder/deals.csv")).name == "deals.csv"
    assert {".csv", ".xlsx", ".xlsm", ".parquet", ".tsv.gz"} < set(ENDINGS)


def test_pasted_cells(csv_file: Write, read_one: ReadOne) -> None:
    seen = read_one(csv_file("pasted.tsv", 'Rep\tManager\r\nAnn\tZoe\r\nBob\t"two\nlines"\r\n'))
    assert [row[:2] for row in seen.rows] == [("Ann", "Zoe"), ("Bob", "two\nlines")]


@pytest.mark.parametrize(
    ("text", "kind", "about"),
    [
        ("Grand Total", "grand", ""),
        ("SUBTOTAL:", "sub", ""),
        ("Sous-total", "sub", ""),
        ("Gesamtergebnis", "grand", ""),
        ("Total for West", "named", "west"),
        ("West - Total", "named", "west"),
        ("Zwischensumme Nord", "named", "nord"),
        ("Avg", "measure", ""),
    ],
)
def test_words_of_sums(text: str, kind: str, about: str) -> None:
    found = label(text)
    assert found is not None
    assert (found.kind, found.about) == (kind, about)


def test_words_that_only_sound_like_it() -> None:
    for text in ("Totally new", "Summer campaign", "Sum of Parts Ltd", "Average Joe Inc", "Counting House"):
        assert label(text) is None
    assert heading("Stage: Closed: Won (12 records)") == ("Stage", "Closed: Won", 12)
    assert [record_count(text) for text in ("Total Records: 1,234", "12 rows", "Total Wine: 3")] == [1234, 12, -1]
