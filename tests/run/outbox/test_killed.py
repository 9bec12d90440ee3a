"""A worker that is killed at any step: nothing lost, nothing doubled where a key or a question exists, else parked."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from saleswright.kernel.effects import approve, plan
from saleswright.kernel.workspace import Workspace
from saleswright.run.outbox.changes import Changes
from saleswright.run.outbox.webhook import Webhooks
from tests.kernel.effects import outbox
from tests.run.outbox import receivers
from tests.run.outbox.receivers import receiver
from tests.run.outbox.test_webhook import ASKED, KEYED, definitions

PLACES = ("effect-claimed", "effect-sending", "effect-sent", "effect-confirmed")


def killed(workspace: Workspace, place: str) -> None:
    """A process that works on the outbox until it is killed at that place."""
    child = os.fork()
    if child == 0:
        os.environ["SALESWRIGHT_CRASH_AT"] = place
        try:
            outbox.worker(outbox.app(Webhooks(), Changes()), workspace, name="killed").once()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize("promise", ["key", "ask", "neither"])
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_worker_leaves_one_clear_state(tmp_path: Path, promise: str, place: str) -> None:
    """Kill -9 at named barriers: 0 lost; 0 doubled where a key or a question exists; otherwise parked, never blindly resent."""
    more = {"key": KEYED, "ask": ASKED, "neither": ""}[promise]
    with receiver() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port, more.format(port=heard.port)))
        journal = outbox.opened(workspace)
        outbox.agreed(journal, 1, "webhook:crm")
        killed(workspace, place)
        for _ in range(3):
            outbox.worker(outbox.app(Webhooks()), workspace, name="next").once()
    parked = promise == "neither" and place in ("effect-sending", "effect-sent")
    assert outbox.states(journal) == {"in_doubt" if parked else "confirmed": 1}
    assert len(heard.taken) == (0 if parked and place == "effect-sending" else 1)
    # Only where a key makes it harmless is it sent twice.
    assert len(heard.calls) == (2 if (promise, place) == ("key", "effect-sent") else len(heard.taken))


@pytest.mark.parametrize("place", [*PLACES, "changes-written", "changes-named"])
def test_a_file_of_changes_is_there_once_and_whole_wherever_its_writer_is_killed(tmp_path: Path, place: str) -> None:
    workspace = receivers.workspace(tmp_path)
    journal = outbox.opened(workspace)
    with journal.write("ann") as w:
        number = outbox.asked_for(w, 2, "csv")
        line = {"entity": "thing", "field": "owner", "old": "a", "new": "b"}
        body = {"lines": [line | {"n": n, "subject": f"t{n}"} for n in (1, 2)]}
        plan(w, number, 0, "csv", "change", f"request:{number}", f"{number}.all", body)
        approve(w, number, [0])
    killed(workspace, place)
    for _ in range(2):
        outbox.worker(outbox.app(Changes()), workspace, name="next").once()
    assert outbox.states(journal) == {"confirmed": 1}
    (made,) = (tmp_path / "out").iterdir()
    assert len(made.read_text(encoding="utf-8").splitlines()) == 3
