"""Does the review hold in a browser: on a desk, on a phone, in the dark, on paper, by keyboard and without scripts?"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from saleswright.app import build
from saleswright.faces.web.app import create_app
from tests.browser.conftest import Tab, free_port, quiet, wide
from tests.faces.web import review_made as made
from tests.faces.web.hostile import PAYLOADS

Open = Callable[..., Tab]
MONDAY = "asof=2026-11-23"
PATHS = (f"/review?{MONDAY}", f"/review/scrub?{MONDAY}&owners=all", f"/review/rep/person_sf_0?{MONDAY}")


@pytest.fixture(scope="module")
def parts() -> Iterator[made.Made]:
    with pytest.MonkeyPatch.context() as patched:
        given = made.Made()
        given.give(patched)
        yield given


@pytest.fixture(scope="module")
def site(vendor: None, parts: made.Made, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small record, served, with a made-up review on it."""
    folder = tmp_path_factory.mktemp("review")
    rows = ["Opportunity ID,Opportunity Name,Stage,Amount,Close Date,Created Date,Opportunity Owner"]
    rows += [f"0068W{i:010},Deal {i},{('Closed Won', 'Proposal')[i % 2]},{1000 + i},2026-12-0{i % 9 + 1},2026-03-01,Rep {i % 3}"
             for i in range(30)]  # fmt: skip
    (folder / "deals.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    app = build()
    app.call(None, "init", {"folder": str(folder / "ws"), "from": str(folder / "deals.csv")})
    port = free_port()
    config = uvicorn.Config(create_app(app, app.open_workspace(folder / "ws")), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    for _ in range(200):
        if server.started:
            break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)


@pytest.mark.parametrize(("path", "dark"), [*((path, False) for path in PATHS), (PATHS[0], True)])
def test_it_draws_without_a_complaint(tab: Open, site: str, path: str, dark: bool) -> None:
    one = tab(at=site, dark=dark)
    one.open(path)
    assert quiet(one) == []


@pytest.mark.parametrize("path", PATHS)
def test_nothing_scrolls_sideways_on_a_phone(tab: Open, site: str, path: str) -> None:
    page = tab(430, at=site).open(path)
    assert wide(page) <= 430
    inner = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflowX !== 'visible' "
        "&& e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1).map(e => e.className)"
    )
    assert inner == []
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getClientRects().length && !e.closest('.sr')"
        " && e.getBoundingClientRect().right > 431).map(e => e.outerHTML.slice(0, 90))"
    )
    assert beyond == []


def test_a_phone_has_a_deal_of_three_people_and_a_bridge_on_its_side(tab: Open, site: str) -> None:
    page = tab(430, at=site).open(f"/review?{MONDAY}")
    assert page.locator(".glance .one").count() == 3 and page.locator(".glance .one").first.is_visible()
    assert not page.locator("table.people").is_visible() and page.locator(".strip.quick").is_visible()
    bars = page.locator("#bridge .plot svg").bounding_box()
    assert bars["height"] > 200 and bars["width"] < 402
    lines = page.locator("#bridge .plot svg text", has_text="Pulled in").bounding_box()
    assert lines["x"] < 60
    page.locator(".glance a", has_text="All reps").click()
    page.wait_for_url("**/review/scrub**")
    assert page.locator(".glance .links li").count() == 40


def test_a_click_swaps_the_fixes_and_the_address(tab: Open, site: str, parts: made.Made) -> None:
    one = tab(at=site)
    page = one.open(f"/review?{MONDAY}")
    parts.calls.clear()
    page.locator(".people tbody a").nth(3).click()
    page.wait_for_selector(".people tbody tr:nth-child(4).current")
    assert "owner=" in page.url and MONDAY in page.url
    page.locator(".pills a", has_text="Silent").click()
    page.wait_for_selector(".pills a[aria-current]:has-text('Silent')")
    assert not parts.calls
    chosen = page.locator(".whose b").inner_text()
    assert page.locator("#bridge .plot svg").is_visible()
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.locator(".whose b").inner_text() == chosen
    assert page.locator(".pills a[aria-current]").inner_text().startswith("Silent")
    assert quiet(one) == []


def test_the_message_is_copied_as_plain_text(tab: Open, site: str) -> None:
    one = tab(at=site)
    page = one.open(f"/review?{MONDAY}")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("#scrub button[data-copy-from]")
    name = button.inner_text().removeprefix("Copy message to ")
    button.click()
    page.wait_for_selector("#scrub button[data-copy-from]:has-text('Copied')")
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"Hi {name},\n\n")


def test_amount_deals_and_table_are_three_views(tab: Open, site: str) -> None:
    page = tab(at=site).open(f"/review?{MONDAY}")
    amounts, deals = page.locator("#bridge .plot"), page.locator("#bridge-deals .plot")
    assert amounts.is_visible() and not deals.is_visible()
    page.locator(".seg[data-for=bridge] button", has_text="Deals").click()
    assert deals.is_visible() and not amounts.is_visible()
    page.wait_for_timeout(200)
    assert page.locator("#bridge-deals .plot svg").bounding_box()["width"] > 600
    page.locator(".seg[data-for=bridge] button", has_text="Table").click()
    assert page.locator("#bridge table").is_visible() and not deals.is_visible() and not amounts.is_visible()
    page.locator(".seg[data-for=bridge] button", has_text="Amount").click()
    assert amounts.is_visible() and not page.locator("#bridge table").is_visible()


def test_everything_is_there_without_scripts(tab: Open, site: str) -> None:
    page = tab(at=site, scripts=False).page
    page.goto(f"{site}/review?{MONDAY}")
    assert page.locator("#bridge table").is_visible() and page.locator("#number .ranges svg").first.is_visible()
    page.locator(".people tbody a").nth(2).click()
    assert "owner=" in page.url and page.locator(".people tr.current").count() == 1
    page.locator("#scrub summary").click()
    assert page.locator(".rules table").is_visible()
    assert page.locator("a.no-js", has_text="Message to").is_visible()


def test_people_are_walked_by_keys(tab: Open, site: str) -> None:
    page = tab(at=site).open(f"/review?{MONDAY}")
    for _ in range(40):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.id === 'who-2'"):
            break
    else:
        raise AssertionError("no key led to the second person")
    ring = page.evaluate("getComputedStyle(document.activeElement.closest('tr')).outlineStyle")
    assert ring == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector(".people tbody tr:nth-child(2).current")
    assert page.evaluate("document.activeElement.id") == "who-2"


@pytest.mark.parametrize(("path", "most"), [(PATHS[0], 5), (PATHS[2], 4)])
def test_print_is_pages_of_paper(tab: Open, site: str, tmp_path: Path, path: str, most: int) -> None:
    one = tab(at=site, dark=True)
    page = one.open(path)
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible() and not page.locator("#scrub .pills").is_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) <= most
    assert quiet(one) == []


def test_hostile_names_do_nothing(tab: Open, site: str, parts: made.Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "scrub", made.scrub(names=PAYLOADS, people=len(PAYLOADS)))
    monkeypatch.setattr(parts, "roll", made.roll(names=PAYLOADS))
    one = tab(at=site)
    for path in ("/review?asof=2026-11-24", "/review/rep/person_sf_3?asof=2026-11-24"):
        page = one.open(path)
        page.wait_for_timeout(150)
        assert page.evaluate("window.pwned") is None
    page = one.open("/review?asof=2026-11-24")
    page.locator(".people tbody a").nth(5).click()
    page.wait_for_selector(".people tbody tr:nth-child(6).current")
    assert page.evaluate("window.pwned") is None
    assert quiet(one) == []


def test_text_has_contrast_on_its_ground(tab: Open, site: str) -> None:
    """Every text of the page against the ground it stands on, light and dark: at least 4.5 to 1."""
    for dark in (False, True):
        page = tab(at=site, dark=dark).open(f"/review?{MONDAY}")
        poor: Any = page.evaluate(_CONTRAST)
        assert poor == []


_CONTRAST = """() => {
  const lum = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const rgb = t => (t.match(/[\\d.]+/g) || []).map(Number);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const e of document.querySelectorAll('main *')) {
    if (e.closest('svg, .sr, [hidden], textarea') || !e.getClientRects().length || getComputedStyle(e).opacity === '0') continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
  }
  return [...found];
}"""
