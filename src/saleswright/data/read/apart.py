"""Rows set apart from what is around them: a plain text file of good rows, and one of what could not be read."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType

_LONG = 1 << 20  # characters of one record; more is a file that is cut wrongly
_SHOWN = 1 << 16
FILES = ("good.csv", "bad.csv")


class Apart:
    """Writes the two files into a folder: `row` takes a good one, `bad` what cannot be one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = [(folder / name).open("w", encoding="utf-8", newline="", errors="replace") for name in FILES]
        good, bad = (csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n") for file in self._files)
        self._good, self._bad = good, bad
        self.rows = self.ragged = 0

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._files:
            file.close()

    def row(self, line: int, cells: list[str], width: int, raw: str) -> None:
        """A record of the table; one that has not as many fields as the header goes to the others, one of nothing nowhere."""
        if not any(cell.strip() for cell in cells):
            return
        if len(cells) != width:
            if len(cells) > width and not any(cells[width:]):
                cells = cells[:width]
            else:
                how = "too few" if len(cells) < width else "too many"
                self.bad(line, raw, f"{how} fields: {len(cells)} where the header has {width}")
                return
        if len(raw) > _LONG and sum(map(len, cells)) > _LONG:
            self.bad(line, raw[:_SHOWN], f"{len(raw):,} characters in one record")
            return
        self._good.writerow((line, *cells))
        self.rows += 1

    def bad(self, line: int, raw: str, reason: str) -> None:
        """What cannot be a row, whole and with its reason."""
        self._bad.writerow((line, raw[:_LONG], reason))
        self.ragged += 1
