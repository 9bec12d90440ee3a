"""The pages of bringing data in: where files are dropped, what they would change, what came of it, and is it healthy."""

from __future__ import annotations

from saleswright.data.imports.pages import check, health, inbox, sources
from saleswright.kernel.chapter import Page

PAGES = (
    Page(
        "/data/import",
        "Bring data in",
        "sources.html",
        sources.build,
        "Data",
        "Sources",
        "sources",
        410,
        "writes",
        alone=True,
        post=sources.post,
        takes=inbox.fresh,
    ),
    Page(
        "/data/import/{token}",
        "Working on your files",
        "check.html",
        check.build,
        "Data",
        policy="writes",
        alone=True,
        slow=check.slow,
        post=check.post,
    ),
    Page("/data/import/{token}/rejected/{file}", "Rejected rows", "", check.rejected, policy="writes", alone=True),
    Page("/data/runs/{run}", "What did the import bring?", "run.html", sources.run_page, policy="writes", alone=True),
    Page("/data/runs/{run}/rejected/{file}", "Rejected rows", "", sources.run_rejected, policy="writes", alone=True),
    Page("/data/health", "Is the data fit to stand on?", "health.html", health.build, "Data", "Health", "health", 420),
)
