"""Do the made pages say what the code says, and is a stale one found?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from saleswright.faces import docs
from tests.faces import toy


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    required: bool = False
    unused: str = ""


TABLES = {"plant": (Field("id", "text", True), Field("height", "number|none"))}


def test_every_action_definition_case_and_table_has_its_words() -> None:
    pages = docs.pages(toy.build(), TABLES)
    assert sorted(pages) == ["README.md", "envelope.md", "greenhouse.md", "shed.md", "tables.md"]
    page = pages["greenhouse.md"]
    for text in (
        "# Greenhouse",
        "What grows here, and why.",
        "## grow",
        "`saleswright grow PLANT [OPTIONS]`",
        "A longer word on growing.",
        "| `--where` | pairs |  | Only rows where a field has a value. |",
        "| `--chart` | flag | on | Draw a chart. |",
        "| `PLANT` | choice | required | The plant to ask about. |",
        "saleswright grow fern --by bed",
        "## Shipped definitions: size",
        "How tall is it, from the soil to the tip?",
        "| `aliases` | `tallness`, `stature` |",
        "| `exclude` | when: unknown, why: nobody \\| measured it |",
        "### Example: one fern",
        "A fern of two leaves.",
        "  leaves: 2",
    ):
        assert text in page, text
    assert "saleswright wilt\n" not in page
    assert "| id | text | yes |" in pages["tables.md"]
    assert "number\\|none" in pages["tables.md"]
    assert "unused" not in pages["tables.md"]
    assert '"saleswright/1"' in pages["envelope.md"]
    assert "[`import undo`](shed.md#import-undo): Take an import back." in pages["README.md"]


def test_every_link_of_the_contents_leads_to_a_heading() -> None:
    pages = docs.pages(toy.build())
    links = re.findall(r"\]\(([^)#]+)#?([^)]*)\)", pages["README.md"])
    assert len(links) > 5
    for name, anchor in links:
        headings = [line.strip("# ").replace(" ", "-") for line in pages[name].splitlines() if line.startswith("## ")]
        assert not anchor or anchor in headings


def test_written_pages_are_fresh_and_writing_twice_changes_nothing(tmp_path: Path) -> None:
    app = toy.build()
    folder = tmp_path / "reference"
    assert len(docs.write(app, folder, TABLES)) == 5
    assert docs.check(app, folder, TABLES) == []
    assert docs.write(app, folder, TABLES) == []


def test_stale_missing_and_left_over_pages_are_issues(tmp_path: Path) -> None:
    app = toy.build()
    folder = tmp_path / "reference"
    docs.write(app, folder)
    (folder / "own.md").write_text("# Written by hand\n", encoding="utf-8")
    (folder / "gone.md").write_text(docs.MADE + "\n", encoding="utf-8")
    (folder / "shed.md").unlink()
    page = folder / "greenhouse.md"
    page.write_text(page.read_text(encoding="utf-8").replace("## grow", "## grew"), encoding="utf-8")
    found = docs.check(app, folder)
    line = page.read_text(encoding="utf-8").splitlines().index("## grew") + 1
    assert [(issue.where, issue.code) for issue in found] == [
        (f"reference/greenhouse.md:{line}", "stale-page"),
        ("reference/shed.md", "stale-page"),
        ("reference/gone.md", "stale-page"),
    ]
    assert {path.name for path in docs.write(app, folder)} == {"greenhouse.md", "shed.md", "gone.md"}
    assert docs.check(app, folder) == []
    assert (folder / "own.md").is_file()


def test_a_new_chapter_appears_without_a_change_to_the_face(tmp_path: Path) -> None:
    app = toy.build()
    wider = replace(app, chapters=(*app.chapters, replace(toy.SHED, name="barn", title="Barn")))
    assert "# Barn" in docs.pages(wider)["barn.md"]
