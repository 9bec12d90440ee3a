"""Which account each deal belongs to: prospects for new business, customers for the rest, renewals of what ends."""

from bisect import bisect_left, insort
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import date
from random import Random

from .accounts import Account
from .assumptions import COMPETITORS, LOSS_REASONS, LOST, NEW, RENEWAL, SERVICES, WON
from .dates import Calendar, add_months, working_day
from .deals import Deal

EARLY_CANCEL = 0.04
RENEWAL_REACH = 45  # days between the end of a contract and the decision on its renewal


@dataclass(slots=True)
class Contract:
    """What a won recurring deal sold, until when."""

    deal: Deal
    start: int
    end: int
    cancelled: bool
    renewed: bool = False


def _months_later(day: int, months: int) -> int:
    d = date.fromordinal(day)
    return add_months(d.replace(day=1), months).toordinal() + min(d.day, 28) - 1


class _Cell:
    """The accounts of one segment and region: who may be sold to, who is a customer, whose contract ends when."""

    def __init__(self, rng: Random, accounts: list[Account]) -> None:
        self.customers = [a for a in accounts if a.customer]
        prospects = [a for a in accounts if not a.customer]
        rng.shuffle(prospects)
        self.prospects = deque(prospects or accounts)
        self.joined: list[tuple[int, int, Account]] = []
        self.ends: list[tuple[int, int, Contract]] = []

    def prospect(self, deal: Deal) -> Account:
        account = self.prospects.popleft()
        if deal.fate != WON or not self.prospects:
            self.prospects.append(account)
        else:
            insort(self.joined, (deal.decided, len(self.joined), account))
        return account

    def customer(self, rng: Random, deal: Deal) -> Account:
        known = bisect_left(self.joined, (deal.created,))
        place = rng.randrange(len(self.customers) + known) if self.customers or known else 0
        if place < known:
            return self.joined[place][2]
        return self.customers[place - known] if self.customers else self.prospects[0]

    def ending(self, deal: Deal) -> Contract | None:
        place = bisect_left(self.ends, (deal.decided - RENEWAL_REACH,))
        if place < len(self.ends) and self.ends[place][0] <= deal.decided + RENEWAL_REACH:
            return self.ends.pop(place)[2]
        return None


def place(rng: Random, calendar: Calendar, deals: list[Deal], accounts: list[Account]) -> list[Contract]:
    """Give every deal its account, and return the contracts of the won recurring ones."""
    grouped: dict[tuple[str, str], list[Account]] = defaultdict(list)
    for account in accounts:
        grouped[account.segment, account.region].append(account)
    cells = {key: _Cell(rng, members) for key, members in grouped.items()}
    contracts: list[Contract] = []
    for deal in deals:
        cell = cells[deal.segment, deal.region]
        renews = cell.ending(deal) if deal.kind == RENEWAL else None
        if renews:
            deal.account, deal.renews = renews.deal.account, renews.end
            renews.renewed = deal.fate == WON
        else:
            deal.account = cell.prospect(deal) if deal.kind == NEW else cell.customer(rng, deal)
        _detail(rng, calendar, deal)
        if deal.fate == WON and deal.kind != SERVICES:
            start = max(deal.renews, deal.decided)
            contract = Contract(deal, start, _months_later(start, deal.term), rng.random() < EARLY_CANCEL)
            if contract.cancelled:
                contract.end = start + rng.randrange(60, 300)
            else:
                insort(cell.ends, (contract.end, len(contracts), contract))
            contracts.append(contract)
        if deal.account.created > deal.created:
            deal.account.created = working_day(deal.created - rng.randrange(3, 40)) - 7
    return contracts


def _detail(rng: Random, calendar: Calendar, deal: Deal) -> None:
    if deal.kind != SERVICES:
        deal.term = rng.choices((12, 24, 36), (70, 18, 12))[0]
    if deal.kind == NEW and deal.qualified <= calendar.until and rng.random() < 0.35:
        deal.competitor = rng.choice(COMPETITORS)
    if deal.fate == LOST:
        reasons = LOSS_REASONS if deal.competitor else [r for r in LOSS_REASONS if r != "Competitor"]
        deal.loss_reason = "No decision" if deal.dark else "" if rng.random() < 0.07 else rng.choice(reasons)
