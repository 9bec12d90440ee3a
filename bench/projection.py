"""What do tables of events cost? A million events projected, against a plain load of the same rows; then 1,000 more."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from bench.line import Line, alternate, median, seconds, spread
from saleswright.history import projected
from saleswright.history.authored import types
from saleswright.history.projected.events import lines, reading
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace, load

FULL, SMALL = 1_000_000, 20_000
MORE = 1_000
KIND = "forecast_call"
START = 1_700_000_000_000_000


def projection(small: bool, place: Path) -> Line:
    """The whole projection made from nothing, against the same rows fetched, parsed and loaded into a table."""
    events, runs = (SMALL, 1) if small else (FULL, 3)
    space = _workspace(place / "projection", events)
    file = space.state / "journal.sqlite"

    def ours() -> float:
        shutil.rmtree(space.state / "projected", ignore_errors=True)
        return seconds(lambda: projected.opened(space, projected.end(space)).close())

    def plainly() -> float:
        target = place / "plain.duckdb"
        target.unlink(missing_ok=True)
        return seconds(lambda: _plain_load(file, target))

    def by_lines() -> float:
        return seconds(lambda: _by_lines(space, place / "plain.lines"))

    mine, theirs, third = alternate(ours, plainly, by_lines, runs=runs)
    with closing(projected.opened(space, projected.end(space))) as made:
        assert sum(one.rows for one in made.segments[KIND]) == events
        paths = made.paths(KIND, events)
        total = duckdb.execute(f"SELECT count(*), sum(f_amount) FROM read_parquet({paths})").fetchone()
    with closing(duckdb.connect(str(place / "plain.duckdb"), read_only=True)) as con:
        assert total == con.execute("SELECT count(*), sum(amount) FROM plain").fetchone()
    ratio = median(mine) / median(theirs)
    note = (
        f"{events:,} forecast calls of a journal in SQLite, from no projection to one a snapshot can open, on the disk; "
        "the baseline fetches the same rows with sqlite3 by 100,000, json.loads each, hands the columns to DuckDB as Arrow "
        f"and inserts them into a table of a file; {spread('ours', mine)}, {spread('plain', theirs)}; rows written as lines "
        f"and read by DuckDB's own JSON reader into a table in memory: {median(mine) / median(third):.2f}x"
    )
    return Line("projection", median(mine), median(theirs), "<= 3x", ratio <= 3.0, "s", runs, note)


def projection_more(small: bool, place: Path) -> Line:
    """1,000 new events brought into the tables, on top of 1M, against the same on top of 10,000."""
    sizes = (1_000, 5_000, SMALL) if small else (10_000, 100_000, FULL)
    runs = 3 if small else 15
    spaces = [_workspace(place / f"more-{size}", size) for size in sizes]
    for space in spaces:
        projected.opened(space, projected.end(space)).close()

    def more(space: Workspace) -> float:
        end = projected.end(space).position
        _write(space, end + 1, MORE)
        return seconds(lambda: projected.opened(space, projected.end(space)).close())

    # The first brings in what is loaded once for a process.
    for space in spaces:
        more(space)
    times = alternate(*(partial(more, space) for space in spaces), runs=runs)
    told = ", ".join(f"{size:,}: {spread('', one).strip()}" for size, one in zip(sizes, times, strict=True))
    ratio = median(times[-1]) / median(times[0])
    note = (
        f"{MORE:,} new forecast calls, {runs} times each, on top of {told}; segments are merged now and then, at the same "
        "steps whatever lies below them, and the slowest step is one of those"
    )
    target = "<= 2x what it takes on a hundredth of the events"
    return Line("projection_more", median(times[-1]), median(times[0]), target, ratio <= 2.0, "s", runs, note)


def _workspace(root: Path, events: int) -> Workspace:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    (root / "saleswright.toml").write_text('format = 1\nname = "events"\ncurrency = "USD"\nzone = "UTC"\n')
    space = load(root)
    journal = open_journal(space)
    assert journal is not None
    with journal.write("ann") as w:
        w.record("opened", "bench:1")
    journal.close()
    _write(space, 2, events)
    return space


def _write(space: Workspace, first: int, events: int) -> None:
    """Events straight into the journal's tables: what proves them is not what is measured."""
    with closing(sqlite3.connect(space.state / "journal.sqlite")) as con, con:
        numbers = range(first, first + events)
        con.executemany(
            "INSERT INTO record VALUES (?, ?, 1, 'authored', ?, ?, ?)",
            ((n, START + n * 1000, f"{KIND}:{n}", b"x" * 140, n.to_bytes(32, "big")) for n in numbers),
        )
        con.executemany("INSERT INTO detail VALUES (?, ?, ?, ?)", ((n, KIND, b"s" * 16, _body(n)) for n in numbers))
        con.execute("UPDATE about SET value = ? WHERE name = 'events'", (str(first + events - 1),))


def _body(n: int) -> bytes:
    told = {
        "amount": n * 7919 % 10_000_019,
        "called": (date(2020, 1, 1) + timedelta(n % 2000)).isoformat(),
        "category": ("Commit", "Best case", "Pipeline")[n % 3],
        "currency": "USD",
        "period": f"{2020 + n % 6}Q{1 + n % 4}",
        "person": f"person_crm_{n % 500:06d}",
    }
    return json.dumps(told, separators=(",", ":")).encode()


def _plain_load(file: Path, target: Path) -> None:
    import pyarrow as pa

    fields = [one.name for one in types()[KIND].plain]
    sql = "SELECT d.seq, r.at, r.actor, d.body FROM detail d JOIN record r USING (seq) WHERE d.event = ? ORDER BY d.seq"
    with closing(sqlite3.connect(file)) as con, closing(duckdb.connect(str(target))) as out:
        rows = con.execute(sql, (KIND,))
        made = False
        while batch := rows.fetchmany(100_000):
            bodies: list[dict[str, Any]] = [json.loads(row[3]) for row in batch]
            columns = {name: [row[place] for row in batch] for place, name in enumerate(("seq", "at", "actor"))}
            columns |= {name: [body.get(name) for body in bodies] for name in fields}
            out.register("batch", pa.table(columns))
            out.execute(
                "INSERT INTO plain SELECT * FROM batch" if made else "CREATE TABLE plain AS SELECT * FROM batch"
            )
            made = True


def _by_lines(space: Workspace, path: Path) -> None:
    with reading(space) as state, path.open("wb") as out:
        assert state is not None
        out.writelines(lines(state, KIND, 0, projected.end(space).position))
    with closing(duckdb.connect()) as con:
        con.execute(
            f"CREATE TABLE plain AS SELECT seq, \"at\", actor, b.* FROM read_json('{path}', format = 'newline_delimited')"
        )
