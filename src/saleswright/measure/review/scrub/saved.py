"""How much typing did the proposals save? Values proposed on the last Monday that stand in the record now, exactly so.

Counted honestly: only values the record did not have on that Monday, and only where it says exactly what was proposed.
What somebody decided otherwise, or left, is not counted. The seconds a value takes are an assumption of a dated
definition (kind `typing_time`), never measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import tier
from saleswright.kernel.definition import schema_properties
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Issue
from saleswright.measure.flow.waterfall.since import since_day
from saleswright.measure.review.scrub.file import present
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.model import Scrub

KIND = "typing_time"
NAME = "per_value"
KEYS = {"seconds": ("integer", "how many seconds it takes to open a record, type one value and save")}
SECONDS = 20


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of the proposals of a day: how many there were, how many stand now, and the minutes not typed.

    reason: why it cannot be said, and then `taken` is None. today: values proposed now. assumed: file and line.
    """

    since: date
    proposed: int
    taken: int | None
    seconds: int
    today: int
    assumed: str = ""
    reason: str = ""
    issues: tuple[Issue, ...] = ()

    @property
    def minutes(self) -> float | None:
        """Minutes of typing saved, to a tenth."""
        return None if self.taken is None else round(self.taken * self.seconds / 60, 1)

    @property
    def figure(self) -> Figure:
        return Figure(
            "minutes_saved", self.minutes, "number", "Minutes of typing saved", self.taken, reason=self.reason
        )


def saved(at: Snapshot, now: Scrub | None = None) -> Saved:
    """What came of the values proposed on the last Monday; `now`: the scrub of today, where it is at hand."""
    seconds, assumed, issues = _assumed(at)
    day = since_day(at)
    today = proposals(now or scrub(at))
    data = tier(at)
    first = data.first
    if first and day < first and not data.history:
        why = f"the record begins on {first}, after the Monday to compare with; next week it can be said"
        return Saved(day, 0, None, seconds, len(today), assumed, why, issues)
    then = proposals(scrub(at.at(day)))
    fields = sorted({name for _, name in then})
    held = present(at, sorted({id_ for id_, _ in then}), fields) if then else {}
    taken = sum(held.get(id_, {}).get(name) == value for (id_, name), value in then.items())
    return Saved(day, len(then), taken, seconds, len(today), assumed, "", issues)


def proposals(found: Scrub) -> dict[tuple[str, str], Any]:
    """Every proposed value of a deal by (id, field)."""
    return {
        (one.id, fix.field): fix.new
        for one in found.suspects
        if one.entity == "deal"
        for fix in one.fixes
        if fix.new is not None
    }


def _assumed(at: Snapshot) -> tuple[int, str, tuple[Issue, ...]]:
    definition = at.workspace.get(KIND, NAME, at.day)
    if definition is None:
        return SECONDS, "", ()
    given = definition.body.get("seconds")
    if type(given) is not int or not 0 < given <= 3600:
        what = f"'{given}' is no number of seconds"
        why = f"so {SECONDS} are assumed"
        return SECONDS, definition.where("seconds"), (Issue(definition.where("seconds"), what, why, "seconds: 20"),)
    return given, definition.where("seconds"), ()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the assumption, for editors and checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "How long one value takes to type, an assumption",
        "type": "object",
        "properties": schema_properties(KIND, KEYS),
        "required": ["kind", "name", "seconds"],
        "additionalProperties": False,
    }
