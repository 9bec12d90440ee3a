"""What a file or an address may hold that means harm: it is shown as it is, or leads nowhere."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path

import pytest

from tests.faces.web.conftest import Client
from tests.faces.web.dropping import client, commit, deals, drop, folder
from tests.faces.web.hostile import PAYLOADS

__all__ = ["client", "folder"]


@pytest.mark.parametrize(
    "payload", ["<script>window.pwned=1</script>", '"><img src=x onerror=window.pwned=1>', "{{ 7*7 }}"]
)
def test_headers_and_cells_are_data(client: Client, payload: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Opportunity ID", "Opportunity Name", "Stage", "Amount", "Close Date", payload])
    for i, hostile in enumerate([payload, *PAYLOADS]):
        stage, day = hostile if i == 5 else "Proposal", hostile if i == 3 else "2026-12-01"
        writer.writerow([f"id{i}", hostile, stage, 100, day, hostile])
    path = drop(client, (f"{payload}.csv", out.getvalue().encode()))
    page = client.get(path).text
    if payload != "{{ 7*7 }}":
        assert payload not in page
    assert "<script>window" not in page and "<img src=x" not in page
    assert "49" not in re.findall(r"<th[^>]*>([^<]*)</th>", page)
    assert html.escape(payload).split("&")[0] in page
    assert client.get(commit(client, path)).status_code == 200
    for there in ("/data/import", "/data/health", "/"):
        shown = client.get(there).text
        assert "<script>window" not in shown and "<img src=x" not in shown


def test_old_drops_are_swept_and_foreign_tokens_lead_nowhere(
    client: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-01T09:00:00+00:00")
    old = drop(client, ("deals.csv", deals(9)))
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-02T08:00:00+00:00")
    drop(client, ("deals.csv", deals(9)))
    assert client.get(old).status_code == 200
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-02T10:00:00+00:00")
    drop(client, ("deals.csv", deals(9)))
    assert client.get(old).status_code == 404
    (folder / ".saleswright" / "inbox" / ("x" * 32)).symlink_to(folder)
    for token in ("x" * 32, "..%2F..", "short", "%2e%2e", "a" * 65):
        assert client.get(f"/data/import/{token}").status_code == 404
    for run in ("0", "99", "x", "1" * 20, "-1"):
        assert client.get(f"/data/runs/{run}").status_code == 404
