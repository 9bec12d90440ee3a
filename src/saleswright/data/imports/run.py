"""How does a file become history? Read whole, checked whole, then published at once or not at all.

Nothing is written before everything was checked. A crash anywhere leaves the record as it was; the next run needs no
hand work. rows read = new + changed + unchanged + rejected, for every file, or the run stops as a bug.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.data.imports.compare import compare, missing
from saleswright.data.imports.definitions import keep, with_proposed
from saleswright.data.imports.files import FileRun, files_of
from saleswright.data.imports.mapped import map_files, repair
from saleswright.data.imports.replay import beside, meta_of, source_of, standing_sources, tombstones, usable
from saleswright.data.mapping.rejects import rejects
from saleswright.data.read.evidence import look
from saleswright.data.read.sql import text
from saleswright.data.read.table import load, ragged
from saleswright.history import engine
from saleswright.history.changes import Source
from saleswright.history.fold import create
from saleswright.history.release import Publisher, definitions_hash, publisher
from saleswright.kernel import clock
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, Issue, Stop

Tell = Callable[[str], None]


@dataclass
class ImportRun:
    """What an import did, or would do."""

    run: int
    files: list[FileRun]
    issues: list[Issue]
    written: list[str]
    skipped: list[str]
    dry: bool
    published: bool = False

    @property
    def mapped(self) -> list[FileRun]:
        return [f for f in self.files if f.mapping is not None]

    @property
    def changed(self) -> int:
        return sum(f.outcome.new + f.outcome.changed + f.outcome.removed for f in self.files)


def import_path(workspace: Workspace, path: Path, dry: bool, tell: Tell, reload: Callable[[], Workspace]) -> ImportRun:
    """Import a file or a folder. Stop with every issue when nothing of it can be used."""
    paths, skipped = files_of(path)
    entities, stages = usable(workspace)
    with publisher(workspace.state, entities, stages, workspace.zone, rehearsal=dry) as p:
        fresh = p.base is None or p.base.definitions != definitions_hash(workspace)
        p.begin(fresh)
        done = ImportRun(p.run, [], [], [], skipped, dry)
        earlier = _check(p, workspace, done, paths, fresh, tell)
        rejected = any(file.rejected for file in done.mapped)
        if not dry and (done.changed or rejected or (fresh and p.base is not None)):
            _publish(p, workspace, done, earlier, tell, reload)
        return done


def _check(
    p: Publisher, workspace: Workspace, done: ImportRun, paths: Sequence[Path], fresh: bool, tell: Tell
) -> dict[str, list[Source]]:
    """Read and check everything; returns what stood before, read with the definitions proposed, by entity."""
    for number, path in enumerate(paths):
        tell(f"reading {path.name}")
        evidence = look(path)
        done.issues += evidence.issues
        if any(issue.level == "error" for issue in evidence.issues):
            done.skipped.append(f"{path.name}: not readable")
            continue
        table = f"raw_{number}"
        rows = load(p.con, evidence, table)
        done.files.append(FileRun(evidence, table, number, rows + len(ragged(p.con, table))))
    engine.barrier("read")
    done.written += map_files(p, workspace, done.files, done.issues)
    if not done.mapped:
        nothing = Issue("import", "no file could be understood", "so nothing was imported", "map its columns by hand")
        raise Stop(*(done.issues or [nothing]), exit_code=FAILURE)
    done.written += repair(p, workspace, done.mapped)
    after = with_proposed(workspace, p.work)
    p.entities, p.stages = usable(after)
    for entity in p.entities.values():
        create(p.con, entity)
    now = clock.now()
    for file in done.mapped:
        _reject(p, after, file, done.issues)
        assert file.mapping is not None
        headers = file.evidence.header
        file.source = source_of(after, file.mapping, p.entities, p.stages, file.good, headers, p.run, file.number, now)
        file.beside = beside(after, file.source, file.mapping, p.entities, file.good, headers)
    _give_back(p, done.mapped)
    tell("comparing with the record")
    earlier = standing_sources(after, p.base.runs if p.base else (), p.entities, p.stages)
    if fresh:
        for name, sources in earlier.items():
            p.refold(name, sources)
    for file in done.mapped:
        assert file.source is not None and file.mapping is not None
        loaded = p.load(file.source)
        file.outcome = compare(p, file.source, loaded, earlier.get(file.source.entity, []))
        # A row that tells nothing (a history row of a field nobody mapped) leaves the record as it was.
        silent = file.read - file.rejected - file.outcome.new - file.outcome.changed - file.outcome.unchanged
        file.outcome = replace(file.outcome, unchanged=file.outcome.unchanged + max(silent, 0))
        o = file.outcome
        if o.new + o.changed + o.unchanged + file.rejected != file.read:
            raise AssertionError(f"{file.name}: {file.read} read, but {o} and {file.rejected} rejected")
    _removed(p, done)
    return earlier


def _removed(p: Publisher, done: ImportRun) -> None:
    """What declared full exports no longer have. A file with rejected rows proves nothing to be gone."""
    full: dict[tuple[str, str], list[FileRun]] = {}
    for file in done.mapped:
        if file.source and file.mapping and file.source.full and file.source.layout == "rows":
            full.setdefault((file.mapping.entity, file.mapping.source), []).append(file)
    for (_, origin), files in full.items():
        rejecting = [file.name for file in files if file.rejected]
        if rejecting:
            what = "a full export with rejected rows: nothing is taken to be gone"
            done.issues.append(
                Issue(
                    ", ".join(rejecting),
                    what,
                    "a rejected row may be the one that seems to lack",
                    "mend the rows and import the file again",
                    level="warning",
                )
            )
            continue
        sources = [file.source for file in files if file.source]
        table, count = missing(p, sources, [p.load(source) for source in sources], origin)
        if count:
            files[0].missing = table
            files[0].outcome = replace(files[0].outcome, removed=count)


def _reject(p: Publisher, workspace: Workspace, file: FileRun, issues: list[Issue]) -> None:
    """Find every bad value of every row; rows with one are given back, whole and untouched."""
    assert file.mapping is not None
    entity = p.entities[file.mapping.entity]
    file.rejected = rejects(
        p.con, file.mapping, entity, file.table, file.bad, zone=workspace.zone, currency=workspace.currency
    )
    if not file.rejected:
        return
    found = p.con.execute(f'SELECT line, "column", value, reason, fix FROM {file.bad} ORDER BY line, 2').fetchall()
    for line, column, value, reason, fix in found[:5]:
        what = f"'{value}': {reason}" if value and column else str(reason)
        where = f"{file.name}:{line}" + (f"  {column}" if column else "")
        issues.append(Issue(where, what, "so the row was left out", str(fix), level="warning", code="rejected"))
    if len(found) > 5:
        issues.append(
            Issue(file.name, f"{len(found) - 5} more values like these", "", "see the file of rejected rows", "warning")
        )


def _give_back(p: Publisher, files: list[FileRun]) -> None:
    """The rejected rows as they came, one line each with what is wrong, so that the mended file can be imported as it is."""
    rejecting = [file for file in files if file.rejected]
    for file in rejecting:
        file.rejects = "rejected.csv" if len(rejecting) == 1 else f"rejected-{file.name.removesuffix('.gz')}"
        why = "x.line AS _line, x.columns AS _column, x.reasons AS _reason, x.fixes AS _fix"
        each = """SELECT line, string_agg("column", '; ' ORDER BY "column") AS columns,
                         string_agg(reason, '; ' ORDER BY "column") AS reasons, string_agg(fix, '; ' ORDER BY "column") AS fixes"""
        p.con.execute(
            f"COPY (SELECT r.* EXCLUDE (_line), {why} FROM ({each} FROM {file.bad} GROUP BY line) x"
            f" LEFT JOIN {file.table} r ON r._line = x.line ORDER BY x.line)"
            f" TO {text(str(p.work / 'run' / file.rejects))} (HEADER)"
        )


def _publish(
    p: Publisher,
    workspace: Workspace,
    done: ImportRun,
    earlier: dict[str, list[Source]],
    tell: Tell,
    reload: Callable[[], Workspace],
) -> None:
    tell("writing history")
    folder = p.work / "run"
    for file in done.mapped:
        assert file.mapping is not None and file.source is not None
        target = folder / f"{file.number}-{file.mapping.entity}.parquet"
        p.con.execute(f"COPY (SELECT * FROM {file.good}) TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)")
        if file.outcome.removed:
            gone = folder / f"{file.number}-missing.parquet"
            p.con.execute(f"COPY {file.missing} TO {text(str(gone))} (FORMAT parquet)")
    engine.barrier("segments-written")
    said = [source for file in done.mapped for source in (file.source, *file.beside) if source is not None]
    for name in dict.fromkeys(source.entity for source in said):
        files = [f for f in done.mapped if f.source and f.source.entity == name]
        aside = [s for f in done.mapped for s in f.beside if s.entity == name]
        _fold_in(p, name, files, aside, earlier.get(name, []))
    engine.barrier("folded")
    at = next(f.source.imported_at for f in done.mapped if f.source)
    write_manifest(folder, _manifest(p.run, done, at))
    keep(p.work, workspace.root)
    runs, used = (p.base.runs, p.base.used) if p.base else ((), ())
    final = reload()
    p.finish((*runs, p.run), (*used, p.run), definitions_hash(final), meta_of(final), workspace.currency)
    done.published = True


def _fold_in(p: Publisher, name: str, files: list[FileRun], aside: list[Source], earlier: list[Source]) -> None:
    """Make the touched records of an entity again, from what stood before and what came now."""
    now = [f.source for f in files if f.source] + aside
    now += [
        tombstones(name, f.missing, f.source.run_id, f.number, f.source.imported_at)
        for f in files
        if f.source and f.outcome.removed
    ]
    if not earlier or not all(f.outcome.touched for f in files):
        p.refold(name, [*earlier, *now])
        return
    touched = [f"SELECT id FROM {f.outcome.touched}" for f in files if f.outcome.touched]
    touched += [f"SELECT id FROM {f.missing}" for f in files if f.outcome.removed]
    touched += [f"SELECT id FROM ({source.query})" for source in aside]
    p.con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS {' UNION '.join(touched)}")
    p.refold(name, [*earlier, *now], only="touched")


def _manifest(run: int, done: ImportRun, at: datetime) -> dict[str, Any]:
    """What the run leaves written about itself, enough to read its raw rows again without the workspace's text."""
    files = [
        {
            "name": f.name,
            "number": f.number,
            "entity": f.mapping.entity,
            "mapping": f.mapping.name,
            "body": dict(f.mapping.definition.body),
            "headers": list(f.evidence.header),
            "read": f.read,
            "new": f.outcome.new,
            "changed": f.outcome.changed,
            "unchanged": f.outcome.unchanged,
            "rejected": f.rejected,
            "removed": f.outcome.removed,
            "evidence": list(f.evidence.notes),
        }
        for f in done.files
        if f.mapping is not None
    ]
    return {"run": run, "kind": "import", "at": at.isoformat(), "files": files}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Keep a run's account of itself beside its raw rows."""
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
