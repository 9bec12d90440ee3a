"""How does a name or a text from a file get into SQL? Through these functions and no other way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

# What counts as empty space around a value; a file's no-break spaces and byte order marks are never content.
_SPACE = "chr(32)||chr(9)||chr(10)||chr(13)||chr(160)||chr(65279)"


def ident(name: str) -> str:
    """The name as a quoted SQL identifier. NUL cannot stand in one and is left out."""
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


def text(value: str) -> str:
    """The value as a SQL string literal. NUL cannot stand in one and is left out."""
    return "'" + value.replace("\0", "").replace("'", "''") + "'"


def texts(values: Iterable[str]) -> str:
    """Several values as a comma-separated list of literals; an empty list gives NULL, which matches nothing."""
    return ", ".join(text(value) for value in values) or "NULL"


def clean(expression: str) -> str:
    """The trimmed text, or NULL when nothing is left."""
    # Most cells are plain already, and looking is twice as quick as trimming.
    trimmed = f"nullif(trim({expression}, {_SPACE}), '')"
    return f"CASE WHEN regexp_full_match({expression}, '[!-~](?:.*[!-~])?') THEN {expression} ELSE {trimmed} END"


def swap(expression: str, values: Mapping[str, str]) -> str:
    """The text with some values replaced by others; a replacement that is empty gives NULL."""
    if not values:
        return expression
    cases = " ".join(f"WHEN {text(old)} THEN {text(new) if new else 'NULL'}" for old, new in values.items())
    return f"CASE {expression} {cases} ELSE {expression} END"


@cache
def globs(expression: str, patterns: tuple[str, ...]) -> str:
    """Does the text fit one of the patterns (`*`, `?`)? True when there is no pattern."""
    if not patterns:
        return "true"
    return "(" + " OR ".join(f"{expression} GLOB {text(pattern)}" for pattern in patterns) + ")"
