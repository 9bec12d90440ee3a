"""What does the address of a review ask? The period, the day to compare with, the filters, and whose findings to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.lib.period import Period, parse_period
from saleswright.measure.flow.waterfall.since import since_day
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.pages.asking import chips, filters
from saleswright.measure.review.pages.whose import key
from saleswright.measure.review.scrub import actions

OWN = ("period", "since", "owner", "rule", "owners")
PERIODS = (
    ("this month", "This month"),
    ("this quarter", "This quarter"),
    ("this year", "This year"),
    ("last quarter", "Last quarter"),
)
USUAL = "this quarter"
MARKS = any(action.name == "review fine" for action in actions.ACTIONS)
"""Can a finding be marked as no problem?"""

OLD = timedelta(days=7)
"""A record last brought in longer ago than this, seen from the day asked about, is said to be old."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a review, read. kept: what a link to another view of the same review must carry."""

    period: Period
    period_text: str
    since: date
    since_text: str
    where: Pairs
    owner: str
    rule: str
    everyone: bool
    kept: list[tuple[str, str]]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The same question for an action's page."""
        given = [("period", self.period_text), ("since", self.since_text)]
        return [*(pair for pair in given if pair[1]), *self.where_query]

    @property
    def where_query(self) -> list[tuple[str, str]]:
        """Only the filters, as actions take them."""
        return [("where", f"{name}={member}") for name, member in self.where]


def read(at: Snapshot, args: Mapping[str, str]) -> Asked:
    """Stop (usage) for an unknown key, a period or a day that is none."""
    given = filters(at, args, OWN)
    period, since = args.get("period", ""), args.get("since", "")
    span = parse_period(period or USUAL, at.day, at.workspace.calendar)
    kept = [(key, args[key]) for key in ("period", "since", *given) if key in args]
    return Asked(
        span,
        period,
        since_day(at, since),
        since,
        tuple(given.items()),
        args.get("owner", ""),
        args.get("rule", ""),
        bool(args.get("owners")),
        kept,
    )


def fields(at: Snapshot, asked: Asked) -> list[dict[str, Any]]:
    """The controls: period, as of, since, and the first split that sales organisations filter by."""
    value = asked.period_text or USUAL
    offered = PERIODS if value in dict(PERIODS) else ((value, value), *PERIODS)
    given = dict(asked.where)
    shown = chips(at, given)
    first = next((chip["name"] for chip in shown if chip["name"] not in given), "")
    return [
        {"name": "period", "label": "Period", "value": value, "choices": offered, "required": True},
        {"name": "asof", "label": "As of", "value": at.day.isoformat(), "kind": "date"},
        {"name": "since", "label": "Since", "value": asked.since.isoformat(), "kind": "date"},
        *(chip for chip in shown if chip["name"] in given or (chip["name"] == first and not given)),
    ]


def frame(at: Snapshot, asked: Asked) -> dict[str, Any]:
    """What stands at the head of each page of the review."""
    read_at = datetime.fromisoformat(at.release.at) if at.release.at else None
    return {
        "asked": asked,
        "day": at.day,
        "since": asked.since,
        "last_monday": asked.since == since_day(at),
        "fields": fields(at, asked),
        "read_at": read_at,
        "old": read_at is not None and at.day - read_at.date() > OLD,
        "may_mark": MARKS and at.policy.scope == COMPANY and not at.policy.hidden,
        "key": key,
    }
