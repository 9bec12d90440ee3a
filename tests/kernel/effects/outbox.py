"""An outbox without the rest of the product: a workspace, toy receivers, and the state of what goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import select

from saleswright.kernel.call import App
from saleswright.kernel.change import Place, Standing
from saleswright.kernel.door.value import packed
from saleswright.kernel.effects import approve, plan
from saleswright.kernel.effects.adapter import Arrived, Outgoing, Promise
from saleswright.kernel.effects.terms import Terms
from saleswright.kernel.effects.work import Worker
from saleswright.kernel.journal import Journal, Writing, open_journal
from saleswright.kernel.journal.tables import effect, line, record, request
from saleswright.kernel.workspace import Workspace, load


class Receiver:
    """A way out that does what it was told: `plays` are exceptions to raise, None for taking it, one each call.

    `first`: take it before the exception is raised, as a line that is cut does.
    """

    def __init__(self, promise: Promise, *plays: Exception | None, first: bool = False) -> None:
        self.name, self.promise = "toy", promise
        self.plays, self.first = list(plays), first
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.against = ""

    def check(self, workspace: Workspace, outgoing: Outgoing, con: Any = None) -> str:
        return self.against

    def send(self, workspace: Workspace, outgoing: Outgoing) -> Arrived:
        play = self.plays.pop(0) if self.plays else None
        # A receiver that takes keys does one thing once.
        again = self.promise == "key" and outgoing.key in self.sent
        if (play is None or self.first) and not again:
            self.sent.append(outgoing.key)
        if play is not None:
            raise play
        return Arrived("toy-1", "taken")

    def ask(self, workspace: Workspace, outgoing: Outgoing) -> Arrived | None:
        self.asked.append(outgoing.key)
        return Arrived("toy-1", "it was there") if outgoing.key in self.sent else None


def made(folder: Path, journal: str = "") -> Workspace:
    """A workspace with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    extra = f'journal = "{journal}"\n' if journal else ""
    (folder / "saleswright.toml").write_text(f'format = 1\nname = "toy"\n{extra}', encoding="utf-8")
    return load(folder)


def app(*ways: Any, now: dict[str, str] | None = None) -> App:
    """A product of nothing but ways out. `now`: the owner of things, by id; what is not there is a, as the lines say."""

    def current(workspace: Workspace, policy: Any, places: Sequence[Place]) -> Standing:
        return Standing({place: (now or {}).get(place[1], "a") for place in places})

    return App((), load, _no_context, adapters={way.name: way for way in ways}, current=current)


def _no_context(workspace: Workspace, ambient: Any) -> Any:
    raise AssertionError("nothing is measured here")


def opened(workspace: Workspace) -> Journal:
    found = open_journal(workspace)
    assert found is not None
    return found


def agreed(journal: Journal, count: int = 1, adapter: str = "toy", thing: str = "t", **payload: Any) -> int:
    """A request of `count` lines, about the things t1, t2 ..., that somebody agreed to; gives its number."""
    with journal.write("ann") as w:
        number = asked_for(w, count, adapter, thing)
        for n in range(1, count + 1):
            body = {
                "entity": "thing",
                "subject": f"{thing}{n}",
                "field": "owner",
                "old": "a",
                "new": "b",
                "n": n,
            } | payload
            plan(w, number, n, adapter, "change", f"thing:{thing}{n}:owner", f"request:{number}", body)
        approve(w, number, range(1, count + 1))
    return number


def asked_for(w: Writing, count: int, adapter: str, thing: str = "t") -> int:
    """The rows of a request whose lines are approved."""
    at = {"actor": w.actor_id, "at": w.at, "expires": w.at, "adapter": adapter, "risk": "low", "state": "approved"}
    texts = {"key": f"r{w.seq}", "action": "toy", "title": "A change", "reason": "because"}
    number = int(w.con.execute(request.insert().values(at | texts)).inserted_primary_key[0])
    text = dict.fromkeys(("label", "reason", "evidence"), "") | {"old": packed("a"), "new": packed("b")}
    for n in range(1, count + 1):
        named = {
            "entity": "thing",
            "subject": f"{thing}{n}",
            "field": "owner",
            "key": f"{number}.{n}",
            "state": "approved",
        }
        w.con.execute(line.insert().values(text | named | {"request": number, "n": n}))
    return number


def worker(product: App, workspace: Workspace, terms: Terms | None = None, name: str = "w1", seed: int = 1) -> Worker:
    return Worker(product, workspace, opened(workspace), name, terms or QUICK, Random(seed))


QUICK = Terms(lease=0.0, settle=0.0, base=0.0, cap=0.0, attempts=4, rate=100_000)
"""Leases that are over at once and no pauses, so that every pass looks like the one after a long time."""


def states(journal: Journal) -> Counter[str]:
    with journal.read() as con:
        return Counter(con.execute(select(effect.c.state)).scalars())


def lines(journal: Journal) -> list[tuple[str, str]]:
    with journal.read() as con:
        return [tuple(row) for row in con.execute(select(line.c.state, line.c.said).order_by(line.c.request, line.c.n))]


def acts(journal: Journal, number: int = 1) -> list[str]:
    """What happened to one effect, in order."""
    with journal.read() as con:
        return list(
            con.execute(
                select(record.c.act).where(record.c.subject == f"effect:{number}").order_by(record.c.seq)
            ).scalars()
        )
