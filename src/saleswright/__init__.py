"""Saleswright: sales operations as code. One record of the pipeline, one definition of every number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saleswright.faces.python import Book


def open(folder: str | Path | None = None) -> Book:
    """Open a workspace: `open("my-company").measure("win_rate", by="team").value`."""
    from saleswright.app import build
    from saleswright.faces.python import open_book

    return open_book(build(), folder)


__all__ = ["open"]
