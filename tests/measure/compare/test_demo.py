"""On the sample company the planted mix shift makes every segment's win rate rise while the total falls, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.demo import assumptions
from saleswright.faces.python import Book
from saleswright.faces.web.app import create_app
from saleswright.kernel.report import Note

SHIFT = "2026-06-01"
SAID = "although it rose in each of 3 segments: more of the deals came from Enterprise"


def test_it_shifted_six_months_before_the_last_day() -> None:
    assert assumptions.MIX_SHIFT_MONTHS == 6


def test_every_segment_rose_while_the_total_fell_is_said_in_a_sentence(sample: Book) -> None:
    answer = sample.compare("win_rate", by="segment", period=f"{SHIFT}..", before="..2026-05-31")
    first = next(block.text for block in answer.report.blocks if isinstance(block, Note))
    assert first.startswith("Win rate fell from ") and SAID in first
    before, now = ([sample.measure("win_rate", by="segment", period=p)] for p in ("..2026-05-31", f"{SHIFT}.."))
    was, is_ = ({row["segment"]: row["value"] for row in answer[0].rows} for answer in (before, now))
    assert len(was) == 3 and all(is_[name] > was[name] for name in was)  # type: ignore[operator]
    assert now[0].value < before[0].value  # type: ignore[operator]


def test_the_page_of_the_metric_says_it_too(demo_folder: Path) -> None:
    app = build()
    with TestClient(create_app(app, app.open_workspace(demo_folder)), base_url="http://127.0.0.1") as client:
        page = client.get("/kpi/win_rate", params={"period": f"{SHIFT}..", "by": "segment", "asof": "2026-11-22"}).text
    assert SAID in page


@pytest.mark.parametrize("by", ["segment", "team"])
def test_the_page_says_what_moved_since_the_period_before(demo_folder: Path, by: str) -> None:
    app = build()
    with TestClient(create_app(app, app.open_workspace(demo_folder)), base_url="http://127.0.0.1") as client:
        query = {"period": "last 6 months", "by": by, "asof": "2026-11-22"}
        page = client.get("/kpi/win_rate", params=query).text
    assert "What changed since the period before?" in page
    assert ("more of the deals came from Enterprise" in page) is (by == "segment")
