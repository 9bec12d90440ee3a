"""How is a layout asked? It is imported as a person would import it, and every expected figure has a question.

The words of a figure, between bars:

    read [| file]                     rows read of the file, or of the only one
    rejected                          rows given back, over all files
    count deal | stage=Won | @2026-04-30      records that are so at the end of a day (the last one when none is said)
    sum deal.amount | standing=open   money of those records, by currency
    value rate.rate | currency=EUR    the one value they all have
    win_rate | owner=Rep 07 | 2026Q3  a metric, under conditions, in a period
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Note, Report, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.zone import end_of_day
from tests.layouts.company import UNTIL
from tests.layouts.layout import Layout, money

OPERATORS = ("<", ">", "~", "=")


@dataclass(frozen=True)
class Imported:
    """A layout in a workspace, and what its import said."""

    layout: Layout
    folder: Path
    told: Mapping[str, Any]
    """asked: codes of the questions of the first import. data: the report's. files: read and rejected by file. notes:
    the report's sentences."""


def bring_in(layout: Layout, folder: Path) -> dict[str, Any]:
    """Import a layout into a new workspace. A question that the layout has an answer to is answered, once."""
    given = {"folder": str(folder), "from": str(layout.source), "currency": layout.currency}
    try:
        told = _told(build().call(None, "init", given).report)
    except Stop as stop:
        return {"asked": [], "data": {"mapped": {}, "totals": []}, "files": {}, "notes": [], "refused": str(stop)}
    answers = [answer for answer in layout.answers if answer.partition("=")[0] in told["asked"]]
    if answers:
        app = build()
        app.call(app.open_workspace(folder), "import", {"path": str(layout.source), "answer": answers})
    return told


def _told(report: Report) -> dict[str, Any]:
    table = next(b for b in report.blocks if isinstance(b, Table) and b.name == "files")
    names = [c.name for c in table.columns]
    rows = [dict(zip(names, map(str, row), strict=True)) for row in table.rows]
    return {
        "asked": [q["code"] for q in report.data["questions"]],
        "data": dict(report.data),
        "files": {r["file"]: {"read": int(r["read"]), "rejected": int(r["rejected"])} for r in rows},
        "notes": [b.text for b in report.blocks if isinstance(b, Note)],
    }


@dataclass(frozen=True)
class Asking:
    """An opened record that answers one figure after the other."""

    imported: Imported

    @cached_property
    def book(self) -> Book:
        return saleswright.open(self.imported.folder).as_of(UNTIL)

    @cached_property
    def at(self) -> Snapshot:
        return snapshot(self.imported.folder)

    def answer(self, figure: str) -> str:
        """What the product says to one figure."""
        head, *rest = (part.strip() for part in figure.split("|"))
        if head in ("read", "rejected"):
            files = self.imported.told["files"]
            return str(sum(counts[head] for name, counts in files.items() if not rest or name in rest))
        if " " in head:
            return record(self.at, figure)
        return _metric(self.book, head, rest)


def _metric(book: Book, name: str, rest: list[str]) -> str:
    where = [part for part in rest if "=" in part]
    given: dict[str, Any] = {"where": where} if where else {}
    periods = [part for part in rest if "=" not in part]
    given |= {"period": periods[0]} if periods else {}
    code = next((w.partition("=")[2] for w in where if w.startswith("currency=")), "")
    found = (book.currency(code) if code else book).measure(name, **given).figures[0]
    if found.of is not None:
        return f"{found.of[0]} of {found.of[1]}"
    if isinstance(found.value, Money):
        return money({found.value.currency: found.value.decimal})
    return str(found.value) if found.value is not None else f"nothing: {found.reason}"


def snapshot(folder: Path) -> Snapshot:
    """The record of a workspace on the last day."""
    return open_snapshot(build().open_workspace(folder), Ambient(as_of=UNTIL.isoformat()))


def answer_record(folder: Path, figure: str) -> str:
    """What the record of a workspace says to a figure that begins with count, sum or value."""
    at = snapshot(folder)
    try:
        return record(at, figure)
    finally:
        at.close()


def record(at: Snapshot, figure: str) -> str:
    """Ask the published record itself, under the same four comparisons as every figure."""
    head, *rest = (part.strip() for part in figure.split("|"))
    kind, _, what = head.partition(" ")
    entity, _, field = what.partition(".")
    day = next((date.fromisoformat(part[1:]) for part in rest if part.startswith("@")), UNTIL)
    moment = end_of_day(day, "UTC")
    held = f"valid_from <= '{moment}' AND valid_to > '{moment}' AND known_to > '9999-01-01' AND NOT removed"
    held += "".join(f" AND {_test(at, entity, part)}" for part in rest if not part.startswith("@"))
    if kind == "count":
        return str(at.reader.rows(f"SELECT count(DISTINCT id) FROM {entity} WHERE {held}")[0][0])
    if kind == "value":
        values = at.reader.rows(f"SELECT DISTINCT {field} FROM {entity} WHERE {held}")
        return " and ".join(f"{v:.6f}" for (v,) in values) or "nothing"
    currency = "currency" if "currency" in at.schema[entity].by_name else "'?'"
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for code, minor in at.reader.rows(f"SELECT {currency}, sum({field}) FROM {entity} WHERE {held} GROUP BY 1"):
        if minor is not None:
            sums[str(code)] += Decimal(minor) / 100
    return money(sums)


def _test(at: Snapshot, entity: str, part: str) -> str:
    """One condition as SQL. A reference is met by the name of the record, or by what its id ends in."""
    operator = next(o for o in OPERATORS if o in part)
    name, _, value = (p.strip() for p in part.partition(operator))
    known = at.schema[entity].by_name.get(name)  # none for what is worked out, such as the standing
    text = value.replace("'", "''")
    bare = operator != "~" and re.fullmatch(r"[0-9.]+|true|false", text)
    like = f"LIKE '%{text}%'" if operator == "~" else f"{operator} {text if bare else repr(value)}"
    if name == "stage":
        return f"lower(stage) = lower({value!r})"  # a stage in other capitals is the same stage
    if known is None or not known.ref:
        return _personal(entity, name, like) if known and known.personal else f"{name} {like}"
    called = at.schema[known.ref].by_name.get("name")
    ways = [f"array_to_string(string_split({name}, '_')[3:], '_') {like.replace(text, repr(value)) if bare else like}"]
    if called is not None and called.personal:
        ways.append(_personal(known.ref, "name", like, name))
    elif called is not None:
        ways.append(f"{name} IN (SELECT id FROM {known.ref} WHERE name {like})")
    return f"({' OR '.join(ways)})"


def _personal(entity: str, field: str, like: str, column: str = "id") -> str:
    """What is personal is kept in a table of its own."""
    latest = f"SELECT id FROM personal WHERE entity = '{entity}' AND field = '{field}' AND valid_to > '9999-01-01'"
    return f"{column} IN ({latest} AND value {like})"


def plain(name: str) -> str:
    """A column's name without the arrow of a sorted report and without spare spaces."""
    return " ".join(re.sub(r"[↑↓]", " ", name).split())


def mapped(imported: Imported) -> list[tuple[str, str, str, list[str], bool]]:
    """(file, column, truth, fields it was given, is that right?) of every column the layout knows."""
    said = imported.told["data"]["mapped"]
    out = []
    for file, columns in imported.layout.columns.items():
        given = {plain(c): list(f) for c, f in said.get(file, {}).get("columns", {}).items()}
        for column, truth in columns.items():
            fields = given.get(plain(column), [])
            allowed = truth if isinstance(truth, tuple) else (truth,)
            beside = {"id", "type"} if "name" in allowed else {"id"}  # a name may tell the record, or the kind of sale
            right = any((not fields) if t is None else t in fields for t in allowed) and len(set(fields) - beside) < 2
            out.append((file, column, str(truth), fields, right))
    return out
