"""A warm process that forks actors at the door: each does what it is told, and is killed where, or when, it is told.

Reads one JSON line per order on stdin: {root, jobs, now, at, after, full}. `jobs` is a list of [verb, arguments], done in
turn; `at` names a barrier, `nth` says which time it is come by (1); `count` asks how often each barrier was (`met` in the
answer); `after` is microseconds; `full` is the size no file may grow beyond (a full disk). Answers
{killed, code, said, told, took}: `told` is what each job that came to its end answered before the kill.
An order may hold several actors under `beside`: they run at the same time.
The journal is opened in the actors only, for nothing that SQLite holds may go through a fork.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from saleswright.lib import barrier as lib_barrier
from saleswright.lib.issue import Stop
from tests.crash.door import jobs
from tests.crash.door.ways import composed

LONGEST = 60


class Nth:
    """Stands for a barrier's name, and equals it only when that is come by for the nth time; counts all of them."""

    def __init__(self, name: str, nth: int) -> None:
        self.name, self.nth = name, nth
        self.met: Counter[str] = Counter()

    def __eq__(self, other: object) -> bool:
        self.met[str(other)] += 1
        return other == self.name and self.met[self.name] == self.nth

    __hash__ = None  # type: ignore[assignment]


def act(order: dict[str, Any], out: int) -> int:
    """Do the jobs in this process; its exit code. What each answered is written down as soon as it is known."""
    os.environ["SALESWRIGHT_NOW"] = order["now"]
    nth = Nth(order.get("at") or "", order.get("nth") or 1)
    lib_barrier.os = SimpleNamespace(environ={"SALESWRIGHT_CRASH_AT": nth}, kill=os.kill, getpid=os.getpid)
    if order.get("full"):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["full"], resource.RLIM_INFINITY))
    signal.alarm(LONGEST)
    workspace = app.open_workspace(Path(order["root"]))
    for n, (verb, arguments) in enumerate(order["jobs"]):
        # A second passes between two jobs: what was agreed to a moment ago is due.
        os.environ["SALESWRIGHT_NOW"] = (datetime.fromisoformat(order["now"]) + timedelta(seconds=n)).isoformat()
        try:
            answer = jobs.VERBS[verb](app, workspace, **arguments)
        except Stop as stop:
            answer = {"stop": stop.exit_code, "said": str(stop)}
            if order.get("full"):
                os.write(out, (json.dumps(answer) + "\n").encode())
                return stop.exit_code
        os.write(out, (json.dumps(answer, default=str) + "\n").encode())
    if order.get("count"):
        os.write(out, (json.dumps({"met": nth.met}) + "\n").encode())
    return 0


class Actor:
    """A forked actor, what it said through a pipe, and its end."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.began = time.monotonic()
        self.after = order.get("after")
        self.read, out = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            code = 70
            try:
                code = act(order, out)
            except BaseException as error:
                os.write(out, (json.dumps({"raised": type(error).__name__, "said": str(error)[:4000]}) + "\n").encode())
            finally:
                os._exit(code)
        os.close(out)

    def due(self) -> float:
        """When it is to be killed."""
        return self.began + self.after / 1e6 if self.after is not None else float("inf")

    def kill(self) -> None:
        """Kill it now."""
        os.kill(self.child, signal.SIGKILL)

    def end(self) -> dict[str, Any]:
        """Read all it said, and how it ended."""
        said = b""
        while chunk := os.read(self.read, 65536):
            said += chunk
        os.close(self.read)
        _, status = os.waitpid(self.child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        told = [json.loads(line) for line in said.split(b"\n")[:-1]]
        met = told.pop()["met"] if told and isinstance(told[-1], dict) and "met" in told[-1] else None
        code = -1 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        return {"killed": killed, "code": code, "told": told, "met": met, "took": time.monotonic() - self.began}


def direct(order: dict[str, Any]) -> dict[str, Any]:
    """Fork the actors, kill each that has a time when it comes, hear all out."""
    actors = [Actor(one) for one in (order, *order.get("beside", ()))]
    for actor in sorted(actors, key=Actor.due):
        if actor.after is not None:
            while (left := actor.due() - time.monotonic()) > 0:
                time.sleep(left)
            actor.kill()
    ends = [actor.end() for actor in actors]
    return ends[0] | {"beside": ends[1:]}


def answer(content: Any) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # Nobody who starts this is to leave it behind.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    app = composed()
    jobs.warm(app, Path(sys.argv[1]), sys.argv[2])
    gc.freeze()
    answer("ready")
    for line in sys.stdin:
        answer(direct(json.loads(line)))
