"""What does trying the forecast on the past cost? 100 days of eight quarters of 20k deals, against as many forecasts one by one."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from bench.company import LAST, company
from bench.line import Line, seconds
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.forecast.backtest.find import backtested
from saleswright.measure.forecast.backtest.kept import FOLDER
from saleswright.measure.forecast.backtest.origins import past, within
from saleswright.measure.forecast.outlook.asked import forecast_on
from saleswright.measure.forecast.panel.record import read

FULL, SMALL = 20_000, 600
PERIODS = 8
ALONE = 3
MOST = 300.0


def backtest_100(small: bool, place: Path) -> Line:
    """A back-test of every week of eight quarters, with its plain forecasts and parts, from nothing to its kept result; against
    the forecast of each of these days asked by itself, reckoned from three of them. Each of the three says the same, to the bit."""
    deals, periods = (SMALL, 1) if small else (FULL, PERIODS)
    workspace = company(place, deals, lively=True)
    shutil.rmtree(workspace.state / FOLDER, ignore_errors=True)
    made: dict[str, Any] = {}
    with closing(open_snapshot(workspace, Ambient(as_of=LAST))) as at:
        calendar, today = workspace.calendar, date.fromisoformat(LAST)

        def ours() -> float:
            def run() -> None:
                made.update(
                    backtested(at, "quarter", periods, 1, "team", None, lambda text: None, lambda done, of: None)
                )

            return seconds(run)

        asked = [one for period in past(calendar, today, "quarter", periods) for one in within(period, 1)]
        exact = [one for one in asked if one.week % 4 == 0][:: max(1, len(asked) // 4 // ALONE)][:ALONE]

        def alone() -> float:
            def one_by_one() -> None:
                for one in exact:
                    told = forecast_on(read(at, ("team",)), one.day, one.period)
                    made[one.name] = told.foretold.law.mean

            return seconds(one_by_one) * len(asked) / len(exact)

        mine, theirs = ours(), alone()
    answers = {f"{one['period']}-w{one['week']:02d}": one for one in made["origins"]}
    assert len(answers) == len(asked)
    assert all(answers[one.name]["model"]["point"] == made[one.name] for one in exact), "not the forecast of that day"
    kept = sum(path.stat().st_size for path in (workspace.state / FOLDER).rglob("*.json"))
    note = (
        f"{deals:,} deals, {len(asked)} days of {periods} quarters, {mine / len(asked):.2f} s a day; {kept / 1e6:.1f} MB kept; "
        f"the target is {MOST:.0f} s"
    )
    good = mine <= MOST
    return Line("backtest_100", mine, theirs, f"<= {MOST:.0f} s", good, "s", 1, note)
