"""Every action's example gives the same numbers on every face; two users see what their access says, on every surface."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from starlette.testclient import TestClient

import saleswright
from saleswright.app import build
from saleswright.faces.cli.command import run
from saleswright.faces.web.app import create_app
from saleswright.kernel.envelope import schema
from tests.workspaces import UNTIL, book

APP = build()
READS = [action for action in APP.actions.values() if action.effect == "read"]
AS_OF = UNTIL.isoformat()


def numbers(envelope: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Every figure in an envelope, in reading order."""
    found: list[tuple[Any, ...]] = []

    def walk(item: Any) -> None:
        if isinstance(item, dict):
            if {"name", "value", "unit", "ref"} <= set(item):
                found.append(
                    (item["name"], json.dumps(item["value"]), item["n"], item["ref"], json.dumps(item.get("low")))
                )
            for value in item.values():
                walk(value)
        elif isinstance(item, list):
            for value in item:
                walk(value)

    walk(envelope["data"])
    return found


def by_command(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = run([*words, "-w", str(folder), "--json"], build)
    loaded: dict[str, Any] = json.loads(out.getvalue())
    return code, loaded


@pytest.fixture(scope="module")
def client(demo_folder: Path) -> Iterator[TestClient]:
    with TestClient(create_app(APP, APP.open_workspace(demo_folder)), base_url="http://127.0.0.1") as made:
        yield made


@pytest.mark.parametrize("action", READS, ids=lambda a: a.slug)
def test_the_example_gives_the_same_numbers_on_every_face(action: Any, demo_folder: Path, client: TestClient) -> None:
    args = dict(action.example)
    words: list[str] = [*action.name.split()]
    query: list[tuple[str, str]] = [("asof", AS_OF)]
    for param in action.params:
        if param.name not in args:
            continue
        value = args[param.name]
        many = list(value) if isinstance(value, (list, tuple)) else [value]
        for item in many:
            words += [str(item)] if param.required else [f"--{param.flag}", str(item)]
            query.append((param.flag, str(item)))
    code, told = by_command(demo_folder, *words, "--as-of", AS_OF)
    assert code in (0, 1) and told["data"] is not None
    jsonschema.validate(told, schema())
    answer = saleswright.open(demo_folder).as_of(AS_OF).call(action.name, **args)
    response = client.get(f"/a/{action.slug}.json", params=query)
    assert response.status_code == 200, response.text[:300]
    assert numbers(told) == numbers(answer.json()) == numbers(response.json())
    page = client.get(f"/a/{action.slug}", params=query)
    assert page.status_code == 200
    for name, _, _, ref, _ in numbers(told)[:3]:
        assert ref is None or ref.split(";")[0].replace("@", "%40") in page.text or name in page.text


@pytest.fixture(scope="module")
def two_users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company where West's manager sees West, and the chief sees everything."""
    place = tmp_path_factory.mktemp("two")
    export = place / "export"
    export.mkdir()
    (export / "users.csv").write_text(
        "id,name,team\n" + "".join(f"{100 + i},Rep {i:02},{'West' if i < 3 else 'East'}\n" for i in range(6)),
        encoding="utf-8",
    )
    rows = ["id,name,owner_id,stage,qualified,closed,amount"]
    for i in range(60):
        stage = "Won" if i % 3 else "Lost"
        rows.append(f"{i},Deal {i},{100 + i % 6},{stage},2026-01-05,2026-0{2 + i % 6}-10,{100 + i}")
    (export / "deals.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    folder = place / "company"
    book(export)(folder)
    (folder / "definitions/access.yaml").write_text(
        "- {kind: access, name: chief, scope: company}\n"
        "- {kind: access, name: west, scope: 'team:West', hide: [person.name]}\n"
        "- {kind: access, name: rep, scope: 'owner:Rep 01'}\n",
        encoding="utf-8",
    )
    return folder


def site(folder: Path, actor: str) -> TestClient:
    return TestClient(create_app(APP, APP.open_workspace(folder), lambda request: actor), base_url="http://127.0.0.1")


def test_own_team_against_company(two_users: Path) -> None:
    opened = saleswright.open(two_users)
    chief, west, rep = (opened.as_actor(a).measure("win_rate").figures[0] for a in ("chief", "west", "rep"))
    assert (chief.n, west.n, rep.n) == (60, 30, 10)
    assert "scope=company" in chief.ref and "scope=team:West" in west.ref and "scope=owner:Rep 01" in rep.ref
    assert opened.as_actor("chief").scope("team:West").measure("win_rate").figures[0].n == 30


def test_the_companys_reference_is_refused_to_a_team_on_every_face(two_users: Path) -> None:
    chief = saleswright.open(two_users).as_actor("chief").measure("win_rate", by="team").figures
    for figure in chief:
        code, told = by_command(two_users, "explain", figure.ref, "--as", "west")
        assert code == 5 and told["data"] is None and told["issues"][0]["code"] == "not-allowed"
        with site(two_users, "west") as client:
            for path in (f"/n/{figure.ref}", f"/n/{figure.ref}.json"):
                response = client.get(path)
                assert response.status_code == 403
                assert "Deal " not in response.text
    code, told = by_command(two_users, "measure", "win_rate", "--scope", "company", "--as", "west")
    assert code == 5 and told["data"] is None
    with site(two_users, "west") as client:
        assert client.get("/a/measure.json", params={"metric": "win_rate", "scope": "company"}).status_code == 403


def test_a_teams_rows_are_only_its_own(two_users: Path) -> None:
    opened = saleswright.open(two_users)
    mine = opened.as_actor("west").measure("win_rate", by="owner")
    assert len(mine.rows) == 3 and not any("Rep" in str(row["owner"]) for row in mine.rows)
    rows = opened.as_actor("west").explain(mine.figures[0].ref).report
    ids = {str(row[0]) for block in rows.blocks if getattr(block, "name", "") == "rows" for row in block.rows}
    assert len(ids) == 30
    everything = opened.as_actor("chief").explain(opened.as_actor("chief").measure("win_rate").figures[0].ref).report
    assert ids < {str(r[0]) for b in everything.blocks if getattr(b, "name", "") == "rows" for r in b.rows} | ids


def test_who_is_not_named_sees_nothing(two_users: Path) -> None:
    code, told = by_command(two_users, "measure", "win_rate", "--as", "stranger")
    assert code == 5 and told["data"] is None
    with site(two_users, "stranger") as client:
        assert client.get("/a/measure.json", params={"metric": "win_rate"}).status_code == 403


def test_a_narrow_scope_may_not_change_anything(two_users: Path) -> None:
    code, told = by_command(two_users, "rebuild", "--as", "west")
    assert code == 5 and told["data"] is None


def test_a_rep_sees_the_companys_figure_for_comparison_but_never_its_rows(two_users: Path) -> None:
    rep = saleswright.open(two_users).as_actor("rep")

    def band(**asked: Any) -> list[Any]:
        return [
            block for block in rep.measure("win_rate", **asked).report.blocks if getattr(block, "name", "") == "band"
        ]

    shown = band()
    assert len(shown) == 1 and shown[0].value == pytest.approx(2 / 3) and shown[0].n is None and not shown[0].ref
    assert not band(period="2026-02") and not band(by="month") and not band(where=["type=none"])
    west = saleswright.open(two_users).as_actor("west").measure("win_rate").report
    assert not [block for block in west.blocks if getattr(block, "name", "") == "band"], "three others are too few"
