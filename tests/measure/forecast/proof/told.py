"""What do replications come to? Coverage with its band, where what came lies in the law, and CRPS over the baselines'."""

from __future__ import annotations

from typing import Any

import numpy as np

from saleswright.measure.flow.columns import Floats
from saleswright.measure.forecast.scored.against import Against, against_best
from saleswright.measure.forecast.scored.coverage import Held, coverage

Rows = list[dict[str, Any]]


def held(rows: Rows, name: str = "") -> Held:
    """How often the 80 % range held, each world one case. name: of a baseline, on the worlds it spoke of."""
    some = [one for one in rows if not name or name in one["plain"]]
    ends = [one["plain"][name][1:3] if name else (one["low"], one["high"]) for one in some]
    low, high = np.array(ends, np.float64).reshape(-1, 2).T
    actual = np.array([sum(one["came"]) for one in some])
    return coverage(low, high, actual, np.arange(actual.size))


def against(rows: Rows, seed: int = 0) -> Against:
    """Our CRPS over that of the best baseline."""
    names = sorted({name for one in rows for name in one["plain"]})
    theirs = {name: [one["plain"].get(name, [np.nan] * 4)[3] for one in rows] for name in names}
    return against_best([one["crps"] for one in rows], theirs, np.arange(len(rows)), seed)


def places(rows: Rows, of: str, bins: int = 10) -> Floats:
    """Which share of worlds had what came in each tenth of the law of the whole, of open deals, of those to come?"""
    at = np.array([one["at"][of] for one in rows if of in one["at"]])
    return np.asarray(pit_of(at, bins))


def pit_of(at: Floats, bins: int) -> Floats:
    """Shares by bin; what falls into a jump is spread over it."""
    edges = np.linspace(0, 1, bins + 1)
    low, jump = at[:, 0], at[:, 1] - at[:, 0]
    part = np.where(
        jump > 1e-12,
        (edges[:, None] - low) / np.where(jump > 1e-12, jump, 1.0),
        (edges[:, None] > low).astype(np.float64),
    )
    part[-1] = 1.0
    return np.asarray(np.diff(np.clip(part, 0.0, 1.0), axis=0).mean(axis=1))


def inside(up_to: float, under: float) -> float:
    """How much of what came lies between 0.1 and 0.9 of the law: 1 or 0, and where the law jumps the part of the jump."""
    low, high = float(under), float(up_to)
    if high - low < 1e-12:
        return float(0.1 <= high <= 0.9)
    return max(0.0, min(high, 0.9) - max(low, 0.1)) / (high - low)


def table(rows: Rows) -> str:
    """All of it, to be read."""
    if not rows:
        return "nothing yet"
    close = [one for one in rows if "alone" in one] or rows[:0]
    if not close:
        return f"  {len(rows)} worlds, none looked at closely yet"
    whole, alone = (
        held(rows),
        coverage(*np.array([one["alone"] for one in close]).T, _came(close), np.arange(len(close))),
    )
    best = against(rows)
    mean = np.array([one["mean"] for one in rows])
    came = np.array([one["came"] for one in rows])
    wins = np.array([one["wins"] for one in rows], np.float64)
    later = np.array([one.get("wins_coming", (0, 0)) for one in rows], np.float64)
    lines = [
        f"  {len(rows)} worlds; 80 % range held {whole.share:.3f} ({whole.low:.3f}-{whole.high:.3f}), below {whole.below:.3f}, "
        f"above {whole.above:.3f}, width/actual {whole.relative:.2f}; promised {_mean(rows, 'promised'):.3f}; rho 0: "
        f"{alone.share:.3f}",
        f"  CRPS over best baseline ({best.name}) {best.ratio:.3f} ({best.low:.3f}-{best.high:.3f}); "
        + ", ".join(f"{k} {v:.2f}" for k, v in sorted(best.ratios.items(), key=lambda one: -one[1])[:6]),
        f"  mean / came: won {_over(mean[:, 0], came[:, 0])}, open {_over(mean[:, 1], came[:, 1])}, coming "
        f"{_over(mean[:, 2], came[:, 2])}, all {_over(mean.sum(1), came.sum(1))}; wins open {_over(*wins.T)}, coming "
        f"{_over(*later.T)}",
        f"  rho {_mean(rows, 'rho'):.3f}, sure {_mean(rows, 'sure'):.3f}, trust {_mean(rows, 'trust'):.2f}, "
        f"ratio {_mean(rows, 'ratio'):.3f}, spread {_mean(rows, 'spread'):.3f}, {_mean(rows, 'seconds'):.2f} s each",
    ]
    true = np.array([one["true"] for one in close])
    lines.append(
        f"  open deals told / true chances: wins {_over(np.array([one['wins'][0] for one in close]), true[:, 0])}, amounts "
        f"{_over(np.array([one['mean'][1] for one in close]), true[:, 1])}"
    )
    lines += [f"  places {of:6} " + " ".join(f"{one:.3f}" for one in places(rows, of)) for of in rows[0]["at"]]
    for place in sorted({one["place"] for one in rows}):
        some = [one for one in rows if one["place"] == place]
        at = held(some)
        lines.append(f"  {place} weeks in: {at.share:.3f} of {len(some)}, CRPS ratio {against(some).ratio:.3f}")
    known = [one for one in rows if "futures" in one]
    if known:
        beyond = np.array([(one["futures"]["below"], one["futures"]["above"]) for one in known])
        missed, n = beyond.sum(axis=1), len(known)
        theirs = [one for one in known if best.name in one["plain"]]
        perfect, ours, plain = (
            sum(given)
            for given in zip(
                *((one["futures"]["best"], one["crps"], one["plain"][best.name][3]) for one in theirs), strict=True
            )
        )
        lines.append(
            f"  of all futures of {n} worlds held {1 - missed.mean():.3f} +- {missed.std() / n**0.5:.3f}, below "
            f"{beyond[:, 0].mean():.3f}, above {beyond[:, 1].mean():.3f}; CRPS of who knows the law {perfect / plain:.3f} of that "
            f"baseline's, ours {ours / perfect:.3f} times as much"
        )
    return "\n".join(lines)


def _came(rows: Rows) -> Floats:
    return np.array([sum(one["came"]) for one in rows], np.float64)


def _mean(rows: Rows, name: str) -> float:
    return float(np.mean([one[name] for one in rows]))


def _over(above: Floats, below: Floats) -> str:
    return f"{above.sum() / below.sum():.3f}" if below.sum() else "-"
