"""What is a term? A word of the field, what it means in a sentence or two, and where this product answers to it.

kind: term
name: land_and_expand
label: Land and expand
aliases: [seed_and_grow]
doc: Winning a small first deal with a customer and growing it from there.
metrics: [won_value]
see: [expansion]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, unknown

KIND = "term"
KEYS: dict[str, tuple[str, str]] = {
    "label": ("string", "the word as it is written"),
    "aliases": ("array", "other words for it"),
    "metrics": ("array", "the metrics that measure it, by name; one of the same name or alias is found by itself"),
    "command": ("string", "the command that answers to it, such as review number"),
    "page": ("string", "the page that shows it, such as /kpis"),
    "see": ("array", "neighbouring terms, by name"),
}
_LISTS = ("aliases", "metrics", "see")


@dataclass(frozen=True, slots=True)
class Term:
    """A definition of kind `term`, checked."""

    name: str
    label: str
    means: str
    aliases: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    command: str = ""
    page: str = ""
    see: tuple[str, ...] = ()
    where: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """Every way to write it, ready to compare."""
        return tuple(dict.fromkeys(plain(word) for word in (self.name, self.label, *self.aliases)))


def plain(word: str) -> str:
    """A name as it is compared: small letters, one underscore between words."""
    return "_".join("".join(c if c.isalnum() else " " for c in word.casefold()).split())


def read_term(definition: Definition) -> tuple[Term | None, list[Issue]]:
    """A checked term, or every issue of its text at once."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    if not definition.doc:
        issues.append(
            Issue(
                definition.where(),
                f"{definition.name} says nothing",
                "so nobody learns what it means",
                "doc: a sentence",
            )
        )
    for key in _LISTS:
        if not isinstance(body.get(key, []), list):
            issues.append(Issue(definition.where(key), f"'{body[key]}' is no list", "", f"{key}: [{body[key]}]"))
    if issues:
        return None, issues
    aliases, metrics, see = (tuple(str(one) for one in body.get(key, [])) for key in _LISTS)
    label = str(body.get("label", definition.name.replace("_", " ").capitalize()))
    means = " ".join(definition.doc.split())
    command, page = str(body.get("command", "")), str(body.get("page", ""))
    return Term(definition.name, label, means, aliases, metrics, command, page, see, definition.where()), []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a term's YAML, generated from KEYS, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    for key in _LISTS:
        properties[key]["items"] = {"type": "string"}
    properties["page"]["pattern"] = "^/"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A term of the glossary",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "doc"],
        "additionalProperties": False,
    }
