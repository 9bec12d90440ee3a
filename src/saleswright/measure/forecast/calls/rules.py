"""How are calls made here? The definition of kind `forecast`: categories, the limit, the lock, what a missing call counts as.

    kind: forecast
    name: calls
    categories: [commit, best case, pipeline, omitted]
    called: commit               # the one that is held against the model and against what came
    every: week                  # or period: a call holds until the period ends
    missing: excluded            # or carried: the last call counts on, and is said to be carried
    limit: 10%                   # or 25000 USD: a number further from its roll-up needs a reason
    lock: {day: Friday, time: "17:00"}      # in the workspace's zone; open again when the week begins
    stages: {Negotiation: commit}           # suggested for deals that nobody put into a category

A missing call is never zero. A suggestion by stage never stands in the place of a person's category.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.lib.zone import first_instant

KIND = "forecast"
KEYS: dict[str, tuple[str, str]] = {
    "categories": ("array", "the categories, the surest first; each holds those before it, but omitted stands alone"),
    "called": ("string", "the category that is held against the model and what came; the first when left out"),
    "every": ("string", "week: each week somebody calls anew; period: a call holds until the period ends"),
    "missing": (
        "string",
        "what a call that is not in counts as: excluded from totals, or the last one carried; never zero",
    ),
    "limit": ("string", "how far a number may be from its roll-up without a reason, such as 10% or 25000 USD"),
    "lock": ("object", "day: the weekday, time: such as 17:00 in the workspace's zone; never locked when left out"),
    "stages": ("object", "stage: the category suggested for a deal that nobody put into one"),
}
EVERY = ("week", "period")
MISSING = ("excluded", "carried")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OMITTED = "omitted"
_LIMIT = re.compile(r"\s*([0-9][0-9,]*(?:\.[0-9]+)?)\s*(%|[A-Z]{3})\s*")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_LETTERS = re.compile(r"[^0-9a-z]+")


def plain(word: str | None) -> str:
    """A category or stage without case, blanks and signs: Best Case, best_case and bestcase are the same."""
    return _LETTERS.sub("", (word or "").casefold())


@dataclass(frozen=True)
class Rules:
    """How calls are made, checked. limit_share: of the roll-up; limit_minor: in minor units of limit_currency."""

    categories: tuple[str, ...] = ("commit", "best case", "pipeline", OMITTED)
    called: str = "commit"
    every: str = "week"
    missing: str = "excluded"
    limit_share: Decimal | None = None
    limit_amount: Money | None = None
    lock_day: int | None = None
    lock_time: time = time(17, 0)
    stages: Mapping[str, str] = field(default_factory=dict)
    where: str = ""

    def category(self, word: str | None) -> str:
        """The category that a word means, as the definition writes it; empty for none of them."""
        told = plain(word)
        return next((one for one in self.categories if plain(one) == told), "") if told else ""

    def held(self, category: str) -> tuple[str, ...]:
        """The categories whose deals count into a call of this one: itself and the surer ones; omitted stands alone."""
        if plain(category) == OMITTED:
            return (category,)
        place = self.categories.index(category)
        return tuple(one for one in self.categories[: place + 1] if plain(one) != OMITTED)

    def suggested(self, stage: str | None) -> str:
        """The category a stage suggests; empty where it suggests none."""
        return self.stages.get(plain(stage), "")

    def beyond(self, called: Money, base: Money | None) -> bool:
        """Is it so far from what it departs from that it needs a reason? So it does where the limit is in another currency."""
        if base is None:
            return False
        far = abs(called.minor - base.minor)
        if self.limit_amount is not None:
            return far > (self.limit_amount.minor if self.limit_amount.currency == called.currency else 0)
        return self.limit_share is not None and far > self.limit_share * abs(base.minor)

    @property
    def limit_words(self) -> str:
        """The limit as it is said."""
        if self.limit_amount is not None:
            return f"{self.limit_amount.currency} {self.limit_amount.decimal:,}"
        return f"{(self.limit_share or Decimal(0)) * 100:f}".rstrip("0").rstrip(".") + " %"

    @property
    def lock_words(self) -> str:
        """When calls lock; empty where they never do."""
        return f"{DAYS[self.lock_day]} {self.lock_time:%H:%M}" if self.lock_day is not None else ""

    def locks(self, day: date, zone: str) -> datetime | None:
        """The instant (UTC, naive) at which the calls of the week of a day lock; None where they never do."""
        if self.lock_day is None:
            return None
        locked = week_of(day) + timedelta(days=self.lock_day)
        return first_instant(datetime.combine(locked, self.lock_time), zone)


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def rules(workspace: Workspace, day: date) -> Rules:
    """The rules in force on a day. What cannot be read sets the definition aside, and the shipped one holds."""
    found = in_force(workspace, day)
    for one in found:
        read_, issues = read(one)
        if read_ is not None and not issues:
            return read_
    return Rules(limit_share=Decimal("0.1"))


def in_force(workspace: Workspace, day: date) -> list[Definition]:
    """The definitions in force, those of the workspace first: only the first is used."""
    return sorted(workspace.all(KIND, day), key=lambda one: (one.shipped, one.name))


def check(workspace: Workspace, day: date) -> list[Issue]:
    """Every issue of the definitions of this kind."""
    issues = [issue for one in workspace.all(KIND) for issue in read(one)[1]]
    own = [one for one in in_force(workspace, day) if not one.shipped]
    issues += [
        Issue(one.where(), f"{one.name} says a second time how calls are made", f"so {own[0].name} holds", "remove one")
        for one in own[1:]
    ]
    return issues


def read(one: Definition) -> tuple[Rules | None, list[Issue]]:
    """The rules of a definition, or every issue of its text at once."""
    body = one.body
    issues = [unknown("key", str(key), KEYS, where=one.where(str(key))) for key in body if key not in KEYS]
    given = body.get("categories", list(Rules.categories))
    names = [str(name) for name in given] if isinstance(given, list) else []
    if not names or len({plain(name) for name in names}) < len(names) or not all(plain(name) for name in names):
        what = f"categories is no list of different names: {given}"
        issues.append(Issue(one.where("categories"), what, "so nothing could be called", "[commit, best case]"))
        return None, issues
    made: dict[str, Any] = {"categories": tuple(names), "called": names[0], "where": one.where()}
    known = {plain(name): name for name in names}
    if "called" in body:
        made["called"] = known.get(plain(str(body["called"])), "")
        if not made["called"] or plain(made["called"]) == OMITTED:
            sure = [name for name in names if plain(name) != OMITTED]
            issues.append(unknown("category", str(body["called"]), sure, where=one.where("called")))
    for key, allowed in (("every", EVERY), ("missing", MISSING)):
        if key in body:
            made[key] = str(body[key])
            if made[key] not in allowed:
                issues.append(unknown(key, made[key], allowed, where=one.where(key)))
    limits, wrong = _limit(one)
    issues += wrong
    locks, wrong = _lock(one)
    issues += wrong
    stages = body.get("stages", {})
    if not isinstance(stages, Mapping):
        issues.append(
            Issue(one.where("stages"), f"stages is no mapping: {stages}", "", "stages: {Negotiation: commit}")
        )
        stages = {}
    issues += [
        unknown("category", str(category), names, where=one.where(f"stages.{stage}"))
        for stage, category in stages.items()
        if plain(str(category)) not in known
    ]
    if issues:
        return None, issues
    made["stages"] = {plain(str(stage)): known[plain(str(category))] for stage, category in stages.items()}
    return Rules(**made, **limits, **locks), []


def _limit(one: Definition) -> tuple[dict[str, Any], list[Issue]]:
    if "limit" not in one.body:
        return {}, []
    text = str(one.body["limit"])
    match = _LIMIT.fullmatch(text)
    try:
        if match is not None and match[2] == "%":
            return {"limit_share": Decimal(match[1].replace(",", "")) / 100}, []
        if match is not None:
            return {"limit_amount": Money.parse(match[1], match[2])}, []
    except Stop as stop:
        return {}, [Issue(one.where("limit"), issue.what, issue.why, issue.try_) for issue in stop.issues]
    what = f"limit: '{text}' is neither a share nor an amount"
    return {}, [Issue(one.where("limit"), what, "so nobody could say who owes a reason", "10% or 25000 USD")]


def _lock(one: Definition) -> tuple[dict[str, Any], list[Issue]]:
    if one.body.get("lock") is None:
        return {}, []
    given = one.body["lock"]
    if not isinstance(given, Mapping) or set(given) - {"day", "time"} or "day" not in given:
        what = f"lock: {given} is not a weekday and a time"
        return {}, [Issue(one.where("lock"), what, "so nothing would lock", 'lock: {day: Friday, time: "17:00"}')]
    issues: list[Issue] = []
    day = str(given["day"]).capitalize()
    if day not in DAYS:
        issues.append(unknown("weekday", str(given["day"]), DAYS, where=one.where("lock.day")))
    # 17:00 without quotes is a number of seconds to YAML.
    told = given.get("time", "17:00")
    text = f"{told // 60:02}:{told % 60:02}" if isinstance(told, int) and 0 <= told < 1440 else str(told)
    match = _TIME.fullmatch(text)
    if match is None:
        issues.append(Issue(one.where("lock.time"), f"'{told}' is no time of a day", "", 'time: "17:00"'))
    if issues or match is None:
        return {}, issues
    return {"lock_day": DAYS.index(day), "lock_time": time(int(match[1]), int(match[2]))}, []


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the kind, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    properties["categories"] |= {"items": {"type": "string"}, "minItems": 1}
    properties["every"] |= {"enum": list(EVERY)}
    properties["missing"] |= {"enum": list(MISSING)}
    properties["limit"]["pattern"] = r"^\s*[0-9][0-9,]*(\.[0-9]+)?\s*(%|[A-Z]{3})\s*$"
    properties["lock"] |= {
        "properties": {"day": {"enum": list(DAYS)}, "time": {"type": "string"}},
        "required": ["day"],
        "additionalProperties": False,
    }
    properties["stages"]["additionalProperties"] = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "How calls are made",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "additionalProperties": False,
    }
