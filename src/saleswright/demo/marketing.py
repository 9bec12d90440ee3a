"""Campaigns and what they cost, the leads they brought, the people they touched."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from .accounts import Account
from .assumptions import CHANNELS, DUPLICATE_LEADS, NEW, TEAMS
from .dates import Calendar, working_day
from .deals import SOURCE_WEIGHTS, SOURCES, Deal
from .keys import keys
from .names import FIRST_NAMES, FORMS, INDUSTRIES, LAST_NAMES, company_words
from .people import People, User
from .planted import Planted

TYPE = {
    "Paid Search": "Advertisement", "Events": "Conference", "Webinars": "Webinar", "Content": "Content",
    "Partner": "Partners", "Outbound": "Email",
}  # fmt: skip
COST = {
    "Paid Search": 42_000, "Events": 65_000, "Webinars": 14_000, "Content": 18_000, "Partner": 22_000,
    "Outbound": 9_000,
}  # fmt: skip
LEAD_SHARE = 0.5  # of new business that began as a lead
OTHER_LEADS = 250  # a month, never converted


@dataclass(frozen=True)
class Campaign:
    """One campaign: a channel in a month."""

    key: str
    name: str
    channel: str
    start: int
    end: int
    budget: int
    actual: int


@dataclass(slots=True)
class Lead:
    """A lead; `converted` is 0 for one that never was."""

    key: str
    first: str
    last: str
    company: str
    email: str
    status: str
    source: str
    owner: User
    created: int
    converted: int = 0
    deal: Deal | None = None
    contact: str = ""


class Member(NamedTuple):
    """A touch: a lead or a contact met a campaign."""

    key: str
    campaign: str
    lead: str
    contact: str
    status: str
    created: int


class Spend(NamedTuple):
    """Money spent on a channel in a month, in USD."""

    month: int
    channel: str
    amount: int


class _Touches:
    """Collects campaign members, no person twice in one campaign."""

    def __init__(self, rng: Random, calendar: Calendar, campaigns: list[Campaign]) -> None:
        self.rng, self.calendar = rng, calendar
        self.by_month = {(c.channel, calendar.month_of(c.start)): c for c in campaigns}
        self.ids, self.members = keys("00v", 900), list[Member]()
        self.seen: set[tuple[str, str]] = set()

    def add(self, channel: str, day: int, lead: str = "", contact: str = "") -> str:
        campaign = self.by_month.get((channel, self.calendar.month_of(day)))
        if campaign is None or day > self.calendar.until or (campaign.key, lead or contact) in self.seen:
            return ""
        self.seen.add((campaign.key, lead or contact))
        status = "Responded" if lead else self.rng.choice(("Sent", "Sent", "Responded", "Attended"))
        self.members.append(Member(next(self.ids), campaign.key, lead, contact, status, day))
        return campaign.key


def advertise(
    rng: Random, calendar: Calendar, people: People, accounts: list[Account], deals: list[Deal], planted: Planted
) -> tuple[list[Campaign], list[Lead], list[Member], list[Spend]]:
    """Run the campaigns, convert leads into the new business deals, touch the people of others."""
    campaigns, spend = _campaigns(rng, calendar)
    touches = _Touches(rng, calendar, campaigns)
    leads = _converted(rng, touches, deals) + _others(rng, calendar, people, accounts)
    leads.sort(key=lambda lead: (lead.created, lead.email))
    ids = keys("00Q", 700)
    for lead in leads:
        lead.key = next(ids)
        campaign = touches.add(lead.source, lead.created, lead=lead.key)
        if lead.deal:
            lead.deal.campaign = campaign
    leads += _duplicates(rng, calendar, leads, planted)
    return campaigns, leads, touches.members, spend


def _campaigns(rng: Random, calendar: Calendar) -> tuple[list[Campaign], list[Spend]]:
    ids = keys("701")
    campaigns, spend = [], []
    for month in range(1, calendar.months + 1):
        start, end = calendar.month_start(month), calendar.month_start(month + 1) - 1
        label = date.fromordinal(start).strftime("%Y-%m")
        for channel in CHANNELS:
            budget = round(COST[channel] * rng.uniform(0.8, 1.2) / 100) * 100
            actual = round(budget * rng.uniform(0.85, 1.15))
            campaigns.append(Campaign(next(ids), f"{channel} {label}", channel, start, end, budget, actual))
            spend.append(Spend(start, channel, round(actual * rng.uniform(1.05, 1.25))))
    return campaigns, spend


def _converted(rng: Random, touches: _Touches, deals: list[Deal]) -> list[Lead]:
    leads = []
    for deal in deals:
        if deal.kind != NEW or deal.zombie or not deal.people:
            continue
        if rng.random() < LEAD_SHARE:
            person, company = deal.people[0], deal.account.name
            created = working_day(deal.created - rng.randrange(3, 30)) - 2
            lead = Lead(
                "", person.first, person.last, company, person.email, "Converted", deal.source, deal.first_owner,
                created, deal.created, deal, person.key,
            )  # fmt: skip
            leads.append(lead)
        for person in deal.people:
            if rng.random() < 0.45:
                touches.add(rng.choice(CHANNELS), deal.created - 60 + rng.randrange(120), contact=person.key)
    return leads


def _others(rng: Random, calendar: Calendar, people: People, accounts: list[Account]) -> list[Lead]:
    taken = {account.domain for account in accounts}
    words = [word for word in company_words(rng) if f"{word.lower()}.example" not in taken]
    trades = [trade for group in INDUSTRIES.values() for trade in group]
    leads = []
    for _ in range(OTHER_LEADS * calendar.months):
        word = rng.choice(words)
        created = working_day(rng.randrange(calendar.start, calendar.until))
        first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
        company = f"{word} {rng.choice(trades)} {rng.choice(FORMS)}".rstrip()
        email = f"{first}.{last}@{word}.example".lower() if rng.random() < 0.96 else ""
        old = calendar.until - created > 30
        status = rng.choice(("Unqualified", "Unqualified", "Nurturing", "Working") if old else ("New", "Working"))
        source = rng.choices(SOURCES, cum_weights=SOURCE_WEIGHTS)[0]
        owner = people.draw_owner(rng, created, rng.choice(list(TEAMS)))
        leads.append(Lead("", first, last, company, email, status, source, owner, min(created, calendar.until)))
    return leads


def _duplicates(rng: Random, calendar: Calendar, leads: list[Lead], planted: Planted) -> list[Lead]:
    """The same person in again: the mail in capitals, or a private one under the same name and company."""
    ids = keys("00Q", 90_000)
    fresh = [lead for lead in leads if lead.email and not lead.converted and lead.created < calendar.until - 20]
    copies = []
    for lead in rng.sample(fresh, min(DUPLICATE_LEADS, len(fresh))):
        email = lead.email.upper() if rng.random() < 0.6 else lead.email.replace(".", "", 1)
        company = rng.choice((lead.company, lead.company.upper(), lead.company.split()[0]))
        created = min(working_day(lead.created + rng.randrange(1, 90)), calendar.until)
        copy = Lead(next(ids), lead.first, lead.last, company, email, "New", lead.source, lead.owner, created)
        planted.duplicate_leads.append((lead.key, copy.key))
        copies.append(copy)
    return copies
