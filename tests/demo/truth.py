"""What is true of the demo company, taken from the generator's own records: the answers the measures must find."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from saleswright.demo import assumptions as a
from saleswright.demo.dates import ISO
from saleswright.demo.world import World

SEED, UNTIL = 7, "2026-11-22"


@dataclass(frozen=True)
class Headline:
    """The figures of the first page."""

    won: int
    lost: int
    disqualified: int
    open: int
    win_rate: float
    won_value: dict[str, Decimal]
    new_business_cycle: float
    """Median days from created to closed of won new business."""
    new_business_cycle_qualified: float
    """The same, counted from the qualified date."""


@dataclass(frozen=True)
class Truth:
    """Planted effects by exact record and size."""

    headline: Headline
    moved: dict[str, tuple[str, str]]
    moved_on: str
    duplicate_accounts: dict[str, str]
    """Duplicate to original."""
    duplicate_leads: dict[str, str]
    zombies: frozenset[str]
    slipped_commits: frozenset[tuple[str, str]]
    """(deal, quarter end)."""
    share_before: float
    share_after: float
    """Enterprise share of the new deals of a month, before and after the mix shift."""
    shift_from: str
    expected_wins: dict[tuple[str, str], tuple[int, float]]
    """By month (2026-07) and segment: deals decided, and wins at the long-run rates."""
    bad_month: str
    bad_month_factor: float


def headline(world: World) -> Headline:
    """Counted from the records, not from the files."""
    stages = Counter(d.now.stage for d in world.deals)
    won = [d for d in world.deals if d.now.stage == a.WON]
    value: dict[str, Decimal] = {}
    for deal in won:
        assert deal.now.amount is not None
        value[deal.account.currency] = value.get(deal.account.currency, Decimal(0)) + deal.now.amount
    fresh = [d for d in won if d.kind == a.NEW]
    return Headline(
        stages[a.WON],
        stages[a.LOST],
        stages[a.DISQUALIFIED],
        sum(stages[stage] for stage in a.OPEN_STAGES),
        stages[a.WON] / (stages[a.WON] + stages[a.LOST]),
        value,
        median(d.decided - d.created for d in fresh),
        median(d.decided - d.qualified for d in fresh),
    )


def truth(world: World) -> Truth:
    """Everything planted in a world."""
    calendar, planted = world.calendar, world.planted
    expected: dict[tuple[str, str], tuple[int, float]] = {}
    for (month, segment, _), (count, wins) in planted.expected_wins.items():
        key = ISO[calendar.month_start(month)][:7], segment
        before = expected.get(key, (0, 0.0))
        expected[key] = before[0] + count, before[1] + wins
    return Truth(
        headline=headline(world),
        moved={user: (old, new) for user, old, new in planted.moved},
        moved_on=ISO[planted.moved_on],
        duplicate_accounts={copy: original for original, copy in planted.duplicate_accounts},
        duplicate_leads={copy: original for original, copy in planted.duplicate_leads},
        zombies=frozenset(planted.zombies),
        slipped_commits=frozenset((deal, ISO[end]) for deal, end in planted.slipped_commits),
        share_before=a.ENTERPRISE.share,
        share_after=a.ENTERPRISE.share_late,
        shift_from=ISO[calendar.month_start(calendar.months - a.MIX_SHIFT_MONTHS + 1)],
        expected_wins=expected,
        bad_month=ISO[calendar.month_start(a.BAD_MONTH)][:7],
        bad_month_factor=a.BAD_MONTH_FACTOR,
    )
