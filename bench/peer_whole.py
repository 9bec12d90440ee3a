"""Whole forecasts beside the peer's, at the same origins of drawn worlds: ours of the open deals, and forecast-os-gtm's.

`python -m bench.peer_whole` draws worlds (tests/measure/forecast/worlds; each a law, a past and one origin of its own), asks both
what the open deals bring by the end of the quarter, and prints one line each: how often the 80 % range held, CRPS over what came,
Brier. The peer says nothing of deals not created yet; ours with them is told beside, against all that came.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.line import SEED
from bench.peer_forecast import ask, environment, request, summary
from saleswright.measure.forecast.law.bookings import Bookings
from saleswright.measure.forecast.scored.deals import brier
from tests.measure.forecast.proof.asked import Asked
from tests.measure.forecast.proof.once import forecast
from tests.measure.forecast.worlds import KINDS
from tests.measure.forecast.worlds.law import SEGMENTS, STAGES


def told(law: Bookings, came: float, place: int) -> dict[str, Any]:
    """One answer of ours, as `summary` takes it."""
    low, high = law.likely()
    return {
        "mean": law.mean, "low": low, "high": high, "sd": law.sd, "actual": came, "period": place, "crps": law.crps(came),
    }  # fmt: skip


def main() -> None:
    """Draw, ask both, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.peer_whole", description="Ours beside the peer's.")
    parser.add_argument("--kind", choices=KINDS, default="stable")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--number", type=int, default=1000, help="deals of a world before its origin")
    parser.add_argument("--env", type=Path, help="an environment that holds the package, or where to make it")
    given = parser.parse_args()
    ours, whole, requests, opened = [], [], [], []
    for place in range(given.worlds):
        asked = Asked.drawn(given.kind, given.seed + place, given.number)
        # The peer takes one past at a time; worlds are told apart by their place, which is no day.
        one = request(
            asked.rows, asked.now, asked.world.today, asked.last, {"stage": STAGES, "segment": SEGMENTS}, seed=SEED
        )
        requests.append({**one, "origin": place, "period": place})
        won = asked.world.won(weeks=13 - asked.place)
        begun = time.perf_counter()
        said = forecast(asked)
        answer = told(said.open_law, asked.parts[1], place)
        ours.append({**answer, "seconds": time.perf_counter() - begun, "brier": brier(said.chance, won)})
        whole.append(told(said.law, float(asked.parts.sum()), place))
        opened.append((asked.parts[1], won))
    with tempfile.TemporaryDirectory(prefix="saleswright-peer-") as made:
        answers = list(ask(environment((given.env or Path(made) / "env").absolute()), requests))
    for answer in answers:
        answer["actual"], won = opened[answer["origin"]]
        if "chance" in answer:
            answer["brier"] = brier(answer.pop("chance"), won)
    head = {"kind": given.kind, "number": given.number, "seed": given.seed}
    for name, rows in (("ours, open deals", ours), ("ours, whole", whole)):
        low, high, came, score = (np.array([one[k] for one in rows]) for k in ("low", "high", "actual", "crps"))
        found = {
            "way": name,
            "origins": len(rows),
            "held": float(((low <= came) & (came <= high)).mean()),
            "crps_over_actual": float(score.sum() / came.sum()),
            "bias": float(sum(one["mean"] for one in rows) / came.sum() - 1),
            "sd_over_mean": float(np.median([one["sd"] / one["mean"] for one in rows])),
        }
        if "brier" in rows[0]:
            found["brier"] = float(np.mean([one["brier"] for one in rows]))
            found["seconds"] = float(sum(one["seconds"] for one in rows))
        print(json.dumps({**head, **found}))
    for way in ("ever", "within"):
        print(json.dumps({**head, **summary(way, [one for one in answers if one["way"] == way])}))


if __name__ == "__main__":
    main()
