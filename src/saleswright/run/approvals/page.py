"""The pages of what waits for a decision: all of it in groups, and one request whole."""

from __future__ import annotations

from saleswright.kernel.chapter import Page
from saleswright.run.approvals.pages import decided, inbox, one

PAGES = (
    Page(
        "/inbox",
        "To approve",
        "inbox.html",
        inbox.build,
        "Run",
        "Inbox",
        "inbox",
        310,
        "own",
        alone=True,
        post=decided.post,
        count=inbox.count,
    ),
    Page(
        "/inbox/{id}",
        "Suggested changes",
        "request.html",
        one.build,
        "Run",
        policy="own",
        alone=True,
        post=decided.post,
    ),
)
