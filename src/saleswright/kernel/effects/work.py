"""Who makes it happen? A worker claims what was approved, sends it, and writes down what came of it.

Three transactions to an effect, and the outside act between the last two: claimed (under a lease, after everything was
asked once more), sending, and what came of it. So whoever finds the lease of a worker that is gone knows: claimed was not
begun; sending may have gone out, and is settled by what the other side promises.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from saleswright.kernel.call import App
from saleswright.kernel.effects import claim, states
from saleswright.kernel.effects.adapter import Adapter, Arrived, Later, Promise, Refused, promise_of, way_out
from saleswright.kernel.effects.claim import ACTOR
from saleswright.kernel.effects.judge import again, told
from saleswright.kernel.effects.planning import move
from saleswright.kernel.effects.rows import moment, outgoing, read
from saleswright.kernel.effects.terms import USUAL, Bucket, Terms
from saleswright.kernel.journal import Journal
from saleswright.kernel.outbound.secret import told as words
from saleswright.kernel.workspace import Workspace
from saleswright.lib.barrier import barrier
from saleswright.lib.issue import Stop

FRESH = 2.0
"""Seconds for which what was asked in the claim is not asked again."""


@dataclass
class Worker:
    """One worker. `name` is its own alone; `stop` ends it between two effects."""

    app: App
    workspace: Workspace
    journal: Journal
    name: str
    terms: Terms = USUAL
    rng: Random = field(default_factory=Random)
    stop: threading.Event = field(default_factory=threading.Event)
    bucket: Callable[[float], Bucket] = Bucket
    _buckets: dict[str, Bucket] = field(default_factory=dict)

    def once(self) -> Counter[str]:
        """One pass over what is due, the oldest first: how many effects came to which state ("approved" is tried later)."""
        came: Counter[str] = Counter()
        left, settled = claim.expired(self.journal, self.name, self.terms, self._promise)
        came.update(settled)
        if left:
            barrier("effect-taken-over")
        for row in left:
            came[self._recover(row)] += 1
        rows, dropped = claim.due(self.app, self.workspace, self.journal, self.name, self.terms, self._way)
        came.update(dropped)
        if rows:
            barrier("effect-claimed")
        for index, row in enumerate(rows):
            if not self._in_turn(row.adapter):
                self._give_back(rows[index:])
                break
            came[self._begin(row)] += 1
        return came

    def _begin(self, row: Any, unsure: bool = False) -> str:
        """Send what is claimed, or once more what may have been taken before (`unsure`)."""
        with self.journal.write(ACTOR) as w:
            now = row
            if row.state == states.CLAIMED and moment() - row.changed > FRESH * 1_000_000:
                # Claimed with others that took their time: what is asked in the claim is asked again.
                now = again(self.app, self.workspace, w, row, self._way)
                if now is None:
                    return str(read(w.con, row.id).state)
            sending = {"attempts": row.attempts + 1, "lease": self._in(self.terms.lease)}
            if not move(w, now, states.SENDING, **sending):
                return "lost"
            begun = read(w.con, row.id)
        barrier("effect-sending")
        try:
            arrived = self._way(row.adapter).send(self.workspace, outgoing(begun))
        except (Refused, Stop) as error:
            # A try before this one may have been taken, whatever is said now.
            return self._end(begun, states.IN_DOUBT if unsure else states.FAILED, told(error))
        except Later as error:
            return self._later(begun, str(error), error.after, unsure)
        except Exception as error:  # any other error counts as Unknown: nobody can tell how far it went
            return self._unanswered(begun, told(error))
        barrier("effect-sent")
        return self._confirm(begun, arrived)

    def _recover(self, row: Any) -> str:
        """An effect that may have gone out, and its promise says that it can be settled."""
        try:
            way = self._way(row.adapter)
            if way.promise != "ask":
                return self._again(row, unsure=True)
            found = way.ask(self.workspace, outgoing(row))
            barrier("effect-asked")
        except Exception as error:
            said = f"could not be asked whether it arrived: {told(error)}"
            if row.attempts >= self.terms.attempts:
                return self._end(row, states.IN_DOUBT, said)
            pause = self.terms.pause(row.attempts, self.rng, getattr(error, "after", 0.0))
            return self._end(row, states.SENDING, said, attempts=row.attempts + 1, lease=self._in(pause))
        if found is not None:
            return self._confirm(row, found)
        if row.attempts >= self.terms.attempts:
            return self._end(row, states.FAILED, f"it had not arrived after {row.attempts} tries: {row.said}")
        return self._again(row)

    def _again(self, row: Any, unsure: bool = False) -> str:
        if not self._in_turn(row.adapter):
            return states.SENDING
        return self._begin(row, unsure)

    def _confirm(self, row: Any, arrived: Arrived) -> str:
        came = self._end(row, states.CONFIRMED, arrived.said, outside_id=arrived.outside_id)
        barrier("effect-confirmed")
        return came

    def _later(self, row: Any, said: str, after: float, unsure: bool) -> str:
        pause = self.terms.pause(row.attempts, self.rng, after)
        if row.attempts >= self.terms.attempts:
            given_up = f"given up after {row.attempts} tries: {said}"
            return self._end(row, states.IN_DOUBT if unsure else states.FAILED, given_up)
        if unsure:
            # This try was not taken, one before it may have been: it can neither be called off nor have failed.
            return self._end(row, states.SENDING, said, lease=self._in(pause))
        return self._end(row, states.APPROVED, said, due=self._in(pause), lease=None, worker=None)

    def _unanswered(self, row: Any, said: str) -> str:
        promise = self._promise(row.adapter)
        if promise == "neither" or (promise == "key" and row.attempts >= self.terms.attempts):
            return self._end(row, states.IN_DOUBT, said)
        barrier("effect-unanswered")
        pause = max(self.terms.settle, self.terms.pause(row.attempts, self.rng))
        return self._end(row, states.SENDING, said, lease=self._in(pause))

    def _end(self, row: Any, state: str, said: str, **more: Any) -> str:
        said = words(said)
        if self._move(row, state, said=said, **more):
            return state
        if state == states.CONFIRMED:
            # Others took us for gone and parked it; now there is an answer after all.
            with self.journal.write(ACTOR) as w:
                parked = read(w.con, row.id)
                if parked.state == states.IN_DOUBT and parked.worker == row.worker:
                    move(w, parked, state, said, **more)
                    return state
        return "lost"

    def _move(self, row: Any, state: str, **more: Any) -> Any:
        """The step in a transaction of its own; the row as it is then, None where others have it by now."""
        with self.journal.write(ACTOR) as w:
            return read(w.con, row.id) if move(w, row, state, **more) else None

    def _give_back(self, rows: list[Any]) -> None:
        with self.journal.write(ACTOR) as w:
            for row in rows:
                move(w, row, states.APPROVED, lease=None, worker=None)

    def _in_turn(self, adapter: str) -> bool:
        """Wait until this way out is not used too often; False when the worker is to end."""
        bucket = self._buckets.setdefault(adapter, self.bucket(self.terms.rate))
        wait = bucket.wait()
        return not self.stop.wait(wait) if wait else not self.stop.is_set()

    def _way(self, name: str) -> Adapter:
        return way_out(self.app.adapters, self.workspace, name)

    def _promise(self, name: str) -> Promise:
        return promise_of(self.app.adapters, self.workspace, name)

    def _in(self, seconds: float) -> int:
        return moment() + int(seconds * 1_000_000)
