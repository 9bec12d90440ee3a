"""What is a bad file, and what should become of it? A case writes its file by script and says the outcome beforehand."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from tests.conftest import NIGHTLY

Rows = Sequence[Sequence[str]]

HEADER = ("Deal ID", "Deal Name", "Account", "Owner", "Stage", "Amount", "Currency", "Created", "Close Date")
DEALS = (
    ("D1", "Alpha", "Acme", "Ann Lee", "Won", "100.00", "USD", "2026-01-05", "2026-02-13"),
    ("D2", "Beta", "Globex", "Bo Ray", "Won", "250.50", "USD", "2026-01-16", "2026-02-27"),
    ("D3", "Gamma", "Initech", "Ann Lee", "Lost", "75.25", "USD", "2026-01-17", "2026-03-15"),
    ("D4", "Delta", "Umbrella", "Cy Moe", "Proposal", "1000.00", "USD", "2026-02-18", "2026-12-20"),
    ("D5", "Epsilon", "Acme", "Bo Ray", "Qualification", "40.00", "USD", "2026-03-19", "2026-12-31"),
    ("D6", "Zeta", "Hooli", "Cy Moe", "Lost", "60.00", "USD", "2026-03-20", "2026-05-21"),
)
WON = {"USD": 35050}
"""Won value of those six in minor units."""


@dataclass(frozen=True)
class Imported:
    """Rows came in. `read` counts the rows of all files; `rejected` names every line that did not (line, column, words
    of the reason as a pattern); an empty column stands for the whole row, which may name any column or none in it.

    `won` is the won value by currency in minor units, `cells` what single deals hold now, by their key in the file.
    `warns` are patterns of warnings or questions that must be said, `notes` of anything said, `health` of what the
    check of the data must find. `quiet` wants no warning at all.
    """

    read: int = 6
    rejected: tuple[tuple[int, str, str], ...] = ()
    won: Mapping[str, int] | None = None
    cells: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    deals: int | None = None
    accounts: int | None = None
    quiet: bool = False


@dataclass(frozen=True)
class Refused:
    """Nothing came in, nothing was left behind, and what was said holds these patterns."""

    says: tuple[str, ...]


@dataclass(frozen=True)
class Case:
    """A named bad file. `alone` runs it in a process of its own with its memory watched. `either` is a second outcome
    a person would be as content with. `slow` keeps it for the long
    version. `mend` are the cells, by line, that make rejected rows good."""

    name: str
    write: Callable[[Path], Path]
    expect: Imported | Refused
    either: Imported | Refused | None = None
    alone: bool = False
    currency: str = "USD"
    mend: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    slow: bool = False


GOOD = Imported(won=WON, deals=6, cells={"D2": {"name": "Beta", "account": "Globex", "amount": 25050}})
"""All six as they are."""


def chosen(cases: Sequence[Case]) -> list[Case]:
    """The cases of this run: in the long version all of them, else two in five, by their names."""
    return [case for case in cases if NIGHTLY or (not case.slow and crc32(case.name.encode()) % 5 < 2)]


def deals(changes: Mapping[str, Mapping[str, str]] | None = None) -> list[list[str]]:
    """The six deals, some cells changed: {"D2": {"Amount": "abc"}}."""
    rows = [list(row) for row in DEALS]
    for key, cells in (changes or {}).items():
        row = next(row for row in rows if row[0] == key)
        for column, value in cells.items():
            row[HEADER.index(column)] = value
    return rows


def whole(key: str, **cells: str) -> dict[str, str]:
    """All cells of one of the six deals, by column."""
    row = next(row for row in DEALS if row[0] == key)
    return dict(zip(HEADER, row, strict=True)) | cells


def column(name: str, values: Iterable[str]) -> list[list[str]]:
    """The six deals with the values of one column, in order."""
    return deals({row[0]: {name: value} for row, value in zip(DEALS, values, strict=True)})


def table(rows: Rows, header: Sequence[str] | None = HEADER, delimiter: str = ",", end: str = "\n") -> str:
    """The rows as CSV text, quoted where needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    for row in [*([header] if header else []), *rows]:
        # The csv module leaves a lone return unquoted.
        quoted = any("\r" in cell for cell in row)
        if quoted:
            out.write(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + end)
        else:
            writer.writerow(row)
    return out.getvalue()


def many(number: int, names: Sequence[str] = ("Alpha",), accounts: Sequence[str] = ("Acme",)) -> list[list[str]]:
    """That many deals: one in four is won, one lost, the others open; names, accounts and amounts in turn."""
    rows = []
    for n in range(number):
        stage = ("Won", "Lost", "Proposal", "Qualification")[n % 4]
        name, account = f"{names[n % len(names)]} {n}", accounts[n % len(accounts)]
        created, closed = f"2026-{1 + n % 3:02}-{13 + n % 15:02}", f"2026-{5 + n % 5:02}-{13 + n % 16:02}"
        rows.append([f"D{n + 1}", name, account, f"Rep {n % 5}", stage, f"{amount(n)}.00", "USD", created, closed])
    return rows


def amount(n: int) -> int:
    """The amount of the deal at place n of `many`."""
    return 100 + n % 23


def won_of(number: int, *without: int) -> dict[str, int]:
    """The won value of `many`, without the deals at some places."""
    return {"USD": sum(100 * amount(n) for n in range(0, number, 4) if n not in without)}


def file(content: str | bytes, name: str = "deals.csv") -> Callable[[Path], Path]:
    """Write one file."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return write


def files(contents: Mapping[str, str | bytes]) -> Callable[[Path], Path]:
    """Write a folder of files."""

    def write(folder: Path) -> Path:
        place = folder / "exports"
        place.mkdir()
        for name, content in contents.items():
            file(content, name)(place)
        return place

    return write


def case(
    name: str, content: str | bytes, expect: Imported | Refused = GOOD, called: str = "deals.csv", **more: Any
) -> Case:
    """A case of one file with this content."""
    return Case(name, file(content, called), expect, **more)
