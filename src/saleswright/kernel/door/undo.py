"""How is a change taken back? By a new request with old and new swapped, for the lines that were applied."""

from __future__ import annotations

from saleswright.kernel.change import ChangeRequest, Line
from saleswright.kernel.door.told import Told, ToldLine
from saleswright.kernel.door.words import STATES, listed
from saleswright.lib.issue import CONFLICT, Issue, Stop


def undoing(request: Told, reason: str = "") -> ChangeRequest:
    """The request that takes another one back. What was written down stays; a second event says it does not count.

    Stop (conflict) where nothing of it can be taken back, and why."""
    applied = [line for line in request.lines if line.state == "applied"]
    if not applied:
        counts = listed(f"{count:,} {STATES.get(state, state)}" for state, count in request.counts().items())
        raise Stop(
            Issue(
                f"request {request.id}",
                "nothing of it was applied",
                f"so there is nothing to take back (its lines: {counts})",
                f"saleswright withdraw {request.id}" if request.state == "open" else "",
                code="nothing-to-undo",
            ),
            exit_code=CONFLICT,
        )
    why = reason or f"takes back request {request.id}"
    lines = tuple(_back(line, why) for line in applied)
    return ChangeRequest(
        title=f"Take back request {request.id}: {request.title}",
        reason=why,
        lines=lines,
        adapter=request.adapter,
        risk=request.risk,  # type: ignore[arg-type]
        undoes=request.id,
    )


def _back(line: ToldLine, why: str) -> Line:
    return Line(line.entity, line.subject, line.field, line.new, line.old, why, line.label, line.evidence, line.amount)
