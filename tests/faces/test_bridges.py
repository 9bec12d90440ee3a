"""Is a bridge the same on every face: envelope, terminal, pipe, sheet, notebook, drawing?"""

from __future__ import annotations

import io
import json
from itertools import pairwise
from typing import Any

import jsonschema
import pytest

from saleswright.faces.cli import grid, lines, sheet, show
from saleswright.faces.stairs import CUT, stairs
from saleswright.faces.web import shapes
from saleswright.faces.web.views import report_values
from saleswright.faces.web.waterfall import waterfall
from saleswright.kernel.envelope import block, schema
from saleswright.kernel.report import Bridge, Column, Figure, Note, Report, Step, Table
from saleswright.lib.money import Money
from tests.faces.web.hostile import PAYLOADS


def step(name: str, cents: int | None, n: int, kind: Any = "part", tone: Any = "plain", label: str = "") -> Step:
    value = None if cents is None else Money(cents, "USD")
    figure = Figure(name, value, "money", label or name, n=n, reason="" if value else "no rate", ref=f"{name}@1a")
    return Step(name, label or name, figure, None if kind == "end" else n, kind, tone)


def garden(start: int, *moves: tuple[str, int, str], check: str = "") -> Bridge:
    steps = [step("open", start, 252, "end")]
    steps += [step(name, cents, place + 1, tone=tone) for place, (name, cents, tone) in enumerate(moves)]
    steps.append(step("open_now", start + sum(cents for _, cents, _ in moves), 186, "end"))
    return Bridge("moved", tuple(steps), "What moved?", check=check)


WEEK = garden(
    4_198_000_00,
    ("New", 73_000_00, "good"),
    ("Pushed out", -141_000_00, "bad"),
    ("Lost", -434_000_00, "lost"),
    ("Won", -472_000_00, "won"),
    check="Lines sum to the cent.",
)


def spec_of(text: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(str(text))
    return made


def test_the_envelope_has_each_step_and_meets_the_schema() -> None:
    told = block(WEEK)
    whole = {**schema(), "$ref": "#/$defs/block"}
    for key in ("type", "required", "properties", "if", "then", "else", "additionalProperties"):
        whole.pop(key)
    jsonschema.validate(told, whole)
    assert [item["figure"]["value"]["amount"] for item in told["steps"]][:2] == ["4198000.00", "73000.00"]
    assert [item["events"] for item in told["steps"]] == [None, 1, 2, 3, 4, None]
    assert told["check"] == "Lines sum to the cent."
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told | {"steps": [{**told["steps"][0], "tone": "loud"}]}, whole)


def test_the_terminal_shows_a_line_a_step_with_its_sign_and_the_check() -> None:
    out = io.StringIO()
    show.report(Report("r", [WEEK]), show.console(out, False))
    text = out.getvalue()
    assert "+$73.0K" in text and "\u2212$472K" in text and "$4.20M" in text and "+$4.20M" not in text
    assert "\u2713 Lines sum to the cent." in text
    drawn = [line for line in text.splitlines() if "\u2587" in line]
    assert len(drawn) == 6
    assert drawn[1].index("\u2587") > drawn[-1].index("\u2587"), "a step hangs where the one before it ended"


def test_a_pipe_gets_a_line_a_step() -> None:
    told = list(lines.of_block(WEEK))
    assert told[0] == "open\tUSD 4198000.00\t252"
    assert told[2] == "Pushed out\tUSD -141000.00\t2"
    assert "\u2713 Lines sum to the cent." in list(lines.beside(Report("r", [WEEK])))


def test_a_sheet_gets_the_bridge_when_there_is_no_table() -> None:
    text, left = sheet.of_report(Report("r", [Figure("f", 1, "count"), WEEK]))
    assert text.splitlines()[0] == "line,moved,moved_currency,moved_n,moved_ref,n"
    assert text.splitlines()[3].startswith("Pushed out,-141000.00,USD,")
    assert left == ["f"]
    table = Table("t", (Column("a", "A"),), (("x",),))
    assert sheet.of_report(Report("r", [WEEK, table]))[1] == ["moved"]


def test_a_bridge_of_counts_says_each_count_once() -> None:
    steps = (
        Step("a", "Open", Figure("a", 5, "count"), None, "end"),
        Step("b", "New", Figure("b", 2, "count"), 2),
        Step("c", "Open now", Figure("c", 7, "count"), None, "end"),
    )
    bridge = Bridge("counts", steps, unit="count")
    assert [row[0] for row in grid.of_bridge(bridge).rows] == ["Open", "New", "Open now"]
    assert len(grid.of_bridge(bridge).columns) == 2
    assert [dot["count"] for dot in spec_of(waterfall(bridge).spec)["datasets"]["dots"]] == ["", "", ""]


def test_where_moves_are_small_beside_the_levels_the_ends_are_cut_and_it_is_said() -> None:
    made = waterfall(WEEK)
    data = spec_of(made.spec)["datasets"]
    assert [cut["order"] for cut in data["cuts"]] == [0, 5]
    assert str(made.text).endswith(CUT)
    assert min(dot["lower"] for dot in data["dots"]) > 0
    assert all(tick["at"] > 0 for tick in data["ticks"])


def test_where_moves_are_large_nothing_is_cut() -> None:
    made = waterfall(garden(100_00, ("New", 20_00, "good"), ("Won", -90_00, "won")))
    data = spec_of(made.spec)["datasets"]
    assert data["cuts"] == [] and CUT not in str(made.text)
    assert data["dots"][0]["lower"] == 0


def test_each_step_hangs_between_the_levels() -> None:
    bars = stairs(WEEK).bars
    for before, bar in pairwise(bars):
        assert before.level in (pytest.approx(bar.lower), pytest.approx(bar.upper)) or bar.end
    assert bars[-2].level == pytest.approx(bars[-1].level)
    assert [dot["state"] for dot in spec_of(waterfall(WEEK).spec)["datasets"]["dots"]] == [
        "end", "good", "bad", "lost", "won", "end",
    ]  # fmt: skip


def test_both_drawings_and_the_table_hold_the_same() -> None:
    made = waterfall(WEEK)
    upright, lying = spec_of(made.spec)["datasets"], spec_of(made.narrow)["datasets"]
    assert upright["dots"] == lying["dots"]
    assert [row[0] for row in made.table.rows] == [dot["text"] for dot in upright["dots"]]
    assert [row[2] for row in made.table.rows] == [252, 1, 2, 3, 4, 186]
    assert made.least > 300
    assert spec_of(made.narrow)["height"] == shapes.LOW_STEP * 6


def test_the_sentence_names_the_ends_and_the_largest_moves() -> None:
    assert str(waterfall(WEEK).text).startswith(
        "From $4.20M (open) to $3.22M (open_now). Largest: Won \u2212$472K, Lost \u2212$434K and Pushed out \u2212$141K."
    )


def test_what_is_not_known_is_said_and_not_drawn() -> None:
    broken = Bridge("b", (step("a", 1, 1, "end"), step("b", None, 0), step("c", 1, 1, "end")))
    made = waterfall(broken)
    assert spec_of(made.spec)["datasets"]["dots"] == []
    assert str(made.text) == "This cannot be drawn. No rate."
    assert len(made.table.rows) == 3
    show.report(Report("r", [broken]), show.console(io.StringIO(), False))


@pytest.mark.parametrize("start", [0, -500_00, 5])
def test_odd_levels_are_drawn_all_the_same(start: int) -> None:
    data = spec_of(waterfall(garden(start, ("x", -700_00, "bad"), ("y", 700_00, "good"))).spec)["datasets"]
    assert all(dot["lower"] <= dot["upper"] for dot in data["dots"])
    assert str(waterfall(Bridge("empty", ())).text) == "This cannot be drawn. It has no steps."


def test_a_name_enters_only_as_data() -> None:
    steps = tuple(step(f"s{i}", 100, 1, label=name) for i, name in enumerate(PAYLOADS[:12]))
    made = waterfall(Bridge("b", (step("a", 5, 1, "end"), *steps, step("z", 1205, 1, "end"))))
    for text in (made.spec, made.narrow):
        assert not {"<", ">", "&"} & set(str(text))
        spec = spec_of(text)
        spec.pop("datasets")
        assert not any(name in json.dumps(spec) for name in PAYLOADS if name)


def test_the_generic_page_draws_it_with_its_check() -> None:
    values = report_values(Report("r", [Note("n"), WEEK]), None)
    (found, picture) = values["drawn"][0]
    assert found is WEEK and picture.narrow
