"""The CRM Sales Opportunities: known figures, whatever the order of the dates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.mapping.proposal import proposed
from saleswright.data.mapping.write import mapping_yaml
from saleswright.history.changes import StageMap
from saleswright.kernel.definition import read_definitions

STAGES = StageMap(
    {
        "prospecting": ("open", False),
        "engaging": ("open", True),
        "won": ("won", True),
        "lost": ("lost", True),
    }
)
PIPELINE = "sales_pipeline.csv"


@pytest.fixture(params=["sales_pipeline.csv", "day_first/sales_pipeline.csv"])
def maven(request: pytest.FixtureRequest, shared: Path, inbox: Callable[..., Any]) -> Any:
    folder = shared / "maven_crm"
    others = [folder / name for name in ("accounts.csv", "products.csv", "sales_teams.csv", "data_dictionary.csv")]
    return inbox([folder / request.param, *others], stages=STAGES)


def test_every_table_is_recognised_and_the_dictionary_is_told(maven: Any) -> None:
    found = {name: one.mapping.entity if one.mapping else "" for name, one in maven.guesses.items()}
    assert found == {
        PIPELINE: "deal",
        "accounts.csv": "account",
        "products.csv": "product",
        "sales_teams.csv": "person",
        "data_dictionary.csv": "",
    }
    assert [i.code for i in maven.guesses["data_dictionary.csv"].issues] == ["not_recognised"]


def test_figures_to_the_unit(maven: Any) -> None:
    repairs = maven.repairs(PIPELINE)
    assert [(r.column, r.value, r.target, r.rows) for r in repairs] == [("product", "GTXPro", "GTX Pro", 1480)] or (
        repairs == []
    )

    def repair(body: dict[str, Any]) -> None:
        body["repairs"] = {r.column: {r.value: r.target} for r in repairs}

    mapping = maven.edited(PIPELINE, repair)
    assert maven.rejected(PIPELINE, mapping) == []
    rows = maven.facts(
        PIPELINE, "SELECT stage, count(*), sum(amount), count(amount), count(close) FROM {facts} GROUP BY 1", mapping
    )
    by_stage = {row[0]: row[1:] for row in rows}
    assert by_stage["Won"] == (4238, 1000553400, 4238, 4238)
    assert by_stage["Lost"] == (2473, 0, 2473, 2473)
    assert by_stage["Engaging"] == (1589, None, 0, 0), "open deals have no amount, which is not zero"
    assert by_stage["Prospecting"] == (500, None, 0, 0)
    undated = maven.facts(PIPELINE, "SELECT count(*) FROM {facts} WHERE qualified IS NULL AND close IS NULL", mapping)
    assert undated == [(500,)]
    cycle = maven.facts(PIPELINE, "SELECT median(close - qualified) FROM {facts} WHERE stage = 'Won'", mapping)
    assert cycle == [(57.0,)]
    lost = maven.facts(PIPELINE, "SELECT count(*) FROM {facts} WHERE product = 'product_crm_GTXPro'", mapping)
    assert lost == [(0,)]


def test_quarters_and_anchors(maven: Any) -> None:
    rows = maven.facts(
        PIPELINE,
        "SELECT datetrunc('quarter', close), sum(amount) FROM {facts} WHERE stage = 'Won' GROUP BY 1 ORDER BY 1",
    )
    assert [int(row[1]) // 100 for row in rows] == [1_134_672, 3_086_111, 2_982_255, 2_802_496]
    source = maven.source(PIPELINE)
    assert set(source.anchors) == {"qualified", "closed"}
    decided = maven.facts(PIPELINE, "SELECT count(closed__at), count(*) FILTER (closed__at = close) FROM {facts}")
    assert decided == [(6711, 6711)]
    assert maven.facts(PIPELINE, "SELECT count(qualified_fallback) FROM {facts}") == [(0,)], "there is no created date"


def test_owners_are_the_people_of_the_team_list(maven: Any) -> None:
    people = {row[0] for row in maven.facts("sales_teams.csv", "SELECT id FROM {facts}")}
    owners = {row[0] for row in maven.facts(PIPELINE, "SELECT DISTINCT owner FROM {facts}")}
    assert len(people) == 35
    assert owners <= people
    assert not any("frase" in person.casefold() for person in people), "a name never becomes part of an id"


def test_the_order_of_dates_is_found_with_its_evidence(shared: Path, inbox: Callable[..., Any]) -> None:
    day_first = inbox([shared / "maven_crm" / "day_first" / PIPELINE]).guesses[PIPELINE]
    assert day_first.mapping.dates == "dmy"
    said = {column.header: column.said for column in day_first.columns}
    assert said["engage_date"] == "day first: 255 values over 12 in first position, 0 in second; 500 rows are empty"
    year_first = inbox([shared / "maven_crm" / PIPELINE]).guesses[PIPELINE]
    assert year_first.mapping.dates == "ymd"
    codes = {issue.code for issue in year_first.issues}
    assert codes == {"currency_assumed", "close_meaning", "amount_assumed"}


def test_the_written_mapping_is_read_back_the_same(maven: Any, tmp_path: Path) -> None:
    for name, one in maven.guesses.items():
        if one.definition is None:
            continue
        repairs = maven.repairs(name)
        body = {
            **one.definition.body,
            **({"repairs": {r.column: {r.value: r.target} for r in repairs}} if repairs else {}),
        }
        one = proposed(replace(one, repairs=tuple(repairs)), one.definition.name, body, maven.known)
        assert one.definition is not None
        path = tmp_path / "mapping.yaml"
        path.write_text(mapping_yaml(one), encoding="utf-8")
        definitions, issues = read_definitions(path, "mapping.yaml")
        assert issues == []
        assert dict(definitions[0].body) == dict(one.definition.body)
        assert definitions[0].doc == one.definition.doc
