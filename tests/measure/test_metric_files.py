"""Every shipped metric meets the generated schema; a metric written wrongly says everything that is wrong, with its line."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from saleswright.app import build
from saleswright.commands.cases import checks_of, run_case
from saleswright.history.authored import types, widened
from saleswright.history.schema import standard
from saleswright.kernel.definition import read_definitions
from saleswright.measure import metrics
from saleswright.measure.metrics.model import SHAPES, json_schema, read_metric
from tests.measure.worked import CASES

FOLDER = metrics.CHAPTER.folder
FILES = sorted((FOLDER / "standard").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_shipped_metric_meets_the_schema(path: Path) -> None:
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.validate(body, json_schema())
    definitions, issues = read_definitions(path, path.name)
    metric, problems = read_metric(definitions[0], widened(standard(), types()))
    assert not issues and not problems and metric is not None
    assert metric.question and metric.formula and metric.source and metric.group


def test_every_shape_is_used_and_every_metric_has_a_case() -> None:
    bodies = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES]
    assert set(SHAPES) <= {body.get("shape") for body in bodies}
    asked = [args for _, case in CASES for check in checks_of(case) for args in check["when"].values()]
    named = {str(args["metric"]) for args in asked if args and "metric" in args}
    without = [
        body["name"]
        for body in bodies
        if not body.get("awaits") and not named & {body["name"], *body.get("aliases", ())}
    ]
    assert not without


def test_a_worked_example_that_is_wrong_fails() -> None:
    wrong = {"when": {"measure": {"metric": "win_rate"}}, "then": {"value": 1, "n": 999}}
    given = {"deals": [{"id": "A", "stage": "Lost", "created": "2026-01-05", "closed": "2026-03-01"}]}
    assert len(run_case(build(), {"given": given, **wrong}, "x")) == 2


def test_a_case_may_ask_several_questions_of_rows_that_are_imported_once() -> None:
    """Each wrong answer is told with its place; a refusal that does not come is one; a case that asks nothing fails."""
    given = {"deals": [{"id": "A", "stage": "Lost", "created": "2026-01-05", "closed": "2026-03-01"}]}
    right = {"when": {"measure": {"metric": "lost_deals"}}, "then": {"value": 1}}
    wrong = {"when": {"measure": {"metric": "won_deals"}}, "then": {"value": 5}}
    never = {"when": {"measure": {"metric": "lost_deals"}}, "then": {"refused": "no such metric"}}
    refused = {"when": {"measure": {"metric": "lost_dealz"}}, "then": {"refused": "lost_deals"}}
    assert run_case(build(), {"given": given, "checks": [right, refused]}, "x") == []
    found = run_case(build(), {"case": "c", "given": given, "checks": [right, wrong, never]}, "x")
    assert [issue.where for issue in found] == ["x: c, check 2", "x: c, check 3"]
    assert len(run_case(build(), {"given": given, **right, "checks": [wrong]}, "x")) == 1
    assert run_case(build(), {"given": given}, "x")


def test_a_metric_written_wrongly_says_all_of_it_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "kind: metric\nname: bad\nshape: ration\ndate: clsoed\nrows: {stnding: won}\nexclude:\n"
        "  - {because: x, when: {amount: {abve: 3}}}\ncolour: red\n",
        encoding="utf-8",
    )
    definitions, _ = read_definitions(path, "definitions/bad.yaml")
    metric, issues = read_metric(definitions[0], standard())
    assert metric is None
    told = "\n".join(str(issue) for issue in issues)
    for words in (
        "bad.yaml:3",
        "ratio",
        "bad.yaml:4",
        "closed",
        "bad.yaml:5",
        "standing",
        "bad.yaml:7",
        "above",
        "bad.yaml:8",
    ):
        assert words in told, told
