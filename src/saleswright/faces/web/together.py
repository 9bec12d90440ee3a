"""What is done together? Short writes that arrive while others are being made safe share one commit, each on its own.

Making a transaction safe on the disk takes longer than what it writes. So one thread does what has arrived, one after the
other, each as a part that is undone alone; then all of it is made safe at once, and only then is anybody answered.
"""

from __future__ import annotations

import queue
import threading
import time
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from saleswright.kernel.journal.held import hold

MOST = 32
"""Parts of one transaction: others have to wait for it."""
LONGEST = 0.005
"""Seconds that a group waits at most for others to join it."""

Work = Callable[[], Any]
Waiting = tuple[Work, "Future[Any]"]
Ended = tuple["Future[Any]", Any, BaseException | None]


class Together:
    """One thread for all short writes of a server; it begins with the first of them."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pause = 0.0
        self._many = 1

    def do(self, work: Work) -> Future[Any]:
        """Do the work; its result is there once it is safe. For who runs in an event loop."""
        done: Future[Any] = get_running_loop().create_future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="short writes", daemon=True)
                self._thread.start()
        self._waiting.put((work, done))
        return done

    def close(self) -> None:
        """Begin nothing more."""
        self._waiting.put(None)

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            until = time.monotonic() + self._pause
            while len(group) < MOST:
                # Who was answered together mostly comes again together: to wait for them costs less than the commit it
                # saves. Nobody waits where nobody else had come.
                left = until - time.monotonic() if len(group) < self._many else 0.0
                try:
                    more = self._waiting.get(left > 0.0, max(left, 0.0))
                except queue.Empty:
                    break
                if more is None:
                    self._waiting.put(None)
                    break
                group.append(more)
            # Who went away before it was begun wants nothing done; once begun it cannot be taken back.
            self._pause = min(_finish([one for one in group if not one[1].cancelled()]), LONGEST)
            self._many = len(group) + self._waiting.qsize()


def _finish(group: list[Waiting]) -> float:
    """Do all of it and tell those who wait; gives the seconds that it took to make it safe."""
    began = time.monotonic()
    results: list[tuple[Any, BaseException | None]] = []
    try:
        with hold():
            for work, _ in group:
                try:
                    with hold():
                        results.append((work(), None))
                except BaseException as error:
                    results.append((None, error))
            began = time.monotonic()
    except BaseException as error:
        # Nothing of it is safe, whatever its parts came to.
        results = [(None, error)] * len(group)
    took = time.monotonic() - began
    ended: dict[AbstractEventLoop, list[Ended]] = {}
    for (_, done), (result, wrong) in zip(group, results, strict=True):
        ended.setdefault(done.get_loop(), []).append((done, result, wrong))
    for loop, these in ended.items():
        with suppress(RuntimeError):  # the loop was closed: nobody is there to be told
            loop.call_soon_threadsafe(_tell, these)
    return took


def _tell(ended: list[Ended]) -> None:
    """All of a group at once: the loop is woken a single time."""
    for done, result, wrong in ended:
        if done.done():
            continue  # who asked has gone
        if wrong is None:
            done.set_result(result)
        else:
            done.set_exception(wrong)
