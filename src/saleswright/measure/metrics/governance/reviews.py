"""Which KPI is due to be looked at, and what came of it last time? Dated lines in definitions/kpi_review.yaml.

    - {kind: kpi_review, name: win_rate_2026_11_23, metric: win_rate, outcome: West is coached on pricing,
       figure: 'win_rate@3f2a;...', value: 37.26 %, next: 2026-12-23, from: 2026-11-23}

Due is the day the last review named, else one cadence after it; a KPI that nobody ever reviewed is due now. What was said
stays: a review is never changed by the next one.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.policy import COMPANY
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import plural

KIND = "kpi_review"
FILE = "definitions/kpi_review.yaml"
HEAD = "# What came of looking at a KPI, and when it is looked at again. Lines are added, never changed.\n"
KEYS: dict[str, tuple[str, str]] = {
    "metric": ("string", "the KPI that was looked at"),
    "outcome": ("string", "what came of it, in words"),
    "figure": ("string", "the reference of the figure as it was then"),
    "value": ("string", "the figure as it was said then"),
    "next": ("string", "the day it is looked at again; one cadence later when left out"),
    "by": ("string", "who looked at it"),
}
NEEDED = ("metric", "outcome")
UNSEEN = "said of the whole company"
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}
LONGEST = 731


@dataclass(frozen=True, slots=True)
class Review:
    """One time somebody looked: what came of it, the figure then, and when next."""

    metric: str
    day: date
    outcome: str
    figure: str = ""
    value: str = ""
    next: date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """When a KPI is looked at next. day: None while nobody ever has, or without a cadence. late: days past due."""

    kpi: Metric
    last: Review | None
    day: date | None
    late: int | None

    @property
    def is_due(self) -> bool:
        return self.late is not None and self.late >= 0

    @property
    def words(self) -> str:
        """How it stands, as a person would say it."""
        if self.late is None:
            return "no review cadence"
        if self.last is None:
            return "never reviewed: due now"
        if self.late > 0:
            return f"overdue by {plural(self.late, 'day')}"
        return "due today" if self.late == 0 else f"due on {self.day}"


def reviews(at: Snapshot, metrics: Iterable[str]) -> tuple[dict[str, list[Review]], list[Issue]]:
    """Every review up to the as-of day by metric, the latest first, and the issues of lines that cannot be used."""
    known = list(metrics)
    found: dict[str, list[Review]] = {}
    issues: list[Issue] = []
    for one in sorted(at.workspace.all(KIND), key=lambda line: (line.start, line.file, line.line)):
        review, wrong = _read(one, known)
        issues += wrong
        if review is not None and review.day <= at.day:
            if at.policy.scope != COMPANY or at.policy.hidden:
                # What came of it was said of the whole company's figure: who sees a part is told when, not what.
                review = replace(review, outcome=UNSEEN, figure="", value="", by="")
            found.setdefault(review.metric, []).append(review)
    for held in found.values():
        held.reverse()
    return found, issues


def _read(one: Definition, known: list[str]) -> tuple[Review | None, list[Issue]]:
    body = one.body
    wrong = [unknown("key", str(key), KEYS, where=one.where(str(key))) for key in body if key not in KEYS]
    for key in NEEDED:
        if body.get(key) in (None, ""):
            why = "so nobody can tell what came of it"
            wrong.append(Issue(one.where(), f"a review needs {key}:", why, f"{key}: {KEYS[key][1]}"))
    if body.get("metric") and str(body["metric"]) not in known:
        wrong.append(unknown("metric", str(body["metric"]), known, where=one.where("metric")))
    if one.start.year == 1:
        wrong.append(
            Issue(one.where(), "a review needs its day", "so nobody can tell when is next", "from: 2026-01-31")
        )
    following = body.get("next")
    if following is not None and type(following) is not date:
        what = f"'{following}' is no date"
        wrong.append(Issue(one.where("next"), what, "so nobody can tell when is next", "next: 2026-01-31"))
    if wrong:
        return None, wrong
    texts = {key: str(body.get(key) or "") for key in ("outcome", "figure", "value", "by")}
    return Review(str(body["metric"]), one.start, next=following, **texts), []


def due(at: Snapshot, found: Iterable[Metric], held: Mapping[str, list[Review]]) -> list[Due]:
    """When each of these KPIs is to be looked at, the most overdue first, those without a cadence last."""
    made = []
    for one in found:
        last = next(iter(held.get(one.name, ())), None)
        day = (last.next or after(last.day, one.cadence)) if last else None
        if day is not None:
            late: int | None = (at.day - day).days
        else:
            # What cannot be computed yet is due to nobody.
            late = 0 if one.cadence and not one.awaits else None
        made.append(Due(one, last, day, late))
    # Who was never reviewed comes first: nobody knows how long that is.
    return sorted(made, key=lambda d: (d.late is None, d.last is not None, -(d.late or 0), d.kpi.label))


def after(day: date, cadence: str) -> date | None:
    """One cadence later: a week, or the same day of a later month (its last, where it has no such day)."""
    if cadence == "weekly":
        return day + timedelta(days=7)
    months = _MONTHS.get(cadence)
    if months is None:
        return None
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def wrong_next(text: str, today: date) -> tuple[date | None, list[Issue]]:
    """The day of the next review, or why it cannot be: no day, one that has come, one more than two years away."""
    example = f"--next {today + timedelta(days=30)}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, [Issue("next", f"'{text}' is no date", "so it would never be due again", example)]
    if day <= today:
        return None, [Issue("next", f"{day} has come already", "so it would be due at once", example)]
    if (day - today).days > LONGEST:
        why = "what nobody looks at for so long is not steered by"
        return None, [Issue("next", f"{day} is more than two years away", why, example)]
    return day, []


def body(review: Review, names: Iterable[str]) -> dict[str, Any]:
    """A review as the body of a line, under a name that no other line has."""
    taken = set(names)
    name = first = f"{review.metric}_{review.day:%Y_%m_%d}"
    count = 1
    while name in taken:
        count += 1
        name = f"{first}_{count}"
    line = {"kind": KIND, "name": name, "metric": review.metric, "outcome": review.outcome, "figure": review.figure}
    more = {"value": review.value, "next": review.next, "by": review.by}
    return {**line, **{key: value for key, value in more.items() if value}, "from": review.day}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a logged review, for editors and checks."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What came of looking at a KPI",
        "type": "object",
        "properties": {**schema_properties(KIND, KEYS), "next": {"type": "string", "format": "date"}},
        "required": ["kind", "name", *NEEDED, "from"],
        "additionalProperties": False,
    }
