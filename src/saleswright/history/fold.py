"""Which version of each record was true when, and known when? Facts in, rectangles out.

A rectangle (valid_from, valid_to, known_from, known_to) is half-open on both clocks; those of one id never overlap. They
answer every question "as of t, known at k" with t <= k; a later t is asked as t = k, for nobody can see past what is
known. A fact known no later than it became true (the ordinary case) needs one rectangle. A late fact, a correction,
splits its id's rectangles at the moment it became known, so that both answers stay reachable.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from saleswright.history.changes import Source, StageMap
from saleswright.history.schema import Entity

FOREVER = "TIMESTAMP '9999-12-31 00:00:00'"
ORIGIN = "TIMESTAMP '0001-01-01 00:00:00'"
TERMINAL = "('won', 'lost', 'disqualified')"
# Carried by facts beside the entity's own fields: a date whose meaning hangs on the standing, and a stand-in.
EXTRA = {"close": "DATE", "qualified_fallback": "DATE"}

Loaded = Sequence[tuple[Source, str]]


def quoted(name: str) -> str:
    """An identifier, safe whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text literal, safe whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def create(con: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Make the entity's empty table."""
    columns = ", ".join(f"{quoted(name)} {sql}" for name, sql in entity.columns)
    con.execute(f"CREATE TABLE IF NOT EXISTS {quoted(entity.name)} ({columns})")


def create_personal(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table that alone holds personal data, so that it can be erased in one place."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS personal (entity VARCHAR, id VARCHAR, field VARCHAR, value VARCHAR,"
        " valid_from TIMESTAMP, valid_to TIMESTAMP, known_from TIMESTAMP, known_to TIMESTAMP,"
        " run_id INTEGER, seq BIGINT)"
    )


def fold(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded, stages: StageMap) -> None:
    """Materialise the rectangles of one entity from its loaded sources (source, table name) into its table."""
    if not loaded:
        return
    if entity.name == "deal":
        _stage_table(con, loaded, stages)
    if len(loaded) == 1 and loaded[0][0].layout == "rows":
        _from_one_export(con, entity, *loaded[0])
    else:
        _from_many(con, entity, loaded)
    _personal(con, entity, loaded)


def _stage_table(con: duckdb.DuckDBPyConnection, loaded: Loaded, stages: StageMap) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE stage_of (stage VARCHAR, standing VARCHAR, qualified BOOLEAN)")
    found: set[str] = set()
    for source, table in loaded:
        if source.layout == "fields" and "stage" in source.sets:
            rows = con.execute(f"SELECT DISTINCT value FROM {table} WHERE field = 'stage'").fetchall()
        elif "stage" in source.sets:
            rows = con.execute(f"SELECT DISTINCT stage FROM {table}").fetchall()
        else:
            continue
        found.update(row[0] for row in rows if row[0] is not None)
    mapped = [(stage, *stages.standing(stage)) for stage in sorted(found)]
    if mapped:
        con.executemany("INSERT INTO stage_of VALUES (?, ?, ?)", mapped)


def _instant(source: Source) -> str:
    return f"TIMESTAMP {literal(source.imported_at.replace(tzinfo=None).isoformat(sep=' '))}"


def _anchor_times(entity: Entity, source: Source) -> dict[str, str]:
    """SQL for the instant each anchor's fields became true: never before the record existed, never after the import."""
    trusted = [a for a in entity.anchors if a in source.anchors]
    if not trusted:
        return {}
    ats = {a: quoted(f"{a}__at") for a in trusted}
    if entity.name == "deal" and "closed" in ats:
        ats["closed"] = f"CASE WHEN standing IN {TERMINAL} THEN {ats['closed']} END"
    begins = f"coalesce({', '.join(ats[a] for a in trusted)})"
    now = _instant(source)
    first = entity.anchors[0]
    times = {}
    for anchor in entity.anchors:
        if anchor == first:
            times[anchor] = f"least({begins}, {now})"
        elif anchor in ats:
            times[anchor] = f"CASE WHEN {ats[anchor]} IS NOT NULL THEN least(greatest({ats[anchor]}, {begins}), {now}) END"
    return times


def _with_standing(source: Source, table: str) -> str:
    if "stage" not in source.sets:
        return f"SELECT s.*, 'open' AS standing FROM {table} s"
    return f"SELECT s.*, coalesce(stage_of.standing, 'open') AS standing FROM {table} s LEFT JOIN stage_of USING (stage)"


def _from_one_export(con: duckdb.DuckDBPyConnection, entity: Entity, source: Source, table: str) -> None:
    """Every id stands in one row of one export: its versions follow from the row's own dates, without a window."""
    now = _instant(source)
    times = _anchor_times(entity, source)
    names = [f"t{index}" for index in range(len(times))]
    time_of = dict(zip(times, names, strict=True))
    deal = entity.name == "deal"
    row = _with_standing(source, table) if deal else f"SELECT s.* FROM {table} s"
    twice = con.execute(f"SELECT count(*) > count(DISTINCT id) FROM {table}").fetchone()
    if twice and twice[0]:
        row += " QUALIFY row_number() OVER (PARTITION BY s.id ORDER BY s.line) = 1"
    dated = ", ".join(["r.*", *(f"{sql} AS {name}" for name, sql in zip(names, times.values(), strict=True))])
    since = {f.name: (f"coalesce({time_of[f.since]}, {now})" if f.since in time_of else now) for f in entity.fields}
    moments = _moments(entity, source, time_of, since, now)
    visible = f"vf >= {since['stage']}" if deal else ""
    values: list[str] = []
    for field in entity.plain:
        sql = quoted(field.name) if field.name in source.sets else ""
        if deal and "close" in source.sets and field.name == "expected_close":
            close = f"CASE WHEN vf >= {since['closed']} THEN close END"
            values.append(f"coalesce(CASE WHEN vf >= {now} THEN {sql} END, {close})" if sql else close)
            continue
        if deal and field.name == "closed":
            given = "coalesce(closed, close)" if {"closed", "close"} <= set(source.sets) else ""
            given = given or next((c for c in ("closed", "close") if c in source.sets), "")
            sql = f"CASE WHEN standing IN {TERMINAL} THEN {given} END" if given else ""
        if deal and field.name == "qualified" and "created" in source.sets:
            mapped = f"CASE WHEN vf >= {since['qualified']} THEN {sql} END" if sql else "NULL"
            values.append(f"coalesce({mapped}, CASE WHEN {sql or 'NULL'} IS NULL AND vf >= {since['created']}"
                          " THEN qualified_fallback END)")  # fmt: skip
            continue
        if not sql:
            values.append(f"NULL::{field.sql}")
        elif since[field.name] == now:
            values.append(f"CASE WHEN vf >= {now} THEN {sql} END" if names else sql)
        else:
            values.append(f"CASE WHEN vf >= {since[field.name]} THEN {sql} END")
    if deal:
        values.append(f"CASE WHEN {visible} THEN standing ELSE 'open' END")
        by_field = "CASE WHEN qualified IS NOT NULL THEN 'field' " if "qualified" in source.sets else "CASE "
        fallback = "WHEN qualified_fallback IS NOT NULL THEN 'created' END" if "created" in source.sets else "END"
        combined = by_field + fallback
        values.append(combined if "WHEN" in combined else "NULL::VARCHAR")
    con.execute(
        f"""INSERT INTO {quoted(entity.name)}
        SELECT id, {", ".join(values)}, deleted AND vf >= {now}, vf = ts[1], vf, vt, vf, {FOREVER}, {source.run_id}, line
        FROM (SELECT *, unnest(ts) AS vf, unnest(list_append(ts[2:], {FOREVER})) AS vt
              FROM (SELECT *, {moments} AS ts FROM (SELECT {dated} FROM ({row}) r)))"""
    )


def _moments(entity: Entity, source: Source, time_of: dict[str, str], since: dict[str, str], now: str) -> str:
    """SQL for the sorted instants at which the row's record really changed: where a group of fields brings a value."""
    groups: dict[str, list[str]] = {anchor: [] for anchor in time_of}
    late = ["deleted"]
    for field in entity.plain:
        if field.name in source.sets:
            column = quoted(field.name)
            if field.since in time_of:
                groups[field.since].append(f"{column} IS NOT NULL")
                late.append(f"({column} IS NOT NULL AND {since[field.name]} = {now})")
            else:
                late.append(f"{column} IS NOT NULL")
    if "close" in source.sets:
        groups.setdefault("closed", []).append("close IS NOT NULL")
        late.append(f"(close IS NOT NULL AND {since['closed']} = {now})")
    steps = []
    for place, (anchor, name) in enumerate(time_of.items()):
        brings = " OR ".join(groups[anchor]) or "false"
        steps.append(name if place == 0 else f"CASE WHEN {brings} THEN {name} END")
    steps.append(f"CASE WHEN {' OR '.join(late)} THEN {now} END")
    found = f"list_sort(list_distinct(list_filter([{', '.join(steps)}], t -> t IS NOT NULL)))"
    return f"CASE WHEN len({found}) = 0 THEN [{now}] ELSE {found} END"


def _from_many(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded) -> None:
    deal = entity.name == "deal"
    carried = {f.name: f.sql for f in entity.plain}
    used = {name for source, _ in loaded for name in source.sets if name in carried or name in EXTRA}
    if deal and any("created" in source.sets and source.layout == "rows" for source, _ in loaded):
        used.add("qualified_fallback")
    types = {name: carried.get(name) or EXTRA[name] for name in [*carried, *EXTRA] if name in used}
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
    if sum(source.layout == "rows" for source, _ in loaded) > 1:
        _no_second_past(con)
    _rectangles(con, entity, types, clears)


def _no_second_past(con: duckdb.DuckDBPyConnection) -> None:
    """A later export may not rewrite what was trusted before, nor date a change before it was last seen otherwise."""
    con.execute(
        """DELETE FROM facts WHERE rowid IN (SELECT rowid FROM facts WHERE pri = 0
           QUALIFY row_number() OVER (PARTITION BY id, anchor ORDER BY run, num, line) > 1)"""
    )
    con.execute(
        """UPDATE facts SET vf = seen.last + INTERVAL 1 MICROSECOND, kf = seen.last + INTERVAL 1 MICROSECOND
           FROM (SELECT f.rowid AS fact, max(e.vf) AS last FROM facts f
                 JOIN facts e ON e.id = f.id AND e.pri = 2 AND e.run < f.run WHERE f.pri = 0 GROUP BY ALL) seen
           WHERE facts.rowid = seen.fact AND facts.vf <= seen.last"""
    )


def _groups(
    entity: Entity, source: Source, table: str, types: dict[str, str]
) -> list[tuple[str, list[str], bool]]:
    """The source as selects of facts: (sql, fields it sets, whether an empty value clears)."""
    sets = [name for name in source.sets if name in types]
    common = f"{source.run_id} AS run, {source.number} AS num, line"
    if source.layout == "events":
        columns = "".join(f", {quoted(name)}" for name in sets)
        return [(f"SELECT id, \"at\" AS vf, coalesce(recorded, \"at\") AS kf, {common}, 1 AS pri, true AS event{columns}"
                 f" FROM {table}", sets, False)]  # fmt: skip
    if source.layout == "fields":
        return [
            (f"SELECT id, \"at\" AS vf, coalesce(recorded, \"at\") AS kf, {common}, 1 AS pri, true AS event,"
             f" value::{types[name]} AS {quoted(name)} FROM {table} WHERE field = {literal(name)}", [name], True)
            for name in sets
        ]  # fmt: skip
    now = _instant(source)
    row = _with_standing(source, table) if entity.name == "deal" else f"SELECT s.* FROM {table} s"
    out: list[tuple[str, list[str], bool]] = []
    for anchor, when in _anchor_times(entity, source).items():
        names = [n for n in sets if n in entity.by_name and entity[n].since == anchor]
        if anchor == "closed" and "close" in sets:
            names.append("close")
        if anchor == "created" and "qualified_fallback" in types and "created" in source.sets:
            names.append("qualified_fallback")
        columns = "".join(f", {quoted(name)}" for name in names)
        out.append((f"SELECT id, vf, vf AS kf, {common}, 0 AS pri, '{anchor}' AS anchor, false AS event, false AS removed{columns}"
                    f" FROM (SELECT *, {when} AS vf FROM ({row})) WHERE vf IS NOT NULL", names, False))  # fmt: skip
    names = list(sets)
    if "qualified_fallback" in types and "created" in source.sets:
        names.append("qualified_fallback")
    columns = "".join(f", {quoted(name)}" for name in names)
    out.append((f"SELECT id, {now} AS vf, {now} AS kf, {common}, 2 AS pri, false AS event,"
                f" deleted AS removed{columns} FROM {table}", names, True))  # fmt: skip
    return out


def _rectangles(
    con: duckdb.DuckDBPyConnection, entity: Entity, types: dict[str, str], clears: dict[str, list[int]]
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

    def latest(name: str) -> str:
        column = quoted(name)
        if clears.get(name):
            setting = f"g IN ({', '.join(map(str, clears[name]))}) OR {column} IS NOT NULL"
            return f"struct_extract(last_value(CASE WHEN {setting} THEN {{'v': {column}}} END IGNORE NULLS) OVER w, 'v')"
        return f"last_value({column} IGNORE NULLS) OVER w"

    folded = "".join(f", {latest(name)} AS {quoted(name)}" for name in types)
    names = "".join(f", {quoted(name)}" for name in types)
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
            rows = f"SELECT r.*, q.qualified AS stage_qualified FROM ({rows}) r LEFT JOIN stage_of q ON q.stage = r.stage"
            entered = entered.replace("q.qualified", "stage_qualified")
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE folded AS
        SELECT id, epoch, until, vf, kf, run, line{names}, removed{", qualified_entry, stage_by_event, stage_seen" if deal else ""}
        FROM (SELECT id, epoch, until, vf, kf, run, line{folded}{entered},
                     coalesce(last_value(removed IGNORE NULLS) OVER w, false) AS removed,
                     row_number() OVER (PARTITION BY id, epoch, vf ORDER BY pri DESC, kf DESC, run DESC, num DESC, line DESC, g DESC) AS nth
              FROM ({rows})
              WINDOW w AS (PARTITION BY id, epoch ORDER BY vf, pri, kf, run, num, line, g ROWS UNBOUNDED PRECEDING))
        WHERE nth = 1"""
    )
    state = f"hash(struct_pack({', '.join(f'a{i} := {quoted(n)}' for i, n in enumerate(types))}{', ' if types else ''}r := removed))"
    known = f"CASE WHEN epoch = {ORIGIN} THEN (CASE WHEN until = {FOREVER} THEN kf ELSE {ORIGIN} END) ELSE epoch END"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE versions AS
        SELECT *, coalesce(lead(vf) OVER v, {FOREVER}) AS vt, row_number() OVER v = 1 AS is_first, {known} AS known_from
        FROM (SELECT *, {state} AS state, lag({state}) OVER v AS before FROM folded
              WINDOW v AS (PARTITION BY id, epoch ORDER BY vf))
        WHERE before IS NULL OR state <> before
        WINDOW v AS (PARTITION BY id, epoch ORDER BY vf)"""
    )
    if late and late[0]:
        # The same version over neighbouring stretches of knowledge is one rectangle, not two.
        con.execute(
            """CREATE OR REPLACE TEMP TABLE versions AS
            SELECT * EXCLUDE (known_from_all, until_all, ord, island, starts)
                   REPLACE (known_from_all AS known_from, until_all AS until)
            FROM (SELECT *, min(known_from) OVER g AS known_from_all, max(until) OVER g AS until_all,
                         row_number() OVER (g ORDER BY epoch DESC) AS ord
                  FROM (SELECT *, sum(starts) OVER (PARTITION BY id, vf, vt, state ORDER BY epoch) AS island
                        FROM (SELECT *, CASE WHEN lag(until) OVER (PARTITION BY id, vf, vt, state ORDER BY epoch) = epoch
                                             THEN 0 ELSE 1 END AS starts FROM versions))
                  WINDOW g AS (PARTITION BY id, vf, vt, state, island))
            WHERE ord = 1"""
        )
    values: list[str] = []
    for field in entity.plain:
        values.append(_final(field.name, field.sql, types, deal))
    source = "SELECT * FROM versions"
    if deal:
        standing = "coalesce(q.standing, 'open')" if stage else "'open'"
        join = " LEFT JOIN stage_of q ON q.stage = v.stage" if stage else ""
        source = (
            "SELECT *, last_value(CASE WHEN standing IS DISTINCT FROM prior THEN vf END IGNORE NULLS)"
            " OVER (PARTITION BY id, known_from ORDER BY vf) AS entered FROM"
            f" (SELECT v.*, {standing} AS standing, lag({standing}) OVER (PARTITION BY v.id, v.known_from ORDER BY v.vf)"
            f" AS prior FROM versions v{join})"
        )
        values += ["standing", _qualified_by(types)]
    con.execute(
        f"""INSERT INTO {quoted(entity.name)}
        SELECT id, {", ".join(values)}, removed, is_first, vf, vt, known_from, until, run, line FROM ({source})"""
    )


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
        entered = "CASE WHEN stage_by_event THEN local_day(entered) END"
        return f"CASE WHEN standing IN {TERMINAL} THEN coalesce({column}, {close}, {entered}) END"
    return column


def _personal(con: duckdb.DuckDBPyConnection, entity: Entity, loaded: Loaded) -> None:
    """Personal fields go to their own table, one row per field and version."""
    parts: list[str] = []
    for source, table in loaded:
        for field in entity.fields:
            if not field.personal or field.name not in source.sets:
                continue
            name, value = literal(field.name), f"{quoted(field.name)}::VARCHAR"
            common = f"{source.run_id} AS run, {source.number} AS num, line"
            if source.layout == "fields":
                parts.append(f"SELECT id, {name} AS field, value, \"at\" AS vf, coalesce(recorded, \"at\") AS kf, {common}, 1 AS pri"
                             f" FROM {table} WHERE field = {name}")  # fmt: skip
            elif source.layout == "events":
                parts.append(f"SELECT id, {name}, {value}, \"at\", coalesce(recorded, \"at\"), {common}, 1 FROM {table}"
                             f" WHERE {quoted(field.name)} IS NOT NULL")  # fmt: skip
            else:
                now = _instant(source)
                parts.append(f"SELECT id, {name} AS field, {value} AS value, {now} AS vf, {now} AS kf, {common}, 2 AS pri FROM {table}")
    if not parts:
        return
    con.execute(
        f"""INSERT INTO personal
        SELECT {literal(entity.name)}, id, field, value, vf,
               coalesce(lead(vf) OVER (PARTITION BY id, field ORDER BY vf), {FOREVER}), kf, {FOREVER}, run, line
        FROM (SELECT *, lag(value) OVER p AS before, row_number() OVER p AS place
              FROM (SELECT * FROM ({" UNION ALL ".join(parts)})
                    QUALIFY row_number() OVER (PARTITION BY id, field, vf ORDER BY pri DESC, kf DESC, run DESC, num DESC, line DESC) = 1)
              WINDOW p AS (PARTITION BY id, field ORDER BY vf))
        WHERE (place = 1 AND value IS NOT NULL) OR (place > 1 AND value IS DISTINCT FROM before)"""
    )
