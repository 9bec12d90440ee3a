"""What is sent twice is done once, what is a day old is gone; and how the page tells what it found."""

from __future__ import annotations

import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from saleswright.app import build
from saleswright.data.imports.differences import Difference
from saleswright.data.imports.pages import alike, check, inbox
from saleswright.faces.web import desk
from saleswright.history.release import current, publisher
from saleswright.lib.issue import Stop
from tests.faces.web.conftest import Client
from tests.faces.web.dropping import client, commit, deals, drop, fields, folder, send

__all__ = ["client", "folder"]


def test_one_upload_committed_four_times_at_once_is_one_import(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(client, ("deals.csv", deals(30)))
    form = {**fields(client.get(path).text), "do": "commit"}
    together = threading.Barrier(4)

    def once(_: int) -> Any:
        together.wait(10)
        return send(client, path, form)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(once, range(4)))
    assert [(a.status_code, a.headers.get("location")) for a in answers] == [(303, "/data/runs/1?done=yes")] * 4
    assert current(folder / ".saleswright").used == (1,)  # type: ignore[union-attr]
    assert send(client, path, {**form, "do": "cancel"}).headers["location"] == "/data/runs/1?done=yes"
    assert client.get(path).status_code == 404
    left = sorted(p.relative_to(folder / ".saleswright" / "inbox").name for p in inbox_of(folder).rglob("*"))
    assert left == sorted([path.rpartition("/")[2], "about.json"])


def inbox_of(folder: Path) -> Path:
    return folder / ".saleswright" / "inbox"


def test_files_taken_away_under_ones_hands_are_no_longer_kept(client: Client, folder: Path) -> None:
    path = drop(client, ("deals.csv", deals(9)))
    found = inbox.find(build().open_workspace(folder), path.rpartition("/")[2])
    found.remove("/data/runs/7")
    for ask in (lambda: found.paths, lambda: found.size, lambda: found.source, lambda: found.keep(found.told)):
        with pytest.raises(Stop) as stop:
            ask()
        assert stop.value.issues[0].code == "unknown_import"
    assert inbox.led(build().open_workspace(folder), found.token) == "/data/runs/7"
    assert stat.S_IMODE((inbox_of(folder) / found.token).stat().st_mode) == 0o700


def test_a_day_is_a_day(client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-01T09:00:00+00:00")
    first, second = drop(client, ("deals.csv", deals(9))), drop(client, ("deals.csv", deals(12)))
    form = {**fields(client.get(first).text), "do": "commit"}
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-02T09:00:01+00:00")
    assert client.get(first).status_code == 404 and send(client, first, form).status_code == 404
    assert current(folder / ".saleswright") is None
    assert [p.name for p in inbox_of(folder).iterdir()] == [second.rpartition("/")[2]]
    assert client.get("/data/import").status_code == 200
    assert list(inbox_of(folder).iterdir()) == []


def test_taking_back_waits_while_files_are_checked(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(client, drop(client, ("deals.csv", deals(30))))
    state = build().open_workspace(folder).state
    held, go = threading.Event(), threading.Event()
    plain = check.rehearse

    def rehearse(*args: Any) -> Any:
        with publisher(state, {}, {}, "UTC", rehearsal=True):  # type: ignore[arg-type]
            held.set()
            go.wait(10)
        return plain(*args)

    monkeypatch.setattr(check, "rehearse", rehearse)
    path = drop(client, ("deals.csv", deals(60)))
    monkeypatch.setattr(desk, "SOON", 0.0)
    client.get(path)
    assert held.wait(10)
    monkeypatch.setattr(desk, "SOON", 60.0)
    threading.Timer(0.7, go.set).start()
    preview = client.get("/a/import-undo?run=1")
    assert preview.status_code == 200 and "would be " in preview.text


def test_totals_in_each_currency_when_the_file_holds_three(client: Client) -> None:
    rows = ["Opportunity ID,Opportunity Name,Stage,Amount,Amount Currency,Close Date,Created Date,Opportunity Owner"]
    for i in range(60):
        code = ("EUR", "USD", "GBP")[i % 3]
        rows.append(f"0068W{i:010},Deal {i},Proposal,{1000 * (1 + i % 3)},{code},2026-12-01,2026-03-01,Rep {i % 4}")
    page = client.get(drop(client, ("deals.csv", "\n".join([*rows, ""]).encode()))).text
    assert "In each currency by itself" in page
    table = page[page.index("In each currency by itself") : page.index("Does it add up?")]
    shown = re.sub(r"<[^>]+>", " ", table).replace("\u00a0", " ")
    for code, total in (("EUR", "20"), ("USD", "40"), ("GBP", "60")):
        assert re.search(rf"{code}\s.*?{total}(\.0+)?\s?K", shown, re.DOTALL | re.IGNORECASE), shown
    assert 'href="/n/' not in table


def test_columns_that_came_and_went_share_a_line(client: Client) -> None:
    def of(kind: Any, text: str) -> Difference:
        return Difference("deals.csv", kind, text)

    found = alike.joined(
        [
            of("new column", "'A' was not there before: kept, not used"),
            of("moved", "columns stand in another order"),
            of("new column", "'B' was not there before: amount"),
            of("gone column", "'C' is not there any more, it was not used"),
            of("new column", "'D' was not there before: kept, not used"),
        ]
    )
    assert [(line.kind, line.text) for line in found] == [
        ("new columns", "'A', 'D': kept, not used; 'B': amount"),
        ("moved", "columns stand in another order"),
        ("gone column", "'C' is not there any more, it was not used"),
    ]
    commit(client, drop(client, ("deals.csv", deals(30))))
    more = deals(31).decode().splitlines()
    wide = "\n".join([more[0] + ",Zip,Zap", *(f"{line},z{i},y{i}" for i, line in enumerate(more[1:])), ""])
    page = client.get(drop(client, ("deals.csv", wide.encode()))).text
    told = page[page.index("What is different from last time?") :]
    table = told[: told.index("</table>")]
    assert "&#39;Zip&#39;, &#39;Zap&#39;: kept, not used" in table and "new columns" in table and ">File<" not in table
    assert page.index("How each column is read") < page.index("What is different from last time?")
    assert "1 row " not in table and "1 columns" not in page


def test_one_is_said_as_one(client: Client) -> None:
    page = client.get(drop(client, ("deals.csv", deals(1)))).text
    assert "The <b>1</b> row is checked." in page and "Commit 1 row<" in page
    there = client.get(commit(client, drop(client, ("deals.csv", deals(1))))).text
    assert "<b>1</b> new row now counts" in re.sub(r"\s+", " ", there)
    for shown in (page, there, client.get("/data/health").text):
        assert not re.search(
            r"(?<![\d.,])1\s(rows|records|deals|definitions|columns|checks)\b", re.sub(r"<[^>]+>", "", shown)
        )
