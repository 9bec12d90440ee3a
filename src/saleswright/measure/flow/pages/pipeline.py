"""What does the page of the pipeline show? Where the period stands, what is open, what changed, and the deals that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.pages.asking import filters
from saleswright.measure.metrics.pages.parts import part

if TYPE_CHECKING:
    from saleswright.measure.flow.waterfall.fall import Fall

OWN = ("period", "since", "line", "deals")
BIGGEST = 6
SPLITS = ("team", "type")
"""Filters that are offered beside period and days, where the record has members of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for the pipeline, read. week: the last Monday, that figures are compared with."""

    period: Period
    period_text: str
    since: date
    since_text: str
    week: date
    where: Pairs
    line: str
    every_deal: bool
    kept: list[tuple[str, str]]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The same question for an action's page."""
        filters_ = [("where", f"{name}={member}") for name, member in self.where]
        return [("period", self.period_text), ("since", self.since.isoformat()), *filters_]

    @property
    def week_query(self) -> list[tuple[str, str]]:
        """The same since last Monday."""
        return [(name, self.week.isoformat() if name == "since" else value) for name, value in self.query]

    @property
    def from_start(self) -> bool:
        """Is it told from the period's beginning?"""
        return self.since.toordinal() + 1 == self.period.start.toordinal()


def read(at: Snapshot, args: Mapping[str, str]) -> Asked:
    """Stop (usage) for an unknown key, a line, a period or a day that is none, or a period without an end."""
    from saleswright.measure.flow.waterfall import asking
    from saleswright.measure.flow.waterfall.fall import line_named
    from saleswright.measure.flow.waterfall.since import from_start, since_day

    given = filters(at, args, OWN)
    period, since = args.get("period", ""), args.get("since", "")
    span = parse_period(period or asking.USUAL, at.day, at.workspace.calendar)
    if not span.bounded:
        raise Stop(Issue("period", f"'{period}' has no end", "", "such as this quarter"), exit_code=USAGE)
    kept = [(key, args[key]) for key in ("period", "since", *given) if args.get(key)]
    line = line_named(args["line"]) if args.get("line") else ""
    day, week = from_start(at, span, since), since_day(at)
    return Asked(
        span, period or asking.USUAL, day, since, week, tuple(given.items()), line, bool(args.get("deals")), kept
    )


def pipeline(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of pipeline.html. A part that cannot be made says so in its own card; the others stand."""
    from saleswright.measure.flow.waterfall import asking, kept
    from saleswright.measure.flow.waterfall.cover import chances, cover
    from saleswright.measure.flow.waterfall.deciding import MOST, deciding
    from saleswright.measure.flow.waterfall.moved import moved
    from saleswright.measure.flow.waterfall.page_tables import members, qualified
    from saleswright.measure.flow.waterfall.report import checks
    from saleswright.measure.flow.waterfall.standing import standing

    asked = read(at, args)
    refused: dict[str, tuple[Issue, ...]] = {}
    fall = _fall(at, asked)
    week = fall if asked.week == asked.since else kept.fall(at, asked.week, asked.period, asked.where)
    told = None if week.untold else week.whole
    head = standing(at, asked.period, asked.where, fall.whole, told)
    found = part(refused, "odds", lambda: chances(at, asked.period, asked.where, kept.odds(at)))
    covered = part(refused, "odds", lambda: cover(at, asked.period, found, head)) if found else None
    decisive = None
    if found and found.told:
        most = None if asked.every_deal else MOST
        decisive = part(refused, "deals", lambda: deciding(at, asked.period, found, kept.typical(at), most))
    apart = part(refused, "apart", lambda: kept.apart(at, asked.where))
    return {
        **asking.fresh(at),
        **_common(at, asked, fall),
        "refused": refused,
        "head": head,
        "week": week,
        "biggest": () if week.untold else moved(at, week.whole, BIGGEST),
        "moving": 0 if week.untold else week.whole.moves.moving,
        "week_lines": {step.name: step for step in week.whole.amounts.steps},
        "apart": apart,
        "qualified": qualified(apart, at.currency) if apart else None,
        "by_segment": bool(kept.odds(at).by) if found else False,
        "members": members(at, fall),
        "cover": covered,
        "decisive": decisive,
        "checks": checks(fall),
        "fields": asking.fields(at, asked.period_text, asked.since, dict(asked.where), SPLITS),
    }


def moves(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of pipeline_moves.html: every deal of a line, or all that moved."""
    asked = read(at, args)
    return _common(at, asked, _fall(at, asked))


def _fall(at: Snapshot, asked: Asked) -> Fall:
    """The waterfall asked for, with the members that have a table on the page: one reading for both."""
    from saleswright.measure.flow.waterfall import kept
    from saleswright.measure.flow.waterfall.page_tables import split

    return kept.fall(at, asked.since, asked.period, asked.where, split(at, asked.where))


def _common(at: Snapshot, asked: Asked, fall: Fall) -> dict[str, Any]:
    from saleswright.measure.flow.waterfall.moved import moved

    listed = moved(at, fall.whole, None, asked.line) if asked.line and not fall.untold else ()
    lines = {step.name: step for step in fall.whole.amounts.steps}
    line = lines.get(asked.line)
    return {"asked": asked, "day": at.day, "fall": fall, "lines": lines, "listed": listed, "line": line}
