"""A small company with schedules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workspaces import book, copied


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("calendar")
    export = place / "export"
    export.mkdir()
    rows = [f"{i},Deal {i},{'Won' if i % 3 else 'Lost'},2026-01-05,2026-02-10,{100 + i},Rep {i % 2}" for i in range(12)]
    (export / "deals.csv").write_text("\n".join(["id,name,stage,qualified,closed,amount,owner", *rows]) + "\n", "utf-8")
    folder = place / "company"
    book(export)(folder)
    return folder


@pytest.fixture
def company(made: Path, tmp_path: Path) -> Callable[[str], Path]:
    """`company(yaml)`: a copy of the company with these definitions."""

    def make(text: str) -> Path:
        folder = tmp_path / "company"
        if not folder.exists():
            copied(made, folder)
            for file in (folder / ".saleswright").glob("journal.sqlite*"):
                file.unlink()
        (folder / "definitions/schedules.yaml").write_text(text, encoding="utf-8")
        return folder

    return make
