"""The public subscription company that contradicts itself: what its README counts is said before any churn figure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.python import Book
from saleswright.faces.web.app import create_app
from saleswright.kernel.report import Figure, Note, Report
from tests.faces.web.conftest import client_of

# From the README beside the data.
COUNTS = (
    (110, 110, "accounts flagged as gone hold a subscription in force"),
    (277, 352, "accounts that 600 churn events tell of are not flagged as gone"),
    (35, 110, "accounts flagged as gone have no churn event"),
    (19_142, 25_000, "usage lines are dated before their subscription began"),
    (290, 25_000, "usage lines are dated after their subscription ended"),
    (1_077, 2_000, "tickets are dated before their account signed up"),
    (21, 24_979, "numbers of usage lines stand on more than one"),
)
SAID = [f"{count:,} of {of:,} {words}" for count, of, words in COUNTS]
CHURN = ("customer_churn", "customer_churn_annual", "grr")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> tuple[Path, Report]:
    """The five files, imported as they lie there, with no word of help."""
    folder = tmp_path_factory.mktemp("saas") / "w"
    return folder, build().call(None, "init", {"folder": str(folder), "from": str(shared / "saas")}).report


@pytest.fixture(scope="module")
def saas(imported: tuple[Path, Report]) -> Book:
    return saleswright.open(imported[0])


def test_every_file_is_understood_and_no_row_is_lost(imported: tuple[Path, Report]) -> None:
    report = imported[1]
    whole = "33,100 read = 33,100 new + 0 changed + 0 unchanged + 0 rejected"
    assert any(whole in block.text for block in report.blocks if isinstance(block, Note))
    assert not [issue for issue in report.issues if issue.code in ("not_recognised", "no_id_column", "contradiction")]


@pytest.mark.parametrize("metric", CHURN)
def test_the_contradictions_stand_before_the_figure_in_every_answer(saas: Book, metric: str) -> None:
    for report in (
        saas.measure(metric, period="2024-09").report,
        saas.explain(metric).report,
    ):
        kinds = [type(block) for block in report.blocks]
        first = report.blocks[: kinds.index(Figure)]
        assert [b.text.partition(":")[0] for b in first if isinstance(b, Note) and b.kind == "warning"] == SAID


def test_the_page_the_terminal_and_json_say_them_first(imported: tuple[Path, Report]) -> None:
    app, folder = build(), imported[0]
    client = client_of(create_app(app, app.open_workspace(folder)))
    for path, figure in (("/kpi/customer_churn", "<h1"), ("/a/measure?metric=customer_churn", 'class="strip')):
        text = client.get(path).text
        places = [text.index(words) for words in SAID]
        assert max(places) < text.index(figure), path
    command = [sys.executable, "-m", "saleswright", "measure", "customer_churn", "-w", str(folder), "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    blocks = json.loads(told)["data"]["blocks"]
    assert [block["text"].partition(":")[0] for block in blocks[: len(SAID)]] == SAID
    assert blocks[len(SAID)]["kind"] == "figure"


def test_check_counts_them_too(saas: Book) -> None:
    found = " ".join(issue.what for issue in saas.check().report.issues)
    for count, of, words in COUNTS:
        assert re.search(rf"{count:,} of {of:,} {words}", found)


def test_a_figure_that_is_not_about_customers_says_nothing_of_them(saas: Book) -> None:
    report = saas.measure("won_deals").report
    assert not [b for b in report.blocks if isinstance(b, Note) and "flagged" in b.text]
