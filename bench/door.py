"""How many decisions a second go through the HTTP door, each with its record on the disk?"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from bench.child import PYTHON, free_port, run, server
from bench.company import company
from bench.line import Line, alternate, median, spread
from bench.web import CONNECTIONS, served
from saleswright.app import build
from saleswright.kernel.call import Ambient, App, Context
from saleswright.kernel.change import ChangeRequest
from saleswright.kernel.change import Line as Change
from saleswright.kernel.door.submit import submit
from saleswright.kernel.journal.held import hold

TARGET = 0.08
TOGETHER = 200
"""Requests put up in one transaction, before anything is measured."""


def door(small: bool, place: Path) -> Line:
    """Yes to one open request after the other, as JSON over HTTP with a fresh key each, against a bare hello world."""
    runs, length, many = (1, 0.5, 120) if small else (3, 3.0, 6_000)
    folder = place / "door"
    shutil.rmtree(folder, ignore_errors=True)
    root = company(folder, many).root
    app = replace(build(), preview=None)
    context = app.open_context(app.open_workspace(root), Ambient())
    asked = _ask(app, context, many)
    context.close()
    hello, first, slow = free_port(), 1, 0.0

    def ours() -> float:
        nonlocal first, slow
        form = "request={n}&verdict=yes&because=seen"
        said = run((PYTHON, "-m", "bench.posting", str(port), "/a/decide", token, form,
                    str(CONNECTIONS), str(length), str(first), str(asked)))  # fmt: skip
        rate, p99, first = json.loads(said.out)
        slow = max(slow, p99)
        return float(rate)

    with served(root) as port, server((PYTHON, "-m", "bench.hello", str(hello)), hello, "/"):
        token = (root / ".saleswright" / "token").read_text(encoding="utf-8").strip()
        bare = (PYTHON, "-m", "bench.load", str(hello), "/", str(CONNECTIONS), str(length))
        mine, theirs = alternate(ours, lambda: float(run(bare).out), runs=runs, warm=0 if small else 1)
    ratio = median(mine) / median(theirs)
    note = (
        f"{CONNECTIONS} connections, closed loop, {length:g} s each, SQLite synchronous FULL; worst p99 {slow:.3f} s; "
        f"{spread('ours', mine, 'decisions/s')}, {spread('hello', theirs, 'answers/s')}"
    )
    return Line("door", median(mine), median(theirs), f">= {TARGET}x", ratio >= TARGET, "a second", runs, note)


def _ask(app: App, context: Context, many: int) -> int:
    """As many open requests of one change each; gives the number of the last."""
    last = 0
    for start in range(0, many, TOGETHER):
        with hold():
            for n in range(start, min(start + TOGETHER, many)):
                change = Change("deal", f"deal_bench_{n}", "next_step", None, "Call on Monday", "nothing is planned")
                said = submit(app, context, ChangeRequest("A next step", "it is silent", (change,), action="bench"))
                last = int(str(said.data["request"]))
    return last
