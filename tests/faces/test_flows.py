"""Are flows and tinted cells the same on every face: envelope, terminal, pipe, sheet, notebook, drawing, files?"""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from typing import Any

import jsonschema
import pytest

from saleswright.faces.cli import grid, lines, sheet, show
from saleswright.faces.export import About, markdown, paper, slides, workbook
from saleswright.faces.web.ribbons import flows
from saleswright.faces.web.views import report_values
from saleswright.kernel.envelope import block, schema
from saleswright.kernel.report import Column, Figure, Flows, Link, Report, Table
from saleswright.lib.money import Money
from tests.faces.web.hostile import PAYLOADS

ABOUT = About("measure", (), "Garden", "2026-11-22", "2026-11-22", "r1.j0")


def link(source: str, target: str, cents: int | None, n: int, tone: Any = "plain") -> Link:
    value = None if cents is None else Money(cents, "USD")
    figure = Figure("moved", value, "money", n=n, reason="" if value else "no rate", ref=f"{source}@{target}")
    return Link(source, target, figure, tone)


WAYS = Flows(
    "ways",
    (
        link("Proposal", "Proposal", 300_00, 3),
        link("Proposal", "Won", 100_00, 1, "won"),
        link("Discovery", "Proposal", 250_00, 2, "good"),
        link("Discovery", "Lost", 50_00, 4, "lost"),
        link("New", "Discovery", 75_00, 1, "good"),
    ),
    "Who went where?",
    "money",
    "Both sides add up to the cent.",
)
SHADED = Table(
    "triangle",
    (
        Column("month", "Month"),
        Column("one", "1", "share"),
        Column("deals", "Deals", "count"),
        Column("two", "2", "share"),
    ),
    (
        ("2026-01", Figure("w", 0.1, "share", n=10), 10, 0.5),
        ("2026-02", Figure("w", 0.0, "share", n=4), 4, None),
        ("2026-03", Figure("w", None, "share", reason="not yet"), 2, 0.21),
    ),
    shade=("one", "two"),
)


def spec_of(text: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(str(text))
    return made


@pytest.mark.parametrize("item", [WAYS, SHADED])
def test_the_envelope_meets_the_schema(item: Any) -> None:
    whole = {**schema(), "$ref": "#/$defs/block"}
    for key in ("type", "required", "properties", "if", "then", "else", "additionalProperties"):
        whole.pop(key)
    jsonschema.validate(block(item), whole)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(block(item) | {"shade": 3}, whole)


def test_the_envelope_has_each_link_and_the_shaded_columns() -> None:
    told = block(WAYS)
    assert [(one["source"], one["target"], one["figure"]["value"]["amount"]) for one in told["links"]][1] == (
        "Proposal", "Won", "100.00",
    )  # fmt: skip
    assert told["check"] == "Both sides add up to the cent." and block(SHADED)["shade"] == ["one", "two"]
    assert "shade" not in block(Table("t", (Column("a", "A"),), ()))


def test_the_terminal_and_the_pipe_show_a_line_a_link() -> None:
    out = io.StringIO()
    show.report(Report("r", [WAYS, SHADED]), show.console(out, False))
    assert sum("\u2587" in line for line in out.getvalue().splitlines()) == 5
    assert "\u2713 Both sides add up to the cent." in out.getvalue()
    assert list(lines.of_block(WAYS))[1] == "Proposal\tWon\tUSD 100.00\t1"
    assert "\u2713 Both sides add up to the cent." in list(lines.beside(Report("r", [WAYS])))


def test_a_sheet_gets_the_links_when_there_is_no_table() -> None:
    text, left = sheet.of_report(Report("r", [Figure("f", 1, "count"), WAYS]))
    assert text.splitlines()[0] == "source,target,ways,ways_currency,ways_n,ways_ref"
    assert text.splitlines()[2] == "Proposal,Won,100.00,USD,1,Proposal@Won" and left == ["f"]
    assert len(Report("r", [WAYS]).figures()) == 5


def test_tints_stand_on_one_scale_and_nothing_has_none() -> None:
    assert grid.tints(grid.of_table(SHADED)) == [[0, 1, 0, 0, 5], [0, 0, 0, 0, 0], [0, 0, 0, 0, 3]]
    heads, rows = grid.for_people(grid.of_table(SHADED), "full")
    assert [len(row) for row in grid.tints(grid.of_table(SHADED))] == [len(heads)] * len(rows)
    assert grid.tints(grid.of_flows(WAYS)) == [[0] * 4] * 5


def test_what_leaves_a_place_is_as_wide_as_the_place_and_nothing_overlaps() -> None:
    data = spec_of(flows(WAYS).spec)["datasets"]
    for side, along in (("left", 0.0), ("right", 1.0)):
        places = [one for one in data["places"] if one["side"] == side]
        ends = sorted((d["upper"], d["lower"]) for d in data["dots"] if d["along"] == along)
        assert sum(low - up for up, low in ends) == pytest.approx(sum(p["lower"] - p["upper"] for p in places), abs=0.1)
        assert all(one[1] <= other[0] + 0.02 for one, other in itertools.pairwise(ends))
        tops = [(p["upper"], p["lower"], p["at"]) for p in places]
        for one, other in itertools.pairwise(tops):
            assert one[1] < other[0] and other[2] - one[2] >= 37
    assert {one["label"]: one["value_label"] for one in data["places"] if one["side"] == "right"}["Proposal"] == (
        "$550 \u00b7 5"
    )


def test_the_drawing_the_table_and_the_sentence_hold_the_same() -> None:
    made = flows(WAYS)
    assert [row[:2] for row in made.table.rows] == [(one.source, one.target) for one in WAYS.links]
    assert [row[3] for row in made.table.rows] == [3, 1, 2, 4, 1]
    assert str(made.text).startswith(
        "Most ends at Proposal: $550 \u00b7 5. Largest ways: Proposal \u2192 Proposal $300"
    )


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    made = flows(Flows("w", (link("a", "b", None, 1), link("a", "c", 5, 1))))
    assert spec_of(made.spec)["datasets"] == {"dots": [], "places": []}
    assert str(made.text) == "This cannot be drawn. No rate." and len(made.table.rows) == 2
    assert str(flows(Flows("w", ())).text) == "This cannot be drawn. Nothing flows."


def test_a_name_enters_only_as_data() -> None:
    made = flows(Flows("w", tuple(link(name, name, 100, 1) for name in PAYLOADS[:12]), unit="money"))
    assert not {"<", ">", "&"} & set(str(made.spec))
    spec = spec_of(made.spec)
    spec.pop("datasets")
    assert not any(name in json.dumps(spec) for name in PAYLOADS if name)


def test_the_generic_page_draws_them() -> None:
    values = report_values(Report("r", [WAYS, SHADED]), None)
    assert [found for found, _ in values["drawn"]] == [WAYS]


def test_files_hold_every_link_and_the_tints() -> None:
    report = Report("r", [WAYS, SHADED])
    told = markdown.write(report, ABOUT).decode()
    assert "| Discovery | Lost | USD 50.00 | 4 |" in told and "Checked: Both sides add up" in told
    with zipfile.ZipFile(io.BytesIO(workbook.write(report, ABOUT))) as book:
        second = book.read("xl/worksheets/sheet2.xml").decode()
        assert 'sqref="B2:B4 F2:F4"' in second and "colorScale" in second
        assert "colorScale" not in book.read("xl/worksheets/sheet1.xml").decode()
    with zipfile.ZipFile(io.BytesIO(slides.write(report, ABOUT))) as deck:
        pages = [deck.read(name).decode() for name in deck.namelist() if name.startswith("ppt/slides/slide")]
        assert any("B8BFF1" in page for page in pages)
        charts = [deck.read(name).decode() for name in deck.namelist() if name.startswith("ppt/charts/chart")]
        assert any("stacked" in chart and "Discovery" in chart for chart in charts)
    laid = paper.content(report, ABOUT)
    blocks = [one for line in laid["parts"] for one in line]
    assert [bar["label"] for bar in blocks[0]["bars"]][1] == "Proposal \u2192 Won"
    assert blocks[1]["tints"][0] == [0, 1, 0, 0, 5]
    assert paper.write(report, ABOUT).startswith(b"%PDF")
