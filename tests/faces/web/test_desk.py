"""Who may send a form, and what becomes of it?"""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from saleswright.faces.web import desk, forms
from saleswright.faces.web.app import create_app
from saleswright.kernel.call import App
from saleswright.kernel.definition import Definition
from saleswright.lib.issue import Stop
from tests.faces.web import toy_yard
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.toy_yard import Yard

HERE = {"origin": "http://localhost"}


@pytest.fixture
def made(tmp_path: Path) -> tuple[Client, Yard]:
    app, workspace, yard = toy_yard.make(tmp_path)
    return client_of(create_app(app, workspace)), yard


def token(client: Client, path: str = "/yard", **more: Any) -> str:
    found = re.search(r'name="_token" value="([0-9a-f]+)"', client.get(path, **more).text)
    assert found
    return found[1]


def send(client: Client, path: str, fields: dict[str, str], headers: dict[str, str] | None = None, **more: Any) -> Any:
    return client.post(path, data=fields, headers=HERE if headers is None else headers, follow_redirects=False, **more)


def upload(client: Client, files: list[Any], fields: dict[str, str] | None = None, **more: Any) -> Any:
    given = {"_token": token(client)} if fields is None else fields
    return client.post("/yard", data=given, files=files, headers=HERE, follow_redirects=False, **more)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.example"},
        {"origin": "https://localhost"},
        {"origin": "http://localhost:8000"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://localhost"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
    ],
)
def test_a_form_of_another_site_is_refused_though_it_has_the_token(
    made: tuple[Client, Yard], headers: dict[str, str]
) -> None:
    client, yard = made
    good = token(client)
    for path in ("/yard/one", "/a/fill"):
        assert send(client, path, {"_token": good, "do": "keep", "with": "water"}, headers).status_code == 403
    assert not yard.posted and not yard.filled


@pytest.mark.parametrize(
    "headers", [HERE, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "same-origin", "origin": "null"}]
)
def test_a_form_of_our_own_is_taken(made: tuple[Client, Yard], headers: dict[str, str]) -> None:
    client, yard = made
    answer = send(client, "/yard/one", {"_token": token(client), "do": "keep", "more": "1"}, headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/yard?kept=yes")
    args, sent = yard.posted[0]
    assert args == {"token": "one"} and sent.fields == {"do": ["keep"], "more": ["1"]}


@pytest.mark.parametrize("given", [None, "", "0" * 64, "é" * 8])
def test_a_form_without_the_token_is_refused(made: tuple[Client, Yard], given: str | None) -> None:
    client, yard = made
    fields = {"do": "keep", "with": "water"} | ({} if given is None else {"_token": given})
    for path in ("/yard/one", "/a/fill"):
        answer = send(client, path, fields)
        assert answer.status_code == 403 and "reload the page" in answer.text
    assert upload(client, [("files", ("a.csv", b"a,b"))], fields).status_code == 403
    assert not yard.posted and not yard.filled and not yard.dropped


def test_a_token_is_good_for_its_asker_and_its_server_only(tmp_path: Path) -> None:
    grants = tuple(Definition("access", name, {"scope": "company"}) for name in ("ann", "bob"))
    app, workspace, yard = toy_yard.make(tmp_path, definitions=grants)
    client, other = (
        client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", ""))) for _ in range(2)
    )
    ann = token(client, headers={"x-actor": "ann"})
    for asked, actor in ((client, "bob"), (other, "ann")):
        assert send(asked, "/yard/one", {"_token": ann}, {**HERE, "x-actor": actor}).status_code == 403
    assert send(client, "/yard/one", {"_token": ann}, {**HERE, "x-actor": "ann"}).status_code == 303
    assert len(yard.posted) == 1


def test_who_sees_a_part_may_neither_write_nor_look_at_the_desk(tmp_path: Path) -> None:
    grants = (
        Definition("access", "ann", {"scope": "company"}),
        Definition("access", "rob", {"scope": "team:Team East"}),
    )
    app, workspace, yard = toy_yard.make(tmp_path, definitions=grants)
    client = client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", "")))
    ann = token(client, headers={"x-actor": "ann"})
    rob = {**HERE, "x-actor": "rob"}
    for path in ("/yard", "/yard/one", "/yard/one/list", "/a/fill", "/doing/x"):
        assert client.get(path, headers=rob).status_code == 403
    for path in ("/yard/one", "/a/fill"):
        assert send(client, path, {"_token": ann, "with": "water"}, rob).status_code == 403
    assert not yard.posted and not yard.filled and not yard.built


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_nothing_but_reading_and_sending_forms(made: tuple[Client, Yard], method: str) -> None:
    assert made[0].request(method, "/yard", headers=HERE).status_code == 405


@pytest.mark.parametrize("path", ["/", "/a/measure", "/kpi/win_rate", "/yard/one/list", "/doing/x", "/find.json"])
def test_forms_are_taken_only_where_a_route_says_so(made: tuple[Client, Yard], path: str) -> None:
    answer = send(made[0], path, {"_token": token(made[0])})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "multipart/form-data", "", "multipart/form-data; x=y"]
)
def test_other_bodies_are_refused(made: tuple[Client, Yard], kind: str) -> None:
    client, yard = made
    headers = {**HERE, "content-type": kind, "x-token": token(client)}
    for path in ("/yard", "/a/fill"):
        assert client.post(path, content=b'{"with": "water"}', headers=headers).status_code == 415
    assert not yard.filled and not yard.dropped


def test_a_form_has_a_longest_length(made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch) -> None:
    client, yard = made
    good = token(client)
    monkeypatch.setattr(forms, "MOST_FIELDS", 500)
    assert send(client, "/yard/one", {"_token": good, "more": "x" * 600}).status_code == 413
    assert upload(client, [("files", ("a.csv", b"a"))], {"_token": good, "more": "x" * 600}).status_code == 413
    assert not yard.posted and not yard.dropped


def test_a_form_that_is_no_text_is_refused(made: tuple[Client, Yard]) -> None:
    headers = {**HERE, "content-type": forms.PLAIN, "x-token": token(made[0])}
    assert made[0].post("/yard/one", content=b"do=\xff\xfe", headers=headers).status_code == 400


def test_the_policy_for_writing_is_needed_for_forms_and_desks(tmp_path: Path) -> None:
    app, workspace, _ = toy_yard.make(tmp_path, policy="rows")
    with pytest.raises(Stop) as stop:
        create_app(app, workspace)
    assert {issue.where for issue in stop.value.issues} == {"/yard", "/yard/{token}", "/yard/{token}/list"}
    assert any("takes forms" in issue.what for issue in stop.value.issues)


def test_every_address_that_takes_forms_says_so(made: tuple[Client, Yard]) -> None:
    declared = made[0].app.state.policies.declared  # type: ignore[attr-defined]
    assert {path for path in declared if path.startswith("POST ")} == {
        "POST /yard",
        "POST /yard/{token}",
        "POST /a/fill",
    }
    described = made[0].get("/openapi.json").json()["paths"]
    assert set(described["/yard"]) == {"get", "post"}
    fields = described["/a/fill"]["post"]["requestBody"]["content"][forms.PLAIN]["schema"]
    assert set(fields["required"]) == {"_token", "with"}
    ids = [operation["operationId"] for item in described.values() for operation in item.values()]
    assert len(ids) == len(set(ids))


def test_slow_work_shows_how_far_it_is_and_is_done_once(
    made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, yard = made
    monkeypatch.setattr(desk, "SOON", 0.05)
    yard.gate.clear()
    for _ in range(2):
        page = client.get("/yard/one").text
        assert "data-poll" in page and 'http-equiv="refresh"' in page and "Counting" in page
    part = client.get("/yard/one", headers={"x-part": "progress"})
    assert part.text.lstrip().startswith('<div class="progress">') and "x-go" not in part.headers
    assert re.search(r'<progress max="100" value="(2[5-9]|[3-9]\d)"', part.text)
    yard.gate.set()
    time.sleep(0.2)
    assert client.get("/yard/one", headers={"x-part": "progress"}).headers["x-go"] == "/yard/one"
    assert "counted 1" in client.get("/yard/one").text
    assert "counted 1" in client.get("/yard/one").text and yard.built == 1


def test_slow_work_that_failed_says_why_and_is_tried_again(made: tuple[Client, Yard]) -> None:
    client, yard = made
    for built in (1, 2):
        answer = client.get("/yard/bad")
        assert answer.status_code == 400 and "cannot be counted" in answer.text and yard.built == built


def test_what_takes_long_is_followed_to_where_it_ends(
    made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, yard = made
    monkeypatch.setattr(desk, "SOON", 0.05)
    yard.gate.clear()
    there = send(client, "/yard/one", {"_token": token(client)}).headers["location"]
    assert re.fullmatch(r"/doing/[\w-]{20,}", there)
    assert "data-poll" in client.get(there).text
    yard.gate.set()
    time.sleep(0.2)
    assert client.get(there, headers={"x-part": "progress"}).headers["x-go"] == "/yard?kept=yes"
    last = client.get(there, follow_redirects=False)
    assert (last.status_code, last.headers["location"]) == (303, "/yard?kept=yes")


def test_work_is_shown_to_who_began_it_only(tmp_path: Path) -> None:
    grants = tuple(Definition("access", name, {"scope": "company"}) for name in ("ann", "bob"))
    app, workspace, _ = toy_yard.make(tmp_path, definitions=grants)
    client = client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", "")))
    ann = {**HERE, "x-actor": "ann"}
    there = send(client, "/a/fill", {"_token": token(client, headers=ann), "with": "water"}, ann).headers["location"]
    assert client.get(there, headers=ann).status_code == 200
    assert client.get(there, headers={"x-actor": "bob"}).status_code == 404
    assert client.get("/doing/other", headers=ann).status_code == 404


@pytest.mark.parametrize(
    ("do", "code", "says"), [("trouble", 500, "did not come to its end"), ("conflict", 409, "at it")]
)
def test_a_refusal_of_a_form_is_said_in_the_one_voice(made: tuple[Client, Yard], do: str, code: int, says: str) -> None:
    answer = send(made[0], "/yard/one", {"_token": token(made[0]), "do": do})
    assert answer.status_code == code and says in answer.text and "SECRET-TRACE" not in answer.text


def test_an_action_asks_on_a_page_of_its_own_and_then_does(made: tuple[Client, Yard]) -> None:
    client, yard = made
    blank = client.get("/a/fill").text
    assert '<option value="wine">' in blank and ">Fill</button>" in blank and "Drain it." in blank and not yard.filled
    asked = client.get("/a/fill?with=wine").text
    assert "Would be filled with wine." in asked and '<input type="hidden" name="with" value="wine">' in asked
    assert yard.filled == [("wine", True)]
    answer = send(client, "/a/fill", {"_token": token(client, "/a/fill?with=wine"), "with": "wine", "dry_run": "yes"})
    page = client.get(answer.headers["location"]).text
    assert yard.filled[-1] == ("wine", False)
    assert "Filled with wine." in page and "3 records changed." in page
    assert '<a class="btn" href="/a/fill?with=wine"' in page and "Undo this" in page
    assert client.get("/a/fill?with=beer").status_code in (400, 404)
    assert send(client, "/a/fill", {"_token": token(client), "with": "beer"}).status_code in (400, 404)
    assert [what for what, dry in yard.filled if not dry] == ["wine"]


def test_an_action_with_a_verb_is_found_and_one_without_has_no_address(made: tuple[Client, Yard]) -> None:
    client, _ = made
    found = {entry["name"]: entry["address"] for entry in client.get("/find.json").json()["entries"]}
    assert found["Fill the pond"] == "/a/fill" and found["Yard"] == "/yard"
    assert 'href="/a/fill"' in client.get("/a").text
    assert client.get("/a/fill.json").status_code == 404 and client.get("/a/drain").status_code == 404


def test_a_page_may_be_a_file_to_keep(made: tuple[Client, Yard]) -> None:
    answer = made[0].get("/yard/x%22%0d%0ay/list")
    assert answer.content == b"a,b\n1,2\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="x---y.csv"'
    assert answer.headers["cache-control"] == "no-store"


def test_pages_of_the_desk_are_kept_by_nobody(made: tuple[Client, Yard]) -> None:
    for path in ("/yard", "/yard/one", "/a/fill"):
        assert made[0].get(path).headers["cache-control"] == "no-store"


def test_who_may_not_see_every_field_is_refused_what_writes_and_is_not_led_there(tmp_path: Path) -> None:
    grants = (
        Definition("access", "ann", {"scope": "company"}),
        Definition("access", "eve", {"scope": "company", "hide": ["amount", "name"]}),
        Definition("access", "rob", {"scope": "team:Team East"}),
    )
    app, workspace, yard = toy_yard.make(tmp_path, definitions=grants)
    client = client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", "nobody")))
    good = {who: token(client, headers={"x-actor": who}) for who in ("ann",)}["ann"]
    for who in ("eve", "rob"):
        asks = {"x-actor": who}
        for path in ("/yard", "/yard/one", "/yard/one/list", "/a/fill", "/a/fill?with=water", "/doing/x"):
            answer = client.get(path, headers=asks)
            assert answer.status_code == 403 and "cannot bring data in" in answer.text, (who, path)
        for path in ("/yard/one", "/a/fill"):
            fields = {"_token": good, "do": "keep", "with": "water"}
            assert send(client, path, fields, {**HERE, **asks}).status_code == 403
        for path in ("/", "/a", "/nowhere", "/yard"):
            shown = client.get(path, headers=asks).text
            assert 'href="/yard"' not in shown and "/a/fill" not in shown, (who, path)
        found = {entry["address"] for entry in client.get("/find.json", headers=asks).json()["entries"]}
        assert found and not found & {"/yard", "/a/fill"}
    assert not yard.posted and not yard.filled
    mine = client.get("/find.json", headers={"x-actor": "ann"}).json()["entries"]
    assert {"/yard", "/a/fill"} <= {entry["address"] for entry in mine}
    assert 'href="/yard"' in client.get("/", headers={"x-actor": "ann"}).text


def test_work_that_writes_and_broke_makes_no_claim_and_is_logged_once(
    made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client, yard = made
    monkeypatch.setattr(desk, "SOON", 0.0)
    yard.gate.clear()
    there = send(client, "/yard/one", {"_token": token(client), "do": "late trouble"}).headers["location"]
    assert client.get(there).status_code == 200
    yard.gate.set()
    monkeypatch.setattr(desk, "SOON", 10.0)
    pages = [client.get(there) for _ in range(3)]
    assert {page.status_code for page in pages} == {500}
    assert all("nothing was changed" not in page.text and "SECRET-TRACE" not in page.text for page in pages)
    assert all("cannot tell which" in page.text for page in pages)
    assert len({re.search(r"reference (e[0-9a-f]+)", page.text)[1] for page in pages}) == 1  # type: ignore[index]
    assert caplog.text.count("RuntimeError: SECRET-TRACE") == 1


def test_an_action_waits_for_other_work_of_the_server(
    made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, yard = made
    good = token(client)
    answer = send(client, "/a/fill", {"_token": good, "with": "taken"})
    assert answer.status_code == 409 and yard.filled == [("taken", False)]
    yard.gate.clear()
    monkeypatch.setattr(desk, "SOON", 0.0)
    client.get("/yard/waiting")
    monkeypatch.setattr(desk, "SOON", 10.0)
    threading.Timer(0.6, yard.gate.set).start()
    assert client.get("/a/fill?with=taken").status_code == 200
    assert len(yard.filled) > 2 and yard.filled[-1] == ("taken", True)


def test_the_server_lets_the_product_tidy_when_it_begins(tmp_path: Path) -> None:
    app, workspace, _ = toy_yard.make(tmp_path)
    seen: list[Any] = []
    tidy = App(app.chapters, app.open_workspace, app.open_context, {**app.before, "serve": seen.append})
    with client_of(create_app(tidy, workspace)):
        assert seen == [workspace]
