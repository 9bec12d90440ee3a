"""What others build on: money by channel for return and cost of acquisition, one channel per deal for the four factors."""

from __future__ import annotations

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.attribution.find import NO_TOUCH, share_out
from saleswright.measure.metrics.attribution.share import MODELS, Model


def credited(
    at: Snapshot, asked: Asked, model: Model = "linear", by: str = "channel"
) -> dict[str | None, Money | None]:
    """How much of a sum over deals is each channel credited with? `asked` is any question that sums money over deals.

    Keyed by the stored member: "" is a touch whose campaign names none, None (NO_TOUCH) the deals without a touch, so
    that the values always sum to the figure of `asked` to the cent. A value is None where one of its deals has no
    exchange rate: say that, never a part of the sum. For profit instead of bookings ask a metric that sums profit.
    Deals credited, in shares: `share_out(at, asked).lines`, each with `wins`. Stop: an unknown model or split.
    """
    _known(model)
    return {line.member: line.credit[model] for line in share_out(at, asked, by).lines}


def primary(at: Snapshot, asked: Asked, by: str = "channel", model: Model = "first") -> dict[str, str]:
    """Which one channel does each deal belong to, so that channel totals add to the whole? Deal id -> member.

    `asked` is any question about deals: those won, decided, new or open. The touch with the largest weight under `model`
    decides, the earlier one of equals; without a touch the deal's own channel, and "" where that is not known either.
    Formulas 2.4: a single primary channel per deal for the four factors.
    """
    _known(model)
    found = share_out(at, asked, by)
    weight = found.weights(model)
    deal = np.cumsum(found.rank == 0) - 1
    order = np.lexsort((found.rank, -weight, deal))
    begins = order[np.flatnonzero(found.rank == 0)]
    chosen: dict[str, str] = {}
    for index in begins.tolist():
        member = found.members[found.member[index]]
        chosen[str(found.ids[index])] = (found.own[index] or "") if member is NO_TOUCH else member or ""
    return chosen


def _known(model: str) -> None:
    if model not in MODELS:
        raise Stop(unknown("model", model, MODELS, where="model"), exit_code=USAGE)
