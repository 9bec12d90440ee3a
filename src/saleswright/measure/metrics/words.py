"""How is a count said in words? One deal was, two deals were."""

from __future__ import annotations

import re
from collections.abc import Mapping

ONE = r"\1 is"
_MANY = re.compile(r"^(\w+)s are\b")


def plural(count: int, word: str) -> str:
    """The count with its word: 1 deal, 2 deals."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def are(count: int, one: str = "is", many: str = "are") -> str:
    """The verb that fits the count."""
    return one if count == 1 else many


def by_count(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Reasons with how many each, the most first, equal ones by name: the same whatever order an engine told them in."""
    return sorted(reasons.items(), key=lambda one: (-one[1], one[0]))


def because(count: int, reason: str) -> str:
    """How many were left out by a reason: "1 renewal is measured apart", "12 renewals are measured apart"."""
    return f"{count:,} {reason if count != 1 else _MANY.sub(ONE, reason)}"


# What the rows of an entity are called, where its name is not the word.
NOUNS = {
    "line_item": "line",
    "forecast_call": "call",
    "stage_entry": "entry",
    "spend": "cost line",
    "plan_line": "plan line",
    "worth": "deal",
    "last_open": "deal",
    "expected": "deal",
    "response": "lead",
    "person": "rep",
    "recurring": "customer",
    "renewal_due": "renewal",
    "sold_line": "line",
    "tenure": "customer",
}


def noun(entity: str) -> str:
    """What a row of an entity is called."""
    return NOUNS.get(entity, entity.replace("_", " "))


def many(count: int, word: str, bare: bool = False) -> str:
    """The count with its word whatever its ending: 1 activity, 2 activities; `bare`, the word alone."""
    several = f"{word}es" if word.endswith(("ch", "sh", "s", "x")) else f"{word}s"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        several = f"{word[:-1]}ies"
    said = word if count == 1 else several
    return said if bare else f"{count:,} {said}"
