"""What has somebody looked at and found to be no problem? Dated lines in definitions/not_a_problem.yaml, with an end.

    - {kind: not_a_problem, name: past_due_0061, deal: '0061', rule: past_due, because: buyer signs on the 30th,
       from: 2026-11-23, to: 2026-12-07}

A mark hides what one rule holds against one deal from its day on until the day it ends. To take it back earlier, change
`to:`, or delete the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from saleswright.kernel import kept_lines
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import Issue, unknown

KIND = "not_a_problem"
FILE = "definitions/not_a_problem.yaml"
LONGEST = 366
HEAD = "# What somebody looked at and found to be no problem, until the day each line ends.\n"
KEYS: dict[str, tuple[str, str]] = {
    "deal": ("string", "the record id as the CRM has it"),
    "rule": ("string", "the rule it is no problem for"),
    "because": ("string", "why, in words"),
}


def marked(definitions: Iterable[Definition], rules: Mapping[str, Any]) -> tuple[set[tuple[str, str]], list[Issue]]:
    """The (record id, rule) pairs that are no problem, and the issues of lines that cannot be used."""
    found: set[tuple[str, str]] = set()
    issues: list[Issue] = []
    for one in definitions:
        wrong = [unknown("key", str(key), KEYS, where=one.where(str(key))) for key in one.body if key not in KEYS]
        for key in KEYS:
            if one.body.get(key) in (None, ""):
                why = "so it marks nothing"
                wrong.append(Issue(one.where(), f"a mark needs {key}:", why, f"{key}: {KEYS[key][1]}"))
        if one.body.get("rule") and str(one.body["rule"]) not in rules:
            wrong.append(unknown("rule", str(one.body["rule"]), rules, where=one.where("rule")))
        if one.end.year == 9999:
            wrong.append(
                Issue(one.where(), "a mark needs an end", "so it would hide a finding for ever", "to: 2026-12-31")
            )
        if wrong:
            issues += wrong
        else:
            found.add((str(one.body["deal"]), str(one.body["rule"])))
    return found, issues


def wrong_end(until: str, today: date) -> tuple[date | None, list[Issue]]:
    """The day a mark ends, or why it cannot: no day, one that has come, one more than a year away."""
    try:
        end = date.fromisoformat(until)
    except ValueError:
        return None, [
            Issue(
                "until",
                f"'{until}' is no date",
                "a mark that never ends hides a deal for ever",
                f"--until {today + timedelta(14)}",
            )
        ]
    if end <= today:
        return None, [
            Issue("until", f"{end} has come already", "so nothing would be marked", f"--until {today + timedelta(14)}")
        ]
    if end > today + timedelta(days=LONGEST):
        why = "what is no problem for so long is a rule that should change"
        return None, [
            Issue("until", f"{end} is more than a year away", why, f"at most {today + timedelta(days=LONGEST)}")
        ]
    return end, []


def line(key: str, rule: str, because: str, start: date, end: date) -> str:
    """A mark as one line of YAML."""
    name = re.sub(r"[^a-z0-9]+", "_", f"{rule}_{key}".lower()).strip("_")
    body = {"kind": KIND, "name": name, "deal": key, "rule": rule, "because": because, "from": start, "to": end}
    return kept_lines.as_line(body)


def append(file: Path, added: str) -> list[Issue]:
    """Put a mark behind the others, comments and all, whole or not at all; the issues where the file is no list of marks."""
    return kept_lines.append(file, FILE, added, HEAD, "marks")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a mark, for editors and checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A finding that is no problem, until a day",
        "type": "object",
        "properties": schema_properties(KIND, KEYS),
        "required": ["kind", "name", *KEYS, "to"],
        "additionalProperties": False,
    }
