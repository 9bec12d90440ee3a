"""What is a metric? About ten lines of YAML: a question, one of six shapes, which rows, which date, what is left out.

Anything that is not one of the six shapes is Python in this folder, named by `python:` and built from other metrics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.report import Unit
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.metrics.conditions import OPERATORS, Test, check, fields_of

SHAPES = ("count", "sum", "ratio", "duration-quantile", "balance-at", "cohort-ratio")
UNITS: dict[str, Unit] = {
    "count": "count",
    "sum": "money",
    "ratio": "share",
    "duration-quantile": "days",
    "balance-at": "count",
    "cohort-ratio": "share",
}
# What each key of a metric's YAML means; the JSON Schema and the reference page are generated from this table.
KEYS: dict[str, tuple[str, str]] = {
    "label": ("string", "the words on faces, such as Win rate"),
    "question": ("string", "the question answered, in one sentence"),
    "aliases": ("array", "other names that work everywhere a name is typed"),
    "shape": ("string", "one of " + ", ".join(SHAPES)),
    "python": ("string", "instead of a shape: the function in this folder that combines other metrics"),
    "parts": ("array", "the metrics a python metric is made of"),
    "of": ("string", "the entity counted: deal"),
    "date": ("string", "the date that puts a row into a period"),
    "rows": (
        "object",
        f"which rows the question is about: field: value, [values] or {{operator: value}}, of {', '.join(OPERATORS)}",
    ),
    "exclude": ("array", "rows left out and why: {because: words, when: {field: test}}; counted and listed"),
    "numerator": ("object", "for ratios of counts: which of the rows count above the line"),
    "sum": ("string", "the money field added up; for a ratio it is divided by the count of rows"),
    "period": ("string", "the period taken when nobody says one, such as this quarter"),
    "start": ("string", "duration-quantile: the date the clock starts"),
    "end": ("string", "duration-quantile: the date it stops"),
    "unit": ("string", "the figure's unit where the shape leaves a choice"),
    "better": ("string", "up or down: which way is good"),
    "formula": ("string", "the formula in words"),
    "caution": ("string", "what the figure must not be used for"),
    "source": ("string", "where the formula comes from"),
    "band": ("boolean", "may people of a narrower access see the company's figure for comparison, never its rows"),
    "everything": ("boolean", "rules that leave deals out do not hold here: it is what the CRM has, whole"),
    "needs": ("integer", "the tier of data it needs: 1 one export, 2 with history, 3 with a second export"),
    "variants": ("array", "metrics that answer a neighbouring question and must not be mixed up with this one"),
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows that would belong but are left out, and the words that say why."""

    because: str
    when: Test


@dataclass(frozen=True, slots=True)
class Metric:
    """A definition of kind `metric`, checked."""

    name: str
    definition: Definition
    shape: str = ""
    python: str = ""
    label: str = ""
    question: str = ""
    aliases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    entity: str = "deal"
    date: str = ""
    rows: Test = ()  # type: ignore[assignment]
    exclude: tuple[Exclusion, ...] = ()
    numerator: Test | None = None
    sum: str = ""
    period: str = ""
    start: str = ""
    end: str = ""
    unit: Unit = "count"
    better: str = ""
    formula: str = ""
    caution: str = ""
    source: str = ""
    variants: tuple[str, ...] = ()
    band: bool = False
    everything: bool = False
    needs: int = 1

    @property
    def fields(self) -> set[str]:
        """The fields a row must have a column for."""
        tests = [self.rows, self.numerator or {}, *(e.when for e in self.exclude)]
        named = {field for test in tests for field in fields_of(test)}
        return named | {f for f in (self.date, self.sum, self.start, self.end) if f}

    @property
    def at_moment(self) -> bool:
        """Does it read the state at a moment, rather than happenings in a period?"""
        return self.shape == "balance-at"


def read_metric(definition: Definition, columns: Mapping[str, str]) -> tuple[Metric | None, list[Issue]]:
    """A checked metric, or every issue of its text at once. `columns`: the entity's, each with its SQL type."""
    body = dict(definition.body)
    issues = [unknown("key", key, KEYS, where=definition.where(key)) for key in body if key not in KEYS]
    shape, python = str(body.get("shape", "")), str(body.get("python", ""))
    if bool(shape) == bool(python):
        issues.append(
            Issue(
                definition.where(),
                "a metric has either a shape or python",
                "so it cannot be computed",
                f"shape: one of {', '.join(SHAPES)}",
            )
        )
    if shape and shape not in SHAPES:
        issues.append(unknown("shape", shape, SHAPES, where=definition.where("shape")))
    needs = {
        "duration-quantile": ("date", "start", "end"),
        "cohort-ratio": ("date", "numerator"),
        "sum": ("date", "sum"),
        "count": ("date",),
        "ratio": ("date",),
    }.get(shape, ())
    issues += [
        Issue(definition.where(), f"{shape} needs {key}:", "so it cannot be computed", f"{key}: {KEYS[key][1]}")
        for key in needs
        if not body.get(key)
    ]
    if shape == "ratio" and bool(body.get("numerator")) == bool(body.get("sum")):
        issues.append(
            Issue(
                definition.where(),
                "a ratio has either numerator: or sum:",
                "so there is nothing to divide",
                "see win_rate and deal_size",
            )
        )
    for key in ("date", "sum", "start", "end"):
        if body.get(key) and body[key] not in columns:
            issues.append(unknown("field", str(body[key]), columns, where=definition.where(key)))
    if body.get("needs", 1) not in (1, 2, 3, 4):
        issues.append(Issue(definition.where("needs"), f"'{body['needs']}' is not a tier of data", "", "1, 2, 3 or 4"))
    excludes = body.get("exclude") or []
    tests = [("rows", body.get("rows") or {}), ("numerator", body.get("numerator") or {})]
    tests += [(f"exclude.{i}.when", (e or {}).get("when") or {}) for i, e in enumerate(excludes)]
    for path, test in tests:
        issues += check(definition, path, test, columns)
    if issues:
        return None, issues
    unit: Unit = body.get("unit") or (
        "money" if shape in ("ratio", "balance-at") and body.get("sum") else UNITS.get(shape, "number")
    )
    return (
        Metric(
            name=definition.name,
            definition=definition,
            shape=shape,
            python=python,
            label=str(body.get("label", definition.name.replace("_", " ").capitalize())),
            question=str(body.get("question", definition.doc.split("\n", 1)[0])),
            aliases=tuple(body.get("aliases", ())),
            parts=tuple(body.get("parts", ())),
            entity=str(body.get("of", "deal")),
            date=str(body.get("date", "")),
            rows=body.get("rows") or {},
            exclude=tuple(Exclusion(str(e["because"]), e["when"]) for e in excludes),
            numerator=body.get("numerator"),
            sum=str(body.get("sum", "")),
            period=str(body.get("period", "")),
            start=str(body.get("start", "")),
            end=str(body.get("end", "")),
            unit=unit,
            better=str(body.get("better", "")),
            formula=str(body.get("formula", "")),
            caution=str(body.get("caution", "")),
            source=str(body.get("source", "")),
            variants=tuple(body.get("variants", ())),
            band=body.get("band") is True,
            everything=body.get("everything") is True,
            needs=int(body.get("needs", 1)),
        ),
        [],
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a metric's YAML, generated from KEYS, for editors and checks."""
    test = {"type": "object"}
    properties = schema_properties("metric", KEYS)
    properties["shape"]["enum"] = list(SHAPES)
    properties["needs"] |= {"minimum": 1, "maximum": 4}
    properties["exclude"]["items"] = {
        "type": "object",
        "properties": {"because": {"type": "string"}, "when": test},
        "required": ["because", "when"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Saleswright metric",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "oneOf": [{"required": ["shape"]}, {"required": ["python"]}],
        "additionalProperties": False,
    }
