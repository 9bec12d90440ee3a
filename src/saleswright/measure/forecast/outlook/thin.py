"""What has to be said beside a forecast because the record is thin? One sentence each, the gravest first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS, tier
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.lifetable import WON
from saleswright.measure.forecast.chance.model import FEWEST
from saleswright.measure.forecast.outlook.foretell import Foretold
from saleswright.measure.metrics.apart import Pairs, money
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.rates import missing_rates
from saleswright.measure.metrics.words import are, plural

MANY = 0.05
"""A share of deals without an amount above which it is said."""


def limits(at: Snapshot, told: Foretold) -> tuple[str, ...]:
    """The sentences about a forecast; none where the record is as it should be."""
    learned, data = told.learned, tier(at)
    found = []
    closed = learned.n_closed
    if closed < FEWEST:
        found.append(
            f"Of the deals seen open in the last two years {closed} {are(closed)} decided, fewer than {FEWEST}: the chances are "
            "mostly what is usual elsewhere, and say little of this company."
        )
    if not (learned.past.fate == WON).any():
        found.append(
            "No deal was won yet: open deals stand at the amounts they are said to have, and of deals still to be created nothing "
            "can be expected."
        )
    if not data.history and data.first is not None:
        many = "One export" if data.exports < 2 else f"{data.exports} exports"
        found.append(
            f"{many}, the first of {data.first}, and no history: how deals looked before that day is not known, so chances stand "
            f"on little more than their age. To get there: {TIERS[1].how}."
        )
    hidden = sorted(name.replace("_", " ") for name in told.now.lacking)
    if hidden:
        found.append(
            f"Chances stand on less than the record holds: {', '.join(hidden)} {are(len(hidden))} hidden here."
        )
    found += _without_amount(at, told)
    return tuple(found)


def _without_amount(at: Snapshot, told: Foretold) -> list[str]:
    found = []
    past = told.learned.past
    without = int(told.now.unknown.sum())
    # Where there are several currencies an amount in none of them cannot be told, and few of those can be much.
    several = bool(set(at.currencies) - {at.currency})
    if without > (0 if several else MANY * len(told.now)) and told.learned.typical:
        usual = Money(round(told.learned.typical), at.currency)
        found.append(
            f"{without:,} of {_deals(len(told.now), 'open ')} {are(without, 'has', 'have')} no amount"
            f"{' in a currency that is told' if several else ''}: the mean win, {money(usual)}, stands in for each."
        )
    won = past.booked_from(told.first, told.last)
    lacking = int((won & past.unknown).sum())
    if lacking:
        found.append(
            f"{_deals(lacking)} won in the period {are(lacking, 'adds', 'add')} nothing: no amount, currency or closing day "
            "is told."
        )
    return found


def _deals(count: int, kind: str = "") -> str:
    return plural(count, f"{kind}deal")


def refuse_unpriced(at: Snapshot, told: Foretold, period: Period, where: Pairs) -> None:
    """Stop (usage), with the line that mends it, where what is open or won in the period has no exchange rate: nothing is added
    across currencies."""
    past = told.learned.past
    won = past.booked_from(told.first, told.last)
    if not (told.now.unknown.any() or bool(np.any(past.unknown & won))):
        return
    asked = [ask(at, "open_pipeline", (), "all", where), replace(ask(at, "won_value", (), "all", where), period=period)]
    rates = missing_rates(at, asked)
    # An amount in no currency at all is one that nobody told.
    if rates is not None and (rates.missing or rates.late):
        raise Stop(Issue("forecast", rates.text(at), "so no one total can be expected", rates.command), exit_code=USAGE)
