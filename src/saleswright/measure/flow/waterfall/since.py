"""Since when? The last Monday, unless another day is asked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg
from saleswright.lib.issue import USAGE, Issue, Stop

SinceText = Annotated[str, Arg("text", "the day to compare with, such as 2026-11-16; the last Monday when left out")]


def since_day(at: Snapshot, given: str = "") -> date:
    """The day to compare the as-of day with. As of Monday the 23rd it is Monday the 16th, as of Sunday the 22nd too.

    Stop (usage) for what is no day, or not before the as-of day.
    """
    if not given:
        return at.day - timedelta(days=at.day.weekday() or 7)
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise Stop(
            Issue("since", f"'{given}' is not a date", "", "such as --since 2026-11-16"), exit_code=USAGE
        ) from None
    if day >= at.day:
        raise Stop(
            Issue("since", f"{given} is not before {at.day}", "so nothing can have changed", "an earlier day"),
            exit_code=USAGE,
        )
    return day
