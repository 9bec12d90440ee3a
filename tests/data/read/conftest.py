"""A file read the way an import reads it: every table loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from saleswright.data.read.evidence import FileEvidence
from saleswright.data.read.table import load, ragged
from saleswright.data.read.tables import tables


@dataclass
class Seen:
    """One loaded table."""

    evidence: FileEvidence
    rows: list[tuple[Any, ...]]
    ragged: list[tuple[int, str, str]]

    @property
    def codes(self) -> list[str]:
        return [issue.code for issue in self.evidence.issues]


@pytest.fixture
def read_all(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Callable[[Path], list[Seen]]:
    """read_all(path): every table of the file; what is not readable has no rows."""

    def read(path: Path) -> list[Seen]:
        found = []
        for number, evidence in enumerate(tables(path, tmp_path / "scratch")):
            rows: list[tuple[Any, ...]] = []
            bad: list[tuple[int, str, str]] = []
            if evidence.readable:
                count = load(con, evidence, f"t{number}")
                rows = con.execute(f"FROM t{number} ORDER BY _line").fetchall()
                bad = ragged(con, f"t{number}")
                assert count == len(rows)
            found.append(Seen(evidence, rows, bad))
        return found

    return read


@pytest.fixture
def read_one(read_all: Callable[[Path], list[Seen]]) -> Callable[[Path], Seen]:
    """read_one(path): the only table of the file."""

    def read(path: Path) -> Seen:
        (seen,) = read_all(path)
        return seen

    return read
