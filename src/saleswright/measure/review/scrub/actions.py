"""The faces of scrub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ACTIONS: tuple[Any, ...] = ()
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
