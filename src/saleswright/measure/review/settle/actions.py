"""The faces of settle."""

from __future__ import annotations

from typing import Any

ACTIONS: tuple[Any, ...] = ()
PAGES: tuple[Any, ...] = ()
