"""An empty workspace in a browser, and exports to drop on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from saleswright.app import build
from saleswright.faces.web.app import create_app
from tests.browser.conftest import free_port

HEAD = "Opportunity ID,Opportunity Name,Stage,Amount,Close Date,Created Date,Opportunity Owner,Legal Review"


def export(path: Path, count: int, names: tuple[str, ...] = ()) -> Path:
    rows = [HEAD]
    for i in range(count):
        made = date(2026, 1, 5) + timedelta(days=i % 90)
        name = names[i % len(names)] if names else f"Deal {i}"
        name = '"' + name.replace('"', '""') + '"'
        stage = ("Closed Won", "Closed Lost", "Proposal")[i % 3]
        rows.append(f"0068W{i:010},{name},{stage},{1000 + i}.50,{made + timedelta(days=40)},{made},Rep {i % 4},")
    rows.append("0068W0000009001,Bad one,Proposal,85k,2026-12-01,2026-03-01,Rep 1,")
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def site(vendor: None, tmp_path: Path) -> Iterator[str]:
    """An empty workspace, served."""
    folder = tmp_path / "company"
    app = build()
    app.call(None, "init", {"folder": str(folder)})
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(create_app(app, app.open_workspace(folder)), port=port, log_level="error", lifespan="on")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)


def listen(page: Any) -> None:
    """Note whatever the content policy refuses."""
    page.add_init_script(
        "window.reports = []; document.addEventListener('securitypolicyviolation',"
        " e => window.reports.push(e.violatedDirective + ' ' + e.blockedURI));"
    )
