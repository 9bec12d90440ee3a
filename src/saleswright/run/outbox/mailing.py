"""What may a definition of kind `mail` say, and is it in order?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from email.utils import parseaddr
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.outbound.secret import wrong
from saleswright.lib.issue import Issue, unknown

KIND = "mail"
PORTS = {"starttls": 587, "tls": 465, "none": 25}
KEYS = {
    "host": ("string", "the mail server"),
    "port": ("integer", "587 for starttls, 465 for tls, 25 for none"),
    "security": ("string", "starttls, tls from the first byte, or none"),
    "user": ("string", "by reference: env:NAME"),
    "password": ("string", "by reference: env:NAME"),
    "sender": ("string", "who it comes from"),
    "changes_to": ("string", "who gets the lines of a request"),
    "quiet": ("object", "hours in which nothing is sent, in the workspace's zone"),
    "per_hour": ("integer", "how many are sent in an hour at most"),
}
LOST = "so no mail is sent"


def issues_of(one: Definition) -> list[Issue]:
    """What is wrong with the definition of a mail server."""
    body = one.body
    issues = [unknown("setting", key, sorted(KEYS), where=one.where(key)) for key in body if key not in KEYS]
    for key, such in (("host", "host: smtp.example.com"), ("sender", "sender: Sales operations <ops@example.com>")):
        if not isinstance(body.get(key), str) or not body[key]:
            issues.append(Issue(one.where(key), f"it has no {key}", LOST, such))
    for key in ("sender", "changes_to"):
        if isinstance(body.get(key), str) and "@" not in parseaddr(body[key])[1]:
            issues.append(Issue(one.where(key), f"{key} is not an address", LOST, f"{key}: ops@example.com"))
    security = body.get("security", "starttls")
    if security not in PORTS:
        issues.append(unknown("security", str(security), sorted(PORTS), where=one.where("security")))
    if security == "none" and body.get("password"):
        what = "a password would go over the line in clear"
        issues.append(Issue(one.where("security"), what, LOST, "security: starttls"))
    for key, most in (("port", 65535), ("per_hour", 1_000_000)):
        if key in body and (type(body[key]) is not int or not 0 < body[key] <= most):
            issues.append(Issue(one.where(key), f"{key} is not a number from 1 to {most:,}", LOST, ""))
    for key in ("user", "password"):
        issues += wrong(body.get(key), one.where(key))
    quiet = body.get("quiet")
    if quiet is not None and not (
        isinstance(quiet, Mapping) and set(quiet) == {"from", "to"} and all(clock_of(v) for v in quiet.values())
    ):
        issues.append(Issue(one.where("quiet"), "not two hours", LOST, 'quiet: {from: "20:00", to: "07:00"}'))
    return issues


def clock_of(text: object) -> time | None:
    """An hour and minute such as 20:00; None for anything else."""
    try:
        return time.fromisoformat(text) if isinstance(text, str) and len(text) == 5 else None
    except ValueError:
        return None


def json_schema() -> dict[str, Any]:
    """What a `mail` definition may say."""
    properties = schema_properties(KIND, KEYS)
    properties["security"] = {"enum": list(PORTS), "description": KEYS["security"][1]}
    hour = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
    properties["quiet"] |= {"additionalProperties": False, "properties": {"from": hour, "to": hour}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": KIND,
        "type": "object",
        "required": ["kind", "name", "host", "sender"],
        "additionalProperties": False,
        "properties": properties,
    }
