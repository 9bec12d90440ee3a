"""A panel the slow way: one day after the other, each by the queries that answer for a single day."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from saleswright.history.compiled import compile_text
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow import book, rows
from saleswright.measure.flow.bridge_rows import on
from saleswright.measure.flow.columns import EPOCH, NO_DAY
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel.panel import CODED, Panel
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.made.push import PUSH
from saleswright.measure.metrics.made.stage_entry import STAGE_ENTRY

Row = dict[str, Any]
VERSIONS = """SELECT id, amount, currency FROM deal WHERE valid_from <= $as_of AND known_from <= $known AND known_to > $known
AND NOT removed AND amount IS NOT NULL ORDER BY id, valid_from"""
TOUCHES = """SELECT deal, max(local_day(occurred)) FROM activity WHERE valid_from <= $as_of AND valid_to > $as_of
AND known_from <= $known AND known_to > $known AND NOT removed AND occurred <= $as_of AND deal IS NOT NULL GROUP BY deal"""
NOW = """SELECT id, amount, currency, local_day(last_activity) FROM deal WHERE valid_from <= $as_of AND valid_to > $as_of
AND known_from <= $known AND known_to > $known AND NOT removed"""
_SEEN = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known"
SEGMENTS = f"""SELECT d.id, coalesce(d.segment, a.segment) FROM (SELECT * FROM deal WHERE {_SEEN}) d
LEFT JOIN (SELECT * FROM account WHERE {_SEEN}) a ON d.account = a.id"""
LEFT = """SELECT id, max(CASE WHEN valid_to > $as_of THEN NULL ELSE local_day(valid_to) END), bool_or(valid_to > $as_of)
FROM deal WHERE valid_from <= $as_of AND known_from <= $known AND known_to > $known AND NOT removed AND standing = 'open'
GROUP BY id"""


@cache
def _text(name: str) -> str:
    from saleswright.history.schema import standard

    made = {"entries": STAGE_ENTRY, "pushes": PUSH}[name].build(standard(), "company")
    return compile_text(made)


def _all(at: Snapshot, sql: str) -> list[dict[str, Any]]:
    values = {name: value for name, value in at.clocks().items() if f"${name}" in sql}
    names, rows = at.reader.table(sql, values)
    return [dict(zip(names, row, strict=True)) for row in rows]


def _local(at: Snapshot, moment: Any) -> date:
    from saleswright.lib.zone import local_date

    return local_date(moment, at.workspace.zone)


def day_of(at: Snapshot, day: date, by: Sequence[str] = (), where: Pairs = (), every: Pairs = ()) -> dict[str, Row]:
    """Deal -> what the record says of it on that day, as known then; of the deals open in the book."""
    then = on(at, day)
    held = book.read(then, tuple(dict.fromkeys((*CODED, *by))), where)
    own_segment = dict(then.reader.rows(SEGMENTS, then.clocks()))
    whole = book.read(then, ("owner", "source"), every)
    number = (day - EPOCH).days
    won: dict[str, Counter[str]] = {name: Counter() for name in ("owner", "source")}
    decided: dict[str, Counter[str]] = {name: Counter() for name in ("owner", "source")}
    for i in range(len(whole)):
        if whole.fate[i] in (book.WON, book.LOST) and NO_DAY != whole.days["closed"][i] < number:
            for name in won:
                decided[name][whole.groups[name][i]] += 1
                won[name][whole.groups[name][i]] += int(whole.fate[i] == book.WON)
    visits: dict[str, list[Any]] = defaultdict(list)
    for visit in _all(then, _text("entries")):
        visits[visit["deal"]].append(visit)
    pushes: dict[str, list[int]] = defaultdict(list)
    for push in _all(then, _text("pushes")):
        pushes[push["deal"]].append(push["days"])
    first: dict[str, tuple[Any, ...]] = {}
    for id_, amount, currency in then.reader.rows(VERSIONS, then.clocks()):
        first.setdefault(id_, (amount, currency))
    touched = dict(then.reader.rows(TOUCHES, then.clocks()))
    now = {row[0]: row[1:] for row in then.reader.rows(NOW, then.clocks())}
    found: dict[str, Row] = {}
    for i in range(len(held)):
        if held.fate[i] != book.OPEN:
            continue
        id_ = str(held.id[i])
        own = visits.get(id_, [])
        standing = [v for v in own if v["left"] is None]
        amount, currency, last = now[id_]
        due = int(held.days["expected_close"][i])
        last_touch = max((d for d in (touched.get(id_), min(last, day) if last else None) if d), default=None)
        row: Row = {
            **{name: held.groups[name][i] for name in CODED},
            **{f"by {name}": held.groups[name][i] for name in by},
            "segment": own_segment[id_] or "",
            "age": max(0, number - int(held.days["qualified"][i])),
            "in_stage": (day - _local(then, standing[0]["entered"])).days if standing else -1,
            "entries": len(own),
            "back": sum(v["went"] == "back" for v in own),
            "pushes": len(pushes.get(id_, ())),
            "pushed_days": sum(pushes.get(id_, ())),
            "change": _change(first.get(id_), (amount, currency)),
            "to_close": None if due == NO_DAY or due < number else due - number,
            "past_due": due != NO_DAY and due < number,
            "silent": (day - last_touch).days if last_touch else None,
            "amount": int(held.amount[i]),
            "unknown": bool(held.unknown[i]),
        }
        for name in won:
            known = bool(held.groups[name][i])
            row[f"won_{name}"] = won[name][held.groups[name][i]] if known else 0
            row[f"decided_{name}"] = decided[name][held.groups[name][i]] if known else 0
        found[id_] = row
    return found


def _change(first: tuple[Any, ...] | None, now: tuple[Any, ...]) -> float | None:
    if first is None or now[0] is None or first[1] != now[1] or first[0] <= 0 or now[0] <= 0:
        return None
    return math.log(now[0] / first[0])


def became(at: Snapshot, day: date | None = None, every: Pairs = ()) -> dict[str, tuple[int, int | None, bool]]:
    """Deal -> (fate, day of its end or the last it was seen open, is it gone?) by the book of that day as known then, or by
    that of the snapshot."""
    then = on(at, day) if day else at
    day = day or at.day
    held = book.read(then, (), every)
    number = (day - EPOCH).days
    left: dict[str, int] = {}
    for id_, last, still in then.reader.rows(LEFT, then.clocks()):
        left[id_] = number + 1 if still else (last - EPOCH).days
    closed = {
        row[0]: (row[1] - EPOCH).days
        for row in then.reader.rows(
            NOW.replace("amount, currency, local_day(last_activity)", "closed, standing"), then.clocks()
        )
        if row[1] and row[2] != "open"
    }
    found: dict[str, tuple[int, int | None, bool]] = {}
    known = {str(id_): int(held.fate[i]) for i, id_ in enumerate(held.id)}
    for id_ in {*left, *known, *closed}:
        end = closed.get(id_, left.get(id_))
        fate = known.get(id_)
        if fate in (book.WON, book.LOST):
            found[id_] = fate, None if end is None else min(end, number), False
        else:
            found[id_] = book.OPEN, None if end is None else min(end - 1, number), fate != book.OPEN
    return found


def told(panel: Panel, by: Sequence[str] = ()) -> dict[date, dict[str, Row]]:
    """The panel's rows as the slow way has them."""
    found: dict[date, dict[str, Row]] = {}
    for i in range(len(panel)):
        row: Row = {}
        for name in CODED:
            code = int(getattr(panel, name)[i])
            row[name] = panel.names[name][code] if code >= 0 else ""
        for name in by:
            code = int(panel.groups[name][i])
            row[f"by {name}"] = panel.names[name][code] if code >= 0 else ""
        for name in ("age", "in_stage", "entries", "back", "pushes", "pushed_days", "amount", "won_owner", "decided_owner",
                     "won_source", "decided_source"):  # fmt: skip
            row[name] = int(getattr(panel, name)[i])
        for name in ("change", "to_close", "silent"):
            value = float(getattr(panel, name)[i])
            row[name] = None if math.isnan(value) else value
        row |= {"past_due": bool(panel.past_due[i]), "unknown": bool(panel.unknown[i])}
        day = EPOCH + timedelta(int(panel.day[i]))
        found.setdefault(day, {})[panel.ids[panel.deal[i]]] = row
    return found


def differences(fast: dict[str, Row], slow: dict[str, Row]) -> list[str]:
    """What the two say differently, in words."""
    wrong = [f"{id_}: only by the slow way" for id_ in sorted(set(slow) - set(fast))]
    wrong += [f"{id_}: only in the panel" for id_ in sorted(set(fast) - set(slow))]
    for id_ in sorted(set(fast) & set(slow)):
        for name, value in slow[id_].items():
            mine = fast[id_][name]
            same = (
                math.isclose(mine, value, rel_tol=1e-12)
                if name == "change" and None not in (mine, value)
                else mine == value
            )
            if not same:
                wrong.append(f"{id_}.{name}: {mine} in the panel, {value} by the slow way")
    return wrong


EVER = """SELECT DISTINCT id FROM deal WHERE valid_from <= $as_of AND known_from <= $known AND known_to > $known AND NOT removed
AND standing = 'open' AND qualified IS NOT NULL AND coalesce(type, '') NOT LIKE '%renew%'"""
WINS = f"""SELECT id, closed, started FROM (SELECT *, local_day(valid_from) AS started FROM deal WHERE {_SEEN}) WHERE NOT removed
AND standing = 'won' AND coalesce(type, '') NOT LIKE '%renew%'"""


def past_of(at: Snapshot, day: date, by: Sequence[str], where: Pairs = (), every: Pairs = ()) -> dict[str, Row]:
    """Deal -> what had become of it by the end of that day, by the rows of `won_value` and the flow's book of that day as known
    then; gone ones only where everybody's deals are asked for."""
    then = on(at, day)
    booked = rows.read(then, "won_value", by, "all", where)
    found: dict[str, Row] = {}
    for i in range(len(booked)):
        told = {name: booked.groups[name][i] for name in by}
        known = bool(booked.known[i])
        ended = int(booked.day[i])
        found[str(booked.id[i])] = {
            "fate": book.WON,
            "gone": False,
            "booked": int(booked.value[i]) if known else 0,
            "unknown": not known,
            "ended": ended,
            **told,
        }
    held = book.read(then, by, where)
    left = became(at, day, every)
    for i in range(len(held)):
        id_ = str(held.id[i])
        if held.fate[i] not in (book.OPEN, book.LOST):
            continue
        _, end, _ = left[id_]
        qualified = int(held.days["qualified"][i])
        told = {name: held.groups[name][i] for name in by}
        row = {"fate": int(held.fate[i]), "gone": False, "booked": 0, "unknown": False, **told}
        assert end is not None
        found[id_] = {**row, "ended": end, "came": min(qualified, end)}
    if not where and at.policy.shape == "company":
        # Won without an amount or a closing day: won all the same, and worth nobody knows what.
        for id_, _, _ in then.reader.rows(WINS, then.clocks()):
            found.setdefault(id_, {"fate": book.WON, "gone": False, "booked": 0, "unknown": True})
        for (id_,) in then.reader.rows(EVER, then.clocks()):
            if id_ not in found:
                _, end, _ = left[id_]
                found[id_] = {"fate": book.OPEN, "gone": True, "booked": 0, "unknown": False, "ended": end}
    return found


def past_told(past: Past, by: Sequence[str] = ()) -> dict[str, Row]:
    """The past's deals as the slow way has them."""
    found: dict[str, Row] = {}
    for i in range(len(past)):
        row: Row = {name: int(getattr(past, name)[i]) for name in ("came", "ended", "fate", "booked")}
        for name in by:
            code = int(past.groups[name][i])
            row[name] = past.names[name][code] if code >= 0 else ""
        found[past.ids[i]] = row | {"unknown": bool(past.unknown[i]), "gone": bool(past.gone[i])}
    assert len(found) == len(past)
    return found
