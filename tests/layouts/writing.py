"""How is a file written in the form its vendor gives it? Text in any encoding and dialect, dates and numbers by country."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

Row = Sequence[object]


def text(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    quoting: int = csv.QUOTE_MINIMAL,
    footer: Sequence[Sequence[str]] = (),
    newline: str = "\n",
) -> Path:
    """Write a table as delimited text; None is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=newline)
        writer.writerow(header)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
        for line in footer:
            writer.writerow(line)
    return path


def quoted(path: Path, header: Sequence[str], rows: Iterable[Row], **form: object) -> Path:
    """The same with every cell in quotes."""
    return text(path, header, rows, quoting=csv.QUOTE_ALL, **form)  # type: ignore[arg-type]


def mdy(day: date | None) -> str:
    """9/3/2026, as in the United States."""
    return f"{day.month}/{day.day}/{day.year}" if day else ""


def dmy(day: date | None) -> str:
    """03/09/2026, as in Britain and France."""
    return f"{day:%d/%m/%Y}" if day else ""


def dotted(day: date | None) -> str:
    """03.09.2026, as in Germany."""
    return f"{day:%d.%m.%Y}" if day else ""


def iso(day: date | None) -> str:
    """2026-09-03."""
    return f"{day:%Y-%m-%d}" if day else ""


def stamp(at: datetime | None) -> str:
    """2026-09-03T14:03:11.000Z, as the Salesforce API writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z" if at else ""


def spaced(at: datetime | None) -> str:
    """2026-09-03 14:03:11, as warehouses write it."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def minute(at: datetime | None) -> str:
    """2026-09-03 14:03, as HubSpot exports write it."""
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def point(amount: int | None) -> str:
    """1250.00."""
    return "" if amount is None else f"{amount}.00"


def comma(amount: int | None) -> str:
    """1250,00."""
    return "" if amount is None else f"{amount},00"


def grouped(amount: int | None, sign: str = "") -> str:
    """1,250.00, with a currency sign before it where one is given."""
    return "" if amount is None else f"{sign}{amount:,}.00"


Dated = Callable[[date | None], str]
Amounted = Callable[[int | None], str]
