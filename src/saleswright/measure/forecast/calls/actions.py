"""The faces of calls: make one, and look at all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, action
from saleswright.kernel.change import ChangeRequest
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Report
from saleswright.measure.forecast.calls import desk, page, rules
from saleswright.measure.metrics.actions import PeriodText


@action(
    effect="read",
    name="forecast calls",
    example={"period": "this quarter"},
    title="Who has called what?",
)
def calls(
    at: Snapshot,
    period: PeriodText = "",
    who: Annotated[str, Arg("text", "only this person and those below, with every call for their number")] = "",
    no_model: Annotated[bool, Arg("flag", "leave the model out, which takes seconds the first time")] = False,
) -> Report:
    """Show the call sheet: quota, won, calls, roll-ups, the change in 7 days and the model, over the tree as it was.

    This quarter where no period is named. Who is not in is outside every total and named; overrides stand beside the original.
    """
    from saleswright.measure.forecast.calls.find import person_named
    from saleswright.measure.forecast.calls.report import report
    from saleswright.measure.forecast.calls.sheet import sheet

    found = sheet(at, period, not no_model)
    return report(found, person_named(found, who) if who else "")


@action(
    effect="propose",
    name="forecast submit",
    example={
        "period": "this quarter", "category": "commit", "amount": "120000", "about": "Rep 02", "reason": "two deals signed early",
        "dry_run": True,
    },
    title="Make a call",
    back="Call again: the last one stands, and every one stays in the record. Or take it back: undo request.",
)  # fmt: skip
def submit(
    at: Snapshot,
    period: Annotated[str, Arg("period", "the period it speaks of; this quarter when left out")] = "",
    category: Annotated[str, Arg("text", "commit, best case, pipeline or omitted; commit when left out")] = "",
    amount: Annotated[
        str, Arg("text", "what the period will come to, won included, such as 120000 or '120000 EUR'")
    ] = "",
    about: Annotated[str, Arg("text", "whose number it is, by name or id; your own when left out")] = "",
    by: Annotated[str, Arg("text", "who calls, where it is who leads them; who is meant by about when left out")] = "",
    reason: Annotated[str, Arg("text", "why, where it is far from the roll-up or stands in another's place")] = "",
    allowed_by: Annotated[str, Arg("text", "who allowed it after the lock: somebody above who calls")] = "",
    dry_run: Annotated[bool, Arg("flag", "say what would be called, write nothing")] = False,
) -> ChangeRequest:
    """Call a period: what it will come to in a category, for yourself, your team or somebody you lead.

    Every call stays in the record with its day, the roll-up at that moment and the reason. Locked where the definition says
    so; the model never changes it.
    """
    from saleswright.measure.forecast.calls.submit import submit as made

    return made(at, period, category, amount, about, by, reason, allowed_by)


ACTIONS: tuple[Any, ...] = (calls, submit)
PAGES: tuple[Page, ...] = (
    Page("/forecast/calls", "Who has called what?", "calls.html", page.build),
    Page("/forecast/call", "Make a call", "call.html", desk.build, policy="own", alone=True, post=desk.post),
)
KINDS: Mapping[str, Callable[[], dict[str, Any]]] = {rules.KIND: rules.json_schema}
