"""Deals written by hand for the rules of the bridge: days are numbers, amounts are whole cents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from saleswright.measure.flow.bridge import STANDINGS, Deals, State, Window
from saleswright.measure.flow.columns import NO_DAY

SINCE, DAY = 100, 107
START, END = 90, 180
WINDOW = Window(SINCE, DAY, START, END)
ROLLING = Window(SINCE, DAY)


@dataclass(frozen=True)
class On:
    """A deal on one day. `value` at the day's own rate; None: no amount."""

    standing: str = "open"
    due: int | None = 120
    value: int | None = 1000
    counted: bool = True
    closed: int | None = None


@dataclass(frozen=True)
class Case:
    """A deal at both dates; a date's None: the record does not have it. `said` None is the same as `past`."""

    past: On | None
    now: On | None
    said: On | str | None = "as past"
    qualified: int | None = 50
    qualified_past: bool | None = None
    told_past: bool = True
    elsewhere_past: On | None = None
    elsewhere_now: bool = False
    at_past_rate: int | None = None
    won_counts: bool = True
    lost_counts: bool = True
    unpriced: bool = False


def deals(*cases: Case) -> Deals:
    """The cases as columns."""

    def state(values: list[On | None]) -> State:
        return State(
            np.array([one is not None for one in values], bool),
            np.array([STANDINGS.get(one.standing, 0) if one else 0 for one in values], np.int64),
            np.array([bool(one and one.counted) for one in values], bool),
            days([one.due if one else None for one in values]),
            np.array([(one.value or 0) if one else 0 for one in values], np.int64),
        )

    said = [case.past if isinstance(case.said, str) else case.said for case in cases]
    values = [(case.now.value or 0) if case.now else 0 for case in cases]
    qualified_past = [
        (case.past is not None and case.past.counted) if case.qualified_past is None else case.qualified_past
        for case in cases
    ]
    beside = [case.elsewhere_past for case in cases]
    return Deals(
        np.array([f"deal_{place}" for place in range(len(cases))], object),
        state(said),
        state([case.past for case in cases]),
        state([case.now for case in cases]),
        days([case.now.closed if case.now else None for case in cases]),
        days([case.qualified for case in cases]),
        np.array(qualified_past, bool),
        np.array([case.told_past for case in cases], bool),
        np.array(
            [v if c.at_past_rate is None else c.at_past_rate for c, v in zip(cases, values, strict=True)], np.int64
        ),
        np.array(values, np.int64),
        np.array([case.won_counts for case in cases], bool),
        np.array([case.lost_counts for case in cases], bool),
        np.array([one is not None for one in beside], bool),
        np.array([case.elsewhere_now for case in cases], bool),
        np.array([case.unpriced for case in cases], bool),
    )


def days(values: list[int | None]) -> Any:
    """Days as a column."""
    return np.array([NO_DAY if one is None else one for one in values], np.int64)
