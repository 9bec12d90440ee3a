"""How do the deals of two days come out of the record? One compiled text, read at each date, joined by deal.

The text is that of a metric over all deals, whatever became of them, so a bridge leaves out what the metrics leave out:
scope and filters are theirs, the tests of what is open are those of `open_pipeline`, won and lost those of `won_value`
and `lost_deals`, with the rules in force on each date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY, refused
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.zone import end_of_day
from saleswright.measure.flow.bridge import NO_DAY, STANDINGS, Deals, State
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.conditions import Test, fields_of
from saleswright.measure.metrics.dimensions import Dimension
from saleswright.measure.metrics.model import Exclusion
from saleswright.measure.metrics.reasons import reasons

if TYPE_CHECKING:
    import ibis.expr.types as ir

WANTED = frozenset({"standing", "stage", "expected_close", "closed", "qualified", "amount", "currency"})
DERIVED = frozenset({"qualified_by"})
NO_AMOUNT: Test = {"amount": {"is": "missing"}}
EPOCH = date(1970, 1, 1)
HELD = (
    "valid_from <= ${0}_as_of AND valid_to > ${0}_as_of AND known_from <= ${0}_known AND known_to > ${0}_known"
    " AND NOT removed AND standing IS NOT NULL"
)


@dataclass(frozen=True)
class Told:
    """One side of the comparison: the record on a day, and the question that its deals are read by."""

    name: str
    at: Snapshot
    asked: Asked
    decided: tuple[tuple[str, tuple[Test, ...]], ...]


def on(at: Snapshot, day: date) -> Snapshot:
    """That day as it was known then: both clocks at its end."""
    then = at.at(day)
    known = min(at.k, end_of_day(day, at.workspace.zone))
    return replace(then, k=known, known_text=day.isoformat() if known < at.k else at.known_text)


def whole(at: Snapshot, where: Pairs, name: str) -> Told:
    """The question of all deals: what open_pipeline leaves out, but for the amount, which a deal may lack."""
    asked = ask(at, "open_pipeline", (), "all", where)
    hidden = [field for field in sorted(WANTED - {"stage"}) if not at.policy.field_allowed("deal", field)]
    if hidden:
        raise refused(at.policy.actor, f"what changed, which needs {', '.join(hidden)}")
    told = sorted({dimension.name for dimension, _ in asked.where} & {"standing", "status"})
    if told:
        why = "what deals became is what the bridge tells"
        raise Stop(Issue(f"where {told[0]}", "a bridge has no filter on it", why, "leave it out"), exit_code=USAGE)
    metric = asked.metric
    others = {field: wanted for field, wanted in dict(metric.rows).items() if field != "standing"}
    exclude = [one for one in metric.exclude if dict(one.when) != NO_AMOUNT]
    exclude += [Exclusion("outside open_pipeline", {field: {"not": wanted}}) for field, wanted in others.items()]
    decided = []
    for column, other in (("won_counts", "won_value"), ("lost_counts", "lost_deals")):
        one = ask(at, other, (), "all", where)
        tests = [test for _, test in reasons(one.metric, one.lifted, one.rules)]
        decided.append(
            (column, tuple(test for test in tests if test not in (NO_AMOUNT, {"closed": {"is": "missing"}})))
        )
    return Told(name, at, replace(asked, metric=replace(metric, rows={}, exclude=tuple(exclude))), tuple(decided))


def text(told: Told) -> str:
    """The compiled text of one side; its parameters carry the side's name."""
    key, make = question(told.at, told.asked)
    last = told.name == "n"
    decided = [[name, list(tests)] for name, tests in told.decided]
    body = {**key, "want": "deals on a day", "decided": decided, "fields": sorted(wanted(told.decided)), "last": last}

    def build() -> ir.Table:
        from saleswright.measure.flow import bridge_query

        return bridge_query.deals(make(), told.decided, last)

    sql = compiled(told.at.workspace.state / "cache", body, build)
    return re.sub(r"\$(\w+)", rf"${told.name}_\1", sql)


def values(told: Told, since: date) -> dict[str, Any]:
    """The side's bound values: rates are those of its own day, of closing days, and of `since`."""
    sql = re.sub(rf"\${told.name}_(\w+)", r"$\1", text(told))
    found = bind(told.at, sql, told.asked, {"p_start": since})
    return {f"{told.name}_{key}": value for key, value in found.items()}


def read(at: Snapshot, since: date, where: Pairs = ()) -> Deals:
    """Every deal that was open, is open, or was decided since, at both dates. Stop as `ask` does."""
    said, past, now = whole(on(at, since), where, "s"), whole(at.at(since), where, "p"), whole(at, where, "n")
    sides = [said, past, now]
    beside: list[Told] = []
    if where:
        beside = [whole(past.at, (), "q"), whole(now.at, (), "m")]
    params: dict[str, Any] = {"since": since}
    parts = []
    for side in (*sides, *beside):
        parts.append(f"{side.name} AS ({text(side)})")
        params |= values(side, since)
    scoped = at.policy.scope != COMPANY
    whose = scoped or any(_of_people(dimension) for dimension, _ in now.asked.where)
    # Whether a deal is still in the record, and was anybody's then, is all that is asked outside an actor's scope, and
    # only of deals inside it.
    for name, clocks, asked in (("x", past.at.clocks(), whose), ("y", now.at.clocks(), scoped)):
        if asked:
            parts.append(f"{name} AS (SELECT id, owner, stage FROM deal WHERE {HELD.format(name)})")
            params |= {f"{name}_{key}": value for key, value in clocks.items()}
    sql = f"WITH {', '.join(parts)} {_joined(bool(beside), scoped, whose)}"
    named = set(re.findall(r"\$(\w+)", sql))
    columns, rows = at.reader.table(sql, {key: value for key, value in params.items() if key in named})
    return _deals(columns, rows)


def _of_people(dimension: Dimension) -> bool:
    """Is it told apart by whose it is?"""
    return dimension.field == "owner" or any(entity == "person" for entity, _ in dimension.elsewhere)


def _joined(beside: bool, scoped: bool, whose: bool) -> str:
    """The sides next to each other, only the deals that a bridge can have a line for."""
    there = ["q.id IS NOT NULL" if beside else "false", "m.id IS NOT NULL" if beside else "false"]
    if scoped:
        there = [f"({there[0]} OR x.id IS NOT NULL)", f"({there[1]} OR y.id IS NOT NULL)"]
    known = "coalesce(q.standing = 'open' AND q.code = 0, false)" if beside else "false"
    joins = "LEFT JOIN q ON q.id = u.id AND q.standing IS NOT NULL LEFT JOIN m ON m.id = u.id" if beside else ""
    joins += (" LEFT JOIN x ON x.id = u.id" if whose else "") + (" LEFT JOIN y ON y.id = u.id" if scoped else "")
    unowned = "n.id IS NOT NULL AND p.id IS NULL AND x.stage IS NOT NULL AND x.owner IS NULL" if whose else "false"
    one = [f"{side}.id IS NOT NULL AS {side}_held, {_day(side, 'expected_close', 'due')}" for side in "spn"]
    one += [f"{side}.standing AS {side}_standing, coalesce({side}.code = 0, false) AS {side}_counted" for side in "spn"]
    one += [f"coalesce({side}.value, 0) AS {side}_value" for side in "spn"]
    lacking = ["n.amount IS NOT NULL AND n.value_since IS NULL"]
    # Seen, and not qualified: the created date only stands in for a day that came after.
    seen = "n.qualified_by = 'created' AND s.stage IS NOT NULL AND s.qualified IS NULL"
    lacking += [f"{side}.amount IS NOT NULL AND {side}.value IS NULL" for side in "pn"]
    return f"""SELECT u.id, {", ".join(one)},
        {_day("n", "closed", "closed")}, {_day("p", "closed", "closed_past")},
        CASE WHEN {seen} THEN {NO_DAY} ELSE {_day("n", "qualified")} END AS qualified,
        p.qualified IS NOT NULL AS qualified_past,
        coalesce(p.stage, p.amount::VARCHAR, p.expected_close::VARCHAR) IS NOT NULL AS told_past,
        coalesce(n.value_since, 0) AS now_at_past_rate, coalesce(n.value, 0) AS booked,
        coalesce(n.won_counts, false) AS won_counts, coalesce(n.lost_counts, false) AS lost_counts,
        (p.id IS NULL AND {there[0]}) AS elsewhere_past, (n.id IS NULL AND {there[1]}) AS elsewhere_now,
        (p.id IS NULL AND {known}) AS elsewhere_open,
        {"coalesce(q.value, 0)" if beside else "0"} AS elsewhere_value, ({" OR ".join(lacking)}) AS unpriced,
        ({unowned}) AS unowned
        FROM (SELECT id FROM s WHERE standing = 'open' AND code = 0
              UNION SELECT id FROM p WHERE standing = 'open' AND code = 0
              UNION SELECT id FROM n WHERE (standing = 'open' AND code = 0)
                 OR (standing IN ('won', 'lost') AND coalesce(closed > $since, true))) u
        LEFT JOIN s ON s.id = u.id LEFT JOIN p ON p.id = u.id LEFT JOIN n ON n.id = u.id {joins} ORDER BY u.id"""


def _day(side: str, column: str, name: str = "") -> str:
    day = f"coalesce(({side}.{column}::DATE - DATE '{EPOCH}')::BIGINT, {NO_DAY})"
    return f"{day} AS {f'{side}_due' if name == 'due' else name}" if name else day


def _deals(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Deals:
    held = dict(zip(columns, zip(*rows, strict=True) if rows else [()] * len(columns), strict=True))

    def flags(name: str) -> Any:
        return np.array(held[name], bool)

    def numbers(name: str) -> Any:
        return np.array(held[name], np.int64)

    def state(side: str) -> State:
        standing = np.array([STANDINGS.get(word, 0) for word in held[f"{side}_standing"]], np.int64)
        return State(
            flags(f"{side}_held"), standing, flags(f"{side}_counted"), numbers(f"{side}_due"), numbers(f"{side}_value")
        )

    return Deals(
        np.array(held["id"], object),
        state("s"),
        state("p"),
        state("n"),
        numbers("closed"),
        numbers("qualified"),
        flags("qualified_past"),
        flags("told_past"),
        numbers("now_at_past_rate"),
        numbers("booked"),
        flags("won_counts"),
        flags("lost_counts"),
        flags("elsewhere_past"),
        flags("elsewhere_now"),
        flags("elsewhere_open"),
        numbers("elsewhere_value"),
        flags("unpriced"),
        flags("unowned"),
    )


def days(day: date) -> int:
    """A day as the rules count it."""
    return (day - EPOCH).days


def wanted(told: Sequence[tuple[str, tuple[Test, ...]]]) -> frozenset[str]:
    """Every field the text has to have."""
    return WANTED | DERIVED | {field for _, tests in told for test in tests for field in fields_of(test)}
