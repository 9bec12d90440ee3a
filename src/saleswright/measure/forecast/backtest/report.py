"""What does a back-test answer? One sentence, the tables, and what it stands on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Note, Report
from saleswright.measure.forecast.backtest.asked import same_record
from saleswright.measure.forecast.backtest.footer import COMMAND, NEVER, aged, said
from saleswright.measure.forecast.backtest.laid import Laid, lay
from saleswright.measure.metrics.dimensions import allowed, dimensions, names

TITLE = "How good would the forecast have been?"


def report(at: Snapshot, result: Mapping[str, Any] | None, week: int | None = None) -> Report:
    """The answer of a finished back-test; where there is none, how to make one."""
    if result is None:
        return Report(TITLE, [Note(f"{NEVER}.", "warning")], lede="Nobody knows yet.", next=(COMMAND,))
    laid = laid_of(at, result, week)
    found = Report(TITLE, laid.blocks, lede=said(result, week), footer=(foot(result),))
    if same_record(at, result):
        return found
    return replace(found, blocks=[Note(aged(at, result).strip(), "warning"), *laid.blocks], next=(COMMAND,))


def laid_of(at: Snapshot, result: Mapping[str, Any], week: int | None = None) -> Laid:
    """The blocks, members by their present names.

    A run is of the whole company. Who sees less is told shares of its periods: no amount, no part and nobody's calls; who may
    not see calls, amounts or the split goes without these.
    """
    by, whole = str(result["by"]), at.policy.scope == COMPANY
    split = dimensions(at.schema).get(by) if by else None
    seen = {
        "parts": whole and split is not None and allowed(at, split),
        "people": whole and at.policy.field_allowed("forecast_call", "amount"),
    }
    told = {
        **result,
        "origins": [_without(one, {name for name in seen if not seen[name]}) for one in result["origins"]],
    }
    labels: dict[str, str] = {}
    if split is not None and seen["parts"] and split.ref:
        members = {name for one in told["origins"] for name in one.get("parts", {}) if name}
        labels = names(at, split.ref, members)
    amounts = whole and at.policy.field_allowed("deal", "amount")
    return lay(told, at.currency if amounts else "", week, labels)


def _without(answer: Mapping[str, Any], hidden: Collection[str]) -> Mapping[str, Any]:
    return {key: value for key, value in answer.items() if key not in hidden} if hidden else answer


def foot(result: Mapping[str, Any]) -> str:
    """What the run stands on."""
    days = f"{len(result['origins'])} days, {result['every']} weeks apart"
    return (
        f"Back-test {result['key'][:8]} of {str(result['made'])[:10]}: {days}; definitions {result['definitions'][:6]}."
    )
