"""Write the reference pages, or prove that they are fresh."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Note, Report


@action(effect="apply", alone=True, title="Docs")
def docs(
    desk: Desk,
    to: Annotated[str, Arg("path", "the folder of the pages")] = "docs/reference",
    check: Annotated[bool, Arg("flag", "write nothing; fail when a page is stale")] = False,
) -> Report:
    """Write the reference: every command, metric, table and form, made from the code and the definitions."""
    from saleswright.faces.docs import check as stale_pages
    from saleswright.faces.docs import write
    from saleswright.history.authored import types, widened
    from saleswright.history.schema import standard

    tables = {name: entity.fields for name, entity in widened(standard(), types()).items()}
    folder = Path(to)
    if check:
        issues = tuple(stale_pages(desk.app, folder, tables))
        text = "Every page is fresh." if not issues else f"{len(issues)} pages are stale."
        return Report("Are the pages fresh?", [Note(text)], issues=issues, exit_code=1 if issues else 0, changed=0)
    touched = write(desk.app, folder, tables)
    return Report(
        "Reference pages", [Note(f"{len(touched)} pages written in {folder.as_posix()}.")], changed=len(touched)
    )
