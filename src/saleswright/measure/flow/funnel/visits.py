"""Which stages did deals visit, when, and how did each visit end? The rows of `stage_conversion`, all visits, as columns.

Renewals, the rules in force, the caller's filters and the actor's scope are the metric's own; only that it counts first
visits is lifted, for a visit that follows a fall back takes time and can end in a loss, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow import rows
from saleswright.measure.flow.columns import NO_DAY, Bools, Ints, Names
from saleswright.measure.metrics.apart import Pairs

FIELDS = ("deal", "stage", "went", "became", "first_visit", "place", "entered", "left")
COLUMNS = ("deal", "stage", "went", "became", "first", "unknown", "place", "entered", "left", "amount")
LOST = ("lost", "disqualified")


@dataclass(frozen=True)
class Visits:
    """One visit in each place of every column, ordered by id.

    entered, left: days since 1970-01-01, `left` NO_DAY while it is there. went: forward, back, handed off, won, lost,
    disqualified or still there. became: what the entry came to by now. place: how many stages the stage comes after.
    amount: minor units as the deal came in, 0 where `unknown`. groups: by dimension, "" where nobody told.
    """

    deal: Names
    stage: Names
    went: Names
    became: Names
    first: Bools
    unknown: Bools
    place: Ints
    entered: Ints
    left: Ints
    amount: Ints
    groups: dict[str, Names]

    def __len__(self) -> int:
        return len(self.deal)

    def only(self, chosen: NDArray[Any]) -> Visits:
        """Some of the visits, by a mask or by places."""
        groups = {name: column[chosen] for name, column in self.groups.items()}

        def of(name: str) -> Any:
            return getattr(self, name)[chosen]

        return Visits(**{name: of(name) for name in COLUMNS}, groups=groups)

    @property
    def there(self) -> Bools:
        """Which are not over."""
        return np.asarray(self.left == NO_DAY)

    def days(self, today: int) -> Ints:
        """How long each lasted, or has lasted by today; never below 0."""
        return np.asarray(np.maximum(np.where(self.there, today, self.left) - self.entered, 0))

    def stages(self) -> list[str]:
        """Every stage, in the order of the record."""
        placed = dict(zip(self.stage.tolist(), self.place.tolist(), strict=True))
        return sorted(placed, key=lambda stage: (placed[stage], stage))


def read(at: Snapshot, by: Sequence[str] = (), where: Pairs = ()) -> Visits:
    """Every visit to an open stage as of `at`. Stop (usage) for an unknown filter, Stop (not allowed) for hidden fields."""
    found = rows.read(at, "stage_conversion", by, "all", where, also=FIELDS, of="amount", any_row=True)
    told = found.fields
    return Visits(
        told["deal"],
        told["stage"],
        told["went"],
        told["became"],
        told["first_visit"].astype(bool),
        ~found.known,
        told["place"],
        told["entered"],
        told["left"],
        found.value,
        found.groups,
    )
