"""What does a decision on a page do? Each request on its own, with what was on the screen; then a sentence for each."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.chapter import Sent
from saleswright.kernel.door.decide import decide
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.told import Told, told
from saleswright.kernel.door.undo import undoing
from saleswright.kernel.door.waiting import as_seen
from saleswright.kernel.door.withdraw import withdraw
from saleswright.kernel.effects import settle
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.policy import COMPANY, refused
from saleswright.kernel.report import Report
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.run.approvals.pages import cards

KEPT = 200
_lock = threading.Lock()
_said: OrderedDict[str, tuple[str, tuple[Outcome, ...]]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: the sentence, whether it was done, and whether it can be taken back, now or later."""

    id: int
    title: str
    said: str
    done: bool
    undo: bool = False
    later: bool = False


def post(desk: Desk, args: Mapping[str, str], sent: Sent) -> str:
    """Decide, withdraw, take back or settle what the form says; gives the page that tells what became of it."""
    journal = open_journal(desk.here, create=False)
    if journal is None:
        raise _absent("0")
    done = _done(desk, journal, sent)
    name = secrets.token_urlsafe(12)
    with _lock:
        _said[name] = (desk.policy.actor, tuple(done))
        while len(_said) > KEPT:
            _said.popitem(last=False)
    here = f"/inbox/{args['id']}" if args.get("id", "").isdigit() else "/inbox"
    return f"{here}?done={name}"


def outcomes(desk: Desk, args: Mapping[str, str]) -> tuple[Outcome, ...]:
    """What became of what this person just did."""
    with _lock:
        actor, done = _said.get(args.get("done", ""), ("", ()))
    return tuple(_as_it_stands(desk, done)) if actor == desk.policy.actor else ()


def _as_it_stands(desk: Desk, done: Sequence[Outcome]) -> Iterator[Outcome]:
    """The same, with what can be taken back by now: what was approved goes out a moment later."""
    journal = open_journal(desk.here, create=False)
    for one in done:
        if not one.later or journal is None:
            yield one
            continue
        with journal.read() as con:
            now = told(con, one.id, effects=False)
        counts = now.counts() if now else {}
        yield replace(one, undo="applied" in counts, later="approved" in counts)


def _done(desk: Desk, journal: Journal, sent: Sent) -> list[Outcome]:
    for field, verdict in (("yes", "yes"), ("no", "no")):
        if sent.one(field):
            number = _number(sent.one(field))
            return [_decided(desk, journal, number, verdict, sent)]
    act = sent.one("do")
    if act in ("approve", "refuse"):
        ids = list(dict.fromkeys(_number(text) for text in sent.fields.get("id", ())))
        if not ids:
            raise Stop(
                Issue("to approve", "nothing is selected", "so nothing was done", "tick what you mean"), exit_code=USAGE
            )
        return [_decided(desk, journal, one, "yes" if act == "approve" else "no", sent) for one in ids]
    for field, work in (("withdraw", _withdrawn), ("undo", _undone)):
        if sent.one(field):
            return [work(desk, journal, _number(sent.one(field)), sent)]
    for field in ("happened", "not", "give-up", "retry"):
        if sent.one(field):
            return [_settled(desk, journal, _number(sent.one(field)), field, sent)]
    raise Stop(Issue("the form", "it says nothing to do", "", "use the page's own buttons"), exit_code=USAGE)


def _decided(desk: Desk, journal: Journal, number: int, verdict: str, sent: Sent) -> Outcome:
    request = _told(desk, journal, number)
    reason = (sent.one(f"reason-{number}") or sent.one("reason")).strip()
    lines = tuple(_number(text) for text in sent.fields.get(f"line-{number}", ()))
    seen = cards.was_seen(sent.one(f"seen-{number}"), request)
    try:
        report = decide(desk.app, desk.here, desk.policy, [number], verdict, reason, lines, seen or None)
    except Stop as stop:
        return Outcome(number, request.title, "; ".join(issue.what for issue in stop.issues), False)
    return _outcome(desk, journal, request, report)


def _outcome(desk: Desk, journal: Journal, request: Told, report: Report) -> Outcome:
    requests: Any = report.data.get("requests", ())
    one = next(iter(requests), None)
    if one is None:
        return Outcome(request.id, request.title, report.lede, report.exit_code == 0)
    now = _told(desk, journal, request.id)
    counts = now.counts()
    return Outcome(
        request.id, request.title, str(one["said"]), bool(one["ok"]), "applied" in counts, "approved" in counts
    )


def _withdrawn(desk: Desk, journal: Journal, number: int, sent: Sent) -> Outcome:
    request = _told(desk, journal, number)
    reason = sent.one(f"reason-{number}").strip()
    return _outcome(desk, journal, request, withdraw(desk.app, desk.here, desk.policy, number, reason))


def _undone(desk: Desk, journal: Journal, number: int, sent: Sent) -> Outcome:
    # Who asks sees all that they ask for, so it holds only what they see.
    request = _told(desk, journal, number)
    ambient = Ambient(actor="" if desk.policy.actor == "me" else desk.policy.actor)
    context = desk.app.open_context(desk.here, ambient)
    try:
        made = undoing(request, sent.one(f"reason-{number}").strip())
        report = submit(desk.app, context, made)
    except Stop as stop:
        return Outcome(number, request.title, "; ".join(issue.what for issue in stop.issues), False)
    finally:
        context.close()
    return Outcome(number, request.title, f"asked to be taken back: {report.lede or report.title}", True)


def _settled(desk: Desk, journal: Journal, number: int, verdict: str, sent: Sent) -> Outcome:
    policy = desk.policy
    if policy.scope != COMPANY or policy.hidden:
        raise refused(policy.actor, f"effect {number}")
    words = {"happened": "it had arrived", "not": "it goes out again", "give-up": "it is not sent any more"}
    try:
        if verdict == "retry":
            settle.retry(journal, policy.actor, number)
            return Outcome(number, f"Sending {number}", "it is tried again", True)
        because = sent.one(f"because-{number}").strip()
        if not because:
            return Outcome(number, f"Sending {number}", "say how you know: whoever reads it later has to", False)
        settle.resolve(journal, policy.actor, number, verdict, because)
    except Stop as stop:
        return Outcome(number, f"Sending {number}", "; ".join(issue.what for issue in stop.issues), False)
    return Outcome(number, f"Sending {number}", words[verdict], True)


def _told(desk: Desk, journal: Journal, number: int) -> Told:
    """The request as they see it; who may see nothing of it learns no more than of one that is not there."""
    from saleswright.run.approvals.pages.inbox import sees

    with journal.read() as con:
        found = told(con, number)
        part = as_seen(desk.policy, found, sees(desk)) if found else None
        if part is None:
            raise _absent(str(number))
        return part


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise _absent(text[:40])
    return int(text)


def _absent(what: str) -> Stop:
    return Stop(
        Issue(
            f"request {what}", "there is no such request here", "", "/inbox lists what waits", code="unknown-request"
        ),
        exit_code=USAGE,
    )
