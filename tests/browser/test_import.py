"""From a file on the desk to figures on the first screen and back, in a real browser, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.browser.conftest import Tab, quiet
from tests.browser.importing import export, listen, site
from tests.faces.web.hostile import PAYLOADS

__all__ = ["site"]

Open = Callable[..., Tab]


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
