"""A warm process that forks actors: each runs one command of the product and is killed where, or when, it is told.

Reads one JSON line per order on stdin: {root, name, args, now, at, after}. `at` names a barrier, `after` is seconds.
Answers {killed, code, took}. Started as a clean process, for a fork takes no running threads along.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from saleswright.app import build
from saleswright.lib.issue import Stop

app = build()
# What every command comes to load is loaded once, before the forks; nothing of it starts a thread or opens a file.
LOADED = ("duckdb", "sqlalchemy.dialects.sqlite", "saleswright.kernel.journal.store", "saleswright.data.imports.run")


def act(order: dict[str, Any]) -> int:
    """Run the command in this process; its exit code."""
    os.environ["SALESWRIGHT_NOW"] = order["now"]
    os.environ["SALESWRIGHT_CRASH_AT"] = order.get("at") or ""
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    try:
        report = app.call(app.open_workspace(Path(order["root"])), order["name"], order["args"]).report
    except Stop as stop:
        os.write(2, str(stop).encode())
        return stop.exit_code
    return report.exit_code


def direct(order: dict[str, Any]) -> dict[str, Any]:
    """Fork an actor, kill it if its time comes before its end."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = act(order)
        finally:
            os._exit(code)
    ended = 0
    if order.get("after") is not None:
        while time.monotonic() - began < order["after"] and not ended:
            ended, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0.002)
        if not ended:
            os.kill(child, signal.SIGKILL)
    if not ended:
        _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return {"killed": killed, "code": -1 if killed else os.WEXITSTATUS(status), "took": time.monotonic() - began}


def answer(content: Any) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()
    answer("ready")
    for line in sys.stdin:
        answer(direct(json.loads(line)))
