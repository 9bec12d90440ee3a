"""By what can a number be split? Fields of the deal, of its owner, account and product, and stretches of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from saleswright.history.schema import Entity
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Choice
from saleswright.kernel.policy import COMPANY, refused
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Issue, Stop, nearest, unknown
from saleswright.lib.period import Period
from saleswright.measure.metrics import due
from saleswright.measure.metrics.made import MADE, entity_of, told_by

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
# Where a split that is not (only) the deal's own field is found: (entity looked up, its field), nearest first.
ELSEWHERE: dict[str, tuple[tuple[str, str], ...]] = {
    "team": (("person", "team"),),
    "region": (("person", "region"), ("account", "region")),
    "manager": (("person", "manager"),),
    "role": (("person", "role"),),
    "segment": (("account", "segment"),),
    "industry": (("account", "industry"),),
    "country": (("account", "country"),),
    "family": (("product", "family"),),
    "channel": (("campaign", "channel"),),
    "territory": (("account_territory", "territory"),),
}
ALIASES = {
    "rep": "owner",
    "sales_rep": "owner",
    "agent": "owner",
    "sector": "industry",
    "lead_source": "source",
    "office": "region",
    "regional_office": "region",
    "series": "family",
    "deal_type": "type",
    "customer": "account",
}
SCOPED = ("team", "manager", "region", "role")
STATUS_CUT = 30
# What an entity is called by, the first it has.
TITLES = ("name", "subject", "company")
REFERENCES = {
    "owner": "person",
    "manager": "person",
    "account": "account",
    "product": "product",
    "campaign": "campaign",
    "territory": "territory",
}
# A row that points to one of these is split as that is, where it does not say so itself.
CARRIERS = ("deal", "lead")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to split: a time grain, or a field and the places it is found."""

    name: str
    label: str
    grain: Grain | None = None
    field: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()
    ref: str = ""
    uses: tuple[str, ...] = ()
    of: str = "deal"
    through: str = ""
    backup: tuple[Dimension, ...] = ()

    @property
    def told_by(self) -> str:
        """The entity whose field it is: the row's own, or that of the deal or lead the row belongs to."""
        return self.through or self.of

    @property
    def at_moment(self) -> bool:
        """Does it tell open deals apart as of then, so that only a balance can be split by it?"""
        return self.name in due.SPLITS


def dimensions(schema: Mapping[str, Entity], entity: str = "deal") -> dict[str, Dimension]:
    """All splits of an entity's rows by name, custom ones included: its own fields', those of what it points to, and those
    of the deal or lead it belongs to."""
    kept = entity_of(schema, entity)
    assert kept is not None
    own = {field.name for field in kept.plain}
    found: dict[str, Dimension] = {}
    for field in kept.plain:
        if field.dimension:
            name = "owner" if field.ref == "person" and "owner" not in own else field.name
            elsewhere = _reached(entity, own, field.name)
            found[name] = Dimension(name, _label(name), None, field.name, elsewhere, field.ref, of=entity)
    for name in ELSEWHERE:
        if name not in found and (places := _reached(entity, own, name)):
            found[name] = Dimension(name, _label(name), elsewhere=places, ref=REFERENCES.get(name, ""), of=entity)
    if entity == "deal":
        found["status"] = Dimension("status", "Status", field="status")
        found["standing"] = Dimension("standing", "Standing", field="standing")
        for name, (label, uses) in due.SPLITS.items():
            found[name] = Dimension(name, label, uses=uses)
    for carrier in CARRIERS:
        if carrier in own:
            for name, one in dimensions(schema, carrier).items():
                if one.grain or one.at_moment or one.through or name == "status":
                    continue
                one = replace(one, through=carrier, backup=())
                known = found.get(name)
                found[name] = replace(known, backup=(*known.backup, one)) if known else one
    for grain in GRAINS:
        found[grain] = Dimension(grain, _label(grain), grain=grain)
    return found


def _reached(entity: str, own: set[str], name: str) -> tuple[tuple[str, str], ...]:
    """Where else a split is found: only in what a row of this entity points to."""
    return tuple(place for place in ELSEWHERE.get(name, ()) if place[0] != entity and link_of(own, place[0], entity))


def link_of(own: Collection[str], entity: str, of: str = "") -> str:
    """The field of a row that points to an entity; empty when none does. A territory is that of the account, or its own
    where the row is `of` accounts."""
    if entity == "account_territory" and of == "account":
        return "id"
    names = {"person": ("owner", "person"), "account_territory": ("account",)}.get(entity, (entity,))
    return next((name for name in names if name in own), "")


def choices(at: Snapshot) -> list[Choice]:
    """The splits this actor may use."""
    return [Choice(d.name, d.label) for d in dimensions(at.schema).values() if allowed(at, d)]


def find(at: Snapshot, name: str, where: str = "by", entity: str = "deal") -> Dimension:
    """The dimension of that name or alias of an entity's rows. Stop (usage) with the nearest names."""
    known = dimensions(at.schema, entity)
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    found = known.get(ALIASES.get(key, key)) or known.get(key)
    if found is None:
        raise Stop(unknown("dimension", name, known, where=where), exit_code=USAGE)
    if not allowed(at, found):
        raise refused(at.policy.actor, f"{entity}s by {found.name}")
    return found


def allowed(at: Snapshot, dimension: Dimension) -> bool:
    """May this actor see the split, wherever it is found and whatever it is called by?"""
    own = [(entity, dimension.name) for entity in told_by(dimension.told_by)]
    places = [*own, *(("deal", field) for field in dimension.uses), *dimension.elsewhere]
    if dimension.ref in ("account", "product", "campaign"):
        places.append((dimension.ref, "name"))
    return all(at.policy.field_allowed(entity, field) for entity, field in places)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def months_of(grain: Grain, calendar: FiscalCalendar) -> tuple[int, int] | None:
    """How a query counts a grain: (months in one, months to shift back first); None where it does not go by months."""
    if calendar.pattern != "months" or grain in ("day", "week"):
        return None
    size = {"month": 1, "quarter": 3, "year": 12}[grain]
    return size, (calendar.start_month - 1) % size


def period_of(grain: Grain, day: date, calendar: FiscalCalendar) -> Period:
    """The whole period of a grain that a day falls in."""
    if grain == "day":
        return Period(day, day + timedelta(days=1), day.isoformat(), "day")
    return calendar.containing(grain, day)


def names(at: Snapshot, ref: str, ids: Iterable[str]) -> dict[str, str]:
    """What references are called: names of people come from the personal table, under the field policy."""
    wanted = sorted(set(ids))
    if not wanted or not ref:
        return {}
    if not at.policy.field_allowed(ref, "name"):
        return {}
    params = {"ids": wanted, **at.clocks()}
    entity = at.schema.get(ref)
    field = next((name for name in TITLES if entity is not None and name in entity.by_name), "")
    if entity is not None and field and entity.by_name[field].personal:
        sql = (
            f"SELECT id, arg_max(value, valid_from) FROM personal WHERE entity = '{ref}' AND field = '{field}'"
            " AND list_contains($ids::VARCHAR[], id) AND known_from <= greatest($known, $as_of) GROUP BY id"
        )
    elif field:
        sql = (
            f'SELECT id, arg_max("{field}", valid_from) FROM "{ref}" WHERE list_contains($ids::VARCHAR[], id)'
            f' AND "{field}" IS NOT NULL AND known_from <= greatest($known, $as_of) GROUP BY id'
        )
    else:
        return {key: key.split("_", 2)[-1] for key in wanted}
    found = {row[0]: row[1] for row in at.reader.rows(sql, params)}
    return {key: found.get(key) or key.split("_", 2)[-1] for key in wanted}


def resolve(at: Snapshot, dimension: Dimension, value: str) -> list[str]:
    """The stored members a typed filter value means: an id, the text itself, or all that are called so, ignoring case.

    Stop (usage) with the nearest members when there is none.
    """
    if value in ("", "none", "(none)"):
        return [""]
    members = known_members(at, dimension)
    if value in members:
        return [value]
    folded = value.casefold()
    found = [m for m, label in members.items() if folded in (m.casefold(), label.casefold())]
    if found:
        return sorted(found)
    if at.policy.scope != COMPANY or dimension.told_by in MADE:
        # Whoever sees a part of the record does not learn from an error who is in the rest of it.
        return [value]
    labels = sorted(set(members.values()))
    close = nearest(value, labels)
    raise Stop(
        Issue(
            f"where {dimension.name}",
            f"no {dimension.label.lower()} is called '{value}'",
            "a filter on nobody would give a figure about nothing",
            (f"did you mean {', '.join(close)}? " if close else "")
            + f"known: {', '.join(labels[:12])}"
            + (f" and {len(labels) - 12} more" if len(labels) > 12 else ""),
            code="unknown_member",
        ),
        exit_code=USAGE,
    )


def known_members(at: Snapshot, dimension: Dimension) -> dict[str, str]:
    """Every member of a split that this actor's record has, whatever the day: stored value -> label."""
    if dimension.field == "status":
        return {word: word for word in ("new", "active", "won", "lost", "disqualified")}
    if dimension.at_moment:
        return due.members(at, dimension.name)
    own = dimension.field and dimension.told_by not in MADE
    places = ([(dimension.told_by, dimension.field)] if own else []) + list(dimension.elsewhere)
    params: dict[str, str] = {}
    mine = {entity: "true" for entity, _ in places}
    if at.policy.scope != COMPANY:
        people = "id = $scope" if at.policy.shape == "owner" else f'"{at.policy.shape}" = $scope'
        params = {"scope": scope_value(at)}
        owned = f"IN (SELECT id FROM person WHERE {people})"
        mine = {"person": people}
        for entity, _ in places:
            link = link_of(at.schema[entity].by_name, "person")
            if link and entity != "person":
                mine[entity] = f'"{link}" {owned}'
    parts = [
        f'SELECT DISTINCT "{field}" AS m FROM "{entity}" WHERE "{field}" IS NOT NULL AND {mine[entity]}'
        for entity, field in places
        if entity in mine
    ]
    found = [row[0] for row in at.reader.rows(" UNION ".join(parts), params)] if parts else []
    if dimension.ref:
        labels = names(at, dimension.ref, found)
        return {member: labels.get(member, member) for member in found}
    return {str(member): str(member) for member in found}


def scope_value(at: Snapshot) -> str:
    """The stored member the policy's scope means: a team's name, an owner's id. Stop where it means nobody or several."""
    if at.policy.shape in SCOPED:
        return at.policy.member
    if at.policy.shape != "owner":
        raise refused(at.policy.actor, f"scope {at.policy.scope}")
    wanted = at.policy.member
    ids = [row[0] for row in at.reader.rows("SELECT DISTINCT id FROM person")]
    if wanted in ids:
        return wanted
    sql = "SELECT DISTINCT id FROM personal WHERE entity = 'person' AND field = 'name' AND lower(value) = lower($name)"
    found = sorted(row[0] for row in at.reader.rows(sql, {"name": wanted}))
    if len(found) == 1:
        return str(found[0])
    raise Stop(
        Issue(
            f"scope {at.policy.scope}",
            f"{len(found) or 'no'} people are called '{wanted}'",
            "so it is not clear whose rows are meant",
            f"scope: owner:ID with one of {', '.join(found)}" if found else "scope: owner:NAME as the record has it",
        ),
        exit_code=NOT_ALLOWED,
    )
