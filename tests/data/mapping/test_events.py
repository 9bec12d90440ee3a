"""A log of events becomes the history of deals: the loan funnel of 2012, and the edits its mapping takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saleswright.history.changes import StageMap

LOG = "events_cases_started_oct_nov_2011.csv.gz"


@pytest.fixture
def funnel(shared: Path, inbox: Callable[..., Any]) -> Any:
    return inbox([shared / "funnel_bpi2012" / LOG])


def test_cases_and_events(funnel: Any) -> None:
    mapping = funnel.mapping(LOG)
    assert (mapping.entity, mapping.layout, mapping.at) == ("deal", "events", "ts")
    assert funnel.rejected(LOG) == []
    rows = funnel.facts(LOG, 'SELECT count(*), count(DISTINCT id), count("at"), min("at") FROM {facts}')
    assert rows[0][:3] == (105423, 5337, 105423)
    assert str(rows[0][3]) == "2011-09-30 22:38:44.546000"
    assert "several_kinds" in {issue.code for issue in funnel.guesses[LOG].issues}


def test_only_the_stages_set_the_stage(funnel: Any) -> None:
    def only_applications(body: dict[str, Any]) -> None:
        body["columns"]["activity"] = {"field": "stage", "only": ["A_*"]}

    mapping = funnel.edited(LOG, only_applications)
    stages = funnel.facts(LOG, "SELECT DISTINCT stage FROM {facts} WHERE stage IS NOT NULL ORDER BY 1", mapping)
    assert all(stage.startswith("A_") for (stage,) in stages)
    assert ("A_APPROVED",) in stages
    assert funnel.facts(LOG, "SELECT count(*) FROM {facts}", mapping) == [(105423,)]


def test_a_declared_stage_map_says_which_activities_are_stages(shared: Path, inbox: Callable[..., Any]) -> None:
    declared = StageMap({"a_approved": ("won", True), "a_declined": ("lost", True)})
    mapping = inbox([shared / "funnel_bpi2012" / LOG], stages=declared).mapping(LOG)
    assert set(mapping.columns["activity"][0].only) == {"A_APPROVED", "A_DECLINED"}
