"""How do effects get out while nobody watches? A loop beside a server, or in `work`, that makes passes until it is ended."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
import traceback
from collections import Counter

from saleswright.kernel.call import App
from saleswright.kernel.door.rules import fresh
from saleswright.kernel.effects import claim
from saleswright.kernel.effects.terms import USUAL, Terms
from saleswright.kernel.effects.work import Worker
from saleswright.kernel.journal import open_journal
from saleswright.kernel.workspace import Workspace

IDLE = 2.0
"""Seconds between two looks while nothing is due."""
BREATH = 0.5
"""After each pass as long a rest as it took, at most these seconds: who decides meanwhile is not to wait for what goes out."""
LONGEST = 60.0
"""Seconds until a pass is tried again that broke off again and again."""
_log = logging.getLogger("saleswright.outbox")


def run(app: App, workspace: Workspace, stop: threading.Event) -> None:
    """Passes until `stop` is set; where it is set already, until nothing is due. No error ends the loop."""
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    only_now = stop.is_set()
    broken = 0
    while True:
        began = time.monotonic()
        try:
            came = once(app, workspace, name, stop=None if only_now else stop)
            broken = 0
        except Exception as error:
            came, broken = Counter(), broken + 1
            last = traceback.extract_tb(error.__traceback__)[-1]
            # The name and the place alone: the text of an error may hold what was to go out.
            _log.error("a pass over the outbox broke off: %s in %s:%s", type(error).__name__, last.name, last.lineno)
        if not came and only_now:
            return
        rest = min(time.monotonic() - began, BREATH) if came else min(IDLE * 2.0 ** min(broken, 10), LONGEST)
        if not only_now and stop.wait(rest):
            return


def once(
    app: App, workspace: Workspace, name: str, terms: Terms = USUAL, stop: threading.Event | None = None
) -> Counter[str]:
    """One pass: how many effects came to which state. Nothing, at the cost of one look, while nothing is due."""
    journal = open_journal(workspace, create=False)
    if journal is None or not claim.waiting(journal):
        return Counter()
    # Definitions as they are now: what was agreed to goes where they say today.
    return Worker(app, fresh(app, workspace), journal, name, terms, stop=stop or threading.Event()).once()
