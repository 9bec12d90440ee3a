"""Was this sent before? Each sending under a key is done once; sent again, it gets the answer it got.

The answer is written in the transaction of what was done (kernel/journal/held.py), so that neither is there without the
other, whenever the server dies. The key belongs to who sends and to the address; it is forgotten after a day.
"""

from __future__ import annotations

import hashlib
import math
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from saleswright.kernel import clock
from saleswright.kernel.chapter import Sent
from saleswright.kernel.journal import Journal
from saleswright.kernel.journal.held import Held, hold
from saleswright.kernel.journal.statements import ANSWER, ANSWERED, FORGET
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop

FIELD = "_key"
HEADER = "idempotency-key"
DAY = 86_400
SWEEP = 3_600.0
"""Seconds between two sweeps of the answers that are old enough to be forgotten."""

PATIENCE = 30.0
"""Seconds that a sending waits for the same one that is under way."""

_FINE = re.compile(r"[\x21-\x7e]{8,200}")


@dataclass(frozen=True, slots=True)
class Key:
    """One sending: its name, which holds nothing that can be read, and what it brought."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a sending was answered: a status, and an address or a text."""

    status: int
    answer: str


@dataclass
class Under:
    """A sending that is under way. `aside`: the work it became, where it became work made aside."""

    key: Key
    ended: Future[Answered | None] = field(default_factory=Future)
    aside: Any = None


def read(given: str) -> str:
    """A key as it was sent. Stop for one that is too short to be one's own, or not plain."""
    if given and not _FINE.fullmatch(given):
        raise Stop(
            Issue(
                HEADER,
                "a key is 8 to 200 plain characters without spaces",
                "so nothing was done",
                "a fresh random one for each thing to be done, such as a UUID",
                code="bad-key",
            ),
            exit_code=USAGE,
        )
    return given


def key_of(sent: Sent, actor: str, path: str, form: str) -> Key | None:
    """What this sending is remembered under; None when it came without a key."""
    if not sent.key:
        return None
    name = hashlib.blake2b("\0".join((actor, path, sent.key)).encode(), digest_size=24).hexdigest()
    return Key(name, f"{form} {sent.digest}")


class Once:
    """The keyed sendings of one workspace. `journal` opens its journal, which is made with the first answer."""

    def __init__(self, journal: Callable[[], Journal], tick: Callable[[], float] = time.monotonic) -> None:
        self._journal = journal
        self._tick = tick
        self._lock = threading.Lock()
        self._under: dict[str, Under] = {}
        self._swept = -math.inf

    def begin(self, key: Key, look: bool = True) -> Under | Answered:
        """Begin a sending: what it was answered before, the one that is under way already, or this one, begun.

        Whoever gets one with its own key object began it and must `end` it. Stop when the key came with something else.
        look: false where the work writes to the journal alone, so that it may be begun before its answer is looked for.
        """
        with self._lock:
            there = self._under.get(key.name)
            if there is not None:
                _same(there.key, key.digest)
                return there
            mine = self._under[key.name] = Under(key)
        if not look:
            return mine
        try:
            known = self.found(key)
        except BaseException:
            self.end(mine, None)
            raise
        if known is None:
            return mine
        self.end(mine, known)
        return known

    def found(self, key: Key) -> Answered | None:
        """The answer that was written under this key in the last day."""
        with self._journal().read() as con:
            row = ANSWER(con, of=key.name).first()
        if row is None:
            return None
        if row.at < _old():
            self._swept = -math.inf  # it must be gone before the next under this key is written
            return None
        _same(Key(key.name, row.digest), key.digest)
        return Answered(row.status, row.answer)

    def end(self, under: Under, answer: Answered | None) -> None:
        """The sending is over; None when nothing was done, so that it may be sent again."""
        with self._lock:
            if self._under.get(under.key.name) is under:
                del self._under[under.key.name]
        if not under.ended.done():
            under.ended.set_result(answer)

    def wait(self, under: Under) -> Answered | None:
        """What the sending under way was answered. Stop (conflict) when that takes too long."""
        try:
            return under.ended.result(PATIENCE)
        except TimeoutError:
            raise Stop(
                Issue(
                    HEADER,
                    "the same was sent before and is still being done",
                    "so it was not begun again",
                    "send it again in a while, with the same key",
                    code="under-way",
                ),
                exit_code=CONFLICT,
            ) from None

    def do(self, key: Key, work: Callable[[], Answered]) -> Answered:
        """Do the work and keep what it answered, both in one transaction. Gives the answer that holds.

        Another server may have done the same just before: then that is the answer, and nothing of this work is kept. A
        refusal is kept only where something was written for it.
        """
        refused: Stop | None = None
        try:
            with hold() as mine:
                before = mine.writing.seq if mine.writing else None
                try:
                    given = work()
                except Stop as stop:
                    # What its parts had written stays, as it would have without a key.
                    refused = stop
                else:
                    self._keep(mine, key, given, before)
        except _Twice:
            known = self.found(key)
            if known is None:
                raise
            return known
        if refused is not None:
            raise refused
        return given

    def _keep(self, mine: Held, key: Key, given: Answered, before: int | None) -> None:
        from sqlalchemy.exc import IntegrityError

        journal = self._journal()
        within = mine.writing if mine.holds(journal) else None
        if given.status >= 400 and (within is None or within.seq == (mine.began if before is None else before)):
            return
        row = {"key": key.name, "digest": key.digest, "status": given.status, "answer": given.answer, "at": _now()}
        statements: list[tuple[Any, dict[str, Any]]] = [(ANSWERED, row)]
        if self._tick() - self._swept > SWEEP:
            self._swept = self._tick()
            statements.insert(0, (FORGET, {"before": _old()}))
        try:
            if within is not None:
                mine.wrote()
                for statement, values in statements:
                    statement(within.con, **values)
                return
            # Nothing was written to the journal: what was done lies elsewhere, and the answer is kept beside it.
            with journal.engine.connect().execution_options(writes=True) as con, con.begin():
                for statement, values in statements:
                    statement(con, **values)
        except IntegrityError:
            raise _Twice from None


def _same(known: Key, digest: str) -> None:
    if known.digest != digest:
        raise Stop(
            Issue(
                HEADER,
                "this key came before with something else",
                "one key stands for one thing to be done, so nothing was done now",
                "a fresh key for what is new; a page gives one when it is reloaded",
                code="other-body",
            ),
            exit_code=USAGE,
        )


class _Twice(Exception):
    """Somebody else has written an answer under this key meanwhile."""


def _old() -> int:
    return _now() - DAY * 1_000_000


def _now() -> int:
    return int(clock.now().timestamp() * 1_000_000)
