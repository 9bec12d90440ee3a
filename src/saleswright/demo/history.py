"""The life of one deal: stages, amounts, pushed close dates, forecast categories, owners and next steps."""

from datetime import date
from random import Random

from .assumptions import (
    BEST_CASE,
    CLOSED,
    COMMIT,
    DISCOVERY,
    LOST,
    NEGOTIATION,
    OMITTED,
    OWNER_CHANGE_SHARE,
    PIPELINE,
    PROPOSAL,
    PROSPECTING,
    QUALIFICATION,
    SEGMENTS,
    SLIP_SHARE,
    WON,
)
from .dates import DAY_SECONDS, Calendar, add_months, quarter_end, weekday, working_day
from .deals import Change, Deal
from .people import People, User
from .pricing import Rates, quote, target

PATH = (QUALIFICATION, DISCOVERY, PROPOSAL, NEGOTIATION)
# When a stage is reached, as a share of the time from qualified to decided, for wins and for losses by last stage.
REACHED = ((0.0,), (0.0, 0.35), (0.0, 0.25, 0.55), (0.0, 0.2, 0.45, 0.72))
NEXT_STEPS = {
    PROSPECTING: ("Research the account", "Call back after intro mail", "Find the budget holder"),
    QUALIFICATION: ("Book discovery call", "Confirm budget and timing", "Send agenda"),
    DISCOVERY: ("Demo to the team", "Map the buying process", "Meet the technical lead"),
    PROPOSAL: ("Send proposal", "Walk through pricing", "Answer security review"),
    NEGOTIATION: ("Legal review", "Agree terms with procurement", "Get signature"),
}
MISSING_NEXT_STEP = 0.07
MISSING_AMOUNT = 0.03
BUSINESS_DAY = (14 * 3600, 6 * 3600)  # from 14:00 UTC for six hours: one and the same date from California to Berlin


class Draft:
    """The changes of one deal by day, before they are played back into snapshots."""

    def __init__(self) -> None:
        self.stage: dict[int, str] = {}
        self.amount: dict[int, int | None] = {}
        self.close: dict[int, int] = {}
        self.category: dict[int, str] = {}
        self.owner: dict[int, User] = {}
        self.step: dict[int, str] = {}


def live(rng: Random, calendar: Calendar, people: People, rates: Rates, deal: Deal) -> None:
    """Write the changes of a deal up to `until`, and its line items if it was ever quoted."""
    draft = Draft()
    _stages(rng, deal, draft)
    _closes(rng, calendar, deal, draft)
    _amounts(rng, calendar, rates, deal, draft)
    last_open = min(deal.decided - 1, calendar.until)
    draft.owner[deal.created] = deal.first_owner
    if rng.random() < OWNER_CHANGE_SHARE and not deal.zombie and last_open > deal.created + 3:
        day = working_day(rng.randrange(deal.created + 1, last_open))
        if day <= last_open:
            draft.owner[day] = people.draw_owner(rng, day, deal.first_owner.team_on(day))
    if deal.decided <= calendar.until:
        draft.stage[deal.decided] = deal.fate
        draft.category[deal.decided] = CLOSED if deal.fate == WON else OMITTED
        draft.close[deal.decided] = deal.decided
        draft.step[deal.decided] = ""
    _play(rng, calendar, people, deal, draft)


def _stages(rng: Random, deal: Deal, draft: Draft) -> None:
    """Stages with their forecast category and next step."""
    reached: list[tuple[int, str]] = []
    if deal.qualified > deal.created:
        reached.append((deal.created, PROSPECTING))
    if not deal.disqualified:
        wins = deal.fate == WON or (not deal.fate and deal.leaning)
        depth = 3 if wins else rng.choices((0, 1, 2, 3), (22, 30, 28, 20))[0]
        if deal.dark or deal.zombie:
            depth = rng.randrange(3)
        span = 60 if deal.zombie else deal.decided - deal.qualified
        if deal.dark:
            span = round(span * 0.3)
        for place, share in enumerate(REACHED[depth]):
            wander = rng.uniform(-0.07, 0.07) if place else 0.0
            day = working_day(deal.qualified + round(span * (share + wander)))
            if day < deal.decided and (not reached or day > reached[-1][0]):
                reached.append((day, PATH[place]))
        if depth > 1 and not deal.zombie and len(reached) > 2 and rng.random() < 0.03:
            day = working_day(reached[-1][0] + 1 + round(span * 0.1))
            if day < deal.decided:
                reached.append((day, reached[-2][1]))
    for day, stage in reached:
        draft.stage[day] = stage
        draft.step[day] = "" if rng.random() < MISSING_NEXT_STEP else rng.choice(NEXT_STEPS[stage])
        chance = rng.random()
        if stage in (PROSPECTING, QUALIFICATION):
            category = PIPELINE
        elif stage == NEGOTIATION:
            category = COMMIT if chance < 0.65 else BEST_CASE
        else:
            category = BEST_CASE if chance < (0.2 if stage == DISCOVERY else 0.75) else PIPELINE
        draft.category[day] = PIPELINE if deal.zombie else category


def _category_on(draft: Draft, day: int) -> str:
    known = [d for d in draft.category if d <= day]
    return draft.category[max(known)] if known else PIPELINE


def _promise(rng: Random, day: int) -> int:
    """A close date as reps set it: often the end of a month."""
    if rng.random() < 0.35:
        day = add_months(date.fromordinal(day).replace(day=1), 1).toordinal() - 1
    return day - max(0, weekday(day) - 4)


def _closes(rng: Random, calendar: Calendar, deal: Deal, draft: Draft) -> None:
    """The promised close date, and every push once it comes near."""
    hoped = SEGMENTS[deal.segment].cycle * rng.uniform(0.6, 1.25)
    day = deal.created
    close = draft.close[day] = max(_promise(rng, round(day + hoped)), day + 2)
    horizon = min(deal.decided, calendar.until + 1)
    if deal.zombie:
        horizon = deal.created + 80
    while close < horizon:
        wait = rng.randrange(20, 60) if deal.dark else rng.randrange(-7, 6)
        noticed = working_day(max(day + 1, close + wait))
        end = quarter_end(close)
        if day < end < horizon - 1 and _category_on(draft, end) == COMMIT:
            if rng.random() < SLIP_SHARE:
                noticed = working_day(end + rng.randrange(1, 6))
            elif end < noticed:
                noticed = close - rng.randrange(1, 5)
                noticed = max(day + 1, noticed - max(0, weekday(noticed) - 4))
        if noticed >= horizon:
            return
        day = noticed
        guess = round(deal.decided + rng.uniform(-10, 20)) if rng.random() < 0.4 and deal.decided < horizon + 90 else 0
        close = max(_promise(rng, max(guess, close + rng.randrange(10, 46))), day + 3)
        draft.close[day] = close


def _amounts(rng: Random, calendar: Calendar, rates: Rates, deal: Deal, draft: Draft) -> None:
    """A first estimate, the quote at the proposal, and what was signed."""
    worth = target(rng, deal, rates)
    estimate = max(1, round(worth * rng.uniform(0.7, 1.4) / 100)) * 100
    quoted = next((day for day, stage in draft.stage.items() if stage == PROPOSAL and day <= calendar.until), 0)
    decided = deal.decided <= calendar.until
    draft.amount[deal.created] = estimate
    if not quoted and not (decided and deal.fate == WON):
        if not decided and rng.random() < MISSING_AMOUNT:
            draft.amount[deal.created] = None
        return
    deal.lines = quote(rng, deal, worth, rates.on(deal.account.currency, deal.created))
    amount = sum(quantity * unit for _, quantity, unit in deal.lines)
    haggled = decided and deal.fate == WON and rng.random() < 0.35
    if quoted:
        draft.amount[quoted] = round(amount * rng.uniform(1.03, 1.2)) if haggled else amount
    if decided and deal.fate != LOST:
        draft.amount[deal.decided] = amount


def _play(rng: Random, calendar: Calendar, people: People, deal: Deal, draft: Draft) -> None:
    """Turn the changes of each day into one saved snapshot."""
    days = sorted({*draft.stage, *draft.amount, *draft.close, *draft.category, *draft.owner, *draft.step})
    stage, category, step, close = "", PIPELINE, "", 0
    amount: int | None = None
    owner = deal.first_owner
    changes = deal.changes
    for day in days:
        if day > calendar.until:
            break
        stage = draft.stage.get(day, stage)
        amount = draft.amount.get(day, amount)
        close = draft.close.get(day, close)
        category = draft.category.get(day, category)
        step = draft.step.get(day, step)
        by = owner = draft.owner.get(day, owner)
        if day in draft.owner and day > deal.created:
            by = people.managers[owner.team_on(day)]
        instant = day * DAY_SECONDS + BUSINESS_DAY[0] + int(rng.random() * BUSINESS_DAY[1])
        changes.append(Change(instant, stage, amount, close, category, owner, step, by))
