"""How are many differences of a file told in few lines? Columns that came or went share a line each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.data.imports.differences import Difference

_COLUMN = re.compile(r"('.*') (?:was not there before: |is not there any more, )(.*)")
_KINDS = {"new column": "new columns", "gone column": "gone columns"}
_SAID = {"it was not used": "not used before"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page: a difference, or several of one kind."""

    file: str
    kind: str
    text: str


def joined(differences: Sequence[Difference]) -> list[Line]:
    """The lines, in the order in which each kind first comes; columns of one fate are named together."""
    alike: dict[tuple[str, str], list[str]] = {}
    lines: list[tuple[str, str, list[str]]] = []
    for one in differences:
        texts = alike.get((one.file, one.kind)) if one.kind in _KINDS else None
        if texts is None:
            texts = alike[one.file, one.kind] = []
            lines.append((one.file, one.kind, texts))
        texts.append(one.text)
    return [
        Line(
            file, _KINDS.get(kind, kind) if len(texts) > 1 else kind, texts[0] if len(texts) == 1 else _together(texts)
        )
        for file, kind, texts in lines
    ]


def _together(texts: Sequence[str]) -> str:
    fates: dict[str, list[str]] = {}
    other = []
    for text in texts:
        match = _COLUMN.fullmatch(text)
        if match:
            fates.setdefault(_SAID.get(match[2], match[2]), []).append(match[1])
        else:
            other.append(text)
    return "; ".join([*(f"{', '.join(names)}: {fate}" for fate, names in fates.items()), *other])
