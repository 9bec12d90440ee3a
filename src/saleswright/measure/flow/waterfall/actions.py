"""The faces of waterfall."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from saleswright.kernel.chapter import Page

ACTIONS: tuple[Any, ...] = ()
PAGES: tuple[Page, ...] = ()
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {}
