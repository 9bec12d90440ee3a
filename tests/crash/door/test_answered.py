"""A server killed between what was done and the answer over HTTP: sent again under the same key, one effect and the same answer."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from saleswright.kernel.journal import let_go, open_journal
from saleswright.kernel.journal.tables import answered, decision, effect, record
from tests.browser.conftest import free_port
from tests.conftest import NIGHTLY
from tests.crash.door.jobs import propose
from tests.crash.door.play import ROOT, SETTINGS
from tests.crash.door.ways import composed
from tests.journals import KINDS

BARRIERS = ("decision-written", "before-commit", "after-commit")
"""While it is decided, before it is safe, and when it is safe and nobody was told."""

# A server is slow to start, so by day it is killed where it matters most.
PLAYED = [(kind, barrier) for kind in KINDS for barrier in BARRIERS if NIGHTLY or barrier == "after-commit"]
PLAYED += [] if NIGHTLY else [("sqlite", "before-commit")]


class Book:
    """A workspace with a request that waits, and a server of it."""

    def __init__(self, root: Path, journal: str) -> None:
        self.root = root
        root.mkdir()
        extra = f'journal = "{journal}"\n' if journal else ""
        (root / "saleswright.toml").write_text(SETTINGS + extra, "utf-8")
        app = composed()
        asked = propose(app, app.open_workspace(root), "csv", ["acme"], actor="me")
        self.number = int(str(asked["request"]))
        let_go()

    @contextmanager
    def server(self, at: str = "") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        """A server, which dies where it comes by the barrier `at`."""
        port = free_port()
        order = [sys.executable, "-m", "tests.crash.door.serving", str(self.root), str(port)]
        process = subprocess.Popen(order, cwd=ROOT, env=os.environ | {"SALESWRIGHT_CRASH_AT": at})
        try:
            until = time.monotonic() + 60
            while time.monotonic() < until and process.poll() is None:
                try:
                    http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
                    break
                except OSError:
                    time.sleep(0.05)
            yield process, port
        finally:
            process.kill()
            process.wait(30)

    def send(self, port: int, key: str, verdict: str = "yes") -> tuple[int, bytes]:
        """Decide over HTTP as a program does; raises when no answer comes."""
        con = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        token = (self.root / ".saleswright" / "token").read_text("utf-8").strip()
        body = urlencode({"request": str(self.number), "verdict": verdict, "because": "as agreed"})
        try:
            con.request(
                "POST", "/a/decide", body,
                {"x-token": token, "idempotency-key": key, "accept": "application/json",
                 "content-type": "application/x-www-form-urlencoded"},
            )  # fmt: skip
            answer = con.getresponse()
            return answer.status, answer.read()
        finally:
            con.close()

    def counts(self) -> dict[str, int]:
        """How many decisions, records of decisions, effects and kept answers there are."""
        journal = open_journal(composed().open_workspace(self.root))
        assert journal is not None
        with journal.read() as con:
            found = {
                "decisions": select(func.count()).select_from(decision),
                "records": select(func.count()).select_from(record).where(record.c.act == "decided"),
                "effects": select(func.count()).select_from(effect),
                "answers": select(func.count()).select_from(answered),
            }
            counts = {name: int(con.execute(asked).scalar_one()) for name, asked in found.items()}
        let_go()
        return counts

    def kept(self) -> Any:
        """The answer that was written down with the decision; None where there is none."""
        journal = open_journal(composed().open_workspace(self.root))
        assert journal is not None
        with journal.read() as con:
            row = con.execute(select(answered.c.status, answered.c.answer)).first()
        let_go()
        return None if row is None else (row.status, row.answer.encode())


@pytest.mark.parametrize(("kind", "barrier"), PLAYED)
def test_sent_again_after_a_kill_it_is_one_effect_and_the_same_answer(
    kind: str, barrier: str, tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    """Same key and body three times = one effect and the same answer, though the server died before it could answer."""
    book = Book(tmp_path / "book", journal_url(kind))
    key = secrets.token_hex(12)
    with book.server(barrier) as (process, port):
        with pytest.raises((http.client.HTTPException, OSError)):
            book.send(port, key)
        assert process.wait(30) == -signal.SIGKILL
    done = barrier == "after-commit"
    one = {"decisions": 1, "records": 1, "effects": 1, "answers": 1}
    assert book.counts() == (one if done else dict.fromkeys(one, 0))
    written = book.kept()
    with book.server() as (_, port):
        answers = [book.send(port, key) for _ in range(2)]
        other = book.send(port, key, "no")
        late = book.send(port, secrets.token_hex(12))
    assert len(set(answers)) == 1 and answers[0][0] == 200, answers
    assert json.loads(answers[0][1])["data"]["requests"][0]["state"] == "approved"
    # What is answered now is what would have been answered then, to the byte.
    assert written == (answers[0] if done else None)
    assert other[0] == 422 and json.loads(other[1])["issues"][0]["code"] == "other-body"
    # Under a key of its own it is a second decision, which comes too late.
    assert late[0] == 409 and book.counts() == one
