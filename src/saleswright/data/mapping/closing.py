"""Which date is the close? Told by where it is empty: on open deals, on closed ones, on neither."""

from __future__ import annotations

from typing import Any

import duckdb

from saleswright.data.mapping.proposal import Facts, Guess, column_of, name_of
from saleswright.data.mapping.typed import standings
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue


def closing(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], known: Facts) -> list[Issue]:
    """Which date the close date is, told by where it is empty."""
    stage, close = column_of(body, "stage"), column_of(body, "close")
    only = column_of(body, "expected_close") if not close and not column_of(body, "closed") else ""
    if not stage or not (close or only) or stage not in start.evidence.header:
        return []
    filled = con.execute(
        f"SELECT {clean(ident(stage))} AS s, count(*), count({clean(ident(close or only))}) FROM {ident(start.table)} "
        "GROUP BY s HAVING s IS NOT NULL"
    ).fetchall()
    where = standings([(str(s), int(n)) for s, n, _ in filled], start, known)
    n = {True: [0, 0], False: [0, 0]}
    for s, rows, dates in filled:
        is_open = where.get(str(s), "open") == "open"
        n[is_open][0] += rows
        n[is_open][1] += dates
    (open_rows, open_dates), (over_rows, over_dates) = n[True], n[False]
    if only:
        return _only_date(start, body, only, over_rows, over_dates)
    if open_rows and not open_dates and over_dates:
        what = (
            f"{close} is empty on all {open_rows:,} open deals and set on {over_dates:,} of {over_rows:,} closed ones"
        )
        why = "it is the day of the decision; open deals have no expected close"
    elif open_rows:
        what = (
            f"{close} is set on {open_dates:,} of {open_rows:,} open and {over_dates:,} of {over_rows:,} closed deals"
        )
        why = "on open deals it is the expected close, on closed ones the day of the decision"
    else:
        return []
    return [Issue(name_of(start.evidence), what, why, level="note", code="close_meaning")]


def _only_date(start: Guess, body: dict[str, Any], column: str, rows: int, dates: int) -> list[Issue]:
    """An expected date that closed deals have as well, in a list without another, is the day they were decided."""
    if not rows or dates < rows * 0.5:
        return []
    given = body["columns"][column]
    body["columns"][column] = {**given, "field": "close"} if isinstance(given, dict) else "close"
    what = f"{column}: the only date of closing, set on {dates:,} of {rows:,} closed deals"
    why = "on closed deals it is taken for the day of the decision"
    return [Issue(name_of(start.evidence), what, why, level="note", code="close_meaning")]
