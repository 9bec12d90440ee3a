"""What will be booked, how sure is that, and how often was it so?

**Question.** Where will the period land, how likely is the target, on which few deals does that hang, what moved since last
week, what does it still take, whose call do I believe, and how often did such ranges hold?

**Formula.** Bookings = won so far + open deals that are won in time + deals not created yet that are won in time, as one
distribution that is worked out rather than drawn. Each open deal has its own chance, learnt from how past deals looked by
what was known then.

**Worked example.** Deals of 50,000, 30,000 and 20,000 with chances of 50, 40 and 25 % book 42,000 on average, and at least
60,000 with a chance of 27.5 %.

**Source.** Formulas 4 (forecasting) and 6.1 (dependence); decisions 0031 to 0033.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from saleswright.kernel.chapter import Chapter
from saleswright.lib.issue import Issue
from saleswright.measure.forecast.backtest import actions as backtest
from saleswright.measure.forecast.calls import actions as calls
from saleswright.measure.forecast.calls import rules
from saleswright.measure.forecast.material import actions as material
from saleswright.measure.forecast.show import actions as show

_PARTS = (show, calls, material, backtest)


def _check(at: Any) -> Iterable[Issue]:
    return rules.check(at.workspace, at.day)


CHAPTER = Chapter(
    name="forecast",
    group="Measure",
    title="Forecast",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=tuple(action for part in _PARTS for action in part.ACTIONS),
    pages=tuple(page for part in _PARTS for page in part.PAGES),
    check=_check,
    kinds={name: schema for part in _PARTS for name, schema in part.KINDS.items()},
)
