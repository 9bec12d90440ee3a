"""What does an export cover? Which records it leaves out, and which filters would explain that. Absent is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saleswright.data.imports.files import FileRun
from saleswright.history.facts import FOREVER, quoted
from saleswright.history.release import Publisher

# What exports are filtered by. A field with many different values would explain any gap by chance.
_FIELDS = {"deal": ("team", "owner", "pipeline", "type", "standing", "stage", "region", "segment", "currency")}
_DATES = {"deal": (("close date", "coalesce(closed, expected_close)"), ("created date", "created"))}
_UNKNOWN = "No filter by team, owner, stage or date would explain that."
_ASKED = ("deal", "account", "contact", "lead", "person", "product", "subscription")
_MOST, _NAMED, _TOGETHER = 60, 4, 3


@dataclass(frozen=True, slots=True)
class Scope:
    """The files of one kind and origin against the record: how many they hold, how many they lack, and why, as sentences.

    held, absent: records of the same kind and origin that are in the files and that are not; a rejected row is in them.
    whole: were they declared the whole table; removed: the absent ones taken to be gone for that.
    """

    file: str
    entity: str
    held: int
    absent: int
    filters: tuple[str, ...]
    removed: int = 0
    whole: bool = False

    @property
    def words(self) -> str:
        """What it covers, in a sentence or two."""
        kind = self.entity.replace("_", " ") + "s"
        if not self.absent:
            return f"{self.file} holds every one of the {self.held:,} {kind} the record has from there."
        if self.removed:
            return f"{self.file}, the whole table: {self.removed:,} {kind} that are not in it any more are removed."
        why = f"It covers only {' and '.join(self.filters)}." if self.filters else _UNKNOWN
        return f"{self.absent:,} {kind} of the record are not in {self.file} and stay as they are. {why}"


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter that the file's rows would pass: `outside` is SQL over `covered`, true for rows it would leave out."""

    words: str
    outside: str


def scopes(p: Publisher, files: Sequence[FileRun], ids: Mapping[int, str]) -> list[Scope]:
    """What the files cover of each kind of record; `ids` is SQL of the ids in a file, rejected rows among them, by number.
    Nothing is said of a kind the record did not hold before."""
    found: list[Scope] = []
    groups: dict[tuple[str, str], list[FileRun]] = {}
    for file in files:
        mapping = file.mapping
        if p.base is None or mapping is None or file.source is None or file.mended or mapping.layout != "rows":
            continue
        if mapping.entity in _ASKED and not p.is_empty(mapping.entity):
            groups.setdefault((mapping.entity, mapping.source), []).append(file)
    for (name, origin), together in groups.items():
        prefix = f"{name}_{origin}_".replace("'", "''")
        there = " UNION ".join(f"SELECT id FROM ({ids[file.number]}) WHERE id IS NOT NULL" for file in together)
        p.con.execute(
            f"CREATE OR REPLACE TEMP TABLE covered AS SELECT r.*, r.id IN ({there}) AS held FROM {_rows(p, name)} r"
            f" WHERE starts_with(id, '{prefix}')"
        )
        row = p.con.execute(
            "SELECT count(*) FILTER (WHERE held), count(*) FILTER (WHERE NOT held) FROM covered"
        ).fetchone()
        assert row is not None
        held, absent = row
        filters = _explained(p, name, absent) if held and absent else ()
        names = ", ".join(file.name for file in together[:3]) + (" and more" if len(together) > 3 else "")
        removed = sum(file.outcome.removed for file in together)
        whole = all(file.source is not None and file.source.full for file in together)
        found.append(Scope(names, name, held, absent, filters, removed, whole))
    return found


def _rows(p: Publisher, entity: str) -> str:
    """The record's present rows; a deal's team is its owner's where it has none of its own."""
    now = f"valid_to = {FOREVER} AND known_to = {FOREVER} AND NOT removed"
    if entity != "deal":
        return f"(SELECT * FROM {quoted(entity)} WHERE {now})"
    teams = f"(SELECT id AS i, any_value(team) AS t FROM person WHERE {now} GROUP BY id)"
    return (
        "(SELECT d.* REPLACE (coalesce(d.team, o.t) AS team)"
        f" FROM (SELECT * FROM deal WHERE {now}) d LEFT JOIN {teams} o ON o.i = d.owner)"
    )


def _explained(p: Publisher, entity: str, absent: int) -> tuple[str, ...]:
    """The fewest filters that together leave out every absent record, found one after the other; empty when none do."""
    candidates = [f for field in _FIELDS.get(entity, ()) if (f := _by_value(p, field))]
    candidates += [f for label, sql in _DATES.get(entity, ()) if (f := _by_date(p, label, sql))]
    taken: list[_Filter] = []
    while candidates and len(taken) < _TOGETHER:
        rest = " AND ".join(["NOT held", *(f"NOT ({f.outside})" for f in taken)])
        counts = ", ".join(f"count(*) FILTER (WHERE {f.outside})" for f in candidates)
        row = p.con.execute(f"SELECT count(*), {counts} FROM covered WHERE {rest}").fetchone()
        assert row is not None
        best = max(range(len(candidates)), key=lambda i: row[1 + i])
        if not row[1 + best]:
            return ()
        left = row[0] - row[1 + best]
        taken.append(candidates.pop(best))
        if not left:
            return tuple(f.words for f in taken)
    return ()


def _by_value(p: Publisher, field: str) -> _Filter | None:
    column = quoted(field)
    found = p.con.execute(
        f"SELECT {column}, bool_or(held) FROM covered GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {_MOST + 1}"
    ).fetchall()
    inside = [value for value, held in found if held]
    if not inside or len(inside) == len(found) or len(found) > _MOST or None in inside:
        return None
    shown = _people(p, inside) if field == "owner" else [str(value) for value in inside]
    words = ", ".join(shown[:_NAMED]) + (f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else "")
    listed = ", ".join("'" + str(value).replace("'", "''") + "'" for value in inside)
    label = "outcome" if field == "standing" else field
    return _Filter(f"{label} {words}", f"{column} IS NULL OR {column} NOT IN ({listed})")


def _people(p: Publisher, ids: list[str]) -> list[str]:
    names = dict(
        p.con.execute(
            f"SELECT id, value FROM personal WHERE entity = 'person' AND field = 'name' AND valid_to = {FOREVER}"
        ).fetchall()
    )
    return [str(names.get(one) or one) for one in ids]


def _by_date(p: Publisher, label: str, sql: str) -> _Filter | None:
    row = p.con.execute(
        f"SELECT min(d) FILTER (WHERE held), max(d) FILTER (WHERE held), bool_or(held AND d IS NULL)"
        f" FROM (SELECT {sql} AS d, held FROM covered)"
    ).fetchone()
    assert row is not None
    first, last, undated = row
    if first is None or undated:
        return None
    inside = f"coalesce(({sql}) BETWEEN DATE '{first.isoformat()}' AND DATE '{last.isoformat()}', false)"
    return _Filter(f"{label}s from {first.isoformat()} to {last.isoformat()}", f"NOT {inside}")
