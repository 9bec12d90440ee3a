"""Is a form that is sent again done again? Same key and body three times is one effect and the same answer."""

from __future__ import annotations

import secrets
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from saleswright.faces.web import desk
from saleswright.faces.web.app import create_app
from saleswright.faces.web.once import Answered, Key, Once
from saleswright.kernel.definition import Definition
from saleswright.kernel.journal import Journal
from saleswright.kernel.journal.tables import answered, record
from saleswright.lib.issue import Issue, Stop
from tests.faces.web import toy_yard
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.test_desk import HERE, send, token
from tests.faces.web.toy_yard import Yard


@pytest.fixture
def made(tmp_path: Path) -> tuple[Client, Yard]:
    app, workspace, yard = toy_yard.make(tmp_path)
    return client_of(create_app(app, workspace)), yard


def local(client: Client) -> str:
    return (client.app.state.face.workspace.state / "token").read_text().strip()  # type: ignore[attr-defined,no-any-return]


def program(client: Client, fields: dict[str, str], key: str = "", path: str = "/a/fill", **more: str) -> Any:
    headers = {"x-token": local(client), "accept": "application/json"} | more
    if key:
        headers["idempotency-key"] = key
    return client.post(path, data=fields, headers=headers, follow_redirects=False)


def done(yard: Yard) -> list[str]:
    return [what for what, dry in yard.filled if not dry]


def test_same_key_and_body_three_times_is_one_effect_and_the_same_answer(made: tuple[Client, Yard]) -> None:
    client, yard = made
    key = secrets.token_hex(8)
    answers = [program(client, {"with": "water"}, key) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200} and done(yard) == ["water"]
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["data"]["changed"] == 3 and answers[0].json()["action"] == "fill"
    program(client, {"with": "water"}, secrets.token_hex(8))
    program(client, {"with": "water"})
    assert done(yard) == ["water"] * 3


def test_another_body_under_the_same_key_is_refused(made: tuple[Client, Yard]) -> None:
    client, yard = made
    key = secrets.token_hex(8)
    assert program(client, {"with": "water"}, key).status_code == 200
    other = program(client, {"with": "wine"}, key)
    assert other.status_code == 422 and other.json()["issues"][0]["code"] == "other-body"
    assert other.json()["data"] is None and done(yard) == ["water"]


def test_a_form_sent_three_times_is_done_once_and_leads_to_the_same_place(made: tuple[Client, Yard]) -> None:
    client, yard = made
    fields = {"_token": token(client), "_key": "k" * 20, "do": "keep"}
    answers = [send(client, "/yard/one", fields) for _ in range(3)]
    assert {(a.status_code, a.headers["location"]) for a in answers} == {(303, "/yard?kept=yes")}
    assert len(yard.posted) == 1 and yard.posted[0][1].fields == {"do": ["keep"]}
    other = send(client, "/yard/one", {**fields, "do": "else"})
    assert other.status_code == 422 and "came before with something else" in other.text
    # The key is that of one address: elsewhere it is another.
    assert send(client, "/yard/two", fields).status_code == 303 and len(yard.posted) == 2


def test_an_action_sent_twice_while_it_is_done_is_done_once(
    made: tuple[Client, Yard], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, yard = made
    monkeypatch.setattr(desk, "SOON", 0.02)
    yard.gate.clear()
    fields = {"_token": token(client), "_key": "k" * 20, "do": "keep"}
    places = {send(client, "/yard/one", fields).headers["location"] for _ in range(3)}
    assert len(places) == 1 and places.pop().startswith("/doing/")
    yard.gate.set()
    monkeypatch.setattr(desk, "SOON", 10.0)
    assert len(yard.posted) == 1
    assert send(client, "/yard/one", fields).headers["location"] in ("/yard?kept=yes",)


def test_files_sent_again_are_taken_once(made: tuple[Client, Yard]) -> None:
    client, yard = made

    def drop(body: bytes) -> Any:
        fields = {"_token": token(client), "_key": "k" * 20}
        files = [("files", ("a.csv", body))]
        return client.post("/yard", data=fields, files=files, headers=HERE, follow_redirects=False)

    places = {drop(b"a,b\n1,2\n").headers["location"] for _ in range(3)}
    assert len(places) == 1 and len(yard.posted) == 1 and list(yard.dropped) == ["a.csv"]
    assert drop(b"a,b\n1,3\n").status_code == 422 and list(yard.dropped) == ["a.csv"]


def test_what_was_refused_may_be_sent_again_under_its_key(made: tuple[Client, Yard]) -> None:
    client, yard = made
    key = secrets.token_hex(8)
    assert program(client, {"with": "beer"}, key).status_code in (400, 404)
    assert program(client, {"with": "taken"}, key).status_code == 409
    assert program(client, {"with": "wine"}, key).status_code == 200 and done(yard) == ["taken", "wine"]


@pytest.mark.parametrize("key", ["short", "x" * 201, "with space in it", "Umläut-ümlaut"])
def test_a_key_is_plain_and_long_enough(made: tuple[Client, Yard], key: str) -> None:
    client, yard = made
    fields = {"_token": token(client), "_key": key, "with": "water"}
    answer = send(client, "/a/fill", fields)
    assert answer.status_code == 400 and "8 to 200 plain characters" in answer.text and not yard.filled


def test_a_key_is_its_senders_own(tmp_path: Path) -> None:
    grants = tuple(Definition("access", name, {"scope": "company"}) for name in ("ann", "bob"))
    app, workspace, yard = toy_yard.make(tmp_path, definitions=grants)
    client = client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", "")))
    for who in ("ann", "bob", "ann"):
        assert program(client, {"with": "water"}, "k" * 20, **{"x-actor": who}).status_code == 200
    assert len(done(yard)) == 2


def test_a_program_needs_the_token_of_this_machine_and_comes_from_no_page(made: tuple[Client, Yard]) -> None:
    client, yard = made
    path = client.app.state.face.workspace.state / "token"  # type: ignore[attr-defined]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and local(client) not in client.get("/yard").text
    for headers in ({"x-token": "0" * 64}, {"x-token": ""}, {}):
        assert client.post("/a/fill", data={"with": "water"}, headers=headers).status_code == 403
    for more in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"referer": "http://x.example"}):
        assert program(client, {"with": "water"}, **more).status_code == 403, more
    assert client.get("/a/fill", headers={"host": "evil.example", "x-token": local(client)}).status_code == 421
    assert not yard.filled and program(client, {"with": "water"}).status_code == 200


def test_a_token_others_may_read_or_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    for spoil in (lambda path: path.chmod(0o644), lambda path: path.write_text("weak")):
        app, workspace, _ = toy_yard.make(tmp_path)
        client = client_of(create_app(app, workspace))
        spoil(workspace.state / "token")
        again = client_of(create_app(app, workspace))
        assert program(again, {"with": "water"}).status_code == 403
        (workspace.state / "token").unlink()
        assert client.app is not again.app


def test_the_description_says_how_a_program_sends(made: tuple[Client, Yard]) -> None:
    post = made[0].get("/openapi.json").json()["paths"]["/a/fill"]["post"]
    assert {"x-token", "idempotency-key", "accept"} <= {one["name"] for one in post["parameters"]}
    assert {"200", "303", "409", "422"} <= set(post["responses"])
    assert "application/json" in post["responses"]["409"]["content"]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal.opened(f"sqlite:///{tmp_path / 'journal.sqlite'}", tmp_path)
    assert made is not None
    return made


def _act(journal: Journal, act: str = "done") -> Answered:
    with journal.write("ann") as w:
        w.record(act, "request:1")
    return Answered(200, act)


def _acts(journal: Journal) -> list[str]:
    with journal.read() as con:
        return [row.act for row in con.execute(select(record.c.act))]


def test_an_effect_and_its_answer_are_there_together_or_not_at_all(journal: Journal) -> None:
    one = Once(lambda: journal)
    key = Key("k", "d")

    def broken() -> Answered:
        _act(journal)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        one.do(key, broken)
    assert _acts(journal) == [] and one.found(key) is None
    assert one.do(key, lambda: _act(journal)) == Answered(200, "done")
    assert _acts(journal) == ["done"] and Once(lambda: journal).found(key) == Answered(200, "done")


def test_two_servers_that_are_sent_the_same_do_it_once(journal: Journal) -> None:
    key, other = Key("k", "d"), Once(lambda: journal)

    def late() -> Answered:
        # The other server has done it between our question and our answer.
        if not _acts(journal):
            thread = threading.Thread(target=lambda: other.do(key, lambda: _act(journal, "first")))
            thread.start()
            thread.join()
        return _act(journal, "second")

    assert Once(lambda: journal).do(key, late) == Answered(200, "first")
    assert _acts(journal) == ["first"]


def test_a_refusal_that_wrote_something_is_kept_and_one_that_did_not_is_not(journal: Journal) -> None:
    one = Once(lambda: journal)

    def moved() -> Answered:
        _act(journal, "moved")
        raise Stop(Issue("request:1", "its value has moved"))

    with pytest.raises(Stop):
        one.do(Key("a", "d"), moved)
    assert _acts(journal) == ["moved"]
    assert one.do(Key("b", "d"), lambda: Answered(409, _act(journal, "moved").answer)).status == 409
    assert one.do(Key("c", "d"), lambda: Answered(409, "busy")).status == 409
    assert one.found(Key("b", "d")) == Answered(409, "moved") and one.found(Key("c", "d")) is None


def test_answers_are_forgotten_after_a_day(journal: Journal) -> None:
    one, key = Once(lambda: journal), Key("k", "d")
    one.do(key, lambda: _act(journal))
    with journal.write("ann") as w:
        w.con.execute(update(answered).values(at=answered.c.at - 86_401 * 1_000_000))
    assert one.found(key) is None
    assert one.do(key, lambda: _act(journal, "again")).answer == "again" and _acts(journal) == ["done", "again"]
