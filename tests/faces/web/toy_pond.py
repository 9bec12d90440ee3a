"""What the toy measures: teams, months, a context on them, and figures with references."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from saleswright.kernel.call import Ambient
from saleswright.kernel.policy import Policy
from saleswright.kernel.reference import Reference
from saleswright.kernel.report import Figure
from saleswright.kernel.workspace import Workspace

TODAY = date(2026, 11, 23)
TEAMS = {
    "Team East": (161, 371),
    "Team West": (141, 343),
    "Team North": (100, 255),
    "Team EMEA": (90, 246),
    "Team APAC": (45, 135),
    "Team South": (48, 218),
}
MONTHS = [(2025, 12), *((2026, month) for month in range(1, 12))]
COUNTS = [149, 81, 126, 148, 117, 142, 152, 110, 124, 151, 130, 138]
RATES = [0.415, 0.408, 0.389, 0.304, 0.333, 0.331, 0.389, 0.445, 0.451, 0.384, 0.262, 0.391]
WORDS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass
class Pond:
    """What the toy measures; a test may rename the members."""

    teams: dict[str, tuple[int, int]] = field(default_factory=lambda: dict(TEAMS))
    release: int = 12
    opened: list[Ambient] = field(default_factory=list)
    closed: int = 0


@dataclass
class View:
    """The toy's context."""

    workspace: Workspace
    policy: Policy
    pond: Pond
    as_of_text: str = TODAY.isoformat()
    known_text: str = ""
    snap: str = "r12.j0"
    currency: str = "USD"

    def close(self) -> None:
        self.pond.closed += 1


def share(name: str, won: int, decided: int, **more: Any) -> Figure:
    if not decided:
        return Figure(name, None, "share", reason="no decided deals in the period", **more)
    rate = won / decided
    reach = 1.2816 * math.sqrt(rate * (1 - rate) / decided)
    return Figure(
        name, rate, "share", n=decided, low=max(0, rate - reach), high=min(1, rate + reach), of=(won, decided), **more
    )


def ref_of(view: View, name: str, **parts: Any) -> str:
    return str(
        Reference(
            name=name,
            hash="3f2a91",
            period="2026",
            scope=view.policy.scope,
            as_of=view.as_of_text,
            release=int(view.snap[1:].split(".")[0]),
            currency="USD",
            **parts,
        )
    )
