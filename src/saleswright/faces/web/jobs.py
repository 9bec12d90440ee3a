"""What is being made aside, and how far is it? Work that outlasts a request runs in a thread and is asked after."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from saleswright.lib.issue import Stop

AT_ONCE = 2
KEPT = 12
_SHAPE = re.compile(r"\d[\d.,:]*")


@dataclass
class Job:
    """One piece of work: who asked for it, what it told on the way, how it ended.

    pace: the bytes a second that work of this kind last went through; 0 when nobody knows yet. refused: what a person
    is told of its error, worded and logged once however often somebody asks.
    """

    id: str
    actor: str
    title: str
    kind: str
    size: int
    pace: float
    clock: Callable[[], float]
    asked: float
    began: float | None = None
    told: list[tuple[float, str]] = field(default_factory=list)
    stepped: tuple[float, int, int] | None = None
    result: Any = None
    error: BaseException | None = None
    refused: Stop | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    seconds: float = 0.0

    @property
    def done(self) -> bool:
        return self.ended.is_set()

    def tell(self, text: str) -> None:
        """Note what is being done now. Lines that differ in their figures only are one line told again."""
        if self.told and _shape(self.told[-1][1]) == _shape(text):
            self.told[-1] = (self.told[-1][0], text)
        else:
            self.told.append((self.clock(), text))

    def step(self, done: int, total: int) -> None:
        """Note how many rows are done, of how many."""
        if total > 0:
            self.stepped = (self.clock(), min(done, total), total)

    def progress(self) -> dict[str, Any]:
        """What a page shows of it: what is done, how long it has been, how far it is, the rate, the seconds left."""
        now = self.clock()
        began = self.began if self.began is not None else self.asked
        elapsed = now - began
        seen: dict[str, Any] = {
            "title": self.title,
            "waiting": self.began is None,
            "lines": [text for _, text in self.told],
            "elapsed": elapsed,
            "size": self.size,
            "share": None,
            "left": None,
            "rate": None,
            "unit": "",
        }
        if self.stepped is not None:
            at, done, total = self.stepped
            rate = done / (at - began) if at - began > 0.05 and done else 0.0
            # Between two steps the work is taken to go on, ever more slowly: an estimate never says that it is over.
            ahead, rest = rate * (now - at), total - done
            likely = done + (rest * ahead / (rest + ahead) if rest else 0)
            left = (total - likely) * elapsed / likely if likely else None
            return seen | {"share": likely / total, "rate": rate or None, "unit": "rows", "left": left}
        if self.pace and self.size:
            whole = self.size / self.pace
            share, left = min(0.95, elapsed / whole), max(1.0, whole - elapsed)
            return seen | {"share": share, "rate": self.pace, "unit": "bytes", "left": left}
        return seen


class Jobs:
    """The work of one server. Finished work is kept for a while, the least recently asked for goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, kept: int = KEPT) -> None:
        self._clock = clock
        self._size = kept
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._keys: dict[Hashable, str] = {}
        self._pace: dict[str, float] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, "aside")

    def start(
        self,
        work: Callable[[Job], Any],
        actor: str,
        title: str,
        kind: str,
        size: int = 0,
        key: Hashable = None,
    ) -> Job:
        """Begin the work, or find it begun: work under one key is done once while its answer is kept."""
        with self._lock:
            known = self._jobs.get(self._keys.get(key, "")) if key is not None else None
            if known is not None and not (known.done and known.error is not None):
                self._jobs.move_to_end(known.id)
                return known
            job = Job(
                secrets.token_urlsafe(18),
                actor,
                title,
                kind,
                size,
                self._pace.get(kind, 0.0),
                self._clock,
                self._clock(),
            )
            self._jobs[job.id] = job
            if key is not None:
                self._keys[key] = job.id
            self._trim()
        self._pool.submit(self._run, job, work)
        return job

    def find(self, name: str, actor: str) -> Job | None:
        """The work of that name, when this asker began it."""
        with self._lock:
            job = self._jobs.get(name)
            return job if job is not None and job.actor == actor else None

    def under_way(self, but: Job | None = None) -> bool:
        """Does any work run just now, beside the one that asks?"""
        with self._lock:
            return any(job.began is not None and not job.done and job is not but for job in self._jobs.values())

    def close(self) -> None:
        """Begin nothing more; what runs is let finish."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Job, work: Callable[[Job], Any]) -> None:
        job.began = self._clock()
        try:
            job.result = work(job)
        except BaseException as error:
            # Whatever went wrong belongs to whoever asks after the work.
            job.error = error
        finally:
            job.seconds = self._clock() - job.began
            if job.size and job.error is None and job.seconds > 0.05:
                self._pace[job.kind] = job.size / job.seconds
            job.ended.set()

    def _trim(self) -> None:
        while len(self._jobs) > self._size:
            gone = next((name for name, job in self._jobs.items() if job.done), None)
            if gone is None:
                return
            del self._jobs[gone]
            self._keys = {key: name for key, name in self._keys.items() if name != gone}


def _shape(text: str) -> str:
    return _SHAPE.sub("#", text)
