"""What a person says of a file before it is committed: answers, columns, is it the whole table, rows mended."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from saleswright.data.imports.pages import check
from saleswright.data.imports.rehearsal import Rehearsal
from saleswright.data.imports.totals import Total
from saleswright.data.mapping.questions import Option, Question
from saleswright.history.release import current
from tests.faces.web.conftest import Client
from tests.faces.web.dropping import BAD, client, commit, deals, drop, fields, folder, send, take_back, won

__all__ = ["client", "folder"]

QUESTION = Question(
    "amount_meaning",
    "deals.csv",
    "Amount",
    "What does Amount mean?",
    "No term column was found, so the file cannot tell.",
    (Option("acv", "Annual value (ACV)", "Figures above stay."), Option("tcv", "Total value (TCV)", "Kept apart <b>.")),
    "acv",
)


@pytest.fixture
def asking(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """The files leave one question open until it is answered; what was told is noted."""
    told: list[dict[str, str]] = []
    plain, done = check.rehearse, check.commit
    total = Total(
        "deals.csv", "Grand Total", "Amount", 92, Decimal("1041.25"), Decimal("1000.00"), Decimal("41.25"), 1, 30, "USD"
    )

    def rehearse(at: Any, path: Path, said: Any) -> Rehearsal:
        told.append(dict(said.answers))
        made = plain(at, path, replace(said, answers={}))
        for file in made.done.mapped:
            file.questions = () if QUESTION.code in said.answers else (QUESTION,)
        return replace(made, done=replace(made.done, totals=[total]))

    def commit_(at: Any, path: Path, said: Any) -> Any:
        told.append(dict(said.answers))
        return done(at, path, replace(said, answers={}))

    monkeypatch.setattr(check, "rehearse", rehearse)
    monkeypatch.setattr(check, "commit", commit_)
    return told


def test_one_question_is_put_answered_and_can_be_answered_otherwise(
    client: Client, asking: list[dict[str, str]]
) -> None:
    path = drop(client, ("deals.csv", deals(30)))
    page = client.get(path).text
    assert "One question open." in page and "One question: what does Amount mean?" in page
    assert "Kept apart &lt;b&gt;." in page and fields(page)["answer:amount_meaning"] == "acv"
    send(client, path, {**fields(page), "answer:amount_meaning": "tcv", "do": "check"})
    answered = client.get(path).text
    assert "Answered: what does Amount mean?" in answered and "question open" not in answered
    assert fields(answered)["answer:amount_meaning"] == "tcv" and asking[-1] == {"amount_meaning": "tcv"}
    send(client, path, {**fields(answered), "answer:amount_meaning": "nonsense", "do": "check"})
    assert fields(client.get(path).text)["answer:amount_meaning"] == "tcv"
    send(client, path, {**fields(answered), "answer:amount_meaning": "acv", "do": "check"})
    assert fields(client.get(path).text)["answer:amount_meaning"] == "acv"


def test_who_commits_with_the_question_in_view_has_answered_it(client: Client, asking: list[dict[str, str]]) -> None:
    assert commit(client, drop(client, ("deals.csv", deals(30)))).startswith("/data/runs/1")
    assert asking == [{}, {"amount_meaning": "acv"}]


def test_a_printed_total_is_held_against_the_rows(client: Client, asking: list[dict[str, str]]) -> None:
    page = client.get(drop(client, ("deals.csv", deals(30)))).text
    for shown in ("1,000.00", "41.25", "1,041.25", "0.00"):
        assert f"<dd>USD\u00a0{shown}</dd>" in page
    assert "Grand Total printed in row 92" in page and "1 with no readable number" in page
    assert "may be just that" not in page


def test_a_difference_that_unreadable_rows_explain_is_said_to_be_theirs(
    client: Client, asking: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = check.rehearse

    def short(*args: Any) -> Rehearsal:
        made = asked(*args)
        totals = [replace(t, printed=t.printed + 9) for t in made.done.totals]
        return replace(made, done=replace(made.done, totals=totals))

    monkeypatch.setattr(check, "rehearse", short)
    page = client.get(drop(client, ("deals.csv", deals(30)))).text
    assert "1 rejected row holds no readable number" in page and "the difference may be just that" in page


def test_the_whole_table_is_declared_never_taken_for_granted(client: Client, folder: Path) -> None:
    commit(client, drop(client, ("deals.csv", deals(60))))
    path = drop(client, ("deals.csv", deals(30)))
    page = client.get(path).text
    assert fields(page)["whole"] == "no" and "30 records that are not in it stay as they are" in page
    send(client, path, {**fields(page), "whole": "yes", "do": "check"})
    declared = client.get(path).text
    assert fields(declared)["whole"] == "yes"
    commit(client, path)
    assert won(folder) == 10
    take_back(client, 2)
    assert won(folder) == 20


def test_a_column_read_otherwise_is_checked_again_before_it_is_committed(client: Client, folder: Path) -> None:
    path = drop(client, ("deals.csv", deals(30)))
    form = fields(client.get(path).text)
    (name,) = (key for key in form if "Legal Review" in key)
    changed = {**form, name: "type"}
    answer = send(client, path, {**changed, "do": "commit"})
    assert answer.headers["location"] == f"{path}?moved=yes"
    page = client.get(answer.headers["location"]).text
    assert "nothing was committed" in page and current(folder / ".saleswright") is None
    again = fields(page)
    (name,) = (key for key in again if "Legal Review" in key)
    assert again[name] == "type"
    commit(client, path)
    mapping = next((folder / "definitions" / "mappings").glob("*.yaml")).read_text(encoding="utf-8")
    assert re.search(r"Legal Review.*type", mapping)


def test_what_moved_since_it_was_looked_at_is_not_committed(client: Client, folder: Path) -> None:
    path = drop(client, ("deals.csv", deals(30)))
    form = fields(client.get(path).text)
    commit(client, drop(client, ("other.csv", deals(15))))
    assert send(client, path, {**form, "do": "commit"}).headers["location"] == f"{path}?moved=yes"
    assert current(folder / ".saleswright").used == (1,)  # type: ignore[union-attr]


def test_rejected_rows_come_back_and_mended_they_touch_only_themselves(client: Client, folder: Path) -> None:
    path = drop(client, ("deals.csv", deals(60, BAD)))
    link = re.search(r'href="([^"]+/rejected/0)"', client.get(path).text)
    assert link
    given = client.get(link[1])
    assert given.headers["content-disposition"] == 'attachment; filename="rejected.csv"'
    there = commit(client, path)
    kept = re.search(r'href="(/data/runs/1/rejected/\d+)"', client.get(there).text)
    assert kept
    rows = list(csv.reader(io.StringIO(client.get(kept[1]).content.decode("utf-8-sig"))))
    assert rows == list(csv.reader(io.StringIO(given.content.decode("utf-8-sig"))))
    assert len(rows) == 3 and {"_line", "_column", "_reason", "_fix"} <= set(rows[0])
    mended = given.content.decode().replace("85k", "85000").replace("2026-02-30", "2026-02-28").encode()
    page = client.get(drop(client, ("rejected.csv", mended))).text
    assert re.search(r"<dt>\s*= New</dt><dd>2</dd>", page) and re.search(r"<dt>\s*\+ Same</dt><dd>0</dd>", page)
