"""What an actor can be told to do: notes in the journal alone, and every step through the door."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from saleswright.kernel.call import App
from saleswright.kernel.change import ChangeRequest, Line
from saleswright.kernel.door.decide import decide as decided
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.withdraw import withdraw
from saleswright.kernel.effects import background
from saleswright.kernel.effects.terms import Terms
from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.policy import Policy
from saleswright.kernel.workspace import Workspace
from tests.crash.door.ways import OLD

# As in earnest, but for the pauses between two sends.
TERMS = Terms(rate=1e6)
PASSES = 60


@dataclass(frozen=True)
class Seat:
    """Where somebody sits who asks: what the door wants to know of a context, without a record behind it."""

    workspace: Workspace
    policy: Policy
    as_of_text: str = ""
    known_text: str = ""
    snap: str = "r1.j0"
    currency: str = "EUR"

    def close(self) -> None:
        """Nothing is open."""


def note(app: App, workspace: Workspace, count: int = 1, actor: str = "ann", size: int = 20) -> Any:
    """Write some records in one transaction; gives their numbers."""
    journal = open_journal(workspace)
    assert journal is not None
    with journal.write(actor) as w:
        return [w.record("noted", f"note:{n}", {"text": "x" * size}) for n in range(count)]


def propose(
    app: App, workspace: Workspace, adapter: str, subjects: Sequence[str], new: str = "Gold", actor: str = "ann"
) -> Any:
    """Ask for the same new value on some accounts; gives the request's number."""
    lines = tuple(Line("account", subject, "tier", OLD, new, "it grew") for subject in subjects)
    request = ChangeRequest("Tiers that grew", "they grew", lines, adapter=adapter, action="tiers")
    return submit(app, Seat(workspace, Policy(actor)), request).data


def decide(
    app: App,
    workspace: Workspace,
    ids: Sequence[int] = (),
    verdict: str = "yes",
    actor: str = "bo",
    reason: str = "",
    lines: Sequence[int] = (),
) -> Any:
    """Decide these requests, all that are open when none is named; gives what became of each."""
    ids = ids or [row.id for row in _open(workspace)]
    if not ids:
        return {"requests": []}
    return decided(app, workspace, Policy(actor), list(ids), verdict, reason, lines=tuple(lines)).data


def each(app: App, workspace: Workspace, ids: Sequence[int], verdict: str, actor: str) -> Any:
    """Decide these requests one after the other, each in a call of its own; gives (state, ok, sentence) of each."""
    said = []
    for id_ in ids:
        told = decided(app, workspace, Policy(actor), [id_], verdict, "so be it").data["requests"]
        said += [(one["state"], one["ok"], one["said"]) for one in told]
    return said


def take_back(app: App, workspace: Workspace, ids: Sequence[int], actor: str = "ann") -> Any:
    """Withdraw these requests one after the other; gives (state, ok, sentence) of each."""
    said = []
    for id_ in ids:
        told = withdraw(app, workspace, Policy(actor), id_, "changed my mind").data["requests"]
        said += [(one["state"], one["ok"], one["said"]) for one in told]
    return said


def rule(app: App, workspace: Workspace, before: str, after: str, wait: float = 0.0) -> Any:
    """Edit the workspace's rules, as an editor does: a new file in the place of the old one."""
    time.sleep(wait)
    path = workspace.root / "definitions" / "rules.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    beside = path.with_suffix(".new")
    beside.write_text(text.replace(before, after), encoding="utf-8")
    beside.replace(path)
    return time.monotonic()


def work(app: App, workspace: Workspace, worker: str = "one", passes: int = 1) -> Any:
    """Make some passes over what is to go out; gives how many effects came to which state."""
    came: Counter[str] = Counter()
    for _ in range(passes):
        came += background.once(app, workspace, f"{worker}:{os.getpid()}", TERMS)
    return dict(came)


def finish(app: App, workspace: Workspace, worker: str = "late") -> Any:
    """Work until nothing is left that time or a worker can bring further; an hour passes between two passes."""
    from sqlalchemy import func, select

    from saleswright.kernel.journal.tables import effect

    journal = open_journal(workspace)
    assert journal is not None
    under_way = select(func.count()).where(effect.c.state.in_(("approved", "claimed", "sending")))
    for n in range(PASSES):
        with journal.read() as con:
            if not con.execute(under_way).scalar():
                return {"passes": n}
        moment = datetime.fromisoformat(os.environ["SALESWRIGHT_NOW"])
        os.environ["SALESWRIGHT_NOW"] = (moment + timedelta(hours=1)).isoformat()
        work(app, workspace, worker)
    raise AssertionError(f"not quiet after {PASSES} passes")


def _open(workspace: Workspace) -> Any:
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import request

    journal = open_journal(workspace, create=False)
    if journal is None:
        return []
    with journal.read() as con:
        return con.execute(select(request).where(request.c.state == "open").order_by(request.c.id)).all()


def warm(app: App, scratch: Path, rules: str) -> None:
    """Import what the jobs will need, by doing them on a workspace that nobody looks at; nothing is sent."""
    (scratch / "saleswright.toml").write_text('format = 1\nname = "warm"\ncurrency = "EUR"\n', encoding="utf-8")
    (scratch / "definitions").mkdir()
    (scratch / "definitions" / "rules.yaml").write_text(rules, encoding="utf-8")
    workspace = app.open_workspace(scratch)
    os.environ["SALESWRIGHT_NOW"] = "2026-06-01T09:00:00+00:00"
    for way in ("webhook:neither", "mail:office", "csv"):
        propose(app, workspace, way, [way])
    decide(app, workspace, [1, 2], "no", reason="too soon")
    decide(app, workspace)
    os.environ["SALESWRIGHT_NOW"] = "2026-06-01T09:01:00+00:00"
    work(app, workspace)
    let_go()


VERBS = {one.__name__: one for one in (note, propose, decide, each, take_back, rule, work, finish)}
