"""What does the page of accuracy show? How ranges held, every forecaster in one table, chances of deals, weeks and members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Stop, unknown

OWN = ("period", "weeks")


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of accuracy.html. Stop (usage) for an unknown key, kind of period or number of weeks."""
    from saleswright.measure.forecast.backtest.find import newest_of, week_of
    from saleswright.measure.forecast.backtest.footer import NEVER, aged, said
    from saleswright.measure.forecast.backtest.laid import after
    from saleswright.measure.forecast.backtest.report import foot, laid_of

    strange = [key for key in args if key not in OWN]
    if strange:
        raise Stop(*(unknown("argument", key, OWN, where="/forecast/accuracy") for key in strange), exit_code=USAGE)
    grain = args.get("period") or "quarter"
    result = newest_of(at, grain)
    week = week_of(result, args.get("weeks", ""))
    weeks = sorted({int(one["week"]) for one in result["origins"]}) if result else []
    fields = [
        {
            "name": "period",
            "label": "Periods",
            "value": grain,
            "choices": [("quarter", "quarters"), ("month", "months")],
            "required": True,
        }
    ]
    if weeks:
        told = [(str(one), after(one)) for one in weeks]
        fields.append(
            {"name": "weeks", "label": "Told", "value": args.get("weeks", ""), "choices": told, "none": "any day"}
        )
    query = [(name, args[name]) for name in OWN if args.get(name)]
    frame = {"fields": fields, "query": query, "never": NEVER}
    if result is None:
        return {**frame, "laid": None}
    laid = laid_of(at, result, week)
    return {**frame, "laid": laid, "lede": said(result, week), "aged": aged(at, result).strip(), "foot": foot(result)}
