"""Which definition made this number? Every definition is kept under its version at first use, so that an old
reference still opens after the definition was changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from saleswright.history.compiled import keep_json
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.measure.metrics.leave_out import KIND, Rule, read_rule
from saleswright.measure.metrics.model import Metric, read_metric

_kept: set[Path] = set()


def keep(at: Snapshot, metric: Metric, version: str, rules: Sequence[Rule] = ()) -> None:
    """Remember the definition and rules behind a version; nothing happens when it is known or cannot be written."""
    path = _path(at, metric.name, version)
    if path in _kept or path.exists():
        _kept.add(path)
        return
    content = _written(metric.definition)
    if rules:
        content["rules"] = [_written(rule.definition) for rule in rules]
    keep_json(path, content)
    _kept.add(path)


def recall(at: Snapshot, name: str, version: str) -> tuple[Metric | None, tuple[Rule, ...]]:
    """The metric and the rules of a version; no metric when this workspace never used that version."""
    try:
        content = json.loads(_path(at, name, version).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None, ()
    columns = dict(at.schema["deal"].columns)
    metric, _ = read_metric(_read("metric", content), at.schema)
    rules = [read_rule(_read(KIND, written), columns)[0] for written in content.get("rules", ())]
    return metric, tuple(rule.seen_by(at.policy) for rule in rules if rule is not None)


def _written(definition: Definition) -> dict[str, Any]:
    keys = ("name", "doc", "start", "end", "file", "line")
    return {"body": _dates_told(dict(definition.body)), **{key: getattr(definition, key) for key in keys}}


def _read(kind: str, content: dict[str, Any]) -> Definition:
    start, end = date.fromisoformat(content["start"]), date.fromisoformat(content["end"])
    plain = {key: content[key] for key in ("name", "doc", "file", "line")}
    return Definition(kind=kind, body=_dates_read(content["body"]), start=start, end=end, **plain)


def _dates_told(value: Any) -> Any:
    """Plain data for JSON: a date stands as {"$date": text}, so that it comes back as a date."""
    if isinstance(value, Mapping):
        return {key: _dates_told(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_dates_told(item) for item in value]
    return {"$date": value.isoformat()} if type(value) is date else value


def _dates_read(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"$date"}:
            return date.fromisoformat(value["$date"])
        return {key: _dates_read(item) for key, item in value.items()}
    return [_dates_read(item) for item in value] if isinstance(value, list) else value


def _path(at: Snapshot, name: str, version: str) -> Path:
    safe = "".join(char for char in f"{name}@{version}" if char.isalnum() or char in "_@")
    return at.workspace.state / "definitions" / f"{safe}.json"
