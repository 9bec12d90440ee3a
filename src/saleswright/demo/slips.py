"""Commits that slipped: in Commit with a close date up to a quarter end, and still open after it."""

from bisect import bisect_right

from .assumptions import COMMIT
from .dates import DAY_SECONDS, Calendar
from .deals import Deal


def slipped(calendar: Calendar, deals: list[Deal]) -> list[tuple[str, int]]:
    """Every (deal, quarter end) that slipped; a push made by the evening of the quarter end is no slip."""
    found = []
    ends = calendar.quarter_ends(min(deal.created for deal in deals))
    for deal in deals:
        commits = [c for c in deal.changes if c.category == COMMIT]
        if not commits:
            continue
        days = [c.instant // DAY_SECONDS for c in deal.changes]
        for end in ends:
            if days[0] <= end < min(deal.decided, calendar.until):
                change = deal.changes[bisect_right(days, end) - 1]
                if change.category == COMMIT and change.close <= end:
                    found.append((deal.key, end))
    return found
