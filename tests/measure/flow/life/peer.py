"""What does an independent survival package say of the same lives? Run by the package's own environment: JSON in, JSON out.

in: lives by name, each first, last, fate (0 open, 1 won, 2 lost) in whole days. out: by name the days with anything on
them; per day at risk and how many were won and lost; the share still open; and, where no two lives end on one day, the
shares won and lost by then as the package's own Aalen-Johansen estimator has them (it shifts ties at random).
"""

import json
import sys
import warnings

import lifelines
import numpy as np
from lifelines.utils import survival_table_from_events

warnings.simplefilter("ignore")


def told(first: list[int], last: list[int], fate: list[int]) -> dict[str, list[float]]:
    """A life that ends on a day was at risk on that day, and so was one that came into view on it."""
    since, until, out = np.array(first) + 0.5, np.array(last) + 1.0, np.array(fate)
    tables = {name: survival_table_from_events(until, out == code, since) for name, code in (("won", 1), ("lost", 2))}
    ends = tables["won"][tables["won"].removed > 0]
    km = lifelines.KaplanMeierFitter().fit(until, out > 0, entry=since)
    found = {
        "day": [int(day) - 1 for day in ends.index],
        "at_risk": ends.at_risk.tolist(),
        "won": tables["won"].observed[ends.index].tolist(),
        "lost": tables["lost"].observed[ends.index].tolist(),
        "open": km.survival_function_at_times(ends.index).tolist(),
    }
    if len(set(last)) == len(last):
        for name, code in (("won_by", 1), ("lost_by", 2)):
            fitter = lifelines.AalenJohansenFitter(calculate_variance=False)
            fitter.fit(until, out, event_of_interest=code, entry=since)
            curve = fitter.cumulative_density_.iloc[:, 0]
            found[name] = [float(curve[:day].iloc[-1]) for day in ends.index]
    return found


if __name__ == "__main__":
    json.dump({name: told(**lives) for name, lives in json.load(sys.stdin).items()}, sys.stdout)
