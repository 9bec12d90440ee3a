"""What does a new customer cost, and what does a channel bring back? Formulas 2.4 and 7.4.

Fully loaded means that salaries and commissions are in the costs as well as media, tools and overhead. A record that has
media alone answers with what is missing, never with a low figure under the full one's name. New customers are accounts
with a first won deal, never deals. Nothing is divided by a cost of 0: a channel that costs nothing has no return.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, ask, part_of
from saleswright.measure.metrics.attribution.channels import credited
from saleswright.measure.metrics.attribution.share import Model
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import find
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.lifetime import MONTH
from saleswright.measure.metrics.retention import split_alike
from saleswright.measure.metrics.words import plural

MEDIA_ONLY = (
    "the costs are of media alone: no salary or commission is among them (spend.kind), so a full cost cannot be said; "
    "it comes from the sales and marketing ledger. cac_media counts what is here"
)


def _people(at: Snapshot) -> bool:
    """Is what people cost among the costs?"""
    told = at.reader.rows(
        "SELECT count(*) FROM spend WHERE lower(kind) LIKE 'salar%' OR lower(kind) LIKE 'commission%'"
    )
    return bool(told[0][0])


def cac(at: Snapshot, asked: Asked) -> Result:
    """Sales and marketing spend ÷ new customers of the same period. Null with what is missing where media is all."""
    told = _people(at)

    def formula(parts: dict[str, Figure], period: Period) -> tuple[Value, str]:
        spent, won = parts.values()
        return divided(spent, won, at.currency) if told else (None, MEDIA_ONLY)

    return split_alike(at, asked, formula)


def cac_lagged(at: Snapshot, asked: Asked) -> Result:
    """Spend of the period shifted back by the median sales cycle, in whole months, ÷ new customers of the period."""
    lag = lag_months(at)
    costs, customers = (part_of(at, replace(asked, by=()), name) for name in asked.metric.parts[:2])
    early = replace(costs, period=shifted(asked.period, lag)) if asked.period.bounded else costs
    spent, won = evaluate(at, early), evaluate(at, customers)
    value, reason = divided(spent.total, won.total, at.currency) if _people(at) else (None, MEDIA_ONLY)
    if not asked.period.bounded:
        value, reason = None, "a lag is between two periods: ask for one with a first and a last day"
    ref = reference(at, asked)
    figure = Figure(asked.metric.name, value, "money", asked.metric.label, won.total.n, reason=reason, ref=str(ref))
    note = f"Spend of {early.period}: {plural(lag, 'month')} before, as long as the middle sales cycle of the last 12 months."
    return Result(asked, ref, figure, won.sums, {}, {}, (), (note,), (spent.total, won.total))


def lag_months(at: Snapshot) -> int:
    """The median sales cycle of the last twelve months in whole months."""
    cycle = evaluate(at, ask(at, "sales_cycle", (), "last 12 months")).total.value
    return round(float(cycle) / MONTH) if isinstance(cycle, (int, float)) else 0


def shifted(period: Period, back: int) -> Period:
    """The period so many months earlier, its days kept where the month has them."""

    def move(day: date) -> date:
        years, month = divmod(day.month - 1 - back, 12)
        first = date(day.year + years, month + 1, 1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(day.day, last.day))

    return Period.between(move(period.start), move(period.end))


def cac_by_channel(at: Snapshot, asked: Asked) -> Result:
    """Per channel: its direct cost and its share of the shared one, by qualified deals, ÷ its new customers.

    Shared is what no channel is told of; deals of no channel take no share, so that the parts sum to all costs.
    """
    costs, customers, deals = (_by_channel(at, asked, name) for name in asked.metric.parts)
    weights = {key: figure.n or 0 for key, figure in deals.groups.items() if key[0]}
    shared = costs.groups.get(("",))
    pool = shared.value.minor if shared and isinstance(shared.value, Money) else 0
    every = sum(weights.values())
    ref = reference(at, asked)
    untold = "deal.channel is told by no export" if set(customers.groups) == {("",)} else ""
    groups: dict[tuple[str, ...], Figure] = {}
    for key in sorted({*costs.groups, *customers.groups} - {("",)}):
        own = costs.groups.get(key)
        direct = own.value.minor if own and isinstance(own.value, Money) else 0
        part = Fraction(pool * weights.get(key, 0), every) if every else Fraction(0)
        won = customers.groups.get(key)
        n = won.n or 0 if won else 0
        per: Value = Money(round((direct + part) / n), at.currency) if n else None
        reason = "" if n else untold or "nothing to divide by: no new customer came by it"
        text = str(ref.only((("channel", key[0]),)))
        groups[key] = Figure(asked.metric.name, per, "money", asked.metric.label, n, reason=reason, ref=text)
    value, reason = divided(costs.total, customers.total, at.currency)
    total = Figure(
        asked.metric.name, value, "money", asked.metric.label, customers.total.n, reason=reason, ref=str(ref)
    )
    named = asked if asked.by else replace(asked, by=(find(at, "channel", entity="spend"),))
    sums = {key: Sums(figure.n or 0) for key, figure in groups.items()}
    note = "Costs that no channel is told of are shared out by qualified deals." if pool else ""
    shown = (costs.total, customers.total, deals.total)
    labels: tuple[dict[str, str], ...] = ({},)
    return Result(named, ref, total, customers.sums, groups, sums, labels, (note,) if note else (), shown)


def _by_channel(at: Snapshot, asked: Asked, name: str) -> Result:
    part = part_of(at, replace(asked, by=()), name)
    return evaluate(at, replace(part, by=(find(at, "channel", entity=part.metric.entity),)))


def channel_roi(at: Snapshot, asked: Asked) -> Result:
    """(profit credited to a channel − its cost) ÷ its cost, credit shared alike among the touches of a deal."""
    return _returned(at, asked, "linear")


def channel_roi_first(at: Snapshot, asked: Asked) -> Result:
    """The same with all the credit at the first touch."""
    return _returned(at, asked, "first")


def channel_roi_last(at: Snapshot, asked: Asked) -> Result:
    """The same with all the credit at the last touch."""
    return _returned(at, asked, "last")


def _returned(at: Snapshot, asked: Asked, model: Model) -> Result:
    """Per channel; the whole is of all channels that cost something. Deals without a touch belong to none."""
    gained, costs = (part_of(at, replace(asked, by=()), name) for name in asked.metric.parts)
    whole = evaluate(at, gained)
    spent = evaluate(at, replace(costs, by=(find(at, "channel", entity="spend"),)))
    ref, label, name = reference(at, asked), asked.metric.label, asked.metric.name
    groups: dict[tuple[str, ...], Figure] = {}
    nothing = whole.total.value is None and not (whole.total.n and whole.sums.unconverted)
    shares = {} if nothing or not whole.total.n else credited(at, gained, model)
    gain = cost = Fraction(0)
    reason = f"{whole.total.label}: {whole.total.reason}" if whole.total.value is None else ""
    for key, paid in spent.groups.items():
        share = shares.get(key[0], Money(0, at.currency))
        why = reason or paid.reason
        if not why and share is None:
            why = "a deal of it has no exchange rate"
        one = Figure(name, None, "share", label, paid.n, reason=why, ref=str(ref.only((("channel", key[0]),))))
        if not why and isinstance(paid.value, Money) and isinstance(share, Money):
            up, down = Fraction(share.minor), Fraction(paid.value.minor)
            gain, cost = gain + up, cost + down
            ratio = float((up - down) / down) if down else None
            one = replace(
                one, value=ratio, reason="" if down else "it cost nothing, so it has no return", of=(share, paid.value)
            )
        groups[key] = one
    unknown = reason or next((f.reason for f in groups.values() if f.value is None and "exchange" in f.reason), "")
    value = float((gain - cost) / cost) if cost and not unknown else None
    why = unknown or spent.total.reason or ("" if cost else "nothing was spent on a channel")
    total = Figure(name, value, "share", label, spent.total.n, reason="" if value is not None else why, ref=str(ref))
    named = asked if asked.by else replace(asked, by=(find(at, "channel", entity="spend"),))
    sums = {key: Sums(figure.n or 0) for key, figure in groups.items()}
    return Result(named, ref, total, spent.sums, groups, sums, ({},), whole.notes, (whole.total, spent.total))


def divided(above: Figure, below: Figure, currency: str) -> tuple[Value, str]:
    """Money over a number, or the reason why not."""
    for side in (above, below):
        if side.value is None:
            return None, f"{side.label}: {side.reason or 'nothing'}"
    if not below.value:
        return None, f"nothing to divide by: {below.label} is 0"
    assert isinstance(above.value, Money) and isinstance(below.value, (int, float))
    return Money(round(Fraction(above.value.minor) / Fraction(below.value)), currency), ""


def cac_payback(at: Snapshot, asked: Asked) -> Result:
    """CAC ÷ (monthly recurring revenue a customer × gross margin): months until a customer has paid for itself."""

    def formula(parts: dict[str, Figure], period: Period) -> tuple[Value, str]:
        for side in parts.values():
            if side.value is None:
                return None, f"{side.label}: {side.reason or 'nothing'}"
        cost, arpa, margin = (part.value for part in parts.values())
        assert isinstance(cost, Money) and isinstance(arpa, Money) and isinstance(margin, (int, float))
        monthly = Fraction(arpa.minor) * Fraction(margin)
        if monthly <= 0:
            return None, "nothing to divide by: a customer brings no margin"
        return round(float(Fraction(cost.minor) / monthly), 1), ""

    return split_alike(at, asked, formula)


def ltv_to_cac(at: Snapshot, asked: Asked) -> Result:
    """Lifetime value in margin ÷ CAC: never revenue over a loaded cost."""

    def formula(parts: dict[str, Figure], period: Period) -> tuple[Value, str]:
        for side in parts.values():
            if side.value is None:
                return None, f"{side.label}: {side.reason or 'nothing'}"
        worth, cost = (part.value for part in parts.values())
        assert isinstance(worth, Money) and isinstance(cost, Money)
        if not cost.minor:
            return None, "nothing to divide by: a new customer cost nothing"
        return float(Fraction(worth.minor, cost.minor)), ""

    return split_alike(at, asked, formula)


def sales_team_roi(at: Snapshot, asked: Asked) -> Result:
    """(profit of won deals − sales cost) ÷ sales cost, over deals of which both are told."""

    def formula(parts: dict[str, Figure], period: Period) -> tuple[Value, str]:
        for side in parts.values():
            if side.value is None:
                return None, f"{side.label}: {side.reason or 'nothing'}"
        profit, cost = (part.value for part in parts.values())
        assert isinstance(profit, Money) and isinstance(cost, Money)
        if not cost.minor:
            return None, "the sales cost is 0, so there is no return on it"
        return float(Fraction(profit.minor - cost.minor, cost.minor)), ""

    return split_alike(at, asked, formula)


__all__ = [
    "cac", "cac_by_channel", "cac_lagged", "cac_payback", "channel_roi", "channel_roi_first", "channel_roi_last",
    "ltv_to_cac", "sales_team_roi",
]  # fmt: skip
