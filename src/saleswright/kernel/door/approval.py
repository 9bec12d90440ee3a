"""Who or what may approve which change? Dated definitions of kind `approval`, asked anew at every decision.

    - kind: approval
      name: small_fixes
      who: [ana, company]        # names, or company: whoever sees the whole company
      actions: [review suggest]  # only what these propose; everything when left out, and so for the next three
      adapters: [csv]
      entities: [account]
      fields: [next_step]
      amount: 50000 USD          # at most so much at stake in a line
      lines: 100                 # at most so many lines in the request
      risk: low                  # at most so risky
      persons: 2                 # so many different people, never the one who proposed it unless own: true
      automatic: true            # nobody is asked

The one that is shipped lets whoever sees the whole company decide. It is set aside as soon as the workspace says itself
who may decide, or says it in a way nobody can read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from saleswright.kernel.change import RISKS
from saleswright.kernel.definition import Definition, schema_properties
from saleswright.kernel.door.words import counted, listed, shown
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import Issue, Stop, unknown
from saleswright.lib.money import Money

KIND = "approval"
KEYS: dict[str, tuple[str, str]] = {
    "who": ("array", "names of those who may decide, or company for whoever sees the whole company"),
    "actions": ("array", "only requests of these actions"),
    "adapters": ("array", "only changes that go out these ways"),
    "entities": ("array", "only changes of these tables"),
    "fields": ("array", "only changes of these fields"),
    "amount": ("string", "at most so much at stake in a line, such as 50000 USD; a line without an amount is above it"),
    "lines": ("integer", "at most so many lines in the request"),
    "risk": ("string", "at most so risky: low, medium or high (high when left out, low for what is automatic)"),
    "persons": ("integer", "how many different people have to agree; one when left out"),
    "own": ("boolean", "may who proposed it decide it? alone: only while no definition of kind access stands"),
    "automatic": ("boolean", "it is approved by itself, nobody is asked"),
}
LISTS = ("who", "actions", "adapters", "entities", "fields")
MOST = 9
ALONE = "alone"
_AMOUNT = re.compile(r"\s*(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)\s*(?P<currency>[A-Z]{3})\s*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an approval judges: the request and one of its lines. by: who proposed it; lines: how many it has."""

    action: str
    adapter: str
    risk: str
    by: str
    lines: int
    entity: str
    field: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Approval:
    """One approval as written; empty lists mean any. where: its file and line."""

    name: str
    where: str
    who: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    adapters: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    amount: Money | None = None
    lines: int | None = None
    risk: str = "high"
    persons: int = 1
    own: bool | str = False
    automatic: bool = False

    def covers(self, asked: Asked) -> str:
        """Why a line is outside what this approval is about; empty when it is inside."""
        for allowed, given, word in (
            (self.actions, asked.action, "proposed by"),
            (self.adapters, asked.adapter, "sent by"),
            (self.entities, asked.entity, "of"),
            (self.fields, asked.field, "of the field"),
        ):
            if allowed and given not in allowed:
                return f"it is only for what is {word} {listed(allowed)}"
        if self.lines is not None and asked.lines > self.lines:
            return f"it is for at most {counted(self.lines, 'line')}, and these are {asked.lines:,}"
        if RISKS.index(asked.risk) > RISKS.index(self.risk):
            return f"it is for a risk up to {self.risk}, and this one is {asked.risk}"
        if self.amount is not None:
            if asked.amount is None:
                return f"it is up to {shown(self.amount)}, and this line does not say what is at stake"
            if asked.amount.currency != self.amount.currency:
                return f"it is up to {shown(self.amount)}, and this line is in {asked.amount.currency}"
            if abs(asked.amount.minor) > self.amount.minor:
                return f"it is up to {shown(self.amount)}, and {shown(asked.amount)} is at stake"
        return ""

    def names(self, policy: Policy) -> bool:
        """Is this actor among those who may decide?"""
        whole = policy.scope == COMPANY and not policy.hidden
        return policy.actor in self.who or (COMPANY in self.who and whole)


@dataclass(frozen=True)
class Approvals:
    """All approvals in force. alone: the workspace grants nobody anything, so it has one user. faults: what is unreadable."""

    every: tuple[Approval, ...]
    alone: bool
    faults: tuple[Issue, ...] = ()

    def automatic(self, asked: Asked) -> Approval | None:
        """The approval that lets this line through by itself."""
        return next((one for one in self.every if one.automatic and not one.covers(asked)), None)

    def right(self, policy: Policy, asked: Asked) -> tuple[Approval | None, str]:
        """The approval under which this actor may decide this line, the one that asks fewest people; else why there is none."""
        why: list[str] = []
        found: list[Approval] = []
        for one in self.every:
            if not one.who:
                continue
            outside = one.covers(asked)
            if outside:
                if one.names(policy):
                    why.append(f"by approval {one.name} ({one.where}) you may decide, but {outside}")
            elif not one.names(policy):
                who = listed("whoever sees the whole company" if name == COMPANY else name for name in one.who)
                why.append(f"approval {one.name} ({one.where}) names {who}")
            elif asked.by == policy.actor and not (one.own is True or (one.own == ALONE and self.alone)):
                why.append(f"you proposed it, and approval {one.name} ({one.where}) asks somebody else to decide")
            else:
                found.append(one)
        if found:
            return min(found, key=lambda one: one.persons), ""
        mine = [text for text in why if text.startswith(("by", "you"))]
        return None, (mine or why or ["no approval in force is about it"])[0]


def approvals(workspace: Workspace, day: date) -> Approvals:
    """The approvals in force on a day. What cannot be read grants nothing, and sets the shipped one aside.

    So does a file that is no YAML at all: it may have said who decides, or who has access.
    """
    unread = list(workspace.issues)
    alone = not workspace.all("access") and not unread
    made: list[tuple[Definition, Approval]] = []
    faults: list[Issue] = unread
    said = bool(unread)
    for one in workspace.all(KIND, day):
        approval, wrong = read(one)
        faults += wrong
        said = said or (not one.shipped and (bool(wrong) or not one.body.get("automatic")))
        if approval is not None:
            made.append((one, approval))
    return Approvals(tuple(made_ for one, made_ in made if not (said and one.shipped)), alone, tuple(faults))


def read(one: Definition) -> tuple[Approval | None, list[Issue]]:
    """An approval from its definition; none where it has issues, all of them at once."""
    body = one.body
    why = "so it grants nothing"
    issues = [unknown("key", str(key), KEYS, where=one.where(str(key))) for key in body if key not in KEYS]
    values: dict[str, Any] = {}
    for key in LISTS:
        given = body.get(key, [])
        if not isinstance(given, list) or not all(isinstance(item, str) and item for item in given):
            issues.append(Issue(one.where(key), f"{key} is not a list of names: {given}", why, f"{key}: [ana]"))
        elif key in body and not given:
            issues.append(Issue(one.where(key), f"{key} is empty", why, "leave it out, or name at least one"))
        else:
            values[key] = tuple(given)
    for key, most in (("lines", None), ("persons", MOST)):
        if key in body:
            given = body[key]
            if type(given) is not int or given < 1 or (most and given > most):
                limit = f"from 1 to {most}" if most else "at least 1"
                issues.append(Issue(one.where(key), f"{key} is not a whole number {limit}: {given}", why, f"{key}: 2"))
            else:
                values[key] = given
    if "automatic" in body and not isinstance(body["automatic"], bool):
        issues.append(
            Issue(one.where("automatic"), f"automatic is {body['automatic']}", why, "automatic: true, or leave it out")
        )
    automatic = body.get("automatic") is True
    if "own" in body and body["own"] != ALONE and not isinstance(body["own"], bool):
        issues.append(Issue(one.where("own"), f"own is {body['own']}", why, "own: true, own: false or own: alone"))
    risk = body.get("risk", "low" if automatic else "high")
    if risk not in RISKS:
        issues.append(unknown("risk", str(risk), RISKS, where=one.where("risk")))
    if "amount" in body:
        amount, wrong = _amount(body["amount"], one.where("amount"))
        values["amount"] = amount
        issues += wrong
    if automatic and body.get("who"):
        issues.append(
            Issue(
                one.where("automatic"),
                "it is automatic and names who decides",
                why,
                "one definition for what is automatic, another one for people",
            )
        )
    if not automatic and not body.get("who"):
        issues.append(Issue(one.where(), "it does not say who", why, "who: [company], or automatic: true"))
    if automatic and body.get("persons", 1) != 1:
        issues.append(Issue(one.where("persons"), "nobody is asked by what is automatic", why, "leave persons out"))
    if issues:
        return None, issues
    return Approval(one.name, one.where(), risk=risk, own=body.get("own", False), automatic=automatic, **values), []


def _amount(given: Any, where: str) -> tuple[Money | None, list[Issue]]:
    match = _AMOUNT.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        what = f"amount is not a sum with its currency: {given}"
        return None, [Issue(where, what, "so it grants nothing", "amount: 50000 USD")]
    try:
        return Money.parse(match["number"], match["currency"], where), []
    except Stop as stop:
        return None, [Issue(where, one.what, one.why, one.try_) for one in stop.issues]


def check(workspace: Workspace) -> list[Issue]:
    """Everything wrong with the approvals of a workspace by themselves, dates aside."""
    issues: list[Issue] = []
    granted = {grant.name for grant in workspace.all("access")}
    for one in workspace.all(KIND):
        issues += read(one)[1]
        who = one.body.get("who")
        if granted and isinstance(who, list):
            issues += [
                unknown("person with access", str(name), sorted(granted), where=one.where("who"))
                for name in who
                if name != COMPANY and name not in granted
            ]
    return issues


def misnamed(workspace: Workspace, actions: Iterable[str], adapters: Iterable[str]) -> list[Issue]:
    """Names in approvals that nothing has: of actions, and of ways out. An approval of such a name lets nothing through."""
    known: Mapping[str, Sequence[str]] = {"actions": sorted(actions), "adapters": sorted(adapters)}
    issues: list[Issue] = []
    for one in workspace.all(KIND):
        for key, what in (("actions", "command"), ("adapters", "way out")):
            given = one.body.get(key)
            issues += [
                unknown(what, str(name), known[key], where=one.where(f"{key}.{place}"))
                for place, name in enumerate(given if isinstance(given, list) else ())
                if name not in known[key]
            ]
    return issues


def json_schema() -> dict[str, Any]:
    """The JSON Schema of an approval, for editors and checks."""
    properties = schema_properties(KIND, KEYS)
    for key in LISTS:
        properties[key] |= {"items": {"type": "string"}, "minItems": 1}
    properties["own"] = {"enum": [True, False, ALONE], "description": KEYS["own"][1]}
    properties["risk"]["enum"] = list(RISKS)
    properties["lines"]["minimum"] = 1
    properties["persons"] |= {"minimum": 1, "maximum": MOST}
    properties["amount"]["pattern"] = r"^\s*[0-9][0-9,]*(\.[0-9]+)?\s*[A-Z]{3}\s*$"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Who or what may approve which change",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "anyOf": [{"required": ["who"]}, {"properties": {"automatic": {"const": True}}, "required": ["automatic"]}],
        "additionalProperties": False,
    }
