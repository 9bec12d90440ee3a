"""Large answers are cut and the rest is said; a client that asks without end is told to wait; faults are not shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from saleswright.app import build
from saleswright.commands import mcp as command
from saleswright.faces.mcp import safe
from saleswright.faces.mcp.budget import Budget
from saleswright.faces.mcp.calls import Calls
from saleswright.faces.mcp.told import ROWS, of_outcome
from saleswright.kernel.call import Outcome
from saleswright.kernel.envelope import envelope
from saleswright.kernel.report import Column, Figure, Report, Table
from saleswright.lib.issue import Stop


def outcome(rows: int, wide: int = 10) -> Outcome:
    figures = tuple((f"row {i} " + "x" * wide, Figure("n", i, "count", ref=f"n@1;by={i}")) for i in range(rows))
    table = Table("things", (Column("name", "Name"), Column("n", "N", "count")), figures)
    action: Any = SimpleNamespace(name="things")
    return Outcome(action, {}, Report("Things", [table]))


def test_rows_beyond_the_cap_are_counted_not_dropped_in_silence() -> None:
    made = safe.safe(envelope(outcome(1_000)))
    table, note = made["data"]["blocks"]
    assert len(table["rows"]) == safe.ROWS == safe.counted(made) and table["total"] == 1_000
    assert "200 of 1,000 rows" in note["text"]
    words = of_outcome(outcome(1_000))
    assert f"({ROWS} of 1,000 rows are told here)" in words and words.count("n@1") == ROWS


def test_an_answer_never_gets_larger_than_its_size() -> None:
    made = safe.safe(envelope(outcome(1_000, 3_000)))
    assert len(json.dumps(made, ensure_ascii=False)) <= safe.SIZE and made["data"]["blocks"][0]["total"] == 1_000


def test_a_client_that_asks_without_end_is_told_when_to_come_back(tmp_path: Path) -> None:
    budget = Budget(calls=2, rows=100)
    budget.take()
    budget.give(99)
    budget.take()
    with pytest.raises(Stop) as stopped:
        budget.take()
    assert stopped.value.issues[0].code == "over-budget" and "minutes" in stopped.value.issues[0].try_
    told = Calls(build(), tmp_path, budget=budget).call("measure", {})
    assert told.refused and "within an hour" in told.text


def test_a_fault_of_ours_is_told_by_a_reference_only(tmp_path: Path) -> None:
    def broken(root: Path) -> Any:
        raise ZeroDivisionError("secret inside")

    app: Any = SimpleNamespace(open_workspace=broken)
    told = Calls(app, tmp_path).call("measure", {})
    assert told.refused and "secret" not in told.text and "its own log" in told.text


def test_before_there_is_a_record_the_tools_are_listed_and_say_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "saleswright.toml").write_text("format = 1\n", encoding="utf-8")
    calls = Calls(build(), tmp_path)
    assert {"measure", "explain"} <= {tool.name for tool in calls.tools()}
    told = calls.call("measure", {"metric": "win_rate"})
    assert told.refused and told.envelope["issues"][0]["code"] == "no-data"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["saleswright.commands.mcp"]
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    with pytest.raises(Stop) as stopped:
        module._installed()
    assert "saleswright[mcp]" in stopped.value.issues[0].try_ and command.effect == "apply"
