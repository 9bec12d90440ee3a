"""Is no said in one voice, with the right status and without a trace?"""

from __future__ import annotations

import pytest

from saleswright.faces.web import refusals
from saleswright.lib.issue import Issue, Stop
from tests.faces.web.conftest import REF, Client


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nowhere", 404),
        ("/kpi/winrate", 404),
        ("/a/measure?metric=winrate", 404),
        ("/a/measure?metric=win_rate&colour=red", 400),
        ("/a/measure?metric=win_rate&where=nothing", 400),
        (f"/n/{REF}?page=0", 400),
        (f"/n/{REF}?page=two", 400),
        (f"/n/{REF}?tab=other", 400),
        ("/n/nonsense", 400),
        (f"/n/{REF.replace('win_rate', 'winrate')}", 404),
        (f"/n/{REF.replace('r12', 'r1')}", 410),
        ("/a/trouble?kind=conflict", 409),
        ("/a/trouble", 500),
    ],
)
def test_a_refusal_has_its_status(client: Client, path: str, code: int) -> None:
    answer = client.get(path)
    assert answer.status_code == code
    assert refusals.title(code) in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_an_error_of_ours_says_what_was_not_done_and_a_reference(client: Client) -> None:
    answer = client.get("/a/trouble.json")
    issue = answer.json()["issues"][0]
    assert answer.status_code == 500
    assert "nothing was changed" in issue["why"]
    assert "reference e" in issue["try"]
    assert "SECRET-TRACE" not in answer.text


def test_a_refused_number_is_words_in_the_drawer(client: Client) -> None:
    answer = client.get("/n/nonsense", headers={"hx-request": "true"})
    assert answer.status_code == 400
    assert answer.text.lstrip().startswith("<article")
    assert "not a figure&#39;s reference" in answer.text


def test_only_names_that_are_asked_about_are_not_found() -> None:
    assert refusals.status(Stop(Issue("", "x", code="unknown_metric"))) == 404
    assert refusals.status(Stop(Issue("", "x", code="unknown_argument"))) == 400
    assert refusals.status(Stop(Issue("", "x", code="unknown_metric"), Issue("", "y", code="bad"))) == 400
