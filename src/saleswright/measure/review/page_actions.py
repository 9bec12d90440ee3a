"""The faces of the page for the leader."""

from __future__ import annotations

from typing import Any

ACTIONS: tuple[Any, ...] = ()
