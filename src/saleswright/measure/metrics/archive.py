"""Which definition made this number? Every definition is kept under its version at first use, so that an old
reference still opens after the definition was changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from saleswright.history.compiled import keep_json
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.measure.metrics.model import Metric, read_metric

_kept: set[Path] = set()


def keep(at: Snapshot, metric: Metric, version: str) -> None:
    """Remember the definition behind a version; nothing happens when it is known or nothing can be written."""
    path = _path(at, metric.name, version)
    if path in _kept or path.exists():
        _kept.add(path)
        return
    d = metric.definition
    content = {
        "name": d.name,
        "body": dict(d.body),
        "doc": d.doc,
        "start": d.start,
        "end": d.end,
        "file": d.file,
        "line": d.line,
    }
    keep_json(path, content)
    _kept.add(path)


def recall(at: Snapshot, name: str, version: str) -> Metric | None:
    """The metric as it was defined under a version; None when this workspace never used that version."""
    try:
        content = json.loads(_path(at, name, version).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    definition = Definition(
        kind="metric",
        name=content["name"],
        body=content["body"],
        doc=content["doc"],
        start=date.fromisoformat(content["start"]),
        end=date.fromisoformat(content["end"]),
        file=content["file"],
        line=content["line"],
    )
    metric, _ = read_metric(definition, [column for column, _ in at.schema["deal"].columns])
    return metric


def _path(at: Snapshot, name: str, version: str) -> Path:
    safe = "".join(char for char in f"{name}@{version}" if char.isalnum() or char in "_@")
    return at.workspace.state / "definitions" / f"{safe}.json"
