"""What changed since last Monday, which deals need a fix, and what is the number? The weekly review on one page.

**Question.** Which deals are lying and whose are they, what moved since last Monday, where will the period land, and what
does the leader need on one page?

**Formula.** Scrub: dated rules, each with a threshold of the company's own. Roll: the bridge between two dates, whose
lines add up to the cent. Number: won so far, what is open at its odds by age, and what is still to be created. Settle:
row against row, every difference given to one cause, to the cent.

**Worked example.** Open 100, new 20, won 30, lost 10: 80 are open now, and 100 + 20 - 30 - 10 = 80.

**Source.** Formulas 3.2 (the bridge) and 4.2 (the life table).
"""

from __future__ import annotations

from pathlib import Path

from saleswright.kernel.chapter import Chapter
from saleswright.measure.review import page_actions, pages, roll_actions
from saleswright.measure.review.number import actions as number_actions
from saleswright.measure.review.scrub import actions as scrub_actions
from saleswright.measure.review.settle import actions as settle_actions

CHAPTER = Chapter(
    name="review",
    group="Measure",
    title="Monday review",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(
        *scrub_actions.ACTIONS,
        *roll_actions.ACTIONS,
        *number_actions.ACTIONS,
        *page_actions.ACTIONS,
        *settle_actions.ACTIONS,
    ),
    pages=(*pages.PAGES, *settle_actions.PAGES),
    kinds=scrub_actions.KINDS,
)
