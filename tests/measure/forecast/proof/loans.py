"""5,337 real loan applications (BPI Challenge 2012): what was foretold on past evenings, what came, and what baselines said.

Intake stops on 30 November 2011, for the file holds what began until then. So a forecast with deals not created yet is only
held against periods that end by then; later ones are about the open deals alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.columns import Floats, days
from saleswright.measure.flow.lifetable import OPEN, WON
from saleswright.measure.forecast.outlook.foretell import Foretold, foretell
from saleswright.measure.forecast.outlook.learn import learn
from saleswright.measure.forecast.outlook.past import Past
from saleswright.measure.forecast.panel.panel import Panel
from saleswright.measure.forecast.panel.record import Record, read
from saleswright.measure.forecast.plain.guess import Guess, with_errors
from saleswright.measure.forecast.plain.open_deals import close_rate, stage_rates, stage_weighted
from saleswright.measure.forecast.plain.series import last_period
from tests.laws import bpi

BEGIN, CUT, END = date(2011, 10, 3), date(2011, 11, 30), date(2012, 3, 14)


@dataclass
class Loans:
    """The record, and rows of every evening with all that became of them."""

    record: Record
    rows: Panel
    whole: Past

    def told(self, day: date) -> Panel:
        """Rows of earlier evenings, as known on this one."""
        rows = self.record.told(self.rows, day)
        return rows.only(rows.day < days(day))

    def weekly(self, day: date) -> Panel:
        """Of these the evenings whole weeks back, which is what a forecast learns from."""
        rows = self.told(day)
        return rows.only((days(day) - rows.day) % 7 == 0)

    def open(self, day: date) -> Panel:
        """Open deals of the evening, with what became of them."""
        return self.rows.only(self.rows.day == days(day))

    def foretold(self, day: date, ahead: int) -> Foretold:
        """The days after this evening, with what was known on it."""
        now = self.record.told(self.rows, day)
        learned = learn(self.weekly(day), self.record.past(day))
        return foretell(learned, now.only(now.day == days(day)), days(day) + 1, days(day) + ahead)

    def won(self, day: date, ahead: int) -> tuple[float, float]:
        """(of deals open on the evening, of all): minor units won in the days after it."""
        past, first = self.whole, days(day)
        won = (past.fate == WON) & (past.ended > first) & (past.ended <= first + ahead)
        here = self.open(day)
        known = np.isin(np.array(past.ids), np.array(here.ids)[here.deal])
        return float(past.booked[won & known].sum()), float(past.booked[won].sum())


def loans(path: Path, place: Path) -> Loans:
    """Import the file as a person would, and read the record."""
    told = [e for e in bpi.read(path) if e.activity in bpi.STANDINGS]
    space = bpi.workspace(place / "book")
    build().call(space, "import", {"path": str(bpi.export(place / "export", told))})
    at = build().open_context(space, Ambient(as_of=END.isoformat()))
    assert isinstance(at, Snapshot)
    record = read(at)
    return Loans(record, record.panel([BEGIN + timedelta(n) for n in range((END - BEGIN).days)]), record.past(END))


def rates(told: Panel, ahead: int | None) -> Floats:
    """What stages say: the share ever won of decided deals once in the stage, or of those as long ago the share won in time."""
    stages = len(told.names["stage"])
    if ahead is None:
        over = told.only(told.fate != OPEN)
        once, first = np.unique(over.deal * stages + over.stage, return_index=True)
        return stage_rates(once % stages, over.fate[first] == WON, stages)
    over = told.only(told.day + ahead <= told.told)
    return stage_rates(over.stage, (over.fate == WON) & (over.until <= ahead), stages)


def hits(now: Panel, ahead: int) -> Floats:
    """Which of these were won in time?"""
    return np.asarray((now.fate == WON) & (now.until <= ahead), np.float64)


def baselines(of: Loans, day: date, ahead: int, whole: bool) -> list[Guess]:
    """What the days ahead bring by baselines, their laws made of the periods before it that were over by then.

    whole: with what is not created yet. Of a growth method and of seasons eight weeks say nothing.
    """
    origins = [day - timedelta(ahead * n) for n in range((day - BEGIN).days // ahead, -1, -1)]
    # Outcomes known on the day: it looks back, so what later days tell is the same.
    came = np.array([of.won(one, ahead)[whole] for one in origins[:-1]])
    opens = np.array([float(of.open(one).amount.sum()) for one in origins])
    found = [close_rate(float(opens[-1]), opens[:-1], came)]
    if whole:
        found.append(last_period(came))
    for time in (None, ahead):
        said = []
        for one in origins:
            told, now = of.told(one), of.open(one)
            guess = stage_weighted(now.amount, now.stage, rates(told, time)) if len(told) else None
            said.append(np.nan if guess is None or guess.point is None else guess.point)
        name = "stage-weighted" if time is None else "stage-weighted in time"
        if np.isfinite(said[-1]):
            found.append(with_errors(Guess(name, said[-1]), said[:-1], came))
    return found


def scored(of: Loans, day: date, ahead: int, whole: bool) -> dict[str, Any]:
    """One forecast, what came, its score and those of the baselines."""
    told = of.foretold(day, ahead)
    law = told.law if whole else told.open_law
    came = of.won(day, ahead)[whole]
    low, high = law.likely()
    now = of.open(day)
    assert np.array_equal(now.deal, told.now.deal)
    plain = {one.name: [one.point, one.quantile(0.1), one.quantile(0.9), one.crps(came)] for one in
             baselines(of, day, ahead, whole) if one.x is not None}  # fmt: skip
    return {
        "day": day.isoformat(), "came": [came], "mean": law.mean, "low": low, "high": high, "crps": law.crps(came),
        "plain": plain, "open": len(now), "won": float(hits(now, ahead).sum()),
    }  # fmt: skip
