"""How do the deals of two days come together? Read at both, joined by deal in the engine, handed over as columns.

What cannot be on a line stays in the engine: a deal decided before the first day of which nothing changed since, and a deal
that was open and did not change, which is only added up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.measure.flow.bridge import STANDINGS, Days, Deals, Flags, State, Window
from saleswright.measure.flow.bridge_rows import Told, on, text, values, whole
from saleswright.measure.flow.columns import EPOCH, NO_DAY
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import Dimension

HELD = (
    "valid_from <= ${0}_as_of AND valid_to > ${0}_as_of AND known_from <= ${0}_known AND known_to > ${0}_known"
    " AND NOT removed AND standing IS NOT NULL"
)


@dataclass(frozen=True)
class Whose:
    """Which group holds each deal on each day: an index into `names`; -1 where it is outside the filters or not held."""

    names: tuple[str, ...]
    said: Days
    past: Days
    now: Days


@dataclass(frozen=True)
class Found:
    """What two days hold. whose: by the split, or one group "" of all inside the filters; None where all are inside.

    still: by group (amount in minor units, deals) of what did not change and is inside the window at both ends.
    """

    deals: Deals
    whose: Whose | None
    still: dict[str, tuple[int, int]]


def read(at: Snapshot, window: Window, where: Pairs = (), by: str = "") -> Found:
    """Every deal that may stand on a line between two days, as columns; what did not change is added up. Stop as `ask`.

    Of a window that is not the first of a row, the first day is as it is known now.
    """
    since, origin = (date.fromordinal(EPOCH.toordinal() + day) for day in (window.since, window.first))
    said, past, now = (
        whole(then, where, name, by) for then, name in ((on(at, since), "s"), (at.at(since), "p"), (at, "n"))
    )
    split = bool(where or by)
    params: dict[str, Any] = {"since": origin, "since_day": window.since, "last_day": window.day}
    params |= {"lo": window.lowest, "hi": window.highest}
    parts = [f"{side.name}_all AS ({text(side)})" for side in (past, now)]
    params |= values(past, since) | values(now, since)
    # A version that held on both days, of a deal decided before the first, can be on no line.
    live = "standing = 'open' OR coalesce(closed > $since, true)"
    parts.append(f"p AS (SELECT * FROM p_all WHERE {live} OR valid_to <= $n_as_of)")
    parts.append(f"n AS (SELECT * FROM n_all WHERE {live} OR valid_from > $p_as_of)")
    late = _late(said, past) if since == origin else ""
    if late:
        only = f" WHERE id IN (SELECT id FROM deal WHERE {_DIFFERS.format('first_')})" if late == "deals" else ""
        parts.append(f"s AS (SELECT * FROM ({text(said)}) t{only})")
        params |= values(said, since) | _knowledge(said, past, "first_")
    if late == "deals":
        parts.append(f"l AS (SELECT DISTINCT id FROM deal WHERE {_DIFFERS.format('first_')})")
    scoped = at.policy.scope != COMPANY
    whose = scoped or any(_of_people(dimension) for dimension, _ in now.asked.where)
    # Whether a deal is still in the record, and was anybody's then, is all that is asked outside an actor's scope, and
    # only of deals inside it.
    for name, clocks, asked in (("x", past.at.clocks(), whose), ("y", now.at.clocks(), scoped)):
        if asked:
            parts.append(f"{name} AS (SELECT id, owner, stage FROM deal WHERE {HELD.format(name)})")
            params |= {f"{name}_{key}": value for key, value in clocks.items()}
    parts.append(f"j AS MATERIALIZED ({_joined(late, scoped, whose, bool(by))})")
    sql = f"WITH {', '.join(parts)} {_chosen(late, bool(by))}"
    named = set(re.findall(r"\$(\w+)", sql))
    return _found(at.reader.columns(sql, {key: v for key, v in params.items() if key in named}), split, bool(by))


# What is told of the first day otherwise now than then.
_DIFFERS = (
    "valid_from <= ${0}as_of AND valid_to > ${0}as_of AND (known_from <= ${0}heard AND known_to > ${0}heard)"
    " <> (known_from <= ${0}known AND known_to > ${0}known)"
)
_TOLD = "(known_from <= ${0} OR (first AND known_from <= valid_from)) AND known_to > ${0}"
_LOOKED_UP = f"(valid_from <= $as_of OR first) AND ({_TOLD.format('heard')}) <> ({_TOLD.format('known')})"


def _knowledge(said: Told, past: Told, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}as_of": past.at.t, f"{prefix}heard": said.at.k, f"{prefix}known": past.at.k}


def _late(said: Told, past: Told) -> Literal["", "deals", "all"]:
    """Of what was more learnt about the first day after it: of nothing, of some deals, or of what deals point to?"""
    read = set(re.findall(r'(?:FROM|JOIN) "(\w+)"', text(past)))
    bound = _knowledge(said, past)
    ask_ = past.at.reader.rows
    for table in sorted(read & {*past.at.schema, "rates"} - {"deal"}):
        test = "known_from > $heard AND known_from <= $known" if table == "rates" else _LOOKED_UP
        named = {name: value for name, value in bound.items() if f"${name}" in test}
        if ask_(f'SELECT 1 FROM "{table}" WHERE {test} LIMIT 1', named):
            return "all"
    return "deals" if ask_(f"SELECT 1 FROM deal WHERE {_DIFFERS.format('')} LIMIT 1", bound) else ""


def _of_people(dimension: Dimension) -> bool:
    """Is it told apart by whose it is?"""
    return dimension.field == "owner" or any(entity == "person" for entity, _ in dimension.elsewhere)


# What is true or not of a deal, and its standings of two bits and more, in one number: few columns are quick to hand over.
SIDE = ("held", "counted", "mine")
FLAGS = (
    *(f"{side}_{one}" for side in "spn" for one in SIDE),
    *("qualified_past", "told_past", "won_counts", "lost_counts"),
    *("elsewhere_past", "elsewhere_now", "unpriced", "unowned"),
)
STANDING = {side: 8**place << len(FLAGS) for place, side in enumerate("spn")}


def _joined(late: str, scoped: bool, whose: bool, by: bool) -> str:
    """The sides next to each other, only the deals that a bridge can have a line for; `same`: nothing about it changed."""
    ids, joins = "coalesce(p.id, n.id)", "p FULL JOIN n ON n.id = p.id"
    sides = {"p": "p.{0}", "n": "n.{0}", "s": "p.{0}"}
    if late:
        joins += f" FULL JOIN s ON s.id = {ids}"
        ids = "coalesce(p.id, n.id, s.id)"
        sides["s"] = "s.{0}"
    if late == "deals":
        joins += f" LEFT JOIN l ON l.id = {ids}"
        sides["s"] = "CASE WHEN l.id IS NULL THEN p.{0} ELSE s.{0} END"
    joins += (f" LEFT JOIN x ON x.id = {ids}" if whose else "") + (f" LEFT JOIN y ON y.id = {ids}" if scoped else "")

    def of(side: str, column: str) -> str:
        return sides[side].format(column)

    flags: dict[str, str] = {}
    opened: list[str] = []
    columns: list[str] = []
    # Where nothing was learnt late, what was said then is what is known now.
    told = "spn" if late else "pn"
    for side in told:
        standing, counted = of(side, "standing"), f"{of(side, 'code')} = 0"
        opened.append(f"coalesce({standing} = 'open' AND {counted}, false)")
        flags |= {f"{side}_held": f"{of(side, 'id')} IS NOT NULL", f"{side}_counted": counted}
        flags[f"{side}_mine"] = of(side, "mine")
        columns += [
            f"{_day(of(side, 'expected_close'))} AS {side}_due, coalesce({of(side, 'value')}, 0) AS {side}_value"
        ]
        columns += [f"coalesce({of(side, 'member')}, '') AS {side}_member"] if by else []
    lacking = ["n.amount IS NOT NULL AND n.value_since IS NULL"]
    lacking += [f"{side}.amount IS NOT NULL AND {side}.value IS NULL" for side in "pn"]
    facts = [f"p.{one} IS NOT NULL" for one in ("stage", "amount", "expected_close")]
    flags |= {
        "qualified_past": "p.qualified IS NOT NULL",
        "told_past": " OR ".join(facts),
        "won_counts": "n.won_counts",
        "lost_counts": "n.lost_counts",
        "unpriced": " OR ".join(lacking),
    }
    if scoped:
        flags |= {
            "elsewhere_past": "p.id IS NULL AND x.id IS NOT NULL",
            "elsewhere_now": "n.id IS NULL AND y.id IS NOT NULL",
        }
    if whose:
        flags["unowned"] = "n.mine AND NOT coalesce(p.mine, false) AND x.stage IS NOT NULL AND x.owner IS NULL"
    bits = [f"CASE WHEN {test} THEN {1 << FLAGS.index(name)} ELSE 0 END" for name, test in flags.items()]
    for side in told:
        cases = " ".join(f"WHEN '{word}' THEN {number * STANDING[side]}" for word, number in STANDINGS.items())
        bits.append(f"CASE {of(side, 'standing')} {cases} ELSE 0 END")
    # Seen, and not qualified: the created date only stands in for a day that came after.
    seen = f"n.qualified_by = 'created' AND {of('s', 'stage')} IS NOT NULL AND {of('s', 'qualified')} IS NULL"
    decided = "(n.standing = 'won' AND n.won_counts OR n.standing = 'lost' AND n.lost_counts)"
    alike = ["value", "expected_close", "amount", "mine", *(["member"] if by else [])]
    same = [*opened, f"NOT ({' OR '.join(lacking)})", "coalesce(n.value_since = n.value, n.amount IS NULL)"]
    same += [f"p.{one} IS NOT DISTINCT FROM n.{one}" for one in alike]
    same += [f"{of('s', one)} IS NOT DISTINCT FROM p.{one}" for one in alike if late]
    # A day that passed has made it past due.
    due = _day("n.expected_close")
    same.append(f"({due} < $since_day OR {due} >= $last_day)")
    return f"""SELECT {ids} AS id, {", ".join(columns)}, CAST({" + ".join(bits)} AS BIGINT) AS bits, {_day("n.closed")} AS closed,
        CASE WHEN {seen} THEN {NO_DAY} ELSE {_day("n.qualified")} END AS qualified,
        coalesce(n.value_since, 0) AS now_at_past_rate, {" AND ".join(same)} AS same, coalesce(n.mine, false) AS inside
        FROM {joins}
        WHERE {" OR ".join(opened)} OR coalesce({decided} AND coalesce(n.closed > $since, true), false)"""


def _chosen(late: str, by: bool) -> str:
    """The deals that changed, one by one; and of the others, by group, amount and number of those inside the window."""
    sums = {"id": "''"}
    for side in "spn" if late else "pn":
        sums |= {f"{side}_due": "0::BIGINT", f"{side}_value": "sum(n_value)::BIGINT" if side == "n" else "0::BIGINT"}
        sums |= {f"{side}_member": "n_member" if side == "n" else "''"} if by else {}
    sums |= dict.fromkeys(("bits", "closed", "qualified", "now_at_past_rate"), "0::BIGINT")
    return f"""SELECT {", ".join(sums)}, 0::BIGINT AS still FROM j WHERE NOT same
        UNION ALL SELECT {", ".join(sums.values())}, count(*) FROM j WHERE same AND inside AND n_due >= $lo AND n_due < $hi
        {"GROUP BY n_member" if by else "HAVING count(*) > 0"}"""


def _day(column: str) -> str:
    return f"coalesce(({column}::DATE - DATE '{EPOCH}')::BIGINT, {NO_DAY})"


def _found(held: dict[str, Any], split: bool, by: bool) -> Found:
    def numbers(name: str) -> Days:
        found: Days = np.ma.getdata(held[name]).astype(np.int64, copy=False)
        return found

    def words(name: str) -> Any:
        return np.asarray(np.ma.getdata(held[name]), object)

    still = numbers("still")
    moved = still == 0
    kept: Any = slice(None) if moved.all() else moved
    bits = numbers("bits")[kept]

    def flag(name: str) -> Flags:
        found: Flags = (bits & (1 << FLAGS.index(name))) != 0
        return found

    def state(side: str) -> State:
        standing = bits // STANDING[side] % 8
        due, value = numbers(f"{side}_due")[kept], numbers(f"{side}_value")[kept]
        return State(flag(f"{side}_held"), standing, flag(f"{side}_counted"), due, value)

    past, now = state("p"), state("n")
    none = np.zeros(len(bits), np.int64)
    late = "s_due" in held
    plain: dict[str, Any] = {name: flag(name) for name in FLAGS if name[1] != "_"}
    days_: dict[str, Any] = {name: numbers(name)[kept] for name in ("closed", "qualified", "now_at_past_rate")}
    deals = Deals(
        id=words("id")[kept],
        said=state("s") if late else past,
        past=past,
        now=now,
        booked=now.value,
        **days_,
        **plain,
    )
    codes: dict[str, int] = {} if by else {"": 0}
    whose = None
    if split:
        sides = {}
        for side in "spn" if late else "pn":
            code = none
            if by:
                named = words(f"{side}_member")[kept].tolist()
                code = np.array([codes.setdefault(word, len(codes)) for word in named], np.int64)
            sides[side] = np.where(flag(f"{side}_mine") & flag(f"{side}_held"), code, -1)
        whose = (sides["s"] if late else sides["p"], sides["p"], sides["n"])
    amounts = numbers("n_value")
    members = words("n_member") if by else np.full(len(moved), "", object)
    stood = {str(members[i]): (int(amounts[i]), int(still[i])) for i in np.nonzero(~moved)[0].tolist()}
    for member in stood:
        codes.setdefault(member, len(codes))
    return Found(deals, Whose(tuple(codes), *whose) if whose else None, stood)
