"""The faces of number."""

from __future__ import annotations

from typing import Any

ACTIONS: tuple[Any, ...] = ()
