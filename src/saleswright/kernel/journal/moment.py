"""What does the world outside the journal say? Asked once in each transaction that writes: all that is in it is of one moment.

It is asked under the lock, so after all that are answered by it had asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Given = TypeVar("Given")
_asked: ContextVar[dict[Any, Any] | None] = ContextVar("asked", default=None)


@contextmanager
def one_moment() -> Iterator[None]:
    """The length of a transaction, in this thread."""
    before = _asked.set({})
    try:
        yield
    finally:
        _asked.reset(before)


def asked_once(what: Any, ask: Callable[[], Given]) -> Given:
    """The answer to `what`, asked the first time in a transaction, and every time outside of one."""
    known = _asked.get()
    if known is None:
        return ask()
    if what not in known:
        known[what] = ask()
    found: Given = known[what]
    return found
