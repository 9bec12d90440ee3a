"""How fast does what was agreed to go out? Claimed, sent and confirmed with every record, against the same acts alone."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from bench.line import SEED, Line, alternate, median, seconds, spread
from saleswright.kernel.call import App
from saleswright.kernel.effects import plan, send_now
from saleswright.kernel.effects.rows import outgoing
from saleswright.kernel.effects.terms import Terms
from saleswright.kernel.effects.work import Worker
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.journal.tables import effect
from saleswright.kernel.workspace import load
from saleswright.run.outbox.ways import Ways

FULL, SMALL = 200, 40
TERMS = Terms(rate=1_000_000)


def effects_csv(small: bool, place: Path) -> Line:
    """Files of changes, one for each decision, against writing the same files."""
    return _line("effects_csv", "csv", small, place)


def effects_webhook(small: bool, place: Path) -> Line:
    """Signed posts to a receiver on this machine, against the same posts."""
    return _line("effects_webhook", "webhook", small, place)


def _line(name: str, way: str, small: bool, place: Path) -> Line:
    many = SMALL if small else FULL
    left: list[int] = []
    with _receiver() as port:
        folder = place / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "definitions").mkdir(parents=True)
        (folder / "saleswright.toml").write_text('format = 1\nname = "bench"\n')
        (folder / "definitions" / "out.yaml").write_text(
            f"- {{kind: outbound, name: o, hosts: {{127.0.0.1: {{private: true, http: true, ports: [{port}]}}}}}}\n"
            f"- {{kind: webhook, name: w, url: 'http://127.0.0.1:{port}/', keyed: true}}\n"
        )
        workspace = load(folder)
        app = App((), load, lambda workspace, ambient: None, adapters=Ways())  # type: ignore[arg-type,return-value]
        journal = open_journal(workspace)
        assert journal is not None
        rounds = iter(range(1_000))

        def ours() -> float:
            _agreed(journal, way, many, next(rounds))
            worker = Worker(app, workspace, journal, "bench", TERMS, Random(SEED))

            def work() -> None:
                while worker.once():
                    pass

            took = seconds(work)
            with journal.read() as con:
                left.append(sum(row.state != "confirmed" for row in con.execute(effect.select())))
            return took

        def alone() -> float:
            _agreed(journal, way, many, number := next(rounds))
            with journal.write("bench") as w:
                mine = effect.c.version == f"{way}{number}"
                rows = w.con.execute(effect.select().where(mine)).all()
                w.con.execute(effect.update().where(mine).values(state="confirmed"))
            adapter = app.adapters[way]

            def act() -> None:
                for row in rows:
                    adapter.send(workspace, outgoing(row))

            return seconds(act)

        mine, bare = alternate(ours, alone, runs=2 if small else 5)
    rate = many / median(mine)
    note = (
        f"{many:,} effects, {rate:,.0f} a second, three transactions on the disk to each; "
        f"{spread('ours', mine)}, {spread('the acts alone', bare)}; {max(left)} not confirmed"
    )
    return Line(name, median(mine), median(bare), "0 not confirmed", max(left) == 0, "s", len(mine), note)


def _agreed(journal: Journal, way: str, many: int, number: int) -> None:
    lines = [
        {"n": n, "entity": "thing", "subject": f"t{n}", "field": "owner", "old": "a", "new": "b", "reason": "because"}
        for n in range(20)
    ]
    with journal.write("bench") as w:
        for n in range(many):
            payload = {"lines": lines} if way == "csv" else lines[0]
            send_now(w, plan(w, None, None, way, "change", f"t{n}", f"{way}{number}", payload))


@contextmanager
def _receiver() -> Iterator[int]:
    class Taken(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
