"""What ran by itself and went wrong? Each schedule whose last run failed, or broke off, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from saleswright.kernel import clock
from saleswright.kernel.journal import open_journal
from saleswright.kernel.policy import COMPANY, Policy
from saleswright.kernel.workspace import Workspace
from saleswright.run.schedules import runs
from saleswright.run.schedules.schedule import Schedule, own_name, schedules

MOST = 50
STATES = {"missed": "missed", "done": "done", "failed": "failed", "running": "under way", "unconfirmed": "unconfirmed"}
"""What a run is called on a face."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A schedule whose last run did not end well. at: when it was due, in its own zone. state, said: how it ended.

    how: what to do, in a sentence; again: the command that runs it now.
    """

    name: str
    action: str
    at: datetime
    state: str
    said: str
    where: str

    @property
    def again(self) -> str:
        return f"saleswright schedule run {self.name}"

    @property
    def how(self) -> str:
        if self.state == "failed":
            return "Mend what it says, then run it now; else it runs again at its next time."
        return "Look how far it came, then run it now; it is not run again before its next time."


def sees(policy: Policy, text: Schedule) -> bool:
    """Does this person see how it went? Who sees a part sees what runs under that part, not what others' runs said."""
    return policy.scope == COMPANY or policy.actor in (text.actor, own_name(text.name))


def failed(workspace: Workspace, policy: Policy) -> list[Failed]:
    """The schedules whose last run failed or is unconfirmed, as far as this person sees them, the latest first."""
    journal = open_journal(workspace, create=False)
    if journal is None:
        return []
    found = []
    now = clock.now()
    named = schedules(workspace)[0]
    with journal.read() as con:
        for one in named:
            text = one.at(now) or one.texts[-1]
            last = runs.last_runs(con, one.name) if sees(policy, text) else []
            if last and last[0].state in ("failed", "unconfirmed"):
                at = last[0].due.astimezone(ZoneInfo(text.zone))
                found.append(Failed(one.name, text.action, at, STATES[last[0].state], last[0].said, text.where))
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]
