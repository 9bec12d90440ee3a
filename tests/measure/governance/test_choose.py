"""A first set is of at most seven that the data can compute, each with its reason; what is left out has one too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import product
from pathlib import Path

import pytest
import yaml

from saleswright.kernel.report import Figure, Report, Table
from saleswright.lib.issue import USAGE, Stop
from saleswright.measure.metrics.asked import catalogue
from saleswright.measure.metrics.governance import kpi
from saleswright.measure.metrics.governance.board import governed
from saleswright.measure.metrics.governance.choose import choose
from saleswright.measure.metrics.governance.guide import definition_of, guide, read_guide
from tests.measure.governance.company import NOW, opened, said

USUAL = {"process": "inbound", "industry": "software", "model": "subscription"}


@pytest.fixture(autouse=True)
def _now(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


def rows(report: Report, name: str) -> list[tuple[object, ...]]:
    return [row for block in report.blocks if isinstance(block, Table) and block.name == name for row in block.rows]


def test_every_way_of_selling_gets_at_most_seven_with_reasons_that_look_both_ways(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each metric is measured once for all ways of selling: how one sells changes what is chosen, not what it is.
    kept: dict[str, object] = {}
    measure = kpi.measured
    monkeypatch.setattr(
        kpi, "measured", lambda at, one: kept.get(one.name) or kept.setdefault(one.name, measure(at, one))
    )
    with opened(source) as at:
        found, _ = catalogue(at)
        rules = guide(at, found)
        ways = [(fact, tuple(words)) for fact, words in rules.words.items()] + [
            ("cycle", tuple(n for n, _ in rules.cycles))
        ]
        sets = set()
        # Industries weigh on two questions only: three of them stand for all.
        few = {"industry": ("software", "manufacturing", "other")}
        for values in product(*(few.get(fact, words) for fact, words in ways)):
            given = dict(zip((fact for fact, _ in ways), values, strict=True))
            made = choose(at, rules, given)
            names = [pick.kpi.name for pick in made.picks if pick.kpi]
            assert 3 <= len(names) <= 7 and len(set(names)) == len(names), given
            assert all(pick.because and pick.figure and pick.figure.value is not None for pick in made.picks), given
            timings = [pick.kpi.timing for pick in made.picks if pick.kpi]
            assert timings.count("leading") >= 2 and timings.count("lagging") >= 2, given
            assert all(one.because for one in made.left) and all(one.source for one in made.lacking), given
            assert not {one.label for one in made.left} & {pick.kpi.label for pick in made.picks if pick.kpi}
            sets.add(tuple(sorted(names)))
    assert len(sets) > 4, "how a company sells makes a difference"


def test_what_the_data_cannot_compute_is_named_with_its_source(source: Path) -> None:
    report = said(source, "kpi choose", **USUAL)
    lacking = {row[0]: row[2] for row in rows(report, "lacking")}
    # There is no quota in this record, so the result stands in for attainment, and what is open for coverage.
    assert "quota" in str(lacking["Attainment"])
    names = [row[-1] for row in rows(report, "chosen")]
    assert "won_value" in names and "attainment" not in names
    assert all(isinstance(row[3], Figure) and row[3].value is not None for row in rows(report, "chosen"))
    assert rows(report, "left_out") and all(row[1] for row in rows(report, "left_out"))


def test_the_cycle_is_measured_where_it_is_not_given(source: Path) -> None:
    own = said(source, "kpi choose", **USUAL)
    assert "a medium cycle of" in own.lede
    assert "a long cycle of 200 days" in said(source, "kpi choose", **USUAL, cycle="200").lede
    assert "a short cycle of 14 days" in said(source, "kpi choose", **USUAL, cycle="14 days").lede


def test_the_text_can_be_kept_and_holds_then(folder: Path) -> None:
    report = said(folder, "kpi choose", **USUAL, role="finance")
    text = str(report.data["definition"])
    (folder / str(report.data["file"])).write_text(text, encoding="utf-8")
    with opened(folder) as at:
        held = governed(at)
    assert not held.issues and not held.sets["finance"].shipped
    assert (
        list(held.sets["finance"].names) == yaml.safe_load(text)[0]["kpis"] == [r[-1] for r in rows(report, "chosen")]
    )


def test_what_is_missing_or_unknown_is_said_at_once(source: Path) -> None:
    with pytest.raises(Stop) as stop:
        said(source, "kpi choose", process="inbond", model="subscription")
    assert stop.value.exit_code == USAGE
    told = [str(issue) for issue in stop.value.issues]
    assert "unknown process 'inbond'" in told[0] and "did you mean inbound?" in told[0]
    assert "industry is missing" in told[1] and "manufacturing" in told[1]
    with pytest.raises(Stop) as stop:
        said(source, "kpi choose", **USUAL, cycle="soon")
    assert "'soon' is no number of days" in stop.value.issues[0].what


def test_rules_that_cannot_be_used_say_all_that_is_wrong(folder: Path) -> None:
    (folder / "definitions/kpi_guide.yaml").write_text(
        """kind: kpi_guide
name: standard
cycles: [{name: short, to: 30}, {name: long}]
processes: {inbound: they ask}
industries: {other: all}
models: {one-off: once}
questions:
  - ask: Do we win?
    weight: 1
    more: [{when: {proces: inbound}, by: 1, because: x}]
    answers:
      - {metric: win_rat, because: it says so}
      - {metric: win_rate, when: {process: inbund}}
      - {metric: won_value, because: few deals, many months}
""",
        encoding="utf-8",
    )
    with pytest.raises(Stop) as stop:
        said(folder, "kpi choose", process="inbound", industry="other", model="one-off", cycle="20")
    told = "\n".join(str(issue) for issue in stop.value.issues)
    for words in (
        "unknown fact 'proces'", "unknown metric 'win_rat'\n  try: did you mean win_rate", "win_rate needs because:",
        "unknown process 'inbund'", "unknown key 'many months'", "definitions/kpi_guide.yaml:12",
    ):  # fmt: skip
        assert words in told


def test_the_rules_are_a_shipped_definition_with_no_constants_in_code(source: Path) -> None:
    with opened(source) as at:
        definition = definition_of(at)
        found, _ = catalogue(at)
        rules = read_guide(definition, found)
    assert definition.shipped and rules.most == 7
    assert {name for name, _ in rules.cycles} == {"short", "medium", "long"}
    assert [rules.cycle(days) for days in (30, 31, 120, 121)] == ["short", "medium", "medium", "long"]
