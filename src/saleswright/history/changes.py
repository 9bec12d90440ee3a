"""What was found, and when was it true and known? The change log, as typed facts read out of raw segments.

A `Source` is one raw segment of one run, seen through its mapping: a query that yields typed facts. The change log is
the union of all sources of the runs that stand; nothing else is the truth, so it can always be read again from raw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

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
    assumed: the currency whose minor units the money is in where the rows name none; the record's own currency rules.
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


@dataclass(frozen=True, slots=True)
class StageMap:
    """What a stage means: standing is open, won, lost or disqualified; an open stage may come before qualification."""

    stages: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def standing(self, stage: str | None) -> tuple[str, bool]:
        """(standing, qualified) of a stage in the source's own word; an undeclared stage is open and qualified."""
        if stage is None:
            return "open", True
        return self.stages.get(stage.strip().casefold(), ("open", True))
