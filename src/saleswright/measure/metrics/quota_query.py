"""The rows behind what is asked of people and what is planned, as expressions. Imported only when no text is at hand.

A quota or a plan says something of its period also before the period begins: it holds from the first time it was told.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.history.schema import Entity
from saleswright.kernel.policy import COMPANY

MEMBERS = ("team", "region", "manager", "role")
# A line without an end is one of a month: it cannot reach further than this.
MONTHS_BACK = 62


def quota_rows(schema: Mapping[str, Entity], shape: str, field: str) -> ir.Table:
    """Every quota that reaches into the period under a policy of this shape, `field` of it in the reporting currency.

    Whose it is (team, region, manager and role as of its first day), first day, day after the last, value.
    """
    held = _reaching(schema["quota"], ("person", "team", field))
    held = held.mutate(own=ibis.cases((held.person.isnull(), held.team), else_=None)).drop("team")
    if shape != COMPANY:
        held = _of(held, schema, shape)
    person = r.known(r.table(schema["person"], MEMBERS))
    person = person.select(
        *MEMBERS, p_id=person.id, p_from=person.valid_from, p_to=person.valid_to, p_first=person["first"]
    )
    begins = held.starts.cast("timestamp")
    conditions = [held.person == person.p_id, (person.p_from <= begins) | person.p_first, person.p_to > begins]
    found = held.left_join(person, conditions)
    found = found.mutate(team=found.own.coalesce(found.team), of_team=found.own.notnull())
    value = told_in(found, field) if field == "amount" else found.mutate(value=found[field])
    return value.select("person", *MEMBERS, "of_team", "starts", "ends", "value", "id").order_by("starts", "id")


def plan_rows(schema: Mapping[str, Entity]) -> ir.Table:
    """Every line of the plan that reaches into the period: its name, its days, its amount in the reporting currency."""
    found = told_in(_reaching(schema["plan_line"], ("name", "amount")), "amount")
    return found.select("name", "starts", "ends", "value", "id").order_by("starts", "id")


def teams_above(schema: Mapping[str, Entity]) -> ir.Table:
    """(team, the team above it) by name, as of then."""
    team = _held(r.table(schema["team"], {"name", "parent"}))
    above = team.select(a_id=team.id, a_name=team.name)
    return team.inner_join(above, team.parent == above.a_id).select("name", above="a_name")


def _held(rows: ir.Table) -> ir.Table:
    """What holds as of then, or was the first thing told."""
    t, k = r.moment("as_of"), r.moment("known")
    return rows.filter(
        (rows.valid_from <= t) | rows["first"], rows.valid_to > t, rows.known_from <= k, rows.known_to > k
    )


def _reaching(entity: Entity, fields: tuple[str, ...]) -> ir.Table:
    """The lines told as of then that reach into the period; a line that names no currency is in the workspace's own."""
    rows = _held(r.table(entity, {*fields, "currency", "starts", "ends"}))
    value = rows[fields[-1]]
    near = r.day("p_start") - ibis.interval(days=MONTHS_BACK)
    reaches = ibis.cases((rows.ends.isnull(), rows.starts.cast("timestamp") > near), else_=rows.ends > r.day("p_start"))
    rows = rows.filter(~rows.removed, value.notnull(), rows.starts < r.day("p_end"), reaches)
    return rows.select("id", *fields, "starts", "ends", currency=rows.currency.coalesce(r.text("base")))


def _of(rows: ir.Table, schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """The quotas of the people inside a scope; of a team, its own as well."""
    allowed = r.people(schema, shape)
    joined = rows.left_join(allowed.select(mine=allowed.id), rows.person == allowed.id)
    seen = joined.mine.notnull()
    if shape == "team":
        seen = seen | (joined.own == r.text("scope"))
    return joined.filter(seen).drop("mine")


def told_in(rows: ir.Table, field: str) -> ir.Table:
    """The amount in the reporting currency at the rate of the line's first day; null where there is no rate."""
    for name, currency in (("mine", rows.currency), ("report", r.text("cur"))):
        rates = r.rates()
        rate = rates.filter(rates.known_from <= r.moment("known")).select(
            c="currency", s="starts", e="ends", **{name: rates.per_base * rates.scale}
        )
        rows = rows.left_join(rate, [rate.c == currency, rate.s <= rows.starts, rate.e > rows.starts])
        rows = rows.drop("c", "s", "e")
    converted = r.exchange(rows[field], rows.report, rows.mine)
    return rows.mutate(value=ibis.cases((rows.currency == r.text("cur"), rows[field]), else_=converted))


def working_days(schema: Mapping[str, Entity]) -> ir.Table:
    """When everybody began, and whether they were active, version by version, as known."""
    person = r.known(r.table(schema["person"], {"hired", "created", "active"}))
    return person.select("id", "hired", "created", "active", "valid_from", "valid_to").order_by("id", "valid_from")


def call_rows(schema: Mapping[str, Entity], shape: str) -> ir.Table:
    """Every forecast call made before the period ended, under a policy of this shape, its amount in the reporting currency.

    Only what people call of themselves: what a manager says of another's number is no call of either's own.
    Who called (team, region, manager and role as of that day), the day, the period it speaks of, its category, value.
    """
    fields = ("person", "called", "period", "category", "amount", "currency")
    calls = r.visible(schema, "forecast_call", shape, (*fields, "about"))
    calls = calls.filter(calls.about.coalesce(calls.person) == calls.person)
    calls = calls.filter(calls.called < r.day("p_end"), calls.amount.notnull(), calls.person.notnull())
    calls = calls.select("id", *fields[:-1], currency=calls.currency.coalesce(r.text("base")), starts=calls.called)
    person = r.known(r.table(schema["person"], MEMBERS))
    person = person.select(
        *MEMBERS, p_id=person.id, p_from=person.valid_from, p_to=person.valid_to, p_first=person["first"]
    )
    when = calls.called.cast("timestamp")
    conditions = [calls.person == person.p_id, (person.p_from <= when) | person.p_first, person.p_to > when]
    found = told_in(calls.left_join(person, conditions), "amount")
    return found.select("person", *MEMBERS, "called", "period", "category", "value", "id").order_by("called", "id")


def who_leads(schema: Mapping[str, Entity]) -> ir.Table:
    """(person, whom that person answers to), every pair ever known: who leads is looked up, and holds before it was told."""
    rows, k = r.table(schema["person"], {"manager"}), r.moment("known")
    rows = rows.filter(rows.known_from <= k, rows.known_to > k, rows.manager.notnull(), rows.manager != rows.id)
    return rows.select("id", "manager").distinct().order_by("id", "manager")
