"""What is due now? A look at the calendar, again and again beside a server or in `work`; each run is made by one of them."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from datetime import datetime

from saleswright.kernel import clock
from saleswright.kernel.call import App
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace
from saleswright.run.schedules import runs
from saleswright.run.schedules.going import Ended, go
from saleswright.run.schedules.schedule import KIND, Schedule, schedules

PAUSE = 15.0
"""Seconds between two looks."""

_log = logging.getLogger("saleswright.schedules")


def background(app: App, workspace: Workspace, stop: threading.Event) -> None:
    """Looks until `stop` is set; one look when it is set already. No error ends the loop."""
    name = worker()
    while True:
        try:
            tick(app, app.open_workspace(workspace.root), clock.now(), name)
        except Exception as error:
            _log.error("a look at the calendar failed", exc_info=error)
        if stop.wait(PAUSE):
            return


def tick(app: App, workspace: Workspace, now: datetime, name: str = "") -> list[tuple[runs.Claimed, Ended]]:
    """Make every run that is due and that nobody else makes; gives them with how they ended, in order of their names.

    A schedule that is not in order does not run (`check` says why), and one in trouble does not hold up the others.
    """
    if not workspace.all(KIND):
        return []
    journal = open_journal(workspace)
    assert journal is not None
    made: list[tuple[runs.Claimed, Ended]] = []
    for named in schedules(workspace)[0]:
        try:
            claimed = runs.claim(journal, named, now, name or worker(), lambda text: _reads(app, text))
            if claimed is not None:
                made.append((claimed, go(app, workspace, journal, claimed)))
        except Exception as error:
            _log.error("the schedule %s could not be looked at", named.name, exc_info=error)
    return made


def _reads(app: App, text: Schedule) -> bool:
    """Does it only ask? What broke off is then simply asked again."""
    action = app.actions.get(text.action)
    return action is not None and action.effect == "read"


def worker() -> str:
    """A name nobody else has: this machine, this process, and a chance."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
