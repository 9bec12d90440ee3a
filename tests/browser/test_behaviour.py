"""Does it behave in a browser as it is meant to: drawer, keys, choices, with scripts and without?"""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Tab, quiet

Open = Callable[..., Tab]


def test_a_number_opens_in_the_drawer_and_closes(tab: Open) -> None:
    one = tab()
    page = one.open("/kpi/win_rate")
    before = page.locator("main .inner").bounding_box()["width"]
    page.locator(".lede a.fig").click()
    page.wait_for_selector("#drawer .number")
    assert "37.31%" in page.locator("#drawer").inner_text()
    drawer, main = page.locator("#drawer").bounding_box(), page.locator("main .inner").bounding_box()
    assert main["x"] + main["width"] <= drawer["x"] and main["width"] < before
    page.locator("#drawer .tabs a", has_text="Formula").click()
    page.wait_for_selector("#drawer dl.lines")
    page.keyboard.press("Escape")
    assert page.locator("#drawer > *").count() == 0
    assert page.evaluate("document.activeElement.className") == "fig"
    assert quiet(one) == []


def test_a_mark_of_a_chart_opens_its_number(tab: Open) -> None:
    page = tab().open("/kpi/win_rate")
    page.locator("#members .plot path[aria-roledescription], #members .mark-symbol path").first.click()
    page.wait_for_selector("#drawer .number")
    assert "Team East" in page.locator("#drawer h2").inner_text()


def test_a_refused_number_is_said_in_the_drawer(tab: Open) -> None:
    page = tab().open("/kpi/win_rate")
    page.evaluate(
        "const a = document.querySelector('.lede a.fig'); a.setAttribute('hx-get', '/n/none'); htmx.process(a);"
    )
    page.locator(".lede a.fig").click()
    page.wait_for_selector("#drawer .issue")


def test_a_figure_is_a_link_without_scripts(tab: Open) -> None:
    one = tab(scripts=False)
    one.page.goto(one.base + "/kpi/win_rate")
    assert one.page.locator("#members table").is_visible()
    one.page.locator(".lede a.fig").click()
    assert "/n/win_rate@" in one.page.url
    assert "Rows" in one.page.locator(".tabs").inner_text()


def test_choices_work_with_and_without_scripts(tab: Open) -> None:
    page = tab().open("/kpi/win_rate?asof=2026-10-01")
    page.locator("select[name=team]").select_option("Team West")
    page.wait_for_url("**team=Team*")
    assert "asof=2026-10-01" in page.url
    plain = tab(scripts=False)
    plain.page.goto(plain.base + "/kpi/win_rate")
    plain.page.locator("select[name=team]").select_option("Team West")
    plain.page.locator("form.ask button").click()
    assert "team=Team" in plain.page.url


def test_chart_and_table_are_two_views(tab: Open) -> None:
    page = tab().open("/kpi/win_rate")
    assert page.locator("#trend .plot svg").is_visible()
    assert not page.locator("#trend table").is_visible()
    page.locator(".seg[data-for=trend] button", has_text="Table").click()
    assert page.locator("#trend table").is_visible()
    assert not page.locator("#trend .plot").is_visible()
    # Too few months for limits; what there is to see is said in words.
    assert "Highest: " in page.locator("#trend .plot").get_attribute("aria-label")


def test_keys(tab: Open) -> None:
    one = tab()
    page = one.open("/kpi/win_rate")
    page.keyboard.press("Control+k")
    page.keyboard.type("new de")
    page.wait_for_selector("#palette li[aria-selected=true] a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kpi/new_deals")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "period"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "A"
    assert quiet(one) == []


def test_focus_can_be_seen(tab: Open) -> None:
    page = tab().open("/kpi/win_rate")
    seen = 0
    for _ in range(14):
        page.keyboard.press("Tab")
        ring = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e), l = e.closest('label');"
            "const p = l ? getComputedStyle(l) : s; return [s.outlineStyle, p.outlineStyle,"
            "parseFloat(s.outlineWidth), parseFloat(p.outlineWidth)]; })()"
        )
        assert (ring[0] != "none" and ring[2] >= 2) or (ring[1] != "none" and ring[3] >= 2), page.evaluate(
            "document.activeElement.outerHTML"
        )
        seen += 1
    assert seen == 14


def test_a_hover_tells_the_full_value(tab: Open) -> None:
    page = tab().open("/kpi/win_rate")
    assert "37.31%" in page.locator(".lede a.fig").get_attribute("title")
    page.locator("#members .mark-symbol path").first.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "43.40%" in page.locator("#vg-tooltip-element").inner_text()
