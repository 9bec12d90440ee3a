"""Which id has a record? `<entity>_<source>_<key>`, the same rule wherever the record is named."""

from __future__ import annotations

from saleswright.data.mapping.model import PERSONAL
from saleswright.data.read.sql import text

OBJECTS = r"(?:00[1-9A-Za-z]|0[1-9A-Z][0-9A-Za-z]|[578]0[0-9]|a[0-9][0-9A-Za-z])"
"""How an id of Salesforce begins: 001 an account, 006 an opportunity, 01t a product, 701 a campaign, a0X an own object."""
SHORT = OBJECTS + "[0-9A-Za-z]{12}"
SALESFORCE_ID = SHORT + "(?:[A-Z0-5]{3})?"
_CHECKS = text("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
# A key of which only the hash is left, for the person was erased.
ERASED = "erased-[0-9a-f]{12}"
# A number or a Salesforce id says nothing about a person; any other key of a person may be a name and is hashed.
IMPERSONAL = r"[0-9]+|00[0-9A-Za-z]{13}(?:[A-Z0-5]{3})?"


def key_sql(v: str, entity: str, ids: str) -> str:
    """The key of a trimmed text: 15-character Salesforce ids get their check characters, people's names a hash."""
    key = long_id(v) if ids == "salesforce" else v
    if entity not in PERSONAL:
        return key
    return f"CASE WHEN regexp_full_match({v}, {text(IMPERSONAL)}) THEN {key} ELSE {hashed(v)} END"


def hashed(v: str) -> str:
    """The hash that stands for a text that may be a name. Of an erased one only this is left in its cell."""
    left = f"regexp_full_match({v}, {text(ERASED)})"
    return f"CASE WHEN {left} THEN substr({v}, {len('erased-') + 1}) ELSE substr(md5(lower({v})), 1, 12) END"


def id_sql(v: str, entity: str, source: str, ids: str) -> str:
    """The id of the record whose key is this trimmed text; NULL for NULL."""
    return f"{text(f'{entity}_{source}_')} || {key_sql(v, entity, ids)}"


def long_id(v: str) -> str:
    """The 18-character form of a Salesforce id: after it three characters that tell the case of its letters. Any other
    text stays as it is."""
    checks = " || ".join(
        f"substr({_CHECKS}, 1 + "
        + " + ".join(
            f"CASE WHEN substr({v}, {start + i}, 1) BETWEEN 'A' AND 'Z' THEN {1 << i} ELSE 0 END" for i in range(5)
        )
        + ", 1)"
        for start in (1, 6, 11)
    )
    return f"CASE WHEN length({v}) = 15 AND regexp_full_match({v}, {text(SHORT)}) THEN {v} || {checks} ELSE {v} END"
