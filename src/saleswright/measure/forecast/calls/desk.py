"""Where does somebody make a call in a browser? A form beside what stands now; what is wrong is said with what was typed."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel import clock
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.chapter import Sent
from saleswright.lib.issue import Issue, Stop
from saleswright.measure.forecast.calls.find import person
from saleswright.measure.forecast.calls.page import PERIODS, STEPS, held_by
from saleswright.measure.forecast.calls.sheet import USUAL, Sheet, sheet
from saleswright.measure.forecast.calls.submit import locked, myself
from saleswright.measure.forecast.calls.trail import trail
from saleswright.measure.metrics.pages.asking import offered

FIELDS = ("period", "category", "amount", "about", "by", "reason", "allowed_by")
KEPT = 200
_lock = threading.Lock()
_refused: OrderedDict[str, tuple[str, dict[str, str], tuple[Issue, ...]]] = OrderedDict()


def build(desk: Desk, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of call.html: the form with what was typed, or what the address says, and what stands of whose number it is."""
    typed, issues = _typed(desk, args.get("again", ""))
    given = {name: typed.get(name) or args.get(name, "") for name in FIELDS}
    context = desk.app.open_context(desk.here, _ambient(desk))
    assert isinstance(context, Snapshot)
    try:
        found = _sheet(context, given, refused=bool(issues))
        me = myself(context)
        wanted = given["about"] or me
        whose = person(found, wanted, "about", []) if wanted else ""
        steps = trail(found, whose) if whose else []
        return {
            "found": found,
            "given": given,
            "issues": issues,
            "whose": whose,
            "name": found.name(whose) if whose else "",
            "me": found.name(me) if me else "",
            "held": held_by(found, whose) if whose else [],
            "steps": steps[:STEPS],
            "many": len(steps),
            "kept": [],
            "locked": locked(found, clock.now().replace(tzinfo=None)),
            "fields": _fields(found, given, whose, me),
        }
    finally:
        context.close()


def post(desk: Desk, args: Mapping[str, str], sent: Sent) -> str:
    """Make the call the form says; gives the sheet with it, or the form again with all that is wrong."""
    given = {name: sent.one(name).strip() for name in FIELDS}
    try:
        report = desk.app.call(
            desk.here, "forecast submit", {k: v for k, v in given.items() if v}, _ambient(desk)
        ).report
    except Stop as stop:
        name = secrets.token_urlsafe(12)
        with _lock:
            _refused[name] = (desk.policy.actor, given, stop.issues)
            while len(_refused) > KEPT:
                _refused.popitem(last=False)
        return f"/forecast/call?again={name}"
    if report.data.get("state") == "open":
        return f"/inbox/{report.data['request']}"
    from urllib.parse import urlencode

    kept = {"period": given["period"], "who": given["about"]}
    query = urlencode({name: value for name, value in kept.items() if value})
    return f"/forecast/calls?{query}" if query else "/forecast/calls"


def _sheet(at: Snapshot, given: dict[str, str], refused: bool) -> Sheet:
    """The sheet of the period typed. Where that was refused, of the usual one: what else was typed is not lost with it."""
    try:
        return sheet(at, given["period"], with_model=False)
    except Stop:
        if not refused:
            raise
    given["period"] = ""
    return sheet(at, "", with_model=False)


def _typed(desk: Desk, name: str) -> tuple[dict[str, str], tuple[Issue, ...]]:
    with _lock:
        actor, given, issues = _refused.get(name, ("", {}, ()))
    return (given, issues) if actor == desk.policy.actor else ({}, ())


def _ambient(desk: Desk) -> Ambient:
    return Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor)


def _fields(found: Sheet, given: Mapping[str, str], whose: str, me: str) -> list[dict[str, Any]]:
    period = given["period"] or USUAL
    people = [(row.person, f"{'  ' * row.depth}{row.name}") for row in found.rows]
    above = [(one, found.name(one)) for one in found.now.tree.over(whose)] if whose else []
    fields: list[dict[str, Any]] = [
        {"name": "period", "label": "Period", "value": period, "choices": offered(period, PERIODS), "required": True},
        {"name": "category", "label": "Category", "value": given["category"] or found.rules.called,
         "choices": [(name, name.capitalize()) for name in found.rules.categories], "required": True},
        {"name": "amount", "label": "What it will come to", "value": given["amount"], "none": "such as 120000"},
    ]  # fmt: skip
    if not me or any(found.now.tree.below(me)):
        fields.append({"name": "about", "label": "Whose number", "value": whose, "choices": people, "none": "choose"})
    if not me and above:
        by = given["by"]
        fields.append({"name": "by", "label": "Who calls", "value": by, "choices": above, "none": found.name(whose)})
    fields.append(
        {"name": "reason", "label": "Why", "value": given["reason"], "none": "where it is far from the roll-up"}
    )
    return fields
