"""Can what waits be decided in a browser: by keyboard, in a batch, without scripts, on a phone, and nothing by accident?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import select

from saleswright.data.audit import CHAPTER as AUDIT
from saleswright.data.audit.page import PAGES as AUDIT_PAGES
from saleswright.faces.web.app import create_app
from saleswright.kernel.change import Shift
from saleswright.kernel.journal import Journal, open_journal
from saleswright.kernel.journal.tables import decision, effect, line
from saleswright.lib.money import Money
from tests.browser.conftest import Tab, free_port, quiet, wide
from tests.browser.importing import listen
from tests.faces.web import toy_door
from tests.faces.web.hostile import PAYLOADS
from tests.kernel.door.garden import Garden

Open = Callable[..., Tab]
REF = "won_value@3f2a91;scope=company;asof=2026-11-23;snap=r1.j0;cur=USD"
SHIFT = Shift("won_value", "Won", "money", Money(1_000_000, "USD"), Money(1_250_000, "USD"), REF)
NAMES = ("east-1", "east-2", "east-3", "west-1", "west-2", "west-3")
LONG = "The Very Long Incorporated Company of Merchant Adventurers " * 3 + "X" * 90


class Site:
    """The garden, served, with its journal beside it."""

    def __init__(self, root: Path) -> None:
        self.garden, _ = toy_door.make(root)
        chapter = replace(AUDIT, actions=(), pages=AUDIT_PAGES)
        self.garden.app = replace(self.garden.app, chapters=(*self.garden.app.chapters, chapter))
        port = free_port()
        api = create_app(self.garden.app, self.garden.workspace)
        self.server = uvicorn.Server(uvicorn.Config(api, port=port, log_level="error"))
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        for _ in range(200):
            if self.server.started:
                break
            time.sleep(0.02)
        self.base = f"http://127.0.0.1:{port}"

    @property
    def journal(self) -> Journal:
        found = open_journal(self.garden.workspace)
        assert found is not None
        return found

    @property
    def verdicts(self) -> list[tuple[int, str, str]]:
        """Every decision: of which request, what, why."""
        with self.journal.read() as con:
            asked = select(decision.c.request, decision.c.verdict, decision.c.reason).order_by(decision.c.id)
            return [(row.request, row.verdict, row.reason) for row in con.execute(asked)]

    def doubtful(self, number: int) -> None:
        """What was approved of this request went out, and nobody knows whether it arrived."""
        with self.journal.write("outbox") as w:
            w.con.execute(effect.update().where(effect.c.request == number).values(state="in_doubt", said="no answer"))

    def applied(self, number: int) -> None:
        with self.journal.write("outbox") as w:
            w.con.execute(line.update().where(line.c.request == number).values(state="applied"))


@pytest.fixture
def site(vendor: None, tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.server.should_exit = True
    made.thread.join(5)


def heard(one: Tab) -> list[str]:
    """Every address the page asks for, from now on."""
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    return asked


def current(page: Any) -> str:
    """The request that the keys are for."""
    return str(page.evaluate("document.querySelector('.request.current')?.dataset.request ?? ''"))


def told(page: Any) -> str:
    """The page that says what became of it, once its keys are there: it is focused when they are."""
    page.wait_for_selector("[data-outcomes]:focus")
    return str(page.locator("[data-outcomes]").inner_text())


def shown(page: Any, path: str) -> Any:
    page.goto(path, wait_until="load")
    return page


def test_all_of_it_by_keys(tab: Open, site: Site) -> None:
    for name in NAMES[:4]:
        toy_door.ask(site.garden, name)
    one = tab(at=site.base)
    listen(one.page)
    asked = heard(one)
    page = shown(one.page, site.base + "/inbox")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    keys = page.locator("#help").inner_text()
    assert all(
        words in keys for words in ("next and previous request", "select it", "approve it", "refuse it", "open it")
    )
    page.keyboard.press("a")  # nothing is decided behind an open dialog
    page.keyboard.press("Escape")
    page.keyboard.press("a")  # nor without a request to decide
    moves = [(page.keyboard.press(key), current(page))[1] for key in ("j", "j", "k", "k", "j", "j", "j", "j")]
    assert moves == ["1", "2", "1", "1", "2", "3", "4", "4"]
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/3")
    page.go_back()
    page.wait_for_load_state("load")
    assert site.verdicts == []
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("a")
    assert "Set heights" in told(page) and site.verdicts == [(2, "yes", "")]
    site.applied(2)
    site.garden.record["plant", "east-2", "height"] = 9
    page.keyboard.press("j")
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.name") == "reason-1"
    page.keyboard.type("ajkrux")
    assert site.verdicts == [(2, "yes", "")] and current(page) == "1", "a key fired while somebody typed"
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-outcomes]:has-text('ajkrux')")
    assert site.verdicts[1:] == [(1, "no", "ajkrux")]
    page.go_back()
    page.wait_for_load_state("load")
    page.reload()
    page.keyboard.press("u")
    page.wait_for_selector("[data-outcomes]:has-text('asked to be taken back')")
    assert "takes back 2" in page.content()
    assert page.evaluate("window.reports") == [] and quiet(one) == []
    assert all(url.startswith(site.base) for url in asked) and len(asked) > 20


def test_a_batch_is_marked_by_keys_and_decided_in_one_go(tab: Open, site: Site) -> None:
    for name in NAMES:
        toy_door.ask(site.garden, name)
    one = tab(at=site.base)
    page = shown(one.page, site.base + "/inbox")
    assert not page.locator("[data-batch]").is_visible()
    for key in ("j", "x", "j", "j", "x", "j", "x", "x"):
        page.keyboard.press(key)
    assert "2 selected" in page.locator("[data-batch]").inner_text()
    page.keyboard.press("a")
    assert told(page).count("Approved.") == 2 and {(n, v) for n, v, _ in site.verdicts} == {(1, "yes"), (3, "yes")}
    page.locator("[data-all]").check()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_selector("[data-batch] input[name=reason]:focus")
    page.keyboard.press("Enter")
    # Without a reason nothing is refused, and the page says so.
    page.wait_for_selector("[data-outcomes] li.undone:nth-child(4)")
    told(page)
    page.locator("[data-all]").check()
    page.locator("[data-batch] input[name=reason]").fill("not now")
    page.locator("[data-refuse-all]").click()
    page.wait_for_selector("text=Nothing waits for you: no rule")
    assert [v for v in site.verdicts if v[1] == "no"] == [(n, "no", "not now") for n in (2, 4, 5, 6)]
    assert quiet(one) == []


def test_all_of_it_without_scripts(tab: Open, site: Site) -> None:
    for name in NAMES[:5]:
        toy_door.ask(site.garden, name)
    page = tab(at=site.base, scripts=False).page
    page.goto(site.base + "/inbox")
    page.locator("article[data-request='1'] [data-yes]").click()
    assert "Approved." in page.locator("[data-outcomes]").inner_text()
    page.locator("article[data-request='2'] summary").click()
    page.locator("input[name=reason-2]").fill("not now")
    page.locator("button[name=no][value='2']").click()
    assert "Refused: not now." in page.locator("[data-outcomes]").inner_text()
    for number in (3, 4):
        page.locator(f"input[name=id][value='{number}']").check()
    page.locator("[data-approve-all]").click()
    assert page.locator("[data-outcomes] .done").count() == 2
    page.locator("article[data-request='5'] a[data-open]").click()
    page.locator("input[name=reason-5]").fill("no")
    page.locator("[data-refuse]").click()
    assert [v[:2] for v in site.verdicts] == [(1, "yes"), (2, "no"), (3, "yes"), (4, "yes"), (5, "no")]
    assert not page.locator(".js-only").first.is_visible()


def filled(garden: Garden) -> None:
    """Requests with all a page can show: long names, many figures, a line that has moved, one that goes out unconfirmed."""
    garden.shifts = (
        SHIFT,
        replace(SHIFT, label=LONG),
        replace(SHIFT, name="share", unit="share", before=0.37, after=0.3699),
    )
    garden.record["plant", LONG, "height"] = LONG
    toy_door.ask(garden, *NAMES, LONG, title=LONG, reason=LONG)
    toy_door.ask(garden, "east-1", title="Set one height", new=8)
    toy_door.ask(garden, "east-2", new=8)


def test_pages_fit_a_phone_and_a_desk_and_everything_has_a_name(tab: Open, site: Site) -> None:
    filled(site.garden)
    one = tab(at=site.base)
    listen(one.page)
    page = shown(one.page, site.base + "/inbox/3")
    page.locator("[data-yes]").click()
    told(page)
    site.doubtful(3)
    site.garden.record["plant", "east-1", "height"] = 77
    with site.journal.write(LONG) as w:
        last = w.record(
            "decided", "request:1", {"reason": LONG, "lines": [{"subject": LONG, "old": LONG, "new": LONG}]}
        )
    pages = ("/inbox", "/inbox/1", "/audit", f"/audit/{last}", "/inbox/2", "/inbox/3")
    for width, dark, paths in ((430, False, pages), (1440, True, pages[:4])):
        one = tab(width, dark=dark, at=site.base)
        listen(one.page)
        for path in paths:
            page = shown(one.page, site.base + path)
            cut = page.evaluate(
                "[...document.querySelectorAll('main *')].filter(e => !e.closest('.sr') && e.clientWidth > 1"
                " && getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
            )
            beyond = page.evaluate(
                "[...document.querySelectorAll('main .card *')].filter(e => !e.closest('.sr') && e.getClientRects().length"
                " && e.getBoundingClientRect().right > e.closest('.card').getBoundingClientRect().right + 1)"
                ".map(e => e.outerHTML.slice(0, 120))"
            )
            assert (cut, beyond) == ([], []), (path, width)
            assert wide(page) <= width, (path, width)
            assert page.evaluate(NAMELESS) == [], (path, width)
            assert page.evaluate(POOR) == [], (path, width)
        assert page.evaluate("window.reports") == [] and quiet(one) == []


def test_what_is_focused_can_be_seen(tab: Open, site: Site) -> None:
    toy_door.ask(site.garden, "east-1")
    toy_door.ask(site.garden, "west-1", title="Other heights")
    page = shown(tab(at=site.base).page, site.base + "/inbox")
    page.evaluate("document.querySelector('main').focus()")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen, name = page.evaluate(
            "(e => { const s = getComputedStyle(e); return [(s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)"
            " || e.matches('.request.current'), e.tagName + ' ' + (e.name || e.id || '')]; })(document.activeElement)"
        )
        if name.startswith("BODY"):
            break
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        reached.add(name.strip())
    assert {"BUTTON yes", "INPUT id", "SUMMARY"} <= reached and "BUTTON do" not in reached


def test_hostile_text_in_a_request_does_nothing(tab: Open, site: Site) -> None:
    for n, payload in enumerate(PAYLOADS[::9]):
        toy_door.ask(site.garden, NAMES[n % 6], new=20 + n, title=payload, reason=payload)
    one = tab(at=site.base)
    listen(one.page)
    for path in ("/inbox", "/inbox/1", "/audit"):
        page = shown(one.page, site.base + path)
        page.wait_for_timeout(60)
        assert page.evaluate("window.pwned") is None
        assert page.locator("main script:not([src]):not([type='application/json'])").count() == 0
    page = shown(one.page, site.base + "/inbox")
    page.keyboard.press("j")
    page.keyboard.press("a")
    told(page)
    assert page.evaluate("window.pwned") is None and page.evaluate("window.reports") == [] and quiet(one) == []


# Buttons, links and fields without words that a screen reader could say.
NAMELESS = """() => [...document.querySelectorAll(
    'main a[href], main button, main input:not([type=hidden]), main summary, main select')]
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim()
    || (e.labels && [...e.labels].some(l => l.textContent.trim()))))
  .map(e => e.outerHTML.slice(0, 160))"""

# Texts whose contrast with the ground they stand on is below 4.5 to 1.
POOR = """() => {
  const lum = c => {
    const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
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
    if (e.closest('.sr, [hidden]') || !e.getClientRects().length) continue;
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = lum(rgb(getComputedStyle(e).color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${e.tagName}.${e.className} ${ratio.toFixed(2)} ${e.textContent.slice(0, 30)}`);
  }
  return [...found];
}"""
