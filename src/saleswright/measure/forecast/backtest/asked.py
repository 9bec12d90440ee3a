"""Which back-test is it? A hash of all that could change its answer, so that a run goes on where it was, or begins anew."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import digest
from saleswright.lib.period import Period
from saleswright.measure.forecast.backtest.run import Asked
from saleswright.measure.metrics.leave_out import KIND

METRICS = ("open_pipeline", "won_value", "lost_deals")
"""The metrics whose rules say which deals a forecast counts."""
METHOD = 3
"""Raised whenever the same record is forecast or scored in another way."""


def stands_on(at: Snapshot, asked: Asked) -> dict[str, Any]:
    """What a run is asked and what it stands on, as it is kept with its answers; `key` is the hash of it."""
    told = {
        "grain": asked.grain,
        "days": [one.name for one in asked.origins],
        "every": asked.every,
        "by": asked.by,
        "ets": asked.ets is not None,
        "record": at.snap,
        "currency": at.currency,
        "scope": at.policy.shape,
        "definitions": definitions(at),
    }
    return {**told, "key": digest(told, 20), "day": at.day.isoformat()}


def definitions(at: Snapshot) -> str:
    """A hash of the rules by which deals are counted, periods told and forecasts made."""
    calendar = at.workspace.calendar
    rules = [[d.hash, str(d.end)] for d in at.workspace.all("metric") if d.name in METRICS]
    rules += [[d.hash, str(d.end)] for d in at.workspace.all(KIND)]
    days = [calendar.pattern, calendar.start_month, calendar.start_weekday]
    made = [METHOD, version("saleswright"), at.meta["definitions"]]
    return digest([rules, days, made, at.workspace.scenario], 10)


def same_question(at: Snapshot, result: Mapping[str, Any]) -> bool:
    """Is it about the deals of this company in this currency? Whoever sees less is told of the whole company's ranges."""
    return bool(result["currency"] == at.currency)


def same_record(at: Snapshot, result: Mapping[str, Any]) -> bool:
    """Does it stand on this state of the record, and on the definitions of now?"""
    return bool(result["record"] == at.snap and result["definitions"] == definitions(at))


def kind_of(period: Period) -> str:
    """By which kind of period the forecast of this one is judged: months by months, all else by quarters."""
    return "month" if period.grain == "month" else "quarter"
