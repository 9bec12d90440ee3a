"""A planted bottleneck is worth exactly what the definition says, and the same numbers without one name no stage."""

from __future__ import annotations

from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.causes.bottleneck import Bottlenecks, bottlenecks, period_of
from saleswright.measure.flow.causes.losses import lost
from saleswright.measure.flow.causes.stuck import stuck
from saleswright.measure.flow.causes.visits import visits
from tests.workspaces import book


def company(folder: Path, passed_now: int) -> Path:
    """Two quarters of 40 deals each in Proposal, 20 days: of the first 20 get further, of the second `passed_now`."""
    deals = ["id,name,owner,stage,created,qualified,close_date,closed,amount"]
    moves = ["opportunity_id,created_date,stage_name,close_date,amount"]
    for quarter, passed in (("2026-01", 20), ("2026-04", passed_now)):
        for i in range(40):
            key, on, goes = f"{quarter[-1]}x{i:02}", f"{quarter}-02", f"{quarter}-22"
            further = i < passed
            stage, closed = ("Negotiation", "") if further else ("Closed Lost", goes)
            due = closed or "2026-09-01"
            deals.append(f"{key},Deal {key},Rep {i % 3},{stage},{on},{on},{due},{closed},100")
            moves.append(f"{key},{on} 10:00,Proposal,2026-09-01,100")
            moves.append(f"{key},{goes} 10:00,{stage},{due},100")
    # Entered long ago and never left: stuck beyond the 20 days that nine of ten visits took at most.
    for i in range(2):
        deals.append(f"s{i},Deal s{i},Rep 1,Proposal,2026-05-02,2026-05-02,2026-09-01,,700")
        moves.append(f"s{i},2026-05-02 10:00,Proposal,2026-09-01,700")
    # The record begins before the first quarter, or it would not be one to compare with.
    deals.append("e0,Deal e0,Rep 1,Discovery,2025-12-20,2025-12-20,2026-09-01,,100")
    moves.append("e0,2025-12-20 10:00,Discovery,2026-09-01,100")
    export = folder / "export"
    export.mkdir(parents=True)
    (export / "deals.csv").write_text("\n".join(deals) + "\n", encoding="utf-8")
    (export / "opportunity_history.csv").write_text("\n".join(moves) + "\n", encoding="utf-8")
    book(export)(folder / "company")
    return folder / "company"


def on(folder: Path) -> Snapshot:
    at = build().open_context(saleswright.open(folder).workspace, Ambient(as_of="2026-06-30"))
    assert isinstance(at, Snapshot)
    return at


def made(at: Snapshot, against: str = "past") -> Bottlenecks:
    gone = lost(at, "segment", "2026Q2")
    return bottlenecks(at, visits(at, ("segment",)), gone, period_of(at, "2026Q2"), "segment", against)


def test_value_lost_is_the_failed_value_beyond_the_usual_share(tmp_path: Path) -> None:
    at = on(company(tmp_path, 10))
    stage = next(one for one in made(at).stages if one.name == "Proposal")
    assert (stage.passed, stage.lost, stage.stuck) == (10, 30, 2)
    assert (stage.usual_passed, stage.usual_failed) == (20, 20)
    # 32 of 42 failed; the usual half would be 21, so 11 more, of 30 x 100 + 2 x 700 = 4,400.
    assert stage.more == 11 and stage.value == 440_000
    assert stage.value_lost == round(440_000 * 11 / 32)
    assert stage.beyond and [one.name for one in made(at).ranked] == ["Proposal"]
    held = stuck(at)
    assert [(one.deal[-2:], one.days, one.limit) for one in held.deals] == [("s0", 59, 20), ("s1", 59, 20)]


def test_the_same_share_as_before_names_no_stage(tmp_path: Path) -> None:
    at = on(company(tmp_path, 21))
    assert made(at).ranked == ()
    stage = next(one for one in made(at).stages if one.name == "Proposal")
    assert stage.value_lost == pytest.approx(0) and not stage.beyond


def test_without_a_past_or_another_segment_nothing_is_compared(tmp_path: Path) -> None:
    at = on(company(tmp_path, 10))
    gone = lost(at, "segment", "all")
    whole = bottlenecks(at, visits(at, ("segment",)), gone, period_of(at, "all"), "segment")
    assert all(one.value_lost is None and not one.against for one in whole.stages)
    alone = made(at, "best")
    assert alone.ranked == () and all(one.usual is None for one in alone.stages), "one segment alone is no comparison"
