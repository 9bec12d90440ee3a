"""Does it look in a browser as it is meant to: on a desk, on a phone, in the dark, on paper?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Tab, quiet, wide
from tests.faces.web.test_colours import THEMES

Open = Callable[..., Tab]
PAGES = (
    "/",
    "/kpi/win_rate",
    "/kpi/new_deals",
    "/kpi/empty_rate",
    "/kpis",
    "/a",
    "/a/measure?metric=win_rate",
    "/nowhere",
)
REF = "win_rate@3f2a91;period=2026;scope=company;asof=2026-11-23;snap=r12.j0;cur=USD"


@pytest.mark.parametrize("path", [*PAGES, f"/n/{REF}"])
def test_pages_draw_without_a_complaint(tab: Open, path: str) -> None:
    one = tab()
    one.open(path)
    assert quiet(one) == []


@pytest.mark.parametrize("path", [*PAGES, f"/n/{REF}", f"/n/{REF}?tab=formula"])
def test_nothing_scrolls_sideways_on_a_phone(tab: Open, path: str) -> None:
    page = tab(430).open(path)
    assert wide(page) <= 430
    inner = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => getComputedStyle(e).overflowX !== 'visible' "
        "&& e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1).map(e => e.className)"
    )
    assert inner == []


def test_the_menu_opens_on_a_phone_without_scripts(tab: Open) -> None:
    one = tab(430, scripts=False)
    one.page.goto(one.base + "/")
    assert not one.page.locator(".rail nav").is_visible()
    one.page.locator("label.menu").click()
    assert one.page.locator(".rail nav").is_visible()
    assert wide(one.page) <= 430


def test_dark_is_a_swap_of_tokens(tab: Open) -> None:
    page = tab(dark=True).open("/kpi/win_rate")
    ground = "getComputedStyle(document.body).backgroundColor"
    rgb = "rgb({}, {}, {})".format(*(int(THEMES["dark"]["bg"][i : i + 2], 16) for i in (1, 3, 5)))
    assert page.evaluate(ground) == rgb
    drawn = page.locator("#members .plot svg").evaluate("e => e.outerHTML")
    page.locator("[data-set-theme=light]").click()
    assert page.evaluate(ground) == "rgb(244, 245, 247)"
    assert page.locator("#members .plot svg").evaluate("e => e.outerHTML") == drawn
    page.reload()
    assert page.evaluate(ground) == "rgb(244, 245, 247)"
    page.locator("[data-set-theme=system]").click()
    assert page.evaluate(ground) == rgb


def test_print_is_pages_of_paper(tab: Open, tmp_path: Path) -> None:
    one = tab(dark=True)
    page = one.open("/kpi/win_rate")
    page.emulate_media(media="print")
    assert not page.locator(".rail").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    made = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", made)) <= 3
    assert quiet(one) == []


def test_hostile_names_do_nothing(tab: Open, hostile_base: str) -> None:
    one = tab(at=hostile_base)
    for path in ("/kpi/win_rate", "/a/measure?metric=win_rate", "/find.json"):
        page = one.page
        page.goto(hostile_base + path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(150)
        assert page.evaluate("window.pwned") is None
    page = one.open("/kpi/win_rate")
    dots = page.locator("#members .mark-symbol path")
    for place in range(min(6, dots.count())):
        dots.nth(place).hover()
        page.wait_for_timeout(30)
    page.locator("#members .mark-symbol path").first.click()
    page.wait_for_selector("#drawer .number")
    assert page.evaluate("window.pwned") is None
    assert page.locator("main script:not([src]):not([type='application/json'])").count() == 0
    assert quiet(one) == []
