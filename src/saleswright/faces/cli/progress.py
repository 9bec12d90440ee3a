"""How far is it? Progress goes to stderr: every line for a person, the same line at most each ten seconds otherwise."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable

EVERY = 10.0

_DIGITS = re.compile(r"\d[\d.,:]*")


class Progress:
    """Tells what is going on. Lines that differ in their figures only count as one line told again."""

    def __init__(self, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, text: str) -> None:
        if self._quiet:
            return
        now, shape = self._clock(), _DIGITS.sub("#", text)
        if not sys.stderr.isatty() and now - self._told.get(shape, -EVERY) < EVERY:
            return
        self._told[shape] = now
        print(text, file=sys.stderr, flush=True)
