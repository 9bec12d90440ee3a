"""What would a spreadsheet run as a formula? A text that looks like one gets an apostrophe before it, and is shown."""

from __future__ import annotations

import re
import unicodedata

# The full-width forms count because some programs fold them to ASCII when they read a file.
_ACTS = frozenset("=+-@\t\r\n\0＝＋－＠")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def neutral(text: str) -> str:
    """A text cell that a spreadsheet shows and never runs: an apostrophe goes before what would act as a formula."""
    first = next((char for char in text if char in _ACTS or not _ignored(char)), "")
    return f"'{text}" if first and first in _ACTS and not _NUMBER.fullmatch(text) else text


def _ignored(char: str) -> bool:
    # Programs skip spaces and invisible signs before they look for a formula.
    return char.isspace() or unicodedata.category(char) in ("Cf", "Zs")
