"""A plan by factors: all that is wrong with it at once, and the bridge from it to what was won."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from saleswright.app import build
from saleswright.kernel.definition import Definition
from saleswright.measure.flow.miss.fact_plan import KIND, json_schema, plans, read
from saleswright.measure.flow.miss.factors import CAUSES
from saleswright.measure.flow.miss.find import Miss, miss
from saleswright.measure.flow.miss.report import report
from tests.measure.flow.miss.test_planted import opened, told
from tests.measure.flow.miss.worlds import COPIES, LAST, SEGMENTS, YEAR_AGO, company, imported, planted

Pin = Callable[[str], datetime]
PLAN = """
- kind: fact_plan
  name: spring
  doc: The year before once more.
  period: 2025Q2
  lines:
"""


def as_planned(deals: list, timing: bool = False) -> str:  # type: ignore[type-arg]
    """The year before, as somebody would plan it: from the deals themselves, rounded to nothing."""
    lines = []
    for segment in SEGMENTS:
        mine = [one for one in deals if one.segment == segment]
        came = [one for one in mine if YEAR_AGO.start <= one.came < YEAR_AGO.end]
        decided = [one for one in mine if one.decides_in == YEAR_AGO]
        won = [one for one in decided if one.won]
        lags = [0] * 6
        for one in decided:
            lags[
                (YEAR_AGO.start.year - one.came.year) * 4 + (YEAR_AGO.start.month - 1) // 3 - (one.came.month - 1) // 3
            ] += 1
        size, rate = sum(one.cents for one in won) / len(won) / 100, len(won) / len(decided)
        shares = f", timing: {[lag / len(came) for lag in lags]}" if timing else ""
        lines.append(
            f"    - {{member: {segment}, new_deals: {len(came)}, deal_size: {size!r}, win_rate: {rate!r}{shares}}}"
        )
    return PLAN + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("what", "timing"), [("volume", False), ("win_rate", False), ("deal_size", False), ("timing", True)]
)
def test_a_planted_factor_against_a_plan_by_factors(what: str, timing: bool, tmp_path: Path, pin_now: Pin) -> None:
    usual = company(42)
    made = imported(tmp_path, planted(usual, what), pin_now, as_planned(usual, timing))
    found = told(made, against="")
    assert found.against.kind == "facts" and not found.against.implied and found.shares.remainder == 0
    was = sum(one.cents for one in usual if one.decides_in == YEAR_AGO and one.won)
    assert abs(found.target - was) <= 2
    assert found.gap == found.shares.parts.sum()
    # A plan knows one win rate and one deal size for all ages: what differs by age is theirs, and cancels within each.
    place = CAUSES.index(what)
    assert found.shares.cause(place) / found.gap >= 0.99
    assert found.against.run_rate is not None


def test_a_segment_nobody_sold_to_and_one_nobody_planned(tmp_path: Path, pin_now: Pin) -> None:
    text = as_planned(company(8)).replace("member: Small", "member: Smal")
    found = told(imported(tmp_path, company(8), pin_now, text), against="")
    assert set(found.members) == {*SEGMENTS, "Smal"}
    assert (found.shares.parts.sum(axis=0) == found.actual_by - found.plan_by).all()
    notes = [block.text for block in report(found).blocks if hasattr(block, "text")]
    assert "spring plans Smal, and no deal is of it. Did you mean Small?" in "\n".join(notes)
    small = found.members.index("Small")
    assert found.plan_by[small] == 0 and not found.shares.parts[2:, small].any()


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path, pin_now: Pin) -> None:
    text = """
- kind: fact_plan
  name: wrong
  period: 2025Q9
  by: segmnt
  perod: x
  lines:
    - {member: Large, new_deals: -3, deal_size: 100, win_rate: 120%}
    - {member: Middle, new_deals: [3, 4], deal_size: [1], win_rate: 0.4, timing: [0.9, 0.3]}
    - {new_deals: 3, deal_size: 100, win_rate: 0.4, size: 3}
- kind: fact_plan
  name: nothing
"""
    made = imported(tmp_path, company(9, 3), pin_now, text)
    at = opened(made)
    found, issues = plans(at)
    said = "\n".join(str(issue) for issue in issues)
    at.close()
    assert not found
    for words in (
        "segmnt", "2025Q9", "perod", "new_deals: '-3'", "win_rate: 120% is more", "deal_size: '[1]'", "timing: [0.9, 0.3] is more",
        "a line needs member:", "size", "needs period:", "needs lines:",
    ):  # fmt: skip
        assert words in said, words
    assert "definitions/plan.yaml:" in said
    # The page and the command stand, with the issues beside the figures.
    result = told(made, against="")
    assert result.against.kind == "last year" and len(result.issues) == len(issues)


def test_two_plans_for_one_period(tmp_path: Path, pin_now: Pin) -> None:
    text = as_planned(company(9, 3))
    made = imported(tmp_path, company(9, 3), pin_now, text + text.replace("spring", "summer"))
    at = opened(made)
    found, issues = plans(at)
    at.close()
    assert [one.definition.name for one in found] == ["spring"]
    assert "summer plans 2025Q2 by segment a second time" in str(issues[0])


def test_the_schema_says_what_a_plan_may_say() -> None:
    schema = json_schema()
    json.dumps(schema)
    assert set(schema["properties"]["lines"]["items"]["properties"]) == {
        "member",
        "new_deals",
        "deal_size",
        "win_rate",
        "timing",
    }
    chapters = {kind for chapter in build().chapters for kind in chapter.kinds}
    assert KIND in chapters


def test_numbers_as_people_write_them(tmp_path: Path, pin_now: Pin) -> None:
    at = opened(imported(tmp_path, company(9, 3), pin_now))
    body = yaml.safe_load(
        "{period: 2025Q2, lines: [{member: Large, new_deals: [10, 12, 14], deal_size: 6e4, win_rate: 16 %}]}"
    )
    plan, issues = read(at, Definition(KIND, "x", body))
    at.close()
    assert not issues and plan is not None
    line = plan.lines[0]
    assert (line.new_deals, line.deal_size, line.win_rate) == ((14.0, 12.0, 10.0), 6_000_000.0, 0.16)


def test_without_any_target_the_year_before_is_the_baseline(tmp_path: Path, pin_now: Pin) -> None:
    made = imported(tmp_path, company(10), pin_now)
    found = told(made, against="")
    assert found.against.kind == "last year" and found.against.label == "2024Q2"
    assert found.skipped and "no plan for 2025Q2" in found.skipped[0] and "no quota" in found.skipped[1]
    at = opened(made)
    asked = miss(at, "2025Q2", "segment", "plan")
    at.close()
    assert not isinstance(asked, Miss) and "import the plan" in asked.reason
    assert np.isfinite(found.bands.low).all() and COPIES and LAST
