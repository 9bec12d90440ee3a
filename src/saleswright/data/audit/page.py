"""The pages of the log: what was done, one record whole, and what is handed to an auditor."""

from __future__ import annotations

from saleswright.data.audit.pages import log, one
from saleswright.kernel.chapter import Page

PAGES = (
    Page("/audit", "Who did what?", "audit.html", log.build, "Data", "Audit", "audit", 460, "writes", alone=True),
    Page("/audit/export/{what}", "The audit log as a file", "", log.export, "Data", policy="writes", alone=True),
    Page("/audit/{seq}", "One record", "record.html", one.build, "Data", policy="writes", alone=True),
)
