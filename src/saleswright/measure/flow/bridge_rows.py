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

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import refused
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.zone import end_of_day
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import bind, question
from saleswright.measure.metrics.conditions import Test, fields_of
from saleswright.measure.metrics.model import Exclusion
from saleswright.measure.metrics.reasons import reasons

if TYPE_CHECKING:
    import ibis.expr.types as ir

WANTED = frozenset({"standing", "stage", "expected_close", "closed", "qualified", "amount", "currency"})
DERIVED = frozenset({"qualified_by"})
NO_AMOUNT: Test = {"amount": {"is": "missing"}}


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


def whole(at: Snapshot, where: Pairs, name: str, by: str = "") -> Told:
    """The question of all deals: what open_pipeline leaves out, but for the amount, which a deal may lack.

    Stop (usage) where what deals became, or a stretch of time, is to tell them apart.
    """
    asked = ask(at, "open_pipeline", (by,) if by else (), "all", where)
    hidden = [field for field in sorted(WANTED - {"stage"}) if not at.policy.field_allowed("deal", field)]
    if hidden:
        raise refused(at.policy.actor, f"what changed, which needs {', '.join(hidden)}")
    told = sorted({dimension.name for dimension, _ in asked.where} & {"standing", "status"})
    if told:
        why = "what deals became is what the bridge tells"
        raise Stop(Issue(f"where {told[0]}", "a bridge has no filter on it", why, "leave it out"), exit_code=USAGE)
    split = next((d for d in asked.by if d.grain or d.at_moment or d.name in ("standing", "status")), None)
    if split:
        why = "it changes by itself from one day to the next"
        raise Stop(
            Issue(f"by {split.name}", "a waterfall has no split by it", why, "by team, owner, segment, source"),
            exit_code=USAGE,
        )
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
    body = {**key, "want": "deals of a day", "decided": decided, "fields": sorted(wanted(told.decided)), "last": last}

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


def wanted(told: Sequence[tuple[str, tuple[Test, ...]]]) -> frozenset[str]:
    """Every field the text has to have."""
    return WANTED | DERIVED | {field for _, tests in told for test in tests for field in fields_of(test)}
