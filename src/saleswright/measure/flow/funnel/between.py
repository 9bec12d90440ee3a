"""Where did the deals that were open on a day go, and where did those that are open now come from?

Two readings of the record: the first day as it was known at its end, as the Monday review has it, and the as-of day. A deal
goes from its stage then to its stage, or its standing, now. In value a way carries what both days agree on; what was added
to an amount comes from "Amount raised", what was taken off goes to "Amount cut", so the left side adds to the open pipeline
of the first day and the right side to that of today, to the cent. Who came and went in between is in it: New to Won.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure, Flows, Link
from saleswright.lib.money import Money
from saleswright.measure.flow.bridge_rows import on, text, values, whole
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import names

NEW, REOPENED, RAISED = "New", "Re-opened", "Amount raised"
WON, LOST, OUT, UNCOUNTED, CUT = "Won", "Lost", "Disqualified", "No longer counted", "Amount cut"
SOURCES = (NEW, REOPENED, RAISED)
NO_STAGE = "(no stage)"
Tone = Literal["won", "lost", "good", "bad", "plain"]


@dataclass(frozen=True, slots=True)
class Gone:
    """One deal's way: from where, to where, and its amount on either day, in minor units; 0 where it was not open."""

    id: str
    source: str
    target: str
    then: int
    now: int


@dataclass(frozen=True)
class Between:
    """Every way between two days. opened, open_now: the open pipeline and deals as the metrics have them."""

    since: date
    until: date
    currency: str
    gone: tuple[Gone, ...]
    order: tuple[str, ...]
    then: tuple[Figure, Figure]
    now: tuple[Figure, Figure]

    @property
    def sums(self) -> tuple[int, int]:
        """The amounts on the left that were open then, and those on the right that are open now."""
        left = sum(one.then for one in self.gone if one.source not in SOURCES)
        return left, sum(one.now for one in self.gone if one.target in self.stages)

    @property
    def stages(self) -> frozenset[str]:
        return frozenset(self.order)

    @property
    def tied(self) -> bool:
        """Do both sides add to what the metrics say, in deals and to the cent?"""
        counts = (
            sum(one.source not in SOURCES for one in self.gone),
            sum(one.target in self.stages for one in self.gone),
        )
        told = tuple(side[1].value for side in (self.then, self.now))
        worth = tuple(side[0].value.minor if isinstance(side[0].value, Money) else 0 for side in (self.then, self.now))
        return counts == told and self.sums == worth


def between(at: Snapshot, since: date, stages: Sequence[str], where: Pairs = ()) -> Between:
    """The ways of all deals from the end of `since` to now. `stages`: their order. Stop as `ask` does."""
    past = on(at, since)
    said, now = whole(past, where, "s"), whole(at, where, "n")
    params: dict[str, Any] = {**values(said, since), **values(now, since), "since": since}
    open_then, open_now = (f"coalesce({side}.standing = 'open' AND {side}.code = 0, false)" for side in "sn")
    sql = f"""WITH s AS (SELECT * FROM ({text(said)}) t WHERE mine), n AS (SELECT * FROM ({text(now)}) t WHERE mine)
        SELECT coalesce(s.id, n.id) AS id, {open_then} AS was, {open_now} AS stands,
            s.stage AS stage_then, n.stage AS stage_now, s.standing AS standing_then, n.standing AS standing_now,
            coalesce(s.value, 0) AS value_then, coalesce(n.value, 0) AS value_now,
            coalesce(n.won_counts, false) AS won_counts, coalesce(n.lost_counts, false) AS lost_counts
        FROM s FULL JOIN n ON s.id = n.id
        WHERE {open_then} OR {open_now}
            OR (n.standing = 'won' AND n.won_counts AND n.closed > $since)
            OR (n.standing = 'lost' AND n.lost_counts AND n.closed > $since)
        ORDER BY 1"""
    named = set(re.findall(r"\$(\w+)", sql))
    columns, rows = at.reader.table(sql, {key: value for key, value in params.items() if key in named})
    away = "No longer in the record"
    if where or at.policy.scope != COMPANY:
        away = "No longer in this view"
    gone = []
    for row in rows:
        deal = dict(zip(columns, row, strict=True))
        source = _stage(deal["stage_then"]) if deal["was"] else _source(deal)
        target = _stage(deal["stage_now"]) if deal["stands"] else _target(deal, away)
        if not deal["was"] and deal["standing_then"] == deal["standing_now"] in ("won", "lost"):
            # Decided before, and still: only the closing day was moved.
            continue
        kept = deal["stands"] or target in (WON, LOST)
        then, worth = int(deal["value_then"]) if deal["was"] else 0, int(deal["value_now"]) if kept else 0
        gone.append(Gone(str(deal["id"]), source, target, then, worth))
    order = {one.source for one in gone if one.source not in SOURCES}
    order |= {_stage(row[columns.index("stage_now")]) for row in rows if row[columns.index("stands")]}
    known = [_stage(name) for name in stages]
    placed = [*(name for name in known if name in order), *sorted(order - set(known))]
    told = [
        tuple(evaluate(view, ask(view, metric, (), "all", where)).total for metric in ("open_pipeline", "open_deals"))
        for view in (past, at)
    ]
    return Between(since, at.day, at.currency, tuple(gone), tuple(placed), _two(told[0]), _two(told[1]))


def _two(found: tuple[Figure, ...]) -> tuple[Figure, Figure]:
    return found[0], found[1]


def _stage(name: str | None) -> str:
    """A stage as a place. One that is called as a standing is told apart from it."""
    if not name:
        return NO_STAGE
    return f"{name} (stage)" if name in (*SOURCES, WON, LOST, OUT, UNCOUNTED, CUT) else name


def _source(deal: dict[str, Any]) -> str:
    return REOPENED if deal["standing_then"] in ("won", "lost", "disqualified") else NEW


def _target(deal: dict[str, Any], away: str) -> str:
    standing = deal["standing_now"]
    if standing is None:
        return away
    if standing == "won" and deal["won_counts"]:
        return WON
    if standing == "lost" and deal["lost_counts"]:
        return LOST
    return OUT if standing == "disqualified" else UNCOUNTED


def flows(made: Between, money: bool) -> Flows:
    """The ways as flows, in deals or in value: stages in their order, then what came in or went out."""
    ways: dict[tuple[str, str], list[int]] = {}

    def add(source: str, target: str, amount: int) -> None:
        held = ways.setdefault((source, target), [0, 0])
        held[0] += amount
        held[1] += 1

    for one in made.gone:
        if not money:
            add(one.source, one.target, 1)
            continue
        was, stands = one.source not in SOURCES, one.target in made.stages or one.target in (WON, LOST)
        if not was or not stands:
            add(one.source, one.target, one.now if stands else one.then)
            continue
        add(one.source, one.target, min(one.then, one.now))
        if one.now > one.then:
            add(RAISED, one.target, one.now - one.then)
        elif one.now < one.then:
            add(one.source, CUT, one.then - one.now)
    left = {name: place for place, name in enumerate((*made.order, *SOURCES))}
    right = {name: place for place, name in enumerate((*made.order, WON, LOST, OUT, UNCOUNTED, CUT))}
    links = []
    for source, target in sorted(ways, key=lambda way: (left.get(way[0], 99), right.get(way[1], 99), way)):
        amount, n = ways[source, target]
        value = Money(amount, made.currency) if money else amount
        figure = Figure("moved", value, "money" if money else "count", f"{source} to {target}", n)
        links.append(Link(source, target, figure, _tone(made, source, target)))
    return Flows(
        "between_value" if money else "between",
        tuple(links),
        f"Where deals went from {made.since} to {made.until}" + (", in value" if money else ", in deals"),
        "money" if money else "count",
        check(made, money),
    )


def _tone(made: Between, source: str, target: str) -> Tone:
    if target == WON:
        return "won"
    if target in (LOST, OUT):
        return "lost"
    if target not in made.stages:
        return "bad"
    if source in SOURCES:
        return "good"
    places = {name: place for place, name in enumerate(made.order)}
    step = places[target] - places[source]
    return "good" if step > 0 else "bad" if step < 0 else "plain"


def check(made: Between, money: bool) -> str:
    """The sentence that both sides add up; empty where they do not, which is then a warning."""
    if not made.tied:
        return ""
    if money:
        first, last = (Money(side, made.currency) for side in made.sums)
        return (
            f"The stages on the left add to what was open on {made.since}, {first.currency} {first.decimal:,}; those on the "
            f"right to what is open, {last.currency} {last.decimal:,}."
        )
    return (
        f"The stages on the left add to the {made.then[1].value:,} deals open on {made.since}; those on the right to the "
        f"{made.now[1].value:,} that are open."
    )


def called(at: Snapshot, gone: Sequence[Gone]) -> dict[str, str]:
    """The deals' names under the reader's access."""
    return names(at, "deal", [one.id for one in gone])
