"""Companies the demo sells to, the people in them, and the duplicates somebody typed."""

from dataclasses import dataclass, field
from random import Random

from .assumptions import DUPLICATE_ACCOUNTS, SEGMENTS, TEAMS
from .dates import Calendar, working_day
from .keys import keys
from .names import FIRST_NAMES, FORMS, INDUSTRIES, LAST_NAMES, company_words, variant
from .people import People, User
from .planted import Planted

COUNT = {"Enterprise": 850, "Mid-market": 1_350, "Small business": 1_800}
CUSTOMER_SHARE = 0.2  # of the accounts, customers already before the window
EUROPE = ("United Kingdom", "Germany", "France", "Netherlands", "Spain", "Ireland")
PACIFIC = ("Australia", "Singapore", "Japan", "India", "New Zealand")
CURRENCY = {"United Kingdom": "GBP"} | dict.fromkeys(EUROPE[1:], "EUR")
TITLES = (
    "Chief Financial Officer", "VP Operations", "Head of Sales", "IT Director", "Procurement Lead", "RevOps Analyst",
    "Chief Information Officer", "Operations Manager",
)  # fmt: skip


@dataclass(slots=True)
class Account:
    """A company; `created` is settled once its first deal is known."""

    key: str
    name: str
    form: str
    domain: str
    industry: str
    country: str
    segment: str
    region: str
    employees: int
    revenue: int
    owner: User
    created: int
    customer: bool = False
    parent: str = ""
    contacts: list["Contact"] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """What its deals are priced in."""
        return CURRENCY.get(self.country, "USD")


@dataclass(slots=True)
class Contact:
    """A person at an account."""

    key: str
    account: Account
    first: str
    last: str
    email: str
    phone: str
    title: str


def _country(rng: Random, region: str) -> str:
    if region == "Team EMEA":
        return rng.choices(EUROPE, (40, 20, 15, 10, 10, 5))[0]
    if region == "Team APAC":
        return rng.choice(PACIFIC)
    return rng.choices(("United States", "Canada"), (9, 1))[0]


def draw_accounts(rng: Random, calendar: Calendar, people: People) -> list[Account]:
    """The companies of every segment and region, in no particular order of creation yet."""
    ids, words = keys("001", 300), company_words(rng)
    industries, teams, sizes = list(INDUSTRIES), list(TEAMS), list(TEAMS.values())
    accounts: list[Account] = []
    for segment, count in COUNT.items():
        low, high = SEGMENTS[segment].employees
        last: dict[str, Account] = {}
        for _ in range(count):
            region = rng.choices(teams, sizes)[0]
            industry, form, word = rng.choice(industries), rng.choice(FORMS), next(words)
            name = f"{word} {rng.choice(INDUSTRIES[industry])} {form}".rstrip()
            employees = int(low + (high - low) * rng.random() ** 2)
            customer = rng.random() < CUSTOMER_SHARE
            created = calendar.start - rng.randrange(300, 700) if customer else calendar.until - rng.randrange(700)
            revenue = employees * rng.randrange(90, 260) * 1_000
            owner = people.draw_owner(rng, calendar.start, region)
            account = Account(
                next(ids), name, form, f"{word.lower()}.example", industry, _country(rng, region), segment, region,
                employees, revenue, owner, working_day(created - 5), customer,
            )  # fmt: skip
            if segment == "Enterprise" and region in last and rng.random() < 0.06:
                account.parent = last[region].key
            last.setdefault(region, account)
            accounts.append(account)
    return accounts


def duplicate_accounts(
    rng: Random, calendar: Calendar, people: People, accounts: list[Account], planted: Planted
) -> list[Account]:
    """A second record of some companies, under a variant of the name and another owner."""
    ids = keys("001", 60_000)
    copies = []
    for original in rng.sample(accounts, DUPLICATE_ACCOUNTS):
        owner = people.draw_owner(rng, calendar.start, original.region)
        created = min(calendar.until - 3, original.created + rng.randrange(10, 200))
        name = variant(rng, original.name, original.form)
        domain = rng.choice((original.domain, "www." + original.domain, ""))
        copy = Account(
            next(ids), name, "", domain, original.industry, original.country, original.segment, original.region,
            original.employees, original.revenue, owner, working_day(created), original.customer,
        )  # fmt: skip
        copies.append(copy)
        planted.duplicate_accounts.append((original.key, copy.key))
    return copies


def draw_contacts(rng: Random, accounts: list[Account]) -> list[Contact]:
    """One to four people at every account."""
    ids = keys("003", 500)
    contacts = []
    choice, chance = rng.choice, rng.random
    for account in accounts:
        domain = account.domain.removeprefix("www.") or account.name.split()[0].lower() + ".example"
        for number in range(1 + int(chance() * (4 if account.segment == "Enterprise" else 2.6))):
            first, last = choice(FIRST_NAMES), choice(LAST_NAMES)
            email = f"{first}.{last}{number or ''}@{domain}".lower()
            phone = f"+1 555 01{int(chance() * 100):02}" if chance() < 0.8 else ""
            contact = Contact(next(ids), account, first, last, email, phone, choice(TITLES))
            account.contacts.append(contact)
            contacts.append(contact)
    return contacts
