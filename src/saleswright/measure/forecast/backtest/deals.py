"""What is kept of a whole run: every answer without its single deals, and of the deals how good their chances were."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.forecast.scored.deals import brier, calibration, log_loss

DEALS = "deals"


def together(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """{origins, chances}: the answers, and how good the chances were, for all weeks ("all") and for each by itself."""
    bare = [{key: value for key, value in one.items() if key != DEALS} for one in answers]
    told = [one for one in answers if one.get(DEALS)]
    weeks = sorted({int(one["week"]) for one in answers})
    found = {"all": _chances(told)}
    found |= {str(week): _chances([one for one in told if one["week"] == week]) for week in weeks}
    return {"origins": bare, "chances": found}


def _chances(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Brier, log loss and calibration of all rows together; a deal asked about in two periods is two: it had two outcomes."""
    deal = np.concatenate(
        [np.asarray(one[DEALS]["deal"], np.int64) ^ _salt(one["period"]) for one in answers] or [_NOBODY]
    )
    chance, won = (
        np.concatenate([np.asarray(one[DEALS][name], float) for one in answers] or [_NONE]) for name in _TOLD
    )
    table = calibration(chance, won, deal, even=False)
    bins = [
        {
            "from": float(table.edges[i]),
            "to": float(table.edges[i + 1]),
            "chance": float(table.chance[i]),
            "share": float(table.share[i]),
            "low": float(table.low[i]),
            "high": float(table.high[i]),
            "deals": int(table.deals[i]),
            "rows": int(table.rows[i]),
        }
        for i in range(len(table.chance))
        if table.deals[i] > 0
    ]
    base = float(won.mean()) if won.size else 0.0
    return {
        "rows": int(chance.size),
        "deals": int(np.unique(deal).size),
        "brier": brier(chance, won, deal),
        "brier_base": brier(np.full(won.shape, base), won, deal),
        "log_loss": log_loss(chance, won, deal),
        "error": table.error,
        "error_by_chance": table.error_by_chance,
        "bins": bins,
    }


_NONE, _NOBODY = np.zeros(0), np.zeros(0, np.int64)
_TOLD = ("chance", "won")


def _salt(period: str) -> int:
    """A number of the period, so that a deal's number is another one in it."""
    from zlib import crc32

    return crc32(period.encode())
