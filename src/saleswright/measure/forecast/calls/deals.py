"""What do somebody's deals come to in each category? Won, and what is open and due, by the category a person gave it.

A deal that nobody put into a category is counted under the one its stage suggests, and told apart: a suggestion never
stands in the place of a person's category. Deals past their date are in none; they carry no date to be due by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.forecast.calls.rules import OMITTED, Rules, plain
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate

WON, OPEN = "won_value", "open_due_in"


@dataclass(frozen=True, slots=True)
class Share:
    """Open deals of one person and category: minor units and deals, and how many of them only by their stage."""

    minor: int = 0
    deals: int = 0
    by_stage: int = 0
    by_stage_minor: int = 0

    def plus(self, minor: int, deals: int, suggested: bool) -> Share:
        """With more of them."""
        return Share(
            self.minor + minor, self.deals + deals,
            self.by_stage + (deals if suggested else 0), self.by_stage_minor + (minor if suggested else 0),
        )  # fmt: skip


@dataclass(frozen=True)
class Deals:
    """What is won and what is open and due in a period, by owner. reason: why it cannot be told; no_open: of what is open."""

    won: Mapping[str, Figure]
    total: Figure
    open: Mapping[tuple[str, str], Share]
    currency: str
    reason: str = ""
    no_open: str = ""

    def won_by(self, person: str) -> Money | None:
        """What somebody won; nothing won is zero, for it is known. None where it cannot be told."""
        if self.reason:
            return None
        figure = self.won.get(person)
        if figure is None or not figure.n:
            return Money(0, self.currency)
        return figure.value if isinstance(figure.value, Money) else None

    def come_to(self, person: str, category: str, rules: Rules) -> Money | None:
        """What somebody's deals come to in a category: won and open in it and in the surer ones; of omitted the open alone."""
        won = self.won_by(person)
        if won is None or self.no_open:
            return None
        open_ = sum(self.open.get((person, one), Share()).minor for one in rules.held(category))
        return Money(open_ + (0 if plain(category) == OMITTED else won.minor), self.currency)


def deals(at: Snapshot, period: Period, rules: Rules) -> Deals:
    """The metrics won_value and open_due_in of the period, taken apart by owner and category."""
    found = metrics_in_force(at)
    lacking = next((name for name in (WON, OPEN) if name not in found), "")
    if lacking:
        why = f"this workspace has no metric {lacking}"
        return Deals({}, Figure(WON, None, "money", reason=why), {}, at.currency, why)
    won = evaluate(at, replace(ask(at, WON, ("owner",)), period=period))
    by_owner = {key[0]: figure for key, figure in won.groups.items()}
    reason = won.total.reason if won.total.value is None else ""
    open_, no_open = _open(at, period, rules)
    return Deals(by_owner, won.total, open_, at.currency, reason, no_open)


def _open(at: Snapshot, period: Period, rules: Rules) -> tuple[dict[tuple[str, str], Share], str]:
    if period.end <= at.day:
        return {}, f"{period.label} is over"
    named = at.policy.field_allowed("deal", "forecast_category")
    by = ("owner", "forecast_category", "stage") if named else ("owner", "stage")
    told = evaluate(at, replace(ask(at, OPEN, by), period=period))
    if told.total.value is None and told.total.n:
        return {}, told.total.reason
    open_: dict[tuple[str, str], Share] = defaultdict(Share)
    for key, sums in told.group_sums.items():
        owner, category, stage = key if named else (key[0], "", key[1])
        mine = rules.category(category)
        # A category that the rules do not know is no category, and no reason to take the stage's instead of it.
        name = mine or ("" if category else rules.suggested(stage))
        open_[owner, name] = open_[owner, name].plus(sums.total, sums.n, bool(name and not mine))
    return dict(open_), ""
