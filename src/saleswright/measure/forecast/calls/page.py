"""What does the page of the calls show? The sheet over the tree, who is not in, the overrides; of one person every call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.lib.money import Money, sum_money
from saleswright.measure.flow.waterfall import asking
from saleswright.measure.forecast.calls.before import before
from saleswright.measure.forecast.calls.deals import Share
from saleswright.measure.forecast.calls.drawn import Bullet, Spark, bullet, spark
from saleswright.measure.forecast.calls.find import person_named
from saleswright.measure.forecast.calls.lines import Row
from saleswright.measure.forecast.calls.report import checks, original, rolled
from saleswright.measure.forecast.calls.rules import OMITTED, plain
from saleswright.measure.forecast.calls.sheet import USUAL, Sheet, sheet
from saleswright.measure.forecast.calls.trail import trail
from saleswright.measure.metrics.pages.asking import offered

OWN = ("period", "who", "view", "model")
PERIODS = (("this quarter", "This quarter"), ("next quarter", "Next quarter"), ("last quarter", "Last quarter"))
FEW = 16
"""Lines up to which everybody is shown at once."""

STEPS, LISTED, NAMED = 30, 10, 6


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as it is drawn. by: who said an override; reps: how many of those listed below call or sell."""

    row: Row
    spark: Spark
    bullet: Bullet | None
    original: Money | None
    by: str
    roll: Figure | None
    rolled: str
    reps: int


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of calls.html. Stop (usage) for an unknown key, a period that cannot be called, or a person nobody knows."""
    strange = [unknown("filter", key, OWN, where=key) for key in args if key not in OWN]
    if strange:
        raise Stop(*strange, exit_code=USAGE)
    found = sheet(at, args.get("period", ""), bool(args.get("model")))
    who = person_named(found, args["who"]) if args.get("who") else ""
    mine = {who, *found.now.tree.under(who)} if who else set()
    rows = [row for row in found.rows if not who or row.person in mine]
    every = bool(who) or args.get("view") == "people" or len(rows) <= FEW
    shown = [row for row in rows if every or row.leads]
    period = args.get("period", "") or USUAL
    return {
        **asking.fresh(at),
        "found": found,
        "names_out": _few([found.name(one) for one in found.total.number.out]),
        "listed_out": LISTED,
        "checks": checks(found),
        "categories": [name for name in found.rules.categories if plain(name) != OMITTED],
        "lines": [_shown(found, row) for row in shown],
        "total": _shown(found, found.total),
        "hidden": len(rows) - len(shown),
        "every": every,
        "person": found.row(who) if who else None,
        "held": held_by(found, who) if who else [],
        "before": before(at, who) if who else None,
        "out": [row for row in found.out if not who or row.person in mine],
        "apart": _apart(found),
        "steps": trail(found, who, overrides=not who)[:STEPS],
        "many": len(trail(found, who, overrides=not who)),
        "uncategorised": found.total.deals[""],
        "kept": [(key, args[key]) for key in ("period", "view") if args.get(key)],
        "period_text": period,
        "fields": [
            {"name": "period", "label": "Period", "value": period, "choices": offered(period, PERIODS), "required": True},
            {"name": "asof", "label": "As of", "value": at.day.isoformat(), "kind": "date"},
        ],
        "waits": not found.modelled,
    }  # fmt: skip


def _few(names: list[str]) -> list[str]:
    return [*names[:NAMED], f"{len(names) - NAMED} more"] if len(names) > NAMED + 1 else names


def _shown(found: Sheet, row: Row) -> Shown:
    held = row.held.call
    listed = {one.person for one in found.rows}
    below = list(found.now.tree.under(row.person)) if row.person else [one.person for one in found.rows]
    reps = sum(one in listed and not any(found.now.tree.below(one)) for one in below)
    by = found.name(held.person) if held is not None and row.held.overridden else ""
    words = row.cells[found.rules.called].words
    roll = rolled(found, row)
    return Shown(
        row,
        spark(row.line),
        bullet(row.quota, row.won, row.call),
        original(row),
        by,
        roll,
        words,
        reps if row.leads else 0,
    )


def held_by(found: Sheet, who: str) -> list[dict[str, Any]]:
    """What stands of one person in each category: their own call, what counts, the roll-up, and what their deals come to."""
    row = found.row(who)
    held = []
    for name in found.rules.categories:
        standing = found.now.standing(who, name)
        share = found.deals.open.get((who, name), Share())
        own = standing.original or (standing.call if standing.call is not None and standing.call.own else None)
        roll = found.now.roll(who, name) if row is not None and row.leads else None
        held.append(
            {
                "name": name,
                "own": own.amount if own else None,
                "counts": standing.call.amount if standing.call else None,
                "by": found.name(standing.call.person) if standing.call and standing.overridden else "",
                "last": standing.last,
                "roll": roll,
                "deals": found.deals.come_to(who, name, found.rules),
                "by_stage": share.by_stage,
            }
        )
    return held


def _apart(found: Sheet) -> Money | None:
    """The total with the model's mean standing in for who is not in; shown apart, and nowhere added."""
    number = found.total.number
    if not number.out or number.amount is None:
        return None
    stands = [found.row(one) for one in number.out]
    told = [one.model.value for one in stands if one is not None and isinstance(one.model.value, Money)]
    return sum_money([number.amount, *told]) if len(told) == len(number.out) else None
