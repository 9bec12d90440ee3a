"""Two servers and a worker on one workspace: what is agreed to goes out once, while they serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.app import outbox as loop
from saleswright.faces.web.app import create_app
from saleswright.kernel.call import App
from saleswright.kernel.effects import plan, send_now
from saleswright.kernel.journal import Journal
from saleswright.lib.issue import Stop
from saleswright.run.outbox.listed import listed
from saleswright.run.outbox.webhook import Webhooks
from tests.kernel.effects import outbox
from tests.run.outbox import receivers
from tests.run.outbox.receivers import receiver
from tests.run.outbox.test_webhook import definitions

COUNT = 24


def _messages(journal: Journal, count: int, way: str = "webhook:crm") -> None:
    """Messages that belong to no request, let out at once."""
    with journal.write("ann") as w:
        for n in range(count):
            send_now(w, plan(w, None, None, way, "message", f"m{n}", way, {"text": "hello"}))


def test_two_servers_and_a_worker_share_one_workspace(tmp_path: Path) -> None:
    with receiver() as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        journal = outbox.opened(workspace)
        toy = outbox.app(Webhooks())
        product = App((), toy.open_workspace, toy.open_context, adapters=toy.adapters, background=(loop,))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-m", "saleswright", "work", "--seconds", "60", "-w", str(tmp_path)]
        worker = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline()
            with TestClient(create_app(product, workspace)), TestClient(create_app(product, workspace)):
                _messages(journal, COUNT)
                end = time.monotonic() + 20
                while outbox.states(journal) != {"confirmed": COUNT} and time.monotonic() < end:
                    time.sleep(0.05)
        finally:
            worker.send_signal(signal.SIGINT)
            # Each of its loops may end what it is at, for up to half a minute.
            assert worker.wait(90) in (0, 130, -signal.SIGINT)
    assert outbox.states(journal) == {"confirmed": COUNT}
    assert len(heard.calls) == len(heard.taken) == COUNT


def test_work_once_does_what_is_due_and_says_what_came_of_it(tmp_path: Path) -> None:
    with receiver(200, 500) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        journal = outbox.opened(workspace)
        _messages(journal, 2)
        _messages(journal, 1, "pigeon")
        work = partial(build().call, workspace, "work", {"once": True})
        assert work().report.lede == "1 sent, 1 unconfirmed, 1 failed."
        assert work().report.lede == "Nothing was due."
    assert [(e.state, e.settle) for e in listed(workspace)] == [
        ("unconfirmed", True),
        ("failed", False),
        ("sent", False),
    ]


def test_a_person_settles_it_by_command_and_has_to_say_how_it_is_known(tmp_path: Path) -> None:
    with receiver(500, 400) as heard:
        workspace = receivers.workspace(tmp_path, definitions(heard.port))
        _messages(outbox.opened(workspace), 2)
        call = partial(build().call, workspace)
        call("work", {"once": True})
        for args in ({"effect": 1, "verdict": "happened"}, {"effect": 2, "verdict": "not", "because": "x"}):
            with pytest.raises(Stop):
                call("effects resolve", args)
        call("effects resolve", {"effect": 1, "verdict": "not", "because": "it is not in their list"})
        call("effects stop", {"effect": 1, "because": "the customer called"})
        call("effects retry", {"effect": 2})
        call("work", {"once": True})
    assert outbox.states(outbox.opened(workspace)) == {"cancelled": 1, "confirmed": 1}
    assert len(heard.calls) == 3
