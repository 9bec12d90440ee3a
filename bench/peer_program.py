"""What does forecast-os-gtm say of the same deals? Run by its own environment: JSON lines in, JSON lines out, one per origin.

in: origin, period, ways {name: 0/1 per closed row}, closed {feature: column}, open {feature: column}, amount per open row.
out: of each way the mean, the 80 % range and the spread of what the open deals bring, as the package has them, its chances by
deal, and the seconds it took; or the reason why it could not speak.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from forecast_os.core.exceptions import ForecastOSError
from forecast_os.gtm import DealScorer, weighted_pipeline


def told(closed: pd.DataFrame, won: list[int], deals: pd.DataFrame) -> dict[str, object]:
    """Its scorer, fitted on the closed rows; its weighted pipeline of the open ones. The spread is that of its docstring."""
    features = [name for name in closed.columns if name != "won"]
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            scorer = DealScorer(features=features).fit(closed.assign(won=np.array(won, bool)), target="won")
            (row,) = weighted_pipeline(deals, scorer=scorer, level=80).to_dict("records")
        except ForecastOSError as error:
            return {"reason": str(error)}
    took = time.perf_counter() - start
    p = scorer.predict_proba(deals).to_numpy()
    variance = float((p * (1 - p) * deals["amount"].to_numpy() ** 2).sum())
    return {
        "mean": float(row["expected"]),
        "low": float(row["lo-80"]),
        "high": float(row["hi-80"]),
        "sd": variance**0.5,
        "support": [0.0, float(deals["amount"].sum())],
        "calibrated": bool(scorer.calibrated_),
        "closed": len(closed),
        "open": len(deals),
        "chance": p.tolist(),
        "warned": [str(one.message) for one in said],
        "seconds": took,
    }


def main() -> None:
    """One line in, one line out for each way."""
    for line in sys.stdin:
        asked = json.loads(line)
        deals = pd.DataFrame(asked["open"]).assign(amount=np.array(asked["amount"], float))
        closed = pd.DataFrame(asked["closed"])
        for way, won in asked["ways"].items():
            rows = np.array([one is not None for one in won])
            labels = [one for one in won if one is not None]
            answer = told(closed[rows].reset_index(drop=True), labels, deals)
            head = {"origin": asked["origin"], "period": asked["period"], "way": way}
            print(json.dumps({**head, **answer}), flush=True)


if __name__ == "__main__":
    main()
