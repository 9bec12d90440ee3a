"""Which view of the record answers this request? Opened contexts are kept, for opening one is the costly part."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from saleswright.kernel.call import Ambient, App, Context
from saleswright.kernel.clock import now
from saleswright.kernel.workspace import Workspace

FRESH = 300
"""Seconds for which "now" is one moment: a context asked for without a date is opened again after that."""

_KEPT = 12


@dataclass
class _Kept:
    """One opened context, how many requests use it, and whether it was put out meanwhile."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    context: Context | None = None
    users: int = 0
    out: bool = False


Key = tuple[Ambient, str, int]


class Contexts:
    """The opened contexts of one server: by actor, ambient, release and moment; the least recently used goes first."""

    def __init__(self, app: App, workspace: Workspace, kept: int = _KEPT) -> None:
        self._app = app
        self._workspace = workspace
        self._size = kept
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def release(self) -> str:
        """The name of the release published now; empty when the product has no way to say."""
        ask = self._app.before.get("release")
        return str(ask(self._workspace)) if ask else ""

    def key(self, ambient: Ambient) -> Key:
        """What a context, and any answer made from it, is kept under."""
        pinned = replace(ambient, actor=ambient.actor)
        release = "" if ambient.snap else self.release()
        moment = 0 if ambient.as_of else int(now().timestamp()) // FRESH
        return pinned, release, moment

    @contextmanager
    def lease(self, ambient: Ambient) -> Iterator[Context]:
        """A context to use for one request. It is not closed while anyone holds it."""
        key = self.key(ambient)
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            kept.users += 1
        try:
            # One opens, the others wait for the same one; requests under other keys are not held up.
            with kept.lock:
                if kept.context is None:
                    kept.context = self._app.open_context(self._workspace, ambient)
                    self._trim()
            yield kept.context
        finally:
            self._put_back(key, kept)

    def close(self) -> None:
        """Close everything; for the end of the server."""
        with self._lock:
            gone = list(self._kept.values())
            self._kept.clear()
            for kept in gone:
                kept.out = True
            closing = [kept.context for kept in gone if not kept.users and kept.context]
        for context in closing:
            context.close()

    def _trim(self) -> None:
        closing = []
        with self._lock:
            while len(self._kept) > self._size:
                _, kept = self._kept.popitem(last=False)
                kept.out = True
                if not kept.users and kept.context:
                    closing.append(kept.context)
        for context in closing:
            context.close()

    def _put_back(self, key: Key, kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            if kept.context is None and self._kept.get(key) is kept and not kept.users:
                del self._kept[key]
            close = kept.out and not kept.users and kept.context is not None
        if close and kept.context is not None:
            kept.context.close()
