"""Where may a crash be rehearsed? At named places: the process kills itself where SALESWRIGHT_CRASH_AT names one."""

from __future__ import annotations

import os
import signal


def barrier(name: str) -> None:
    """Die here, as a power cut would, when this place is the one that was named."""
    if os.environ.get("SALESWRIGHT_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
