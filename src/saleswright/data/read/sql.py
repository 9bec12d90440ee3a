"""How does a name or a text from a file get into SQL? Through these functions and no other way."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

# What counts as empty space around a value: no-break spaces, byte order marks and what nobody can see are never content.
_CODES = (32, 9, 10, 13, 160, 0x200B, 0x2060, 0xFEFF)
_SPACE = "||".join(f"chr({code})" for code in _CODES)
_SPACES = "".join(map(chr, _CODES))
# Accents that stand as signs of their own behind their letter.
_LOOSE = r"'[\x{0300}-\x{036F}]'"


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
    """The trimmed text, or NULL when nothing is left. Letters with marks are brought to one form, so that the same name
    is the same text."""
    # Most cells are plain already, and looking is twice as quick as trimming.
    one_form = (
        f"CASE WHEN regexp_matches({expression}, {_LOOSE}) THEN nfc_normalize({expression}) ELSE {expression} END"
    )
    trimmed = f"nullif(trim({one_form}, {_SPACE}), '')"
    return f"CASE WHEN regexp_full_match({expression}, '[!-~](?:[ -~]*[!-~])?') THEN {expression} ELSE {trimmed} END"


def trimmed(value: str | None) -> str | None:
    """The same for a value that is here already."""
    if value is None or (value.isascii() and value == value.strip()):
        return value or None
    return unicodedata.normalize("NFC", value).strip(_SPACES) or None


def swap(expression: str, values: Mapping[str, str]) -> str:
    """The text with some values replaced by others; a replacement that is empty gives NULL."""
    if not values:
        return expression
    cases = " ".join(f"WHEN {text(old)} THEN {text(new) if new else 'NULL'}" for old, new in values.items())
    return f"CASE {expression} {cases} ELSE {expression} END"
