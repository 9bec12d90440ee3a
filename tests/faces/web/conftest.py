"""The toy product behind a test client, and every address the face serves for it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from saleswright.faces.web.app import create_app
from saleswright.kernel.definition import Definition
from tests.faces.web import toy_web

with warnings.catch_warnings():
    # The test client still speaks through httpx, which is what this project depends on.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

REF = "win_rate@3f2a91;period=2026;scope=company;asof=2026-11-23;snap=r12.j0;cur=USD"
PAGES = (
    "/",
    "/kpi/win_rate",
    "/kpi/new_deals",
    "/kpi/deal_size",
    "/kpi/empty_rate",
    "/kpi/nothing",
    "/kpis",
    "/a",
    "/a/measure",
    "/a/measure?metric=win_rate",
    "/a/measure?metric=new_deals&by=month",
    "/a/measure?metric=empty_rate",
    "/a/measure?metric=wrong",
    f"/n/{REF}",
    f"/n/{REF}?tab=formula",
    f"/n/{REF}?tab=history",
    f"/n/{REF}?tab=excluded",
    "/n/nonsense",
    "/nowhere",
    "/a/trouble",
)

Client = TestClient
Make = Callable[..., TestClient]


def client_of(api: FastAPI) -> TestClient:
    """A client that calls the app by a name it serves; errors of the app are answers, as on the wire."""
    return TestClient(api, base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture
def pond() -> toy_web.Pond:
    return toy_web.Pond()


@pytest.fixture
def client(pond: toy_web.Pond, tmp_path: Path) -> TestClient:
    app, workspace, _ = toy_web.make(pond, tmp_path)
    return client_of(create_app(app, workspace))


@pytest.fixture
def two_people(pond: toy_web.Pond, tmp_path: Path) -> TestClient:
    """ann sees the company, rob his team; a header says who asks."""
    grants = (
        Definition("access", "ann", {"scope": "company"}),
        Definition("access", "rob", {"scope": "team:Team East"}),
    )
    app, workspace, _ = toy_web.make(pond, tmp_path, definitions=grants)
    return client_of(create_app(app, workspace, lambda request: request.headers.get("x-actor", "nobody")))
