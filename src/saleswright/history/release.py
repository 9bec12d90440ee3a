"""What is published now? Immutable files and one pointer, moved atomically.

    .saleswright/current.json           which release holds, and which runs stand in it
    .saleswright/releases/r000012.duckdb
    .saleswright/raw/run-000003/        raw rows of one import as they came, with manifest.json; never changed

A crash leaves the pointer where it was. Whatever lies beside what the pointer names is swept by the next publisher.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from saleswright.history import engine
from saleswright.history.changes import Source, StageMap
from saleswright.history.facts import FOREVER, literal, quoted
from saleswright.history.fold import create, create_personal, fold
from saleswright.history.schema import Entity
from saleswright.kernel import clock
from saleswright.kernel.definition import digest
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import CONFLICT, Issue, Stop
from saleswright.lib.money import EXPONENTS, exponent

FORMAT = 1
# Raised whenever the same raw rows make other rectangles: then a history is made again, as for changed definitions.
FOLD = 3
KEEP = 10


@dataclass(frozen=True, slots=True)
class Release:
    """One published state: its number, the runs that stand in it, every run number ever used, and what it was made by."""

    number: int
    runs: tuple[int, ...]
    used: tuple[int, ...]
    definitions: str
    at: str

    @property
    def file(self) -> str:
        return f"r{self.number:06d}.duckdb"


def current(state: Path) -> Release | None:
    """The release the pointer names, None before the first import."""
    try:
        data = json.loads((state / "current.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if data["format"] != FORMAT:
        raise Stop(
            Issue(
                "the history",
                f"it is in form {data['format']}, this version reads {FORMAT}",
                "so it must be made again from the raw files",
                "saleswright rebuild",
            )
        )
    return Release(data["release"], tuple(data["runs"]), tuple(data["used"]), data["definitions"], data["at"])


def release_path(state: Path, number: int) -> Path:
    """Where a release's file lies (whether or not it still does)."""
    return state / "releases" / f"r{number:06d}.duckdb"


def run_folder(state: Path, run: int) -> Path:
    """Where a run's raw rows and manifest lie."""
    return state / "raw" / f"run-{run:06d}"


def told_folder(state: Path) -> Path:
    """Where the manifests that came with an export lie, on a machine without the runs themselves."""
    return state / "told"


def manifest(state: Path, run: int) -> dict[str, Any]:
    """What a run did: kind, time, files, mappings, counts. Stop when there is no such run."""
    path = run_folder(state, run) / "manifest.json"
    if not path.exists():
        # A machine that reads an export has what was done told by it.
        path = told_folder(state) / f"run-{run:06d}.json"
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Stop(Issue(f"run {run}", "there is no such import", "", "saleswright check lists them")) from None
    return loaded


class Publisher:
    """The one writer: holds the lock, builds the next release beside the present one, moves the pointer at the end."""

    def __init__(
        self, state: Path, entities: Mapping[str, Entity], stages: StageMap, zone: str, rehearsal: bool
    ) -> None:
        self.state = state
        self.entities = entities
        self.stages = stages
        self.zone = zone
        self.rehearsal = rehearsal
        self.base = current(state)
        self.work = state / ("rehearsal" if rehearsal else "work")
        self.number = (self.base.number if self.base else 0) + 1
        self.run = max([0, *(self.base.used if self.base else ())]) + 1
        self.file = self.work / f"r{self.number:06d}.duckdb"
        self._con: duckdb.DuckDBPyConnection | None = None
        self._loaded: set[str] = set()

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        assert self._con is not None
        return self._con

    def begin(self, fresh: bool) -> None:
        """Start the next release: a copy of the present one, or an empty one that will be filled from raw."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        (self.work / "run").mkdir()
        if self.base and not fresh:
            shutil.copyfile(release_path(self.state, self.base.number), self.file)
        self._con = engine.writer(self.file, self.zone, self.work / "spill")
        for entity in self.entities.values():
            create(self.con, entity)
        create_personal(self.con)
        self.con.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR, value VARCHAR)")

    def sweep(self) -> None:
        """Clear away what a crash left: nobody else writes while the lock is held, and the pointer names what counts."""
        for leftover in (self.work, self.state / "rehearsal"):
            shutil.rmtree(leftover, ignore_errors=True)
        (self.state / "current.json.new").unlink(missing_ok=True)
        used = set(self.base.used) if self.base else set()
        for folder in (self.state / "raw").glob("run-*"):
            if int(folder.name.removeprefix("run-")) not in used:
                shutil.rmtree(folder, ignore_errors=True)
        keep = self.base.number if self.base else 0
        for path in (self.state / "releases").glob("r*.duckdb*"):
            if int(path.name[1:7]) > keep:
                path.unlink(missing_ok=True)

    def is_empty(self, entity: str) -> bool:
        """Does the release under construction hold no row of this entity yet?"""
        row = self.con.execute(f"SELECT count(*) FROM (SELECT 1 FROM {quoted(entity)} LIMIT 1)").fetchone()
        return not row or row[0] == 0

    def load(self, source: Source, only: str = "") -> str:
        """Run a source's query into a temp table; `only` names a table of ids to keep. A whole source is read once."""
        table = f"s{source.run_id}_{source.number}{'_part' if only else ''}"
        if not only:
            if table in self._loaded:
                return table
            self._loaded.add(table)
        keep = f" WHERE id IN (SELECT id FROM {only})" if only else ""
        self.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM ({source.query}){keep}")
        return table

    def refold(self, entity: str, sources: Sequence[Source], only: str = "") -> None:
        """Make an entity's rectangles again from its sources, for the ids in table `only` or for all."""
        where = f" WHERE id IN (SELECT id FROM {only})" if only else ""
        self.con.execute(f"DELETE FROM {quoted(entity)}{where}")
        self.con.execute(f"DELETE FROM personal{where + ' AND' if where else ' WHERE'} entity = '{entity}'")
        loaded = [(source, self.load(source, only)) for source in sources]
        fold(self.con, self.entities[entity], loaded, self.stages)
        for _, table in loaded:
            self.con.execute(f"DROP TABLE {table}")
            self._loaded.discard(table)

    def finish(
        self, runs: Sequence[int], used: Sequence[int], definitions: str, meta: Mapping[str, Any], base_currency: str
    ) -> Release:
        """Seal the file, put the run's folder and the file in place, move the pointer. Nothing is half-published."""
        con = self.con
        _rates(con, base_currency)
        currencies = [
            r[0] for r in con.execute("SELECT DISTINCT currency FROM deal WHERE currency IS NOT NULL").fetchall()
        ]
        con.execute("DELETE FROM meta")
        facts = {
            **meta,
            "release": self.number,
            "format": FORMAT,
            "definitions": definitions,
            "zone": self.zone,
            "runs": list(runs),
            "currencies": sorted(currencies),
        }
        # One statement: row by row, each would be made durable for itself.
        rows = ", ".join(f"({literal(key)}, {literal(json.dumps(value, default=str))})" for key, value in facts.items())
        con.execute(f"INSERT INTO meta VALUES {rows}")
        engine.barrier("before-seal")
        engine.seal(con, self.file)
        self._con = None
        release = Release(self.number, tuple(runs), tuple(used), definitions, clock.now().isoformat())
        if self.rehearsal:
            return release
        engine.barrier("after-seal")
        self.place(release)
        return release

    def place(self, release: Release) -> None:
        """Put the sealed file where it belongs, with the run that made it if there was one, and move the pointer to it."""
        made = self.work / "run"
        if any(made.iterdir()):
            for path in made.iterdir():
                engine.sync(path)
            target = run_folder(self.state, self.run)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(made, target)
            engine.sync(target.parent)
        engine.barrier("run-placed")
        final = release_path(self.state, self.number)
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self.file, final)
        engine.sync(final.parent)
        engine.barrier("release-placed")
        _point(self.state, release)
        engine.barrier("pointed")
        self._collect(release)

    def _collect(self, release: Release) -> None:
        """Keep the last releases; an older one goes only when no reader holds it."""
        for path in sorted((self.state / "releases").glob("r*.duckdb")):
            if int(path.name[1:7]) > release.number - KEEP or path.with_suffix(".kept").exists():
                continue
            with path.open("rb") as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    continue
                path.unlink()

    def abandon(self) -> None:
        """Leave no trace of unfinished work."""
        if self._con is not None:
            self._con.close()
            self._con = None
        shutil.rmtree(self.work, ignore_errors=True)


def _point(state: Path, release: Release) -> None:
    data = {
        "format": FORMAT,
        "release": release.number,
        "runs": release.runs,
        "used": release.used,
        "definitions": release.definitions,
        "at": release.at,
    }
    fresh = state / "current.json.new"
    with fresh.open("w", encoding="utf-8") as out:
        json.dump(data, out)
        out.flush()
        os.fsync(out.fileno())
    engine.barrier("before-pointer")
    os.replace(fresh, state / "current.json")
    engine.sync(state)


def _rates(con: duckdb.DuckDBPyConnection, base: str) -> None:
    """Dated rates as whole numbers: billionths of a currency for one unit of the base.

    A currency has at most one rate on any day, whatever the files say: one ends where the next begins, and of two that
    begin on one day the one known last counts. Otherwise a converted row would count twice.
    """
    con.execute("DROP TABLE IF EXISTS rates")
    con.execute(
        f"""CREATE TABLE rates AS
        SELECT currency, starts, least(coalesce(ends, DATE '9999-12-31'), coalesce(
                   lead(starts) OVER (PARTITION BY currency ORDER BY starts), DATE '9999-12-31')) AS ends,
               round(rate * 1000000000)::BIGINT AS per_base,
               {_scales()} AS scale, valid_from, valid_to, known_from, known_to
        FROM (SELECT * FROM rate WHERE NOT removed AND starts IS NOT NULL AND rate > 0 AND currency <> '{base}'
                AND (base IS NULL OR base = '{base}')
                AND valid_to = TIMESTAMP '9999-12-31' AND known_to = TIMESTAMP '9999-12-31'
              QUALIFY row_number() OVER (PARTITION BY currency, starts ORDER BY known_from DESC, run_id DESC, seq DESC, id) = 1)
        UNION ALL SELECT '{base}', DATE '0001-01-01', DATE '9999-12-31', 1000000000, {10 ** exponent(base)},
               TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-31', TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-31'"""
    )


def _scales() -> str:
    other = sorted((code, places) for code, places in EXPONENTS.items() if places != 2)
    return "CASE currency " + " ".join(f"WHEN '{c}' THEN {10**p}" for c, p in other) + " ELSE 100 END"


@contextmanager
def publisher(
    state: Path, entities: Mapping[str, Entity], stages: StageMap, zone: str, rehearsal: bool = False
) -> Iterator[Publisher]:
    """Hold the publisher's lock. Stop (conflict) when another process publishes just now."""
    state.mkdir(parents=True, exist_ok=True)
    ignore = state / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    with (state / "publish.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(
                Issue(
                    "the history",
                    "another import or undo is running on this workspace",
                    "two at once would overwrite each other",
                    "wait until it has finished, then run this again",
                ),
                exit_code=CONFLICT,
            ) from None
        made = Publisher(state, entities, stages, zone, rehearsal)
        if not rehearsal:
            made.sweep()
        try:
            yield made
        finally:
            made.abandon()


def fingerprint(con: duckdb.DuckDBPyConnection, entity: Entity, whole: bool = False) -> tuple[int, int]:
    """(rows, order-free hash) of an entity's present rows, or of all its rectangles when `whole`."""
    fields = [
        name
        for name, _ in entity.columns
        if whole or name not in ("run_id", "seq", "first", "valid_from", "known_from")
    ]
    where = "" if whole else f" WHERE valid_to = {FOREVER} AND known_to = {FOREVER} AND NOT removed"
    row = con.execute(
        f"SELECT count(*), coalesce(bit_xor(hash({', '.join(quoted(f) for f in fields)})), 0) FROM {quoted(entity.name)}{where}"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


RECORD_KINDS = ("mapping", "stages", "field")


def definitions_hash(workspace: Workspace) -> str:
    """What the canonical tables were made by, beside raw rows: mappings, stage maps, custom fields, zone, currency, and
    the way of making them."""
    found = [
        (d.kind, d.name, str(d.start), str(d.end), dict(d.body)) for kind in RECORD_KINDS for d in workspace.all(kind)
    ]
    return digest([found, workspace.zone, workspace.currency, FOLD], 10)
