"""Which rule guards each route? Declared here by every route, or the app does not start."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.routing import compile_path

from saleswright.kernel.policy import COMPANY, Policy
from saleswright.lib.issue import INTEGRITY, NOT_ALLOWED, Issue, Stop

KNOWN = {
    "rows": "answers come through a context opened under the actor's policy",
    "public-static": "files of the product itself, the same for everyone",
    "health": "says only that the server is up",
    "schema": "describes the addresses, holds no data",
    "own": "who sees a part of the company finds there what they asked for themselves; forms as under writes",
    "writes": "who sees the whole company and every field only; forms need this site as sender and the token of its pages",
}
"""The rules a route may declare, and what each one promises."""

SENT = ("writes", "own")
"""The rules under which forms are taken."""


def writes(policy: Policy) -> bool:
    """May this actor use what writes? Files, rejected rows and rehearsals show every row and every field of it."""
    return policy.scope == COMPANY and not policy.hidden


def may_not_write(policy: Policy, what: str) -> Stop:
    """The refusal of everything under "writes"; it never says what is hidden."""
    return Stop(
        Issue(
            where=what,
            what=f"{policy.actor} cannot bring data in or change it",
            why="that shows whole files and records, and this access is to a part of them",
            try_="ask for scope: company without hidden fields in definitions/access.yaml, or somebody who has it",
            code="not-allowed",
        ),
        exit_code=NOT_ALLOWED,
    )


class Policies:
    """Path by path, the rule a route declares."""

    def __init__(self) -> None:
        self._declared: dict[str, str] = {}
        self._forms: list[re.Pattern[str]] = []

    def declare(self, path: str, policy: str, method: str = "GET") -> str:
        """Note the rule of a path and give the path back, so that a route cannot be written without it."""
        self._declared[_key(path, method)] = policy
        if method == "POST":
            self._forms.append(compile_path(path)[0])
        return path

    @property
    def declared(self) -> Mapping[str, str]:
        """Every path and its rule; paths that forms are sent to begin with POST."""
        return dict(self._declared)

    def writable(self, path: str) -> bool:
        """May a form be sent to this path?"""
        return any(form.match(path) for form in self._forms)

    def require(self, routes: Iterable[Any]) -> None:
        """Stop, naming each route without a known rule."""
        wrong = []
        for path, method in _served(routes):
            policy = self._declared.get(_key(path or "", method))
            said = "no policy" if policy is None else f"the unknown policy '{policy}'"
            if method == "POST" and policy in KNOWN and policy not in SENT:
                said = f"the policy '{policy}', which is for reading, and takes forms"
            if path is None or policy not in KNOWN or (method == "POST" and policy not in SENT):
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


def _key(path: str, method: str) -> str:
    return path if method == "GET" else f"{method} {path}"


def _served(routes: Iterable[Any]) -> list[tuple[str | None, str]]:
    """Every (path, method) that is answered; HEAD is GET without a body."""
    found = []
    for route in routes:
        methods = sorted(set(getattr(route, "methods", None) or {"GET"}) - {"HEAD"})
        found += [(getattr(route, "path", None), method) for method in methods]
    return found
