"""What a browser does on the pages of bringing data in, step by step, for the tests that walk them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import saleswright
from saleswright.app import build
from saleswright.faces.web import desk
from saleswright.faces.web.app import create_app
from tests.faces.web.conftest import Client, client_of

HERE = {"origin": "http://localhost"}
HEAD = "Opportunity ID,Opportunity Name,Stage,Amount,Close Date,Created Date,Opportunity Owner,Legal Review"


def deals(count: int, more: tuple[str, ...] = ()) -> bytes:
    """An export of deals with every second one won; `more` are lines added as they are."""
    rows = [HEAD]
    for i in range(count):
        created = date(2026, 1, 5) + timedelta(days=i % 90)
        stage = ("Closed Won", "Closed Lost", "Proposal")[i % 3]
        closed = created + timedelta(days=40)
        rows.append(
            f"0068W{i:010},Deal {i},{stage},{1000 + i}.50,{closed},{created},Rep {i % 4},{'Yes' if i % 5 else ''}"
        )
    return "\n".join([*rows, *more, ""]).encode()


BAD = (
    "0068W0000009001,Bad one,Proposal,85k,2026-12-01,2026-03-01,Rep 1,",
    "0068W0000009002,Bad two,Proposal,70.25,2026-02-30,2026-01-01,Rep 2,",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build().call(None, "init", {"folder": str(tmp_path / "company")})
    return tmp_path / "company"


@pytest.fixture
def client(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(desk, "SOON", 60.0)
    app = build()
    with client_of(create_app(app, app.open_workspace(folder))) as made:
        yield made


def fields(page: str) -> dict[str, str]:
    """What a browser would send with the form of the page, but its buttons."""
    form = page[page.index("data-check") :]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    for name, value in re.findall(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked', form):
        found[name] = value
    for name, rest in re.findall(r'<select name="([^"]+)"(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', rest)
        found[name] = chosen[1] if chosen else ""
    return {html.unescape(key): html.unescape(value) for key, value in found.items()}


def drop(client: Client, *files: tuple[str, bytes]) -> str:
    token = re.search(r'name="_token" value="(\w+)"', client.get("/data/import").text)
    assert token
    answer = client.post(
        "/data/import",
        data={"_token": token[1]},
        files=[("files", file) for file in files],
        headers=HERE,
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def send(client: Client, path: str, form: dict[str, str]) -> Any:
    return client.post(path, data=form, headers=HERE, follow_redirects=False)


def commit(client: Client, path: str) -> str:
    answer = send(client, path, {**fields(client.get(path).text), "do": "commit"})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def take_back(client: Client, run: int) -> str:
    page = client.get(f"/a/import-undo?run={run}").text
    token = re.search(r'name="_token" value="(\w+)"', page)
    assert token and "would be " in page
    done = send(client, "/a/import-undo", {"_token": token[1], "run": str(run)})
    return client.get(str(done.headers["location"])).text


def won(folder: Path) -> Any:
    return saleswright.open(folder).measure("won_deals", period="all").value
