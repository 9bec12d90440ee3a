"""Files as text, guessed together the way an import does it, with what a person answered and chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from saleswright.data.mapping.beside import sources_beside
from saleswright.data.mapping.guess import Facts, guess
from saleswright.data.read.evidence import look
from saleswright.data.read.table import load
from saleswright.history.changes import StageMap


class Drop:
    """Files dropped together. `inbox` asks them, `more` gives what their rows say of others."""

    def __init__(self, inbox: Any) -> None:
        self.inbox = inbox

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inbox, name)

    @property
    def asked(self) -> list[Any]:
        return [question for one in self.inbox.guesses.values() for question in one.questions]

    def body(self, name: str) -> dict[str, Any]:
        return dict(self.inbox.guesses[name].definition.body)

    def codes(self, name: str) -> set[str]:
        return {issue.code for issue in self.inbox.guesses[name].issues}

    def said(self, name: str) -> dict[str, str]:
        return {column.header: column.said for column in self.inbox.guesses[name].columns}

    def more(self, name: str) -> list[Any]:
        one, mapping = self.inbox.guesses[name], self.inbox.mapping(name)
        entities = self.inbox.known.entities
        headers = one.evidence.header
        return sources_beside(
            self.inbox.source(name), mapping, entities, one.table, headers, self.inbox.zone, self.inbox.currency
        )


Dropping = Callable[..., Drop]


@pytest.fixture
def drop(con: duckdb.DuckDBPyConnection, tmp_path: Path, inbox: Any) -> Dropping:
    """drop({"deals.csv": text}, answers=..., choices=..., currency=..., stages=...): the files guessed together."""
    kind = type(inbox([]))

    def read(files: Mapping[str, str], currency: str = "USD", stages: StageMap | None = None, **facts: Any) -> Drop:
        known = Facts(currency=currency, stages=stages or StageMap(), **facts)
        loaded = []
        for number, (name, content) in enumerate(files.items()):
            path = tmp_path / name
            path.write_text(content, encoding="utf-8")
            evidence = look(path)
            assert evidence.readable, [str(issue) for issue in evidence.issues]
            load(con, evidence, f"drop_{number}")
            loaded.append((evidence, f"drop_{number}"))
        found = guess(loaded, con, known)
        return Drop(kind(con, known, {one.evidence.path.name: one for one in found}, "UTC", currency))

    return read
