"""What was found, and when was it true and known? The change log, as typed facts read out of raw segments.

A `Source` is one raw segment of one run, seen through its mapping: a query that yields typed facts. The change log is
the union of all sources of the runs that stand; nothing else is the truth, so it can always be read again from raw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from saleswright.history.schema import Entity
from saleswright.lib.money import EXPONENTS

FINE = 10 ** max(EXPONENTS.values())
"""Parts of one unit in which money is carried until its currency is known: no currency has finer ones."""

Layout = Literal["rows", "events", "fields"]
ASIDE = 20_000
"""From this number on a source only says by the way what a file about something else names; a file of its own rules."""


@dataclass(frozen=True, slots=True)
class Source:
    """Typed facts about one entity out of one raw segment.

    layout rows: one row per record as it stands now. The query yields
        id VARCHAR, line BIGINT, deleted BOOLEAN, then one typed column per name in `sets`, and for each anchor in
        `anchors` a column `<anchor>__at` TIMESTAMP (UTC): the instant that date began (a date-only value is the start
        of that day in the workspace's zone).
        Everything is true and known from `imported_at`, except the fields whose attribute-table `since` is in `anchors`:
        those are true and known from that anchor's instant.
    layout events: one row per happening. Yields id, line, at TIMESTAMP, recorded TIMESTAMP (null = at), then `sets`.
        An empty cell sets nothing.
    layout fields: one row per changed field. Yields id, line, at, recorded, field VARCHAR (a name in `sets`),
        value VARCHAR (castable to the field's SQL type; null clears the field).
    assumed: set where the rows hold money and do not tell its currency: the currency it is in where the record has none
        of its own. Such money is in `FINE` parts of a unit, for the record's own currency says how many minor units it is.
    `close` may stand in `sets` of a deal: a date that means expected_close while the deal is open and closed after.
    """

    entity: str
    run_id: int
    number: int
    layout: Layout
    query: str
    sets: tuple[str, ...]
    imported_at: datetime
    anchors: tuple[str, ...] = ()
    full: bool = False
    file: str = ""
    assumed: str = ""

    def untold(self, entity: Entity) -> tuple[str, ...]:
        """The money these rows set without telling its currency."""
        return tuple(f.name for f in entity.plain if self.assumed and f.type == "money" and f.name in self.sets)


def own_minor(amount: str, code: str) -> str:
    """SQL of the minor units of an amount in `FINE` parts; `code` is SQL of its currency."""
    groups: dict[int, list[str]] = {}
    for known, places in sorted(EXPONENTS.items()):
        groups.setdefault(places, []).append(f"'{known}'")
    cases = " ".join(f"WHEN {code} IN ({', '.join(c)}) THEN {10**n}" for n, c in sorted(groups.items()) if n != 2)
    return f"exchange({amount}, CASE {cases} ELSE 100 END, {FINE})"


@dataclass(frozen=True, slots=True)
class StageMap:
    """What a stage means: standing is open, won, lost or disqualified; an open stage may come before qualification."""

    stages: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def standing(self, stage: str | None) -> tuple[str, bool]:
        """(standing, qualified) of a stage in the source's own word; an undeclared stage is open and qualified."""
        if stage is None:
            return "open", True
        return self.stages.get(stage.strip().casefold(), ("open", True))
