"""Do the pages of bringing data in fit, and can they be used by keys alone?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.conftest import Tab, quiet, wide
from tests.browser.importing import export, listen, site

__all__ = ["site"]

Open = Callable[..., Tab]


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
