"""The lists kept beside the CRM: quotas, plan, forecast calls, spend and subscriptions."""

from .dates import ISO, Calendar
from .placement import Contract
from .rows import Rows
from .world import World


def _month(day: int) -> str:
    return ISO[day][:7]


def quotas(world: World) -> Rows:
    """Monthly quotas of the reps."""
    return ((q.user.name, q.user.key, _month(q.month), f"{q.amount}.00", q.currency) for q in world.quotas)


def plan(world: World) -> Rows:
    """The company's plan."""
    for p in world.plan:
        yield _month(p.month), f"{p.new_business}.00", f"{p.expansion}.00", f"{p.renewal}.00", "USD"


def forecast_calls(world: World) -> Rows:
    """Weekly calls."""
    for c in world.calls:
        yield c.user.key, ISO[c.day], c.period, c.category, f"{c.amount}.00", "USD"


def spend(world: World) -> Rows:
    """Marketing spend by channel."""
    return ((_month(s.month), s.channel, f"{s.amount}.00", "USD") for s in world.spend)


def _status(contract: Contract, calendar: Calendar) -> str:
    if contract.end > calendar.until:
        return "active"
    if contract.cancelled:
        return "cancelled"
    return "renewed" if contract.renewed else "ended"


def subscriptions(world: World) -> Rows:
    """One subscription for each product of a won recurring deal."""
    number = 0
    for contract in world.contracts:
        deal, status = contract.deal, _status(contract, world.calendar)
        for product, quantity, unit in deal.lines:
            number += 1
            cents = round(quantity * unit * 100 / 12)
            yield (
                f"SUB-{number:05}", deal.account.key, deal.key, world.products[product].key, ISO[contract.start],
                ISO[contract.end], f"{cents // 100}.{cents % 100:02}", deal.account.currency, status,
            )  # fmt: skip
