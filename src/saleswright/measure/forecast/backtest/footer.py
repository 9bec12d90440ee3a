"""What does a forecast say of itself? How often such ranges held when the past was forecast again, good or bad; or that nobody
tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.forecast.backtest import kept
from saleswright.measure.forecast.backtest.asked import kind_of, same_question, same_record
from saleswright.measure.forecast.backtest.score import scored

COMMAND = "saleswright forecast backtest"
NEVER = f"Not tried on the past yet: {COMMAND}"


def footer(at: Snapshot, period: Period) -> str:
    """One or two sentences for the foot of a forecast of this period: the newest finished back-test of such periods.

    A back-test of an older record, or with other definitions, is quoted and said to be one.
    """
    found = newest(at, kind_of(period))
    if found is None:
        return NEVER + (" --period month" if kind_of(period) == "month" else "")
    return f"{said(found)}{aged(at, found)}"


def newest(at: Snapshot, grain: str) -> Mapping[str, Any] | None:
    """The back-test that is quoted: the newest of such periods in the same currency and workspace, first of all of this record."""
    fitting = [one for one in kept.finished(at.workspace.state) if one["grain"] == grain and same_question(at, one)]
    return next((one for one in fitting if same_record(at, one)), fitting[0] if fitting else None)


def said(result: Mapping[str, Any], week: int | None = None) -> str:
    """How often the ranges held, and whether plain forecasts were beaten, on all days or those so many weeks into their periods.

    Worked out once a run: every card asks.
    """
    name = str(result["key"]), str(result["made"]), week
    if name not in _said:
        if len(_said) >= MOST:
            _said.clear()
        _said[name] = _sentence(result, week)
    return _said[name]


_said: dict[tuple[str, str, int | None], str] = {}
MOST = 32


def _sentence(result: Mapping[str, Any], week: int | None) -> str:
    scores = scored(result, week)
    best = scores.against
    if best.ratio is None or scores.verdict.judged == "too few":
        return scores.verdict.sentence
    better = best.high is not None and best.high < 1
    worse = best.low is not None and best.low > 1
    share = f"{best.ratio:.0%} of that of the best plain forecast ({best.name})"
    if worse:
        beats = f" The best plain forecast ({best.name}) was better: the mean score (CRPS) here is {best.ratio:.0%} of its own."
    else:
        beats = f" Its mean score (CRPS, lower is better) is {share}{'' if better else '; it could be chance'}."
    return scores.verdict.sentence + beats.replace("%", " %")


def aged(at: Snapshot, result: Mapping[str, Any]) -> str:
    """That the record or the definitions have moved on since, if they have."""
    if same_record(at, result):
        return ""
    day = str(result["made"])[:10]
    return f" Tried on {day}, on the record and definitions of then: {COMMAND} tries it anew."
