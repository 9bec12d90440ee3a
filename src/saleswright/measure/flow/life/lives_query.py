"""How long did deals live, and what became of them? Counted by day of age, as one expression. Imported when no text is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ibis
import ibis.expr.types as ir

from saleswright.history import rows as r
from saleswright.measure.flow.columns import EPOCH
from saleswright.measure.flow.life.lives import AGES
from saleswright.measure.metrics.conditions import Test
from saleswright.measure.metrics.made.stage_entry import STAGE_ENTRY
from saleswright.measure.metrics.passing import passes
from saleswright.measure.metrics.query import Question, base, local

UNIT = 2**30
"""A deal that joined today weighs so much; whole numbers add up to the same sum in any order."""


def standings(q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str]) -> ir.Table:
    """Every qualified deal: its group, the day it was qualified and the day it ended, and its fate as numbers.

    fate: 0 open, 1 won, 2 lost, 3 gone for another reason. Days since 1970.
    """
    rows = base(replace(q, metric=replace(q.metric, sum=""), also=fields, decided=True))
    rows = rows.filter(rows.code == 0)
    known = [test for _, test in q.reasons]
    counts = {"won": rows.standing == "won", "lost": rows.standing == "lost"}
    for name, tests in decided:
        # What leaves a deal out of the whole has been asked.
        for test in (one for one in tests if one not in known):
            word = name.removesuffix("_counts")
            counts[word] = counts[word] & ~passes(rows, test).fill_null(False)
    open_ = rows.standing == "open"
    held = {"touched": _day(rows.last_activity)} if "last_activity" in rows.columns else {"touched": ibis.null("int64")}
    return rows.select(
        "id",
        *(f"d_{split.name}" for split in q.by),
        fate=ibis.cases((open_, 0), (counts["won"], 1), (counts["lost"], 2), else_=3),
        entry=_day(rows.qualified),
        exit=ibis.cases((open_, None), else_=_day(rows.closed)),
        **held,
    )


def closings(q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str]) -> ir.Table:
    """How many deals were decided on each day: exit, n."""
    rows = standings(q, decided, fields)
    ended = rows.filter(rows.fate.isin([1, 2]), rows.exit.notnull(), rows.exit <= _bound("day"))
    return ended.group_by("exit").aggregate(n=ended.count())


def lives(
    q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str], half_life: float
) -> ir.Table:
    """Deals by group, fate (4: decided after today), and the ages in days, from the day `p_start` on, at which each came
    under observation and went out of it: n, weight.

    weight: half for each `half_life` days that have gone since a deal was qualified. An age out of its range says why the
    deal is not to be counted, so that every row is grouped by what it has and few are looked at twice. alike: fate and both
    ages in one number (`apart`), for one number is grouped in half the time of three.
    """
    rows = standings(q, decided, fields)
    today = _bound("day")
    end = ibis.cases((rows.fate == 0, today), else_=rows.exit)
    names = [f"d_{split.name}" for split in q.by]
    fate = ibis.cases((rows.exit > today, 4), else_=rows.fate).cast("int64")
    first = _within(_bound("p_start") - rows.entry, 0, AGES - 1)
    # Of a missing value and a bound an engine takes the bound.
    last = ibis.cases((end.notnull(), _within(end - rows.entry, 1 - AGES, AGES - 1) + AGES), else_=0)
    rows = rows.select(*names, alike=(fate * AGES + first) * (2 * AGES) + last, weight=_weight(rows, half_life))
    return rows.group_by([*names, "alike"]).aggregate(n=rows.count(), weight=rows.weight.sum().cast("int64"))


def stale(
    q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str], half_life: float
) -> ir.Table:
    """Open deals qualified before the day `p_end`, counted like `lives` by the age of their last activity, too."""
    rows = standings(q, decided, fields)
    today, since = _bound("day"), _bound("p_start")
    rows = rows.filter(rows.fate == 0, rows.entry < _bound("p_end"), rows.entry <= today)
    touched = ibis.greatest(ibis.least(rows.touched, today), rows.entry)
    rows = rows.mutate(
        first=ibis.greatest(since - rows.entry, 0),
        last=today - rows.entry,
        touched=ibis.cases((rows.touched.notnull(), touched - rows.entry)),
        weight=_weight(rows, half_life),
    )
    names = [f"d_{split.name}" for split in q.by]
    return rows.group_by([*names, "first", "last", "touched"]).aggregate(
        n=rows.count(), weight=rows.weight.sum().cast("int64")
    )


def visits(
    q: Question, decided: Sequence[tuple[str, tuple[Test, ...]]], fields: frozenset[str], half_life: float
) -> ir.Table:
    """Visits of deals to open stages, by stage and group: where each went and the ages in the stage it was seen at.

    went: 0 still there, 1 won, 2 lost, 3 gone for another reason, 5 to the stage `target`.
    """
    deals = standings(q, decided, fields)
    names = [f"d_{split.name}" for split in q.by]
    seen = STAGE_ENTRY.build(q.schema, q.shape)
    rows = seen.inner_join(deals.select(*names, k_id="id"), seen.deal == deals.id)
    entry, end = _day(rows.entered), _day(rows.left).fill_null(_bound("day"))
    went = ibis.cases(
        (rows.went == "still there", 0), (rows.went == "won", 1), (rows.went == "lost", 2),
        (rows.went == "disqualified", 3), else_=5,
    )  # fmt: skip
    gone = (entry - _bound("day")).cast("float64")
    rows = rows.select(
        "stage",
        *names,
        went=went,
        target=ibis.cases((went == 5, rows.next_stage)),
        first=ibis.greatest(_bound("p_start") - entry, 0),
        last=end - entry,
        weight=(ibis.literal(2.0) ** (gone / half_life) * UNIT).round().cast("int64"),
    )
    rows = rows.filter(rows.last >= rows.first)
    return rows.group_by(["stage", *names, "went", "target", "first", "last"]).aggregate(
        n=rows.count(), weight=rows.weight.sum().cast("int64")
    )


def _within(column: ir.IntegerValue, low: int, high: int) -> ir.IntegerValue:
    return ibis.greatest(ibis.least(column, high), low)


def _weight(rows: ir.Table, half_life: float) -> ir.IntegerValue:
    gone = (rows.entry - _bound("day")).cast("float64")
    return (ibis.literal(2.0) ** (gone / half_life) * UNIT).round().cast("int64")


def _bound(name: str) -> ir.IntegerValue:
    return _day(r.day(name))


def _day(column: ir.Value) -> ir.IntegerValue:
    return local(column).cast("date").delta(ibis.literal(EPOCH), unit="day").cast("int64")
