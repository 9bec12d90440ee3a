"""Does the page of the forecast hold in a browser: on a desk, on a phone, in the dark and without scripts?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from saleswright.app import build
from saleswright.faces.web.app import create_app
from tests.browser.conftest import Tab, free_port, quiet, wide
from tests.measure.forecast.seeds import drawn
from tests.measure.forecast.show.company import FRIDAY, company

Open = Callable[..., Tab]
PAGE = f"/forecast?asof={FRIDAY}"


@pytest.fixture(scope="module")
def site(vendor: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A company of two exports, served."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", f"{FRIDAY}T18:00:00+00:00")
        made, app, port = company(tmp_path_factory.mktemp("forecast"), drawn(), 240), build(), free_port()
        api = create_app(app, app.open_workspace(made.root))
        server = uvicorn.Server(uvicorn.Config(api, port=port, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(5)


def opened(tab: Open, site: str, path: str = PAGE, **given: object) -> Tab:
    one = tab(at=site, **given)
    one.page.set_default_timeout(120_000)
    one.page.set_default_navigation_timeout(120_000)
    one.open(path)
    return one


@pytest.mark.parametrize("dark", [False, True])
def test_it_draws_without_a_complaint(tab: Open, site: str, dark: bool) -> None:
    one = opened(tab, site, dark=dark)
    assert quiet(one) == []
    bars = one.page.locator("#lands svg rect")
    assert bars.count() > 10 and one.page.locator("#bridge .plot svg").bounding_box()["height"] > 200


def test_nothing_scrolls_sideways_on_a_phone(tab: Open, site: str) -> None:
    page = opened(tab, site, width=430).page
    assert wide(page) <= 430
    beyond = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getClientRects().length && !e.closest('.sr')"
        " && e.getBoundingClientRect().right > 431).map(e => e.outerHTML.slice(0, 90))"
    )
    assert beyond == []


def test_a_line_of_the_bridge_lists_its_deals(tab: Open, site: str) -> None:
    page = opened(tab, site).page
    page.locator("#moved .lines a", has_text="New deals").click()
    page.wait_for_url("**line=new**")
    assert page.locator("#line tbody tr").count() == 6
    assert page.locator("#moved .lines a[aria-current]").inner_text().startswith("New deals")


def test_without_scripts_every_part_is_there(tab: Open, site: str) -> None:
    page = tab(at=site, scripts=False).page
    page.goto(f"{site}{PAGE}", timeout=120_000)
    for part in ("#lands", "#moved", "#months", "#by", "#next", "#basis", "#why"):
        assert page.locator(part).is_visible(), part
    assert page.locator("#bridge table").is_visible()
