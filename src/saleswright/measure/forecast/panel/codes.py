"""How are names told as numbers? Every text of a record has one number, whatever column it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Ints

UNKNOWN = -1


class Codes:
    """The numbers of texts, given in the order they are first met; -1 where there is no text."""

    def __init__(self) -> None:
        self._number: dict[str | None, int] = {None: UNKNOWN}
        self.texts: list[str] = []

    def of(self, column: Any) -> Ints:
        """The numbers of a column of the engine's."""
        missing = np.ma.getmaskarray(column)
        values = np.array(np.ma.getdata(column), object)
        values[missing] = None
        told = values.tolist()
        self.add(told)
        return np.fromiter(map(self._number.__getitem__, told), np.int64, len(told))

    def all(self, texts: Sequence[str]) -> Ints:
        """The numbers of texts that are all there."""
        self.add(texts)
        return np.fromiter(map(self._number.__getitem__, texts), np.int64, len(texts))

    def add(self, texts: Iterable[str | None]) -> None:
        """Give the texts that are new their numbers."""
        for text in set(texts).difference(self._number):
            assert text is not None
            self._number[text] = len(self.texts)
            self.texts.append(text)

    def number(self, text: str) -> int:
        """The number of a text; -2 of one that is nowhere."""
        return self._number.get(text, -2)


def ranked(code: Ints, order: Ints, texts: Sequence[str], before: tuple[str, ...] = ()) -> tuple[tuple[str, ...], Ints]:
    """(the names there are, the place of each row's in them), by the row where each came first and then by name.

    order: of the rows, such as their day. So what comes later never moves the place of what was there before. before: names
    that these stand behind, where they are not among them.
    """
    present, place = np.unique(code, return_inverse=True)
    since = np.full(len(present), np.iinfo(np.int64).max)
    np.minimum.at(since, place, order)
    # No text, and a text without a letter, are the same: nobody told.
    named = [(int(day), texts[one], i) for i, (one, day) in enumerate(zip(present, since, strict=True)) if one >= 0]
    named = sorted(one for one in named if one[1])
    known = {name: number for number, name in enumerate(before)}
    new = np.full(len(present), UNKNOWN, np.int64)
    for _, name, i in named:
        new[i] = known.setdefault(name, len(known))
    return tuple(known), new[place]


def by_first(code: Ints) -> tuple[Ints, Ints]:
    """(the numbers there are, the place of each row's in them), by the row where each came first."""
    present, row, place = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(row)
    return present[order], np.argsort(order)[place]
