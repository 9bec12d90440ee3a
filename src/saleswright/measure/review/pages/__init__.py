"""The pages of the Monday review."""

from __future__ import annotations

from typing import Any

PAGES: tuple[Any, ...] = ()
