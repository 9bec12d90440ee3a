"""How old is what a KPI stands on? The day its entity last came in, and whether that is older than its cadence."""

from __future__ import annotations

from datetime import UTC, date, datetime

from saleswright.history.release import manifest
from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.lib.zone import local_date
from saleswright.measure.metrics.words import plural

DAYS = {"weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}


def imported(at: Snapshot) -> dict[str, date]:
    """The day each entity's rows last came in, by the manifests of the runs that stand in this record.

    An as-of day in the past is answered by the imports of then: what came later is not known on that day.
    """
    found: dict[str, date] = {}
    for run in sorted(at.meta.get("runs", ())):
        try:
            content = manifest(at.workspace.state, run)
        except (Stop, ValueError):
            continue  # a rehearsal stands on a run that has no manifest yet
        day = local_date(datetime.fromisoformat(content["at"]).astimezone(UTC).replace(tzinfo=None), at.workspace.zone)
        for file in content.get("files", ()):
            entity = str(file.get("entity", ""))
            if entity and day <= at.day:
                found[entity] = max(day, found.get(entity, day))
    return found


def age(at: Snapshot, came: dict[str, date], entity: str) -> int | None:
    """Days since the entity's rows last came in; None where the record does not tell."""
    day = came.get(entity)
    return (at.day - day).days if day else None


def words(days: int | None) -> str:
    """How old, as a person would say it."""
    if days is None:
        return "not known"
    return "today" if days == 0 else f"{plural(days, 'day')} old"


def stale(days: int | None, cadence: str) -> bool:
    """Is the data older than the KPI is looked at?"""
    return days is not None and cadence in DAYS and days > DAYS[cadence]
