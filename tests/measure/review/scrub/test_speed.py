"""100k deals: scrub page under 300 ms warm."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bench.company import LAST, company
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.review.scrub.find import in_force, scrub


def test_scrub_of_100k_deals_is_under_300_ms_warm(
    tmp_path: Path, pin_now: Callable[[str], datetime], nightly: bool
) -> None:
    pin_now(f"{LAST}T12:00:00+00:00")
    deals = 100_000 if nightly else 20_000
    at = open_snapshot(company(tmp_path, deals), Ambient(as_of=LAST))
    try:
        found = scrub(at)
        assert found.open_deals > deals // 25
        assert fastest(lambda: scrub(at)) < 0.3

        def asked_again() -> None:
            in_force(at).own.kept.clear()
            scrub(at)

        # Also where the record itself is asked again, as for another filter.
        assert fastest(asked_again) < 0.6
    finally:
        at.close()


def fastest(ask: Callable[[], object]) -> float:
    """Seconds of work, of all threads together: what others do on the machine at the same time is not ours."""
    took = []
    for _ in range(9):
        start = time.process_time()
        ask()
        took.append(time.process_time() - start)
    return min(took)
