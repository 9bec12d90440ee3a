"""The glossary: every link resolves, every shipped metric is reached, words are found both ways, what is missing is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

import saleswright
from saleswright.app import build, shipped
from saleswright.faces.python import Book
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Note, Table
from saleswright.lib.issue import USAGE, Stop
from saleswright.measure.metrics.glossary.find import FOLDER, NOT_COVERED, entries, leading_to
from saleswright.measure.metrics.glossary.find import shipped as terms
from saleswright.measure.metrics.glossary.model import json_schema, plain
from tests.measure.recount import NOW, made
from tests.workspaces import copied

METRICS = {one.name for one in shipped() if one.kind == "metric"}
APP = build()
PAGES = {page.path for chapter in APP.chapters for page in chapter.pages}
# Words that the requirements and the formulas use; each must be found, by whatever name.
ASKED = """win rate; coverage; commit; draw; clawback; MEDDIC; BANT; ICP; SLA; LPI; OTE; slipped; ramp; S&OP; ACV; TCV; MQL; SQL;
sales velocity; quota attainment; churn; GRR; NRR; LTV; CAC; CAC payback; LTV:CAC; ARR; MRR; CAGR; expansion; renewal rate;
activity-to-opportunity rate; lead response time; open rate; reply rate; bounce rate; email-to-call ratio; forecast accuracy;
pipeline waterfall; pushed; pulled in; past due; life table; aging schedule; aging cohort; sales cycle; deal size; new deals;
new value; four factors; flow; channel; channel ROI; campaign; touch; first touch; last touch; attribution; territory; capacity;
headcount plan; role sizing; over-assignment; accelerator; tier; SPIFF; base salary; pay mix; commission; bonus; sales contest;
lead routing; round robin; lead scoring; intent data; methodology; Challenger; playbook; handoff; customer success; RevOps;
sales enablement; deal desk; approval; discount depth; list price; gross margin; NPV; weighted pipeline; scenario; seasonality;
benchmark; control limits; vanity metric; KPI; leading indicator; lagging indicator; mix shift; segment; dimension; duplicate;
merge; enrichment; data quality score; account match rate; tool ROI; sales sequence; SDR; AE; opportunity; lead; prospect;
top of funnel; bottom of funnel; qualification; disqualified; lost reason; competitor; win-loss analysis; next step; forecast;
best case; omitted; sandbagging; back-test; as of; known at; reference; definition; audit trail; OSM; portfolio; RACI;
participation rate; lead velocity rate; selling time; training hours; customer journey; penetration; TAM; UTM; ABM"""


@pytest.fixture(autouse=True)
def _today(pin_now: Callable[[str], datetime]) -> None:
    pin_now(NOW)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    row = {"id": "A", "stage": "Won", "qualified": "2026-01-05", "closed": "2026-02-05", "amount": "100"}
    return made(tmp_path_factory.mktemp("glossary"), [row])


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_term_meets_the_schema(path: Path) -> None:
    for body in yaml.safe_load(path.read_text(encoding="utf-8")):
        jsonschema.validate(body, json_schema())
        assert body["doc"].strip().endswith(".")


def test_every_link_resolves() -> None:
    words = {term.name for term in terms()}
    broken = [f"{term.where}: metric {name}" for term in terms() for name in term.metrics if name not in METRICS]
    broken += [f"{term.where}: see {name}" for term in terms() for name in term.see if name not in words]
    broken += [f"{t.where}: command {t.command}" for t in terms() if t.command and t.command not in APP.actions]
    broken += [f"{term.where}: page {term.page}" for term in terms() if term.page and term.page not in PAGES]
    assert not broken


def test_there_are_more_than_150_and_no_word_means_two_things() -> None:
    assert len(terms()) >= 300
    counted = Counter(word for term in terms() for word in term.words)
    assert not [word for word, count in counted.items() if count > 1]


@pytest.mark.parametrize("word", [word.strip() for word in ASKED.split(";")])
def test_a_word_of_the_requirements_is_found(word: str) -> None:
    said = {one for term in terms() for one in term.words}
    assert plain(word) in said


def test_every_shipped_metric_is_reached_from_a_term_or_listed_itself(book: Book) -> None:
    at = open_snapshot(book.workspace, Ambient())
    try:
        found, issues = entries(at)
        assert not issues
        assert {metric.name for entry in found for metric in entry.metrics} >= METRICS
        assert len({entry.term.name for entry in found}) == len(found)
        for name in METRICS:
            assert leading_to(at, name)
    finally:
        at.close()


@pytest.mark.parametrize(
    ("typed", "term"),
    [("win rate", "Win rate"), ("WIN_RATE", "Win rate"), ("upside", "Best case"), ("s&op", "S&OP"), ("bookings", "Bookings"),
     ("won_value", "Bookings"), ("order to cash", ""), ("cohort_win_rate", "Win rate")],
)  # fmt: skip
def test_a_word_is_found_by_any_of_its_names(book: Book, typed: str, term: str) -> None:
    if not term:
        with pytest.raises(Stop) as stopped:
            book.call("define", typed)
        assert stopped.value.exit_code == USAGE
        return
    title = book.call("define", typed).report.title
    assert title == f"What is {term}?" or typed in ("won_value", "cohort_win_rate")
    if typed == "won_value":
        assert "won_value" in str(book.call("define", typed).report.blocks)


def test_an_unknown_word_names_the_nearest(book: Book) -> None:
    with pytest.raises(Stop, match="Clawback") as stopped:
        book.call("define", "clawbak")
    assert stopped.value.exit_code == USAGE


def test_what_nothing_answers_to_is_said_plainly(book: Book) -> None:
    uncovered = next(term for term in terms() if term.name == "challenger")
    assert not (uncovered.metrics or uncovered.command or uncovered.page)
    told = book.call("define", "Challenger").report
    assert any("Not covered" in block.text for block in told.blocks if isinstance(block, Note))
    rows = next(b for b in book.call("glossary", find="challenger").report.blocks if isinstance(b, Table)).rows
    assert (rows[0][0], rows[0][2]) == ("Challenger", NOT_COVERED)


def test_the_list_finds_by_name_meaning_and_metric(book: Book) -> None:
    def found(words: str) -> list[str]:
        table = next(b for b in book.call("glossary", find=words).report.blocks if isinstance(b, Table))
        return [str(row[0]) for row in table.rows]

    assert found("draw")[0] == "Draw"
    assert "Bookings" in found("won_value")
    assert "Clawback" in found("taken back cancelled")
    assert found("no such words at all") == []


def test_a_term_of_ones_own_replaces_ours_and_a_wrong_one_says_its_line(book: Book, tmp_path: Path) -> None:
    root = copied(book.workspace.root, tmp_path / "w")
    (root / "definitions" / "terms.yaml").write_text(
        "- {kind: term, name: commit, doc: What we have in writing., metrics: [won_valeu], see: [no_such]}\n"
        "- {kind: term, name: land, doc: Ours., metrics: [won_value]}\n"
        "- {kind: term, name: empty, lable: x}\n",
        encoding="utf-8",
    )
    own = saleswright.open(root)
    assert own.call("define", "commit").report.lede == "What we have in writing."
    told = own.call("glossary", find="land").report
    said = "\n".join(map(str, told.issues))
    for words in ("terms.yaml:1", "won_value", "no_such", "terms.yaml:3", "label", "says nothing"):
        assert words in said
    assert own.call("define", "land").report.next == ("saleswright measure won_value",)


def test_the_house_words_are_kept_in_our_own_sentences() -> None:
    for term in terms():
        sentences = [one for one in re.split(r"(?<=[.!?])\s+", term.means) if one]
        assert 1 <= len(sentences) <= 3, term.name
        assert len(term.means) < 260, term.name
