"""Can a cell from outside act as a formula? Do numbers stay numbers?"""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.faces.cli import sheet
from saleswright.lib.money import Money


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd",
        "-cmd",
        "@sum",
        "\tx",
        "\rx",
        "\x00x",
        "  =1+1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "\n=1",
        "＝1",
        " ＋1 x",
        "－x",
        "＠x",
        "-1+2",
        "+1 555 010",
    ],
)
def test_what_would_act_is_neutralised(text: str) -> None:
    assert sheet.neutral(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=b", "-5", "+5.25", "-1e3", "-.5", "  ", "Müller", "63.15%", "5-3"])
def test_harmless_text_and_numbers_stay(text: str) -> None:
    assert sheet.neutral(text) == text


def test_values_are_in_machine_form() -> None:
    assert [sheet.cell(value) for value in (-5, -0.25, Money(-123, "USD"), date(2026, 1, 31), None, True)] == [
        "-5",
        "-0.25",
        "-1.23",
        "2026-01-31",
        "",
        "true",
    ]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)))
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    text = sheet.text(["a", "b"], rows)
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back == [["a", "b"], *([sheet.neutral(cell) for cell in row] for row in rows)]
    assert not any(cell.lstrip()[:1] in tuple("=@") for row in back for cell in row if cell.lstrip())
