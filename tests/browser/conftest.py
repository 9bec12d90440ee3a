"""A real browser on the toy product, served on a free port of this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from saleswright.faces.web import bundle
from saleswright.faces.web.app import create_app
from tests.conftest import lacking
from tests.faces.web import toy_web
from tests.faces.web.hostile import PAYLOADS

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@dataclass
class Tab:
    """One page of the browser, and everything it complained about."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Go there and wait until the charts stand."""
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_function("[...document.querySelectorAll('.chart')].every(c => c.dataset.drawn === 'yes')")
        return self.page


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


def serve(pond: toy_web.Pond, root: Path) -> tuple[uvicorn.Server, threading.Thread, str]:
    app, workspace, _ = toy_web.make(pond, root)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(app, workspace), port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    return server, thread, f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def vendor() -> None:
    """The browser's libraries, made when they are not there."""
    if not bundle.complete():
        try:
            bundle.make()
        except ImportError as error:
            lacking(f"the chart bundle is not made and cannot be: {error}")


@pytest.fixture(scope="session")
def base(vendor: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server, thread, address = serve(toy_web.Pond(), tmp_path_factory.mktemp("pond"))
    yield address
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def hostile_base(vendor: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pond = toy_web.Pond({name: (3 + place % 5, 9 + place) for place, name in enumerate(PAYLOADS)})
    server, thread, address = serve(pond, tmp_path_factory.mktemp("hostile"))
    yield address
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def chromium(need: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = need("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        lacking("playwright is not installed: uv sync --group dev")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(path), headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Any, base: str) -> Iterator[Callable[..., Tab]]:
    """`tab(width=430, dark=True)`: a fresh page; complaints of its console are collected."""
    opened = []

    def make(width: int = 1440, dark: bool = False, at: str = base, scripts: bool = True) -> Tab:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        opened.append(context)
        made = Tab(context.new_page(), at)
        made.page.on("console", lambda m: made.complaints.append(m.text) if m.type in ("error", "warning") else None)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        return made

    yield make
    for context in opened:
        context.close()


def wide(page: Any) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found


def quiet(tab: Tab) -> list[str]:
    """Complaints, without the browser's own note that a page we asked for is not there."""
    return [text for text in tab.complaints if "status of 4" not in text]
