"""Does the proposer take it back? An open request can be withdrawn by who proposed it, and nobody remembers it as refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleswright.kernel.door.decide import UNSEEN, hidden
from saleswright.kernel.door.expire import end, microseconds
from saleswright.kernel.door.outcomes import Outcome, absent, ended, rehearsed, report
from saleswright.kernel.door.rules import fresh
from saleswright.kernel.door.settled import drop, settle
from saleswright.kernel.door.told import told
from saleswright.kernel.door.words import because, counted
from saleswright.kernel.journal import Writing, open_journal
from saleswright.kernel.policy import Policy
from saleswright.kernel.report import Report
from saleswright.kernel.workspace import Workspace
from saleswright.lib.issue import USAGE, Stop

if TYPE_CHECKING:
    from saleswright.kernel.call import App


def withdraw(
    app: App, workspace: Workspace, policy: Policy, id_: int, reason: str = "", dry_run: bool = False
) -> Report:
    """Take back the open lines of a request. Stop (usage) where there is none; else one clear state with a sentence."""
    journal = open_journal(workspace, create=False)
    if journal is None:
        raise Stop(absent(id_), exit_code=USAGE)
    with rehearsed(dry_run) as answer, journal.write(policy.actor) as w:
        answer(_withdraw(app, workspace, w, id_, reason))
    return report([answer.outcome], dry_run)


def _withdraw(app: App, workspace: Workspace, w: Writing, id_: int, reason: str) -> Outcome:
    request = told(w.con, id_)
    if request is None:
        raise Stop(absent(id_), exit_code=USAGE)
    now = fresh(app, workspace)
    zone = now.zone
    if request.state == "open" and request.expires.timestamp() * 1_000_000 <= microseconds():
        state, said = end(w, request, zone)
        return Outcome(id_, state, said, False, refusal="conflict", record=w.seq)
    if request.by != w.actor and hidden(app, now, w, request):
        return Outcome(id_, request.state, UNSEEN, False, refusal="not_allowed")
    if request.state != "open":
        return Outcome(id_, request.state, ended(request, zone), False, refusal="conflict")
    if request.by != w.actor:
        said = f"{request.by} proposed it, so it is theirs to withdraw; you can say no"
        return Outcome(id_, "open", said, False, open=len(request.open), refusal="not_allowed")
    ns = [line.n for line in request.open]
    drop(w, request, ns, "withdrawn", reason)
    state = settle(w, id_)
    record = w.record("withdrawn", f"request:{id_}", {"lines": ns, "state": state, "reason": reason})
    return Outcome(id_, state, f"withdrawn, {counted(len(ns), 'line')}{because(reason)}", True, record=record)
