"""Will an open deal be won, and when? One model for both, told by what was known of deals on past days.

Dividing wins by wins and losses forgets open deals, and a stage's percentage forgets time. Here every open deal of every past
week is a row: what was known of it on that day, and what became of it in the weeks after. The chance per week to be won, and
that to be lost, are told from such rows for each span of weeks ahead, so stage, pushes and stated day need no forecast of
their own, deals still open count for as long as they are open, and "will it close" and "when" cannot contradict each other.

    model = fit(panel)                      # rows of past days, with what became of them (panel.Panel)
    model.within(open_deals, days)          # the chance to be won within so many days: rising in days
    model.ever(open_deals)                  # at all: never less
    model.why(open_deals, row)              # "7 of 20 in this cell, pulled to 31 %"
    model.draws(open_deals, days, times, seed)

cells.py says in which cells a row lies, pull.py how far a cell's count is drawn to what was expected of it, bayes.py puts
cells together, drift.py adds period ends and the level of the market. trial.py asks on past days whether it would have held:
whether deals can be told apart at all (where nothing predicts, everybody gets the same chance), whether trees (boost.py) on top
are better, and which map (calibrate.py) makes 30 % mean 30 in a hundred. guard.py refuses fields that came with the decision.

Landmarks: van Houwelingen 2007. Competing risks in discrete time: Fahrmeir and Tutz 2001. Decision 0032.
"""

from saleswright.measure.forecast.chance.guard import leaks
from saleswright.measure.forecast.chance.model import Model, fit
from saleswright.measure.forecast.chance.why import Reason

__all__ = ["Model", "Reason", "fit", "leaks"]
