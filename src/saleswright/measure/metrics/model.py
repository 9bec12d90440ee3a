"""What is a metric? About ten lines of YAML: a question, a shape, which rows, which date, what is left out.

Anything that is not one of the shapes is Python, named by `python:` and built from other metrics.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.history.schema import Entity
from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Unit
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.metrics.conditions import NUMBERS, TIMES, Test, check, fields_of
from saleswright.measure.metrics.keys import GATHERS, GRACE_MOST, KEYS, OF_METRICS, SHAPES, WORDS, json_schema
from saleswright.measure.metrics.made import MADE, entity_names, entity_of
from saleswright.measure.metrics.wellformed import unit_fits, well_formed

UNITS: dict[str, Unit] = {
    "count": "count",
    "sum": "money",
    "ratio": "share",
    "duration-quantile": "days",
    "quantile": "money",
    "balance-at": "count",
    "cohort-ratio": "share",
    "quotient": "number",
    "growth": "share",
}
# What a shape cannot do without.
REQUIRED = {
    "duration-quantile": ("date", "start", "end"),
    "quantile": ("date", "sum"),
    "cohort-ratio": ("date", "numerator"),
    "sum": ("date", "sum"),
    "count": ("date",),
    "ratio": ("date",),
    "quotient": ("over", "under"),
    "growth": ("over",),
}


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows that would belong but are left out, and the words that say why."""

    because: str
    when: Test


@dataclass(frozen=True, slots=True)
class Derived:
    """A field made of other rows: the first, last, count or sum of a field of the rows that point here; or `the` field of
    the row this one points to by `by`."""

    name: str
    gather: str
    field: str
    of: str
    by: str
    when: Test
    sql: str


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
    over: str = ""
    under: str = ""
    awaits: str = ""
    ripens: str = ""
    per_day: bool = False
    frozen_after: int | None = None
    settings: tuple[str, ...] = ()
    comes_from: str = ""
    derive: tuple[Derived, ...] = ()
    quantile: float = 0.5
    clock: str = "days"
    rate: str = "own day"
    unit: Unit = "count"
    better: str = ""
    formula: str = ""
    caution: str = ""
    source: str = ""
    variants: tuple[str, ...] = ()
    band: bool = False
    everything: bool = False
    dear: bool = False
    needs: int = 1
    use: str = "diagnostic"
    answers: str = ""
    objective: str = ""
    timing: str = ""
    cadence: str = ""
    outcome: str = ""
    tracks: tuple[str, ...] = ()
    group: str = ""

    @property
    def named(self) -> set[str]:
        """Every field its text names, derived ones among them."""
        tests = [self.rows, self.numerator or {}, *(e.when for e in self.exclude)]
        found = {field for test in tests for field in fields_of(test)}
        return found | {f for f in (self.date, self.sum, self.start, self.end) if f}

    @property
    def fields(self) -> set[str]:
        """The fields a row must have a column for; derived ones are made."""
        return self.named - {one.name for one in self.derive}

    @property
    def needed(self) -> set[str]:
        """The fields without which it cannot be told; a rule of what is left out leaves nothing out where there is none."""
        tests = [self.rows, self.numerator or {}]
        found = {field for test in tests for field in fields_of(test)}
        found |= {f for f in (self.date, self.sum, self.start, self.end) if f}
        return found - {one.name for one in self.derive}

    @property
    def of_metrics(self) -> bool:
        """Is it made of other metrics, rather than of rows?"""
        return bool(self.python) or self.shape in OF_METRICS

    @property
    def spans(self) -> bool:
        """Are its rows those of a whole period, so that each month of a split has rows of its own?"""
        made = MADE.get(self.entity)
        return made is not None and made.spans and not self.of_metrics

    @property
    def asks_middle(self) -> bool:
        """Is it a quantile of spans or amounts?"""
        return self.shape in ("duration-quantile", "quantile")

    @property
    def at_moment(self) -> bool:
        """Does it read the state at a moment, rather than happenings in a period?"""
        return self.shape == "balance-at"


def read_metric(definition: Definition, schema: Mapping[str, Entity]) -> tuple[Metric | None, list[Issue]]:
    """A checked metric, or every issue of its text at once. `schema`: the entities of the record, each with its fields."""
    body = dict(definition.body)
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    misshapen = list(well_formed(definition))
    if misshapen:
        return None, [*issues, *misshapen]
    issues += _ways(definition)
    of = str(body.get("of", "deal"))
    entity = entity_of(schema, of)
    if entity is None:
        return None, [*issues, unknown("entity", of, entity_names(schema), where=definition.where("of"))]
    columns = dict(entity.columns)
    derived, problems = _derived(definition, entity, schema)
    issues += problems
    issues += unit_fits(definition, entity, _unit(body | {"unit": None}, entity, derived))
    columns |= {one.name: one.sql for one in derived}
    issues += _fields(definition, columns)
    excludes = body.get("exclude") or []
    tests = [("rows", body.get("rows") or {}), ("numerator", body.get("numerator") or {})]
    tests += [(f"exclude.{i}.when", (e or {}).get("when") or {}) for i, e in enumerate(excludes)]
    for path, test in tests:
        issues += check(definition, path, test, columns)
    if issues:
        return None, issues
    return _made(definition, derived, entity), []


def _ways(definition: Definition) -> Iterator[Issue]:
    """What is wrong with how it is computed, and with the keys that take one of a few words."""
    body = definition.body
    ways = [key for key in ("shape", "python", "awaits") if body.get(key)]
    if len(ways) != 1:
        what = "a metric has either a shape or python" if not ways else f"a metric has one of {', '.join(ways)}"
        yield Issue(definition.where(), what, "so it cannot be computed", f"shape: one of {', '.join(SHAPES)}")
    for key, words in WORDS.items():
        if body.get(key) and body[key] not in words:
            yield unknown(key, str(body[key]), words, where=definition.where(key))
    shape = str(body.get("shape", ""))
    for key in REQUIRED.get(shape, ()):
        if not body.get(key):
            yield Issue(
                definition.where(), f"{shape} needs {key}:", "so it cannot be computed", f"{key}: {KEYS[key][1]}"
            )
    if shape == "ratio" and not (body.get("numerator") or body.get("sum")):
        what = "a ratio has numerator: or sum:, or both"
        yield Issue(definition.where(), what, "so there is nothing to divide", "see win_rate and deal_size")
    if body.get("needs", 1) not in (1, 2, 3, 4):
        yield Issue(definition.where("needs"), f"'{body['needs']}' is not a tier of data", "", "1, 2, 3 or 4")
    grace = body.get("frozen_after", 0)
    if type(grace) is not int or not 0 <= grace <= GRACE_MOST:
        what = f"'{grace}' is no number of days"
        yield Issue(definition.where("frozen_after"), what, "so no period can be frozen", f"0 to {GRACE_MOST}")
    middle = body.get("quantile", 0.5)
    if type(middle) not in (int, float) or not 0 < middle < 1:
        yield Issue(definition.where("quantile"), f"'{middle}' is no quantile", "so there is nothing to find", "0.9")


def _fields(definition: Definition, columns: Mapping[str, str]) -> Iterator[Issue]:
    """What is wrong with the fields it is dated, added up and timed by."""
    for key, kinds, words in (
        ("date", TIMES, "date"),
        ("start", TIMES, "date"),
        ("end", TIMES, "date"),
        ("sum", NUMBERS, "number"),
    ):
        name = str(definition.body.get(key) or "")
        if not name:
            continue
        if name not in columns:
            yield unknown("field", name, columns, where=definition.where(key))
        elif columns[name] not in kinds:
            good = ", ".join(field for field, kind in columns.items() if kind in kinds)
            yield Issue(
                definition.where(key), f"{name} is no {words}", f"so it cannot be {key}:", f"one of: {good or 'none'}"
            )


def _derived(
    definition: Definition, entity: Entity, schema: Mapping[str, Entity]
) -> tuple[tuple[Derived, ...], list[Issue]]:
    """The fields made of rows that point here, and what is wrong with them."""
    found: list[Derived] = []
    issues: list[Issue] = []
    given = definition.body.get("derive") or {}
    if not isinstance(given, Mapping):
        return (), [
            Issue(definition.where("derive"), "derive: is no mapping", "", "name: {first: occurred, of: touch}")
        ]
    for name, told in given.items():
        where = definition.where(f"derive.{name}")
        told = told if isinstance(told, Mapping) else {}
        gathers = [key for key in GATHERS if told.get(key)]
        other = entity_of(schema, str(told.get("of", "")))
        strange = [key for key in told if key not in (*GATHERS, "of", "by", "when")]
        issues += [unknown("key", str(key), (*GATHERS, "of", "by", "when"), where=where) for key in strange]
        if len(gathers) != 1:
            issues.append(Issue(where, f"{name} is made one way", "", f"one of {', '.join(GATHERS)}: field"))
        if other is None:
            issues.append(unknown("entity", str(told.get("of", "")), entity_names(schema), where=where))
        if other is None or len(gathers) != 1 or strange:
            continue
        columns = dict(other.columns)
        back = gathers[0] == "the"
        field, by = str(told[gathers[0]]), str(told.get("by", other.name if back else entity.name))
        pairs = (field, columns), (by, dict(entity.columns) if back else columns)
        issues += [unknown("field", one, known, where=where) for one, known in pairs if one not in known]
        when = told.get("when") or {}
        issues += check(definition, f"derive.{name}.when", when, columns)
        sql = "BIGINT" if gathers[0] == "count" else columns.get(field, "")
        found.append(Derived(str(name), gathers[0], field, other.name, by, when, sql))
    return tuple(found), issues


def _made(definition: Definition, derived: tuple[Derived, ...], entity: Entity) -> Metric:
    body = definition.body
    shape, python = str(body.get("shape", "")), str(body.get("python", ""))
    parts = tuple(str(name) for name in (body.get("parts") or [body[k] for k in ("over", "under") if body.get(k)]))
    return Metric(
        name=definition.name,
        definition=definition,
        shape=shape,
        python=python,
        label=str(body.get("label", definition.name.replace("_", " ").capitalize())),
        question=str(body.get("question", definition.doc.split("\n", 1)[0])),
        aliases=tuple(body.get("aliases", ())),
        parts=parts,
        entity=str(body.get("of", "deal")),
        rows=body.get("rows") or {},
        exclude=tuple(Exclusion(str(e["because"]), e["when"]) for e in body.get("exclude") or ()),
        numerator=body.get("numerator"),
        derive=derived,
        quantile=float(body.get("quantile", 0.5)),
        unit=body.get("unit") or _unit(body, entity, derived),
        variants=tuple(body.get("variants", ())),
        band=body.get("band") is True,
        per_day=body.get("per_day") is True,
        frozen_after=body.get("frozen_after"),
        settings=tuple(body.get("settings", ())),
        everything=body.get("everything") is True,
        dear=body.get("dear") is True,
        needs=int(body.get("needs", 1)),
        tracks=tuple(body.get("tracks", ())),
        **{key: str(body[key]) for key in _TEXTS if body.get(key)},
    )


# Keys whose value is kept as the text it is.
_TEXTS = (
    *(
        "date",
        "sum",
        "period",
        "start",
        "end",
        "over",
        "under",
        "awaits",
        "ripens",
        "comes_from",
        "clock",
        "rate",
        "better",
    ),
    *("formula", "caution", "source", "use", "answers", "objective", "timing", "cadence", "outcome", "group"),
)


def _unit(body: Mapping[str, Any], entity: Entity, derived: tuple[Derived, ...]) -> Unit:
    """The unit that the shape and its field leave no choice about."""
    shape = str(body.get("shape", ""))
    if shape == "duration-quantile" and body.get("clock", "days") != "days":
        return "hours"
    added = str(body.get("sum", ""))
    if (
        added
        and shape in ("sum", "ratio", "balance-at", "quantile")
        and not (shape == "ratio" and body.get("numerator"))
    ):
        field = entity.by_name.get(added)
        own = next((one for one in derived if one.name == added), None)
        if field is not None and field.type != "money":
            return "number"
        return "number" if own is not None and (own.sql == "DOUBLE" or own.gather == "count") else "money"
    return UNITS.get(shape, "number")


__all__ = ["Derived", "Exclusion", "Metric", "json_schema", "read_metric"]
