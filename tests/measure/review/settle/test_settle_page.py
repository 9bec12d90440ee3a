"""The page of a dispute: a file dropped, its explanation under a link that can be shared, nobody else's files read."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from saleswright.app import build
from saleswright.faces.web.app import create_app
from saleswright.kernel import clock
from tests.faces.web.dropping import HERE
from tests.measure.review.settle.company import DAY, Company, company, workspace

EVIL = '<script>alert(1)</script>=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    here = company(31, deals=160)
    return here, workspace(here, tmp_path_factory.mktemp("dispute"))


@pytest.fixture
def client(made: tuple[Company, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("SALESWRIGHT_NOW", f"{DAY}T21:00:00+00:00")
    app = build()
    with TestClient(create_app(app, app.open_workspace(made[1])), base_url="http://localhost") as found:
        yield found


def theirs(made: Company) -> bytes:
    won = [r for r in made.rows if r.stage == "Closed Won" and r.type != "Renewal" and r.close.year == 2026]
    rows = [f"{r.id},{r.name},{r.amount},{r.close}" for r in won[1:]]
    strange = f'x,"{EVIL.replace(chr(34), "")}",99.00,2026-02-03'
    return "\n".join(["Opportunity ID,Opportunity Name,Amount,Close Date", *rows, strange]).encode()


def send(client: TestClient, name: str, content: bytes, **fields: str) -> str:
    token = re.search(r'name="_token" value="(\w+)"', client.get("/review/settle").text)
    assert token
    sent = client.post("/review/settle", data={"_token": token[1], **fields}, files=[("files", (name, content))],
                       headers=HERE, follow_redirects=False)  # fmt: skip
    assert sent.status_code == 303, sent.text
    there = str(sent.headers["location"])
    for _ in range(200):
        if not there.startswith("/doing/"):
            break
        there = str(client.get(there, follow_redirects=False).headers.get("location", there))
    return there


def test_a_dropped_file_is_explained_under_a_link_named_by_its_content(
    client: TestClient, made: tuple[Company, Path]
) -> None:
    there = send(client, "board.csv", theirs(made[0]), metric="won_value", period="2026")
    assert re.fullmatch(r"/review/settle/[0-9a-f]{32}\?metric=won_value&period=2026", there)
    page = client.get(there)
    assert page.status_code == 200
    text = html.unescape(page.text)
    assert "explained in full by 2 causes" in text and "Causes sum to the gap to the cent." in text
    assert send(client, "other name.csv", theirs(made[0]), metric="won_value", period="2026") == there, "same content"
    key = there.split("/")[-1].partition("?")[0]
    told = client.get("/a/review-settle.json", params={"theirs": key, "metric": "won_value", "period": "2026"})
    assert told.status_code == 200
    causes = next(b for b in told.json()["data"]["blocks"] if b.get("name") == "causes")
    assert len(causes["rows"]) == 2


def test_names_in_their_file_are_data_on_the_page_and_in_the_exports(
    client: TestClient, made: tuple[Company, Path]
) -> None:
    there = send(client, "<b>evil</b>.csv", theirs(made[0]), metric="won_value", period="2026")
    page = client.get(there).text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert "<b>evil" not in page
    key = there.split("/")[-1].partition("?")[0]
    csv = client.get("/a/review-settle.csv", params={"theirs": key, "metric": "won_value", "period": "2026"})
    assert csv.status_code == 200
    assert not [line for line in csv.text.splitlines() if line.startswith(("=", "+", "@"))]


def test_a_page_reads_no_file_of_the_machine(client: TestClient, made: tuple[Company, Path], tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_bytes(theirs(made[0]))
    here, nowhere = (
        client.get("/a/review-settle.json", params={"theirs": str(p)}) for p in (secret, tmp_path / "no.csv")
    )
    assert here.status_code == nowhere.status_code == 403
    assert here.json()["issues"] == nowhere.json()["issues"]


def test_what_was_dropped_is_forgotten_after_a_month(
    client: TestClient, made: tuple[Company, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = send(client, "board.csv", theirs(made[0]), metric="won_value", period="2026")
    monkeypatch.setenv("SALESWRIGHT_NOW", (clock.now() + timedelta(31)).isoformat())
    gone = client.get(there)
    assert gone.status_code in (400, 404, 410) and "no longer kept" in html.unescape(gone.text)


def test_two_files_or_none_are_refused(client: TestClient) -> None:
    token = re.search(r'name="_token" value="(\w+)"', client.get("/review/settle").text)
    assert token
    two = [("files", ("a.csv", b"Rep,Won\nAnn,1\n")), ("files", ("b.csv", b"Rep,Won\nAnn,1\n"))]
    sent = client.post("/review/settle", data={"_token": token[1]}, files=two, headers=HERE)
    assert "several files came" in html.unescape(sent.text)
