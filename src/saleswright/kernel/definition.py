"""What has the business decided, and since when? Named, dated, documented text with its file and line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from saleswright.lib.issue import Issue

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FOREVER = date(9999, 12, 31)
_ALWAYS = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition: kind and name, in force on [start, end), and where it is written."""

    kind: str
    name: str
    body: Mapping[str, Any]
    doc: str = ""
    start: date = _ALWAYS
    end: date = _FOREVER
    file: str = ""
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)
    shipped: bool = False
    # Where else the same layer has a text of this kind, name and date: only one of them is in force.
    also: tuple[str, ...] = ()

    @property
    def hash(self) -> str:
        """Six hex digits over the content: the same text anywhere gives the same hash."""
        return digest([self.kind, self.name, str(self.start), dict(self.body)])

    def where(self, path: str = "") -> str:
        """file:line of a part ("exclude.0.when"), or of the definition itself."""
        line = self.lines.get(path, self.line)
        return f"{self.file}:{line}" + (f"  {path}" if path else "")

    def on(self, day: date) -> bool:
        """Is it in force on this day?"""
        return self.start <= day < self.end


def digest(value: object, size: int = 6) -> str:
    """A short content hash of plain data."""
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:size]


def schema_properties(kind: str, keys: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """What a definition of this kind may say, as properties of a JSON Schema: what all say, and its own `keys` with their
    type and words."""
    return {
        "kind": {"const": kind},
        "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "from": {"type": "string", "format": "date"},
        "to": {"type": "string", "format": "date"},
        "doc": {"type": "string"},
        **{key: {"type": of, "description": words} for key, (of, words) in keys.items()},
    }


def read_definitions(path: Path, shown: str, shipped: bool = False) -> tuple[list[Definition], list[Issue]]:
    """All definitions of one YAML file (one mapping, or a list of them), and every issue in it at once."""
    loader = node = None
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        content = loader.construct_document(node) if node is not None else None
    except UnicodeDecodeError:
        return [], [Issue(shown, "this is not UTF-8", "so nothing in this file counts", "save it as UTF-8")]
    except ValueError as error:
        line = _unread(node)
        where = f"{shown}:{line}" if line else shown
        return [], [
            Issue(where, f"no such value: {error}", "so nothing in this file counts", "write dates as 2026-01-31")
        ]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown}:{mark.line + 1}" if mark else shown
        problem = getattr(error, "problem", None) or "not readable"
        return [], [
            Issue(
                where, f"this is not YAML: {problem}", "so nothing in this file counts", "check indentation and colons"
            )
        ]
    finally:
        if loader is not None:
            loader.dispose()
    if content is None:
        return [], []
    nodes = node.value if isinstance(content, list) else [node]
    items = content if isinstance(content, list) else [content]
    found: list[Definition] = []
    issues: list[Issue] = []
    for item, item_node in zip(items, nodes, strict=True):
        line = item_node.start_mark.line + 1
        missing = [key for key in ("kind", "name") if not isinstance(item, dict) or not item.get(key)]
        if missing:
            issues.append(
                Issue(
                    f"{shown}:{line}",
                    f"a definition without {' and '.join(missing)}",
                    "so it cannot be found or dated",
                    "add kind: and name: lines",
                )
            )
            continue
        start, end = item.get("from", _ALWAYS), item.get("to", _FOREVER)
        if type(start) is not date or type(end) is not date or start >= end:
            issues.append(
                Issue(
                    f"{shown}:{line}",
                    f"'{item['name']}' is in force from {start} to {end}",
                    "so no day falls inside it",
                    _as_dates(start, end),
                )
            )
            continue
        body = {k: v for k, v in item.items() if k not in ("kind", "name", "from", "to", "doc")}
        lines: dict[str, int] = {}
        _mark_lines(item_node, "", lines)
        found.append(
            Definition(
                kind=str(item["kind"]),
                name=str(item["name"]),
                body=body,
                doc=str(item.get("doc", "")).strip(),
                start=start,
                end=end,
                file=shown,
                line=line,
                lines=lines,
                shipped=shipped,
            )
        )
    return found, issues


def _as_dates(*given: object) -> str:
    quoted = [text for text in given if isinstance(text, str) and _is_day(text)]
    if quoted:
        return "write " + " and ".join(f"{text} without quotes" for text in quoted)
    return "write dates as 2026-01-31, from before to"


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _unread(node: Any) -> int:
    """The line of the first value that looks like one and is none, such as the 31st of November; 0 when unknown."""
    if isinstance(node, yaml.ScalarNode):
        try:
            yaml.SafeLoader("").construct_object(node)
        except (ValueError, yaml.YAMLError):
            return int(node.start_mark.line) + 1
    if isinstance(node, yaml.CollectionNode):
        parts = node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
        return next((line for part in parts if (line := _unread(part))), 0)
    return 0


def _mark_lines(node: Any, path: str, lines: dict[str, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = f"{path}.{key.value}" if path else str(key.value)
            lines[here] = key.start_mark.line + 1
            _mark_lines(value, here, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            here = f"{path}.{index}" if path else str(index)
            lines[here] = value.start_mark.line + 1
            _mark_lines(value, here, lines)


def overlay(layers: Iterable[Iterable[Definition]]) -> tuple[Definition, ...]:
    """Later layers win by (kind, name, from): shipped, then the workspace's own, then a scenario's.

    Within one layer nobody means two texts of one kind, name and date: the last is in force and knows the others.
    """
    merged: dict[tuple[str, str, date], Definition] = {}
    for layer in layers:
        same: dict[tuple[str, str, date], Definition] = {}
        for item in layer:
            key = (item.kind, item.name, item.start)
            before = same.get(key)
            same[key] = replace(item, also=(*before.also, before.where())) if before else item
        merged |= same
    return tuple(merged.values())
