"""A weekly restore test: it runs by itself as the how-to says, and a backup that cannot be brought back is seen."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from saleswright.app import build
from saleswright.data.backup import places
from saleswright.kernel.journal import let_go
from saleswright.run.schedules.tick import tick

APP = build()


def definitions(root: Path) -> str:
    """The definitions of the how-to."""
    text = (root / "docs/how-to/back-up.md").read_text(encoding="utf-8")
    return text.partition("```yaml\n")[2].partition("```")[0]


def test_the_restore_test_of_the_how_to_runs_weekly_and_a_broken_backup_is_seen(
    company: Callable[[str], Path], root: Path, tmp_path: Path, pin_now: Callable[[str], Any]
) -> None:
    safe = tmp_path / "safe"
    safe.mkdir()
    folder = company(definitions(root).replace("/mnt/safe", str(safe)))

    def look(moment: str) -> dict[str, tuple[str, str]]:
        pin_now(f"{moment}+00:00")
        ran = tick(APP, APP.open_workspace(folder), datetime.fromisoformat(moment).replace(tzinfo=UTC))
        return {claimed.text.name: (ended.state, ended.said) for claimed, ended in ran}

    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.duckdb")}
    look("2026-11-21T01:00:00")
    assert [ended for ended, _ in look("2026-11-22T02:00:30").values()] == ["done"]
    state, said = look("2026-11-22T03:00:30")["weekly_restore_test"]
    assert state == "done" and "was restored and proved" in said, said
    (made,) = safe.iterdir()
    left = tmp_path / "saleswright-check-killed"  # by one that was killed: a whole record, where no erasure looks
    left.mkdir()
    os.utime(left, (0, 0))
    APP.call(APP.open_workspace(folder), "backup check", {"to": str(tmp_path)})
    assert not list(tmp_path.glob("saleswright-check-*"))
    assert places.register(APP.open_workspace(folder))[0]["restored"]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.duckdb")} == before

    look("2026-11-29T02:00:30")
    (newest,) = set(safe.iterdir()) - {made}
    journal = newest / "workspace/.saleswright/journal.sqlite"
    journal.write_bytes(journal.read_bytes() + b"x")
    state, said = look("2026-11-29T03:00:30")["weekly_restore_test"]
    assert state == "failed" and "its bytes were changed" in said, said
    told = APP.call(APP.open_workspace(folder), "inbox", {}).report
    assert told.data["failed"] == ["weekly_restore_test"]
    let_go(APP.open_workspace(folder))
