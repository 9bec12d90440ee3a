"""Which record does a name mean, when the record it names came in with an id of its own, in an earlier import?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from saleswright.data.mapping.keys import IMPERSONAL
from saleswright.data.mapping.model import PERSONAL
from saleswright.history.facts import FOREVER, literal, quoted
from saleswright.history.release import Publisher

Names = dict[str, dict[str, str]]
_ID = re.compile(IMPERSONAL)


def names_on_record(p: Publisher, wanted: Iterable[str], source: str) -> tuple[Names, dict[str, set[str]]]:
    """(entity -> name in small letters -> key of the only record of this source that has it, entity -> all keys).

    Of people only those with a number or a Salesforce id count: the others' keys are made of their names already.
    """
    names: Names = {}
    keys: dict[str, set[str]] = {}
    for entity in wanted:
        if entity not in p.entities or p.is_empty(entity) or "name" not in p.entities[entity].by_name:
            continue
        prefix = f"{entity}_{source}_"
        now = f"valid_to = {FOREVER} AND known_to = {FOREVER} AND starts_with(id, {literal(prefix)})"
        if p.entities[entity]["name"].personal:
            table = f"(SELECT id, value AS name FROM personal WHERE entity = '{entity}' AND field = 'name' AND {now})"
        else:
            table = f"(SELECT id, name FROM {quoted(entity)} WHERE {now} AND NOT removed)"
        rows = p.con.execute(
            f"SELECT lower(trim(name)), min(id), count(DISTINCT id) FROM {table} WHERE name IS NOT NULL GROUP BY 1"
        ).fetchall()
        known = {str(one)[len(prefix) :] for (one,) in p.con.execute(f"SELECT DISTINCT id FROM {table}").fetchall()}
        found = {str(name): str(one)[len(prefix) :] for name, one, count in rows if count == 1}
        if entity in PERSONAL:
            found = {name: key for name, key in found.items() if _ID.fullmatch(key)}
        # What is named by its own name has that as its key.
        names[entity] = {name: key for name, key in found.items() if key.casefold() != name}
        keys[entity] = known
    return names, keys
