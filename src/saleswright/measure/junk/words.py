"""Does a text say that a record should never have been there? Lost reasons and names of deals, in several languages."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Kind = Literal["duplicate", "error", "test"]
_PIECES = re.compile(r"[/,;|&:()\[\]{}–—]|(?<!\w)-|-(?!\w)|\b(?:or|and|oder|und|ou|et|o|y|e)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{]\s*(\w+)\s*[)\]}]")
_ENDS = (re.compile(r"^\s*(\w+)\s*[-–—:|]\s"), re.compile(r"\s[-–—:|]\s*(\w+)\s*$"))


@cache
def _lists() -> dict[str, frozenset[str]]:
    content = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    sentences = frozenset(" ".join(plain(line)) for line in content.pop("error").splitlines())
    return {"error": sentences, **{name: frozenset(plain(text)) for name, text in content.items()}}


def plain(text: str) -> list[str]:
    """The words of a text without case, accents, marks and numbers."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    # Korean and Japanese marks come apart above; put them together again.
    return re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", bare))


def reason_kind(text: str) -> Kind | None:
    """What a lost reason says, when it says nothing else: a duplicate, an error, a test."""
    lists = _lists()
    if " ".join(plain(text)) in lists["error"]:
        return "error"
    found: list[Kind | None] = [_piece(plain(piece)) for piece in _PIECES.split(text) if plain(piece)]
    told: list[Kind] = [kind for kind in found if kind]
    neutral = [piece for piece in _PIECES.split(text) if plain(piece) and not set(plain(piece)) - lists["filler"]]
    return told[0] if told and len(told) + len(neutral) == len(found) else None


def _piece(words: list[str]) -> Kind | None:
    lists = _lists()
    left = [word for word in words if word not in lists["filler"]]
    if not left:
        return None
    if set(left) <= lists["test"]:
        return "test"
    if set(left) <= lists["duplicate"]:
        return "duplicate"
    return "error" if " ".join(words) in lists["error"] or " ".join(left) in lists["error"] else None


def names_a_test(name: str) -> bool:
    """Is this the name of a test? Nothing but such words, or such a word as a tag: "(test)", "TEST - Acme"."""
    lists = _lists()
    words = [word for word in plain(name) if word not in lists["filler"]]
    if words and set(words) <= lists["test"] | lists["nonsense"]:
        return True
    tags = _BRACKETS.findall(name)
    if name.upper() != name:
        # In capitals among other writing, it is a mark and not a part of the name.
        tags += [word for end in _ENDS for word in end.findall(name) if word.isupper()]
    return any(set(plain(tag)) <= lists["test"] for tag in tags if plain(tag))
