"""What was written, and what was answered to it: how do both stay, or neither? One transaction round a whole call.

A call that is held writes as it always does. What it writes first begins a transaction that is left open, what it writes
after that joins it, and what it reads sees it; all of it is committed when the block ends, together with what the
block itself adds. So a call that is made again under the same key finds its effect and its answer, or neither of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from saleswright.kernel.journal.ready import plainly

if TYPE_CHECKING:
    from saleswright.kernel.journal.store import Journal, Writing

Begin = Callable[[str], AbstractContextManager["Writing"]]


@dataclass
class Held:
    """The open transaction of a call, None before it wrote."""

    journal: Journal | None = None
    writing: Writing | None = None
    began: int = 0
    """The last record before this transaction."""
    _stack: ExitStack = field(default_factory=ExitStack)
    # The savepoint that stands exactly here, and how many were set.
    _mark: str = ""
    _marks: int = 0

    def holds(self, journal: Journal) -> bool:
        """Is this journal's transaction open here?"""
        return self.writing is not None and self.journal is journal

    @contextmanager
    def join(self, journal: Journal, actor: str, begin: Begin) -> Iterator[Writing]:
        """A part of the call that writes: all of the part, or nothing of it."""
        if self.writing is not None and self.journal is not journal:
            with begin(actor) as other:
                yield other
            return
        with self.part():
            if self.writing is None:
                self.journal, self.writing = journal, self._stack.enter_context(begin(actor))
                self.began = self.writing.seq
                self.wrote()
                yield self.writing
                return
            whole = self.writing
            # Records rise in time too, also those of one transaction.
            mine = replace(whole, actor=actor, at=whole.at + 1, after=[])
            self.wrote()
            if actor != whole.actor:
                mine.actor_id, mine.proof = mine.known(actor)
            yield mine
            whole.seq, whole.hash, whole.at = mine.seq, mine.hash, mine.at
            whole.after.extend(mine.after)

    @contextmanager
    def part(self) -> Iterator[None]:
        """An error that leaves this block undoes what was written in it, and nothing that was written before it."""
        whole = self.writing
        if whole is None:
            try:
                yield
            except BaseException as error:
                # Nothing was written before, so all of it goes.
                began, self._stack = self._stack, ExitStack()
                self.journal = self.writing = None
                if not began.__exit__(type(error), error, error.__traceback__):
                    raise
            return
        stood = (whole.seq, whole.hash, whole.at, len(whole.after))
        if not self._mark:
            # A mark is never taken away: it goes with the transaction, and going back to one takes those after it away.
            self._marks += 1
            self._mark = f"part_{self._marks}"
            plainly(whole.con, f"SAVEPOINT {self._mark}")
        mark = self._mark
        try:
            yield
        except BaseException:
            plainly(whole.con, f"ROLLBACK TO SAVEPOINT {mark}")
            self._mark = mark
            whole.seq, whole.hash, whole.at, kept = stood
            del whole.after[kept:]
            raise

    def wrote(self) -> None:
        """Something is written now, so what follows is no longer where the last part began."""
        self._mark = ""

    def end(self, error: BaseException | None) -> None:
        """Commit what is open, or let it go after an error."""
        if error is None:
            self._stack.close()
        else:
            self._stack.__exit__(type(error), error, error.__traceback__)


_now: ContextVar[Held | None] = ContextVar("held", default=None)


def held() -> Held | None:
    """The call that is held in this thread, if one is."""
    return _now.get()


@contextmanager
def hold() -> Iterator[Held]:
    """Hold what is written in this block, by this thread, until it ends; an error that leaves it undoes all of it.

    Inside another such block it is a part of that one: committed with it, undone alone.
    """
    outer = _now.get()
    if outer is not None:
        with outer.part():
            yield outer
        return
    made = Held()
    before = _now.set(made)
    try:
        yield made
    except BaseException as error:
        made.end(error)
        raise
    else:
        made.end(None)
    finally:
        _now.reset(before)


@contextmanager
def apart() -> Iterator[None]:
    """What is written in this block is committed at once, though the call is held: for work that takes its time, while
    which others have to write. Where the call has written already it stays a part of that."""
    outer = _now.get()
    if outer is None or outer.writing is not None:
        yield
        return
    before = _now.set(None)
    try:
        yield
    finally:
        _now.reset(before)


def reading(journal: Journal) -> Any:
    """The connection of the transaction that is held for this journal; None where none is."""
    mine = _now.get()
    return mine.writing.con if mine is not None and mine.writing is not None and mine.holds(journal) else None
