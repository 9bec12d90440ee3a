"""Who brings data in? Only somebody who may see all of it; and the pages speak as who asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.faces.web import desk
from saleswright.faces.web.app import create_app
from saleswright.history.release import current
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.dropping import BAD, client, commit, deals, drop, fields, folder

__all__ = ["client", "folder"]


@pytest.mark.parametrize("grant", ["scope: company, hide: [amount, name]", "scope: 'team:East'"])
def test_who_may_not_see_everything_sees_no_file(folder: Path, monkeypatch: pytest.MonkeyPatch, grant: str) -> None:
    monkeypatch.setattr(desk, "SOON", 60.0)
    (folder / "definitions" / "access.yaml").write_text(
        "- {kind: access, name: boss, scope: company}\n- {kind: access, name: eve, " + grant + "}\n", encoding="utf-8"
    )
    app = build()
    api = create_app(app, app.open_workspace(folder), lambda request: request.headers.get("x-actor", "boss"))
    with client_of(api) as both:
        commit(both, drop(both, ("deals.csv", deals(30, BAD))))
        path = drop(both, ("deals.csv", deals(60, BAD)))
        form = {**fields(both.get(path).text), "do": "commit"}
        kept = re.search(r'href="(/data/runs/1/rejected/\d+)"', both.get("/data/runs/1").text)
        assert kept
        eve = {"x-actor": "eve"}
        for there in ("/data/import", path, f"{path}/rejected/0", "/data/runs/1", kept[1], "/a/import-undo?run=1"):
            answer = both.get(there, headers=eve)
            assert answer.status_code == 403 and "85k" not in answer.text and "Bad one" not in answer.text, there
        sent = both.post(path, data=form, headers={"origin": "http://localhost", **eve}, follow_redirects=False)
        assert sent.status_code == 403
        home = both.get("/", headers=eve).text
        rail = home[home.index('<nav aria-label="Pages">') : home.index("</nav>")]
        assert "/data/import" not in rail and 'href="/kpis"' in rail
    assert current(folder / ".saleswright").used == (1,)  # type: ignore[union-attr]


def test_the_page_of_sources_measures_as_who_asks(client: Client, folder: Path) -> None:
    commit(client, drop(client, ("deals.csv", deals(30))))
    there = folder / "saleswright.toml"
    text = there.read_text(encoding="utf-8")
    assert text.count("[defaults]\n") == 1
    there.write_text(text.replace("[defaults]\n", "[defaults]\nactor = 'nobody-we-know'\n"), encoding="utf-8")
    access = folder / "definitions" / "access.yaml"
    access.write_text("- {kind: access, name: boss, scope: company}\n", encoding="utf-8")
    app = build()
    with client_of(create_app(app, app.open_workspace(folder), lambda request: "boss")) as boss:
        page = boss.get("/data/import")
        assert page.status_code == 200 and 'href="/data/runs/1"' in page.text
