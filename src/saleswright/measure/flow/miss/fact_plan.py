"""What was planned, factor by factor? Definitions of kind `fact_plan`: new deals, deal size and win rate by segment.

    kind: fact_plan
    name: plan_2026q3
    period: 2026Q3
    by: segment
    lines:
      - {member: Enterprise, new_deals: 290, deal_size: 60000, win_rate: 16%}
      - {member: Small business, new_deals: [480, 500, 495], deal_size: 5200, win_rate: 0.44, timing: [0.6, 0.3, 0.1]}

`new_deals` is what comes in each period, or a list with the planned period last; `timing` the share of them that is decided
in the period they come in, in the next, and so on (what usually is, where it is left out). Amounts are in the workspace's
currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.money import exponent
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics.dimensions import find

KIND = "fact_plan"
KEYS: dict[str, tuple[str, str]] = {
    "period": ("string", "the period it plans, such as 2026Q3"),
    "by": ("string", "the dimension its lines are members of; segment when left out"),
    "lines": ("array", "one line a member: member, new_deals, deal_size, win_rate, and timing where it is planned"),
}
LINE: dict[str, tuple[str, str]] = {
    "member": ("string", "the segment, as the record writes it"),
    "new_deals": ("number", "qualified deals that come in each period; or a list, the planned period last"),
    "deal_size": ("number", "what a won deal brings, in the workspace's currency"),
    "win_rate": ("number", "won of the deals decided, 0 to 1, or such as 16%"),
    "timing": (
        "array",
        "the share of a period's new deals decided in that period, in the next ...; at most 1 together",
    ),
}
NEEDED = ("member", "new_deals", "deal_size", "win_rate")


@dataclass(frozen=True)
class Line:
    """One member's plan. new_deals: by lag, the planned period first; deal_size in minor units; timing by lag, or none."""

    member: str
    new_deals: tuple[float, ...]
    deal_size: float
    win_rate: float
    timing: tuple[float, ...] = ()


@dataclass(frozen=True)
class FactPlan:
    """A plan, checked."""

    definition: Definition
    period: Period
    by: str
    lines: tuple[Line, ...]


def plans(at: Snapshot) -> tuple[list[FactPlan], list[Issue]]:
    """Every plan that can be used, and every issue of those that cannot; of two for one period and split the last holds."""
    found: list[FactPlan] = []
    issues: list[Issue] = []
    for definition in at.workspace.all(KIND, at.day):
        plan, problems = read(at, definition)
        issues += problems
        if plan is None:
            continue
        for other in found:
            if (other.period, other.by) == (plan.period, plan.by):
                what = f"{plan.definition.name} plans {plan.period.label} by {plan.by} a second time"
                first = other.definition.name
                issues.append(
                    Issue(definition.where(), what, f"so {first} holds", f"remove one, or give {first} a to:")
                )
                break
        else:
            found.append(plan)
    return found, issues


def read(at: Snapshot, definition: Definition) -> tuple[FactPlan | None, list[Issue]]:
    """A checked plan, or every issue of its text at once."""
    body, issues = definition.body, []
    issues += [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    for key in ("period", "lines"):
        if not body.get(key):
            issues.append(
                Issue(definition.where(), f"a FACT plan needs {key}:", "so it plans nothing", f"{key}: {KEYS[key][1]}")
            )
    period = by = None
    try:
        by = find(at, str(body.get("by", "segment"))).name
    except Stop as stop:
        issues += [_at(issue, definition.where("by")) for issue in stop.issues]
    if body.get("period"):
        try:
            period = parse_period(str(body["period"]), at.day, at.workspace.calendar)
            if not period.bounded:
                why = "so no miss can be told from it"
                issues.append(Issue(definition.where("period"), "a plan for a period without end", why, "2026Q3"))
        except Stop as stop:
            issues += [_at(issue, definition.where("period")) for issue in stop.issues]
    lines: list[Line] = []
    given = body.get("lines") or []
    if not isinstance(given, list):
        issues.append(Issue(definition.where("lines"), "lines: is no list", "so it plans nothing", "- {member: ...}"))
        given = []
    for place, one in enumerate(given):
        where = definition.where(f"lines.{place}")
        line, problems = _line(at, one, where)
        issues += problems
        if line is not None and any(other.member == line.member for other in lines):
            issues.append(
                Issue(where, f"'{line.member}' has two lines", "so it is not clear what is planned", "one line")
            )
        elif line is not None:
            lines.append(line)
    if issues or period is None or by is None:
        return None, issues
    return FactPlan(definition, period, by, tuple(lines)), []


def _at(issue: Issue, where: str) -> Issue:
    return Issue(where, issue.what, issue.why, issue.try_, code=issue.code)


def _line(at: Snapshot, given: Any, where: str) -> tuple[Line | None, list[Issue]]:
    if not isinstance(given, Mapping):
        return None, [
            Issue(where, f"'{given}' is no line", "", "{member: ..., new_deals: ..., deal_size: ..., win_rate: ...}")
        ]
    issues = [unknown("key", str(key), LINE, where=where) for key in given if key not in LINE]
    for key in NEEDED:
        if given.get(key) in (None, "", []):
            issues.append(
                Issue(where, f"a line needs {key}:", "so its bookings cannot be told", f"{key}: {LINE[key][1]}")
            )
    told: dict[str, list[float]] = {}
    for key in ("new_deals", "deal_size", "win_rate", "timing"):
        value = given.get(key)
        if value in (None, "", []):
            continue
        listed = isinstance(value, list)
        numbers = [_number(one, key == "win_rate") for one in (value if listed else [value])]
        if None in numbers or (listed and key in ("deal_size", "win_rate")) or (key == "timing" and not listed):
            issues.append(Issue(where, f"{key}: '{value}' is not what it can be", "so it plans nothing", LINE[key][1]))
            continue
        told[key] = [one for one in numbers if one is not None]
    for key, most in (("win_rate", 1.0), ("timing", 1.0)):
        if sum(told.get(key, [])) > most + 1e-9:
            issues.append(Issue(where, f"{key}: {given[key]} is more than all of them", "", LINE[key][1]))
    if issues:
        return None, issues
    minor = told["deal_size"][0] * 10 ** exponent(at.workspace.currency)
    newest_first = tuple(reversed(told["new_deals"]))
    return Line(str(given["member"]), newest_first, minor, told["win_rate"][0], tuple(told.get("timing", ()))), []


def _number(value: Any, share: bool) -> float | None:
    """A number that is not below 0; of a share also such as 16%."""
    text = str(value).strip()
    percent = share and text.endswith("%")
    try:
        number = Decimal(text[:-1].strip() if percent else text)
    except InvalidOperation:
        return None
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        return None
    return float(number / 100 if percent else number)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a plan's YAML, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    properties["period"] = {"type": ["string", "integer"], "description": KEYS["period"][1]}
    line: dict[str, dict[str, Any]] = {key: {"type": of, "description": words} for key, (of, words) in LINE.items()}
    line["new_deals"] = {"type": ["number", "array"], "items": {"type": "number"}, "description": LINE["new_deals"][1]}
    line["win_rate"] = {"type": ["number", "string"], "description": LINE["win_rate"][1]}
    line["timing"]["items"] = {"type": "number", "minimum": 0, "maximum": 1}
    properties["lines"]["items"] = {
        "type": "object", "properties": line, "required": list(NEEDED), "additionalProperties": False,
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan by factors",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "period", "lines"],
        "additionalProperties": False,
    }
