"""What may a definition of kind `webhook` say, and is it in order?"""

from __future__ import annotations

from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.outbound.secret import wrong
from saleswright.lib.issue import Issue, unknown

KIND = "webhook"
KEYS = {
    "url": ("string", "where it is posted to"),
    "secret": ("string", "what it is signed with, by reference: env:NAME"),
    "token": ("string", "what goes with it as a bearer token, by reference: env:NAME"),
    "keyed": ("boolean", "the receiver does what comes with one idempotency key once"),
    "ask": ("string", "where it is asked whether it has a key, with {key} in it: 200 it has, 404 it has not"),
}


def issues_of(one: Definition) -> list[Issue]:
    """What is wrong with the definition of a receiver."""
    issues = [unknown("setting", key, sorted(KEYS), where=one.where(key)) for key in one.body if key not in KEYS]
    lost = "so nothing is sent there"
    url, ask, keyed = one.body.get("url"), one.body.get("ask", ""), one.body.get("keyed", False)
    if not isinstance(url, str) or not url:
        issues.append(Issue(one.where("url"), "it has no url", lost, "url: https://hooks.example.com/changes"))
    if not isinstance(ask, str) or (ask and "{key}" not in ask):
        try_ = "ask: https://hooks.example.com/changes/{key}"
        issues.append(Issue(one.where("ask"), "no {key} stands in it", "so it asks for nothing", try_))
    if not isinstance(keyed, bool):
        issues.append(Issue(one.where("keyed"), "keyed is neither true nor false", lost, "keyed: true"))
    for name in ("secret", "token"):
        issues += wrong(one.body.get(name), one.where(name))
    if not one.body.get("secret"):
        what, why = "nothing is signed", "so the receiver cannot tell that it comes from here"
        issues.append(Issue(one.where(), what, why, "secret: env:NAME", level="warning"))
    return issues


def json_schema() -> dict[str, Any]:
    """What a `webhook` definition may say."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": KIND,
        "type": "object",
        "required": ["kind", "name", "url"],
        "additionalProperties": False,
        "properties": schema_properties(KIND, KEYS),
    }
