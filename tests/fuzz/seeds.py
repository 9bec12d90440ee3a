"""From which good and bad inputs does each target start? The corpus, and the words each parser knows."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable
from pathlib import Path

from saleswright.data.mapping.headers import synonyms
from tests.corpus import dates as dated
from tests.corpus import dialects, encodings, headers, hostile, ids, money, others, workbooks
from tests.corpus import texts as worded
from tests.corpus.case import DEALS, HEADER, Case, table
from tests.corpus.sheets import SHEET, grid
from tests.corpus.sheets import packed as book_of

SMALL = 30_000


def _contents(cases: Iterable[Case], place: Path, endings: tuple[str, ...]) -> list[bytes]:
    """The bytes of every small file that cases write."""
    found = []
    for number, case in enumerate(cases):
        folder = place / f"seed-{number}"
        folder.mkdir(parents=True)
        path = case.write(folder)
        if path.is_file() and path.name.endswith(endings) and path.stat().st_size < SMALL:
            found.append(path.read_bytes())
    return found


def texts(place: Path) -> list[bytes]:
    """Text tables of every kind."""
    modules = (encodings, dialects, headers, dated, money, ids)
    small = [case for module in modules for case in module.CASES if not case.alone][::2]
    small += [case for case in worded.CASES if case not in worded.SIZES]
    return _contents(small, place / "texts", (".csv", ".tsv", ".txt"))


def packed(place: Path) -> list[bytes]:
    """Packed text."""
    return _contents((c for c in others.PACKED if not c.alone), place / "packed", (".gz",))


def books(place: Path) -> list[bytes]:
    """Whole workbooks."""
    cases = [c for c in workbooks.CASES if "20000" not in c.name and "300" not in c.name][::4]
    return _contents([*cases, *(c for c in hostile.CASES if not c.alone)], place / "books", (".xlsx", ".xlsm"))


def sheets(place: Path) -> list[bytes]:
    """The text of a sheet, to be put into a workbook after it was changed."""
    return [grid([HEADER, *DEALS]).encode(), grid([HEADER, *DEALS], "A1:I7").encode(), _typed_sheet()]


def _typed_sheet() -> bytes:
    with zipfile.ZipFile(io.BytesIO(_written_book())) as made:
        return made.read(SHEET)


def _written_book() -> bytes:
    from tests.corpus.sheets import plain

    return plain()


def in_workbook(sheet: bytes) -> bytes:
    """A workbook around the text of a sheet."""
    return book_of({SHEET: sheet})


def parquets(place: Path) -> list[bytes]:
    """Parquet files."""
    folder = place / "parquets"
    folder.mkdir(parents=True)
    return [
        content
        for number, case in enumerate(others.PARQUET)
        for content in _contents([case], folder / str(number) / "in", (".parquet",))
    ]


def tables(place: Path) -> list[bytes]:
    """Tables with random columns out of all names that are known, and values of all kinds."""
    chance = random.Random(7)
    known = [
        str(name)
        for entity in synonyms()["entities"].values()
        for names in entity.get("fields", {}).values()
        for name in names
    ]
    known += [str(name) for names in synonyms()["common"].values() for name in names]
    pools = (
        ["2026-01-05", "2026-02-13", "2026-03-31"], ["13/02/2026", "05/06/2026"], ["1.234,56", "99,00"], ["100", "2,500.00"],
        ["Won", "Lost", "Proposal"], ["USD", "EUR"], ["true", "false"], ["ann@example.com", "bo@example.com"], ["", " "],
        [str(n) for n in range(40)], [f"Name {n}" for n in range(40)], ["50%", "10%"], ["$5", "€6"], ["x" * 300], ["=1+1"],
        ["Duplicate", "Renewal"], ["2026-01-05T10:00:00Z"], ["1767225600"], ["Jan 2026", "Feb 2026"], ["Total", "Subtotal"],
    )  # fmt: skip
    found = []
    for _ in range(120):
        width = chance.choice((2, 4, 6, 9, 14))
        header = [chance.choice(known).title() for _ in range(width)]
        columns = [chance.choice(pools) for _ in range(width)]
        rows = [[chance.choice(pool) for pool in columns] for _ in range(chance.choice((1, 3, 20)))]
        found.append(table(rows, header).encode())
    return found


def dates(place: Path) -> list[bytes]:
    """Texts of dates and instants in all forms, and texts that are nearly one."""
    days = ("5/1/2026", "31.12.26", "13-02-2026", "2026-02-13", "2026/2/3", "2026.02.13", "13 Feb 2026", "Feb 13, 2026",
            "1. März 2026", "2026-02", "1767225600", "1767225600000", "29-02-2024", "30/02/2026", "0001-01-01")  # fmt: skip
    clocks = (
        "",
        " 10:00",
        "T10:00:00Z",
        " 10:00:00.123 PM",
        ", 3:04 am",
        "T23:59:60+05:30",
        " 24:00:00",
        "T10:00:00.5-0800",
    )
    return [f"{day}{clock}".encode() for day in days for clock in clocks]


def numbers(place: Path) -> list[bytes]:
    """Texts of numbers in all forms, and texts that are nearly one."""
    bare = ("1234.56", "1,234.56", "1.234,56", "1 234,56", "12,34,567.89", "1'234.50", ".5", "5.", "1e5", "1.5E-3", "0", "007",
            "99999999999999999999", "0.00001", "1,23", "1.234.567")  # fmt: skip
    around = (
        "{}",
        "-{}",
        "({})",
        "{}-",
        "−{}",
        "+{}",
        "$ {}",
        "{} €",
        "USD {}",
        "{} EUR",
        "US${}",
        "{}%",
        "kr {}",
        "R$ -{}",
    )
    return [form.format(number).encode() for number in bare for form in around]


def mappings(place: Path) -> list[bytes]:
    """Text of mappings as they are proposed and as people change them."""
    return [text.encode() for text in _MAPPINGS]


_MAPPINGS = (
    """kind: mapping
name: deals
file: deals.csv
entity: deal
layout: rows
source: crm
ids: salesforce
read: {encoding: utf-8, delimiter: ",", dates: dmy, decimal: ",", zone: Europe/Berlin}
fixed: [created, closed]
full: true
columns:
  Deal ID: id
  Deal Name: name
  Amount: {field: amount, decimal: ",", currency: EUR, unit: minor}
  Stage: {field: stage, only: ["deal_*"], values: {won: Won}}
  Who: [{field: contact, only: ["003*"]}, {field: lead, only: ["00Q*"]}]
  Extra: null
repairs:
  Account: {Acme: ACME}
defaults: {currency: USD}
deleted: Is Deleted
""",
    """- kind: mapping
  name: changes
  entity: deal
  layout: fields
  at: Changed
  field: Field
  value: New
  old: Old
  names: {Stage: stage, Amount: amount}
  columns: {Opportunity ID: id}
- kind: mapping
  name: log
  entity: deal
  layout: events
  at: When
  columns: {Deal: id, Activity: stage}
""",
    """kind: mapping
name: plan
entity: plan_line
key: [name, starts]
columns:
  Month: {field: starts, dates: d-mon-y}
  New: {field: amount, with: {name: New}}
  Renewal: {field: amount, with: {name: Renewal}}
  Share: {fields: [name, starts], percent: true}
skip: {Deal: ["Total*"]}
entered: {Date entered Won: Won}
from: 2026-01-01
to: 2027-01-01
""",
)
