"""Which tables only explain others? Stages and pipelines under their ids, links between records, and what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from saleswright.data.mapping.headers import find, plain
from saleswright.data.mapping.proposal import Guess, name_of
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue


@dataclass
class Labels:
    """The labels behind the ids of stages and pipelines, and where each stage stands, as tables of the source tell. `written`:
    the stages that the lists of deals name themselves, by their small letters."""

    stages: dict[str, str] = field(default_factory=dict)
    pipelines: dict[str, str] = field(default_factory=dict)
    standings: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)


def labels(con: duckdb.DuckDBPyConnection, starts: Sequence[Guess]) -> Labels:
    """Read the tables of stages and pipelines among the files; `tables` says of each what it was used for."""
    found = Labels()
    for start in starts:
        headers = start.evidence.header
        if any(h for h in headers if plain(h).startswith("ticket")):
            continue
        label = find(
            headers, ["label", "stage label", "pipeline label", "stage name", "name", "master label", "api name"]
        )
        stage = find(headers, ["stage id", "deal stage id", "id"])
        flags = find(headers, ["closed won", "is won", "won", "iswon"]) or find(
            headers, ["probability", "deal probability"]
        )
        closed = find(headers, ["is closed", "closed", "isclosed"])
        ordered = find(headers, ["display order", "sort order", "order nr", "position", "order"])
        if (
            label
            and (flags or closed)
            and (ordered or "label" in plain(label))
            and not find(headers, ["amount", "value"])
        ):
            _stages(con, start, found, stage or label, label, closed)
        elif (
            label and find(headers, ["pipeline id"]) and len(headers) <= 12 and not find(headers, ["amount", "deal id"])
        ):
            pipeline = find(headers, ["pipeline id"])
            for key, words in _pairs(con, start.table, [pipeline, label]):
                found.pipelines[str(key)] = str(words)
            found.tables[start.table] = "labels of pipelines"
    return found


def _stages(con: duckdb.DuckDBPyConnection, start: Guess, found: Labels, stage: str, label: str, closed: str) -> None:
    headers = start.evidence.header
    won = find(headers, ["closed won", "is won", "won", "iswon"])
    chance = find(headers, ["probability", "deal probability", "default probability"])
    columns = [stage, label, won or label, closed or label, chance or label]
    for key, words, is_won, is_closed, probability in _pairs(con, start.table, columns):
        words = str(words)
        if key is not None and words:
            found.stages[str(key)] = words
        yes = {"true", "t", "yes", "1", "y"}
        over = closed and str(is_closed).casefold() in yes
        likely = _number(probability) if chance else None
        if (won and str(is_won).casefold() in yes) or (not won and over and likely and likely >= 1):
            found.standings[words] = "won"
        elif over:
            found.standings[words] = "lost"
        elif closed or won:
            found.standings[words] = "open"
    found.tables[start.table] = "the labels of stages, and which of them are won and lost"


def _pairs(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> list[tuple[object, ...]]:
    cells = ", ".join(clean(ident(c)) for c in columns)
    rows = con.execute(f"SELECT {cells} FROM {ident(table)}").fetchall()
    return [row for row in rows if row[0] is not None and row[1] is not None]


def _number(value: object) -> float | None:
    try:
        number = float(str(value).rstrip("%"))
    except ValueError:
        return None
    return number / 100 if number > 1 else number


def used_issue(start: Guess, use: str) -> Issue:
    """A note that a table was used to read the others."""
    return Issue(name_of(start.evidence), f"not records: it gives {use}", level="note", code="lookup")
