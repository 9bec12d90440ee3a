"""Which accounts, leads and contacts stand in the record twice? By exact keys; likeness of spelling is another matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.history import checks, identity
from saleswright.history.snapshot import Snapshot
from saleswright.measure.review.scrub.conditions import condition
from saleswright.measure.review.scrub.record import AS_OF, rows, scope_sql
from saleswright.measure.review.scrub.rules import Rule

HOW = {"name": identity.plain, "company": identity.company, "email": identity.email, "phone": identity.phone}  # fmt: skip
OTHERS = ("account", "lead", "contact")
# Where both lack it, it does not tell two records apart.
MAY_LACK = ("country",)
# A web domain that more accounts than these share is a group's or a host's, and tells nothing of two of them.
SHARED = 3


@dataclass(frozen=True, slots=True)
class Twin:
    """A record that is the same as an older one, by the keys of a rule."""

    id: str
    first: str
    name: str
    account: str
    owner: str
    first_name: str


def tables(at: Snapshot, entities: tuple[str, ...] = OTHERS) -> frozenset[str]:
    """The entities that have rows, and "entity field" for each key field that any row has."""
    found: set[str] = set()
    for entity in entities:
        known = at.schema[entity]
        names = [f.name for f in known.plain if f.name in ("name", "website", "company", "account")]
        counts = ", ".join(["count(*)", *(f'count("{name}")' for name in names)])
        n, *told = rows(at, f'SELECT {counts} FROM "{entity}" WHERE {AS_OF}')[0]
        if n:
            found |= {entity, *(f"{entity} {name}" for name, count in zip(names, told, strict=True) if count)}
            sql = "SELECT DISTINCT field FROM personal WHERE entity = $entity AND value IS NOT NULL AND known_from <= $known"
            found |= {f"{entity} {row[0]}" for row in rows(at, sql, entity=entity)}
    return frozenset(found)


def keyless(at: Snapshot, rule: Rule, held: frozenset[str]) -> list[str]:
    """The key fields no record has, or that this actor may not see; without them nothing can be the same."""
    names = [name for name in rule.same[0] if f"{rule.of} {name}" not in held and name not in MAY_LACK]
    return names + [name for name in rule.same[0] if not at.policy.field_allowed(rule.of, name)]


def twins(at: Snapshot, rule: Rule) -> list[Twin]:
    """Every record of the rule's kind that is the same as an older one, once for each."""
    entity = at.schema[rule.of]
    personal = [
        name
        for name in ("name", "first_name", "last_name", "email", "phone")
        if name in entity.by_name and entity[name].personal
    ]
    wanted = {name for key in rule.same for name in key}
    apart = [name for name in personal if name in wanted or name in ("name", "first_name", "last_name")]
    apart = [name for name in apart if at.policy.field_allowed(rule.of, name)]
    sums = "".join(f", max(value) FILTER (field = '{name}') AS {name}" for name in apart)
    people = (
        f"(SELECT id{sums} FROM personal WHERE entity = '{rule.of}' AND valid_from <= $as_of AND valid_to > $as_of AND "
        f"known_from <= $known AND known_to > $known GROUP BY id)"
    )
    owner = "c.owner" if rule.of == "contact" else "r.owner"
    # Whose a record is stays in the scope's test, and is not told where it is hidden.
    whose = owner if at.policy.field_allowed("account" if rule.of == "contact" else rule.of, "owner") else "NULL"
    joined = f"LEFT JOIN {people} q ON r.id = q.id " if apart else ""
    if rule.of == "contact":
        joined += f"LEFT JOIN (SELECT id, owner FROM account WHERE {AS_OF}) c ON r.account = c.id "
    told, keys_of = [], []
    for number, key in enumerate(rule.same):
        names = [f"k{number}_{index}" for index in range(len(key))]
        told += [f"{_key(rule.of, name, apart)} AS {column}" for name, column in zip(key, names, strict=True)]
        few = f" WHERE n <= {SHARED}" if key == ("website",) else ""
        keys_of.append((names, ",".join(c for name, c in zip(key, names, strict=True) if name in MAY_LACK), few))
    shown = at.policy.field_allowed
    bare = "r.name" if rule.of == "account" and shown("account", "name") else "NULL"
    name = "q.name" if "name" in apart else bare
    full = "concat_ws(' ', " + ", ".join(f"q.{n}" for n in ("first_name", "last_name") if n in apart) + ")"
    told_name = (
        name if rule.of == "account" else f"coalesce(nullif({name}, ''), nullif({full}, ''))" if apart else "NULL"
    )
    told_name = told_name.replace("concat_ws(' ', )", "''")
    field = {"account": "name", "lead": "company", "contact": "account"}[rule.of]
    account = f"r.{field}" if shown(rule.of, field) else "NULL"
    base = (
        f"SELECT r.id, r.created, {told_name} AS name, {account} AS account, {whose} AS owner, {', '.join(told)} "
        f'FROM "{rule.of}" r {joined}WHERE r.valid_from <= $as_of AND r.valid_to > $as_of AND r.known_from <= $known '
        f"AND r.known_to > $known AND NOT r.removed AND {scope_sql(at, owner)} AND {condition(rule.when, _field)}"
    )
    pairs = " UNION ".join(
        f"SELECT id, first FROM ({checks.first_of_each(names, 'base', 'created NULLS LAST, id', keep)}){few}"
        for names, keep, few in keys_of
    )
    sql = (
        f"WITH base AS ({base}), pairs AS ({pairs}) SELECT p.id, min(p.first), any_value(b.name), any_value(b.account), "
        f"any_value(b.owner), any_value(f.name) FROM pairs p JOIN base b ON p.id = b.id JOIN base f ON p.first = f.id "
        f"WHERE p.id <> p.first GROUP BY p.id ORDER BY p.id"
    )
    return [Twin(*(value or "" for value in row)) for row in rows(at, sql)]


def _field(name: str) -> str:
    return f'r."{name}"'


def _key(of: str, name: str, apart: Sequence[str]) -> str:
    column = f"q.{name}" if name in apart else f'r."{name}"'
    if of == "account" and name == "name":
        return identity.company(column)
    if name == "website":
        return identity.own_domain(column)
    how = HOW.get(name)
    return how(column) if how else column
