"""Every action's example is handed on in every form, and the numbers in the file equal the envelope's."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pptx import Presentation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from starlette.testclient import TestClient

import saleswright
from saleswright.app import build
from saleswright.faces.export import MEDIA
from saleswright.faces.python import Answer, Book
from saleswright.faces.web.app import create_app
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from tests.workspaces import UNTIL

APP = build()
READS = [action for action in APP.actions.values() if action.effect == "read"]


@pytest.fixture(scope="module")
def opened(demo_folder: Path) -> Book:
    return saleswright.open(demo_folder).as_of(UNTIL)


def _plain(value: Value) -> float:
    """A value as a workbook holds it: to 16 digits."""
    return float(f"{float(value.decimal) if isinstance(value, Money) else float(value or 0):.16G}")


def _numbers(body: bytes) -> set[float]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
    return {float(cell) for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, (bool, date))}


@pytest.mark.parametrize("action", READS, ids=lambda a: a.slug)
def test_the_example_is_handed_on_in_every_form(action: Any, opened: Book, tmp_path: Path) -> None:
    answer: Answer = opened.call(action.name, **dict(action.example))
    figures: list[Figure] = [item for item in answer.report.figures() if item.value is not None]
    made = {ending: answer.to(tmp_path / f"a.{ending}").read_bytes() for ending in ("xlsx", "pptx", "pdf", "md")}
    held = _numbers(made["xlsx"])
    assert [item.name for item in figures if _plain(item.value) not in held] == []
    assert len(Presentation(io.BytesIO(made["pptx"])).slides) >= 1
    assert len(PdfReader(io.BytesIO(made["pdf"])).pages) >= 1
    text = made["md"].decode()
    assert all(item.ref in text for item in figures)


def test_the_web_hands_on_the_same_bytes_as_python(opened: Book, demo_folder: Path, tmp_path: Path) -> None:
    query = {"metric": "win_rate", "by": "team", "asof": UNTIL.isoformat()}
    answer = opened.call("measure", metric="win_rate", by="team")
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as client:
        page = client.get("/a/measure", params=query).text
        for form, media in MEDIA.items():
            response = client.get(f"/a/measure.{form}", params=query)
            assert response.status_code == 200 and response.headers["content-type"] == media
            assert response.headers[
                "content-disposition"
            ] == f'attachment; filename="measure-win_rate-team.{form}"' or (
                f'.{form}"' in response.headers["content-disposition"]
            )
            assert response.content == answer.to(tmp_path / f"a.{form}").read_bytes()
            assert f'href="/a/measure.{form}?' in page
        refused = client.get("/a/measure.pdf", params={"metric": "no_such"})
        assert refused.status_code == 404 and refused.json()["issues"]


def test_who_sees_a_part_is_handed_a_part(opened: Book, demo_folder: Path) -> None:
    team = opened.as_of(UNTIL).scope("team:Team West").call("measure", metric="won_deals").value
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as client:
        asked = {"metric": "won_deals", "scope": "team:Team West", "asof": UNTIL.isoformat()}
        body = client.get("/a/measure.xlsx", params=asked).content
    assert float(team) in _numbers(body)  # type: ignore[arg-type]
    assert float(opened.call("measure", metric="won_deals").value) not in _numbers(body)  # type: ignore[arg-type]
