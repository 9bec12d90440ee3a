"""When does the team work? Dated definitions of kind `working_hours`: days, hours, zone, holidays, and how soon to answer.

    kind: working_hours
    name: sales
    from: 2026-01-01
    days: [mon, tue, wed, thu, fri]
    opens: "09:00"
    closes: "17:00"
    zone: Europe/Berlin
    holidays: [2026-12-25, 2026-12-26]
    answer_within: 60

The one in force on the as-of day counts; without one, Monday to Friday from 09:00 to 17:00 in the workspace's zone, and
an answer within 60 working minutes. Hours are those a clock on the wall shows, so a night in which it is changed adds
and takes nothing, unless somebody works through it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.zone import local_date

KIND = "working_hours"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS: dict[str, tuple[str, str]] = {
    "days": ("array", "the working days: " + ", ".join(DAYS)),
    "opens": ("string", "when work begins, such as 09:00"),
    "closes": ("string", "when it ends, the same day, such as 17:00"),
    "zone": ("string", "whose clock it is, such as Europe/Berlin; the workspace's when left out"),
    "holidays": ("array", "days on which nobody works"),
    "answer_within": ("integer", "how many working minutes a new lead may wait for its first answer"),
}
_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
# Rows whose metrics stand on these hours.
ROWS = ("response",)
CLOCK = "business hours"
_ANY = datetime(2026, 1, 1, 12)


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Working days as seven yes or no from Monday, hours as minutes of the day, and how long an answer may take."""

    days: tuple[bool, ...] = (True, True, True, True, True, False, False)
    opens: int = 540
    closes: int = 1020
    zone: str = "UTC"
    holidays: frozenset[date] = field(default_factory=frozenset)
    answer_within: int = 60
    made_by: str = ""

    def works(self, day: date) -> bool:
        """Is it a working day?"""
        return self.days[day.weekday()] and day not in self.holidays

    def minutes(self, start: date, end: date) -> int:
        """How many minutes are worked from the day `start` up to the day `end`?"""
        days = (start + timedelta(days=n) for n in range((end - start).days))
        return sum(self.works(day) for day in days) * (self.closes - self.opens)

    def bound(self) -> dict[str, Any]:
        """The values that the compiled expression of business minutes is asked with."""
        worked = [str(int(one)) for one in self.days]
        before = [str(sum(self.days[:n])) for n in range(7)]
        return {
            "hours_zone": self.zone,
            "hours_open": str(self.opens * 60),
            "hours_close": str(self.closes * 60),
            "hours_days": "".join(worked),
            "hours_before": "".join(before),
            "hours_week": str(sum(self.days)),
            "hours_within": str(self.answer_within),
            "hours_holidays": sorted(day.isoformat() for day in self.holidays if self.days[day.weekday()]),
        }

    @property
    def said(self) -> str:
        """The hours in words, for the note beside a figure."""
        named = [name.capitalize() for name, one in zip(DAYS, self.days, strict=True) if one]
        whole = len(named) > 2 and "".join(map(str, map(int, self.days))).strip("0") == "1" * len(named)
        days = f"{named[0]} to {named[-1]}" if whole else ", ".join(named)
        off = f", {len(self.holidays)} holidays" if self.holidays else ""
        return f"{days} {_clock(self.opens)} to {_clock(self.closes)} {self.zone}{off}"


def hours_of(at: Snapshot) -> WorkingHours:
    """The hours in force on the as-of day, or those that ship. Stop with every issue of a text that cannot be used."""
    found, issues = _in_force(at.workspace, at.day)
    if issues:
        raise Stop(*issues)
    return found


def issues(at: Snapshot) -> tuple[Issue, ...]:
    """What is wrong with the hours in force on the as-of day."""
    return tuple(_in_force(at.workspace, at.day)[1])


def _in_force(workspace: Workspace, day: date) -> tuple[WorkingHours, list[Issue]]:
    given = workspace.all(KIND, day)
    if len(given) > 1:
        named = " and ".join(one.name for one in given)
        what = f"{named} are both in force on {day}"
        return WorkingHours(), [Issue(given[1].where(), what, "so nobody can tell whose hours count", "end one: to:")]
    return read_hours(given[0], workspace.zone) if given else (WorkingHours(zone=workspace.zone), [])


def read_hours(definition: Definition, zone: str) -> tuple[WorkingHours, list[Issue]]:
    """Checked hours (the shipped ones where a line is left out), and every issue of the text at once."""
    body = definition.body
    found = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    days, wrong = _days(definition, body.get("days", DAYS[:5]))
    found += wrong
    opens, closes = (_minute(body.get(key, usual)) for key, usual in (("opens", 540), ("closes", 1020)))
    for key, minute in (("opens", opens), ("closes", closes)):
        if minute is None:
            found.append(Issue(definition.where(key), f"'{body[key]}' is no time of day", "", f'{key}: "09:00"'))
    if opens is not None and closes is not None and opens >= closes:
        what = f"it closes at {_clock(closes)}, before it opens at {_clock(opens)}"
        found.append(Issue(definition.where("closes"), what, "so no minute would be worked", 'closes: "17:00"'))
    place = str(body.get("zone") or zone)
    try:
        local_date(_ANY, place)
    except Stop as stop:
        found += [Issue(definition.where("zone"), one.what, one.why, one.try_) for one in stop.issues]
    holidays, wrong = _holidays(definition, body.get("holidays") or ())
    found += wrong
    within = body.get("answer_within", 60)
    if type(within) is not int or within < 1:
        what = f"'{within}' is no number of minutes"
        found.append(Issue(definition.where("answer_within"), what, "so no answer is late", "answer_within: 60"))
    if found:
        return WorkingHours(zone=zone), found
    return WorkingHours(days, opens or 0, closes or 0, place, holidays, within, definition.hash), []


def stands_on(at: Snapshot, metric: Any, parts: Iterable[Any] = ()) -> list[str]:
    """What a figure of business hours stands on beside its definition: the hours of the as-of day, by their hash."""
    if not any(one.clock == CLOCK or one.entity in ROWS for one in (metric, *parts)):
        return []
    return [str(sorted(_in_force(at.workspace, at.day)[0].bound().items()))]


def _days(definition: Definition, given: Any) -> tuple[tuple[bool, ...], list[Issue]]:
    named = [str(one).strip().casefold()[:3] for one in given] if isinstance(given, (list, tuple)) else []
    wrong = [str(one) for one, short in zip(given, named, strict=True) if short not in DAYS] if named else []
    found = [unknown("day", one, DAYS, where=definition.where("days")) for one in wrong]
    if not named:
        found.append(
            Issue(definition.where("days"), "no day is worked", "so no answer is ever late", "days: [mon, tue]")
        )
    return tuple(day in named for day in DAYS), found


def _minute(given: Any) -> int | None:
    """A time of day as minutes. YAML itself reads 17:00 without quotes as 1020."""
    if type(given) is int:
        return given if 0 <= given <= 1440 else None
    found = _TIME.fullmatch(str(given).strip())
    minute = int(found[1]) * 60 + int(found[2]) if found else None
    return minute if minute is not None and minute <= 1440 else None


def _holidays(definition: Definition, given: Any) -> tuple[frozenset[date], list[Issue]]:
    days, found = set(), []
    for one in given if isinstance(given, (list, tuple)) else [given]:
        try:
            days.add(one if type(one) is date else date.fromisoformat(str(one)))
        except ValueError:
            found.append(Issue(definition.where("holidays"), f"'{one}' is no day", "", "holidays: [2026-12-25]"))
    return frozenset(days), found


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of working hours, for editors and checks."""
    properties: Mapping[str, Any] = schema_properties(KIND, KEYS)
    properties["days"]["items"] = {"enum": list(DAYS)}
    properties["holidays"]["items"] = {"type": "string", "format": "date"}
    properties["answer_within"]["minimum"] = 1
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "When the team works",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "additionalProperties": False,
    }
