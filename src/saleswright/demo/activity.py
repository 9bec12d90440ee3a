"""Calls, mails and meetings on deals and leads; deals gone dark and zombies stay silent."""

from random import Random
from typing import NamedTuple

from .assumptions import SEGMENTS, WON
from .dates import DAY_SECONDS, Calendar, working_day
from .deals import Deal
from .history import BUSINESS_DAY
from .keys import keys
from .marketing import Lead

TASKS = (("Call", 34), ("Email", 46), ("Demo", 4), ("Meeting", 16))
MINUTES = {"Call": (5, 10, 15, 20, 30), "Meeting": (30, 45, 60), "Demo": (45, 60, 90), "Email": (0,)}
TOPICS = ("next step", "follow-up", "pricing", "requirements", "intro", "security", "contract", "timeline")
AUTOMATED_SHARE = 0.35  # of the mails
ZOMBIE_LAST = 70


class Activity(NamedTuple):
    """A task or an event; `created` is an instant, `day` the day it took place or is due."""

    key: str
    event: bool
    who: str
    what: str
    owner: str
    type: str
    subject: str
    status: str
    day: int
    minutes: int
    automated: bool
    created: int


def _instant(rng: Random, day: int) -> int:
    return day * DAY_SECONDS + BUSINESS_DAY[0] + int(rng.random() * BUSINESS_DAY[1])


def act(rng: Random, calendar: Calendar, deals: list[Deal], leads: list[Lead]) -> list[Activity]:
    """Every activity up to `until`, and the last one noted on its deal."""
    tasks, events = keys("00T", 2_000), keys("00U", 2_000)
    chance = rng.random
    mix = [name for name, weight in TASKS for _ in range(weight)]
    activities: list[Activity] = []
    for deal in deals:
        day = float(deal.created)
        pace = SEGMENTS[deal.segment].follow_up * (0.85 if deal.fate == WON else 1.0)
        step = 0.4 * pace  # the first touch comes soon
        end = min(deal.decided, calendar.until)
        if deal.dark:
            end = min(end, deal.created + round((deal.decided - deal.created) * 0.3))
        if deal.zombie:
            end = deal.created + ZOMBIE_LAST
        while True:
            day += 1 + step * chance()
            step = 2 * pace
            held = working_day(int(day))
            if held > end:
                break
            kind = mix[int(chance() * 100)]
            event = kind in ("Meeting", "Demo")
            who = deal.people[int(chance() * len(deal.people))].key if deal.people else ""
            minutes = MINUTES[kind][int(chance() * len(MINUTES[kind]))]
            automated = kind == "Email" and chance() < AUTOMATED_SHARE
            subject = f"{kind}: {TOPICS[int(chance() * len(TOPICS))]}"
            status = "Held" if event else "Completed"
            key = next(events if event else tasks)
            owner = next(c.owner for c in reversed(deal.changes) if c.instant // DAY_SECONDS <= held).key
            instant = _instant(rng, held)
            activities.append(
                Activity(key, event, who, deal.key, owner, kind, subject, status, held, minutes, automated, instant)
            )
            deal.last_activity = held
        if deal.decided > calendar.until and not (deal.dark or deal.zombie) and chance() < 0.25:
            due = working_day(calendar.until + 1 + int(chance() * 12))
            planned = max(deal.created, calendar.until - 2)
            activities.append(
                Activity(
                    next(tasks), False, "", deal.key, deal.now.owner.key, "Call", "Call: next step", "Not Started",
                    due, 0, False, max(deal.changes[0].instant, _instant(rng, planned)),
                )
            )  # fmt: skip
    for lead in leads:
        if chance() < 0.75:
            last = min(lead.converted or calendar.until, calendar.until)
            held = min(working_day(lead.created + int(chance() * 6)), last)
            kind = "Call" if chance() < 0.5 else "Email"
            automated = kind == "Email" and chance() < AUTOMATED_SHARE
            activities.append(
                Activity(
                    next(tasks), False, lead.key, "", lead.owner.key, kind, f"{kind}: intro", "Completed",
                    held, 0, automated, _instant(rng, held),
                )
            )  # fmt: skip
    return activities
