"""Which exchange rates are missing? Only those that an amount on the screen could not be converted for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compute import sums
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.words import are


@dataclass(frozen=True, slots=True)
class Rates:
    """The currencies without a rate, and those that have one, but not of every day: (currency, first day of it)."""

    missing: tuple[str, ...]
    late: tuple[tuple[str, date], ...]

    @property
    def command(self) -> str:
        codes = self.missing or tuple(code for code, _ in self.late)
        return "saleswright rate " + " ".join(f"{code}=RATE" for code in codes)

    def text(self, at: Snapshot) -> str:
        """What cannot be added, why, and the one line that mends it."""
        base = at.workspace.currency
        why = []
        if self.missing:
            why.append(f"{', '.join(self.missing)} {are(len(self.missing), 'has', 'have')} no rate to {base}")
        why += [f"the rate of {code} begins on {day}: of the days before it is missing" for code, day in self.late]
        return (
            f"Deals are in {', '.join(at.currencies)}; {'; '.join(why)}. So nothing is added across currencies. One line "
            f"gives one total: {self.command}, where RATE is how many of it one {base} buys; or import a file with the "
            "columns currency, starts, rate."
        )


def missing_rates(at: Snapshot, asked: Iterable[Asked]) -> Rates | None:
    """The rates that these questions lack; None when every amount could be converted."""
    split = dimensions(at.schema)["currency"]
    base = at.workspace.currency
    lacking: set[str] = set()
    for one in asked:
        if one.metric.sum and set(at.currencies) - {at.currency}:
            found = sums(at, replace(one, by=(split,)))
            lacking |= {key[0] for key, facts in found.items() if facts.unconverted}
    if not lacking:
        return None
    # Every rate is one to the workspace's own currency; to tell another, that one needs a rate too.
    codes = sorted((lacking | {at.currency}) - {base, ""})
    starts = dict(at.reader.rows("SELECT currency, min(starts) FROM rates GROUP BY currency"))
    missing = tuple(code for code in codes if code not in starts)
    late = tuple((code, starts[code]) for code in codes if code in starts and code in lacking)
    return Rates(missing, late)
