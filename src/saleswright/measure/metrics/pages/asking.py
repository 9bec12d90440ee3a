"""What can be chosen on a page? Periods, splits and members as the record has them, and what the address asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.measure.metrics.asked import of_rows
from saleswright.measure.metrics.dimensions import Dimension, allowed, dimensions, known_members
from saleswright.measure.metrics.made import MADE
from saleswright.measure.metrics.model import Metric

PERIODS = (
    ("all", "All time"),
    ("this month", "This month"),
    ("this quarter", "This quarter"),
    ("this year", "This year"),
    ("last month", "Last month"),
    ("last quarter", "Last quarter"),
    ("last 6 months", "Last 6 months"),
    ("last 12 months", "Last 12 months"),
    ("last year", "Last year"),
)


def offered(value: str, periods: Iterable[tuple[str, str]] = PERIODS) -> list[tuple[str, str]]:
    """The periods to choose from, the one in use among them."""
    found = list(periods)
    return found if value in dict(found) else [(value, value), *found]


USUAL = ("team", "region", "segment", "type", "product", "source", "industry", "country")
"""Splits a sales organisation asks for first; the first one that has members is the default."""

CHIPS = 4
_MOST = 60


def period_field(at: Snapshot, given: str, metric: Metric | None = None) -> dict[str, Any]:
    """The choice of a period; what was typed into the address stays among the choices."""
    value = given or (metric.period if metric else "") or at.workspace.defaults.get("period", "all")
    offered = PERIODS if value in {name for name, _ in PERIODS} else ((value, value), *PERIODS)
    return {"name": "period", "label": "Period", "value": value, "choices": offered, "required": True}


def splits(at: Snapshot, metric: Metric | None = None) -> dict[str, Dimension]:
    """Splits that are no stretch of time and that this actor may use: those of the metric's rows, of a metric made of
    others those that all of them have; those of open deals only for a balance."""
    balance = metric is not None and metric.at_moment
    found: dict[str, Dimension] = {}
    for place, entity in enumerate(_entities(at, metric)):
        known = dimensions(at.schema, entity)
        found = known if not place else {name: one for name, one in found.items() if name in known}
    return {n: d for n, d in found.items() if d.grain is None and (balance or not d.at_moment) and allowed(at, d)}


def _entities(at: Snapshot, metric: Metric | None) -> list[str]:
    """Whose rows a metric is made of in the end."""
    if metric is None:
        return ["deal"]
    found = [one.entity for one in of_rows(at, metric) if not one.awaits]
    return list(dict.fromkeys(found)) or [metric.entity]


def usual(at: Snapshot, metric: Metric | None = None) -> list[str]:
    """The splits people ask for first, as far as the record has two members or more of them."""
    known = splits(at, metric)
    return [name for name in USUAL if name in known and len(members(at, known[name])) > 1]


def by_field(at: Snapshot, value: str, metric: Metric) -> dict[str, Any]:
    """The choice of a split: the usual ones first, then the others."""
    known = splits(at, metric)
    first = usual(at, metric)
    names = [*first, *(name for name in known if name not in first)]
    return {
        "name": "by",
        "label": "By",
        "value": value,
        "choices": [(name, known[name].label) for name in names],
        "required": True,
    }


def chips(at: Snapshot, given: Mapping[str, str], metric: Metric | None = None) -> list[dict[str, Any]]:
    """Filters as choices of members; a filter the address asks for always has its chip."""
    known = splits(at, metric)
    names = list(dict.fromkeys([*given, *usual(at, metric)[:CHIPS]]))
    return [
        {
            "name": name,
            "label": known[name].label,
            "value": given.get(name, ""),
            "none": "all",
            "choices": _with(members(at, known[name]), given.get(name, "")),
        }
        for name in names
        if name in known
    ]


def filters(at: Snapshot, args: Mapping[str, str], own: Iterable[str], metric: Metric | None = None) -> dict[str, str]:
    """The rest of the query as filters. Stop (usage) for a key that is neither the page's own nor a split."""
    known, taken = splits(at, metric), set(own)
    wrong = [key for key in args if key not in taken and key not in known]
    if wrong:
        raise Stop(*(unknown("argument", key, [*taken, *known], where="address") for key in wrong), exit_code=USAGE)
    return {key: value for key, value in args.items() if key not in taken}


def members(at: Snapshot, dimension: Dimension) -> tuple[tuple[str, str], ...]:
    """Members to choose from, with their words; none for who sees only a part, for a list of names is data too."""
    if at.policy.scope != COMPANY or dimension.told_by in MADE:
        return ()
    found = _members(_ByRelease(at), dimension)
    return found if len(found) <= _MOST else ()


def _with(offered: tuple[tuple[str, str], ...], given: str) -> list[tuple[str, str]]:
    if given and given not in {member for member, _ in offered}:
        return [(given, given), *offered]
    return list(offered) or [("", "all")]


class _ByRelease:
    """A snapshot compared by the state it stands on, so that lists of members are read once per release."""

    def __init__(self, at: Snapshot) -> None:
        self.at = at
        self._key = (at.workspace.root, at.snap, at.policy.actor)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByRelease) and other._key == self._key


@lru_cache(maxsize=256)
def _members(state: _ByRelease, dimension: Dimension) -> tuple[tuple[str, str], ...]:
    found = known_members(state.at, dimension)
    return tuple(sorted(found.items(), key=lambda pair: pair[1]))
