"""How do events become rows with two clocks? Each holds from its moment until the same thing is said again, or taken back.

A text over a kind's events, the same for DuckDB and Spark: what is seen ends at a record, so that a position answers the
same for ever, whatever is said later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saleswright.history.authored import EventType, tables
from saleswright.history.facts import FOREVER, quoted
from saleswright.history.projected.pointer import Projection
from saleswright.history.schema import Entity, standard

Kinds = tuple[tuple[str, str], ...]
# What is stored of an event beside its own fields. `stands`: the record it speaks of, its own or the one it takes back.
STORED = (("seq", "BIGINT"), ("at", "TIMESTAMP"), ("actor", "BIGINT"), ("stands", "BIGINT"), ("removed", "BOOLEAN"))


# What a segment knows of the others in it about the same thing: the first, when that was, the next, when that was.
LINKS = (("begun", "BIGINT"), ("since", "TIMESTAMP"), ("next", "BIGINT"), ("again", "TIMESTAMP"))


def stored(kind: EventType) -> Kinds:
    """(name, SQL type) of what is kept of a kind's event itself."""
    return (*STORED, *((f"f_{one.name}", one.sql) for one in kind.plain))


def keys(kind: EventType) -> list[str]:
    """The columns that tell one thing that is spoken of from another."""
    return [quoted(f"f_{name}") for name in kind.key] or ["stands"]


def linked(kind: EventType, source: str) -> str:
    """Events with what each has to do with the others about the same thing, as a SELECT. source: a SELECT of events."""
    names = ", ".join(quoted(name) for name, _ in stored(kind))
    same = f"PARTITION BY {', '.join(keys(kind))}"
    return (
        f'SELECT {names}, min(seq) OVER ({same}) AS begun, min("at") OVER ({same}) AS since, '
        f'lead(seq) OVER ({same} ORDER BY seq) AS next, lead("at") OVER ({same} ORDER BY seq) AS again FROM ({source}) e'
    )


def _joined(kind: EventType, large: str, rest: list[str], upto: int) -> str:
    """The events of several segments with their links. The windows run over the small ones, which all came later."""
    names = [quoted(name) for name, _ in stored(kind)]
    mine = keys(kind)
    told = ", ".join(mine)
    base = f"SELECT * FROM {_files([large])} WHERE seq <= {upto}"
    tail = linked(kind, f"SELECT * FROM {_files(rest)} WHERE seq <= {upto}")
    later = " AND ".join(f"b.{one} = h.{one}" for one in mine)
    before = " AND ".join(f"t.{one} = o.{one}" for one in mine)
    return (
        f"WITH tail AS MATERIALIZED ({tail}) SELECT {', '.join(f'b.{one}' for one in names)}, b.begun, b.since, "
        "coalesce(b.next, h.next) AS next, coalesce(b.again, h.again) AS again "
        f'FROM ({base}) b LEFT JOIN (SELECT {told}, min(seq) AS next, min("at") AS again FROM tail GROUP BY ALL) h ON {later} '
        f"UNION ALL SELECT {', '.join(f't.{one}' for one in names)}, coalesce(o.begun, t.begun), coalesce(o.since, t.since), "
        f"t.next, t.again FROM tail t LEFT JOIN (SELECT {told}, min(begun) AS begun, min(since) AS since FROM ({base}) "
        f"SEMI JOIN tail USING ({told}) GROUP BY ALL) o ON {before}"
    )


def rectangles(kind: EventType, source: str, upto: int, columns: Iterable[tuple[str, str]]) -> str:
    """The rows a kind's events make of `source`, which has their links, up to a record: a SELECT of a table's columns.

    Of two events of one transaction about the same thing the later one counts. What is known starts when it is said.
    """
    told = {one.name: quoted(f"f_{one.name}") for one in kind.plain} | {
        "id": f"'{kind.name}_' || CAST(begun AS VARCHAR)",
        "said": '"at"',
        "author": "actor",
        "removed": "removed",
        "first": '"at" = since',
        "valid_from": '"at"',
        "valid_to": f"CASE WHEN next <= {upto} THEN again ELSE {FOREVER} END",
        "known_from": '"at"',
        "known_to": FOREVER,
        "run_id": "CAST(0 AS INTEGER)",
        "seq": "seq",
    }
    shown = ", ".join(f"{told.get(name, f'CAST(NULL AS {sql})')} AS {quoted(name)}" for name, sql in columns)
    return f'SELECT {shown} FROM {source} t WHERE seq <= {upto} AND (next IS NULL OR next > {upto} OR again > "at")'


def views(kinds: Mapping[str, EventType], made: Projection, upto: int, release: str) -> tuple[list[str], list[str]]:
    """(views that stand before a table of the release, views of tables no release has), as statements for DuckDB.

    release: the name of the release's database, whose own tables the first ones are laid over.
    """
    over: list[str] = []
    own: list[str] = []
    for name, entity in tables(kinds).items():
        parts = [
            rectangles(kind, _source(kind, made.paths(kind.name, upto), upto), upto, entity.columns)
            for kind in kinds.values()
            if kind.table == name and made.paths(kind.name, upto)
        ]
        if name not in standard():
            parts = parts or [_none(entity)]
            own.append(_view(name, parts))
        elif parts or len(entity.columns) > len(standard()[name].columns):
            parts = parts or [_none(entity)]
            over.append(_view(name, [f"SELECT * FROM {quoted(release)}.main.{quoted(name)}", *parts]))
    return over, own


def for_spark(
    kinds: Mapping[str, EventType], told: Mapping[str, Mapping[str, Any]], upto: int, imported: Mapping[str, Kinds]
) -> tuple[dict[str, Kinds], dict[str, Kinds], dict[str, str]]:
    """What an export's events make: (columns of each kind's own rows, of each table, and the table's text in DuckDB's words).

    told: what the export says of each kind's file. imported: the columns of the release's tables, which are asked under
    their name with _imported behind, the rows of a kind with _events behind.
    """
    raw: dict[str, Kinds] = {}
    made: dict[str, Kinds] = {}
    texts: dict[str, str] = {}
    for name, entity in tables(kinds).items():
        here = [
            kind for kind in kinds.values() if kind.table == name and told.get(kind.name, {}).get("form") == kind.form
        ]
        known = dict(imported.get(name, ()))
        columns = (*known.items(), *((one, sql) for one, sql in entity.columns if one not in known))
        if name in standard() and not here and len(columns) == len(known):
            continue
        parts = [rectangles(kind, quoted(f"{kind.name}_events"), upto, columns) for kind in here]
        if known:
            own = [quoted(one) if one in known else f"CAST(NULL AS {sql}) AS {quoted(one)}" for one, sql in columns]
            parts.insert(0, f"SELECT {', '.join(own)} FROM {quoted(f'{name}_imported')}")
        raw |= {f"{kind.name}_events": (*stored(kind), *LINKS) for kind in here}
        made[name] = columns
        texts[name] = " UNION ALL ".join(parts or [_none(entity)])
    return raw, made, texts


def _view(name: str, parts: list[str]) -> str:
    return f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {' UNION ALL BY NAME '.join(parts)}"


def _none(entity: Entity) -> str:
    shown = ", ".join(f"CAST(NULL AS {sql}) AS {quoted(name)}" for name, sql in entity.columns)
    return f"SELECT {shown} WHERE false"


def _source(kind: EventType, paths: list[str], upto: int) -> str:
    return _files(paths) if len(paths) == 1 else f"({_joined(kind, paths[0], paths[1:], upto)})"


def events_of(kind: EventType, paths: list[str]) -> str:
    """A kind's events in these files, as a SELECT, without what they have to do with each other."""
    return f"SELECT {', '.join(quoted(name) for name, _ in stored(kind))} FROM {_files(paths)}"


def _files(paths: list[str]) -> str:
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}])"
