"""What does the page of the forecast show? The range and the target, what it is made of, what moved, and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.period import parse_period
from saleswright.measure.metrics.pages.asking import chips, filters, offered, splits, usual
from saleswright.measure.metrics.pages.parts import part

if TYPE_CHECKING:
    from saleswright.measure.forecast.show.shown import Cannot, Shown

OWN = ("period", "since", "by", "line")
USUAL = "this quarter"
PERIODS = (
    ("this month", "This month"),
    ("this quarter", "This quarter"),
    ("this year", "This year"),
    ("next quarter", "Next quarter"),
    ("last quarter", "Last quarter"),
)
LISTED = 200
MOVERS = 6
MEMBERS = 20
"""Members with a row on the page; the sums are of all."""


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of forecast.html. Where amounts or days are hidden, or nothing can be told, the page says so instead.

    Stop (usage) for an unknown key, period, split, line or day.
    """
    from saleswright.measure.flow.waterfall.asking import fresh
    from saleswright.measure.flow.waterfall.since import since_day
    from saleswright.measure.forecast.show import kept, said
    from saleswright.measure.forecast.show.actions import lines
    from saleswright.measure.forecast.show.report import coming, deals, lay
    from saleswright.measure.forecast.show.shown import Cannot

    where = filters(at, args, OWN)
    period, line, by = args.get("period", ""), _line(args.get("line", ""), lines(at)), _split(at, args, where)
    since = since_day(at, args.get("since", ""))
    refused: dict[str, tuple[Issue, ...]] = {}
    pairs = tuple(where.items())
    found = _found(refused, lambda: kept.shown(at, period, by, pairs, args.get("since", ""), line))
    told = found if found is not None and not isinstance(found, Cannot) else None
    laid = lay(told, line) if told else None
    movers = deals(told, "", MOVERS) if told else None
    return {
        **fresh(at),
        "day": at.day,
        "period": parse_period(period or USUAL, at.day, at.workspace.calendar),
        "since": since,
        "refused": refused,
        "cannot": found if isinstance(found, Cannot) else None,
        "said": said,
        "shown": told,
        "laid": laid,
        "currency": at.currency,
        "coming": coming(told) if told else None,
        "most": MEMBERS,
        "moved_note": next((n.text for n in laid.notes if n.kind != "warning"), "") if laid else "",
        "called_sum": _called(told) if told else None,
        "spread_marks": _marks(laid.figures) if laid else None,
        "line": line,
        "listed": laid.deals.rows[:LISTED] if laid and laid.deals and line else (),
        "movers": movers.rows if movers else (),
        "kept": [(key, args[key]) for key in (*OWN[:3], *where) if args.get(key)],
        "near": [(key, args[key]) for key in ("period", *where) if args.get(key)],
        "query": [(key, args[key]) for key in OWN[:3] if args.get(key)]
        + [("where", f"{n}={m}") for n, m in where.items()],
        "fields": _fields(at, period, by, since.isoformat(), where),
    }


def _found(refused: dict[str, tuple[Issue, ...]], make: Callable[[], Shown | Cannot]) -> Shown | Cannot | None:
    """The forecast; where the record cannot tell one (no deal, no exchange rate), why, on the page itself."""
    try:
        return part(refused, "forecast", make)
    except Stop as stop:
        if any(issue.where != "forecast" for issue in stop.issues):
            raise
        refused["forecast"] = stop.issues
        return None


def _called(told: Shown) -> tuple[int, int] | None:
    """What the members that are in call together, and by how much that is above the mean of the same members."""
    calls = [(one.called, one.called - one.told.mean) for one in told.members if one.called is not None]
    return (sum(call for call, _ in calls), sum(off for _, off in calls)) if calls else None


def _line(name: str, known: Any) -> str:
    if name and name not in {one.value for one in known}:
        raise Stop(unknown("line", name, [one.value for one in known], where="line"), exit_code=USAGE)
    return name


def _split(at: Snapshot, args: Mapping[str, str], where: Mapping[str, str]) -> str:
    """The split asked for, else the first that people ask for and that is not filtered."""
    if "by" in args:
        return args["by"]
    return next((name for name in usual(at) if name not in where), "")


def _marks(figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """What stands on the drawing of the distribution: the range, and the target with its chance."""
    return {name: figures[name] for name in ("likely", "target", "chance")}


def _fields(at: Snapshot, period: str, by: str, since: str, where: Mapping[str, str]) -> list[dict[str, Any]]:
    value, known, first = period or USUAL, splits(at), usual(at)
    names = list(dict.fromkeys([*([by] if by in known else []), *first]))
    fields: list[dict[str, Any]] = [
        {"name": "period", "label": "Period", "value": value, "choices": offered(value, PERIODS), "required": True},
        {"name": "asof", "label": "As of", "value": at.day.isoformat(), "kind": "date"},
        {"name": "since", "label": "Since", "value": since, "kind": "date"},
    ]
    if names:
        choices = [(name, known[name].label) for name in names]
        fields.append({"name": "by", "label": "By", "value": by, "choices": choices, "none": "nobody"})
    shown = chips(at, dict(where))
    return [*fields, *(chip for chip in shown if chip["name"] in where or chip["name"] in first[:1])]
