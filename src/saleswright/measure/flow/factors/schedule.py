"""How is a deal's age cut into cohorts? Dated definitions of kind `aging_schedule`: three shipped, your own over them.

    {kind: aging_schedule, name: ours, from: 2026-01-01, cuts: [14, 45, 90], default: true}

Ages are whole days since a deal was qualified, cohorts half-open: [0, 14), [14, 45), [45, 90), [90, on). A deal is New
below the first cut and Active from it on. In force is the schedule asked for, else the company's own that says
`default: true`, else the shipped one that does; of several the latest. Formulas 1.2 and 2.2.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Choice
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.lib.issue import USAGE, Issue, Stop, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KIND = "aging_schedule"
MOST = 120
LONGEST = 36500
DASH = "\u2013"
KEYS: dict[str, tuple[str, str]] = {
    "label": ("string", "what it is called on a page; its name when left out"),
    "cuts": ("array", "the ages in days at which a cohort ends and the next begins, rising: [30, 60, 90]"),
    "every": ("integer", "instead of cuts: a cut after every so many days"),
    "until": ("integer", "with every: the last cut, a multiple of it; who is older is in the last cohort"),
    "names": ("array", "what the cohorts are called, one more than there are cuts"),
    "default": ("boolean", "is it the one in force where nobody names another?"),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A checked schedule: `cuts` in days, rising; one name more than cuts, the last of them without an end."""

    name: str
    label: str
    cuts: tuple[int, ...]
    names: tuple[str, ...]
    definition: Definition
    default: bool = False

    @property
    def new_below(self) -> int:
        """A deal younger than this is New."""
        return self.cuts[0]

    def cohorts(self, ages: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each age's cohort; -1 for an age below 0, which is none."""
        import numpy as np

        places = np.searchsorted(np.asarray(self.cuts, np.int64), ages, side="right")
        return np.where(ages < 0, -1, places).astype(np.int64)


def schedules(at: Snapshot) -> tuple[dict[str, Schedule], tuple[Issue, ...]]:
    """The schedules in force on the as-of day by name, and every issue of those that cannot be used."""
    found: dict[str, Schedule] = {}
    issues: list[Issue] = []
    for definition in at.workspace.all(KIND, at.day):
        made, wrong = read_schedule(definition)
        issues += wrong
        if made is not None:
            found[made.name] = made
        issues += [_twice(definition, other) for other in definition.also]
    own = sorted((s for s in found.values() if s.default and not s.definition.shipped), key=_since)
    if len(own) > 1 and _since(own[-1]) == _since(own[-2]):
        first, second = own[-2], own[-1]
        what = f"{second.name} is default: true since the same day as {first.name}"
        issues.append(Issue(second.definition.where("default"), what, "so nobody can tell which holds", "keep one"))
    return found, tuple(issues)


def in_force(at: Snapshot, name: str = "") -> Schedule:
    """The schedule of that name, else the one that holds by default. Stop (usage) with the nearest names."""
    found, issues = schedules(at)
    if name:
        key = name.strip().casefold().replace(" ", "_").replace("-", "_")
        if key in found:
            return found[key]
        broken = [i for d in at.workspace.all(KIND, at.day) if d.name == key for i in read_schedule(d)[1]]
        raise Stop(*(broken or [unknown("aging schedule", name, found, where="schedule")]), exit_code=USAGE)
    usual = [one for one in found.values() if one.default] or list(found.values())
    if not usual:
        raise Stop(*issues, exit_code=USAGE)
    return max(usual, key=lambda one: (not one.definition.shipped, _since(one)))


def choices(at: Snapshot) -> list[Choice]:
    """The schedules to choose from, as they are on the as-of day."""
    return [Choice(one.name, one.label, one.definition.doc) for one in schedules(at)[0].values()]


def read_schedule(definition: Definition) -> tuple[Schedule | None, list[Issue]]:
    """A checked schedule, or every issue of its text at once."""
    body = definition.body
    issues = [unknown("key", str(key), KEYS, where=definition.where(str(key))) for key in body if key not in KEYS]
    cuts = _cuts(definition, issues)
    names = _names(definition, cuts, issues)
    if not isinstance(body.get("default", False), bool):
        issues.append(
            Issue(definition.where("default"), f"'{body['default']}' is not true or false", "", "default: true")
        )
    if issues:
        return None, issues
    label = str(body.get("label") or definition.name.replace("_", " ").capitalize())
    return Schedule(definition.name, label, cuts, names, definition, bool(body.get("default", False))), []


def _cuts(definition: Definition, issues: list[Issue]) -> tuple[int, ...]:
    body = definition.body
    if ("cuts" in body) == ("every" in body):
        what = (
            "a schedule has cuts: or every:, not both" if "cuts" in body else "an aging schedule needs cuts: or every:"
        )
        issues.append(Issue(definition.where(), what, "so no age can be told from another", "cuts: [30, 60, 90]"))
        return ()
    if "every" in body:
        every, until = body["every"], body.get("until")
        if not _days(every):
            issues.append(Issue(definition.where("every"), f"'{every}' is no number of days", "", "every: 30"))
        if not _days(until):
            what = "every: needs until:" if until is None else f"'{until}' is no number of days"
            issues.append(Issue(definition.where("until"), what, "so the last cut is not known", "until: 360"))
        if not (_days(every) and _days(until)) or not isinstance(until, int):
            return ()
        if until % every or until // every > MOST:
            what = f"{until} is no multiple of {every}" if until % every else f"that makes {until // every} cuts"
            issues.append(Issue(definition.where("until"), what, f"a schedule has at most {MOST} cuts", "until: 360"))
            return ()
        return tuple(range(every, until + 1, every))
    if "until" in body:
        issues.append(
            Issue(definition.where("until"), "until: goes with every:", "cuts: ends by itself", "leave it out")
        )
    cuts = body["cuts"]
    if not isinstance(cuts, (list, tuple)) or not cuts or len(cuts) > MOST:
        what = "cuts: is a list of 1 to " + str(MOST) + " ages in days"
        issues.append(Issue(definition.where("cuts"), what, "so no age can be told from another", "cuts: [30, 60, 90]"))
        return ()
    wrong = [place for place, cut in enumerate(cuts) if not _days(cut)]
    for place in wrong:
        what = f"'{cuts[place]}' is no number of days"
        issues.append(
            Issue(definition.where(f"cuts.{place}"), what, "an age is a whole number from 1", "cuts: [30, 60]")
        )
    if wrong:
        return ()
    for place, (one, other) in enumerate(pairwise(cuts), 1):
        if other <= one:
            where = definition.where(f"cuts.{place}")
            issues.append(Issue(where, f"{other} comes after {one}", "so nothing is between them", "let the cuts rise"))
    return tuple(cuts)


def _names(definition: Definition, cuts: Sequence[int], issues: list[Issue]) -> tuple[str, ...]:
    given = definition.body.get("names")
    if given is None:
        return (*(said(low, high) for low, high in pairwise([0, *cuts])), said(cuts[-1] if cuts else 0, None))
    written = definition.body.get("cuts")
    size = len(cuts) or (len(written) if isinstance(written, (list, tuple)) else 0)
    if not isinstance(given, (list, tuple)) or (size and len(given) != size + 1):
        what = f"names: has {len(given) if isinstance(given, (list, tuple)) else 'no list of'} names"
        why = f"{size} cuts make {size + 1} cohorts"
        issues.append(Issue(definition.where("names"), what, why, f"give {size + 1} names, or none"))
        return ()
    names = [" ".join(str(name).split()) for name in given]
    if not all(names) or len(set(names)) < len(names):
        what = "a cohort has no name" if not all(names) else "two cohorts have one name"
        issues.append(Issue(definition.where("names"), what, "so they cannot be told apart", "give each its own"))
    return tuple(names)


def said(low: int, high: int | None) -> str:
    """A cohort in words: "30\u201359 days", "Day 0", "360+ days"."""
    if high is None:
        return f"{low}+ days"
    return f"Day {low}" if high - low == 1 else f"{low}{DASH}{high - 1} days"


def _days(value: object) -> bool:
    return type(value) is int and 0 < value <= LONGEST


def _since(one: Schedule) -> Any:
    return one.definition.start


def _twice(definition: Definition, other: str) -> Issue:
    what = f"{definition.name} is written a second time in {definition.where()}, from the same day"
    return Issue(other, what, "so only the second one holds", "give one of them another name")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an aging schedule, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    days = {"type": "integer", "minimum": 1, "maximum": LONGEST}
    properties["cuts"] |= {"items": days, "minItems": 1, "maxItems": MOST}
    properties["every"] |= {"minimum": 1}
    properties["until"] |= {"minimum": 1}
    properties["names"] |= {"items": {"type": "string"}, "minItems": 2, "uniqueItems": True}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "How the age of a deal is cut into cohorts",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "oneOf": [{"required": ["cuts"]}, {"required": ["every", "until"]}],
        "additionalProperties": False,
    }
