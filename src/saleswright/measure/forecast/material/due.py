"""What must close by when? Open deals by the week of their stated close date, against what is missing to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

import numpy as np

from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import EPOCH, Bools, Floats, Ints, days

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.asked import Forecast

NONE = -(10**9)


@dataclass(frozen=True, slots=True)
class Row:
    """One week, or one group of deals whose date says no week of the period.

    open: their amounts. expected: each at its chance, as it is booked. upto: expected by the end of the week, from now on.
    need: what has to be closed by then so that what is expected afterwards still brings the target; None without a target,
    and for a group.
    """

    name: str
    label: str
    n: int
    open: Money
    expected: Money
    upto: Money | None = None
    need: Money | None = None
    closed_by: date | None = None

    @property
    def chance(self) -> float | None:
        """The share of the amounts that is expected."""
        return self.expected.minor / self.open.minor if self.open.minor else None


@dataclass(frozen=True)
class Weeks:
    """weeks, then groups, then what is still to be created and closed; with what is won they add to the mean.

    missing: the target less what is won, None without a target. lacking: the target less the mean, never below 0.
    """

    won: Money
    weeks: tuple[Row, ...]
    groups: tuple[Row, ...]
    coming: Money
    mean: Money
    missing: Money | None
    lacking: Money | None


def weeks(one: Forecast, calendar: FiscalCalendar, currency: str) -> Weeks:
    """The open deals of a forecast by week."""
    told, rows = one.foretold, one.foretold.now
    stated = np.where(np.isnan(rows.to_close), NONE, rows.day + np.nan_to_num(rows.to_close)).astype(np.int64)
    columns = Columns(stated, rows.past_due, rows.amount, told.amount * told.chance)
    return by_week(columns, max(told.first, told.day), one.period, calendar, currency, told.means, one.target)


class Means(Protocol):
    """What the mean of a forecast is made of, in minor units."""

    @property
    def won(self) -> float: ...
    @property
    def open(self) -> float: ...
    @property
    def coming(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """One open deal in each place: stated close date (days since 1970, NONE without a coming one), is it past, its amount
    and what of it is expected, in minor units."""

    due: Ints
    past: Bools
    amount: Ints
    expected: Floats


def by_week(
    open_: Columns,
    first: int,
    period: Period,
    calendar: FiscalCalendar,
    currency: str,
    means: Means,
    target: int | None,
) -> Weeks:
    """The rows from day `first`, the day itself or the period's first, to the period's end. means: those of the forecast. Weeks
    without a deal stand as well."""
    last = days(period.end) - 1
    inside = (open_.due >= first) & (open_.due <= last)
    mean = means.won + means.open + means.coming
    gap = None if target is None else target - mean
    found, upto = [], 0.0
    for piece in _pieces(first, last, calendar):
        mine = inside & (open_.due >= days(piece.start)) & (open_.due < days(piece.end))
        end = date.fromordinal(piece.end.toordinal() - 1)
        part = _row(str(piece), f"Week to {end.day} {end:%b}", mine, open_, currency)
        upto += float(open_.expected[mine].sum())
        need = None if gap is None else Money(round(max(0.0, upto + gap)), currency)
        found.append(replace(part, upto=Money(round(upto), currency), need=need, closed_by=end))
    none = open_.due == NONE
    groups = (
        ("past_due", "Past due, at their chance", open_.past),
        ("early", "Due before the period begins", ~none & (open_.due < first)),
        ("later", "Due later", ~none & (open_.due > last)),
        ("undated", "Without a date", none & ~open_.past),
    )
    made = [_row(name, label, mine, open_, currency) for name, label, mine in groups]
    return Weeks(
        Money(round(means.won), currency),
        tuple(found),
        tuple(one for one in made if one.n),
        Money(round(means.coming), currency),
        Money(round(mean), currency),
        None if target is None else Money(round(max(0.0, target - means.won)), currency),
        None if gap is None else Money(round(max(0.0, gap)), currency),
    )


def _pieces(first: int, last: int, calendar: FiscalCalendar) -> Sequence[Period]:
    """The weeks that days first to last fall into, cut at both ends; nothing of a period that is over."""
    if last < first:
        return ()
    start, end = (date.fromordinal(day + EPOCH.toordinal()) for day in (first, last + 1))
    return Period.between(start, end).split("week", calendar)


def _row(name: str, label: str, mine: Bools, open_: Columns, currency: str) -> Row:
    amount, expected = int(open_.amount[mine].sum()), float(open_.expected[mine].sum())
    return Row(name, label, int(mine.sum()), Money(amount, currency), Money(round(expected), currency))
