"""Over which face did it come, where that is worth knowing? Records made meanwhile say so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_VIA: ContextVar[str] = ContextVar("via", default="")


@contextmanager
def came(face: str) -> Iterator[None]:
    """What is recorded inside came over this face, such as "tools"."""
    token = _VIA.set(face)
    try:
        yield
    finally:
        _VIA.reset(token)


def via() -> str:
    """The face that what is being done came over; empty for a person's own."""
    return _VIA.get()
