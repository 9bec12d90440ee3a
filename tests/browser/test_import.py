"""From a file on the desk to figures on the first screen and back, in a real browser, with scripts and without."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from saleswright.app import build
from saleswright.faces.web.app import create_app
from tests.browser.conftest import Tab, free_port, quiet, wide
from tests.faces.web.hostile import PAYLOADS

Open = Callable[..., Tab]
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


def test_drop_look_change_commit_and_take_back(tab: Open, site: str, tmp_path: Path) -> None:
    one = tab(at=site)
    page = one.page
    listen(page)
    page.goto(site + "/")
    page.click("text=Bring data in")
    page.set_input_files("#files", str(export(tmp_path / "Monday pipeline.csv", 90)))
    assert "Monday pipeline.csv" in page.locator("[data-chosen]").inner_text()
    page.click("text=Check the files")
    page.wait_for_url("**/data/import/*")
    page.wait_for_selector(".commit")
    assert "Nothing is written yet" in page.locator(".lede").inner_text()
    assert page.locator(".columns tbody tr").count() == 8
    page.locator("details summary", has_text="Edit as YAML").click()
    assert "Opportunity ID" in page.locator(".beneath pre").inner_text()
    page.locator("input[name=whole][value=yes]").check()
    # The attribute, not the mark: the server wrote this page.
    page.wait_for_selector("input[name=whole][value=yes][checked]")
    page.wait_for_function("document.activeElement && document.activeElement.name === 'whole'")
    assert page.evaluate("window.reports") == []
    page.click("button[value=commit]")
    page.wait_for_url("**/data/runs/1*")
    assert "Import 1 is in" in page.inner_text("h1")
    page.click("text=See the first screen")
    page.wait_for_selector(".strip")
    page.goto(site + "/data/import")
    page.click("a:has-text('Take back')")
    page.wait_for_selector("button:has-text('Take it back')")
    page.click("button:has-text('Take it back')")
    page.wait_for_selector("text=Undo this")
    page.goto(site + "/data/runs/1")
    assert "taken back" in page.locator(".lede").inner_text()
    page.goto(site + "/data/health")
    assert page.evaluate("window.reports") == []
    assert quiet(one) == []


def test_files_dropped_from_the_desk_and_rows_pasted(tab: Open, site: str) -> None:
    one = tab(at=site)
    page = one.page
    page.goto(site + "/data/import")
    rows = "Rep\\tManager\\nAnn\\tBo\\n"
    page.evaluate(
        f"""() => {{
          const data = new DataTransfer();
          data.items.add(new File(["{rows}"], "reps.tsv", {{ type: "text/plain" }}));
          document.querySelector("main").dispatchEvent(new DragEvent("drop", {{ dataTransfer: data, bubbles: true }}));
        }}"""
    )
    page.wait_for_url("**/data/import/*")
    page.wait_for_selector("h1:has-text('Import: reps.tsv')")
    page.goto(site + "/data/import")
    page.fill("#pasted", "Rep\tManager\nAnn\tBo\n")
    page.click("text=Check the rows")
    page.wait_for_url("**/data/import/*")
    page.wait_for_selector("h1:has-text('Import: pasted.tsv')")
    assert quiet(one) == []


def test_all_of_it_without_scripts(tab: Open, site: str, tmp_path: Path) -> None:
    page = tab(at=site, scripts=False).page
    page.goto(site + "/data/import")
    page.set_input_files("#files", [str(export(tmp_path / "deals.csv", 60))])
    page.click("text=Check the files")
    page.wait_for_selector(".commit", timeout=20_000)
    page.locator("input[name=whole][value=yes]").check()
    page.locator("button", has_text="Check again").last.click()
    page.wait_for_selector("input[name=whole][value=yes]:checked", timeout=20_000)
    page.click("button[value=commit]")
    page.wait_for_selector("h1:has-text('Import 1')", timeout=20_000)


@pytest.mark.parametrize("width", [430, 1440])
def test_pages_fit_and_draw_without_a_complaint(tab: Open, site: str, tmp_path: Path, width: int) -> None:
    one = tab(width, at=site)
    page = one.page
    listen(page)
    page.goto(site + "/data/import")
    assert wide(page) <= width
    page.set_input_files(
        "#files", [str(export(tmp_path / ("a very long name of an export " * 3 + ".csv"), 30, ("x" * 90,)))]
    )
    page.click("text=Check the files")
    page.wait_for_selector(".commit")
    places = [
        page.url.removeprefix(site),
        "/data/health",
        "/data/import",
        "/data/runs/1",
        "/a/import-undo?run=1",
        "/a/import-undo",
    ]
    for place in places:
        if place == "/data/health":
            page.click("button[value=commit]")
            page.wait_for_url("**/data/runs/1*")
            assert wide(page) <= width
        page.goto(site + place)
        assert wide(page) <= width, place
        unnamed = page.evaluate(
            "[...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]"
            ".filter(e => !(e.labels && e.labels.length) && !e.getAttribute('aria-label')).map(e => e.outerHTML)"
        )
        assert unnamed == [], place
    assert page.evaluate("window.reports") == [] and quiet(one) == []


def test_what_a_file_holds_is_shown_and_does_nothing(tab: Open, site: str, tmp_path: Path) -> None:
    one = tab(at=site)
    page = one.page
    listen(page)
    page.goto(site + "/data/import")
    hostile = tuple(text for text in PAYLOADS if "\x00" not in text)
    path = export(tmp_path / "<img src=x onerror=window.pwned=1>.csv", len(hostile) * 2, hostile)
    path.write_text(
        path.read_text(encoding="utf-8").replace("Legal Review", '"<script>window.pwned=1</script>"', 1),
        encoding="utf-8",
    )
    page.set_input_files("#files", str(path))
    page.click("text=Check the files")
    page.wait_for_selector(".commit")
    for _ in range(2):
        page.wait_for_timeout(100)
        assert page.evaluate("window.pwned") is None
        assert page.locator("main script:not([src]):not([type='application/json'])").count() == 0
        if page.url.endswith("done=yes"):
            break
        page.click("button[value=commit]")
        page.wait_for_url("**/data/runs/1*")
    for place in ("/data/import", "/data/health", "/"):
        page.goto(site + place)
        page.wait_for_timeout(100)
        assert page.evaluate("window.pwned") is None
    assert page.evaluate("window.reports") == [] and quiet(one) == []


def test_keys_reach_everything_on_the_page_of_an_import(tab: Open, site: str, tmp_path: Path) -> None:
    page = tab(at=site).page
    page.goto(site + "/data/import")
    page.set_input_files("#files", str(export(tmp_path / "deals.csv", 30)))
    page.click("text=Check the files")
    page.wait_for_selector(".commit")
    page.evaluate("document.querySelector('main').focus(); window.scrollTo(0, 0)")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        what = page.evaluate(
            "(e => e.tagName + ' ' + (e.name || e.textContent).trim().slice(0, 12) + ' ' + (e.value || ''))(document.activeElement)"
        )
        if what.startswith("BODY"):
            break
        reached.add(what)
        ring = page.evaluate("(e => [getComputedStyle(e).outlineStyle, e.matches('.sr')])(document.activeElement)")
        assert ring[0] != "none" or ring[1], what
    assert any(what.startswith("BUTTON do commit") for what in reached)
    assert any(what.startswith("BUTTON do cancel") for what in reached)
    assert any(what.startswith("INPUT whole") for what in reached)
    assert sum(what.startswith("SELECT") for what in reached) >= 8
    assert not any(what.startswith("BUTTON do check") for what in reached), "the hidden button is for Enter only"
