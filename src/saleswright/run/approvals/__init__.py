"""Who agrees to what is to be changed? Every change is suggested with its reason, decided, and only then applied.

**Question.** What should be changed and why, who has to agree, what waits for me, and what became of what I suggested?

**Formula.** A suggestion has lines: a field of a record, its old and its new value, the reason, the evidence. A line may be
applied while the record still says the old value, somebody who may has agreed, and its time has not passed. Definitions of
kind approval say who or what may agree to which change, up to which amount, number and risk, and how many people it takes.

**Worked example.** A line says stage Proposal to Closed Lost. While it waits somebody moves the record to Negotiation: the
old value is not there any more, so the line comes to nothing, and the others of the same request go ahead.

**Source.** Four eyes on what changes money, and optimistic concurrency: compare what was read before writing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from saleswright.kernel.chapter import Chapter
from saleswright.kernel.door import approval
from saleswright.lib.issue import Issue
from saleswright.run.approvals.actions import ACTIONS
from saleswright.run.approvals.loss import note_loss
from saleswright.run.approvals.page import PAGES


def _check(at: Any) -> Iterable[Issue]:
    return approval.check(at.workspace)


CHAPTER = Chapter(
    name="approvals",
    group="Run",
    title="Suggest, decide, apply",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(*ACTIONS, note_loss),
    pages=PAGES,
    kinds={approval.KIND: approval.json_schema},
    check=_check,
)
