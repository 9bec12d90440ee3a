"""How patient is a worker? Leases, tries, and the pause between them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Terms:
    """lease: seconds until others may take an effect over; longer than any way out may take to send.
    settle: seconds after an unanswered try before the other side is asked or tried again, for it may still be at work.
    batch: how many are claimed at once. attempts: how often it is tried. base, cap: seconds of the first and the longest
    pause between tries. rate: tries a second over one way out.
    """

    lease: float = 45.0
    settle: float = 30.0
    batch: int = 20
    attempts: int = 8
    base: float = 2.0
    cap: float = 900.0
    rate: float = 25.0

    def pause(self, attempts: int, rng: Random, after: float = 0.0) -> float:
        """Seconds before the next try: anywhere between nothing and a bound that doubles (full jitter), so that those who
        failed together do not come back together; never before what the other side asked for."""
        bound = min(self.cap, self.base * 2.0 ** min(max(attempts - 1, 0), 30))
        return max(rng.uniform(0.0, bound), after + rng.uniform(0.0, min(bound, 1.0)) if after else 0.0)


USUAL: Final = Terms()


@dataclass(slots=True)
class Bucket:
    """At most `rate` a second, and as many at once as came together in the last second."""

    rate: float
    moment: Callable[[], float] = time.monotonic
    _held: float = field(default=0.0, init=False)
    _seen: float | None = field(default=None, init=False)

    def wait(self) -> float:
        """Take one; seconds to wait before it may be used."""
        now = self.moment()
        passed = 1.0 if self._seen is None else now - self._seen
        self._held = min(self.rate, self._held + passed * self.rate)
        self._seen = now
        self._held -= 1.0
        return max(0.0, -self._held / self.rate)
