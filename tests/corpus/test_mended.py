"""Rejected rows, mended in the file they were given back in and imported, change themselves and nothing else."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NIGHTLY
from tests.corpus.case import Case, Imported
from tests.corpus.play import Book, book, play, write

MODULES = ("dates", "money", "ids", "texts", "headers", "dialects", "workbooks", "others")
SAMPLE = 6 if NIGHTLY else 2
"""Of every group, so many cases that say how their rows are mended."""


def _cases() -> list[Case]:
    found: list[Case] = []
    for name in MODULES:
        mended = [c for c in import_module(f"tests.corpus.{name}").CASES if c.mend]
        found += mended[:: max(1, len(mended) // SAMPLE)]
    return found


CASES = _cases()


def _versions(made: Book) -> dict[str, list[tuple[Any, ...]]]:
    """Every stored version of every deal."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in made.ask("SELECT * FROM deal ORDER BY id, seq, valid_from, known_from"):
        found.setdefault(str(row[0]), []).append(row)
    return found


def _as_they_were(path: Path, given: list[dict[str, str]]) -> None:
    """Every cell of a rejected row is in the file that gives it back, also where the row did not fit the header."""
    lines = path.read_text(encoding="utf-8").split("\n")
    for row in given:
        whole = lines[int(row["_line"]) - 1]
        shown = " ".join(value for name, value in row.items() if value and not name.startswith("_"))
        for word in (w.strip('" ') for w in whole.split(",")):
            if word and '"' not in word:
                assert word in shown, (word, shown)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_only_those_rows_are_touched(case: Case, place: Path) -> None:
    assert isinstance(case.expect, Imported)
    made = book(place, case.currency)
    path = write(case, place)
    first = play(made, path)
    assert not first.broke and first.code == 3, (first.broke, first.said[:600])
    before, given = _versions(made), made.rejected()
    if path.suffix == ".csv":
        _as_they_were(path, given)
    assert {int(row["_line"]) for row in given} == set(case.mend)

    mended = place / "rejected.csv"
    with mended.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(given[0]))
        writer.writeheader()
        for row in given:
            writer.writerow(row | case.mend[int(row["_line"])])
    second = play(made, mended)
    assert not second.broke and not second.refused and second.code == 0, (second.broke, second.said[:800])
    assert second.changed == len(given)
    (item,) = made.manifest(2)
    assert (item["read"], item["rejected"]) == (len(given), 0)

    after = _versions(made)
    touched = {key for key in after if after[key] != before.get(key)}
    assert before.keys() <= after.keys()
    assert len(touched) == len(given), sorted(touched)
    assert case.expect.deals is None or len(made.deals()) == case.expect.deals + len(touched - before.keys())
    assert play(made, mended).changed == 0
