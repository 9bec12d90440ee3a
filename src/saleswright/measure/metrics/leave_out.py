"""What does the business not count, and since when? Dated rules of kind `leave_out`, one file each.

    kind: leave_out
    name: bulk_lost_2026_03_14
    from: 2026-11-22
    doc: A clean-up of the CRM, not a day of losses.
    because: lost in the clean-up of 14 March 2026
    when: {standing: lost, closed: 2026-03-14}
    metrics: [win_rate, lost_deals]

A rule holds on the as-of days inside from..to, so a number as of yesterday never changes. It joins the exclusions of the
metrics it names, or of every metric when it names none, and is counted and listed by its reason like any other. The
figures of what is open stand or fall together: a rule that names one of them holds for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.policy import Policy
from saleswright.lib.issue import Issue, nearest, unknown
from saleswright.measure.metrics.conditions import Test, check, fields_of
from saleswright.measure.metrics.model import Metric

KIND = "leave_out"
FOLDER = "definitions/leave_out"
KEYS: dict[str, tuple[str, str]] = {
    "because": ("string", "the reason in words, as it stands beside every figure the rule changes"),
    "when": ("object", "which deals: field: value, [values] or {operator: value}; all of it must hold"),
    "metrics": ("array", "the metrics it holds for; every metric when left out"),
}
UNSEEN = "left out by a rule of the workspace"


@dataclass(frozen=True, slots=True)
class Rule:
    """A dated rule, checked: which deals are left out, why, and of which metrics."""

    definition: Definition
    because: str
    when: Test
    metrics: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.definition.name

    def seen_by(self, policy: Policy) -> Rule:
        """The same rule; its reason is kept from who may not see a field it looks at."""
        if all(policy.field_allowed("deal", field) for field in fields_of(self.when)):
            return self
        return replace(self, because=UNSEEN)


def read_rule(definition: Definition, columns: Mapping[str, str]) -> tuple[Rule | None, list[Issue]]:
    """A checked rule, or every issue of its text at once."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    for key in ("because", "when"):
        if not body.get(key):
            what = f"a rule needs {key}:"
            issues.append(Issue(definition.where(), what, "so it leaves nothing out", f"{key}: {KEYS[key][1]}"))
    if body.get("when"):
        issues += check(definition, "when", body["when"], columns)
    named = body.get("metrics") or ()
    if not isinstance(named, (list, tuple)):
        issues.append(Issue(definition.where("metrics"), f"'{named}' is no list", "", f"metrics: [{named}]"))
    if issues:
        return None, issues
    return Rule(definition, str(body["because"]), body["when"], tuple(str(name) for name in named)), []


def read_rules(
    definitions: Iterable[Definition], columns: Mapping[str, str], metrics: Mapping[str, Metric]
) -> tuple[tuple[Rule, ...], list[Issue]]:
    """The rules of these definitions, by name, and the issues of those that cannot be used."""
    rules: list[Rule] = []
    issues: list[Issue] = []
    for definition in definitions:
        rule, problems = read_rule(definition, columns)
        issues += problems
        issues += [_twice(definition, other) for other in definition.also]
        if rule is not None:
            strange = [name for name in rule.metrics if name not in metrics]
            issues += [unknown("metric", name, metrics, where=definition.where("metrics")) for name in strange]
            if not strange:
                rules.append(rule)
    return tuple(rules), issues


def _twice(definition: Definition, other: str) -> Issue:
    return Issue(
        other,
        f"{definition.name} is written a second time in {definition.where()}, from the same day",
        "so only the second one holds",
        "give one of them another name",
    )


def strangers(definitions: Iterable[Definition]) -> list[Issue]:
    """Definitions that are meant as rules and are none: of a kind written wrong, or in the rules' folder."""
    return [
        Issue(d.where("kind"), f"kind '{d.kind}' is not {KIND}", "so it leaves nothing out", f"kind: {KIND}")
        for d in definitions
        if not d.shipped and d.kind != KIND and (d.file.startswith(f"{FOLDER}/") or nearest(d.kind, (KIND,)))
    ]


def applying(rules: Iterable[Rule], metric: Metric, metrics: Mapping[str, Metric]) -> tuple[Rule, ...]:
    """The rules that hold for a metric, or for one of its parts."""
    return tuple(rule for rule in rules if _holds(rule, metric, metrics))


def _holds(rule: Rule, metric: Metric, metrics: Mapping[str, Metric]) -> bool:
    if not rule.metrics or metric.name in rule.metrics:
        return True
    if metric.at_moment and any(metrics[name].at_moment for name in rule.metrics if name in metrics):
        return True
    return any(_holds(rule, metrics[part], metrics) for part in metric.parts if part in metrics)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule's YAML, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    properties["metrics"]["items"] = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dated rule of what is not counted",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "because", "when"],
        "additionalProperties": False,
    }
