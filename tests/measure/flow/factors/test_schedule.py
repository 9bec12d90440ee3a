"""Are ages cut where the definition says, and is a wrong definition told whole, with its line?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml

from saleswright.app import build, shipped
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.definition import Definition, overlay, read_definitions
from saleswright.lib.issue import Stop
from saleswright.measure.flow.factors.schedule import (
    KIND,
    Schedule,
    choices,
    in_force,
    json_schema,
    read_schedule,
    schedules,
)
from tests.workspaces import Book

SHIPPED = [d for d in shipped() if d.kind == KIND]
Made = Callable[..., Snapshot]


def one(**body: Any) -> tuple[Schedule | None, list[str]]:
    made, issues = read_schedule(Definition(KIND, "ours", body, file="ours.yaml", line=1))
    return made, [issue.what for issue in issues]


@pytest.fixture(scope="module")
def at(sample: Book) -> Snapshot:
    found = build().open_context(sample.workspace, Ambient())
    assert isinstance(found, Snapshot)
    return found


@pytest.fixture
def with_own(at: Snapshot, tmp_path: Path) -> Made:
    """The sample company with schedules of its own."""

    def make(*own: dict[str, Any]) -> Snapshot:
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump([{"kind": KIND, **body} for body in own]), encoding="utf-8")
        found, issues = read_definitions(path, "definitions/own.yaml")
        assert not issues
        values = {name: getattr(at, name) for name in at.__dataclass_fields__}
        workspace = replace(at.workspace, definitions=overlay([at.workspace.definitions, tuple(found)]))
        return Snapshot(**{**values, "workspace": workspace})

    return make


def test_cohorts_are_half_open() -> None:
    made, _ = one(cuts=[30, 60])
    assert made is not None
    ages = np.array([-1, 0, 29, 30, 59, 60, 61, 4000])
    assert made.cohorts(ages).tolist() == [-1, 0, 0, 1, 1, 2, 2, 2]
    assert made.new_below == 30
    assert made.names == ("0–29 days", "30–59 days", "60+ days")


@pytest.mark.parametrize("definition", SHIPPED, ids=lambda d: d.name)
def test_shipped_schedules_are_as_the_framework_names_them(definition: Definition) -> None:
    made, issues = read_schedule(definition)
    assert made is not None and not issues
    assert len(made.names) == len(made.cuts) + 1
    first = {"monthly": 30, "daily": 1, "first_week": 7}
    assert made.new_below == first[definition.name]
    if definition.name == "monthly":
        assert all(cut % 30 == 0 for cut in made.cuts) and made.default
    jsonschema.validate({"kind": KIND, "name": definition.name, **definition.body}, json_schema())


def test_all_that_is_wrong_is_told_at_once() -> None:
    made, issues = one(cuts=[30, 20, "x"], defualt=True, names=["a"], default="yes", until=3)
    assert made is None
    assert len(issues) == 5
    assert one(cuts=[30, 20])[1] == ["20 comes after 30"]
    assert one(every=30)[1] == ["every: needs until:"]
    assert one(every=30, until=100)[1] == ["100 is no multiple of 30"]
    assert one()[1] == ["an aging schedule needs cuts: or every:"]
    assert one(cuts=[30], every=30, until=60)[1] == ["a schedule has cuts: or every:, not both"]
    assert one(cuts=[30], names=["Young", "Young"])[1] == ["two cohorts have one name"]
    for body in ({"cuts": [0]}, {"cuts": [True]}, {"cuts": []}, {"cuts": "30"}, {"every": 1, "until": 900}):
        assert one(**body)[0] is None


def test_an_issue_names_the_line() -> None:
    lines = {"cuts.1": 4, "cuts": 3}
    _, issues = read_schedule(Definition(KIND, "ours", {"cuts": [30, 20]}, file="ours.yaml", line=1, lines=lines))
    assert issues[0].where == "ours.yaml:4  cuts.1"


@pytest.mark.parametrize("body", [{}, {"cuts": [30], "every": 3, "until": 30}, {"cuts": [0]}, {"cuts": [30], "x": 1}])
def test_the_schema_refuses_what_the_reader_refuses(body: dict[str, Any]) -> None:
    assert one(**body)[0] is None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"kind": KIND, "name": "ours", **body}, json_schema())


def test_the_companys_own_default_wins_over_the_shipped_one(at: Snapshot, with_own: Made) -> None:
    assert in_force(at).name == "monthly"
    named = with_own({"name": "ours", "cuts": [14, 45]})
    assert in_force(named).name == "monthly"
    assert {c.value for c in choices(named)} == {"monthly", "daily", "first_week", "ours"}
    assert in_force(named, "Ours").cuts == (14, 45)
    assert in_force(with_own({"name": "ours", "cuts": [14, 45], "default": True})).name == "ours"
    assert in_force(with_own({"name": "monthly", "cuts": [31], "default": True})).cuts == (31,)


def test_a_schedule_holds_on_its_own_days_only(at: Snapshot, with_own: Made) -> None:
    later = with_own({"name": "ours", "cuts": [14], "default": True, "from": date(2026, 10, 1)})
    assert in_force(later).name == "ours"
    assert in_force(later.at(date(2026, 9, 30))).name == "monthly"


def test_two_defaults_of_one_day_are_an_issue(with_own: Made) -> None:
    two = with_own({"name": "a", "cuts": [14], "default": True}, {"name": "b", "cuts": [15], "default": True})
    assert [issue.what for issue in schedules(two)[1]] == ["b is default: true since the same day as a"]


def test_a_broken_schedule_breaks_no_other(with_own: Made) -> None:
    broken = with_own({"name": "ours", "cuts": [14, 3], "default": True})
    assert in_force(broken).name == "monthly"
    assert [issue.what for issue in schedules(broken)[1]] == ["3 comes after 14"]
    with pytest.raises(Stop, match="3 comes after 14"):
        in_force(broken, "ours")
    with pytest.raises(Stop, match="unknown aging schedule 'weakly'"):
        in_force(broken, "weakly")
