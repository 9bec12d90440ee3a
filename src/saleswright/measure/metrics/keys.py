"""Which keys has a metric's YAML? The JSON Schema and the reference page are generated from this table."""

from __future__ import annotations

from typing import Any

from saleswright.kernel.definition import schema_properties
from saleswright.measure.metrics.conditions import OPERATORS

SHAPES = (
    "count",
    "sum",
    "ratio",
    "duration-quantile",
    "quantile",
    "balance-at",
    "cohort-ratio",
    "quotient",
    "growth",
)
# Shapes that are made of other metrics, never of rows.
OF_METRICS = ("quotient", "growth")
RATES = ("own day", "as of", "constant")
CLOCKS = ("days", "hours", "business hours")
USES = ("kpi", "diagnostic")
TIMINGS = ("leading", "lagging")
CADENCES = ("weekly", "monthly", "quarterly", "yearly")
GROUPS = ("pipeline", "activity", "attainment", "customers")
TRACKS = ("chief executive", "finance", "marketing", "operations", "sales management", "sales person")
# The longest grace after a period's end, in days.
GRACE_MOST = 366
GATHERS = ("first", "last", "count", "sum", "the")
# Keys that take one of a few words.
WORDS = {
    "shape": SHAPES,
    "rate": RATES,
    "clock": CLOCKS,
    "use": USES,
    "timing": TIMINGS,
    "cadence": CADENCES,
    "group": GROUPS,
    "better": ("up", "down"),
}
# What each key of a metric's YAML means; the JSON Schema and the reference page are generated from this table.
KEYS: dict[str, tuple[str, str]] = {
    "label": ("string", "the words on faces, such as Win rate"),
    "question": ("string", "the question answered, in one sentence"),
    "aliases": ("array", "other names that work everywhere a name is typed"),
    "shape": ("string", "one of " + ", ".join(SHAPES)),
    "python": ("string", "instead of a shape: the function in this folder that combines other metrics"),
    "awaits": ("string", "instead of a shape: what it needs before it can be computed; listed until then"),
    "parts": ("array", "the metrics a python metric is made of"),
    "over": ("string", "quotient: the metric above the line; growth: the metric that grows"),
    "under": ("string", "quotient: the metric below the line"),
    "of": ("string", "the entity whose rows are counted; deal when left out"),
    "derive": (
        "object",
        "fields made of other rows: name: {first, last, count or sum: field, of: entity, by: its field that points here, "
        "when: test}; or {the: field, of: entity, by: our field that points there}",
    ),
    "comes_from": ("string", "which source brings the fields, said where the record has none of it"),
    "date": ("string", "the date that puts a row into a period"),
    "rows": (
        "object",
        f"which rows the question is about: field: value, [values] or {{operator: value}}, of {', '.join(OPERATORS)}",
    ),
    "exclude": ("array", "rows left out and why: {because: words, when: {field: test}}; counted and listed"),
    "numerator": ("object", "for ratios of counts: which of the rows count above the line"),
    "sum": (
        "string",
        "the money or number added up; a ratio divides it by the count of rows, or by all of it where numerator: is given",
    ),
    "quantile": ("number", "which quantile, such as 0.9; the middle one when left out"),
    "clock": (
        "string",
        "duration-quantile: what is counted: days, hours, or business hours, which are those of kind working_hours",
    ),
    "ripens": (
        "string",
        "cohort-ratio: how old a cohort must be to be judged: so many days, or three in four of a duration metric",
    ),
    "frozen_after": (
        "integer",
        "a closed period is read as of so many days after its end, for good; later changes do not move it",
    ),
    "settings": ("array", "the kinds of dated definitions it is set by, such as ramp"),
    "per_day": ("boolean", "growth: compare by day, since months differ in length"),
    "rate": (
        "string",
        "the exchange rate of an amount: its own day's, the as-of day's, or the constant one of the year's first day",
    ),
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
    "dear": ("boolean", "it takes seconds: lists, earlier days and comparisons do not ask it unless it is asked for"),
    "needs": ("integer", "the tier of data it needs: 1 one export, 2 with history, 3 with a second export"),
    "use": ("string", "kpi: strategic, for whoever answers for it; diagnostic: for finding causes"),
    "answers": ("string", "which role answers for it"),
    "objective": ("string", "the business objective it serves"),
    "timing": ("string", "leading or lagging"),
    "cadence": ("string", "how often it is reviewed: weekly, monthly, quarterly or yearly"),
    "outcome": ("string", "for a count of activity: the outcome it is never shown without"),
    "tracks": ("array", "the roles that look at it"),
    "group": ("string", "its place in the catalogue"),
    "variants": ("array", "metrics that answer a neighbouring question and must not be mixed up with this one"),
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a metric's YAML, generated from KEYS, for editors and checks."""
    test = {"type": "object"}
    properties = schema_properties("metric", KEYS)
    for key, words in WORDS.items():
        properties[key]["enum"] = list(words)
    properties["tracks"]["items"] = {"enum": list(TRACKS)}
    properties["quantile"] |= {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
    properties["derive"]["additionalProperties"] = test
    properties["needs"] |= {"minimum": 1, "maximum": 4}
    properties["frozen_after"] |= {"minimum": 0, "maximum": GRACE_MOST}
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
        "oneOf": [{"required": ["shape"]}, {"required": ["python"]}, {"required": ["awaits"]}],
        "additionalProperties": False,
    }
