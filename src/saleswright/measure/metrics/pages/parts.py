"""What if one part of a page cannot be made? It says so in its own card, and the others stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from saleswright.lib.issue import USAGE, Issue, Stop

Part = TypeVar("Part")


def part(refused: dict[str, tuple[Issue, ...]], name: str, make: Callable[[], Part]) -> Part | None:
    """One part, or None with its issues put under `name`. Stop (usage) where the page was asked wrongly."""
    try:
        return make()
    except Stop as stop:
        if stop.exit_code == USAGE:
            raise
        refused[name] = stop.issues
        return None
