"""Quotas, the company plan, weekly forecast calls, and the splits of shared deals."""

from collections import defaultdict
from random import Random
from typing import NamedTuple

from .assumptions import BEST_CASE, COMMIT, EXPANSION, NEW, RENEWAL, WON
from .dates import DAY_SECONDS, Calendar, quarter_end, quarter_name, weekday
from .deals import Deal
from .people import People, User
from .pricing import Rates

STRETCH = 1.12  # quota and plan over what the company really books
MONTH_WEIGHT = (0.88, 0.9, 1.22)  # first, second and third month of a quarter
GROWTH = 0.006
RAMP = (0.25, 0.5, 0.75)
SPLIT_SHARE = 0.025


class Quota(NamedTuple):
    """A rep's quota for a month; the rep's team sets the currency."""

    user: User
    month: int
    amount: int
    currency: str


class Plan(NamedTuple):
    """The company's plan for a month, in USD."""

    month: int
    new_business: int
    expansion: int
    renewal: int


class Call(NamedTuple):
    """What a rep or a team's manager calls for the quarter on a Monday, in USD."""

    user: User
    day: int
    period: str
    category: str
    amount: int


def share_out(rng: Random, people: People, deals: list[Deal]) -> list[tuple[Deal, str, int]]:
    """Split a few won deals between the owner and one more rep."""
    splits = []
    for deal in deals:
        if deal.fate == WON and rng.random() < SPLIT_SHARE:
            other = people.draw_owner(rng, deal.decided)
            if other is not deal.now.owner:
                part = rng.choice((20, 30, 40, 50))
                splits += [(deal, deal.now.owner.key, 100 - part), (deal, other.key, part)]
    return splits


def set_targets(
    rng: Random, calendar: Calendar, people: People, rates: Rates, deals: list[Deal]
) -> tuple[list[Quota], list[Plan]]:
    """Monthly targets up to the end of the quarter that holds `until`, set from what whole months book."""
    booked: dict[str, float] = defaultdict(float)
    for deal in deals:
        if deal.fate == WON and deal.decided < calendar.month_start(calendar.months):
            booked[deal.kind] += (deal.now.amount or 0) / rates.on(deal.account.currency, deal.decided)
    mean = {kind: booked[kind] / (calendar.months - 1) for kind in sorted(booked)}
    rep_mean = sum(mean.values()) / len(people.reps)
    last = calendar.month_of(quarter_end(calendar.until))
    ease = {user.key: rng.uniform(0.8, 1.2) for user in people.reps}
    quotas, plan = [], []
    for month in range(1, last + 1):
        first = calendar.month_start(month)
        third = (calendar.month_of(quarter_end(first)) - month) % 3
        weight = STRETCH * MONTH_WEIGHT[2 - third] * (1 + GROWTH * (month - calendar.months / 2))
        new, expansion, renewal = (
            round(mean.get(kind, 0.0) * weight / 1_000) * 1_000 for kind in (NEW, EXPANSION, RENEWAL)
        )
        plan.append(Plan(first, new, expansion, renewal))
        for user in people.reps:
            served = month - calendar.month_of(user.hired)
            if served < 0:
                continue
            ramp = RAMP[served] if served < len(RAMP) else 1.0
            currency = "EUR" if user.team_on(first) == "Team EMEA" else "USD"
            worth = rep_mean * weight * ease[user.key] * ramp * rates.on(currency, first)
            quotas.append(Quota(user, first, round(worth / 500) * 500, currency))
    return quotas, plan


def call_forecasts(rng: Random, calendar: Calendar, people: People, rates: Rates, deals: list[Deal]) -> list[Call]:
    """Commit and best case of every rep and manager on every Monday, from what stood in the CRM the evening before."""
    monday = calendar.start + (7 - weekday(calendar.start)) % 7
    weeks = (calendar.until - monday) // 7 + 1
    ends = [quarter_end(monday + 7 * week) for week in range(weeks)]
    sums: dict[str, dict[tuple[str, int], float]] = {"won": defaultdict(float), COMMIT: defaultdict(float)}
    sums[BEST_CASE] = defaultdict(float)
    for deal in deals:
        days = [c.instant // DAY_SECONDS for c in deal.changes] + [calendar.until]
        for place, change in enumerate(deal.changes):
            if change.stage == WON:
                label, until = "won", quarter_end(days[place])
            elif change.category in (COMMIT, BEST_CASE):
                label, until = change.category, days[place + 1]
            else:
                continue
            usd = (change.amount or 0) / rates.on(deal.account.currency, days[place])
            first = max(0, (days[place] - monday) // 7 + 1)
            for week in range(first, min(weeks, (until - monday) // 7 + 1)):
                if label == "won" or change.close <= ends[week]:
                    sums[label][change.owner.key, week] += usd
    bias = {user.key: rng.uniform(0.7, 1.05) for user in people.reps}
    hope = {user.key: rng.uniform(0.3, 0.8) for user in people.reps}
    calls = []
    for week in range(weeks):
        day = monday + 7 * week
        teams: dict[str, list[float]] = {team: [0.0, 0.0] for team in people.managers}
        rows: list[tuple[User, float, float]] = []
        for user in people.reps:
            if user.hired > day:
                continue
            cell = user.key, week
            commit = sums["won"][cell] + bias[user.key] * sums[COMMIT][cell]
            best = commit + hope[user.key] * (sums[BEST_CASE][cell] + 0.3 * sums[COMMIT][cell])
            rows.append((user, commit, best))
            total = teams[user.team_on(day)]
            total[0], total[1] = total[0] + commit, total[1] + best
        rows += [(manager, teams[team][0] * 0.97, teams[team][1] * 0.9) for team, manager in people.managers.items()]
        for user, commit, best in rows:
            for category, amount in ((COMMIT, commit), (BEST_CASE, max(commit, best))):
                calls.append(Call(user, day, quarter_name(day), category, round(amount / 100) * 100))
    return calls
