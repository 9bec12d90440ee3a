"""The pages of the Monday review: the whole on one page, the fixes alone, and what one person has to fix."""

from __future__ import annotations

from saleswright.kernel.chapter import Page
from saleswright.measure.review.pages.rep import rep
from saleswright.measure.review.pages.review import fixes, review

PAGES: tuple[Page, ...] = (
    Page("/review", "Monday review", "review.html", review, "Measure", "Review", "review", 2),
    Page("/review/scrub", "Which deals need a fix?", "fixes.html", fixes),
    Page("/review/rep/{owner}", "What has one person to fix?", "rep.html", rep),
)
