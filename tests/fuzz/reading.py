"""Targets that read whole files: into a table, into a guess of what it means, and all the way into the record."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import duckdb

from saleswright.data.mapping.guess import Facts, guess
from saleswright.data.mapping.rejects import rejects
from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.sql import ident
from saleswright.data.read.table import load, ragged
from saleswright.data.read.tables import tables
from tests.corpus.play import Book, book, play

Run = Callable[[Sequence[bytes]], None]


@contextmanager
def _connected(place: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("SET threads = 1")
        con.execute("SET memory_limit = '1000MB'")
        con.execute(f"SET temp_directory = '{place / 'spill'}'")
        yield con


def _read(con: duckdb.DuckDBPyConnection, path: Path, scratch: Path) -> list[tuple[FileEvidence, str, int]]:
    """Every table of a file, loaded, with its counts held against each other."""
    found = []
    for number, evidence in enumerate(tables(path, scratch)):
        for issue in evidence.issues:
            assert issue.what and (issue.level != "error" or issue.where), issue
        if not evidence.readable:
            assert any(issue.level == "error" for issue in evidence.issues), "not read, and nobody says why"
            continue
        name = f"raw_{number}"
        rows = load(con, evidence, name)
        lines = con.execute(
            f"SELECT count(*), count(DISTINCT _line), min(_line), count(_line) FROM {ident(name)}"
        ).fetchall()
        (counted, different, first, placed) = lines[0]
        assert counted == rows == different == placed, (counted, rows, different, placed)
        assert rows == 0 or first > 0, first
        headers = [column[0] for column in con.execute(f"DESCRIBE {ident(name)}").fetchall()]
        assert headers == [*evidence.header, "_line"], (headers, evidence.header)
        bad = ragged(con, name)
        assert all(line > 0 and reason for line, _, reason in bad), bad[:3]
        both = con.execute(
            f"SELECT count(*) FROM {ident(name)} WHERE _line IN (SELECT line FROM {ident(name + '__ragged')})"
        )
        assert both.fetchall() == [(0,)], "a line is a row and is none"
        found.append((evidence, name, rows + len(bad)))
    return found


def tabled(name: str, wrap: Callable[[bytes], bytes] = bytes) -> Callable[[Path], AbstractContextManager[Run]]:
    """A file of that name is read, or refused with an issue; its rows are counted right."""

    @contextmanager
    def opened(place: Path) -> Iterator[Run]:
        path, scratch = place / name, place / "scratch"
        with _connected(place) as con:

            def run(batch: Sequence[bytes]) -> None:
                for each in batch:
                    path.write_bytes(wrap(each))
                    _read(con, path, scratch)
                    shutil.rmtree(scratch, ignore_errors=True)

            yield run

    return opened


@contextmanager
def guessed(place: Path) -> Iterator[Run]:
    """A table of any columns is understood or not; a mapping that is proposed can be read, and judges every row."""
    path, scratch = place / "export.csv", place / "scratch"
    with _connected(place) as con:

        def run(batch: Sequence[bytes]) -> None:
            for each in batch:
                path.write_bytes(each)
                known = Facts()
                read = _read(con, path, scratch)
                for made, (_, name, rows) in zip(guess([r[:2] for r in read], con, known), read, strict=True):
                    if made.definition is None:
                        assert made.issues, "not understood, and nobody says so"
                        continue
                    assert made.mapping is not None, [str(issue) for issue in made.issues]
                    entity = known.entities[made.mapping.entity]
                    lost = rejects(con, made.mapping, entity, name, "bad", zone="UTC", currency="USD")
                    assert 0 <= lost <= rows, (lost, rows)
                    blank = "reason IS NULL OR reason = '' OR fix IS NULL OR fix = '' OR line IS NULL"
                    assert con.execute(f"SELECT count(*) FROM bad WHERE {blank}").fetchall() == [(0,)]
                shutil.rmtree(scratch, ignore_errors=True)

        yield run


@contextmanager
def imported(place: Path) -> Iterator[Run]:
    """A file goes all the way in or is refused; its rows are accounted for, and a refusal leaves nothing."""

    def run(batch: Sequence[bytes]) -> None:
        for each in batch:
            folder = place / "whole"
            shutil.rmtree(folder, ignore_errors=True)
            made: Book = book(folder)
            path = folder / "deals.csv"
            path.write_bytes(each)
            played = play(made, path)
            assert not played.broke, played.broke
            if played.refused:
                assert not made.empty, made.empty
                assert played.issues, "refused, and nobody says why"
            elif (made.state / "current.json").exists():
                for item in made.manifest():
                    said = item["new"] + item["changed"] + item["unchanged"] + item["rejected"]
                    assert item["read"] == said, item
                blank = [row for row in made.rejected() if not (row["_line"] and row["_reason"] and row["_fix"])]
                assert not blank, blank[:3]

    yield run
