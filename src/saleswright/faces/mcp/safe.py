"""How does text from a row leave as data? Without control characters, not longer than it needs to be, rows counted."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

ROWS = 200
"""Rows of one block that are handed out; the rest is counted, never dropped in silence."""

LONGEST = 4_000
SIZE = 200_000
"""Characters of one answer; beyond it fewer rows are handed out."""

_BIDI = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
MARKS = ("\u27e6", "\u27e7")
"""The brackets round the number of a reference. Text from a row cannot hold them, so it cannot forge one."""

_LISTS = {"table": "rows", "series": "points", "flows": "links"}
_FEWEST = 10


def clean(text: str, longest: int = LONGEST) -> str:
    """Text as data: line breaks and tabs stay, every other control code and direction override goes, long text is cut."""
    cut = text if len(text) <= longest else f"{text[:longest]}... ({len(text):,} characters)"
    if cut.isprintable() and not _BIDI.intersection(cut) and MARKS[0] not in cut and MARKS[1] not in cut:
        return cut
    kept = []
    for char in cut:
        if char in _BIDI or unicodedata.category(char) in ("Cs", "Cf"):
            continue
        if char in MARKS:
            kept.append("[" if char == MARKS[0] else "]")
        elif char not in "\n\t" and unicodedata.category(char) in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        else:
            kept.append(char)
    return "".join(kept)


def safe(envelope: dict[str, Any]) -> dict[str, Any]:
    """The envelope with clean texts and at most so many rows; a table's `total` and a note say how many there are."""
    cleaned: dict[str, Any] = _cleaned(envelope)
    rows = ROWS
    made = _capped(cleaned, rows)
    while _size(made) > SIZE and rows > _FEWEST:
        rows //= 2
        made = _capped(cleaned, rows)
    return made if _size(made) <= SIZE else _without_extras(made)


def counted(envelope: dict[str, Any]) -> int:
    """How many rows does it hand out?"""
    blocks = (envelope.get("data") or {}).get("blocks", [])
    return sum(len(block.get(_LISTS.get(block["kind"], ""), ())) for block in blocks)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key), 200): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value


def _capped(envelope: dict[str, Any], rows: int) -> dict[str, Any]:
    data = envelope.get("data")
    if not data:
        return envelope
    blocks = []
    for block in data["blocks"]:
        key = _LISTS.get(block["kind"], "")
        whole = block.get(key, ())
        if len(whole) <= rows:
            blocks.append(block)
            continue
        blocks.append({**block, key: whole[:rows]})
        of = block.get("total") or len(whole)
        text = f"{block['name']}: {rows:,} of {of:,} rows are here. Ask for a narrower circle, or for the next page."
        blocks.append({"kind": "note", "note": "warning", "text": text})
    return {**envelope, "data": {**data, "blocks": blocks}}


def _without_extras(envelope: dict[str, Any]) -> dict[str, Any]:
    # What stands beside the blocks is for programs that ask over HTTP; it goes first.
    data = envelope["data"]
    kept = {key: data[key] for key in ("title", "blocks", "lede", "footer", "changed") if key in data}
    return {**envelope, "data": kept}


def _size(envelope: dict[str, Any]) -> int:
    return len(json.dumps(envelope, ensure_ascii=False))
