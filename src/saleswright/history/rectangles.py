"""Which versions follow from many sources? Facts in order, each field's latest, cut into rectangles of the two clocks."""

from __future__ import annotations

import duckdb

from saleswright.history.changes import Source, own_minor
from saleswright.history.facts import (
    EXTRA,
    FOREVER,
    ORIGIN,
    TERMINAL,
    Loaded,
    anchor_times,
    first_export,
    instant,
    literal,
    quoted,
    with_standing,
)
from saleswright.history.schema import Entity


def from_many(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded) -> None:
    deal = entity.name == "deal"
    carried = {f.name: f.sql for f in entity.plain}
    used = {name for source, _ in loaded for name in source.sets if name in carried or name in EXTRA}
    if deal and any("created" in source.sets and source.layout == "rows" for source, _ in loaded):
        used.add("qualified_fallback")
    untold = list(dict.fromkeys(name for source, _ in loaded for name in source.untold(entity)))
    if untold:
        used.add("currency")
    types = {name: carried.get(name) or EXTRA[name] for name in [*carried, *EXTRA] if name in used}
    types |= {_mark(name): "VARCHAR" for name in untold}
    columns = "".join(f", {quoted(name)} {sql}" for name, sql in types.items())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE facts (id VARCHAR, vf TIMESTAMP, kf TIMESTAMP, run INTEGER, num INTEGER,"
        f" line BIGINT, pri TINYINT, anchor VARCHAR, g INTEGER, event BOOLEAN, removed BOOLEAN{columns})"
    )
    clears: dict[str, list[int]] = {name: [] for name in types}
    group = 0
    for source, table in loaded:
        for select, sets, clearing in _groups(entity, source, table, types):
            group += 1
            con.execute(f"INSERT INTO facts BY NAME SELECT *, {group} AS g FROM ({select})")
            if clearing:
                for name in sets:
                    clears[name].append(group)
    if len({source.run_id for source, _ in loaded if source.layout != "rows"}) > 1:
        _told_once(con, types)
    exports = [source for source, _ in loaded if source.layout == "rows"]
    if len(exports) > 1:
        _no_second_past(con, exports)
    _rectangles(con, entity, types, clears, untold)


def _mark(name: str) -> str:
    """Beside an amount: the currency it is in where the record has none, for one told without; empty for one told with."""
    return f"{name}__assumed"


def _in_own_currency(con: duckdb.DuckDBPyConnection, entity: Entity, untold: list[str]) -> None:
    """Money told without a currency is in the record's own of that moment, or in the first it was ever given; a deal
    that has none anywhere is in the currency assumed."""
    marks = [f"nullif({quoted(_mark(name))}, '')" for name in untold]
    silent = f"coalesce({', '.join(marks)}, NULL)"
    own = "coalesce(f.currency, CASE WHEN NOT currency_told THEN first_told END)"
    code = f"coalesce({own}, {silent})"
    kept = code if entity.name == "deal" else own
    changes = ", ".join(
        f"CASE WHEN {mark} IS NULL THEN {quoted(name)} ELSE {own_minor(quoted(name), code)} END AS {quoted(name)}"
        for name, mark in zip(untold, marks, strict=True)
    )
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE folded AS
        SELECT f.* REPLACE (CASE WHEN {silent} IS NULL THEN f.currency ELSE {kept} END AS currency, {changes})
        FROM folded f LEFT JOIN (
            SELECT id, first(currency ORDER BY vf, pri, kf, run, num, line, g) AS first_told FROM facts
            WHERE currency IS NOT NULL GROUP BY id) told ON told.id = f.id"""
    )


def _told_once(con: duckdb.DuckDBPyConnection, types: dict[str, str]) -> None:
    """A happening that an earlier run told already adds nothing: it stays that run's, and known since then."""
    told = ", ".join(["id", "vf", "anchor", *map(quoted, types)])
    con.execute(
        f"""DELETE FROM facts WHERE rowid IN (SELECT rowid FROM facts WHERE pri = 1
            QUALIFY run > min(run) OVER (PARTITION BY {told}))"""
    )


def _no_second_past(con: duckdb.DuckDBPyConnection, exports: list[Source]) -> None:
    """A later export may not rewrite what was trusted before, nor date a change before it was last seen otherwise.

    What its dates say of days before it is known since it came: nobody could have said so then. Only the first export,
    before which nothing was known, is trusted as if its dates had been known on their days.
    """
    con.execute(
        """DELETE FROM facts WHERE rowid IN (SELECT rowid FROM facts WHERE pri = 0
           QUALIFY run > min(run) OVER (PARTITION BY id, anchor))"""
    )
    con.execute(
        """UPDATE facts SET vf = seen.last + INTERVAL 1 MICROSECOND
           FROM (SELECT f.rowid AS fact, max(e.vf) AS last FROM facts f
                 JOIN facts e ON e.id = f.id AND e.pri = 2 AND e.run < f.run WHERE f.pri = 0 GROUP BY ALL) seen
           WHERE facts.rowid = seen.fact AND facts.vf <= seen.last"""
    )
    first = first_export(exports)
    came = {source.run_id: instant(source) for source in exports if source.run_id != first}
    for run, at in came.items():
        con.execute(f"UPDATE facts SET kf = {at} WHERE pri = 0 AND run = {run} AND kf < {at}")


def _groups(entity: Entity, source: Source, table: str, types: dict[str, str]) -> list[tuple[str, list[str], bool]]:
    """The source as selects of facts: (sql, fields it sets, whether an empty value clears)."""
    sets = [name for name in source.sets if name in types]
    untold = source.untold(entity)

    def told(names: list[str], clearing: bool) -> str:
        """The facts' own columns, and beside an amount that may lack a currency whether it does."""
        found = [f", {quoted(name)}" for name in names]
        for name in (name for name in names if _mark(name) in types):
            otherwise = "ELSE ''" if clearing else ""
            code = literal(source.assumed if name in untold else "")
            found.append(f", CASE WHEN {quoted(name)} IS NOT NULL THEN {code} {otherwise} END AS {quoted(_mark(name))}")
        return "".join(found)

    common = f"{source.run_id} AS run, {source.number} AS num, line"
    if source.layout == "events":
        return [
            (
                f'SELECT id, "at" AS vf, coalesce(recorded, "at") AS kf, {common}, 1 AS pri, true AS event{told(sets, False)}'
                f" FROM {table}",
                sets,
                False,
            )
        ]
    if source.layout == "fields":
        return [
            (
                f'SELECT id, "at" AS vf, coalesce(recorded, "at") AS kf, {common}, 1 AS pri, true AS event,'
                f" {literal(name)} AS anchor{told([name], True)}"
                f" FROM (SELECT *, value::{types[name]} AS {quoted(name)} FROM {table} WHERE field = {literal(name)})",
                [name],
                True,
            )
            for name in sets
        ]
    now = instant(source)
    row = with_standing(source, table) if entity.name == "deal" else f"SELECT s.* FROM {table} s"
    out: list[tuple[str, list[str], bool]] = []
    for anchor, when in anchor_times(entity, source).items():
        names = [n for n in sets if n in entity.by_name and entity[n].since == anchor]
        if anchor == "closed" and "close" in sets:
            names.append("close")
        if anchor == "created" and "qualified_fallback" in types and "created" in source.sets:
            names.append("qualified_fallback")
        out.append(
            (
                f"SELECT id, vf, vf AS kf, {common}, 0 AS pri, '{anchor}' AS anchor, false AS event,"
                f" false AS removed{told(names, False)}"
                f" FROM (SELECT *, {when} AS vf FROM ({row})) WHERE vf IS NOT NULL",
                names,
                False,
            )
        )
    names = list(sets)
    if "qualified_fallback" in types and "created" in source.sets:
        names.append("qualified_fallback")
    out.append(
        (
            f"SELECT id, {now} AS vf, {now} AS kf, {common}, 2 AS pri, false AS event,"
            f" deleted AS removed{told(names, True)} FROM {table}",
            names,
            True,
        )
    )
    return out


def _rectangles(
    con: duckdb.DuckDBPyConnection,
    entity: Entity,
    types: dict[str, str],
    clears: dict[str, list[int]],
    untold: list[str],
) -> None:
    deal = entity.name == "deal"
    late = con.execute("SELECT count(*) FROM facts WHERE kf > vf").fetchone()
    if late and late[0]:
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE epochs AS
            SELECT id, epoch, coalesce(lead(epoch) OVER (PARTITION BY id ORDER BY epoch), {FOREVER}) AS until
            FROM (SELECT DISTINCT id, {ORIGIN} AS epoch FROM facts
                  UNION SELECT DISTINCT id, kf FROM facts WHERE kf > vf)"""
        )
        rows = "SELECT f.*, e.epoch, e.until FROM facts f JOIN epochs e ON f.id = e.id AND (f.kf <= f.vf OR f.kf <= e.epoch)"
    else:
        rows = f"SELECT *, {ORIGIN} AS epoch, {FOREVER} AS until FROM facts"

    def setting(name: str) -> str:
        given = f"{quoted(name)} IS NOT NULL"
        return f"g IN ({', '.join(map(str, clears[name]))}) OR {given}" if clears.get(name) else given

    def latest(name: str) -> str:
        column = quoted(name)
        if clears.get(name):
            given = f"CASE WHEN {setting(name)} THEN {{'v': {column}}} END"
            return f"struct_extract(last_value({given} IGNORE NULLS) OVER w, 'v')"
        return f"last_value({column} IGNORE NULLS) OVER w"

    folded = "".join(f", {latest(name)} AS {quoted(name)}" for name in types)
    names = "".join(f", {quoted(name)}" for name in types)
    if untold:
        folded += f", coalesce(bool_or({setting('currency')}) OVER w, false) AS currency_told"
        names += ", currency_told"
    stage = "stage" in types
    entered = ""
    if deal:
        entered = (
            ", min(CASE WHEN event AND q.qualified THEN vf END) OVER w AS qualified_entry,"
            " last_value(CASE WHEN stage IS NOT NULL THEN event END IGNORE NULLS) OVER w AS stage_by_event,"
            " coalesce(bool_or(event AND stage IS NOT NULL) OVER w, false) AS stage_seen"
            if stage
            else ", NULL::TIMESTAMP AS qualified_entry, false AS stage_by_event, false AS stage_seen"
        )
        if stage:
            rows = (
                f"SELECT r.*, q.qualified AND q.standing <> 'lost' AS stage_qualified FROM ({rows}) r"
                " LEFT JOIN stage_of q ON q.stage = r.stage"
            )
            entered = entered.replace("q.qualified", "stage_qualified")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE folded AS
        SELECT id, epoch, until, vf, kf, run, line{names}, removed{", qualified_entry, stage_by_event, stage_seen" if deal else ""}
        FROM (SELECT id, epoch, until, vf, kf, run, line{folded}{entered},
                     coalesce(last_value(removed IGNORE NULLS) OVER w, false) AS removed,
                     row_number() OVER (PARTITION BY id, epoch, vf
                                        ORDER BY pri DESC, kf DESC, run DESC, num DESC, line DESC, g DESC) AS nth
              FROM ({rows})
              WINDOW w AS (PARTITION BY id, epoch ORDER BY vf, pri, kf, run, num, line, g ROWS UNBOUNDED PRECEDING))
        WHERE nth = 1"""
    )
    if untold:
        _in_own_currency(con, entity, untold)
    moments = _standings(stage) if deal else "folded"
    shown = [_final(field.name, field.sql, types, deal) for field in entity.plain]
    if deal:
        shown += ["standing", _qualified_by(types)]
    # A version begins where something that can be seen changes, derived fields included.
    fields = ", ".join(f"a{i} := {sql}" for i, sql in enumerate([*shown, "removed"]) if not sql.startswith("NULL::"))
    state = f"hash(struct_pack({fields}))"
    known = f"CASE WHEN epoch = {ORIGIN} THEN (CASE WHEN until = {FOREVER} THEN kf ELSE {ORIGIN} END) ELSE epoch END"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE versions AS
        SELECT *, coalesce(lead(vf) OVER v, {FOREVER}) AS vt, row_number() OVER v = 1 AS is_first, {known} AS known_from
        FROM (SELECT *, lag(state) OVER (PARTITION BY id, epoch ORDER BY vf) AS before
              FROM (SELECT *, {state} AS state FROM {moments}))
        WHERE before IS NULL OR state <> before
        WINDOW v AS (PARTITION BY id, epoch ORDER BY vf)"""
    )
    if late and late[0]:
        # The same version over neighbouring stretches of knowledge is one rectangle, not two. A quota has a field `starts`.
        same = "id, vf, vt, state, is_first"
        con.execute(
            f"""CREATE OR REPLACE TEMP TABLE versions AS
            SELECT * EXCLUDE (known_from_all, until_all, ord, island, begins__)
                   REPLACE (known_from_all AS known_from, until_all AS until)
            FROM (SELECT *, min(known_from) OVER g AS known_from_all, max(until) OVER g AS until_all,
                         row_number() OVER (g ORDER BY epoch DESC) AS ord
                  FROM (SELECT *, sum(begins__) OVER (PARTITION BY {same} ORDER BY epoch) AS island
                        FROM (SELECT *, CASE WHEN lag(until) OVER (PARTITION BY {same} ORDER BY epoch) = epoch
                                             THEN 0 ELSE 1 END AS begins__ FROM versions))
                  WINDOW g AS (PARTITION BY {same}, island))
            WHERE ord = 1"""
        )
    con.execute(
        f"""INSERT INTO {quoted(entity.name)}
        SELECT id, {", ".join(shown)}, removed, is_first, vf, vt, known_from, until, run, line FROM versions"""
    )


def _standings(stage: bool) -> str:
    """SQL that gives each moment its standing, and the instant a happening (not an import) brought it about."""
    if not stage:
        return "(SELECT *, 'open' AS standing, NULL::TIMESTAMP AS entered FROM folded)"
    return """(
        SELECT * EXCLUDE (prior),
               struct_extract(last_value(CASE WHEN standing IS DISTINCT FROM prior
                                              THEN {'v': CASE WHEN stage_by_event THEN vf END} END IGNORE NULLS) OVER w,
                              'v') AS entered
        FROM (SELECT *, lag(standing) OVER (PARTITION BY id, epoch ORDER BY vf) AS prior
              FROM (SELECT v.*, coalesce(q.standing, 'open') AS standing
                    FROM folded v LEFT JOIN stage_of q ON q.stage = v.stage))
        WINDOW w AS (PARTITION BY id, epoch ORDER BY vf))"""


def _qualified(types: dict[str, str]) -> list[tuple[str, str]]:
    ways = [("field", "qualified")] if "qualified" in types else []
    ways.append(("stage", "CASE WHEN qualified_entry IS NOT NULL THEN local_day(qualified_entry) END"))
    if "qualified_fallback" in types:
        # A recorded path through the stages that never reached a qualified one says: not qualified.
        ways.append(("created", "CASE WHEN NOT stage_seen THEN qualified_fallback END"))
    return ways


def _qualified_by(types: dict[str, str]) -> str:
    return "CASE " + " ".join(f"WHEN {sql} IS NOT NULL THEN '{way}'" for way, sql in _qualified(types)) + " END"


def _final(name: str, sql: str, types: dict[str, str], deal: bool) -> str:
    column = quoted(name) if name in types else f"NULL::{sql}"
    if not deal:
        return column
    close = "close" if "close" in types else "NULL::DATE"
    if name == "expected_close":
        return f"coalesce({column}, {close})"
    if name == "qualified":
        return f"coalesce({', '.join(way for _, way in _qualified(types))})"
    if name == "closed":
        return f"CASE WHEN standing IN {TERMINAL} THEN coalesce({column}, {close}, local_day(entered)) END"
    return column
