"""Under which name may a dropped file lie on this disk? Its own, without anything that is a path, a command or a trick."""

from __future__ import annotations

import unicodedata

LONGEST = 120
_BYTES = 200
_FINE = set(" ._-()+&,'@#%=~")


def file_name(given: str) -> str:
    """The last part of the name, of letters, digits and plain signs; never hidden, never empty, never long.

    Directions, controls, separators and the wildcards of mappings become a line below.
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    kept = "".join(sign if sign.isalnum() or sign in _FINE else "_" for sign in last)
    kept = " ".join(kept.split()).lstrip(". ").rstrip(". ")
    stem, dot, ending = kept.rpartition(".")
    if not dot or not stem or len(ending) > 10:
        stem, ending = kept, ""
    tail = f".{ending}" if ending else ""
    stem = stem[: LONGEST - len(tail)]
    while len((stem + tail).encode()) > _BYTES:
        stem = stem[:-1]
    return (stem.rstrip(". ") or "file") + tail


def unlike(name: str, taken: set[str]) -> str:
    """The name, or its next free number where one that differs at most in case is there already."""
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem} ({number}){dot}{ending}"
    taken.add(found.casefold())
    return found
