"""Files on their way in: looked at, loaded, guessed, checked and projected, the way an import does it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from saleswright.data.mapping.guess import Facts, Guess, guess
from saleswright.data.mapping.model import Mapping, read_mapping
from saleswright.data.mapping.project import project
from saleswright.data.mapping.rejects import rejects
from saleswright.data.mapping.repairs import Repair, known_keys, near_misses
from saleswright.data.read.evidence import FileEvidence, look
from saleswright.data.read.table import load
from saleswright.history.changes import Source, StageMap
from saleswright.kernel.call import App
from saleswright.kernel.definition import Definition
from saleswright.kernel.journal import let_go
from saleswright.kernel.workspace import Workspace
from tests.data.keeping import made_once
from tests.workspaces import copied

IMPORTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).replace(tzinfo=None)
Con = duckdb.DuckDBPyConnection


@pytest.fixture
def con() -> Iterator[Con]:
    """A database in memory."""
    with duckdb.connect() as connection:
        yield connection


@dataclass
class Inbox:
    """Loaded files by name, with everything an import asks of them."""

    con: Con
    known: Facts
    guesses: dict[str, Guess] = field(default_factory=dict)
    zone: str = "UTC"
    currency: str = "USD"

    def mapping(self, name: str) -> Mapping:
        found = self.guesses[name].mapping
        assert found is not None, [str(issue) for issue in self.guesses[name].issues]
        return found

    def edited(self, name: str, change: Callable[[dict[str, Any]], None]) -> Mapping:
        """The proposal after a person edited its YAML."""
        definition = self.guesses[name].definition
        assert definition is not None
        body: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(definition.body)))
        change(body)
        mapping, issues = read_mapping(Definition("mapping", definition.name, body), self.known.entities)
        assert mapping is not None, [str(issue) for issue in issues]
        return mapping

    def repairs(self, name: str) -> list[Repair]:
        targets: dict[str, list[str]] = {}
        for one in self.guesses.values():
            if one.mapping:
                entity = self.known.entities[one.mapping.entity]
                targets.setdefault(entity.name, []).extend(known_keys(self.con, one.mapping, entity, one.table))
        mapping = self.mapping(name)
        return near_misses(self.con, mapping, self.known.entities[mapping.entity], self.guesses[name].table, targets)

    def rejected(self, name: str, mapping: Mapping | None = None) -> list[tuple[Any, ...]]:
        mapping = mapping or self.mapping(name)
        entity, table = self.known.entities[mapping.entity], self.guesses[name].table
        rejects(self.con, mapping, entity, table, "bad", zone=self.zone, currency=self.currency)
        return self.con.execute('SELECT line, "column", value, reason, fix FROM bad ORDER BY ALL').fetchall()

    def source(self, name: str, mapping: Mapping | None = None) -> Source:
        mapping = mapping or self.mapping(name)
        return project(
            mapping,
            self.known.entities[mapping.entity],
            self.guesses[name].table,
            headers=self.guesses[name].evidence.header,
            run_id=1,
            number=0,
            imported_at=IMPORTED,
            zone=self.zone,
            currency=self.currency,
            stages=self.known.stages,
        )

    def facts(self, name: str, query: str, mapping: Mapping | None = None) -> list[tuple[Any, ...]]:
        """Ask the projected facts: {facts} stands for their query."""
        return self.con.execute(query.replace("{facts}", f"({self.source(name, mapping).query})")).fetchall()


Reader = Callable[..., Inbox]


@pytest.fixture
def inbox(con: Con) -> Reader:
    """inbox(paths, zone=..., currency=..., stages=...): the files loaded and guessed together."""

    def read(paths: list[Path], zone: str = "UTC", currency: str = "USD", stages: StageMap | None = None) -> Inbox:
        known = Facts(currency=currency, stages=stages or StageMap())
        files: list[tuple[FileEvidence, str]] = []
        for number, path in enumerate(paths):
            evidence = look(path)
            assert evidence.readable, [str(issue) for issue in evidence.issues]
            load(con, evidence, f"file_{number}")
            files.append((evidence, f"file_{number}"))
        found = guess(files, con, known)
        return Inbox(con, known, {one.evidence.path.name: one for one in found}, zone, currency)

    return read


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """csv_file("deals.csv", text or bytes): the file's path."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def planted(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[tuple[App, Workspace, Path]]:
    """A copy of the garden of canaries: (app, the workspace, the folder of its exports)."""
    base = tmp_path_factory.getbasetemp()
    app, folder = made_once(base.parent if base.name.startswith("popen-") else base)
    root = tmp_path / "book"
    copied(folder / "book", root)
    workspace = app.open_workspace(root)
    yield app, workspace, folder / "files"
    let_go(workspace)
