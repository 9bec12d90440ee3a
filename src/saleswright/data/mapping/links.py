"""Which tables join others: companies of deals, deals that were merged? What they say becomes part of the deals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import duckdb

from saleswright.data.mapping.headers import find
from saleswright.data.mapping.proposal import Facts, Guess, column_of, first_lines, name_of
from saleswright.data.mapping.rule import exact
from saleswright.data.read.sql import clean, ident
from saleswright.lib.issue import Issue

Body = dict[str, Any]
Found = list[tuple[Guess, Body]]
_PRIMARY = ("5", "primary", "deal_to_company", "true")
_MOST = 500  # merged deals that are written into a mapping


def linked(con: duckdb.DuckDBPyConnection, found: Found, known: Facts) -> Found:
    """The files with what their links say: an account for each deal, and merged deals that no longer count."""
    deals = next(((s, b) for s, b in found if b and b["entity"] == "deal" and b["layout"] == "rows"), None)
    if deals is None:
        return found
    done: Found = []
    for start, body in found:
        if not body and start.evidence.header:
            start, body = _companies(con, start, deals, known) or _merged(con, start, deals) or (start, body)
        done.append((start, body))
    return done


def _companies(
    con: duckdb.DuckDBPyConnection, start: Guess, deals: tuple[Guess, Body], known: Facts
) -> tuple[Guess, Body] | None:
    headers = start.evidence.header
    deal, company = find(headers, ["deal id", "from deal id"]), find(headers, ["company id", "to company id"])
    if not deal or not company or len(headers) > 8 or column_of(deals[1], "account"):
        return None
    d, own = clean(ident(deal)), clean(ident(column_of(deals[1], "id") or deal))
    ids = f"SELECT {own} FROM {ident(deals[0].table)}"
    query = f"SELECT count(*), count(*) FILTER (WHERE {d} IN ({ids})), count(DISTINCT {d}) FROM {ident(start.table)}"
    rows, there, different = con.execute(query).fetchall()[0]
    if not rows or there < rows * 0.9:
        return None
    body: Body = {**first_lines(start, "deal", "rows", known), "columns": dict.fromkeys(headers)}
    body["columns"] |= {deal: "id", company: "account"}
    if different < rows:
        kind = find(headers, ["type id", "association type id", "label", "association label", "is primary"])
        others = _others(con, start, deal, kind) if kind else []
        if not others:
            return None
        body["skip"] = {kind: exact(others)}
    said = f"the company of {different:,} deals"
    return _known(replace(start, score=5.0, said=said)), body


def _others(con: duckdb.DuckDBPyConnection, start: Guess, deal: str, kind: str) -> list[str]:
    """The kinds of link besides that of a deal to its first company, when that is one for each deal."""
    d, k = clean(ident(deal)), clean(ident(kind))
    rows = con.execute(f"SELECT {k}, count(*), count(DISTINCT {d}) FROM {ident(start.table)} GROUP BY 1").fetchall()
    first = next((v for v, n, ids in rows if v and str(v).casefold() in _PRIMARY and n == ids), None)
    return [str(v) for v, _, _ in rows if v is not None and v != first] if first else []


def _merged(con: duckdb.DuckDBPyConnection, start: Guess, deals: tuple[Guess, Body]) -> tuple[Guess, Body] | None:
    merged = find(start.evidence.header, ["merged deal id", "merged id"])
    own = column_of(deals[1], "id")
    if not merged or not own or not find(start.evidence.header, ["deal id"]):
        return None
    m, d = clean(ident(merged)), clean(ident(own))
    query = f"SELECT DISTINCT {m} FROM {ident(start.table)} WHERE {m} IN (SELECT {d} FROM {ident(deals[0].table)})"
    gone = sorted(str(v) for (v,) in con.execute(query).fetchall())
    if gone and len(gone) <= _MOST:
        skip = deals[1].setdefault("skip", {})
        skip[own] = [*skip.get(own, []), *exact(gone)]
    what = (
        f"not records: it says which deals were merged; {len(gone):,} of them are still in the list and left out there"
    )
    issue = Issue(name_of(start.evidence), what, level="note", code="lookup")
    return replace(_known(start), issues=(*_known(start).issues, issue)), {}


def _known(start: Guess) -> Guess:
    """Without the words about a file that nobody knows."""
    return replace(start, issues=tuple(i for i in start.issues if i.code not in ("not_recognised", "no_id_column")))
