"""Which rows may be seen, as of then? Table expressions under the two clocks and a policy, with bound parameters.

Everything that touches rows is an Ibis expression made here or on top of these. Parameters stand in the expression as
sentinels (values nobody has), so that one compiled text serves every date, member and scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from saleswright.history.schema import CLOCKS, Entity
from saleswright.kernel.policy import COMPANY, refused

MOMENTS = {"as_of": datetime(1111, 1, 1, 1, 1, 1), "known": datetime(1111, 1, 2, 1, 1, 1)}
DAYS = {
    "p_start": date(1111, 2, 1),
    "p_end": date(1111, 2, 2),
    "day": date(1111, 2, 3),
    "rate_day": date(1111, 2, 4),
}
COUNTS = {"page_size": 900_000_001, "page_start": 900_000_002}
IBIS = {
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp(6)",
    "BIGINT": "int64",
    "INTEGER": "int32",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
}


def moment(name: str) -> ir.TimestampScalar:
    """The bound parameter `as_of` or `known`."""
    return ibis.literal(MOMENTS[name])


def day(name: str) -> ir.DateScalar:
    """The bound parameter `p_start`, `p_end` (the period) or `day` (the as-of moment's local day)."""
    return ibis.literal(DAYS[name])


def text(name: str) -> ir.StringScalar:
    """A bound text parameter."""
    return ibis.literal(f"__{name}__")


def members(name: str) -> ir.ArrayScalar:
    """A bound list of texts."""
    return ibis.literal([f"__{name}__"], type="array<string>")


@ibis.udf.scalar.builtin(name="exchange", signature=(("int64", "int64", "int64"), "int64"))
def exchange(minor, up, down):  # type: ignore[no-untyped-def]
    """minor x up / down in whole numbers, half-even (a macro of the release file)."""


@ibis.udf.scalar.builtin(name="local_day", signature=(("timestamp(6)",), "date"))
def local_day(moment):  # type: ignore[no-untyped-def]
    """The day of an instant in the workspace's zone (a macro of the release file)."""


@ibis.udf.scalar.builtin(name="local_time", signature=(("timestamp(6)", "string"), "timestamp(6)"))
def local_time(moment, zone):  # type: ignore[no-untyped-def]
    """What a clock on the wall shows at an instant in a zone (a macro of the reader)."""


def table(entity: Entity, only: Iterable[str] | None = None) -> ir.Table:
    """The stored table of an entity; `only` the columns that are asked for, and the clocks, keeps compiled text short."""
    wanted = None if only is None else {*only, "id", *(name for name, _ in CLOCKS)}
    columns = {name: IBIS[sql] for name, sql in entity.columns if wanted is None or name in wanted}
    return ibis.table(columns, name=entity.name)


def rates() -> ir.Table:
    """Dated exchange rates as whole numbers for one unit of the base currency."""
    return ibis.table(
        {
            "currency": "string",
            "starts": "date",
            "ends": "date",
            "per_base": "int64",
            "scale": "int64",
            "valid_from": "timestamp(6)",
            "valid_to": "timestamp(6)",
            "known_from": "timestamp(6)",
            "known_to": "timestamp(6)",
        },
        name="rates",
    )


def as_of(rows: ir.Table) -> ir.Table:
    """The four comparisons: what was true at `as_of`, as known at `known`."""
    t, k = moment("as_of"), moment("known")
    held = rows.filter(rows.valid_from <= t, rows.valid_to > t, rows.known_from <= k, rows.known_to > k, ~rows.removed)
    # True of every row. No scan can answer it, so it is asked above the scan, where DuckDB gathers what few rows of each
    # batch are left into full ones: a third off a day in the past of a long history.
    return held.filter(held.valid_from < held.valid_to)


def known(rows: ir.Table) -> ir.Table:
    """All versions up to `as_of` as known at `known`: for looking up what held on other days."""
    t = moment("as_of")
    return rows.filter((rows.valid_from <= t) | rows["first"], *_told(rows))


def standing_now(rows: ir.Table) -> ir.Table:
    """A record's attributes as of then; before the first thing known of it, that first thing."""
    t = moment("as_of")
    return rows.filter((rows.valid_from <= t) | rows["first"], rows.valid_to > t, *_told(rows))


def _told(rows: ir.Table) -> tuple[ir.BooleanValue, ir.BooleanValue]:
    """Known by then; or the first thing ever known, of a record nothing was known of by then.

    Who belongs to whom is looked up, not reported: people that came in with a later import owned their deals before it.
    A first version that a late fact brought stands beside the one known before it, and is known after it began.
    """
    k = moment("known")
    return (rows.known_from <= k) | (rows["first"] & (rows.known_from <= rows.valid_from)), rows.known_to > k


def people(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The ids of the people inside a scope of this shape (team, owner, manager, region, role)."""
    person = standing_now(table(schema["person"], {shape}))
    if shape == "owner":
        return person.filter(person.id == text("scope")).select("id")
    if shape not in ("team", "manager", "region", "role"):
        raise refused("this person", f"scope {shape}")
    return person.filter(person[shape] == text("scope")).select("id")


def visible(
    schema: Mapping[str, Entity], entity: str, shape: str = COMPANY, only: Iterable[str] | None = None
) -> ir.Table:
    """The rows of an entity as of then that a policy of this shape permits, with all columns or `only` some."""
    if only is not None and shape != COMPANY:
        only = {*only, "owner", "person", "deal"}
    rows = as_of(table(schema[entity], only))
    if shape == COMPANY:
        return rows
    allowed = people(schema, shape)
    if entity == "person":
        return rows.semi_join(allowed, rows.id == allowed.id)
    for field in ("owner", "person"):
        if field in rows.columns:
            return rows.semi_join(allowed, rows[field] == allowed.id)
    if "deal" in rows.columns:
        deals = visible(schema, "deal", shape)
        return rows.semi_join(deals, rows.deal == deals.id)
    raise refused("this person", f"{entity} outside a scope")
