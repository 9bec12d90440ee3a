"""What is a file of records? Told by which columns it has, never by its name alone, and by what identifies a row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import duckdb

from saleswright.data.mapping.headers import Known, find, match, plain, synonyms
from saleswright.data.mapping.proposal import Facts, Guess, name_of, unique
from saleswright.data.read.sql import clean, ident
from saleswright.history.schema import Entity

_ENOUGH = 2.0  # points; a file below that is not recognised


@dataclass(frozen=True, slots=True)
class Ranked:
    """How well a file fits an entity: points, the sentence behind them, and what each header would set."""

    points: float
    said: str
    entity: Entity
    matched: dict[str, Known]


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells the rows apart: fields a header also sets, further lines of the mapping, the sentence behind it."""

    also: dict[str, list[str]]
    lines: dict[str, Any]
    said: str = ""


def ranked(start: Guess, known: Facts) -> list[Ranked]:
    """The entities the file may be of, the best first; none that it cannot be."""
    found = [_rank(start, entity, known.choices.get(name_of(start.evidence), {})) for entity in known.entities.values()]
    order = list(synonyms()["entities"])
    return sorted(found, key=lambda r: (-r.points, order.index(r.entity.name) if r.entity.name in order else 99))


def likely(found: list[Ranked]) -> list[Ranked]:
    """Those with points enough to be believed."""
    return [one for one in found if one.points >= _ENOUGH]


def _rank(start: Guess, entity: Entity, chosen: dict[str, str] | Any) -> Ranked:
    table = synonyms()["entities"].get(entity.name, {})
    headers = start.evidence.header
    stem = re.sub(r"[^a-z]", "", plain(stem_of(name_of(start.evidence))))
    called, by = 0.0, ""
    for name in table.get("files", ()):
        short = re.sub("[^a-z]", "", plain(name))
        points = 6.0 if stem == short else 3.0 + len(short) / 100 if short in stem else 0.0
        if points > called:
            called, by = points, name
    dates = [h for h, c in start.seen.by_name.items() if c.kind in ("date", "moment")]
    matched = match(entity, headers, dict.fromkeys(flags(start), "") | dict(chosen))
    matched |= _by_prefix(start, entity, matched)
    fields = {k.field for k in matched.values()}
    own = sum(1 for k in matched.values() if k.own)
    signs = sum(1 for sign in table.get("signs", ()) if find(headers, [sign]))
    points = called + own + 0.25 * (len(matched) - own) + min(0.5 * signs, 2.0)
    said = f"{len(matched)} of {len(headers)} columns are of {entity.name}"
    # A name like account_audit_list is not enough: the less the name tells, the more the columns must.
    told = len(fields - {"id"})
    strong = own + signs >= 3 and told >= 2
    required = {f.name for f in entity.fields if f.required}
    strong = (
        strong
        or (own >= 2 and len(matched) == len(headers))
        or bool(called and len(required) > 1 and required <= fields)
    )
    enough = (told >= (1 if called == 6.0 else 3 if called else 4) and (own or called)) or strong
    needs = [need for need in table.get("needs", ()) if not fields & set(need)]
    if entity.name == "activity" and not dates:
        enough = False
    if not enough or needs:
        return Ranked(0.0, said, entity, matched)
    return Ranked(points, said + (f", the file is called '{by}'" if by else ""), entity, matched)


_PREFIXES = {"deal": "006", "account": "001", "contact": "003", "lead": "00Q", "person": "005", "product": "01t",
             "campaign": "701", "line_item": "00k"}  # fmt: skip


def _by_prefix(start: Guess, entity: Entity, matched: dict[str, Known]) -> dict[str, Known]:
    """A column of Salesforce ids is told by how they begin, whatever it is called: 006 is an opportunity."""
    prefix = _PREFIXES.get(entity.name)
    if not prefix or any(k.field == "id" for k in matched.values()):
        return {}
    for header, seen in start.seen.by_name.items():
        ids = [v for v in seen.samples if len(v) in (15, 18) and v.isalnum() and v.startswith(prefix)]
        if header not in matched and ids and len(ids) == len(seen.samples) and seen.distinct >= seen.filled * 0.5:
            return {header: Known("id", 0, True)}
    return {}


def flags(start: Guess) -> list[str]:
    """Columns that only say whether a deal is closed, won or lost: truths, never dates or stages."""
    table = synonyms()["standing"]
    found = []
    for header, seen in start.seen.by_name.items():
        truths = seen.kind == "bool" or (seen.kind == "number" and set(seen.samples) <= {"0", "1"} and seen.samples)
        if truths and find([header], [*table["won"], *table["lost"], *table["closed"]]):
            found.append(header)
    return found


def identity(con: duckdb.DuckDBPyConnection, start: Guess, entity: Entity, matched: dict[str, Known]) -> Identity | str:
    """What tells the rows of an entity apart in this file, or why nothing does."""
    by_field = {known.field: header for header, known in matched.items()}
    table = synonyms()["entities"].get(entity.name, {})
    why = "no column is an id"
    if "id" in by_field:
        header = by_field["id"]
        seen = start.seen.by_name[header]
        # An id that most rows share belongs to something else: these are rows about it, not records of it.
        if seen.filled >= seen.rows * 0.5 and seen.distinct >= seen.filled * 0.5:
            return Identity({}, {})
        share = f"filled in {seen.filled:,} of {seen.rows:,} rows, {seen.distinct:,} different values"
        return f"{header} cannot be the id of a row: {share}"
    key = [f for f in table.get("key", ()) if f in by_field]
    if entity.name == "deal":
        return _deal(con, start, by_field)
    natural = by_field.get(table.get("natural", ""))
    if natural and unique(con, start, natural):
        return Identity({natural: ["id"]}, {}, f"no id column: {natural} differs in every row and tells them apart")
    if natural:
        seen = start.seen.by_name[natural]
        told = f"empty in {seen.empty:,} rows" if seen.empty > seen.rows * 0.01 else "the same in several rows"
        why += f", and {natural} is {told}"
    needed = [f.name for f in entity.fields if f.required and (entity.name, f.name) != ("rate", "starts")]
    if entity.name == "rate" and "currency" in key:
        return Identity({}, {"key": key})
    if key and (all(f in key or f in by_field for f in needed) and len(key) >= min(2, len(table["key"]))):
        return Identity({}, {"key": key})
    return why


def _deal(con: duckdb.DuckDBPyConnection, start: Guess, by_field: dict[str, str]) -> Identity | str:
    """What tells deals without an id apart: name, account and created date; without a name the fewest columns that do."""
    key: list[str] = [f for f in ("name", "account", "created") if f in by_field]
    if "name" not in key or len(key) < 2:
        for more in ("", "product", "type", "owner", "expected_close", "close", "amount"):
            key += [more] if more in by_field else []
            if key and _apart(con, start, [by_field[f] for f in key]):
                break
        else:
            words = " and ".join(by_field[f] for f in key)
            return f"no column is an id, and {words} are the same in several rows" if key else "no column is an id"
    words = " and ".join(by_field[f] for f in key)
    if len(key) == 1:
        return Identity(
            {by_field[key[0]]: ["id"]} if key == ["name"] else {},
            {} if key == ["name"] else {"key": key},
            f"no id column: {words} differs in every row and tells them apart",
        )
    return Identity({}, {"key": key}, f"no id column: a deal is told by {words}")


def _apart(con: duckdb.DuckDBPyConnection, start: Guess, columns: list[str]) -> bool:
    """Do these columns together differ in every row, but for rows that are there twice?"""
    cells = ", ".join(f"coalesce({clean(ident(c))}, '')" for c in columns)
    rows, different = con.execute(f"SELECT count(*), count(DISTINCT ({cells})) FROM {ident(start.table)}").fetchall()[0]
    return int(different) >= int(rows) * 0.99


def stem_of(name: str) -> str:
    """A file's name without its endings."""
    return re.sub(r"(\.(csv|tsv|txt|gz|xlsx|xlsm|parquet))+(?=/|$)", "", name, flags=re.IGNORECASE)
