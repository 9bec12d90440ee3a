"""Can the text of a row become part of a page? Every template, every chart, every place a name can stand."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from saleswright.faces.web import shapes
from tests.faces.web.conftest import PAGES, Client
from tests.faces.web.hostile import PAYLOADS
from tests.faces.web.toy_web import Pond

WEB = Path(shapes.__file__).parent
CHAPTER_PAGES = WEB.parents[1]


class Reader(HTMLParser):
    """Collects what a browser would make elements of."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.data: list[str] = []
        self._json = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._json = tag == "script"

    def handle_data(self, data: str) -> None:
        if self._json:
            self.data.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._json = False


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def assert_tame(text: str) -> Reader:
    """No inline script, style or handler; every address is the site's own."""
    reader = read(text)
    for tag, attrs in reader.tags:
        assert tag not in ("style", "iframe", "object", "embed", "base", "math", "video", "animate", "form-action"), tag
        assert not [name for name in attrs if name.startswith("on") or name == "style"], (tag, attrs)
        if tag == "script":
            assert attrs.get("src") or attrs.get("type") == "application/json", attrs
        for name in ("src", "href", "action", "hx-get", "data-source", "data-copy"):
            address = attrs.get(name)
            if address and not address.startswith("saleswright explain"):
                assert address.startswith(("/", "#")) and not address.startswith("//"), (tag, name, address)
    for text_ in filter(str.strip, reader.data):
        json.loads(text_)
        assert "<" not in text_
    return reader


@pytest.mark.parametrize("path", PAGES)
def test_pages_hold_nothing_inline(client: Client, path: str) -> None:
    assert_tame(client.get(path).text)


def test_hostile_names_stay_text_everywhere(client: Client, pond: Pond) -> None:
    pond.teams = {name: (3, 7 + place) for place, name in enumerate(PAYLOADS)}

    opened = 0
    for path in PAGES:
        assert_tame(client.get(path).text)
    page = assert_tame(client.get("/kpi/win_rate").text)
    for tag, attrs in page.tags:
        link = attrs.get("hx-get")
        if tag == "a" and link and "by=team" in link:
            part = client.get(link, headers={"hx-request": "true"})
            assert part.status_code == 200, link
            assert_tame(part.text)
            assert_tame(client.get(link).text)
            opened += 1
    assert opened >= len(PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_arguments_stay_text(client: Client, payload: str) -> None:
    for path, keys in (
        ("/a/measure", ("metric", "by", "period", "where", "colour")),
        ("/kpi/win_rate", ("team", "asof", "scope", "snap")),
    ):
        for key in keys:
            assert_tame(client.get(path, params={key: payload}).text)
    assert_tame(client.get("/" + payload.replace("/", "%2F").replace("?", "%3F").replace("#", "%23")).text)


def test_a_form_shows_a_hostile_value_as_it_was_typed(client: Client) -> None:
    payload = '"><script>window.pwned=1</script>'
    page = read(client.get("/a/measure", params={"period": payload}).text)
    assert any(attrs.get("value") == payload for tag, attrs in page.tags if tag == "input")


def templates() -> list[Path]:
    return [*WEB.rglob("*.html"), *CHAPTER_PAGES.glob("*/*/pages/*.html")]


def test_no_template_turns_escaping_off() -> None:
    found = templates()
    assert len(found) >= 8
    for path in found:
        text = path.read_text(encoding="utf-8")
        for word in ("|safe", "| safe", "autoescape", "Markup", "style=", "onclick", "javascript:"):
            assert word not in text, (path.name, word)


def test_markup_is_made_in_one_place() -> None:
    users = [path.name for path in WEB.glob("*.py") if "Markup(" in path.read_text(encoding="utf-8")]
    assert users == ["charts.py"]
