"""Deals as they are opened: when, by whom, in which segment, and how long each will take."""

from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from math import exp
from random import Random

from .accounts import Account, Contact
from .assumptions import (
    CYCLE_CAP,
    CYCLE_SPREAD,
    DARK_SHARE,
    DEALS_PER_MONTH,
    DISQUALIFIED,
    DISQUALIFIED_SHARE,
    ENTERPRISE,
    GROWTH_PER_MONTH,
    KIND_CYCLE,
    KIND_SHARE,
    MID_MARKET,
    MIX_SHIFT_MONTHS,
    MONTHS_BEFORE,
    NEW,
    P95_OF_MEDIAN,
    QUARTER_END_PULL,
    REFERRAL,
    RENEWAL,
    SEASON,
    SEGMENTS,
    SERVICES,
    SOURCE_SHARE,
    ZOMBIE_AGE,
    ZOMBIES,
)
from .dates import NEVER, Calendar, quarter_end, weekday, working_day
from .people import People, User


@dataclass(slots=True)
class Change:
    """One saved change of a deal: the snapshot after it, and who saved it."""

    instant: int
    stage: str
    amount: int | None
    close: int
    category: str
    owner: User
    next_step: str
    by: User


@dataclass(slots=True)
class Deal:
    """One opportunity. Days are ordinals; `decided` lies after `until` for deals still open."""

    segment: str
    kind: str
    created: int
    qualified: int
    decided: int
    first_owner: User
    region: str
    source: str
    account: Account = field(init=False)  # settled by placement, before anything reads it
    disqualified: bool = False
    dark: bool = False
    zombie: bool = False
    fate: str = ""
    leaning: bool = False
    key: str = ""
    name: str = ""
    renews: int = 0
    term: int = 0
    campaign: str = ""
    competitor: str = ""
    loss_reason: str = ""
    last_activity: int = 0
    changes: list[Change] = field(default_factory=list)
    lines: list[tuple[int, int, int]] = field(default_factory=list)
    people: list[Contact] = field(default_factory=list)

    @property
    def now(self) -> Change:
        """The deal as it stands."""
        return self.changes[-1]


def month_counts(calendar: Calendar, month: int) -> dict[str, int]:
    """How many deals of each segment a whole month opens: exact, so that the mix shift has a known size."""
    season = SEASON[date.fromordinal(calendar.month_start(month)).month - 1]
    total = round((DEALS_PER_MONTH + GROWTH_PER_MONTH * max(month, 0)) * season)
    late = month > calendar.months - MIX_SHIFT_MONTHS
    counts = {s.name: round(total * (s.share_late if late else s.share)) for s in SEGMENTS.values()}
    counts[MID_MARKET.name] += total - sum(counts.values())
    return counts


def _pull(rng: Random, day: int) -> int:
    """Bring some decisions near a quarter end into its last week."""
    end = quarter_end(day - 12)
    if -12 <= end - day <= 16 and rng.random() < QUARTER_END_PULL:
        day = end - rng.randrange(6)
        day -= max(0, weekday(day) - 4)
    return day


def _draw_deal(rng: Random, people: People, segment: str, kind: str, created: int) -> Deal:
    owner = people.draw_owner(rng, created)
    source = rng.choices(SOURCES, cum_weights=SOURCE_WEIGHTS)[0] if kind == NEW else ""
    ratio = min(exp(rng.normalvariate(0.0, CYCLE_SPREAD)), CYCLE_CAP)
    cycle = max(6.0, SEGMENTS[segment].cycle * KIND_CYCLE[kind] * ratio)
    decided = max(working_day(round(created + cycle)), created + 5)
    qualified = created
    disqualified = False
    if kind in (NEW, SERVICES) and rng.random() < 0.75:
        qualified = working_day(min(round(created + 1 + cycle * rng.uniform(0.05, 0.3)), decided - 3))
        disqualified = rng.random() < DISQUALIFIED_SHARE
    if disqualified:
        decided = working_day(created + max(2, round(cycle * rng.uniform(0.15, 0.6))))
        qualified = NEVER
    else:
        decided = max(_pull(rng, decided), working_day(qualified + 3))
    deal = Deal(segment, kind, created, qualified, decided, owner, owner.team_on(created), source, disqualified)
    deal.dark = not disqualified and kind != RENEWAL and rng.random() < DARK_SHARE
    if deal.dark:
        deal.decided = working_day(round(created + SEGMENTS[segment].cycle * rng.uniform(1.6, 3.0)))
    if disqualified:
        deal.fate = DISQUALIFIED
    return deal


SOURCES, SOURCE_WEIGHTS = list(SOURCE_SHARE), list(accumulate(SOURCE_SHARE.values()))


def _kinds(rng: Random, count: int, owed: dict[str, float]) -> list[str]:
    """Deal types in their shares, shuffled; what rounding leaves over is owed to the next month.

    Drawn freely, the types would blur the segment rates that the mix shift must leave alone.
    """
    kinds: list[str] = []
    for kind, share in KIND_SHARE.items():
        owed[kind] += share * count
        kinds += [kind] * round(owed[kind])
        owed[kind] -= round(owed[kind])
    while len(kinds) < count:
        kinds.append(NEW)
        owed[NEW] -= 1
    rng.shuffle(kinds)
    for kind in kinds[count:]:
        owed[kind] += 1
    return kinds[:count]


def draw_deals(rng: Random, calendar: Calendar, people: People) -> list[Deal]:
    """Every deal opened in the window, and those opened before it that were still open when it began."""
    deals = []
    owed = {segment: dict.fromkeys(KIND_SHARE, 0.0) for segment in SEGMENTS}
    for month in range(1 - MONTHS_BEFORE, calendar.months + 1):
        first, length = calendar.month_start(month), calendar.month_start(month + 1) - calendar.month_start(month)
        days = [d for d in range(first, first + length) if weekday(d) < 5]
        for segment, count in month_counts(calendar, month).items():
            kinds = _kinds(rng, count, owed[segment])
            for number in range(count):
                # Spread evenly, so that a month cut short by `until` keeps the mix of a whole one.
                created = days[number * len(days) // count]
                deal = _draw_deal(rng, people, segment, kinds[number], created)
                if created <= calendar.until and deal.decided >= calendar.start:
                    deals.append(deal)
    return deals


def draw_zombies(rng: Random, calendar: Calendar, people: People) -> list[Deal]:
    """Open deals everybody forgot: older than three P95 cycles of any segment, with no activity since."""
    floor = round(ZOMBIE_AGE * P95_OF_MEDIAN * ENTERPRISE.cycle * 1.18)
    zombies = []
    for _ in range(ZOMBIES):
        created = working_day(calendar.until - floor - rng.randrange(90))
        segment = rng.choice(list(SEGMENTS))
        owner = people.draw_owner(rng, created)
        source = rng.choice([s for s in SOURCES if s != REFERRAL])
        qualified = working_day(created + rng.randrange(4, 15))
        deal = Deal(segment, NEW, created, qualified, NEVER, owner, owner.team_on(created), source, zombie=True)
        zombies.append(deal)
    return zombies
