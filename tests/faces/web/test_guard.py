"""What stands before every route?"""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.faces.web.app import create_app
from saleswright.faces.web.guard import CSP
from saleswright.kernel.chapter import Page
from saleswright.lib.issue import Stop
from tests.faces.web import toy_web
from tests.faces.web.conftest import PAGES, Client, client_of


def test_every_route_declares_its_policy(client: Client) -> None:
    declared = client.app.state.policies.declared  # type: ignore[attr-defined]
    paths = [route.path for route in client.app.routes]  # type: ignore[attr-defined]
    assert paths
    assert set(paths) == set(declared)
    assert declared["/kpi/{metric}"] == "rows"


@pytest.mark.parametrize("policy", ["", "everyone"])
def test_a_page_without_a_known_policy_stops_the_start(tmp_path: Path, policy: str) -> None:
    page = Page("/open", "Open", "home.html", toy_web.home, policy=policy)
    app, workspace, _ = toy_web.make(root=tmp_path, pages=(page,))
    with pytest.raises(Stop, match="/open"):
        create_app(app, workspace)


def test_a_route_added_past_the_registry_is_found(client: Client) -> None:
    api = client.app
    api.add_api_route("/sneaked", lambda: "in")  # type: ignore[attr-defined]
    with pytest.raises(Stop, match="/sneaked"):
        api.state.policies.require(api.routes)  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/find.json", "/openapi.json", "/static/x/y.js"])
def test_the_headers_are_on_every_answer(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "set-cookie" not in headers


def test_the_policy_allows_no_inline_and_no_eval() -> None:
    assert "unsafe" not in CSP
    assert "default-src 'none'" in CSP
    assert "frame-ancestors 'none'" in CSP


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "", "10.0.0.1"]
)
def test_a_foreign_name_is_refused(client: Client, pond: toy_web.Pond, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert not pond.opened


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_served(client: Client, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_but_reading(client: Client, method: str) -> None:
    answer = client.request(method, "/a/measure")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(client: Client) -> None:
    answer = client.head("/kpi/win_rate")
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize("slug", ["drain", "secret"])
def test_what_changes_or_hides_has_no_address(client: Client, slug: str) -> None:
    assert client.get(f"/a/{slug}").status_code == 404
    assert client.get(f"/a/{slug}.json").status_code == 404


def test_a_very_long_address_is_refused(client: Client) -> None:
    assert client.get("/a/measure?metric=" + "x" * 9000).status_code == 414


def test_static_files_are_kept_for_ever_under_their_hash(client: Client) -> None:
    page = client.get("/").text
    address = next(part.split('"')[0] for part in page.split('href="') if "tokens.css" in part)
    answer = client.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert client.get("/static/wrong/tokens.css").status_code == 404
    assert client.get(address.replace("tokens.css", "../app.py")).status_code == 404
    assert client.get(address.replace("tokens.css", "%2e%2e/app.py")).status_code == 404


def test_who_asks_decides_what_is_seen(two_people: Client) -> None:
    ann, rob = {"x-actor": "ann"}, {"x-actor": "rob"}
    ask = "/a/measure.json?metric=win_rate&snap=r12.j0"
    assert two_people.get(ask, headers=ann).json()["scope"] == "company"
    assert two_people.get(ask, headers=rob).json()["scope"] == "team:Team East"
    ref = "win_rate@3f2a91;period=2026;scope=company;asof=2026-11-23;snap=r12.j0;cur=USD"
    for suffix in ("", ".json", ".csv"):
        assert two_people.get(f"/n/{ref}{suffix}", headers=ann).status_code == 200
        assert two_people.get(f"/n/{ref}{suffix}", headers=rob).status_code == 403
    assert two_people.get("/?scope=company", headers=rob).status_code == 403
    assert two_people.get("/", headers={"x-actor": "eve"}).status_code == 403


def test_the_names_served_can_be_chosen(tmp_path: Path) -> None:
    app, workspace, _ = toy_web.make(root=tmp_path)
    named = client_of(create_app(app, workspace, hosts=("pond.local",)))
    assert named.get("/healthz").status_code == 421
    assert named.get("/healthz", headers={"host": "pond.local:8000"}).status_code == 200
