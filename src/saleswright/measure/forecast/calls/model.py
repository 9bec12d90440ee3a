"""What does the model expect of each one's period? Means by owner, which add up over the tree; the P50 of the whole apart.

The model is asked, never told what people called, and it changes no call. P50s do not add, so the sheet holds calls against
means and tells a P50 only of the whole or of one person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.view import View

LABEL = "Model mean"
VIEWS = 4


@dataclass(frozen=True)
class Model:
    """The model's means in minor units of `currency`, by owner ("" for deals of nobody). reason: why there are none; told:
    was it asked at all? median: the P50 in minor units of one owner, or of the whole where none is named."""

    currency: str
    means: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    told: bool = True
    median: Callable[[str], float | None] = lambda person: None

    def of(self, people: Collection[str]) -> Figure:
        """What is expected of these people's deals together."""
        if self.reason:
            return Figure("model", None, "money", LABEL, reason=self.reason)
        total = round(sum(self.means.get(one, 0.0) for one in people))
        return Figure("model", Money(total, self.currency), "money", LABEL)

    @cached_property
    def total(self) -> Figure:
        """What is expected of all deals, those of nobody included."""
        return self.of(list(self.means))

    def p50(self, person: str = "") -> Figure:
        """The P50 of one person's deals, or of the whole."""
        value = None if self.reason else self.median(person)
        if value is None:
            return Figure("p50", None, "money", "Model P50", reason=self.reason or "no deal of theirs is known")
        return Figure("p50", Money(round(value), self.currency), "money", "Model P50")


_kept: dict[tuple[View, Period], Model] = {}


def unasked(at: Snapshot, reason: str = "the model was not asked") -> Model:
    """No model, and why."""
    return Model(at.currency, reason=reason, told=False)


def kept(at: Snapshot, period: Period) -> Model | None:
    """The model of this view of the record, where it was worked out already."""
    return _kept.get((View(at), period))


def model(at: Snapshot, period: Period) -> Model:
    """The forecast of the period by owner; kept for each view of the record."""
    key = (View(at), period)
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _asked(at, period)
        while len(_kept) > VIEWS:
            # Another thread may have let the same one go.
            _kept.pop(next(iter(list(_kept))), None)
    return found


def _asked(at: Snapshot, period: Period) -> Model:
    from saleswright.measure.forecast.outlook.asked import forecast

    try:
        told = forecast(at, period, by="owner").foretold
    except Stop as stop:
        return Model(at.currency, reason=stop.issues[0].what)
    parts = told.parts("owner")

    def median(person: str) -> float | None:
        law = told.law if not person else parts[person].law if person in parts else None
        return None if law is None else float(law.quantile(0.5))

    return Model(at.currency, {person: part.means.total for person, part in parts.items()}, median=median)
