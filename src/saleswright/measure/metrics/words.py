"""How is a count said in words? One deal was, two deals were."""

from __future__ import annotations

import re

ONE = r"\1 is"
_MANY = re.compile(r"^(\w+)s are\b")


def plural(count: int, word: str) -> str:
    """The count with its word: 1 deal, 2 deals."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def are(count: int, one: str = "is", many: str = "are") -> str:
    """The verb that fits the count."""
    return one if count == 1 else many


def because(count: int, reason: str) -> str:
    """How many were left out by a reason: "1 renewal is measured apart", "12 renewals are measured apart"."""
    return f"{count:,} {reason if count != 1 else _MANY.sub(ONE, reason)}"
