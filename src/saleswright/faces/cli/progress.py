"""How far is it? Progress goes to stderr: every line for a person, the same line at most each ten seconds otherwise."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

EVERY = 10.0
_BAR = 24  # characters

_DIGITS = re.compile(r"\d[\d.,:]*")


class Progress:
    """Tells what is going on. Lines that differ in their figures only count as one line told again.

    On a terminal a bar with rate and time left stands under the lines while something is counted.
    """

    def __init__(self, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._told: dict[str, float] = {}
        self._began: float = clock()
        self._bar = False

    def __call__(self, text: str) -> None:
        if self._quiet:
            return
        now, shape = self._clock(), _DIGITS.sub("#", text)
        if not sys.stderr.isatty() and now - self._told.get(shape, -EVERY) < EVERY:
            return
        self._told[shape] = now
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def step(self, done: int, total: int) -> None:
        """`done` of `total` rows are through."""
        if self._quiet or not total:
            return
        words = pace(done, total, self._clock() - self._began)
        if not sys.stderr.isatty():
            if self._clock() - self._began >= EVERY:
                self(words)
            return
        self._clear()
        filled = _BAR * done // total
        print(f"[{'#' * filled}{'.' * (_BAR - filled)}] {words}", end="\r", file=sys.stderr, flush=True)
        self._bar = True
        if done >= total:
            self._clear()

    def _clear(self) -> None:
        if self._bar:
            print("\x1b[2K\r", end="", file=sys.stderr, flush=True)
            self._bar = False


def pace(done: int, total: int, seconds: float) -> str:
    """How much is done, how quick, and how long it will take, in words."""
    said = f"{done:,} of {total:,} rows"
    if done <= 0 or seconds <= 0:
        return said
    rate = done / seconds
    left = (total - done) / rate
    return f"{said}, {rate:,.0f} rows a second, {left:,.0f} s left" if done < total else f"{said} in {seconds:,.1f} s"
