"""Is the same figure the same value wherever it stands on a page?"""

from __future__ import annotations

import html
import re

import pytest

from tests.faces.web.conftest import Client

FIGURE = re.compile(r'<a class="(?:fig|tile[^"]*)"[^>]*href="(/n/[^"]+)"[^>]*title="([^"]*)"')


@pytest.mark.parametrize("path", ["/", "/kpi/win_rate", "/kpis", "/a/measure?metric=win_rate"])
def test_one_reference_one_value(client: Client, path: str) -> None:
    seen: dict[str, set[str]] = {}
    for ref, title in FIGURE.findall(client.get(path).text):
        seen.setdefault(ref, set()).add(title)
    assert seen
    assert all(len(titles) == 1 for titles in seen.values()), seen


def test_the_number_behind_a_link_is_the_number_on_it(client: Client) -> None:
    for ref, title in set(FIGURE.findall(client.get("/kpi/win_rate").text)):
        if "by=month" not in ref:
            opened = html.unescape(client.get(html.unescape(ref)).text)
            assert html.unescape(title).split(" · ")[0] in opened


def test_page_json_and_drawer_agree(client: Client) -> None:
    figure = client.get("/a/measure.json?metric=win_rate").json()["data"]["blocks"][0]
    assert f"{figure['value'] * 100:.2f}%" in client.get("/kpi/win_rate").text
    explained = client.get(f"/n/{figure['ref']}.json").json()["data"]["blocks"][0]
    assert explained["value"] == figure["value"]
