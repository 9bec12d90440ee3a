"""Which rule guards each route? Declared here by every route, or the app does not start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from saleswright.lib.issue import INTEGRITY, Issue, Stop

KNOWN = {
    "rows": "answers come through a context opened under the actor's policy",
    "public-static": "files of the product itself, the same for everyone",
    "health": "says only that the server is up",
    "schema": "describes the addresses, holds no data",
}
"""The rules a route may declare, and what each one promises."""


class Policies:
    """Path by path, the rule a route declares."""

    def __init__(self) -> None:
        self._declared: dict[str, str] = {}

    def declare(self, path: str, policy: str) -> str:
        """Note the rule of a path and give the path back, so that a route cannot be written without it."""
        self._declared[path] = policy
        return path

    @property
    def declared(self) -> Mapping[str, str]:
        """Every path and its rule."""
        return dict(self._declared)

    def require(self, routes: Iterable[Any]) -> None:
        """Stop, naming each route without a known rule."""
        wrong = []
        for route in routes:
            path = getattr(route, "path", None)
            policy = self._declared.get(path or "")
            said = "no policy" if policy is None else f"the unknown policy '{policy}'"
            if path is None or policy not in KNOWN:
                wrong.append(
                    Issue(
                        where=str(path),
                        what=f"the route declares {said}",
                        why="so nobody can say who may see what it answers; the server does not start",
                        try_=f"declare one of: {', '.join(KNOWN)}",
                        code="route-without-policy",
                    )
                )
        if wrong:
            raise Stop(*wrong, exit_code=INTEGRITY)
