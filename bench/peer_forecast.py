"""What does the nearest open package say of the same deals? forecast-os-gtm, in an environment of its own, origin by origin.

`python -m bench.peer_forecast` draws a world, asks the package at every origin, and prints its answers as JSON lines, then
one line a way with how they did. `request` takes the rows of a Panel, so that the same is asked on any record.

The package knows whether a deal will be won, not when. It is asked in two ways: `ever`, as its documentation has it, fitted
on closed deals; and `within`, fitted on whether deals as they stood at an earlier origin were won by the end of its period,
which is the question that is scored and the fairer of the two. Of deals not created yet it says nothing: it is held against
what the open deals of the origin brought.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from bench.line import SEED
from bench.peer_world import QUARTER, WEEK, World, world
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.scored.bands import once_each
from saleswright.measure.forecast.scored.coverage import coverage
from saleswright.measure.forecast.scored.deals import brier
from saleswright.measure.forecast.scored.laws import crps_law
from saleswright.measure.forecast.scored.points import bias, wape
from saleswright.measure.forecast.scored.verdict import verdict

PACKAGE = "forecast-os-gtm>=0.10,<0.11"
PROGRAM = Path(__file__).with_name("peer_program.py")
ROOT = Path(__file__).resolve().parents[1]
NUMBERS = ("age", "in_stage", "entries", "back", "pushes", "pushed_days", "change", "to_close", "past_due", "silent")
CODES = ("stage", "segment")
HISTORIES = (("won_owner", "decided_owner"), ("won_source", "decided_source"))
MOST = 20_000
PATIENCE = 600
_UNIT = NormalDist()


def environment(folder: Path) -> Path:
    """The Python of an environment that holds the package; made where there is none yet. AssertionError where it cannot be."""
    python = folder / "bin" / "python"
    if not python.exists():
        uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
        for words in (("venv", "-q", folder), ("pip", "install", "-q", "--python", python, PACKAGE)):
            done = subprocess.run([uv, *words], capture_output=True, text=True, timeout=PATIENCE)
            if done.returncode:
                shutil.rmtree(folder, ignore_errors=True)
                raise AssertionError(f"no environment for {PACKAGE}: {done.stderr.strip()[-500:]}")
    return python


def features(rows: Any, codes: dict[str, int]) -> dict[str, list[float]]:
    """The columns of a Panel as the package takes them: numbers without gaps. codes: how many there are of stage and segment.

    What is not known is 0, and a column of its own says so; a code is a column for each member; an owner's or source's
    history is its win rate, worth two deals at one half. Columns the rows have not are left out.
    """
    found: dict[str, list[float]] = {}
    for name in NUMBERS:
        if hasattr(rows, name):
            column = np.asarray(getattr(rows, name), np.float64)
            found[name] = np.nan_to_num(column, nan=0.0).tolist()
            found[f"{name}_unknown"] = np.isnan(column).astype(float).tolist()
    for name in CODES:
        for member in range(codes.get(name, 0)):
            found[f"{name}_{member}"] = (np.asarray(getattr(rows, name)) == member).astype(float).tolist()
    for won, decided in HISTORIES:
        if hasattr(rows, won):
            found[won] = ((np.asarray(getattr(rows, won)) + 1.0) / (np.asarray(getattr(rows, decided)) + 2.0)).tolist()
    return found


def request(
    past: Any, now: Any, origin: int, end: int, codes: dict[str, int], typical: float = 0.0, seed: int = SEED
) -> dict[str, Any]:
    """What the package is asked on a day. past: rows of earlier days with what is known of them by `origin`; now: open on it.

    typical: what an open deal without an amount is worth to it, such as the mean of what was won by then; it takes no gaps.

    ever: of each closed deal one of its rows, drawn. within: rows as far before their end as `end` is ahead, whose time is
    over by now, of very many MOST, drawn. Both are columns over the rows that are sent: 1 won, 0 not, null not used.
    """
    ahead = end - origin
    order = np.random.default_rng(seed).permutation(past.deal.size)
    _, first = np.unique(past.deal[order], return_index=True)
    one = np.zeros(past.deal.size, bool)
    one[order[first]] = True
    ever, within = one & (past.fate != OPEN), past.day + ahead <= origin
    fit = order[within[order]][:MOST]
    within = np.zeros(within.size, bool)
    within[fit] = True
    sent = ever | within
    rows, hit = past.only(sent), (past.fate == WON)[sent]
    ways = {"ever": (ever[sent], hit), "within": (within[sent], hit & (rows.until <= ahead))}
    return {
        "origin": int(origin),
        "period": int(end),
        "ways": {way: [int(y) if use else None for use, y in zip(*both, strict=True)] for way, both in ways.items()},
        "closed": features(rows, codes),
        "open": features(now, codes),
        "amount": np.where(_unknown(now), typical, np.asarray(now.amount, np.float64)).tolist(),
    }


def _unknown(rows: Any) -> Any:
    amount = np.asarray(rows.amount, np.float64)
    return np.isnan(amount) | np.asarray(getattr(rows, "unknown", np.zeros(amount.shape, bool)))


def ask(python: Path, requests: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The package's answers, one for each request and way, in their order."""
    lines = "".join(json.dumps(one) + "\n" for one in requests)
    # Its fits are small: on several threads they take twice the processor and no less time.
    alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-I", PROGRAM], input=lines, env=alone, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise AssertionError(f"{PACKAGE} ended with {done.returncode}: {done.stderr[-2000:]}")
    yield from map(json.loads, done.stdout.splitlines())


def law(answer: dict[str, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Its law as (x, cdf): a normal of its mean and spread, cut at what its deals can bring, as its range is."""
    z = np.linspace(-6, 6, 601)
    x = answer["mean"] + max(answer["sd"], 1e-9) * z
    return np.clip(x, *answer["support"]), np.array([_UNIT.cdf(one) for one in z])


def requests(drawn: World, first: int, quarters: int, weeks: tuple[int, ...]) -> tuple[list[dict[str, Any]], list[Any]]:
    """What is asked at each origin of the quarters from `first` on, and the open rows it is asked about."""
    asked, opened = [], []
    for quarter in range(first, quarters):
        for week in weeks:
            origin, end = (quarter * QUARTER + week) * WEEK, (quarter + 1) * QUARTER * WEEK
            now = drawn.rows.only(drawn.rows.day == origin)
            asked.append(request(drawn.rows.known_by(origin), now, origin, end, {"stage": 4, "segment": 2}))
            opened.append(now)
    return asked, opened


def summary(way: str, answers: list[dict[str, Any]]) -> dict[str, Any]:
    """How one way did: ranges counted in periods, CRPS and errors with the origins of a period as one."""
    told = [one for one in answers if "mean" in one]
    if not told:
        return {"way": way, "origins": 0, "reason": answers[0].get("reason", "nothing was asked") if answers else ""}
    mean, low, high, actual, sd = (
        np.array([one[name] for one in told]) for name in ("mean", "low", "high", "actual", "sd")
    )
    period = np.array([one["period"] for one in told])
    held, each = coverage(low, high, actual, period), once_each(period)
    score = np.array([float(crps_law(*law(one), one["actual"])) for one in told])
    return {
        "way": way,
        "origins": len(told),
        "periods": held.periods,
        "held": held.share,
        "held_likely": [held.low, held.high],
        "relative_width": held.relative,
        "wape": wape(mean, actual, each),
        "bias": bias(mean, actual, each),
        "crps_over_actual": float((each * score).sum() / (each * actual).sum()),
        "sd_over_mean": float(np.median(sd / mean)),
        "brier": float(np.mean([one["brier"] for one in told])),
        "seconds": float(sum(one["seconds"] for one in told)),
        "verdict": verdict(held, "quarters").sentence,
    }


def main() -> None:
    """Draw, ask, print."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.peer_forecast", description="The peer's forecasts, by origin."
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quarters", type=int, default=24)
    parser.add_argument("--first", type=int, default=8, help="the first quarter that is forecast")
    parser.add_argument("--a-week", type=float, default=12.0, help="deals that come in")
    parser.add_argument("--shock", type=float, default=0.35, help="how much a quarter's chances move together")
    parser.add_argument("--weeks", type=int, nargs="+", default=[0, 4, 8], help="after which weeks of a quarter")
    parser.add_argument("--env", type=Path, help="an environment that holds the package, or where to make it")
    given = parser.parse_args()
    weeks = tuple(given.weeks)
    drawn = world(given.seed, given.quarters, given.a_week, given.shock, weeks)
    asked, opened = requests(drawn, given.first, given.quarters, weeks)
    with tempfile.TemporaryDirectory(prefix="saleswright-peer-") as made:
        python = environment((given.env or Path(made) / "env").absolute())
        answers = list(ask(python, asked))
    by_origin = {one["origin"]: rows for one, rows in zip(asked, opened, strict=True)}
    for answer in answers:
        now = by_origin[answer["origin"]]
        hit = (now.fate == WON) & (now.until <= answer["period"] - answer["origin"])
        answer["actual"] = float(now.amount[hit].sum())
        answer["actual_of_all"] = drawn.won(answer["origin"], answer["period"])
        if "chance" in answer:
            answer["brier"] = brier(answer.pop("chance"), hit)
        print(json.dumps(answer))
    for way in ("ever", "within"):
        print(json.dumps({"seed": given.seed, **summary(way, [one for one in answers if one["way"] == way])}))


if __name__ == "__main__":
    main()
