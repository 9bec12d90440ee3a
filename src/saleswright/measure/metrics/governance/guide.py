"""By which rules is a first set of KPIs chosen? Questions with a weight, and the metrics that answer each, in YAML.

A definition of kind `kpi_guide`; a workspace may write its own under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, Stop, unknown

KIND = "kpi_guide"
NAME = "standard"
FACTS = ("process", "industry", "cycle", "model")
KEYS: dict[str, tuple[str, str]] = {
    "most": ("integer", "how many KPIs at most"),
    "leading": ("integer", "how many of them look ahead at least, where the data has them"),
    "lagging": ("integer", "how many say at least whether it worked"),
    "cycles": ("array", "lengths of a sales cycle: {name, to: days}, the last without an end"),
    "processes": ("object", "ways to sell, each with its words"),
    "industries": ("object", "industries, each with its words"),
    "models": ("object", "ways to earn, each with its words"),
    "questions": ("array", "{ask, weight, more: [{when, by, because}], answers: [{metric, when, because}]}"),
}
_OF = {"process": "processes", "industry": "industries", "model": "models"}


@dataclass(frozen=True, slots=True)
class When:
    """Where something holds: per fact the values one of which is given. Empty holds always."""

    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def holds(self, given: Mapping[str, str]) -> bool:
        return all(given.get(fact) in values for fact, values in self.facts)


@dataclass(frozen=True, slots=True)
class More:
    """What makes a question weigh more or less, and why."""

    when: When
    by: float
    because: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A metric that answers a question. label, comes_from: what is said of one this catalogue does not have."""

    metric: str
    because: str
    when: When = When()
    label: str = ""
    comes_from: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to know, how much it weighs, and what answers it, the best first."""

    ask: str
    weight: float
    more: tuple[More, ...]
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The rules, read. cycles: (name, last day of it), None without an end."""

    most: int
    leading: int
    lagging: int
    cycles: tuple[tuple[str, int | None], ...]
    words: Mapping[str, Mapping[str, str]]
    questions: tuple[Question, ...]

    def cycle(self, days: float) -> str:
        """What a cycle of so many days is called."""
        return next(name for name, last in self.cycles if last is None or days <= last)


def guide(at: Snapshot, metrics: Mapping[str, Any]) -> Guide:
    """The rules in force on the as-of day. Stop with every issue at once where they cannot be used."""
    return read_guide(definition_of(at), metrics)


def definition_of(at: Any) -> Definition:
    """The text of the rules."""
    found = at.workspace.get(KIND, NAME, getattr(at, "day", None))
    assert found is not None, "the rules are shipped"
    definition: Definition = found
    return definition


def read_guide(definition: Definition, metrics: Mapping[str, Any]) -> Guide:
    """The rules of a text. Stop with every issue, each with its line."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    words = {fact: _words(body.get(key)) for fact, key in _OF.items()}
    cycles = tuple((str(one["name"]), one.get("to")) for one in _list(body.get("cycles")) if one.get("name"))
    options = {**{fact: tuple(held) for fact, held in words.items()}, "cycle": tuple(name for name, _ in cycles)}
    if not cycles or cycles[-1][1] is not None or any(last is None for _, last in cycles[:-1]):
        why = "so a longer one has no name"
        issues.append(Issue(definition.where("cycles"), "only the last cycle has no to:", why, "- {name: long}"))
    questions = []
    for place, one in enumerate(_list(body.get("questions"))):
        path = f"questions.{place}"
        issues += _strange(definition, path, one, ("ask", "weight", "more", "answers"))
        answers = []
        for index, told in enumerate(_list(one.get("answers"))):
            here = f"{path}.answers.{index}"
            issues += _strange(definition, here, told, ("metric", "because", "when", "label", "comes_from"))
            answer = Answer(
                str(told.get("metric") or ""), str(told.get("because") or ""), _when(definition, here, told, options, issues),
                str(told.get("label") or ""), str(told.get("comes_from") or ""),
            )  # fmt: skip
            if answer.metric not in metrics and not (answer.label and answer.comes_from):
                issues.append(unknown("metric", answer.metric, metrics, where=definition.where(here)))
            if not answer.because:
                why = "so nobody could tell why it was chosen"
                issues.append(Issue(definition.where(here), f"{answer.metric} needs because:", why, "because: words"))
            answers.append(answer)
        for i, told in enumerate(_list(one.get("more"))):
            issues += _strange(definition, f"{path}.more.{i}", told, ("when", "by", "because"))
        more = tuple(
            More(
                _when(definition, f"{path}.more.{i}", m, options, issues),
                float(m.get("by", 0)),
                str(m.get("because", "")),
            )
            for i, m in enumerate(_list(one.get("more")))
        )
        questions.append(Question(str(one.get("ask", "")), float(one.get("weight", 0)), more, tuple(answers)))
    if not questions:
        issues.append(
            Issue(
                definition.where("questions"),
                "there are no questions",
                "so nothing can be chosen",
                "see the shipped one",
            )
        )
    if issues:
        raise Stop(*issues)
    most, leading, lagging = (
        int(body.get(key, default)) for key, default in (("most", 7), ("leading", 2), ("lagging", 2))
    )
    return Guide(most, leading, lagging, cycles, words, tuple(questions))


def _when(
    definition: Definition,
    path: str,
    told: Mapping[str, Any],
    options: Mapping[str, tuple[str, ...]],
    issues: list[Issue],
) -> When:
    found = []
    for fact, given in (told.get("when") or {}).items():
        where = definition.where(f"{path}.when.{fact}")
        values = tuple(map(str, given)) if isinstance(given, (list, tuple)) else (str(given),)
        if fact not in FACTS:
            issues.append(unknown("fact", str(fact), FACTS, where=where))
            continue
        issues += [
            unknown(str(fact), value, options[fact], where=where) for value in values if value not in options[fact]
        ]
        found.append((str(fact), values))
    return When(tuple(found))


def _strange(definition: Definition, path: str, told: Mapping[str, Any], keys: tuple[str, ...]) -> list[Issue]:
    """Keys that mean nothing here: often the rest of a sentence with a comma and no quotes."""
    return [unknown("key", str(key), keys, where=definition.where(f"{path}.{key}")) for key in told if key not in keys]


def _words(given: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, Mapping) else {}


def _list(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, (list, tuple)) else []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the rules, for editors and checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "By which rules a first set of KPIs is chosen",
        "type": "object",
        "properties": schema_properties(KIND, KEYS),
        "required": ["kind", "name", "cycles", "processes", "industries", "models", "questions"],
        "additionalProperties": False,
    }
