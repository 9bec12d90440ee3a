"""What does somebody else's spreadsheet hold? Its rows with typed cells, and what each column is taken for by its name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from saleswright.lib.issue import Issue

Kind = Literal["number", "date", "text"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of their file: the line it stands on and its typed cells by header; an unreadable cell has no value.

    raw: the text of every filled cell as it was written. turned: its days with day and month the other way round, where
    a column can be read both ways.
    """

    line: int
    raw: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, Decimal] = field(default_factory=dict)
    days: dict[str, date] = field(default_factory=dict)
    turned: dict[str, date] = field(default_factory=dict)

    def text(self, header: str) -> str:
        """The cell as text, empty when it holds nothing."""
        return self.raw.get(header, "")


@dataclass(frozen=True)
class Sheet:
    """A table of their file. `roles` says which header was taken for which field of a deal, by its name alone.

    printed: sums the file prints itself by column. said: what stands above and below the table, and its file's name.
    totals: labels of rows that add others up, left out of the rows.
    short: columns of amounts written as 11.6k or 1.2M, read as whole amounts.
    """

    name: str
    headers: tuple[str, ...]
    kinds: dict[str, Kind]
    roles: dict[str, str]
    rows: tuple[Row, ...]
    said: tuple[str, ...] = ()
    printed: dict[str, Decimal] = field(default_factory=dict)
    totals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    short: tuple[str, ...] = ()

    def of(self, kind: Kind) -> list[str]:
        """The headers of a kind."""
        return [header for header in self.headers if self.kinds.get(header) == kind]

    def role(self, *fields: str) -> str:
        """The header taken for the first of these fields that the sheet has; empty for none."""
        return next((self.roles[name] for name in fields if name in self.roles), "")
