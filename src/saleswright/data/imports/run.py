"""How does a file become history? Read whole, checked whole, then published at once or not at all.

Nothing is written before everything was checked. A crash anywhere leaves the record as it was; the next run needs no
hand work. rows read = new + changed + unchanged + rejected, for every file, or the run is refused as a bug.
"""

from __future__ import annotations

import fnmatch
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.data.imports.compare import Outcome, compare, missing
from saleswright.data.imports.replay import context_of, sources_of, standing_sources
from saleswright.data.mapping.guess import Guess, guess
from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.project import near_misses, project, rejects
from saleswright.data.mapping.stages import propose_stages
from saleswright.data.mapping.write import mapping_yaml, stages_yaml
from saleswright.data.read.evidence import FileEvidence, look
from saleswright.data.read.table import load as load_table
from saleswright.history import engine
from saleswright.history.changes import Source
from saleswright.history.facts import quoted
from saleswright.history.release import Publisher, definitions_hash, publisher, run_folder
from saleswright.kernel import clock
from saleswright.kernel.definition import Definition, read_definitions
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import FAILURE, SOURCE, Issue, Stop

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


@dataclass
class FileRun:
    """One file on its way into the record."""

    evidence: FileEvidence
    table: str
    number: int
    mapping: Mapping | None = None
    guess: Guess | None = None
    source: Source | None = None
    outcome: Outcome = field(default_factory=Outcome)
    rejected: int = 0
    repairs: list[Any] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.evidence.path.name


@dataclass
class ImportRun:
    """What an import did, or would do."""

    run: int
    files: list[FileRun]
    issues: list[Issue]
    written: list[str]
    published: bool
    dry: bool
    skipped: list[str]

    @property
    def changed(self) -> int:
        return sum(f.outcome.new + f.outcome.changed for f in self.files)


def files_of(path: Path) -> tuple[list[Path], list[str]]:
    """(the files to read, what was passed over and why). Stop (source) when there is nothing to read."""
    if not path.exists():
        near = sorted(p.name for p in path.parent.glob("*"))[:8] if path.parent.exists() else []
        raise Stop(
            Issue(
                str(path),
                "there is no such file or folder",
                "so there is nothing to import",
                f"beside it: {', '.join(near)}" if near else "check the path",
                code="no-such-file",
            ),
            exit_code=SOURCE,
        )
    if path.is_file():
        return [path], []
    inside = sorted(p for p in path.iterdir() if not p.name.startswith("."))
    files = [p for p in inside if p.is_file() and p.name.lower().endswith(ENDINGS)]
    skipped = [
        f"{p.name}/ is a folder" if p.is_dir() else f"{p.name} is not a CSV file" for p in inside if p not in files
    ]
    if not files:
        raise Stop(
            Issue(
                str(path),
                "no CSV file in this folder",
                "so there is nothing to import",
                f"it holds: {', '.join(p.name for p in inside[:8]) or 'nothing'}",
            ),
            exit_code=SOURCE,
        )
    return files, skipped


def import_path(
    workspace: Workspace, path: Path, dry: bool, tell: Callable[[str], None], reload: Callable[[], Workspace]
) -> ImportRun:
    """Import a file or a folder. Stop with every issue when nothing of it can be used."""
    paths, skipped = files_of(path)
    entities, stages = context_of(workspace)
    with publisher(workspace.state, entities, stages, workspace.zone, rehearsal=dry) as p:
        fresh = p.base is None or p.base.definitions != definitions_hash(workspace)
        p.begin(fresh)
        try:
            return _import(p, workspace, paths, skipped, dry, fresh, tell, reload)
        finally:
            p.abandon()


def _import(
    p: Publisher,
    workspace: Workspace,
    paths: Sequence[Path],
    skipped: list[str],
    dry: bool,
    fresh: bool,
    tell: Callable[[str], None],
    reload: Callable[[], Workspace],
) -> ImportRun:
    issues: list[Issue] = []
    files: list[FileRun] = []
    for number, file in enumerate(paths):
        tell(f"reading {file.name}")
        evidence = look(file)
        issues += evidence.issues
        if any(i.level == "error" for i in evidence.issues):
            skipped.append(f"{file.name}: not readable")
            continue
        table = f"raw_{number}"
        load_table(p.con, evidence, table)
        files.append(FileRun(evidence, table, number))
    written = _map(p, workspace, files, issues)
    mapped = [f for f in files if f.mapping is not None]
    if not mapped:
        raise Stop(
            *(issues or [Issue("import", "no file could be understood", "", "write a mapping: see the how-to")]),
            exit_code=FAILURE,
        )
    # From here on the definitions are those the import would leave behind.
    proposed = p.work / "definitions"
    after = _with(workspace, proposed)
    p.entities, p.stages = context_of(after)
    for entity in p.entities.values():
        from saleswright.history.fold import create

        create(p.con, entity)
    imported_at = clock.now()
    engine.barrier("read")
    _reject(p, after, mapped, issues)
    written += _repair(p, after, mapped, proposed)
    after = _with(workspace, proposed)
    segments = p.work / "run"
    for file in mapped:
        assert file.mapping is not None
        file.source = project(
            file.mapping,
            p.entities[file.mapping.entity],
            file.table,
            p.run,
            file.number,
            imported_at,
            workspace.zone,
            workspace.currency,
            p.stages,
        )
    tell("comparing with the record")
    earlier = standing_sources(after, p.base.runs if p.base else (), p.entities, p.stages)
    if fresh and p.base is not None:
        for name, sources in earlier.items():
            p.refold(name, sources)
    gone: list[tuple[FileRun, str]] = []
    for file in mapped:
        source = file.source
        assert source is not None and file.mapping is not None
        loaded = p.load(source)
        file.outcome = compare(p, source, loaded, earlier.get(source.entity, []))
        if source.full and source.layout == "rows":
            table, count = missing(p, source, loaded, file.mapping.source)
            if count:
                gone.append((file, table))
                file.outcome = replace(file.outcome, removed=count)
        total = file.outcome.new + file.outcome.changed + file.outcome.unchanged + file.rejected
        if total != file.evidence.rows:
            raise AssertionError(f"{file.name}: read {file.evidence.rows}, accounted for {total}")
    result = ImportRun(p.run, files, issues, written, False, dry, skipped)
    if not result.changed and not gone and not fresh:
        return result
    if dry:
        return result
    tell("writing history")
    _segments(p, mapped, segments, gone)
    engine.barrier("segments-written")
    for name in dict.fromkeys(f.source.entity for f in mapped if f.source):
        now = [f.source for f in mapped if f.source and f.source.entity == name]
        now += [
            _tombstones(f, t, imported_at, p.run, i)
            for i, (f, t) in enumerate(gone)
            if f.source and f.source.entity == name
        ]
        alone = p.is_empty(name)
        if alone:
            p.refold(name, now)
            continue
        touched = " UNION ".join(
            [
                f"SELECT id FROM {f.outcome.touched}"
                for f in mapped
                if f.source and f.source.entity == name and f.outcome.touched
            ]
            + [f"SELECT id FROM {t}" for f, t in gone if f.source and f.source.entity == name]
        )
        if touched:
            p.con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS {touched}")
            p.refold(name, [*earlier.get(name, []), *now], only="touched")
    engine.barrier("folded")
    write_manifest(segments, manifest_of(p, result, imported_at))
    _keep_definitions(proposed, workspace.root)
    after = reload()
    used = (*(p.base.used if p.base else ()), p.run)
    standing = (*(p.base.runs if p.base else ()), p.run)
    p.finish(standing, used, definitions_hash(after), meta_of(after), workspace.currency)
    return replace_published(result)


def replace_published(result: ImportRun) -> ImportRun:
    """The same run, published."""
    return replace(result, published=True)


def meta_of(workspace: Workspace) -> dict[str, Any]:
    """What a release remembers of the definitions it was made by."""
    from dataclasses import asdict

    from saleswright.data.mapping.stages import read_custom_fields

    return {"custom": [(entity, asdict(f)) for entity, f in read_custom_fields(workspace)], "base": workspace.currency}


def _map(p: Publisher, workspace: Workspace, files: list[FileRun], issues: list[Issue]) -> list[str]:
    """Give every file its mapping: the workspace's own where its glob fits, else a guess, written down."""
    own = [Mapping.read(d) for d in workspace.all("mapping")]
    for mapping, problems in own:
        issues += problems
    for file in files:
        for mapping, _ in own:
            if mapping is not None and fnmatch.fnmatch(file.name.lower(), mapping.file.lower()):
                lacking = mapping.lacking(file.evidence.header)
                if lacking:
                    issues += lacking
                    continue
                file.mapping = mapping
    new = [f for f in files if f.mapping is None]
    folder = p.work / "definitions"
    written: list[str] = []
    if new:
        context = [f for f in files if f.mapping is not None]
        guesses = guess(
            [(f.evidence, f.table) for f in new], p.con, workspace, [f.mapping for f in context if f.mapping]
        )
        for file, made in zip(new, guesses, strict=True):
            issues += made.issues
            file.guess = made
            if made.body is None:
                continue
            text = mapping_yaml(made)
            name = f"definitions/mappings/{made.name}.yaml"
            definitions = write_definition(folder.parent, name, text)
            file.mapping, problems = Mapping.read(definitions[0])
            issues += problems
            written.append(name)
    if not workspace.all("stages"):
        values: dict[str, int] = {}
        for file in files:
            if file.mapping is not None and file.mapping.entity == "deal":
                for column in file.mapping.columns_of("stage"):
                    for value, count in p.con.execute(
                        f"SELECT trim({quoted(column)}), count(*) FROM {file.table} WHERE {quoted(column)} IS NOT NULL GROUP BY 1"
                    ).fetchall():
                        if value and file.mapping.takes("stage", value):
                            values[value] = values.get(value, 0) + count
        if values:
            body, problems = propose_stages(values)
            issues += problems
            name = "definitions/stages.yaml"
            write_definition(folder.parent, name, stages_yaml(body))
            written.append(name)
    return written


def write_definition(work: Path, name: str, text: str) -> list[Definition]:
    """Put a definition's text under the work folder and read it back as the workspace will."""
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    definitions, problems = read_definitions(path, name)
    if problems:
        raise AssertionError(f"{name} was written unreadable: {problems}")
    return definitions


def _with(workspace: Workspace, proposed: Path) -> Workspace:
    """The workspace as it will be with the proposed definitions."""
    found: list[Definition] = []
    for path in sorted(proposed.rglob("*.yaml")) if proposed.is_dir() else ():
        definitions, _ = read_definitions(path, "definitions/" + path.relative_to(proposed).as_posix())
        found += definitions
    replaced = {(d.kind, d.name, d.start) for d in found}
    kept = [d for d in workspace.definitions if (d.kind, d.name, d.start) not in replaced]
    return replace(workspace, definitions=(*kept, *found))


def _keep_definitions(proposed: Path, root: Path) -> None:
    for path in sorted(proposed.rglob("*.yaml")) if proposed.is_dir() else ():
        target = root / "definitions" / path.relative_to(proposed)
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".yaml.new")
        fresh.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        engine.sync(fresh)
        os.replace(fresh, target)
    engine.barrier("definitions-kept")


def _reject(p: Publisher, workspace: Workspace, mapped: list[FileRun], issues: list[Issue]) -> None:
    """Find every bad value of every row; rows with one leave for rejected.csv, whole and untouched."""
    parts = []
    for file in mapped:
        assert file.mapping is not None
        table = rejects(
            p.con, file.mapping, p.entities[file.mapping.entity], file.table, workspace.currency, file.evidence
        )
        file.rejected = _count(p, f"SELECT count(DISTINCT line) FROM {table}")
        if file.rejected:
            parts.append((file, table))
    for file, table in parts:
        target = p.work / "run" / f"{file.number}-rejected.csv"
        p.con.execute(
            f'COPY (SELECT r.*, x.line AS _reject_line, x."column" AS _column, x.value AS _value, x.reason AS _reason, x.fix AS _fix'
            f' FROM {table} x LEFT JOIN {file.table} r ON r._line = x.line ORDER BY x.line, x."column")'
            f" TO {sql_text(str(target))} (HEADER, DELIMITER ',')"
        )
        p.con.execute(f"DELETE FROM {file.table} WHERE _line IN (SELECT line FROM {table})")
        for line, column, value, reason, fix in p.con.execute(
            f'SELECT line, "column", value, reason, fix FROM {table} ORDER BY line LIMIT 5'
        ).fetchall():
            issues.append(
                Issue(
                    f"{file.name}:{line}  {column}",
                    f"'{value}' {reason}" if value else str(reason),
                    "the row was left out",
                    str(fix),
                    level="warning",
                    code="rejected",
                )
            )


def sql_text(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


def _count(p: Publisher, sql: str) -> int:
    row = p.con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _repair(p: Publisher, workspace: Workspace, mapped: list[FileRun], proposed: Path) -> list[str]:
    """Near-miss joins become visible lines of the mapping, never silent edits."""
    written = []
    for file, mapping, found in near_misses(p.con, [(f, f.mapping, f.table) for f in mapped if f.mapping], p.entities):
        file.repairs = list(found)
        name = f"definitions/mappings/{mapping.name}.yaml"
        repaired = mapping.with_repairs(found)
        text = repaired.text if file.guess is None else mapping_yaml(file.guess, repaired.repairs)
        file.mapping, _ = Mapping.read(write_definition(proposed.parent, name, text)[0])
        written.append(name)
    return written


def _segments(p: Publisher, mapped: list[FileRun], folder: Path, gone: list[tuple[FileRun, str]]) -> None:
    for file in mapped:
        assert file.mapping is not None
        target = folder / f"{file.number}-{file.mapping.entity}.parquet"
        p.con.execute(f"COPY {file.table} TO {sql_text(str(target))} (FORMAT parquet, COMPRESSION zstd)")
    for file, table in gone:
        target = folder / f"{file.number}-missing.parquet"
        p.con.execute(f"COPY {table} TO {sql_text(str(target))} (FORMAT parquet)")


def _tombstones(file: FileRun, table: str, at: datetime, run: int, place: int) -> Source:
    assert file.source is not None
    query = f"SELECT id, 0::BIGINT AS line, true AS deleted FROM {table}"
    return Source(file.source.entity, run, 10_000 + file.number, "rows", query, (), at)


def manifest_of(p: Publisher, result: ImportRun, at: datetime) -> dict[str, Any]:
    """What the run leaves written about itself."""
    return {
        "run": p.run,
        "kind": "import",
        "at": at.isoformat(),
        "files": [
            {
                "name": f.name,
                "number": f.number,
                "entity": f.mapping.entity,
                "mapping": f.mapping.name,
                "body": f.mapping.body,
                "read": f.evidence.rows,
                "new": f.outcome.new,
                "changed": f.outcome.changed,
                "unchanged": f.outcome.unchanged,
                "rejected": f.rejected,
                "removed": f.outcome.removed,
                "evidence": list(f.evidence.notes),
            }
            for f in result.files
            if f.mapping is not None
        ],
    }


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Keep a run's account of itself beside its raw rows."""
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")


__all__ = ["ImportRun", "import_path", "run_folder", "sources_of"]
