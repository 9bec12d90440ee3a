"""How does a checked import become the next state of the record? Folded in, sealed, and put in place at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from saleswright.data.imports.definitions import keep, remember
from saleswright.data.imports.done import ImportRun
from saleswright.data.imports.files import FileRun
from saleswright.data.imports.replay import meta_of, tombstones
from saleswright.data.read.sql import text
from saleswright.history import engine
from saleswright.history.changes import Source
from saleswright.history.release import Publisher, Release, definitions_hash
from saleswright.kernel.workspace import Workspace

Earlier = dict[str, list[Source]]


def publish(
    p: Publisher, workspace: Workspace, done: ImportRun, earlier: Earlier, reload: Callable[[], Workspace]
) -> None:
    """Write the raw rows, fold them in, keep the definitions proposed, move the pointer."""
    folder = p.work / "run"
    for file in done.mapped:
        assert file.mapping is not None and file.source is not None
        target = folder / f"{file.number}-{file.mapping.entity}.parquet"
        p.con.execute(f"COPY (SELECT * FROM {file.good}) TO {text(str(target))} (FORMAT parquet, COMPRESSION zstd)")
        if file.outcome.removed:
            gone = folder / f"{file.number}-missing.parquet"
            p.con.execute(f"COPY {file.missing} TO {text(str(gone))} (FORMAT parquet)")
    engine.barrier("segments-written")
    said = fold_in(p, done, earlier)
    engine.barrier("folded")
    at = next(f.source.imported_at for f in done.mapped if f.source)
    write_manifest(folder, _manifest(p.run, done, at))
    remember(p.work, workspace.root, folder)
    keep(p.work, workspace.root)
    runs, used = (p.base.runs, p.base.used) if p.base else ((), ())
    final = reload()
    p.finish((*runs, p.run), (*used, p.run), definitions_hash(final), meta_of(final, said), workspace.currency)
    done.published = True


def rehearse_publish(p: Publisher, after: Workspace, done: ImportRun, earlier: Earlier) -> Release:
    """The state the import would make, sealed beside the record and put nowhere; `after` holds what it would define."""
    said = fold_in(p, done, earlier)
    runs, used = (p.base.runs, p.base.used) if p.base else ((), ())
    meta = meta_of(after, said)
    return p.finish((*runs, p.run), (*used, p.run), definitions_hash(after), meta, after.currency)


def fold_in(p: Publisher, done: ImportRun, earlier: Earlier) -> Earlier:
    """Make the touched records of each entity again, from what stood before and what came now; all sources by entity."""
    new = [source for file in done.mapped for source in (file.source, *file.beside) if source is not None]
    said: Earlier = {name: list(sources) for name, sources in earlier.items()}
    for name in dict.fromkeys(source.entity for source in new):
        files = [f for f in done.mapped if f.source and f.source.entity == name]
        aside = [s for f in done.mapped for s in f.beside if s.entity == name]
        said.setdefault(name, []).extend(_fold_entity(p, name, files, aside, earlier.get(name, [])))
    return said


def _fold_entity(
    p: Publisher, name: str, files: list[FileRun], aside: list[Source], earlier: Sequence[Source]
) -> list[Source]:
    now = [f.source for f in files if f.source] + aside
    now += [
        tombstones(name, f.missing, f.source.run_id, f.number, f.source.imported_at)
        for f in files
        if f.source and f.outcome.removed
    ]
    if not earlier or not all(f.outcome.touched for f in files):
        p.refold(name, [*earlier, *now])
        return now
    touched = [f"SELECT id FROM {f.outcome.touched}" for f in files if f.outcome.touched]
    touched += [f"SELECT id FROM {f.missing}" for f in files if f.outcome.removed]
    touched += [f"SELECT id FROM ({source.query})" for source in aside]
    p.con.execute(f"CREATE OR REPLACE TEMP TABLE touched AS {' UNION '.join(touched)}")
    p.refold(name, [*earlier, *now], only="touched")
    return now


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
            "rejects": f.rejects,
            "evidence": list(f.evidence.notes),
            "guessed": bool(f.guessed),
            "mended": f.mended,
            "assumed": [issue.what for issue in f.assumed],
            "repairs": [[r.column, r.value, r.target, r.rows] for r in f.repairs],
            "questions": [{"code": q.code, "text": q.text, "taken": q.taken} for q in f.questions],
        }
        for f in done.files
        if f.mapping is not None
    ]
    return {"run": run, "kind": "import", "at": at.isoformat(), "files": files}


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Keep a run's account of itself beside its raw rows."""
    (folder / "manifest.json").write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")
