"""What should not count? Deals that no customer decided on, found by structure and left out by a dated rule.

**Question.** Which deals bend the figures without being deals: clean-ups of the CRM that look like a day of losses,
duplicates, records created in error, tests, deals lost on the day they came in or on a day still to come, and deals that
have been open far too long?

**Formula.** A day of losses stands out above 20 losses and 8 times what 95 of 100 other days with losses have, and is a
clean-up when most of its deals were old or long untouched. A deal is open too long after three times the days that 95 of
100 wins took. Each finding is the very rule that would leave its deals out.

**Worked example.** 95 of 100 wins took at most 140 days: a deal open for 421 days is found, one open for 419 is not.

**Source.** Formulas 7.0: test records, renewals and disqualified deals are kept out of new-business figures, counted and
listed by reason; definitions are dated.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.kernel.chapter import Chapter
from saleswright.measure.junk.actions import junk, junk_keep
from saleswright.measure.junk.chain_report import junk_chain
from saleswright.measure.junk.pages import PAGES

CHAPTER = Chapter(
    name="junk",
    group="Data",
    title="What should not count?",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(junk, junk_keep, junk_chain),
    pages=PAGES,
)
