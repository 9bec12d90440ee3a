"""What counts as wrong, since when, and by which threshold? Dated rules of kind `check`, shipped ones and your own.

    kind: check
    name: no_competitor
    from: 2026-11-23
    label: No competitor
    question: Who else is in, late in the sale?
    shape: missing
    of: pipeline
    fields: [competitor]
    when: {stage: [Proposal, Negotiation]}
    fix: ask
    ask: Who else does the buyer look at?

A file in definitions/ adds a rule, or replaces the shipped one of its name; `to:` ends one. Wrong text is told with its
line and leaves every other rule as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made
from typing import Any

from saleswright.history.checks import SHAPES
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, nearest, unknown
from saleswright.measure.metrics.conditions import Test, check, named_days
from saleswright.measure.review.scrub.conditions import NAMED, texts

KIND = "check"
SCOPES: dict[str, str] = {
    "pipeline": "open deals that count as qualified new business, as the metric open_deals does",
    "open": "every deal the CRM calls open, renewals and unqualified ones too",
    "closed": "deals that were won or lost, and open ones",
    "account": "accounts",
    "lead": "leads",
    "contact": "contacts",
    "company": "no single record",
}
FIXES: dict[str, str] = {
    "redate": "close date: the usual time of won deals from here; lost, where it is past due and silent for long",
    "lower_category": "forecast category: one down from commit or best case",
    "next_step": "next step: confirm the decision date, on a working day soon",
    "close_when_silent": "lost, where it is silent for long too; else it asks",
    "close_lost": "lost, as of today",
    "close_duplicate": "the younger record lost, as a duplicate",
    "typical_amount": "a question, with the middle of won deals of the same segment and type as a hint; no value",
    "fill": "the value another record holds, such as the account's owner; else it asks",
    "renewal_type": "type: the CRM's own word for a renewal",
    "true_date": "closed date: the day the history has; else it asks",
    "ask": "a question to the owner, no value",
}
KEYS: dict[str, tuple[str, str]] = {
    "label": ("string", "the words on the page, short; {limit} in them is the threshold that holds"),
    "question": ("string", "the question the rule answers"),
    "shape": ("string", "what can be wrong: " + "; ".join(f"{name}: {words}" for name, words in SHAPES.items())),
    "of": ("string", "which records: " + "; ".join(f"{name}: {words}" for name, words in SCOPES.items())),
    "field": ("string", "the field it looks at"),
    "fields": ("array", "the fields it looks at, for shape missing"),
    "stages": ("object", "for shape missing: fields that a stage needs beside the others, stage: [fields]"),
    "same": ("array", "for shape same-key: the fields whose keys must be equal; lists of fields are alternatives"),
    "words": ("array", "for shape says-otherwise: the words looked for in the text, whatever the case"),
    "categories": ("array", "for shape slipped: the forecast categories that count as called"),
    "when": ("object", "only records for which this holds, as in a metric: field: value"),
    "threshold": ("object", "at_least, percentile of the company's own, of what, fallback without enough, enough"),
    "fix": ("string", "what is proposed: " + "; ".join(f"{name}: {words}" for name, words in FIXES.items())),
    "ask": ("string", "the question to the owner where no honest value exists"),
}
THRESHOLD: dict[str, str] = {
    "at_least": "never less than this",
    "percentile": "of the company's own distribution, such as 90",
    "of": "whose distribution: won or completed",
    "fallback": "what holds where there is not enough data",
    "enough": "from how many on the own distribution is used; 30 when left out",
}
NEEDS: dict[str, tuple[str, ...]] = {
    "date-passed": ("field",),
    "changed-too-often": ("field", "threshold"),
    "missing": ("fields",),
    "silent": ("threshold",),
    "too-long-in": ("field", "threshold"),
    "same-key": ("same",),
    "says-otherwise": ("field", "words"),
    "slipped": ("categories",),
}
DERIVED = {"next_step": "VARCHAR"}
OTHERS = ("account", "lead", "contact")
TEXT, DATES = ("VARCHAR",), ("DATE",)
# Of what type the field must be that a shape looks at, in words, and whether one that is derived will do.
LOOKS: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "date-passed": (DATES, "date", False),
    "changed-too-often": (DATES, "date", False),
    "too-long-in": (TEXT, "text that changes", False),
    "says-otherwise": (TEXT, "text", True),
}
KEYED = {
    "deal": ("account", "name", "owner", "type", "segment", "product", "pipeline", "currency", "amount"),
    "account": ("name", "website", "country"),
    "lead": ("name", "email", "company", "phone"),
    "contact": ("name", "email", "account", "phone"),
}
ENOUGH = 30


@dataclass(frozen=True, slots=True)
class Rule:
    """A checked rule. at_least, percentile, fallback: the threshold; None where the text names none."""

    name: str
    definition: Definition
    label: str
    question: str
    shape: str
    of: str
    field: str = ""
    fields: tuple[str, ...] = ()
    stages: Mapping[str, tuple[str, ...]] = made(default_factory=dict)
    same: tuple[tuple[str, ...], ...] = ()
    words: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    when: Test = made(default_factory=dict)
    at_least: int | None = None
    percentile: int = 0
    fallback: int | None = None
    enough: int = ENOUGH
    fix: str = "ask"
    ask: str = ""

    @property
    def all_fields(self) -> tuple[str, ...]:
        """Every field of a deal that may be missing by this rule."""
        more = [name for names in self.stages.values() for name in names]
        return tuple(dict.fromkeys([*self.fields, *more]))


Columns = Mapping[str, Mapping[str, str]]


def read_rule(definition: Definition, schema: Columns) -> tuple[Rule | None, list[Issue]]:
    """The rule a definition means, or every issue of its text at once. `schema`: entity -> field -> SQL type."""
    body, where = definition.body, definition.where
    columns = schema.get(str(body.get("of", "")), schema["deal"])
    issues = [unknown("key", str(key), KEYS, where=where(str(key))) for key in body if key not in KEYS]
    shape, of = str(body.get("shape", "")), str(body.get("of", "pipeline"))
    fix = str(body.get("fix", "ask"))
    for key, value, known in (("shape", shape, SHAPES), ("of", of, SCOPES), ("fix", fix, FIXES)):
        if value not in known:
            issues.append(unknown(key, value, known, where=where(key if key in body else "")))
    for key in NEEDS.get(shape, ()):
        if not body.get(key):
            issues.append(Issue(where(), f"{shape} needs {key}:", "so it finds nothing", f"{key}: {KEYS[key][1]}"))
    known = {**columns, **DERIVED}
    named = [("field", body.get("field")), *(("fields", one) for one in _list(definition, "fields", issues))]
    for key, name in named:
        if name and str(name) not in known:
            issues.append(unknown("field", str(name), known, where=where(key)))
    stages = _stages(definition, known, issues)
    same = _same(definition, of, issues)
    issues += _misplaced(definition, shape, of, fix)
    issues += _mistaken(definition, shape, str(body.get("field") or ""), columns, known)
    words = _words(definition, issues)
    categories = _list(definition, "categories", issues)
    when = body.get("when") or {}
    issues += check(definition, "when", when, columns)
    if not issues and not set(named_days(when)) <= NAMED.keys():
        what = "no period is asked for here, so nothing is the rest or the end of it"
        issues.append(Issue(where("when"), what, "so it cannot be told", f"before: one of {', '.join(NAMED)}"))
    limits = _threshold(definition, issues)
    if issues:
        return None, issues
    rule = Rule(
        name=definition.name,
        definition=definition,
        label=str(body.get("label", definition.name.replace("_", " ").capitalize())),
        question=str(body.get("question", definition.doc.split("\n", 1)[0])),
        shape=shape,
        of=of,
        field=str(body.get("field", "")),
        fields=tuple(map(str, body.get("fields") or ())),
        stages=stages,
        same=same,
        words=words,
        categories=tuple(str(word).casefold() for word in categories),
        when=texts(when, columns),
        at_least=limits.get("at_least"),
        percentile=limits.get("percentile") or 0,
        fallback=limits.get("fallback"),
        enough=limits.get("enough") or ENOUGH,
        fix=fix,
        ask=str(body.get("ask", "")),
    )
    return rule, []


def read_rules(definitions: Iterable[Definition], schema: Columns) -> tuple[tuple[Rule, ...], list[Issue]]:
    """The rules of these definitions in the order they are written, and the issues of those that cannot be used."""
    rules: list[Rule] = []
    issues: list[Issue] = []
    for definition in definitions:
        try:
            rule, problems = read_rule(definition, schema)
        except (TypeError, ValueError, AttributeError) as error:
            rule = None
            problems = [
                Issue(definition.where(), f"not understood: {error}", "so it finds nothing", "see the shipped rules")
            ]
        issues += problems
        for other in definition.also:
            what = f"{definition.name} is written a second time in {definition.where()}, from the same day"
            issues.append(Issue(other, what, "so only the second one holds", "give one of them another name"))
        if rule is not None:
            rules.append(rule)
    order = {name: place for place, name in enumerate(ORDER)}
    rules.sort(key=lambda rule: (order.get(rule.name, len(order)), rule.name))
    return tuple(rules), issues


ORDER = (
    "past_due", "pushed", "no_next_step", "step_overdue", "silent", "stage_too_old", "placeholder_amount",
    "missing_fields", "duplicate_suspect", "renewal_in_new_business", "closed_dates", "slipped_commit", "zombie",
    "duplicate_account", "duplicate_lead", "duplicate_contact", "bad_month",
)  # fmt: skip


def strangers(definitions: Iterable[Definition]) -> list[Issue]:
    """Definitions that are meant as checks and are none: of a kind written wrong."""
    return [
        Issue(d.where("kind"), f"kind '{d.kind}' is not {KIND}", "so it checks nothing", f"kind: {KIND}")
        for d in definitions
        if not d.shipped and d.kind != KIND and d.body.get("shape") in SHAPES and nearest(d.kind, (KIND,))
    ]


def _list(definition: Definition, key: str, issues: list[Issue]) -> list[Any]:
    given = definition.body.get(key) or []
    if isinstance(given, (list, tuple)):
        return list(given)
    issues.append(Issue(definition.where(key), f"'{given}' is no list", "", f"{key}: [{given}]"))
    return []


def _misplaced(definition: Definition, shape: str, of: str, fix: str) -> Iterable[Issue]:
    """A shape, a kind of record and a fix that do not go together."""
    where = definition.where
    if of in OTHERS and shape in SHAPES and shape != "same-key":
        yield Issue(
            where("of"), f"{shape} is not looked for in {of}s", "so it finds nothing", "shape: same-key, or of: open"
        )
    if of == "closed" and shape == "same-key":
        yield Issue(where("of"), "same-key is not looked for in closed deals", "so it finds nothing", "of: pipeline")
    if (of == "company") != (shape == "out-of-wobble") and of in SCOPES and of not in OTHERS and shape in SHAPES:
        what = f"{shape} is of single records" if of == "company" else f"{shape} is of no single record"
        yield Issue(where("of"), what, "so it finds nothing", "of: pipeline" if of == "company" else "of: company")
    if fix == "fill" and shape in SHAPES and shape != "missing":
        yield Issue(
            where("fix"), f"fill is a fix for missing, not for {shape}", "so there is nothing to fill", "fix: ask"
        )


def _mistaken(
    definition: Definition, shape: str, name: str, columns: Mapping[str, str], known: Mapping[str, str]
) -> Iterable[Issue]:
    """A field that a shape cannot look at, by its type."""
    where = definition.where("field")
    if shape == "placeholder" and name not in ("", "amount"):
        yield Issue(where, f"placeholder looks at the amount, not at {name}", "so it finds nothing", "field: amount")
    if shape not in LOOKS or name not in known:
        return
    types, called, derived = LOOKS[shape]
    within = known if derived else columns
    if within.get(name) not in types:
        some = ", ".join(one for one, kind in within.items() if kind in types and one != "id")
        yield Issue(where, f"{name} is no {called}", f"so {shape} cannot look at it", f"one of {some}")


def _words(definition: Definition, issues: list[Issue]) -> tuple[str, ...]:
    """The words to look for; each is letters and digits, parted by spaces, as the text is once signs are left out."""
    words = [str(word).casefold() for word in _list(definition, "words", issues)]
    for word in words:
        if not word.replace(" ", "").isalnum():
            plain = " ".join("".join(c if c.isalnum() else " " for c in word).split()) or "renewal"
            what = f"'{word}' has signs in it, which are left out of what is read"
            issues.append(Issue(definition.where("words"), what, "so it is never found", f"words: [{plain}]"))
    return tuple(words)


def _stages(definition: Definition, known: Mapping[str, str], issues: list[Issue]) -> dict[str, tuple[str, ...]]:
    given = definition.body.get("stages") or {}
    if not isinstance(given, Mapping) or not all(isinstance(v, (list, tuple)) for v in given.values()):
        issues.append(Issue(definition.where("stages"), "stages is stage: [fields]", "", "Negotiation: [competitor]"))
        return {}
    for stage, names in given.items():
        for name in names:
            if str(name) not in known:
                issues.append(unknown("field", str(name), known, where=definition.where(f"stages.{stage}")))
    return {str(stage): tuple(map(str, names)) for stage, names in given.items()}


def _same(definition: Definition, of: str, issues: list[Issue]) -> tuple[tuple[str, ...], ...]:
    given = _list(definition, "same", issues)
    groups = [one if isinstance(one, (list, tuple)) else None for one in given]
    keys = [tuple(map(str, one)) for one in groups if one] if any(groups) else [tuple(map(str, given))]
    known = KEYED.get(of, KEYED["deal"])
    for name in [name for one in keys for name in one if name not in known]:
        issues.append(unknown("key", name, known, where=definition.where("same")))
    if of not in OTHERS and len(keys) > 1:
        what = "alternatives are for accounts, leads and contacts"
        told = f"same: [{', '.join(keys[0])}], and a rule of its own for the others"
        issues.append(Issue(definition.where("same"), what, "so only the first would be looked at", told))
    return tuple(key for key in keys if key)


def _threshold(definition: Definition, issues: list[Issue]) -> dict[str, int]:
    given = definition.body.get("threshold") or {}
    where = definition.where("threshold")
    if not isinstance(given, Mapping):
        issues.append(Issue(where, f"'{given}' is no threshold", "", "threshold: {at_least: 3}"))
        return {}
    found: dict[str, int] = {}
    for key, value in given.items():
        if key not in THRESHOLD:
            issues.append(unknown("threshold", str(key), THRESHOLD, where=definition.where(f"threshold.{key}")))
        elif key == "of":
            if value not in ("won", "completed"):
                issues.append(unknown("distribution", str(value), ("won", "completed"), where=where))
        elif type(value) is not int or not 0 <= value <= (99 if key == "percentile" else 100_000):
            issues.append(
                Issue(definition.where(f"threshold.{key}"), f"'{value}' is no whole number for {key}", "", f"{key}: 30")
            )
        else:
            found[str(key)] = value
    return found


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a check's YAML, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    for key, known in (("shape", SHAPES), ("of", SCOPES), ("fix", FIXES)):
        properties[key]["enum"] = list(known)
    kinds = {"of": {"enum": ["won", "completed"]}}
    properties["threshold"] |= {
        "properties": {
            key: {"description": words, **kinds.get(key, {"type": "integer"})} for key, words in THRESHOLD.items()
        },
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A dated rule of what counts as wrong about a record",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "shape"],
        "additionalProperties": False,
    }
