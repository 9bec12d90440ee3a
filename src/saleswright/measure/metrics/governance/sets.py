"""Which KPIs does a role steer by? Dated definitions of kind `kpi_set`: shipped ones for six roles, your own over them.

    {kind: kpi_set, name: our_managers, role: sales management, from: 2026-01-01, kpis: [win_rate, coverage_remaining]}

Where several are in force for a role, the company's own holds over the shipped one, then the latest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.metrics.keys import TRACKS

KIND = "kpi_set"
MOST = 7
KEYS: dict[str, tuple[str, str]] = {
    "role": ("string", "whose set it is: " + ", ".join(TRACKS) + ", or a role of your own"),
    "kpis": ("array", "the names of the metrics, at most seven"),
    "because": ("object", "why each was chosen, by its name"),
}


@dataclass(frozen=True, slots=True)
class KpiSet:
    """The KPIs of one role, in the order they are written, and where."""

    role: str
    names: tuple[str, ...]
    definition: Definition

    @property
    def shipped(self) -> bool:
        return self.definition.shipped

    @property
    def where(self) -> str:
        return f"{self.definition.file}:{self.definition.line}"


def sets(at: Snapshot, metrics: Iterable[str]) -> tuple[dict[str, KpiSet], list[Issue]]:
    """The set in force for each role on the as-of day, and the issues of what cannot be used.

    A name that is no metric is an issue with its line and the nearest name; the others of the set hold.
    """
    known = list(metrics)
    found: dict[str, list[KpiSet]] = {}
    issues: list[Issue] = []
    for definition in at.workspace.all(KIND, at.day):
        made, wrong = read_set(definition, known)
        issues += wrong
        if made is not None:
            found.setdefault(made.role, []).append(made)
    chosen: dict[str, KpiSet] = {}
    for role in [*TRACKS, *(role for role in found if role not in TRACKS)]:
        held = found.get(role, [])
        if not held:
            continue
        first = max(held, key=_strength)
        chosen[role] = first
        same = [one for one in held if one is not first and _strength(one) == _strength(first)]
        issues += [
            Issue(
                one.where, f"{role} has another set in force since the same day, {first.where}",
                "so nobody can tell which holds", "give one of them a later from:, or an end",
            )
            for one in same
        ]  # fmt: skip
    return chosen, issues


def _strength(one: KpiSet) -> tuple[bool, Any]:
    return not one.shipped, one.definition.start


def read_set(definition: Definition, known: list[str]) -> tuple[KpiSet | None, list[Issue]]:
    """A set, and every issue of its text at once."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    role = " ".join(str(body.get("role") or "").casefold().replace("_", " ").split())
    if not role:
        issues.append(Issue(definition.where(), "a set of KPIs needs role:", "so it is nobody's", f"role: {TRACKS[4]}"))
    listed = body.get("kpis")
    if not isinstance(listed, (list, tuple)) or not listed:
        what = "a set of KPIs needs kpis:, a list of metrics"
        issues.append(Issue(definition.where("kpis"), what, "so there is nothing to steer by", "kpis: [win_rate]"))
        return None, issues
    names: list[str] = []
    for index, name in enumerate(map(str, listed)):
        if name not in known:
            issues.append(unknown("metric", name, known, where=definition.where(f"kpis.{index}")))
        elif name in names:
            where = definition.where(f"kpis.{index}")
            issues.append(
                Issue(where, f"{name} stands twice in this set", "it counts once", "leave one out", "warning")
            )
        else:
            names.append(name)
    return (KpiSet(role, tuple(names), definition) if role else None), issues


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a role's set, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    properties["kpis"] |= {"items": {"type": "string"}, "minItems": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The KPIs of one role",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "role", "kpis"],
        "additionalProperties": False,
    }
