"""How much may one client take in an hour? A loop that went wild ends in words, not in a busy machine."""

from __future__ import annotations

import threading
import time
from collections import deque

from saleswright.lib.issue import CONFLICT, Issue, Stop

HOUR = 3600.0
CALLS = 3_000
ROWS = 300_000


class Budget:
    """Calls and rows of the last hour. Any thread may use it."""

    def __init__(self, calls: int = CALLS, rows: int = ROWS) -> None:
        self._calls, self._rows = calls, rows
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, int]] = deque()

    def take(self) -> None:
        """Count one more call. Stop (conflict) when the hour's calls or rows are used up."""
        present = time.monotonic()
        with self._lock:
            while self._spent and self._spent[0][0] < present - HOUR:
                self._spent.popleft()
            used = sum(rows for _, rows in self._spent)
            calls = sum(1 for _, rows in self._spent if not rows)
            if calls >= self._calls or used >= self._rows:
                minutes = max(1, int((HOUR - (present - self._spent[0][0])) // 60))
                what = f"{calls:,} calls and {used:,} rows within an hour"
                why = "one client may not take more"
                raise Stop(Issue("", what, why, f"again in {minutes} minutes", code="over-budget"), exit_code=CONFLICT)
            self._spent.append((present, 0))

    def give(self, rows: int) -> None:
        """Count rows that were handed out."""
        if rows:
            with self._lock:
                self._spent.append((time.monotonic(), rows))
