"""What runs beside the pages? The loops of the product, each in a thread of its own, until the server ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from saleswright.kernel.call import App
from saleswright.kernel.workspace import Workspace

PATIENCE = 5.0
"""Seconds a loop has to end in; what it leaves is taken up by the next worker."""


@contextmanager
def running(app: App, workspace: Workspace) -> Iterator[None]:
    """The loops run inside the block."""
    stop = threading.Event()
    loops = [
        threading.Thread(target=loop, args=(app, workspace, stop), name=loop.__name__, daemon=True)
        for loop in app.background
    ]
    for one in loops:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in loops:
            one.join(PATIENCE)
