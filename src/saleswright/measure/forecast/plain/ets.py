"""What does a well-kept package for series say? Exponential smoothing that chooses its own form, in its own environment."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from saleswright.lib.issue import Issue, Stop
from saleswright.measure.forecast.plain.guess import Guess, silent, with_errors
from saleswright.measure.metrics.words import plural

PACKAGE = "statsforecast"
FEWEST = 10
"""Periods below which the package has no model."""
PATIENCE = 600
_PROGRAM = Path(__file__).with_name("ets_program.py")


def auto_ets(totals: Any, season: int, ahead: int = 1, won: float = 0.0, interpreter: str = "") -> Guess:
    """AutoETS of whole periods, oldest first (Hyndman and others 2002); the law is made of its errors at earlier origins.

    statsforecast needs an older pandas than the rest of the product can have, so it lives in an environment of its own, whose
    Python `interpreter` names; "" is this one. Stop where it is not there, with what to do.
    """
    name = "AutoETS"
    past = np.asarray(totals, np.float64)
    if season < 1 or ahead < 1:
        raise ValueError(f"a season has at least one period and lies ahead of now, not {season} and {ahead}")
    if past.size < FEWEST:
        return silent(name, f"{plural(past.size, 'whole period')}, and it takes {FEWEST}")
    origins = range(FEWEST, past.size - ahead + 1)
    told = _ask([past[:n].tolist() for n in (*origins, past.size)], season, ahead, interpreter)
    if not np.isfinite(told[-1]):
        return silent(name, f"the package has no model of these {past.size} periods")
    guess = Guess(name, max(told[-1], won))
    actuals = [float(past[n + ahead - 1]) for n in origins]
    return with_errors(guess, told[:-1], actuals, won)


def _ask(series: list[list[float]], season: int, ahead: int, interpreter: str) -> list[float]:
    import subprocess

    if not interpreter and find_spec(PACKAGE) is None:
        raise Stop(_absent("this Python does not have it"))
    asked = json.dumps({"series": series, "season": season, "ahead": ahead})
    try:
        done = subprocess.run(
            [interpreter or sys.executable, "-I", str(_PROGRAM)],
            input=asked,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except OSError as error:
        raise Stop(_absent(f"{interpreter} does not run: {error.strerror}")) from None
    except subprocess.TimeoutExpired:
        raise Stop(_absent(f"it gave no answer in {PATIENCE} s")) from None
    if done.returncode:
        raise Stop(_absent((done.stderr.strip().splitlines() or ["it ended without a word"])[-1]))
    return [float(one) for one in json.loads(done.stdout)]


def _absent(what: str) -> Issue:
    return Issue(
        where="",
        what=f"AutoETS needs {PACKAGE}: {what}",
        why="It is compared with nothing else; all other baselines stand without it.",
        try_=f"uv venv ets && uv pip install --python ets/bin/python '{PACKAGE}>=2,<3', then name ets/bin/python",
        code="no_statsforecast",
    )
