"""Make or find a back-test of the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.period import Period
from saleswright.measure.forecast.backtest import kept
from saleswright.measure.forecast.backtest.asked import stands_on
from saleswright.measure.forecast.backtest.footer import newest
from saleswright.measure.forecast.backtest.origins import GRAINS, checked
from saleswright.measure.forecast.backtest.people import People
from saleswright.measure.forecast.backtest.run import Asked, Trial, refuse_nothing
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.dimensions import find
from saleswright.measure.metrics.rates import missing_rates


def backtested(
    at: Snapshot,
    grain: str,
    periods: int,
    every: int,
    by: str,
    ets: str | None,
    tell: Callable[[str], None],
    step: Callable[[int, int], None],
) -> Mapping[str, Any]:
    """The back-test of these periods: made, gone on with, or found. Stop for a question that makes no sense, an unknown split, or
    a record with no period to try."""
    from saleswright.measure.forecast.panel.record import read

    count = checked(grain, periods, every)
    split = find(at, by, entity="deal").name if by else ""
    asked = Asked(at.workspace.calendar, at.day, grain, count, every, split, ets)
    told = stands_on(at, asked)
    archive = kept.archive(at.workspace.state, told["key"])
    found = archive.result()
    if found is not None:
        tell("found: it was tried on this record already")
        return found
    _refuse_unpriced(at, asked)
    kept.sweep(at.workspace.state, at.snap)
    trial = Trial(asked, read(at, (split,) if split else ()), tell, step, People(at))
    refuse_nothing(asked, trial.now)
    with archive.alone():
        return trial.run(archive, told)


def _refuse_unpriced(at: Snapshot, asked: Asked) -> None:
    """Stop (usage), with the line that mends it, where open deals, or wins of the periods that are tried, have no exchange rate:
    nothing is added across currencies, and what came is not told as less than it was."""
    found = asked.origins
    span = Period.between(found[0].period.start, found[-1].period.end)
    won = replace(ask(at, "won_value", (), "all", ()), period=span)
    rates = missing_rates(at, [ask(at, "open_pipeline", (), "all", ()), won])
    # An amount in no currency at all is one that nobody told.
    if rates is not None and (rates.missing or rates.late):
        why = "so no one total can be forecast"
        raise Stop(Issue("forecast", rates.text(at), why, rates.command), exit_code=USAGE)


def newest_of(at: Snapshot, grain: str) -> Mapping[str, Any] | None:
    """The newest back-test of such periods, None where there is none. Stop (usage) for another kind of period."""
    if grain not in GRAINS:
        raise Stop(unknown("kind of period", grain, GRAINS, where="period"), exit_code=USAGE)
    return newest(at, grain)


def week_of(result: Mapping[str, Any] | None, text: str) -> int | None:
    """The weeks into the period that are meant; None: all. Stop (usage) for one the back-test does not have."""
    if not text or result is None:
        return None
    known = sorted({str(one["week"]) for one in result["origins"]}, key=int)
    if text not in known:
        raise Stop(unknown("number of weeks", text, known, where="weeks"), exit_code=USAGE)
    return int(text)
