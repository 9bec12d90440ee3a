"""The price list, dated conversion rates, and the line items of a quote."""

from dataclasses import dataclass
from datetime import date
from math import exp
from random import Random

from .assumptions import KIND_AMOUNT, MONTHS_BEFORE, SEGMENTS, SERVICES
from .dates import Calendar
from .deals import Deal
from .keys import keys

FIRST_RATE = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79}
AMOUNT_SPREAD = 0.55


@dataclass(frozen=True)
class Product:
    """A product of the price list, priced in USD."""

    key: str
    name: str
    family: str
    price: int


PRICE_LIST = (
    ("Platform Core", "Platform", 60), ("Platform Plus", "Platform", 110), ("Platform Scale", "Platform", 190),
    ("Insights", "Add-on", 25), ("Connect", "Add-on", 15), ("Guard", "Add-on", 35),
    ("Onboarding", "Services", 180), ("Training", "Services", 120),
)  # fmt: skip


def price_list() -> list[Product]:
    """Eight products in three families."""
    ids = keys("01t")
    return [Product(next(ids), *row) for row in PRICE_LIST]


@dataclass
class Rates:
    """Units of each currency for one USD, by month (numbered from before the window on)."""

    calendar: Calendar
    table: dict[str, dict[int, float]]

    def on(self, currency: str, day: int) -> float:
        """The rate of the month that holds the day."""
        if currency == "USD":
            return 1.0
        months = self.table[currency]
        return months[max(min(self.calendar.month_of(day), self.calendar.months), min(months))]


def draw_rates(rng: Random, calendar: Calendar) -> Rates:
    """A quiet random walk for each currency."""
    table: dict[str, dict[int, float]] = {}
    for currency, first in FIRST_RATE.items():
        rate = first
        table[currency] = {}
        for month in range(-MONTHS_BEFORE, calendar.months + 1):
            table[currency][month] = round(rate, 6)
            if currency != "USD":
                rate *= 1 + rng.uniform(-0.016, 0.016) + 0.05 * (first / rate - 1)
    return Rates(calendar, table)


def target(rng: Random, deal: Deal, rates: Rates) -> int:
    """What the deal is worth in its own currency, in whole units."""
    typical = SEGMENTS[deal.segment].amount * KIND_AMOUNT[deal.kind]
    usd = typical * exp(rng.normalvariate(0.0, AMOUNT_SPREAD))
    # Whole tens keep the last bit of exp(), which differs between machines, out of the files.
    return max(10, round(usd * rates.on(deal.account.currency, deal.created) / 10)) * 10


def quote(rng: Random, deal: Deal, worth: int, rate: float) -> list[tuple[int, int, int]]:
    """Line items (product, quantity, unit price) that come near a worth; their total is the amount."""
    if deal.kind == SERVICES:
        picks = [6, 7] if rng.random() < 0.4 else [rng.choice((6, 7))]
    else:
        picks = [rng.randrange(3), *rng.sample((3, 4, 5), rng.choices((0, 1, 2), (50, 35, 15))[0])]
    lines = []
    share = worth / (len(picks) + 1)
    for place, product in enumerate(picks):
        part = 2 * share if place == 0 else share
        unit = max(1, round(PRICE_LIST[product][2] * rate * rng.choice((1.0, 0.95, 0.9, 0.85, 0.8))))
        lines.append((product, max(1, round(part / unit)), unit))
    return lines


def month_date(calendar: Calendar, month: int) -> date:
    """The first day of a numbered month."""
    return date.fromordinal(calendar.month_start(month))
