"""The simple model: 1,000 seeded replications of short histories, 80 % range holds 77-83 %; small companies get wide
ranges, not wrong ones.

The short version draws 400 of them. A true 80 % then shows between 76 and 84 % nineteen times in twenty, so that is all it
can ask for; the long one asks for the words above.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest

from saleswright.measure.review.number.outcome import outcome
from saleswright.measure.review.number.pace import past
from tests.measure.review.number.companies import Company, company

CLASSES = ((30, 60), (60, 120), (120, 250), (250, 701))
ELAPSED = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01))


@dataclass(frozen=True)
class Told:
    """One company and the range it was told."""

    company: Company
    low: float
    high: float
    mean: float

    @property
    def held(self) -> bool:
        # The amounts are whole minor units, and so is a range that is shown.
        return round(self.low) <= round(self.company.actual) <= round(self.high)

    @property
    def width(self) -> float:
        return (self.high - self.low) / max(self.mean, 1.0)


def told(seed: int) -> Told:
    one = company(seed)
    pasts = [found for seen in one.past if (found := past(one.deals, seen)) is not None]
    out = outcome(one.deals, one.window, pasts, seed)
    low, _, high = out.range
    return Told(one, low, high, out.mean)


@pytest.fixture(scope="module")
def all_told(nightly: bool) -> list[Told]:
    return [told(seed) for seed in range(1000 if nightly else 400)]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def share(chosen: list[Told]) -> float:
    return sum(one.held for one in chosen) / len(chosen)


def test_the_80_percent_range_holds(all_told: list[Told], nightly: bool) -> None:
    for name, bounds, of in (
        ("closed deals", CLASSES, lambda one: one.company.closed),
        ("of the quarter gone", ELAPSED, lambda one: one.company.elapsed),
    ):
        for low, high in bounds:
            chosen = [one for one in all_told if low <= of(one) < high]
            width = float(np.median([one.width for one in chosen]))
            say(
                f"{low:>5} to {high:<5} {name}: {len(chosen):>4} companies, held {share(chosen):.1%}, width {width:.2f}"
            )
    say(f"all: {len(all_told)} companies, held {share(all_told):.1%}")
    low, high = (0.77, 0.83) if nightly else (0.76, 0.84)
    assert low <= share(all_told) <= high


def test_small_companies_get_wide_ranges_not_wrong_ones(all_told: list[Told], nightly: bool) -> None:
    small = [one for one in all_told if one.company.closed < CLASSES[0][1]]
    # Two standard errors below 77 % are allowed to the some seventy small companies of the short version.
    allowance = 2 * (0.77 * 0.23 / len(small)) ** 0.5
    assert share(small) >= 0.77 - (0.0 if nightly else allowance)
    # Of large companies an eighth of the deals: the same company, told from less, and less sure.
    large = [one for one in all_told if one.company.closed >= 400][:20]
    wider = []
    for one in large:
        fewer = one.company.deals.only(np.arange(one.company.deals.entry.size) % 8 == 0)
        out = outcome(fewer, one.company.window, [], 1)
        low, _, high = out.range
        wider.append((high - low) / max(out.mean, 1.0) / one.width)
    say(f"an eighth of the deals: the range is {np.median(wider):.2f} times as wide, seen from its mean")
    assert np.median(wider) > 1.3


def test_what_comes_later_is_not_looked_at() -> None:
    one = company(3)
    later = one.deals.exit > one.window.day
    exits = np.where(later, one.deals.exit + 1000, one.deals.exit)
    blind = type(one.deals)(
        one.deals.entry, exits, one.deals.won ^ later, one.deals.amount, one.deals.group, one.deals.groups
    )
    kept = blind.only(blind.entry <= one.window.day)
    first, second = (outcome(deals, one.window, [], 3) for deals in (one.deals, kept))
    assert (first.totals == second.totals).all()


def test_the_more_is_over_the_narrower_the_range() -> None:
    one = company(11)
    window = one.window
    widths = []
    for left in (60, 30, 10, 1):
        nearer = type(window)(window.day, window.start, window.day + 1 + left)
        low, _, high = outcome(one.deals, nearer, [], 1).range
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)
    over = type(window)(window.day, window.start, window.day + 1)
    assert outcome(one.deals, over, [], 1).range == (0.0, 0.0, 0.0)
