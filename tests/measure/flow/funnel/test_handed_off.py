"""Does every way out of a stage have its own name: further, lost, back, handed off, still there?"""

from __future__ import annotations

import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.funnel.stages import OUTCOMES, funnel
from saleswright.measure.flow.funnel.visits import read

MAPPING = """kind: mapping
name: moves
file: moves.csv
entity: deal
layout: events
source: made
at: at
columns:
  deal: id
  worth: amount
  stage: stage
  line: pipeline
"""
STAGES = """kind: stages
name: made
stages:
  Discovery: open
  Proposal: open
  Intake: open
  Signed: won
  Dropped: lost
"""
# Two pipelines; F and G go from one to the other, G is won there; B falls back, H falls back and then gets further.
MOVES = """deal,at,stage,line,worth
A,2026-01-01,Discovery,Direct,100
A,2026-01-11,Proposal,Direct,100
A,2026-02-01,Signed,Direct,100
B,2026-01-01,Discovery,Direct,200.05
B,2026-01-11,Proposal,Direct,200.05
B,2026-01-21,Discovery,Direct,200.05
C,2026-01-01,Discovery,Direct,300
C,2026-01-31,Dropped,Direct,300
D,2026-01-05,Discovery,Direct,
D,2026-02-05,Proposal,Direct,400
E,2026-01-05,Intake,Partner,500
F,2026-01-01,Discovery,Direct,600
F,2026-01-16,Intake,Partner,600
G,2026-01-01,Discovery,Direct,700
G,2026-01-03,Proposal,Direct,700
G,2026-01-16,Intake,Partner,700
G,2026-02-16,Signed,Partner,700
H,2026-01-01,Discovery,Direct,800
H,2026-01-02,Proposal,Direct,800
H,2026-01-03,Discovery,Direct,800
H,2026-01-04,Signed,Direct,800
"""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    root = tmp_path_factory.mktemp("lines")
    (root / "definitions").mkdir()
    (root / "saleswright.toml").write_text(
        'format = 1\nname = "lines"\ncurrency = "USD"\nzone = "UTC"\n', encoding="utf-8"
    )
    (root / "definitions" / "moves.yaml").write_text(MAPPING, encoding="utf-8")
    (root / "definitions" / "stages.yaml").write_text(STAGES, encoding="utf-8")
    export = root / "export"
    export.mkdir()
    (export / "moves.csv").write_text(MOVES, encoding="utf-8")
    space = build().open_workspace(root)
    build().call(space, "import", {"path": str(export)})
    found = build().open_context(build().open_workspace(root), Ambient(as_of="2026-03-31"))
    assert isinstance(found, Snapshot)
    return found


def test_each_entry_is_named_by_what_it_came_to(at: Snapshot) -> None:
    visits = read(at)
    became = {
        (deal.rpartition("_")[2], stage): outcome
        for deal, stage, outcome, first in zip(
            visits.deal.tolist(), visits.stage.tolist(), visits.became.tolist(), visits.first.tolist(), strict=True
        )
        if first
    }
    assert became == {
        ("A", "Discovery"): "advanced", ("A", "Proposal"): "advanced",
        ("B", "Discovery"): "advanced", ("B", "Proposal"): "back",
        ("C", "Discovery"): "lost",
        ("D", "Discovery"): "advanced", ("D", "Proposal"): "still there",
        ("E", "Intake"): "still there",
        ("F", "Discovery"): "handed off", ("F", "Intake"): "still there",
        ("G", "Discovery"): "advanced", ("G", "Proposal"): "advanced", ("G", "Intake"): "advanced",
        ("H", "Discovery"): "advanced", ("H", "Proposal"): "advanced",
    }  # fmt: skip


def test_the_five_add_to_the_entries_in_deals_and_to_the_cent(at: Snapshot) -> None:
    made = funnel(at, read(at))
    discovery, proposal = made.whole["Discovery"], made.whole["Proposal"]
    assert [discovery.count[name] for name in OUTCOMES] == [5, 1, 0, 1, 0]
    assert [proposal.count[name] for name in OUTCOMES] == [3, 0, 1, 0, 1]
    # D came into Discovery without an amount: it is counted, and in no sum.
    assert discovery.unpriced == 1 and discovery.amount == (100 + 300 + 600 + 700 + 800) * 100 + 20005
    assert [proposal.value[name] for name in OUTCOMES] == [160000, 0, 20005, 0, 40000]
    assert proposal.share.of == (3, 5)


def test_how_a_visit_ended_is_told_apart_from_what_the_entry_came_to(at: Snapshot) -> None:
    visits = read(at)
    went = {
        (deal.rpartition("_")[2], stage): way
        for deal, stage, way, first in zip(
            visits.deal.tolist(), visits.stage.tolist(), visits.went.tolist(), visits.first.tolist(), strict=True
        )
        if first
    }
    assert (
        went["H", "Proposal"] == "back"
        and went["G", "Proposal"] == "handed off"
        and went["F", "Discovery"] == "handed off"
    )
    assert went["D", "Proposal"] == "still there" and went["C", "Discovery"] == "lost"
