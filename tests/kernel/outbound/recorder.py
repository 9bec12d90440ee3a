"""Which addresses did this process connect to? Told by the interpreter itself, so that nothing gets by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_heard: list[list[str]] = []


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _heard and isinstance(args[1], tuple):
        for one in _heard:
            one.append(str(args[1][0]))


sys.addaudithook(_hear)


@contextmanager
def connections() -> Iterator[list[str]]:
    """The numeric addresses that were connected to inside the block."""
    made: list[str] = []
    _heard.append(made)
    try:
        yield made
    finally:
        _heard.remove(made)
