"""What runs by itself, and when? Dated definitions of kind `schedule`.

- kind: schedule
  name: monday_page
  action: review page
  args: {period: this quarter}
  at: Mon 08:00                  # or a list of times
  zone: Europe/Berlin            # the workspace's own when left out
  holidays: DE-BY                # public holidays of a country or a part of it
  closed: [2026-12-24]           # days off of one's own
  on_holiday: next working day   # skip when left out; or run
  catch_up: once                 # after a time when nothing ran; or none
  actor: ana                     # as whom; needed as soon as anybody has access of their own
  keep: pdf                      # the form of the file a question's answer is kept in
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, get_args

from saleswright.kernel.definition import Definition, digest, schema_properties
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.zone import day_start, local_date
from saleswright.run.schedules.days import Days, unknown_country
from saleswright.run.schedules.timing import EXAMPLES, OnHoliday, Timing, dues, read

KIND = "schedule"
KEYS: dict[str, tuple[str, str]] = {
    "action": ("string", "the command that runs, such as review page"),
    "args": ("object", "its arguments by name"),
    "at": ("string", f"when: {EXAMPLES}; or a list of such times"),
    "zone": ("string", "the time zone of the times; the workspace's own when left out"),
    "holidays": ("string", "a country whose public holidays count, such as DE, or a part of it, such as DE-BY"),
    "closed": ("array", "other days off"),
    "on_holiday": ("string", "what becomes of a run on a day off; skip when left out"),
    "catch_up": ("string", "after a time in which nothing ran: the latest run once, or none; once when left out"),
    "actor": ("string", "as whom it runs, as named in an access definition"),
    "keep": ("string", "the form of the file in which a question's answer is kept; md when left out"),
    "mail_to": ("array", "addresses to which a question's answer is mailed as text, where an approval lets it"),
    "by": ("string", "the mail server, such as mail:office; the only one when left out"),
}
ON_HOLIDAY = get_args(OnHoliday)
CATCH_UP = ("once", "none")
FORMS = ("md", "json", "csv", "xlsx", "pptx", "pdf")
_AHEAD = (8, 62, 800)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule as written, in force on the days of its definition."""

    name: str
    action: str
    timings: tuple[Timing, ...]
    zone: str
    args: Mapping[str, Any] = field(default_factory=dict)
    days: Days = field(default_factory=Days)
    on_holiday: OnHoliday = "skip"
    catch_up: str = "once"
    actor: str = ""
    keep: str = "md"
    mail_to: tuple[str, ...] = ()
    by: str = "mail"
    start: date = date.min
    end: date = date.max
    where: str = ""

    def dues(self, after: datetime, until: datetime) -> list[datetime]:
        """When it is due behind `after` and up to `until`, in order."""
        every = {d for one in self.timings for d in dues(one, self.zone, self.days, self.on_holiday, after, until)}
        return [
            due for due in sorted(every) if self.start <= local_date(due.replace(tzinfo=None), self.zone) < self.end
        ]


@dataclass(frozen=True, slots=True)
class Named:
    """All dated texts of one name. version: what changes when any of them does."""

    name: str
    texts: tuple[Schedule, ...]
    version: str

    def dues(self, after: datetime, until: datetime) -> list[tuple[datetime, Schedule]]:
        """When it is due, and by which of its texts, in order, each instant once."""
        found = {due: text for text in self.texts for due in text.dues(after, until)}
        return sorted(found.items(), key=lambda pair: pair[0])

    def coming(self, now: datetime, many: int = 3) -> list[datetime]:
        """The next runs; fewer when it ends before."""
        found: list[tuple[datetime, Schedule]] = []
        for days in _AHEAD:
            found = self.dues(now, now + timedelta(days=days))
            if len(found) >= many:
                break
        return [due for due, _ in found[:many]]

    def at(self, moment: datetime) -> Schedule | None:
        """The text in force at a moment (UTC with zone), each by the days of its own zone."""
        plain = moment.replace(tzinfo=None)
        return next((text for text in self.texts if text.start <= local_date(plain, text.zone) < text.end), None)


def schedules(workspace: Workspace) -> tuple[list[Named], list[Issue]]:
    """Every schedule by name, and every issue. One whose texts are not all in order is not among them: it does not run."""
    issues: list[Issue] = []
    grouped: dict[str, list[Definition]] = {}
    for item in workspace.all(KIND):
        grouped.setdefault(item.name, []).append(item)
    found: list[Named] = []
    for name, items in grouped.items():
        read_ = [_read(item, workspace) for item in items]
        wrong = [issue for _, problems in read_ for issue in problems]
        issues += wrong
        texts = tuple(text for text, _ in read_ if text is not None)
        if not wrong:
            found.append(Named(name, texts, digest([item.hash for item in items], 12)))
    return found, issues


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a schedule, for editors and checks."""
    properties: dict[str, Any] = schema_properties(KIND, KEYS)
    words = properties["at"]["description"]
    properties["at"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        "description": words,
    }
    properties["holidays"]["pattern"] = "^[A-Z]{2,3}(-[A-Z0-9]+)?$"
    properties["closed"]["items"] = {"type": "string", "format": "date"}
    properties["mail_to"]["items"] = {"type": "string", "pattern": "@"}
    properties["by"]["pattern"] = "^mail(:.+)?$"
    properties["on_holiday"]["enum"] = list(ON_HOLIDAY)
    properties["catch_up"]["enum"] = list(CATCH_UP)
    properties["keep"]["enum"] = list(FORMS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What runs by itself, and when",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name", "action", "at"],
        "additionalProperties": False,
    }


def _read(item: Definition, workspace: Workspace) -> tuple[Schedule | None, list[Issue]]:
    body, why = item.body, "so it does not run"
    issues = [unknown("setting", str(key), KEYS, where=item.where(str(key))) for key in body if key not in KEYS]
    if not _NAME.fullmatch(item.name):
        what = f"{item.name!r} is no name: small letters, digits and _, a letter first"
        issues.append(
            Issue(item.where("name"), what, "what it keeps lies in a folder of that name", "name: monday_page")
        )
    for other in item.also:
        issues.append(Issue(other, f"{item.name} is written twice", "so only the second one holds", "rename one"))
    for key, words in (("action", "action: review page"), ("at", "at: Mon 08:00")):
        if key not in body:
            issues.append(Issue(item.where(), f"{item.name} has no {key}", why, words))
    timings: list[Timing] = []
    if "at" in body:
        given = body["at"] if isinstance(body["at"], list) else [body["at"]]
        for made in [read(one, item.where("at")) for one in given]:
            if isinstance(made, Issue):
                issues.append(made)
            else:
                timings.append(made)
    for key, choices in (("on_holiday", ON_HOLIDAY), ("catch_up", CATCH_UP), ("keep", FORMS)):
        if key in body and body[key] not in choices:
            issues.append(unknown(key.replace("_", " "), str(body[key]), choices, where=item.where(key)))
    if not isinstance(body.get("args", {}), Mapping):
        issues.append(Issue(item.where("args"), f"args is {body['args']}", why, "args: {period: this quarter}"))
    zone = str(body.get("zone", workspace.zone))
    try:
        day_start(date(2026, 1, 1), zone)
    except Stop as stop:
        issues += [Issue(item.where("zone"), one.what, one.why, one.try_, code=one.code) for one in stop.issues]
    country = str(body.get("holidays", ""))
    if country and (strange := unknown_country(country, item.where("holidays"))):
        issues.append(strange)
    closed = body.get("closed", [])
    if not isinstance(closed, list) or any(type(day) is not date for day in closed):
        issues.append(Issue(item.where("closed"), f"closed is {closed}", why, "closed: [2026-12-24, 2026-12-31]"))
    to = body.get("mail_to", [])
    if not isinstance(to, list) or not all(isinstance(one, str) and "@" in one for one in to):
        issues.append(Issue(item.where("mail_to"), f"mail_to is {to}", why, "mail_to: [ana@example.com]"))
    by = str(body.get("by", "mail"))
    if by.partition(":")[0] != "mail":
        issues.append(Issue(item.where("by"), f"by is {by}", "only mail takes an answer", "by: mail:office"))
    actor = str(body.get("actor", ""))
    issues += _as_whom(item, workspace, actor)
    if issues:
        return None, issues
    return Schedule(
        item.name,
        str(body["action"]),
        tuple(timings),
        zone,
        dict(body.get("args", {})),
        Days(country, frozenset(closed)),
        body.get("on_holiday", "skip"),
        body.get("catch_up", "once"),
        actor,
        body.get("keep", "md"),
        tuple(to),
        by,
        item.start,
        item.end,
        item.where(),
    ), []


def _as_whom(item: Definition, workspace: Workspace, actor: str) -> list[Issue]:
    granted = sorted({grant.name for grant in workspace.all("access")})
    if actor and actor not in granted:
        return [unknown("person with access", actor, granted, where=item.where("actor"))]
    if granted and not actor and own_name(item.name) not in granted:
        what = f"{item.name} does not say as whom it runs"
        why = "others have access of their own here, so it does not run"
        return [Issue(item.where(), what, why, f"actor: {granted[0]}")]
    return []


def own_name(name: str) -> str:
    """Who a schedule is when it names nobody."""
    return f"schedule:{name}"
