"""What came of the deals qualified in each month, and what will come of the young ones? A triangle of months by age.

A cohort is the deals qualified in a month (or quarter); its age counts whole months, so a win in the same month is age 0.
The rows are those of the book of deals: a cohort has as many deals as `new_deals` counts. The last whole month is the last
one that is read; what the running month brings changes every day. Young cohorts are carried on by the chain ladder
(`triangle.py`) and are flagged immature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Series
from saleswright.lib.period import Period
from saleswright.measure.flow.book import GONE, LOST, WON, Book
from saleswright.measure.flow.columns import EPOCH, NO_DAY, Ints
from saleswright.measure.flow.funnel.rule_changes import marked, rule_changes
from saleswright.measure.flow.funnel.triangle import FEWEST, Completed, complete
from saleswright.measure.metrics.actions import series
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import Grain

MOST = {"month": 36, "quarter": 20}
"""Cohorts that tell the factors: long enough to have old ones, short enough to be the same business."""

SHARE = 0.975
MOST_AGES = 13


@dataclass(frozen=True)
class Cohorts:
    """One row a cohort, one column an age: won and lost (or disqualified) so far, cumulative; -1 for ages not reached.

    size: deals of the cohort. reached: its last whole age. completed: None where too few cohorts are old enough.
    running: deals qualified in the period that is not over.
    """

    grain: Grain
    periods: tuple[Period, ...]
    size: Ints
    won: Ints
    lost: Ints
    reached: Ints
    completed: Completed | None
    running: int
    new: Series
    counted: int

    @property
    def ages(self) -> int:
        return int(self.won.shape[1])

    @property
    def tied(self) -> bool:
        """Do the cohorts hold as many deals as new_deals counts in their months?"""
        return int(self.size.sum()) == self.counted


def cohorts(at: Snapshot, book: Book, grain: Grain = "month", where: Pairs = ()) -> Cohorts:
    """The triangle of the record's cohorts up to the last whole period."""
    calendar = at.workspace.calendar
    qualified = book.days["qualified"]
    running = calendar.containing(grain, at.day)
    first = EPOCH + timedelta(days=int(qualified.min())) if len(book) else at.day
    start = max(calendar.containing(grain, first).start, running.shift(-MOST[grain], calendar).start)
    periods = tuple(Period.between(start, running.start).split(grain, calendar)) if start < running.start else ()
    starts = np.array([*((one.start - EPOCH).days for one in periods), (running.start - EPOCH).days], np.int64)
    last = len(periods) - 1
    of = np.searchsorted(starts, qualified, "right") - 1
    inside = (of >= 0) & (of <= last)
    closed = np.searchsorted(starts, book.days["closed"], "right") - 1
    age = np.maximum(closed - of, 0)
    told = (book.days["closed"] != NO_DAY) & (closed <= last) & inside
    won, lost = (told & np.isin(book.fate, fates) for fates in ((WON,), (LOST, GONE)))
    ages = _ages(age[won], last)
    size = np.bincount(of[inside], minlength=len(periods))
    reached = np.minimum(last - np.arange(len(periods)), ages - 1)

    def triangle(chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
        flat = np.bincount(of[chosen] * ages + np.minimum(age[chosen], ages - 1), minlength=len(periods) * ages)
        grown = flat.reshape(len(periods), ages).cumsum(axis=1)
        return np.where(np.arange(ages) <= reached[:, None], grown, -1).astype(np.int64)

    of_won, of_lost = triangle(won), triangle(lost)
    done = None
    if ages > 1 and len(periods) >= FEWEST:
        gone = of_lost[np.arange(len(periods)), reached]
        done = complete(of_won.astype(np.float64), size, gone, reached)
    asked = ask(at, "new_deals", (grain,), f"{start}..{at.day}", where)
    made = evaluate(at, asked)
    drawn = series(at, made)
    counted = sum(point.figure.n or 0 for point in drawn.points if point.start and point.start < running.start)
    name = "New qualified deals: is the flow steady?"
    # As a number, so that it is drawn as dots between their limits and not as columns on nothing.
    new = Series(drawn.name, grain, marked(drawn.points, rule_changes(at)), name, "number")
    now = int(((of == len(periods)) | (of > last)).sum()) if len(book) else 0
    return Cohorts(grain, periods, size, of_won, of_lost, reached, done, now, new, counted)


def _ages(ages: Ints, last: int) -> int:
    """So many columns that nearly all wins have come, as far as enough cohorts have reached them."""
    if not ages.size or last < 1:
        return 1
    wanted = int(np.quantile(ages, SHARE, method="higher")) + 1
    return max(1, min(wanted + 1, MOST_AGES, last + 2 - FEWEST))
