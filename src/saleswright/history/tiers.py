"""How much can this data tell? Four tiers: one export, with history, with a second export, a live connection.

An export alone says how things stand now; what stood on an earlier day is then rebuilt from the dates in its rows. Each
tier has the words for what it lets one say, what it cannot, and how to get there. Pages and reports take them from here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from saleswright.history.release import manifest
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.zone import local_date


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of knowing more: what it lets you say, what stays unknown, and how to get there."""

    number: int
    name: str
    lets: str
    cannot: str
    how: str


TIERS = (
    Tier(
        1,
        "One export",
        "what is open, past due and not to be counted, win rates, the sales cycle, what was won",
        "what stood on an earlier day: stages, amounts and close dates of then are not in it",
        "saleswright import FILE",
    ),
    Tier(
        2,
        "With history",
        "how deals move through stages and how long they stay, pushed close dates, any past day as it was",
        "fields whose changes the CRM does not keep",
        "import the history beside the deals: Salesforce's Opportunity History report or its OpportunityHistory and "
        'OpportunityFieldHistory tables, HubSpot\'s "Date entered" columns or property history',
    ),
    Tier(
        3,
        "With a second export",
        "why the pipeline changed between two exports, and which deals are no longer there",
        "what came and went between the two",
        "export the same list again, next week for example, and import it: only what changed is taken in",
    ),
    Tier(
        4,
        "Live connection",
        "the same, up to the minute",
        "nothing more",
        "not in this version yet: an export each week stands in for it",
    ),
)


@dataclass(frozen=True, slots=True)
class Data:
    """What stands in the record: how often deals were exported, whether with their history, and since when."""

    exports: int
    history: bool
    first: date | None
    live: bool = False

    def has(self, number: int) -> bool:
        """Is this tier reached?"""
        return (self.exports > 0, self.history, self.exports > 1, self.live)[number - 1]

    @property
    def number(self) -> int:
        """The highest tier reached; 0 before any deal came in."""
        return max((tier.number for tier in TIERS if self.has(tier.number)), default=0)

    @property
    def reached(self) -> tuple[Tier, ...]:
        return tuple(tier for tier in TIERS if self.has(tier.number))

    @property
    def next(self) -> Tier | None:
        """The lowest tier that is still to be had."""
        return next((tier for tier in TIERS if not self.has(tier.number)), None)


def tier(at: Snapshot) -> Data:
    """What the record of this snapshot can tell, by the imports that stand in it."""
    runs = tuple(at.meta.get("runs", ()))
    exports, history, first = _runs(at.workspace.state, runs)
    told = at.meta.get("told", {}).get("deal")
    # The manifests know whether a second file spoke of the same deals; a record without them tells only how many came.
    if not exports and not history and isinstance(told, Mapping):
        exports, history = _count(told.get("rows")), bool(_count(told.get("events")) or _count(told.get("fields")))
    day = local_date(first.astimezone(UTC).replace(tzinfo=None), at.workspace.zone) if first else None
    return Data(exports, history, day)


def before_first(at: Snapshot) -> str:
    """The warning beside a figure of a day that lies before the first import, when no history came with it."""
    data = tier(at)
    if data.history or data.first is None or at.day >= data.first:
        return ""
    many = "one export" if data.exports < 2 else f"{data.exports} exports, no history"
    return (
        f"{many[0].upper()}{many[1:]}, first of {data.first}: what stood on {at.day} is rebuilt from the dates in the "
        "rows; stages, amounts and close dates of that day are not known."
    )


def lacking(at: Snapshot, needs: int) -> str:
    """What is missing for something that needs this tier, and how to get it; empty when it is there."""
    if needs <= 1 or tier(at).has(needs):
        return ""
    wanted = TIERS[needs - 1]
    return f"This needs data {wanted.name.lower()}, which is not in the record. To get there: {wanted.how}."


def ended(at: Snapshot) -> date | None:
    """The day on which the record ends, where nothing has happened since for longer than it ever usually stood still.

    None while it goes on. Looked at is the whole record, whoever asks: what came, was qualified or decided, when anybody last
    touched a deal, and changes that a history tells; never the imports. As long as 39 of 40 pauses of its own is usual, and
    thirty days always are; ninety where it has fewer than thirty pauses to tell.
    """
    last, pauses, usual, longest = at.reader.rows(_pauses(at), {**at.clocks(), "day": at.day})[0]
    if last is None:
        return None
    limit = max(30, usual) if pauses >= 30 else max(90, longest or 0)
    return last if (at.day - last).days > limit else None


def ended_words(last: date) -> str:
    """What a figure that counts days to today says instead, of a record that ends on a day."""
    return f"the record ends on {last}, so days counted to today tell nothing; ask as of that day: --as-of {last}"


def _pauses(at: Snapshot) -> str:
    """The SQL of (last day, pauses between days on which anything happened, 39 of 40 of them, the longest)."""
    known = "known_from <= $known AND known_to > $known AND NOT removed"
    # What an export tells of a later day hides when it was touched before: then it was not over on the as-of day.
    touched = "local_day(last_activity)"
    touched = f"CASE WHEN valid_from > $as_of AND {touched} > $day THEN $day ELSE {touched} END"
    days = [("deal", "created", "true"), ("deal", "qualified", "true"), ("deal", "closed", "standing <> 'open'"),
            ("deal", touched, "true"), ("lead", "created", "true"), ("account", "created", "true"),
            ("activity", "local_day(occurred)", "true")]  # fmt: skip
    if tier(at).history:
        # A version that begins with an import tells when somebody looked, not when it happened.
        moments = ", ".join(f"TIMESTAMP '{one}'" for one in _moments(at)) or "NULL"
        days.append(("deal", "local_day(valid_from)", f'NOT "first" AND (valid_from IN ({moments})) IS NOT TRUE'))
    told = " UNION ".join(
        f"SELECT DISTINCT {day} AS on_day FROM {entity} WHERE {known} AND {test} AND ({day}) <= $day"
        for entity, day, test in days
    )
    return (
        f"WITH d AS ({told}), g AS (SELECT on_day, on_day - lag(on_day) OVER (ORDER BY on_day) AS pause FROM d) "
        "SELECT max(on_day), count(pause), quantile_disc(pause, 0.975), max(pause) FROM g"
    )


def _moments(at: Snapshot) -> list[datetime]:
    """When each import came, UTC without zone."""
    found = []
    for run in at.meta.get("runs", ()):
        try:
            came = _run(at.workspace.state, run)[2]
        except (Stop, json.JSONDecodeError):
            continue
        if came:
            found.append(came.astimezone(UTC).replace(tzinfo=None))
    return found


def _count(value: Any) -> int:
    return len(value) if isinstance(value, (list, tuple)) else int(value or 0)


def _runs(state: Path, runs: tuple[int, ...]) -> tuple[int, bool, datetime | None]:
    """(exports of deals, did history come, when the first came) of runs, as their manifests tell."""
    exports, history = 0, False
    first: datetime | None = None
    for run in sorted(runs):
        try:
            rows, again, came, told = _run(state, run)
        except (Stop, json.JSONDecodeError):
            # A rehearsal stands on a run that has no manifest yet.
            continue
        history |= told
        exports += rows and (again or not exports)
        first = first or came
    return exports, history, first


@lru_cache(maxsize=512)
def _run(state: Path, run: int) -> tuple[bool, bool, datetime | None, bool]:
    """(did it bring rows of deals, some that were there before, when deals came, did history come).

    Runs never change, so each is read once; a run that is not there yet raises, and so is asked again.
    """
    content = manifest(state, run)
    deals = [file for file in content.get("files", ()) if file.get("entity") == "deal"]
    rows = [file for file in deals if file["body"].get("layout", "rows") == "rows"]
    # Another file of other deals is no second look at the same ones.
    again = any(file.get("changed", 0) + file.get("unchanged", 0) for file in rows)
    history = any(file not in rows or file["body"].get("entered") for file in deals)
    return bool(rows), again, datetime.fromisoformat(content["at"]) if deals else None, history
