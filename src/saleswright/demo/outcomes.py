"""Which deals are won: the long-run rates hold exactly, the order among the deals is left to skill, age and luck."""

from collections import defaultdict
from random import Random

from .assumptions import (
    BAD_MONTH,
    BAD_MONTH_FACTOR,
    CYCLE_CAP,
    KIND_CYCLE,
    LATE_LIFT,
    LOST,
    MIX_SHIFT_MONTHS,
    NEW,
    SEGMENTS,
    SOURCE_LIFT,
    WIN_RATE,
    WON,
)
from .dates import Calendar
from .deals import Deal
from .planted import Planted


def _ageing(deal: Deal) -> float:
    """Deals older than usual win less often."""
    ratio = (deal.decided - deal.created) / (SEGMENTS[deal.segment].cycle * KIND_CYCLE[deal.kind])
    if ratio < 1.0:
        return 1.1
    return 0.95 if ratio < 1.8 else 0.6 if ratio < CYCLE_CAP else 0.3


def chance(deal: Deal) -> float:
    """How likely this very deal is won."""
    if deal.dark:
        return 0.0
    rate = WIN_RATE[deal.segment][deal.kind]
    lift = SOURCE_LIFT[deal.source] if deal.kind == NEW else 1.0
    return min(0.97, rate * deal.first_owner.skill * lift * _ageing(deal))


class _Rounding:
    """Rounds a run of shares so that their sum is off by less than one."""

    def __init__(self) -> None:
        self.owed = 0.0

    def take(self, share: float, most: int) -> int:
        whole = max(0, min(most, round(share + self.owed)))
        self.owed += share - whole
        return whole


def settle(rng: Random, calendar: Calendar, deals: list[Deal], planted: Planted) -> None:
    """Decide every deal that closes by `until`.

    In each segment, deal type and era (before and after the mix shift) the wins are the long-run rate times the
    decided deals, a little more in the late era: every segment wins more while the whole, its mix shifted, wins less.
    The bad month wins less by its factor, and the rest of its era wins those deals back, so that the segment rates of
    the era stand where they are planted.
    """
    shift = calendar.months - MIX_SHIFT_MONTHS
    cells: dict[tuple[bool, str, str], list[tuple[float, int, Deal]]] = defaultdict(list)
    totals: dict[tuple[int, str, str], int] = defaultdict(int)
    months = {day: calendar.month_of(day) for day in {d.decided for d in deals if d.decided <= calendar.until}}
    for number, deal in enumerate(deals):
        luck = rng.random()
        deal.leaning = luck < chance(deal)
        if deal.disqualified or deal.zombie or deal.decided > calendar.until:
            continue
        month = months[deal.decided]
        cells[month > shift, deal.segment, deal.kind].append((chance(deal) - luck, number, deal))
        totals[month, deal.segment, deal.kind] += 1
    whole, bad_month = _Rounding(), _Rounding()
    for late, segment, kind in sorted(cells):
        cell = sorted(cells[late, segment, kind], reverse=True, key=lambda entry: entry[:2])
        rate = WIN_RATE[segment][kind] + LATE_LIFT * late
        wins = whole.take(rate * len(cell), len(cell))
        bad = [deal for _, _, deal in cell if months[deal.decided] == BAD_MONTH]
        rest = [deal for _, _, deal in cell if months[deal.decided] != BAD_MONTH]
        bad_wins = bad_month.take(BAD_MONTH_FACTOR * rate * len(bad), len(bad))
        for group, won in ((bad, bad_wins), (rest, wins - bad_wins)):
            for place, deal in enumerate(group):
                deal.fate = WON if place < won else LOST
    for (month, segment, kind), count in sorted(totals.items()):
        rate = WIN_RATE[segment][kind] + LATE_LIFT * (month > shift)
        planted.expected_wins[month, segment, kind] = (count, rate * count)
