"""Is an opened context used again, is a new release noticed, and is nothing shown to the wrong eyes?"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from saleswright.faces.web.answers import Answer, Answers
from saleswright.faces.web.app import create_app
from saleswright.faces.web.contexts import Contexts
from saleswright.kernel.call import Ambient
from tests.faces.web import toy_web
from tests.faces.web.conftest import REF, Client, client_of


def test_a_context_is_opened_once(client: Client, pond: toy_web.Pond) -> None:
    for _ in range(3):
        client.get("/")
    assert len(pond.opened) == 1


def test_a_new_release_is_seen_by_the_next_request(client: Client, pond: toy_web.Pond) -> None:
    assert "History version 12." in client.get("/").text
    pond.release = 13
    assert "History version 13." in client.get("/").text
    assert "History version 12." in client.get("/?snap=r12.j0").text


def test_the_least_used_context_is_closed(tmp_path: Path) -> None:
    app, workspace, pond = toy_web.make(root=tmp_path)
    kept = Contexts(app, workspace, kept=2)
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        with kept.lease(Ambient(as_of=day)):
            pass
    assert pond.closed == 1
    kept.close()
    assert pond.closed == 3


def test_a_context_in_use_is_not_closed_under_anyone(tmp_path: Path) -> None:
    app, workspace, pond = toy_web.make(root=tmp_path)
    kept = Contexts(app, workspace, kept=1)
    with kept.lease(Ambient(as_of="2026-01-01")):
        with kept.lease(Ambient(as_of="2026-01-02")):
            pass
        assert pond.closed == 0
    assert pond.closed == 1


def test_many_threads_open_one(tmp_path: Path) -> None:
    app, workspace, pond = toy_web.make(root=tmp_path)
    kept = Contexts(app, workspace)
    gate = threading.Barrier(8)

    def use() -> None:
        gate.wait()
        with kept.lease(Ambient()):
            pass

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pond.opened) == 1


def test_a_context_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    app, workspace, _ = toy_web.make(root=tmp_path)
    tries = []

    def fail(*_: object) -> None:
        tries.append(1)
        raise OSError("away")

    object.__setattr__(app, "open_context", fail)
    kept = Contexts(app, workspace)
    for _ in range(2):
        try:
            with kept.lease(Ambient()):
                raise AssertionError("it was opened")
        except OSError:
            pass
    assert len(tries) == 2


def test_an_unchanged_page_is_304(client: Client) -> None:
    for path in ("/", "/kpi/win_rate?snap=r12.j0", f"/n/{REF}", "/a/measure.json?metric=win_rate"):
        first = client.get(path)
        again = client.get(path, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304, path
        assert again.content == b""


def test_the_drawer_and_the_page_are_kept_apart(client: Client) -> None:
    whole = client.get(f"/n/{REF}")
    part = client.get(f"/n/{REF}", headers={"hx-request": "true"})
    assert whole.text != part.text
    assert client.get(f"/n/{REF}").text == whole.text
    assert "HX-Request" in whole.headers["vary"]


def test_a_kept_answer_is_for_the_eyes_it_was_made_for(two_people: Client) -> None:
    ask = "/kpi/win_rate?snap=r12.j0"
    ann = two_people.get(ask, headers={"x-actor": "ann"}).text
    rob = two_people.get(ask, headers={"x-actor": "rob"}).text
    assert "scope=company" in ann
    assert "scope=company" not in rob
    assert two_people.get(ask, headers={"x-actor": "ann"}).text == ann


def test_an_answer_is_made_once_per_state(client: Client, pond: toy_web.Pond) -> None:
    pinned, newest = "/a/measure.json?metric=win_rate&snap=r12.j0", "/a/measure.json?metric=win_rate"
    before = client.get(pinned).content, client.get(newest).content
    pond.teams["Team East"] = (1, 371)
    assert (client.get(pinned).content, client.get(newest).content) == before
    pond.release = 13
    assert client.get(newest).content != before[1]


def test_without_a_way_to_ask_for_the_release_only_pinned_answers_are_kept(tmp_path: Path) -> None:
    app, workspace, pond = toy_web.make(root=tmp_path)
    client = client_of(create_app(replace(app, before={}), workspace))
    pinned, newest = "/a/measure.json?metric=win_rate&snap=r12.j0", "/a/measure.json?metric=win_rate"
    before = client.get(pinned).content, client.get(newest).content
    pond.teams["Team East"] = (1, 371)
    assert client.get(pinned).content == before[0]
    assert client.get(newest).content != before[1]


def test_kept_answers_have_a_limit() -> None:
    answers = Answers(limit=800)
    for key in range(20):
        answers.put(key, Answer(b"x" * 100))
    assert answers.get(0) is None
    assert answers.get(19) is not None
    answers.put("large", Answer(b"x" * 500))
    assert answers.get("large") is None
    answers.put("refused", Answer(b"no", status=404))
    assert answers.get("refused") is None
