"""What is a layout? A file in a vendor's shape, and the figures that are true of it, reckoned without the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.layouts.company import UNTIL, Sale

Truth = str | tuple[str | None, ...] | None
"""The field a column sets; None for one that is kept and not used; several where each of them is right."""


@dataclass(frozen=True)
class Layout:
    """One file or folder, and what must come out of it.

    source: what is imported. expected: figures by what is asked (see `asked.py` for the words). columns: file -> column
    -> the true field. questions: codes of which one may be asked. grand_total: the sum the file prints, or empty.
    currency: what the workspace is kept in.
    """

    source: Path
    expected: Mapping[str, str]
    columns: Mapping[str, Mapping[str, Truth]]
    questions: tuple[str, ...] = ()
    grand_total: str = ""
    currency: str = "USD"
    answers: tuple[str, ...] = ()


Make = Callable[[Path], Layout]


def money(sums: Mapping[str, Decimal | int]) -> str:
    """Sums by currency as one text: '1.00 EUR, 2.50 USD'."""
    return ", ".join(f"{Decimal(sums[code]):.2f} {code}" for code in sorted(sums)) or "nothing"


def amounts(found: Iterable[Sale]) -> str:
    """The sums of these sales by currency; sales without an amount add nothing."""
    sums: dict[str, int] = defaultdict(int)
    for sale in found:
        if sale.amount is not None:
            sums[sale.currency] += sale.amount
    return money(sums)


def total(found: Iterable[Sale]) -> int:
    """The plain sum of the amounts, in whatever currency they are."""
    return sum(s.amount or 0 for s in found)


@dataclass
class Figures:
    """Collects what is expected of a file of deals.

    kinds: does the file tell renewals apart? created: does it tell when a deal began? first: is the first stage one
    before qualification, in the words of this file? named, accounts: does it say what a deal and its account are called?
    """

    deals: Sequence[Sale]
    kinds: bool = True
    created: bool = True
    first: bool = True
    named: bool = True
    accounts: bool = True
    out: dict[str, str] = field(default_factory=dict)

    def deal_file(self, read: Mapping[str, int] | None = None) -> dict[str, str]:
        """The figures of any file that holds these deals; `read` says how many rows files have that hold more."""
        deals, out = self.deals, self.out
        out |= {f"read | {name}": str(rows) for name, rows in read.items()} if read else {"read": str(len(deals))}
        out["rejected"] = "0"
        out["count deal"] = str(len(deals))
        for standing in ("won", "lost", "open"):
            out[f"count deal | standing={standing}"] = str(sum(s.standing == standing for s in deals))
        for standing in ("won", "open"):
            out[f"sum deal.amount | standing={standing}"] = amounts(s for s in deals if s.standing == standing)
        fresh = [s for s in deals if not (self.kinds and s.renewal)]
        won, lost = ([s for s in fresh if s.standing == x] for x in ("won", "lost"))
        out["won_deals"], out["lost_deals"] = str(len(won)), str(len(lost))
        out["win_rate"] = f"{len(won)} of {len(won) + len(lost)}"
        for code in sorted({s.currency for s in won}):
            out[f"won_value | currency={code}"] = amounts(s for s in won if s.currency == code)
        out.update(self._spots(won))
        out["crm_open_deals"] = str(sum(s.standing == "open" for s in deals))
        if self.created:
            qualified = [s for s in fresh if (s.open_qualified if self.first else s.standing == "open")]
            out["open_deals"] = str(len(qualified))
        return out

    def _spots(self, won: list[Sale]) -> dict[str, str]:
        """The owner with the most wins, and the last quarter that is over."""
        by = defaultdict(list)
        for sale in won:
            by[sale.owner].append(sale)
        best = max(sorted(by), key=lambda owner: len(by[owner]))
        quarter = [s for s in won if date(2026, 7, 1) <= s.close <= date(2026, 9, 30)]
        one, out = by[best][0], self.out
        if self.named:
            out[f"count deal | name={one.name}"] = str(sum(s.name == one.name for s in self.deals))
        if self.accounts:
            out[f"count deal | account={one.account}"] = str(sum(s.account == one.account for s in self.deals))
        return {f"won_deals | owner={best}": str(len(by[best])), "won_deals | 2026Q3": str(len(quarter))}

    def past_due(self) -> Figures:
        """How many open deals should have closed by now."""
        late = [s for s in self.deals if s.standing == "open" and s.close < UNTIL]
        self.out[f"count deal | standing=open | expected_close<{UNTIL}"] = str(len(late))
        return self

    def stood(self, *days: date, names: Mapping[str, str] | None = None) -> Figures:
        """How many deals stood in each of two stages at the end of these days."""
        names = names or {}
        for day in days:
            steps = [step for s in self.deals if (step := s.on(day))]
            for stage in ("Proposal", "Closed Won", "Discovery"):
                here = sum(step.stage == stage for step in steps)
                self.out[f"count deal | stage={names.get(stage, stage)} | @{day}"] = str(here)
        return self
