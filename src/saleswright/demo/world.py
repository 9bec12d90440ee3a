"""The demo company as one value, drawn from a seed and the day it ends."""

from dataclasses import dataclass
from datetime import date
from random import Random

from .accounts import Account, Contact, draw_accounts, draw_contacts, duplicate_accounts
from .activity import Activity, act
from .assumptions import ENTERPRISE, MID_MARKET, SMALL_BUSINESS
from .dates import Calendar
from .deals import Deal, draw_deals, draw_zombies
from .history import live
from .keys import keys
from .marketing import Campaign, Lead, Member, Spend, advertise
from .outcomes import settle
from .people import People, hire
from .placement import Contract, place
from .planning import Call, Plan, Quota, call_forecasts, set_targets, share_out
from .planted import Planted
from .pricing import Product, Rates, draw_rates, price_list
from .slips import slipped


@dataclass
class World:
    """Everything the demo company's systems hold on the day `until`."""

    calendar: Calendar
    people: People
    accounts: list[Account]
    contacts: list[Contact]
    products: list[Product]
    rates: Rates
    deals: list[Deal]
    contracts: list[Contract]
    campaigns: list[Campaign]
    leads: list[Lead]
    members: list[Member]
    spend: list[Spend]
    activities: list[Activity]
    splits: list[tuple[Deal, str, int]]
    quotas: list[Quota]
    plan: list[Plan]
    calls: list[Call]
    planted: Planted


def build(seed: int, until: date, months: int = 24) -> World:
    """Draw the company: the same seed and day always give the same one."""
    if months < 3:
        raise ValueError(f"months is {months}; the demo needs at least 3, one whole quarter")
    calendar, planted = Calendar(until.toordinal(), months), Planted()

    # A stream of its own for each part, so that a change in one leaves the others as they were.
    def stream(name: str) -> Random:
        return Random(f"{seed}:{name}")

    people = hire(stream("people"), calendar)
    planted.moved = [(user.key, old, new) for user, old, new in people.moved]
    planted.moved_on = people.moved_on
    deals = draw_zombies(stream("zombies"), calendar, people) + draw_deals(stream("deals"), calendar, people)
    deals.sort(key=lambda deal: deal.created)
    settle(stream("outcomes"), calendar, deals, planted)
    accounts = draw_accounts(stream("accounts"), calendar, people)
    contracts = place(stream("placement"), calendar, deals, accounts)
    copies = duplicate_accounts(stream("duplicates"), calendar, people, accounts, planted)
    _misfile(stream("misfiled"), deals, copies, planted)
    accounts += copies
    contacts = draw_contacts(stream("contacts"), accounts)
    rates = draw_rates(stream("rates"), calendar)
    story, ids = stream("history"), keys("006", 4_000)
    for deal in deals:
        deal.key = next(ids)
        deal.name = f"{deal.account.name.strip()} - {deal.kind} {date.fromordinal(deal.created).year}"
        most = min(len(deal.account.contacts), {"Enterprise": 3, "Mid-market": 2}.get(deal.segment, 1))
        deal.people = deal.account.contacts[: story.randrange(most + 1) if most > 1 else most]
        live(story, calendar, people, rates, deal)
    campaigns, leads, members, spend = advertise(stream("marketing"), calendar, people, accounts, deals, planted)
    activities = act(stream("activity"), calendar, deals, leads)
    quotas, plan = set_targets(stream("targets"), calendar, people, rates, deals)
    calls = call_forecasts(stream("calls"), calendar, people, rates, deals)
    splits = share_out(stream("splits"), people, deals)
    planted.zombies = [deal.key for deal in deals if deal.zombie]
    planted.slipped_commits = slipped(calendar, deals)
    planted.new_deals = _new_deals(calendar, deals)
    return World(
        calendar, people, accounts, contacts, price_list(), rates, deals, contracts, campaigns, leads, members, spend,
        activities, splits, quotas, plan, calls, planted,
    )  # fmt: skip


def _misfile(rng: Random, deals: list[Deal], copies: list[Account], planted: Planted) -> None:
    """Some deals of a duplicated company sit under the copy."""
    by_key = {copy.key: copy for copy in copies}
    twin = {original: by_key[copy] for original, copy in planted.duplicate_accounts}
    for deal in deals:
        other = twin.get(deal.account.key)
        if other and other.created <= deal.created and rng.random() < 0.4:
            deal.account = other


def _new_deals(calendar: Calendar, deals: list[Deal]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = {}
    for deal in deals:
        month = calendar.month_of(deal.created)
        if month > 0 and not deal.zombie:
            row = counts.setdefault(month, {s.name: 0 for s in (ENTERPRISE, MID_MARKET, SMALL_BUSINESS)})
            row[deal.segment] += 1
    return counts
