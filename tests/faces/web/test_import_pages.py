"""From a dropped file to the record and back, as a browser goes: nothing is written before somebody says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.data.imports.pages import check, inbox
from saleswright.history.release import current, publisher
from tests.faces.web.conftest import Client
from tests.faces.web.dropping import BAD, client, commit, deals, drop, fields, folder, send, take_back, won

__all__ = ["client", "folder"]


def test_before_anything_was_imported_pages_lead_to_where_it_begins(client: Client) -> None:
    for path in ("/", "/kpis", "/data/health"):
        page = client.get(path)
        assert page.status_code == 400 and 'href="/data/import"' in page.text and "Nothing is here yet" in page.text
    assert client.get("/data/import").status_code == 200


def test_a_file_is_shown_whole_and_nothing_is_written(client: Client, folder: Path) -> None:
    path = drop(client, ("Monday pipeline.csv", deals(90, BAD)))
    page = client.get(path).text
    assert "Import: Monday pipeline.csv" in page and "Nothing is written yet." in page
    assert "Every one of <b>92</b> rows is checked." in page and "2 rows rejected." in page
    for key, count in (("Read", 92), ("= New", 90), ("+ Changed", 0), ("+ Same", 0), ("+ Rejected", 2)):
        assert re.search(rf"<dt>\s*{re.escape(key)}</dt><dd>{count}</dd>", page), key
    assert "Commit 90 rows" in page and "85k" in page and "2026-02-30" in page
    assert re.search(r'aria-label="Read Close Date as".*?<option value="close" selected>Close date', page, re.DOTALL)
    assert current(folder / ".saleswright") is None and not (folder / "definitions" / "mappings").exists()


def test_commit_then_take_back_then_bring_back(client: Client, folder: Path) -> None:
    there = commit(client, drop(client, ("deals.csv", deals(90))))
    assert there == "/data/runs/1?done=yes"
    page = client.get(there).text
    assert "Import 1 is in" in page and "<b>90</b> new rows" in page and "/a/import-undo?run=1" in page
    assert won(folder) == 30
    assert client.get("/").status_code == 200
    back = take_back(client, 1)
    assert "taken back" in back and '<a class="btn" href="/a/import-undo?run=2"' in back and "Undo this" in back
    # Without any deal nothing says that none was won.
    assert won(folder) is None and "taken back" in client.get("/data/runs/1").text
    assert "brought back" in take_back(client, 2)
    assert won(folder) == 30
    listed = client.get("/data/import").text
    assert listed.count("/a/import-undo?run=1") == 1 and "Import 1 taken back" in listed


def test_what_was_dropped_is_gone_after_commit_and_after_cancel(client: Client, folder: Path) -> None:
    root = folder / ".saleswright" / "inbox"
    first = drop(client, ("deals.csv", deals(9)))
    commit(client, first)
    second = drop(client, ("deals.csv", deals(12)))
    assert send(client, second, {**fields(client.get(second).text), "do": "cancel"}).status_code == 303
    assert [p.name for p in root.rglob("*") if p.is_file()] == ["about.json"] and current(
        folder / ".saleswright"
    ).number == 1  # type: ignore[union-attr]
    for path in (first, second):
        assert client.get(path).status_code == 404 and "no longer kept" in client.get(path).text


def test_the_same_file_again_changes_nothing(client: Client, folder: Path) -> None:
    commit(client, drop(client, ("deals.csv", deals(60))))
    path = drop(client, ("deals.csv", deals(60)))
    page = client.get(path).text
    assert re.search(r"<dt>\s*\+ Same</dt><dd>60</dd>", page) and "a commit would change nothing" in page
    there = commit(client, path)
    assert there == "/data/import?same=yes" and "Nothing new in these files" in client.get(there).text
    assert current(folder / ".saleswright").used == (1,)  # type: ignore[union-attr]


def test_the_effect_is_against_what_stands_and_comes_true(client: Client, folder: Path) -> None:
    commit(client, drop(client, ("deals.csv", deals(30))))
    path = drop(client, ("deals.csv", deals(60)))
    page = client.get(path).text
    assert "After this import" in page and "Change</th>" in page
    row = r'<th scope="row">([^<]+)</th>\s*<td class="num was">(.*?)</td>\s*<td class="num will">(.*?)</td>'
    shown = [(label, will) for label, _, will in re.findall(row, page, re.DOTALL)]
    promised = {label: re.sub(r"<[^>]+>", "", cell).strip() for label, cell in shown}
    assert promised
    commit(client, path)
    again = client.get(drop(client, ("deals.csv", deals(60)))).text
    now = [(label, was) for label, was, _ in re.findall(row, again, re.DOTALL)]
    assert {label: re.sub(r"<[^>]+>", "", cell).strip() for label, cell in now} == promised


def test_what_cannot_be_read_is_said_and_the_others_go_on(client: Client, folder: Path) -> None:
    alone = client.get(drop(client, ("noise.csv", b"\x00\x01\x02\x03"))).text
    assert (
        "What is wrong with the files?" in alone and "Nothing is written." in alone and "Commit" not in fields_of(alone)
    )
    both = client.get(drop(client, ("noise.csv", b"\x00\x01\x02\x03"), ("deals.csv", deals(30)))).text
    assert "Commit 30 rows" in both and "noise.csv" in both


def fields_of(page: str) -> str:
    return " ".join(re.findall(r"<button[^>]*>([^<]*)", page))


def test_several_files_each_show_their_columns(client: Client) -> None:
    users = b"User ID,Full Name,Team\n1,Rep 0,East\n2,Rep 1,East\n3,Rep 2,West\n4,Rep 3,West\n"
    page = client.get(drop(client, ("deals.csv", deals(30)), ("users.csv", users))).text
    assert "Import: 2 files" in page and page.count('<details class="fold"') == 2
    assert "Commit 34 rows" in page


def test_the_health_page_says_how_fresh_how_full_and_what_was_left_out(client: Client) -> None:
    commit(client, drop(client, ("deals.csv", deals(60, BAD))))
    page = client.get("/data/health").text
    assert "Is the data fit to stand on?" in page and "deals.csv" in page
    assert 'href="/a/junk' in page and "With history" in page
    assert "/data/runs/1/rejected/" in page and "Open deals are past due" in page
    assert re.search(r'<th scope="row">Owner</th><td>open</td>.*?100\.0%', page, re.DOTALL)


def test_a_drop_waits_while_another_import_runs(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "PATIENCE", 0.5)
    state = build().open_workspace(folder).state
    path = drop(client, ("deals.csv", deals(9)))
    with publisher(state, {}, {}, "UTC", rehearsal=True):  # type: ignore[arg-type]
        answer = client.get(path)
        assert answer.status_code == 409 and "another import" in answer.text
    assert client.get(path).status_code == 200
    assert inbox.find(build().open_workspace(folder), path.rpartition("/")[2]).paths[0].name == "deals.csv"
