"""What does the page of a miss show? One sentence, the bridge, what is more than chance, and how it was checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Table
from saleswright.lib.period import parse_period
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.pages.asking import chips, filters, offered, splits, usual

if TYPE_CHECKING:
    from saleswright.measure.flow.miss.find import Cannot, Miss

OWN = ("period", "by", "against")
USUAL = "last quarter"
MOST = 40
PERIODS = (
    ("last month", "Last month"),
    ("last quarter", "Last quarter"),
    ("last year", "Last year"),
    ("this month", "This month to date"),
    ("this quarter", "This quarter to date"),
    ("this year", "This year to date"),
)
AGAINST = (
    ("plan", "the plan"),
    ("quota", "the quotas"),
    ("last year", "a year before"),
    ("previous", "the period before"),
)


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of miss.html. Stop (usage) for an unknown key, period, split or comparison."""
    from saleswright.measure.flow.miss.find import Cannot
    from saleswright.measure.flow.miss.report import lay, said

    where = filters(at, args, OWN)
    period, by, against = (args.get(name, "") for name in OWN)
    found = _found(View(at), period, by, against, tuple(where.items()))
    query = [(name, args[name]) for name in OWN if args.get(name)]
    query += [("where", f"{name}={member}") for name, member in where.items()]
    frame = {"fields": _fields(at, args, where, found), "query": query, "found": found, "issues": found.issues}
    if isinstance(found, Cannot):
        return {**frame, "laid": None, "cannot": said(found)}
    laid = lay(found)
    laid = replace(laid, segments=_first(laid.segments, 1), factors=_first(laid.factors))
    return {**frame, "laid": laid, "brief": _without(laid.causes, "said")}


def _first(table: Table, last: int = 0) -> Table:
    """A long table's first rows, and its last ones that are sums; how many there are is said, the file has them all."""
    if len(table.rows) <= MOST + last:
        return table
    rows = (*table.rows[:MOST], *(table.rows[-last:] if last else ()))
    return replace(table, rows=rows, total=len(table.rows), footer="Export has them all.")


def _without(table: Table, name: str) -> Table:
    """The table without a column that the page tells beside it."""
    place = [column.name for column in table.columns].index(name)
    rows = tuple((*row[:place], *row[place + 1 :]) for row in table.rows)
    return replace(table, columns=(*table.columns[:place], *table.columns[place + 1 :]), rows=rows)


@lru_cache(maxsize=16)
def _found(view: View, period: str, by: str, against: str, where: Pairs) -> Miss | Cannot:
    from saleswright.measure.flow.miss.find import miss

    return miss(view.at, period, by, against, where)


def _fields(
    at: Snapshot, args: Mapping[str, str], where: Mapping[str, str], found: Miss | Cannot
) -> list[dict[str, Any]]:
    value = args.get("period") or USUAL
    periods = offered(value, PERIODS)
    first = parse_period("last quarter", at.day, at.workspace.calendar)
    earlier = [first.shift(-back, at.workspace.calendar).label for back in range(1, 4)]
    periods += [(name, name) for name in earlier if name not in dict(periods)]
    known = splits(at)
    names = list(dict.fromkeys(("segment", *usual(at)))) if "segment" in known else usual(at)
    by = getattr(found, "by", None)
    chosen = args.get("by") or (by.name if by else "")
    if chosen and chosen not in names:
        names = [chosen, *names]
    kind = getattr(getattr(found, "against", None), "kind", "")
    held = args.get("against") or {"facts": "plan"}.get(kind, kind)
    fields = [
        {"name": "period", "label": "Period", "value": value, "choices": periods, "required": True},
        {"name": "against", "label": "Against", "value": held, "choices": AGAINST, "none": "what there is"},
    ]
    if names:
        choices = [(name, known[name].label if name in known else name) for name in names]
        fields.append({"name": "by", "label": "By", "value": chosen, "choices": choices, "none": "what there is"})
    return [*fields, *chips(at, where)[:3]]
