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
        unread = (
            f"; {self.unreadable:,} rejected {'row holds' if self.unreadable == 1 else 'rows hold'} no readable number"
            if self.unreadable
            else ""
        )
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
            # What is no number to the check of rows is none to the sum: 85k is not 85.
            amount = f"CASE WHEN {forms.number_ok('v', mark)} THEN {forms.decimal_sql('v', mark)} END"
            row = con.execute(
                f"SELECT sum({amount}) FILTER (WHERE NOT bad), sum({amount}) FILTER (WHERE bad),"
                f" count(*) FILTER (WHERE bad AND {amount} IS NULL), count(*) FILTER (WHERE NOT bad)"
                f" FROM (SELECT {clean(ident(printed.column))} AS v, {bad} AS bad FROM {whole})"
            ).fetchone()
            assert row is not None
            taken, rejected, unreadable, rows = Decimal(row[0] or 0), Decimal(row[1] or 0), row[2], row[3]
        currency = _currency(con, file, printed.column)
        found.append(
            Total(
                file.name,
                printed.label,
                printed.column,
                printed.line,
                value,
                taken,
                rejected,
                unreadable,
                rows,
                currency,
            )
        )
    return found


def _currency(con: duckdb.DuckDBPyConnection, file: FileRun, column: str) -> str:
    """The currency that all amounts of the column share, or empty."""
    mapping = file.mapping
    assert mapping is not None
    rule = next((rule for c, rule in mapping.rules if c == column and "amount" in rule.fields), None)
    if rule is None or file.source is None or "currency" not in file.source.sets:
        return ""
    rows = con.execute(
        f"SELECT DISTINCT currency FROM ({file.source.query}) WHERE amount IS NOT NULL LIMIT 2"
    ).fetchall()
    return str(rows[0][0]) if len(rows) == 1 and rows[0][0] else ""


def _number(con: duckdb.DuckDBPyConnection, written: str, mark: str) -> Decimal | None:
    row = con.execute(f"SELECT {forms.decimal_sql('v', mark)} FROM (SELECT {text(written.strip())} AS v)").fetchone()
    return Decimal(row[0]) if row and row[0] is not None else None
