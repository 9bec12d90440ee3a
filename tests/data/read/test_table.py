"""Every record comes back with the line it starts on, and none is lost."""

from __future__ import annotations

import csv
import io
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from saleswright.data.read.evidence import look
from saleswright.data.read.table import load, ragged

Con = duckdb.DuckDBPyConnection
Write = Callable[..., Path]


def rows(con: Con) -> list[tuple[object, ...]]:
    return con.execute("FROM t ORDER BY _line").fetchall()


def test_lines_are_right_with_line_breaks_in_values(con: Con, csv_file: Write) -> None:
    text = 'id,note\n1,plain\n2,"two\nlines"\n3,"three\r\nmore\nlines"\n4,end\n'
    assert load(con, look(csv_file("in.csv", text)), "t") == 4
    assert [(row[0], row[-1]) for row in rows(con)] == [("1", 2), ("2", 3), ("3", 5), ("4", 8)]
    assert rows(con)[2][1] == "three\r\nmore\nlines"


def test_lines_are_right_with_blank_lines(con: Con, csv_file: Write) -> None:
    assert load(con, look(csv_file("in.csv", "id,note\n\n1,a\n\n\n2,b\n\n\n")), "t") == 2
    assert rows(con) == [("1", "a", 3), ("2", "b", 6)]


def test_empty_and_quoted_empty(con: Con, csv_file: Write) -> None:
    load(con, look(csv_file("in.csv", 'id,a,b\n1,,""\n2," x ",NULL\n')), "t")
    assert rows(con)[0][1] is None
    assert rows(con)[1][1:3] == (" x ", "NULL")


def test_ragged_rows_come_back_whole(con: Con, csv_file: Write) -> None:
    text = "id,a,b\n1,x,y\n2,only\n3,too,many,here\n4,x,y,,\n5,x,y\n"
    seen = look(csv_file("in.csv", text))
    assert seen.ragged == 3
    assert load(con, seen, "t") == 3
    assert [row[0] for row in rows(con)] == ["1", "4", "5"], "empty cells past the header carry nothing"
    assert ragged(con, "t") == [
        (3, "2,only", "too few fields: 2 where the header has 3"),
        (4, "3,too,many,here", "too many fields: 4 where the header has 3"),
    ]


def test_an_open_quote_costs_its_own_line_only(con: Con, csv_file: Write) -> None:
    text = 'id,a\n1,x\n2,"never closed\n3,y\n4,z\n'
    assert load(con, look(csv_file("in.csv", text)), "t") == 3
    assert [row[0] for row in rows(con)] == ["1", "3", "4"]
    assert ragged(con, "t") == [(3, '2,"never closed', "a quote is opened and not closed")]


def test_an_open_quote_in_a_long_file(con: Con, csv_file: Write) -> None:
    body = "".join(f"{n},some text\n" for n in range(5_000))
    seen = look(csv_file("in.csv", f'id,a\n0,"open\n{body}'))
    assert load(con, seen, "t") == 5_000
    assert [line for line, _, _ in ragged(con, "t")] == [2]


def test_quotes_inside_values(con: Con, csv_file: Write) -> None:
    load(con, look(csv_file("in.csv", 'id,a\n1,"say ""hi"", please"\n2,5" pipe\n')), "t")
    assert [row[1] for row in rows(con)] == ['say "hi", please', '5" pipe']


def test_mixed_line_ends(con: Con, csv_file: Write) -> None:
    assert load(con, look(csv_file("in.csv", "id,a\r\n1,x\n2,y\r\n3,z\r")), "t") == 3
    assert rows(con) == [("1", "x", 2), ("2", "y", 3), ("3", "z", 4)]


def test_hostile_headers_are_only_names(con: Con, csv_file: Write) -> None:
    headers = ['a"; DROP TABLE t; --', "b'); SELECT 1; --", "c\\", "d{x}", "select"]
    out = io.StringIO()
    csv.writer(out).writerows([headers, ["1", "2", "3", "4", "5"]])
    seen = look(csv_file("in.csv", out.getvalue()))
    assert seen.header == tuple(headers)
    load(con, seen, "t")
    assert rows(con) == [("1", "2", "3", "4", "5", 2)]


def test_a_file_larger_than_the_memory_it_may_take(con: Con, csv_file: Write, tmp_path: Path) -> None:
    note = "x" * 400
    path = csv_file("large.csv", "id,note\n" + "".join(f"{n},{note}{n}\n" for n in range(150_000)))
    con.execute("SET memory_limit = '128MB'")
    con.execute("SET threads = 1")
    con.execute(f"SET temp_directory = '{tmp_path / 'spill'}'")
    assert load(con, look(path), "t") == 150_000
    assert con.execute("SELECT max(_line), count(DISTINCT id) FROM t").fetchall() == [(150_001, 150_000)]


LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from('\n\r\t",;|')
CELLS = st.text(LETTERS, max_size=8)


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n", "\r"])
)
def test_whatever_is_written_is_read(records: list[list[str]], end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=end)
    writer.writerow(["id", "a", "b"])
    starts = []
    for number, record in enumerate(records):
        starts.append(1 + len(re.findall(r"\r\n|\r|\n", out.getvalue())))
        writer.writerow([f"r{number}", *record])
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        path = Path(folder) / "in.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        assert load(con, look(path), "t") == len(records)
        assert ragged(con, "t") == []
        found = rows(con)
        assert [tuple(cell or "" for cell in row[:3]) for row in found] == [
            (f"r{n}", *r) for n, r in enumerate(records)
        ]
        assert [row[3] for row in found] == starts
