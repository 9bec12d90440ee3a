"""What is usual in this company? The thresholds of the rules, and what fixes are made from, read from its own record.

Everything here is a fact of one state of the record seen by one pair of eyes, so it is kept while that state is. Who sees a
part of the record has the distributions of that part, never of the rest.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import ended, tier
from saleswright.kernel.policy import COMPANY
from saleswright.lib.zone import end_of_day
from saleswright.measure.junk.find import NEW, zombies
from saleswright.measure.review.scrub.others import OTHERS, Twin, keyless, tables, twins
from saleswright.measure.review.scrub.record import AS_OF, UP_TO, planned_sql, rows, scope_sql
from saleswright.measure.review.scrub.rules import ENOUGH, Rule
from saleswright.measure.review.scrub.wobble import Month, months

KEPT = 16
TIMES, USUAL = 5, 3
OF_TYPICAL = 10


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, from how many of the company's own it comes (0: the text's own), and the percentile they were at."""

    value: int
    n: int = 0
    seen: int = 0


@dataclass(frozen=True)
class Own:
    """What is usual. limits: rule -> limit; stays: rule -> value of the field -> limit. has: what the record holds.

    left: stage -> sorted days that won deals still took from entering it; "" from being created. typical: (segment, type,
    currency) -> middle amount of wins. repeated, usual: amounts as "USD:100" that are placeholders, or are not. ended: the
    day on which a record that stands still ends.
    """

    limits: Mapping[str, Limit]
    stays: Mapping[str, Mapping[str, Limit]]
    has: frozenset[str]
    left: Mapping[str, Sequence[int]]
    typical: Mapping[tuple[str, str, str], int]
    repeated: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()
    lost_stage: str = ""
    lost_category: str = ""
    duplicate_reason: str = ""
    renewal_type: str = ""
    too_old: tuple[str, int] | None = None
    months: tuple[Month, ...] = ()
    rates: Mapping[str, int] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    twins: Mapping[str, Sequence[Twin]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    ended: date | None = None
    kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def remaining(self, stage: str, days: int) -> int | None:
        """The middle of the days that won deals still took, of those that had been in the stage as long; None if few."""
        spans = self.left.get(stage, ())
        start = bisect_right(spans, days)
        rest = len(spans) - start
        return spans[start + (rest - 1) // 2] - days if rest >= OF_TYPICAL else None


_kept: OrderedDict[Any, Own] = OrderedDict()
_lock = threading.Lock()


def own(at: Snapshot, rules: Sequence[Rule]) -> Own:
    """What is usual as of then, for these eyes; made once for a state of the record."""
    texts = tuple((rule.name, rule.definition.hash) for rule in rules)
    left_out = tuple((d.name, d.hash) for d in at.workspace.all("leave_out", at.day))
    calendar = at.workspace.calendar
    key = (
        at.workspace.root, at.snap, at.meta["definitions"], at.release.at, at.t, at.k, at.policy.scope,
        at.policy.hidden, at.currency, texts, left_out, calendar.start_month, calendar.pattern,
    )  # fmt: skip
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = _measure(at, rules)
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def _measure(at: Snapshot, rules: Sequence[Rule]) -> Own:
    mine = scope_sql(at)
    has = _has(at, mine) | _changes(at, rules, mine)
    held = tables(at) if any(rule.of in OTHERS for rule in rules) else frozenset()
    limits: dict[str, Limit] = {}
    stays: dict[str, dict[str, Limit]] = {}
    for rule in rules:
        if rule.shape == "changed-too-often" and f"changes of {rule.field}" in has:
            limits[rule.name] = _moves(at, rule, mine)
        elif rule.shape == "silent":
            limits[rule.name] = _silences(at, rule, mine)
        elif rule.shape == "too-long-in" and f"changes of {rule.field}" in has:
            stays[rule.name] = _stays(at, rule, mine)
    words = _words(at, mine)
    amounts = _amounts(at, rules, mine) if any(rule.shape == "placeholder" for rule in rules) else ((), ())
    judged = any(rule.shape == "out-of-wobble" for rule in rules) and at.policy.scope == COMPANY
    fields = ("type", "closed", "standing")
    hidden = not all(at.policy.field_allowed("deal", name) for name in fields)
    return Own(
        limits,
        stays,
        has,
        _left(at, mine, "changes of stage" in has),
        _typical(at, mine),
        *amounts,
        *words,
        _too_old(at),
        months(at) if judged and not hidden else (),
        dict(
            rows(
                at,
                "SELECT currency, per_base * scale FROM rates WHERE starts <= $day AND ends > $day AND known_from <= $known",
            )
        ),
        held,
        {rule.name: twins(at, rule) for rule in rules if rule.of in held and not keyless(at, rule, held)},
        _categories(at, mine),
        ended(at),
    )


def _has(at: Snapshot, mine: str) -> frozenset[str]:
    """What the record holds at all: history, activities, next steps, and each field that any open or closed deal has."""
    names = [name for name, _ in at.schema["deal"].columns[1:] if name in at.schema["deal"].by_name]
    names = [name for name in names if at.policy.field_allowed("deal", name)]
    counts = ", ".join(
        f'bool_or("{name}" IS NOT NULL AND standing = \'open\'), bool_or("{name}" IS NOT NULL)' for name in names
    )
    found = rows(at, f"SELECT {counts} FROM deal WHERE {AS_OF} AND {mine}")[0]
    has = {f"open {name}" for name, told in zip(names, found[::2], strict=True) if told}
    has |= {name for name, told in zip(names, found[1::2], strict=True) if told}
    deals = f"SELECT id FROM deal WHERE {AS_OF} AND {mine}"
    if at.policy.field_allowed("deal", "next_step"):
        sql = (
            f"SELECT 1 FROM personal WHERE entity = 'deal' AND field = 'next_step' AND value IS NOT NULL AND "
            f"known_from <= $known AND valid_from <= $as_of AND id IN ({deals}) LIMIT 1"
        )
        if rows(at, sql):
            has.add("next_step")
    if at.policy.field_allowed("activity", "occurred"):
        ahead = f"{planned_sql('status')}" if at.policy.field_allowed("activity", "status") else "false"
        sql = (
            f"SELECT bool_or(occurred <= $as_of AND NOT coalesce({ahead}, false)), bool_or({ahead}) FROM activity WHERE "
            f"{AS_OF} AND deal IN ({deals})"
        )
        done, tasks = rows(at, sql)[0]
        has |= {name for name, told in (("activity", done), ("tasks", tasks)) if told}
    return frozenset(has)


def _changes(at: Snapshot, rules: Sequence[Rule], mine: str) -> frozenset[str]:
    """Of which fields the record knows changes, and whether it knows what was called at the end of last quarter."""
    # The dates in one export tell no stage or close date of an earlier day.
    data = tier(at)
    if not (data.history or (data.exports > 1 and data.first and at.day > data.first) or not data.number):
        return frozenset()
    found = {"history"}
    looked = {rule.field for rule in rules if rule.shape in ("changed-too-often", "too-long-in")}
    for name in sorted(looked):
        sql = f'SELECT 1 FROM deal WHERE {UP_TO} AND {mine} GROUP BY id HAVING count(DISTINCT "{name}") > 1 LIMIT 1'
        if at.policy.field_allowed("deal", name) and rows(at, sql):
            found.add(f"changes of {name}")
            if data.history or not data.number:
                # A second export tells what changed, but not on which day.
                found.add(f"dated changes of {name}")
    end = period_end(at)
    sql = (
        "SELECT 1 FROM deal WHERE valid_from <= $slip_at AND valid_to > $slip_at AND known_from <= $known AND known_to > $known "
        f"AND NOT removed AND expected_close IS NOT NULL AND forecast_category IS NOT NULL AND {mine} LIMIT 1"
    )
    if rows(at, sql, slip_at=min(end_of_day(end, at.workspace.zone), at.k)):
        found.add("calls")
    return frozenset(found)


def period_end(at: Snapshot) -> date:
    """The last day of the last quarter that has ended."""
    return at.workspace.calendar.containing("quarter", at.day).start - timedelta(days=1)


def ranked(rule: Rule, n: int, seen: int | None) -> Limit:
    """The limit a rule means: its own distribution where there is enough of it, never less than at_least."""
    floor = rule.at_least or 0
    if rule.percentile and n >= rule.enough and seen is not None:
        return Limit(max(floor, seen), n, seen)
    return Limit(max(floor, rule.fallback or 0))


def _moves(at: Snapshot, rule: Rule, mine: str) -> Limit:
    """How often won deals were moved later: nine of ten at most so often, so one more is the limit."""
    won = f"SELECT id FROM deal WHERE {AS_OF} AND standing = 'won' AND {NEW} AND qualified IS NOT NULL AND {mine}"
    sql = (
        f'WITH v AS (SELECT id, "{rule.field}" AS f, lag("{rule.field}") OVER (PARTITION BY id ORDER BY valid_from, seq) AS b '
        f"FROM deal WHERE {UP_TO} AND id IN ({won})), m AS (SELECT id, count(*) FILTER (f > b) AS moves FROM v GROUP BY id) "
        f"SELECT count(*), quantile_disc(moves, {rule.percentile / 100 or 0.9}) FROM m"
    )
    n, seen = rows(at, sql)[0]
    limit = ranked(rule, n, None if seen is None else seen + 1)
    return Limit(limit.value, limit.n, seen or 0)


def _silences(at: Snapshot, rule: Rule, mine: str) -> Limit:
    """The longest silence each won deal survived, from activities."""
    if not at.policy.field_allowed("activity", "occurred"):
        return ranked(rule, 0, None)
    sql = (
        f"WITH won AS (SELECT id, coalesce(created, qualified) AS begun, closed FROM deal WHERE {AS_OF} AND standing = 'won' "
        f"AND {NEW} AND qualified IS NOT NULL AND closed IS NOT NULL AND {mine}), "
        f"t AS (SELECT won.id, occurred::DATE AS on_day, begun, closed FROM activity JOIN won ON activity.deal = won.id WHERE "
        f"valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT activity.removed "
        f"AND occurred <= $as_of AND occurred::DATE <= closed AND NOT coalesce(automated, false)), "
        f"e AS (SELECT id, on_day FROM t UNION ALL SELECT DISTINCT id, closed FROM t UNION ALL SELECT DISTINCT id, begun FROM t), "
        f"g AS (SELECT id, on_day - lag(on_day) OVER (PARTITION BY id ORDER BY on_day) AS gap FROM e), "
        f"m AS (SELECT id, max(gap) AS longest FROM g GROUP BY id) "
        f"SELECT count(longest), quantile_disc(longest, {rule.percentile / 100 or 0.9}) FROM m"
    )
    n, seen = rows(at, sql)[0]
    return ranked(rule, n, seen)


def _stays(at: Snapshot, rule: Rule, mine: str) -> dict[str, Limit]:
    """Days of the completed stays in each value of a field, up to the last Monday; none whose beginning nobody saw.

    What is tidied up within the week does not move the limit that it was found by.
    """
    sql = (
        f'WITH v AS (SELECT id, "{rule.field}" AS f, standing, valid_from, "first", created, seq, '
        f'lag("{rule.field}") OVER (PARTITION BY id ORDER BY valid_from, seq) AS b FROM deal '
        f"WHERE {UP_TO} AND {NEW} AND {mine}), "
        f"e AS (SELECT *, lead(valid_from) OVER w AS gone FROM v "
        f"WHERE b IS NULL OR f IS DISTINCT FROM b WINDOW w AS (PARTITION BY id ORDER BY valid_from, seq)) "
        f"SELECT f, count(*), quantile_disc(gone::DATE - valid_from::DATE, {rule.percentile / 100 or 0.9}) FROM e "
        f"WHERE gone::DATE < $week AND standing = 'open' AND f IS NOT NULL "
        f'AND (NOT "first" OR valid_from::DATE <= created + 1) GROUP BY f'
    )
    found = {str(value): ranked(rule, n, seen) for value, n, seen in rows(at, sql, week=_monday(at))}
    return {value: limit for value, limit in found.items() if limit.value} | {"": ranked(rule, 0, None)}


def _left(at: Snapshot, mine: str, history: bool) -> dict[str, list[int]]:
    won = f"FROM deal WHERE {AS_OF} AND standing = 'won' AND {NEW} AND qualified IS NOT NULL AND closed <= $day AND {mine}"
    sql = f"SELECT '' AS stage, closed - created AS span, count(*) {won} AND created IS NOT NULL GROUP BY 1, 2"
    if history:
        sql += (
            f" UNION ALL SELECT stage, closed - entered, count(*) FROM (SELECT v.id, v.stage, min(v.valid_from)::DATE AS entered, "
            f"any_value(w.closed) AS closed FROM deal v JOIN (SELECT id, closed {won}) w ON v.id = w.id WHERE "
            f"v.valid_from <= $as_of AND v.known_from <= $known AND v.known_to > $known AND NOT v.removed AND "
            f"v.standing = 'open' GROUP BY v.id, v.stage) WHERE closed >= entered GROUP BY 1, 2"
        )
    spans: dict[str, list[int]] = {}
    for stage, span, count in sorted(rows(at, sql), key=lambda row: row[1]):
        if span >= 0 and stage is not None:
            spans.setdefault(stage, []).extend([span] * count)
    return spans


def _typical(at: Snapshot, mine: str) -> dict[tuple[str, str, str], int]:
    if not at.policy.field_allowed("deal", "amount"):
        return {}
    sql = (
        f"SELECT coalesce(segment, ''), coalesce(type, ''), coalesce(currency, ''), quantile_disc(amount, 0.5), count(*), "
        f"grouping(segment) FROM deal WHERE {AS_OF} AND standing = 'won' AND {NEW} AND amount > 0 AND closed <= $day AND "
        f"closed > $day - 731 AND {mine} GROUP BY GROUPING SETS ((segment, type, currency), (currency))"
    )
    found = {}
    for segment, kind, currency, middle, n, whole in rows(at, sql):
        if n >= OF_TYPICAL:
            found[("*", "*", currency) if whole else (segment, kind, currency)] = middle
    return found


def _words(at: Snapshot, mine: str) -> tuple[str, str, str, str]:
    """The CRM's own words: the stage and category most losses have, the lost reason of duplicates, the type of renewals."""

    def most(field: str, test: str) -> str:
        if not at.policy.field_allowed("deal", field):
            return ""
        sql = (
            f"SELECT {field}, count(*) FROM deal WHERE {AS_OF} AND {test} AND {field} IS NOT NULL AND {mine} GROUP BY 1 "
            "ORDER BY 2 DESC, 1 LIMIT 1"
        )
        found = rows(at, sql)
        return str(found[0][0]) if found else ""

    return (
        most("stage", "standing = 'lost'"),
        most("forecast_category", "standing = 'lost'"),
        most("lost_reason", "contains(lower(lost_reason), 'duplic')"),
        most("type", "contains(lower(type), 'renew')"),
    )


def folded(category: str) -> str:
    """A forecast category without case and the ways its words are joined."""
    return category.casefold().replace("_", " ").replace("bestcase", "best case")


def _categories(at: Snapshot, mine: str) -> dict[str, str]:
    """The categories of open deals in the CRM's own writing, by what they are without case."""
    if not at.policy.field_allowed("deal", "forecast_category"):
        return {}
    sql = (
        f"SELECT forecast_category, count(*) FROM deal WHERE {AS_OF} AND standing = 'open' AND forecast_category IS NOT NULL "
        f"AND {mine} GROUP BY 1 ORDER BY 2, 1"
    )
    return {folded(name): name for name, _ in rows(at, sql)}


def _amounts(at: Snapshot, rules: Sequence[Rule], mine: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Amounts that stand on open deals far more often than on won ones, and those that wins have too.

    What was lost since the last Monday counts as open still, as for stays: closing some of them lets none of the others go.
    """
    if not at.policy.field_allowed("deal", "amount"):
        return (), ()
    least = next((rule.at_least or 5 for rule in rules if rule.shape == "placeholder"), 5)
    lately = " OR (standing = 'lost' AND closed >= $week)" if at.policy.field_allowed("deal", "closed") else ""
    sql = (
        f"WITH a AS (SELECT coalesce(currency, '') || ':' || amount AS told, standing = 'won' AS won FROM deal WHERE {AS_OF} "
        f"AND (standing IN ('open', 'won'){lately}) AND amount IS NOT NULL AND {NEW} AND {mine}) "
        "SELECT told, count(*) FILTER (NOT won), count(*) FILTER (won), sum(count(*) FILTER (NOT won)) OVER (), "
        "sum(count(*) FILTER (won)) OVER () FROM a GROUP BY told "
        f"QUALIFY count(*) FILTER (NOT won) >= {least} OR count(*) FILTER (won) >= {USUAL}"
    )
    repeated, usual = [], []
    for amount, opened, won, opens, wins in rows(at, sql, week=_monday(at)):
        if won >= USUAL:
            usual.append(amount)
        # One win more is granted, for an amount that none has yet may be one that comes.
        elif opened >= least and opened * 100 >= opens and wins >= ENOUGH and opened * wins > TIMES * (won + 1) * opens:
            repeated.append(amount)
    return tuple(sorted(repeated)), tuple(sorted(usual))


def _monday(at: Snapshot) -> date:
    """The Monday of the as-of day's week."""
    return at.day - timedelta(days=at.day.weekday())


def _too_old(at: Snapshot) -> tuple[str, int] | None:
    """The date a deal's age runs from and the days that are far too many, as what should not count has it."""
    if at.policy.scope != COMPANY or not all(at.policy.field_allowed("deal", f) for f in ("created", "qualified")):
        return None
    for finding in zombies(at):
        for name, test in finding.when.items():
            if isinstance(test, Mapping) and "older" in test:
                return name, int(test["older"])
    return None
