"""Which stages end a deal, where the file itself says so: in flags, in a status beside the stage, or by 0 and 100 %?"""

from __future__ import annotations

from typing import Any

import duckdb

from saleswright.data.mapping.headers import find, plain, synonyms
from saleswright.data.mapping.proposal import Guess, column_of, name_of, values_of
from saleswright.data.mapping.rule import exact
from saleswright.data.mapping.stages import meaning
from saleswright.data.read.forms import TRUE
from saleswright.data.read.sql import clean, ident, swap, texts
from saleswright.lib.issue import Issue

_SURE = 0.98


def settle_standing(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any]
) -> tuple[dict[str, str], list[Issue]]:
    """(stage -> standing as the file tells it, issues); the body of a deal mapping gets what the status column says."""
    issues: list[Issue] = []
    told = _status(con, start, body, issues)
    _decided(start, body)
    stage = column_of(body, "stage")
    if not stage or stage not in start.evidence.header:
        return told, issues
    by_flag = _flags(con, start, body, stage)
    by_chance = _chances(con, start, body, stage)
    names = {s: m for s in (*by_flag, *by_chance) if (m := meaning(s)) in ("won", "lost", "disqualified")}
    for name, standing in by_chance.items():
        if name not in by_flag and name not in names and meaning(name) is None:
            told[name] = standing
    for name, standing in by_flag.items():
        if not (standing == "lost" and names.get(name) == "disqualified"):
            told[name] = standing
    new = {s: v for s, v in told.items() if v != "open" and s not in names and s in by_flag | by_chance}
    if new:
        shown = ", ".join(f"{s} is {v}" for s, v in new.items())
        issues.append(
            Issue(
                name_of(start.evidence),
                f"{stage}: {shown}, as the file's own columns say",
                level="note",
                code="stages_told",
            )
        )
    return told, issues


def _status(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], issues: list[Issue]) -> dict[str, str]:
    table = synonyms()["standing"]
    stage = column_of(body, "stage")
    others = [h for h in start.evidence.header if h != stage and start.seen.by_name[h].kind == "text"]
    status = find(others, table["status"])
    if not stage or not status or body["layout"] != "rows":
        return {}
    words = {plain(w): what for what, names in table["words"].items() for w in names}
    values = {v: words.get(plain(v), "") for v, _ in values_of(con, start.table, status)}
    if not {"won", "lost"} & set(values.values()) or sum(1 for w in values.values() if not w) > 1:
        return {}
    deleted = [v for v, what in values.items() if what == "deleted"]
    if deleted:
        body.setdefault("skip", {})[status] = exact(deleted)
    rules, told = [], {}
    for what in ("won", "lost"):
        for value in (v for v, is_ in values.items() if is_ == what):
            own = [s for s, _ in _stages_where(con, start, body, stage, status, value)]
            if all(meaning(s) == what for s in own) and own:
                continue
            rules.append({"field": "stage", "only": exact([value]), "says": value})
            told[value] = what
    if rules:
        body["columns"][status] = rules
        what = f"{status}: {' and '.join(told)} go before {stage}, which says how far a deal had come"
        issues.append(Issue(name_of(start.evidence), what, level="note", code="status_first"))
    return told


def _stages_where(
    con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], stage: str, status: str, value: str
) -> list[tuple[str, int]]:
    s = _stage_sql(body, stage)
    query = f"SELECT {s} AS s, count(*) FROM {ident(start.table)} WHERE {clean(ident(status))} IN ({texts([value])}) GROUP BY s"
    return [(str(v), int(n)) for v, n in con.execute(query).fetchall() if v is not None]


def _decided(start: Guess, body: dict[str, Any]) -> None:
    """A day of winning and a day of losing are, together, the day of the decision."""
    if column_of(body, "closed") or body["layout"] != "rows":
        return
    dated = [h for h in start.evidence.header if start.seen.by_name[h].kind in ("date", "moment")]
    won, lost = (find(dated, synonyms()["standing"][name]) for name in ("won_on", "lost_on"))
    for header in dict.fromkeys(filter(None, (won, lost))):
        rule: dict[str, Any] = {"field": "closed", "only": ["?*"]}
        if start.seen.by_name[header].format != start.seen.dates:
            rule["dates"] = start.seen.by_name[header].format
        body["columns"][header] = rule


def _flags(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], stage: str) -> dict[str, str]:
    table = synonyms()["standing"]
    truths = [h for h in start.evidence.header if _truth(start, h)]
    won, lost, closed = (find(truths, table[name]) for name in ("won", "lost", "closed"))
    if not won and not (lost and closed):
        return {}

    def share(header: str) -> str:
        yes = f"lower({clean(ident(header))}) IN ({texts(TRUE)})"
        return f"avg(CASE WHEN {yes} THEN 1.0 ELSE 0.0 END)"

    columns = [share(h) if h else "NULL" for h in (won, lost, closed)]
    s = _stage_sql(body, stage)
    query = f"SELECT {s} AS s, {', '.join(columns)} FROM {ident(start.table)} GROUP BY s HAVING s IS NOT NULL"
    found: dict[str, str] = {}
    for name, is_won, is_lost, is_closed in con.execute(query).fetchall():
        if is_won is not None and is_won >= _SURE:
            found[str(name)] = "won"
        elif (is_lost is not None and is_lost >= _SURE) or (
            won and closed and is_closed >= _SURE and is_won <= 1 - _SURE
        ):
            found[str(name)] = "lost"
        elif (closed and is_closed <= 1 - _SURE) or (won and lost and is_won + is_lost <= 1 - _SURE):
            found[str(name)] = "open"
    return found


def _truth(start: Guess, header: str) -> bool:
    seen = start.seen.by_name[header]
    return seen.kind == "bool" or (seen.kind == "number" and bool(seen.samples) and set(seen.samples) <= {"0", "1"})


def _chances(con: duckdb.DuckDBPyConnection, start: Guess, body: dict[str, Any], stage: str) -> dict[str, str]:
    """Stages of which every deal has 100 % are won, with 0 % lost, where others lie between."""
    chance = column_of(body, "probability")
    if not chance or start.seen.by_name[chance].kind != "number":
        return {}
    number = f"TRY_CAST(replace(replace({clean(ident(chance))}, '%', ''), ',', '.') AS DOUBLE)"
    query = (
        f"SELECT {_stage_sql(body, stage)} AS s, min({number}), max({number}) FROM {ident(start.table)}"
        " GROUP BY s HAVING s IS NOT NULL"
    )
    rows = [(str(s), low, high) for s, low, high in con.execute(query).fetchall() if low is not None]
    top = max((high for _, _, high in rows), default=0)
    full = 100.0 if top > 1 else 1.0
    between = [s for s, low, high in rows if low > 0 and high < full]
    if not between:
        return {}
    return {s: "won" if low == high == full else "lost" for s, low, high in rows if low == high and low in (0.0, full)}


def _stage_sql(body: dict[str, Any], stage: str) -> str:
    """SQL of the stage's label in a raw column, through the mapping's own `values:`."""
    given = body["columns"].get(stage)
    rule = next(
        (r for r in (given if isinstance(given, list) else [given]) if isinstance(r, dict) and "values" in r), {}
    )
    return swap(clean(ident(stage)), {str(k): str(v) for k, v in rule.get("values", {}).items()})
