"""How does data come in? From files, whole or not at all, with every guess shown and every import undoable.

**Question.** What is in this export, can it be trusted, and what would it change?

**Rule.** rows read = new + changed + unchanged + rejected. A change of the past is a correction, and both versions stay
reachable. Taking an import back gives the record it found.

**Worked example.** A CSV of 8,800 deals with no currency column is read in the workspace's currency, which is said aloud;
1,480 rows name a product GTXPro that the product list calls GTX Pro: a line in the mapping joins them, and removing that
line takes it back.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.data.imports.actions import check, import_, import_undo, rate, rebuild
from saleswright.data.imports.pages import PAGES
from saleswright.kernel.chapter import Chapter

CHAPTER = Chapter(
    name="imports",
    group="Data",
    title="Sources",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(import_, import_undo, rate, rebuild, check),
    pages=PAGES,
)
