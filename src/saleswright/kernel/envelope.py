"""What does a machine get? One JSON envelope for every action, with one schema file beside this one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from saleswright.kernel.call import Outcome
from saleswright.kernel.report import Block, Bridge, Figure, Flows, Note, Series, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money

SCHEMA = "saleswright/1"
# Nearly all values are of these; to ask what kind of thing they are takes longer than the rest.
_AS_IT_IS = frozenset((str, int, float, bool, type(None)))


def schema() -> dict[str, Any]:
    """The JSON Schema every envelope meets (tested on every action's example)."""
    text = (Path(__file__).parent / "envelope.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def outline() -> dict[str, Any]:
    """The envelope without what is inside its blocks, for descriptions that stand beside many others."""
    texts = {"type": ["string", "null"]}
    return {
        "type": "object",
        "required": ["schema", "action", "args", "as_of", "known_at", "snap", "data", "issues", "next"],
        "properties": {
            "schema": {"const": SCHEMA},
            "action": {"type": "string"},
            "args": {"type": "object"},
            "as_of": texts,
            "known_at": texts,
            "snap": texts,
            "scope": {"type": "string"},
            "data": {
                "type": ["object", "null"],
                "description": "title and blocks; a figure is {name, label, value, unit, n, ref}: quote it with its ref. "
                "Of a table `total` counts all rows. Null when the call was refused: see issues.",
            },
            "issues": {"type": "array", "items": {"type": "object"}},
            "next": {"type": "array", "items": {"type": "string"}},
        },
    }


def envelope(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain JSON data; money as decimal strings with a currency, dates in ISO form."""
    report = outcome.report
    data: dict[str, Any] = {"title": report.title, "blocks": [block(b) for b in report.blocks]}
    if report.lede:
        data["lede"] = report.lede
    if report.footer:
        data["footer"] = list(report.footer)
    if report.changed is not None:
        data["changed"] = report.changed
    data.update({key: plain(value) for key, value in report.data.items()})
    return {
        "schema": SCHEMA,
        "action": outcome.action.name,
        "args": {key: plain(value) for key, value in outcome.args.items()},
        "as_of": outcome.as_of or None,
        "known_at": outcome.known or None,
        "snap": outcome.snap or None,
        "scope": outcome.scope,
        "data": data,
        "issues": [issue.as_dict() for issue in report.issues],
        "next": list(report.next),
    }


def refusal(action: str, stop: Stop, args: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The envelope of a refused call: no data, all issues."""
    return {
        "schema": SCHEMA,
        "action": action,
        "args": {key: plain(value) for key, value in (args or {}).items()},
        "as_of": None,
        "known_at": None,
        "snap": None,
        "data": None,
        "issues": [issue.as_dict() for issue in stop.issues],
        "next": [],
    }


def figure(item: Figure) -> dict[str, Any]:
    """{name, value, unit, n, ref}; low and high where an interval is due, reason when the value is null."""
    out: dict[str, Any] = {
        "name": item.name,
        "label": item.label or item.name,
        "value": plain(item.value),
        "unit": item.unit,
        "n": item.n,
        "ref": item.ref or None,
    }
    if item.low is not None and item.high is not None:
        out["low"], out["high"] = plain(item.low), plain(item.high)
    if item.of is not None:
        out["of"] = [plain(part) for part in item.of]
    if item.excluded:
        out["excluded"] = item.excluded
    if item.value is None:
        out["reason"] = item.reason
    return out


def block(item: Block) -> dict[str, Any]:
    """One block of a report."""
    if isinstance(item, Figure):
        return {"kind": "figure", **figure(item)}
    if isinstance(item, Table):
        return {
            "kind": "table",
            "name": item.name,
            "title": item.title,
            "columns": [{"name": c.name, "label": c.label, "unit": c.unit} for c in item.columns],
            "rows": [[figure(cell) if isinstance(cell, Figure) else plain(cell) for cell in row] for row in item.rows],
            "total": len(item.rows) if item.total is None else item.total,
            "footer": item.footer,
            **({"shade": list(item.shade)} if item.shade else {}),
        }
    if isinstance(item, Series):
        return {
            "kind": "series",
            "name": item.name,
            "title": item.title,
            "along": item.along,
            "unit": item.unit,
            "points": [
                {"label": p.label, "start": plain(p.start), "figure": figure(p.figure)}
                | ({"mark": p.mark} if p.mark else {})
                for p in item.points
            ],
        }
    if isinstance(item, Bridge):
        return {
            "kind": "bridge",
            "name": item.name,
            "title": item.title,
            "unit": item.unit,
            "check": item.check,
            "steps": [
                {
                    "name": step.name,
                    "label": step.label,
                    "kind": step.kind,
                    "tone": step.tone,
                    "events": step.events,
                    "figure": figure(step.figure),
                }
                for step in item.steps
            ],
        }
    if isinstance(item, Flows):
        return {
            "kind": "flows",
            "name": item.name,
            "title": item.title,
            "unit": item.unit,
            "check": item.check,
            "links": [
                {"source": link.source, "target": link.target, "tone": link.tone, "figure": figure(link.figure)}
                for link in item.links
            ],
        }
    assert isinstance(item, Note)
    return {"kind": "note", "note": item.kind, "text": item.text}


def plain(value: Any) -> Any:
    """Any typed value as JSON data."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict:
        return {str(key): item if type(item) in _AS_IT_IS else plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _AS_IT_IS else plain(item) for item in value]
    if isinstance(value, Money):
        return value.as_dict()
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [plain(item) for item in value]
    return value
