"""A schedule may suggest: what it suggests waits in the inbox under the schedule's own name, and a person decides it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from saleswright.app import build
from saleswright.run.schedules.tick import tick

APP = build()
DAILY = """
kind: schedule
name: nudge
action: propose
args: {entity: deal, record: RECORD, change: {amount: '999.00'}, because: asked every day}
at: '08:00'
"""


def test_what_a_schedule_suggests_is_decided_by_a_person(company: Callable[[str], Path]) -> None:
    blocks = APP.call(APP.open_workspace(company(DAILY)), "explain", {"ref": "won_value"}).report.blocks
    (record,) = [block.rows[0][0] for block in blocks if getattr(block, "name", "") == "rows"]  # type: ignore[union-attr]
    folder = company(DAILY.replace("RECORD", str(record)))
    tick(APP, APP.open_workspace(folder), datetime(2026, 11, 4, 10, tzinfo=UTC))
    ((_, ended),) = tick(APP, APP.open_workspace(folder), datetime(2026, 11, 5, 8, tzinfo=UTC))
    assert ended.state == "done", ended.said
    assert "Request 1: 1 change, waiting" in ended.said
    ((_, again),) = tick(APP, APP.open_workspace(folder), datetime(2026, 11, 6, 8, tzinfo=UTC))
    assert "Request 1 asks for this already" in again.said
    told = APP.call(APP.open_workspace(folder), "inbox", {}).report
    assert "schedule:nudge" in repr(told.blocks)
    done = APP.call(APP.open_workspace(folder), "decide", {"request": ["1"], "verdict": "yes"}).report
    assert done.exit_code == 0 and done.data["requests"][0]["state"] == "approved"  # type: ignore[index]
