"""Run by the environment of statsforecast, knows nothing of the product: JSON in, JSON out.

in: series, season, ahead. out: of each series the value `ahead` periods after its last, NaN where the package refuses.
"""

import json
import sys
import warnings


def told(series: list[float], season: int, ahead: int) -> float:
    """AutoETS of one series; not a number where the package has no model for it."""
    import numpy as np
    from statsforecast.models import AutoETS  # type: ignore[import-not-found]

    try:
        return float(AutoETS(season_length=season).forecast(y=np.array(series), h=ahead)["mean"][-1])
    except (NotImplementedError, ValueError, IndexError):
        return float("nan")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asked = json.load(sys.stdin)
    json.dump([told(one, asked["season"], asked["ahead"]) for one in asked["series"]], sys.stdout)
