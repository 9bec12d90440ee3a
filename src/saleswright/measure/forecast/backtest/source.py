"""What does a back-test stand on? Open deals on past days, and what had become of all deals, each as known on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from saleswright.measure.forecast.outlook.past import Past
    from saleswright.measure.forecast.panel.panel import Panel


class Source(Protocol):
    """The record of a moment (`panel.record.Record`), or a drawn world that answers alike."""

    def panel(self, days: Iterable[date]) -> Panel:
        """Every open deal on each of the days, and what became of it as known now."""

    def told(self, of: Panel, day: date) -> Panel:
        """The rows up to a day, with what was known of their deals at its end."""

    def past(self, day: date) -> Past:
        """What had become of every deal, as known at the end of a day."""
