"""Is the data fit to stand on? How old it is, how full, what was left out or mended, and what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleswright.data.imports import health
from saleswright.data.imports.quality import findings
from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, tier
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure

OLD = 8
"""Days after which a weekly export is late."""


@dataclass(frozen=True, slots=True)
class FilledView:
    """How many of some deals carry a field, as a figure, and what hangs on it."""

    field: str
    among: str
    figure: Figure
    empty: int
    matters: str


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of health.html. Who sees a part only is told so: the health of the whole is not a part of it."""
    if at.policy.scope != COMPANY:
        return {"whole": False}
    found = findings(at)
    given = health.given_back(at)
    places = {
        (content["run"], file["name"]): file for content in health.standing_imports(at) for file in content["files"]
    }
    return {
        "whole": True,
        "tiers": TIERS,
        "data": tier(at),
        "fresh": health.freshness(at),
        "old": OLD,
        "filled": [_view(one) for one in health.completeness(at) if one.of],
        "findings": sorted(found, key=lambda item: -item[1]),
        "clean": sum(not count for _, count, _ in found),
        "rejects": [(one, places.get((one.run, one.file))) for one in given],
        "repairs": [(*one, places[one[0], one[1]]["mapping"]) for one in health.repaired(at)],
        "assumed": health.assumed(at),
        "issues": [*at.workspace.issues, *at.stale],
    }


def _view(one: health.Filled) -> FilledView:
    share = one.filled / one.of
    figure = Figure(one.field, share, "share", one.field, n=one.of, of=(one.filled, one.of))
    return FilledView(one.field, one.among, figure, one.of - one.filled, one.matters)
