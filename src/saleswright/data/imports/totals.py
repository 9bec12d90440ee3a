"""Does the file add up to what it prints about itself? Its grand totals against the rows taken and the rows rejected."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from saleswright.data.imports.files import FileRun
from saleswright.data.mapping.facts import skipped_sql
from saleswright.data.read import forms
from saleswright.data.read.sql import clean, ident, text


@dataclass(frozen=True, slots=True)
class Total:
    """One printed sum. `column` is empty for a count of records. `difference` = printed - taken - rejected.

    unreadable: rejected rows without a readable number, which the difference may be. currency: of all the rows' amounts
    when they share one, else empty: then the numbers are added as they are written, as the report did.
    """

    file: str
    label: str
    column: str
    line: int
    printed: Decimal
    taken: Decimal
    rejected: Decimal
    unreadable: int
    rows: int
    currency: str = ""

    @property
    def difference(self) -> Decimal:
        return self.printed - self.taken - self.rejected

    @property
    def words(self) -> str:
        """The check as a sentence."""
        what = "records" if not self.column else f"of {self.column}"
        left = f" + {_shown(self.rejected)} rejected" if self.rejected else ""
        said = f"{self.label} in row {self.line:,}: {_shown(self.printed)} {what}"
        if not self.difference:
            return f"{said} = {_shown(self.taken)} taken{left}."
        unread = f"; {self.unreadable:,} rejected rows hold no readable number" if self.unreadable else ""
        return f"{said}, but the rows make {_shown(self.taken)}{left}: {_shown(self.difference)} apart{unread}."


def _shown(value: Decimal) -> str:
    return f"{value:,.2f}" if value != value.to_integral_value() else f"{value:,.0f}"


def totals(con: duckdb.DuckDBPyConnection, file: FileRun) -> list[Total]:
    """Every sum the file prints, held against its rows. A printed text that is no number is passed over."""
    if file.mapping is None:
        return []
    mark = file.mapping.decimal
    found = []
    for printed in file.evidence.printed:
        value = _number(con, printed.value, mark)
        if value is None:
            continue
        whole = f"(SELECT * FROM {file.table} WHERE NOT {skipped_sql(file.mapping, file.evidence.header)})"
        bad = f"_line IN (SELECT line FROM {file.bad})" if file.rejected else "false"
        if not printed.column:
            row = con.execute(
                f"SELECT count(*) FILTER (WHERE NOT {bad}), count(*) FILTER (WHERE {bad}) FROM {whole}"
            ).fetchone()
            assert row is not None
            taken, rejected, unreadable, rows = Decimal(row[0]), Decimal(row[1]), 0, row[0]
        else:
            amount = forms.decimal_sql("v", mark)
            row = con.execute(
                f"SELECT sum({amount}) FILTER (WHERE NOT bad), sum({amount}) FILTER (WHERE bad),"
                f" count(*) FILTER (WHERE bad AND {amount} IS NULL), count(*) FILTER (WHERE NOT bad)"
                f" FROM (SELECT {clean(ident(printed.column))} AS v, {bad} AS bad FROM {whole})"
            ).fetchone()
            assert row is not None
            taken, rejected, unreadable, rows = Decimal(row[0] or 0), Decimal(row[1] or 0), row[2], row[3]
        found.append(
            Total(file.name, printed.label, printed.column, printed.line, value, taken, rejected, unreadable, rows)
        )
    return found


def _number(con: duckdb.DuckDBPyConnection, written: str, mark: str) -> Decimal | None:
    row = con.execute(f"SELECT {forms.decimal_sql('v', mark)} FROM (SELECT {text(written.strip())} AS v)").fetchone()
    return Decimal(row[0]) if row and row[0] is not None else None
