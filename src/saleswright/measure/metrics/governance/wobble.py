"""Is this month out of the ordinary? The limits of normal wobble of a metric over time, and the verdict in a sentence.

The one place where limits are made; faces draw what a point carries. Each stretch between lasting changes has a level of its
own. Not judged: what is still running (but for shares, which know on how few rows they stand), and cohorts not yet decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from saleswright.kernel.report import Figure
from saleswright.lib import limits
from saleswright.lib.limits import Limit
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.governance.said import like, said

Chart = Literal["share", "count", "level", "factor", "single"]
Word = Literal["ordinary", "above", "below", "not enough"]
RIPE = 0.05
"""A cohort of which more than one in twenty is still open is not judged: its share can still rise."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One period of a metric. open_share: of a cohort, how much of it is not decided yet."""

    period: Period
    figure: Figure
    open_share: float = 0.0
    limit: Limit | None = None

    @property
    def size(self) -> float:
        """The value as a plain number: money in whole units of its currency."""
        value = self.figure.value
        assert value is not None
        return float(value.decimal) if isinstance(value, Money) else float(value)


@dataclass(frozen=True, slots=True)
class Wobble:
    """Periods with their limits, in order, and the periods with which a new level began."""

    spots: tuple[Spot, ...]
    changes: tuple[Spot, ...] = ()
    chart: Chart = "single"

    @property
    def judged(self) -> tuple[Spot, ...]:
        return tuple(spot for spot in self.spots if spot.limit is not None)

    @property
    def level(self) -> tuple[Spot, ...]:
        """The judged periods since the last lasting change."""
        since = self.changes[-1].period.start if self.changes else date.min
        return tuple(spot for spot in self.judged if spot.period.start >= since)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Is the last whole period a normal wobble? word: ordinary, above, below or not enough; the sentence to say it."""

    word: Word
    sentence: str
    spot: Spot | None = None


def wobble(spots: Sequence[Spot], today: date, at_moment: bool = False) -> Wobble:
    """Every period with its limit, where it can be judged, and where the level changed for good.

    Shares that tell their counts: p-chart. Counts: u-chart by the days of each period. Balances: how far they move in a
    step. Amounts: individuals chart of their logarithms. Else: individuals chart. See lib/limits.
    """
    known = [spot for spot in spots if spot.figure.value is not None]
    chart = _chart([spot.figure for spot in known], at_moment)
    # Any period that is still running is smaller than it will be; a share only stands on fewer rows.
    whole = [s for s in known if (chart == "share" or s.period.end <= today) and s.open_share <= RIPE]
    values = [spot.size for spot in whole]
    found: Sequence[Limit | None] = []
    cuts: list[int] = []
    if len(whole) >= limits.FEWEST:
        if chart == "share":
            parts = [_counts(spot.figure) or (0.0, 1.0) for spot in whole]
            hits, trials = [one for one, _ in parts], [n for _, n in parts]
            cuts = limits.share_changes(hits, trials)
            found = limits.shares(hits, trials, cuts)
        elif chart == "count":
            days = [float(spot.period.days) for spot in whole]
            cuts = limits.count_changes(values, days)
            found = limits.counts(values, days, cuts)
        elif chart == "level":
            found = limits.levels(values)
        elif chart == "factor":
            cuts = limits.factor_changes(values)
            found = limits.factors(values, cuts)
        else:
            cuts = limits.single_changes(values)
            found = limits.singles(values, cuts)
    held = dict(zip((spot.period for spot in whole), found, strict=False))
    made = tuple(Spot(s.period, s.figure, s.open_share, held.get(s.period)) for s in spots)
    by_period = {spot.period: spot for spot in made}
    return Wobble(made, tuple(by_period[whole[place].period] for place in cuts), chart)


def _chart(figures: Sequence[Figure], at_moment: bool) -> Chart:
    if at_moment:
        return "level"
    if figures and all(_counts(figure) for figure in figures):
        return "share"
    unit = figures[0].unit if figures else ""
    return "count" if unit == "count" else "factor" if unit in ("money", "money_per_day") else "single"


def _counts(figure: Figure) -> tuple[float, float] | None:
    """Hits and trials of a share, when it tells them."""
    if figure.unit != "share" or not isinstance(figure.value, (int, float)):
        return None
    if figure.of:
        hits, trials = figure.of
        return (float(hits), float(trials)) if isinstance(hits, int) and isinstance(trials, int) and trials else None
    return (figure.value * figure.n, float(figure.n)) if figure.n else None


def verdict(made: Wobble, today: date, along: str = "month") -> Verdict:
    """What is to be made of the last whole period: nothing, or look for a cause. Never more than the limits tell."""
    ended = [spot for spot in made.judged if spot.period.end <= today]
    if not ended:
        count = sum(spot.figure.value is not None and spot.period.end <= today for spot in made.spots)
        need = limits.FEWEST if made.chart in ("share", "count") else limits.SINGLES
        few = f"{count} whole {along}{'' if count == 1 else 's'}"
        why = f"it takes {need} to say what is ordinary" if count < need else "they do not tell how far is ordinary"
        return Verdict("not enough", f"Not enough to say: {few}, and {why}.")
    last = ended[-1]
    limit = last.limit
    assert limit is not None
    value, unit = last.figure.value, last.figure.unit
    low, high = (said(like(last.figure, edge), unit) for edge in (limit.lower, limit.upper))
    here = f"{last.period.label}, {said(value, unit)},"
    if made.chart == "level":
        before = said(like(last.figure, limit.centre), unit)
        span = f"from {before} it may move anywhere between {low} and {high} in a {along} without a cause"
    else:
        span = f"{along}s fall anywhere between {low} and {high} without a cause"
        if made.changes:
            span += f" since {made.changes[-1].period.label}"
    if limit.holds(last.size):
        return Verdict("ordinary", f"{here} is a normal wobble: {span}.", last)
    word: Word = "above" if last.size > limit.upper else "below"
    return Verdict(word, f"{here} is {word} what is ordinary: {span}. Look for one.", last)
