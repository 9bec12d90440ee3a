"""What is said of a decision? One outcome for each request: a state, a sentence, and what it came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from saleswright.kernel.door.told import Told
from saleswright.kernel.door.words import STATES, because, counted, day
from saleswright.kernel.report import Column, Report, Table
from saleswright.lib.issue import CONFLICT, NOT_ALLOWED, Issue

TITLE = "What became of it?"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one decision came to. state: of the request. ok: the verdict counts. said: the sentence.

    approved, refused, moved: the lines this decision ended so; open: how many still wait. refusal: why it did not count,
    "not_allowed" or "conflict". record: the number of its record, 0 where nothing was written.
    """

    id: int
    state: str
    said: str
    ok: bool
    approved: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    moved: tuple[int, ...] = ()
    open: int = 0
    refusal: str = ""
    record: int = 0


class _Undone(Exception):
    """Takes everything of a transaction back that was only rehearsed."""


class _Answer:
    """Takes an outcome out of its transaction, which is undone behind it in a rehearsal."""

    def __init__(self, dry_run: bool) -> None:
        self._dry_run = dry_run
        self.outcome: Outcome

    def __call__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        if self._dry_run:
            raise _Undone


@contextmanager
def rehearsed(dry_run: bool) -> Iterator[_Answer]:
    """A place round a transaction for its outcome; in a rehearsal nothing of the transaction stays."""
    with suppress(_Undone):
        yield _Answer(dry_run)


def report(done: Sequence[Outcome], dry_run: bool = False) -> Report:
    """Outcomes as an answer: a sentence for each request."""
    columns = (Column("request", "Request"), Column("state", "State"), Column("said", "What happened"))
    rows = tuple((one.id, STATES.get(one.state, one.state), one.said) for one in done)
    issues = tuple(
        Issue(
            f"request {one.id}", one.said, try_=f"saleswright inbox show {one.id}", code=one.refusal.replace("_", "-")
        )
        for one in done
        if not one.ok
    )
    codes = {one.refusal for one in done if not one.ok}
    data: dict[str, object] = {
        "requests": [
            {
                "id": one.id, "state": one.state, "said": one.said, "ok": one.ok, "approved": list(one.approved),
                "refused": list(one.refused), "moved": list(one.moved), "open": one.open,
            }
            for one in done
        ],
        "records": [one.record for one in done if one.record and not dry_run],
    }  # fmt: skip
    single = f"Request {done[0].id}: {done[0].said}." if len(done) == 1 else ""
    only = "Nothing was written. " if dry_run else ""
    counted_ = sum(1 for one in done if one.ok)
    return Report(
        TITLE,
        [Table("requests", columns, rows)] if len(done) > 1 else [],
        lede=only + (single or f"{counted_:,} of {counted(len(done), 'request')} decided."),
        issues=issues,
        changed=0 if dry_run else sum(len(one.approved) + len(one.refused) for one in done),
        exit_code=CONFLICT if "conflict" in codes else NOT_ALLOWED if codes else 0,
        data=data,
        next=("saleswright inbox",),
    )


def absent(id_: int) -> Issue:
    """There is no request of that number, or not for this person: the same words for both."""
    return Issue(
        "request", f"there is no request {id_}", "so there is nothing to decide", "saleswright inbox lists what waits"
    )


def ended(request: Told, zone: str) -> str:
    """Why a request is not open any more, in a sentence."""
    if request.state in ("approved", "refused"):
        last = next((one for one in reversed(request.decisions)), None)
        if last is not None:
            who = f"approval {last.policy}" if last.policy else last.actor
            on = day(int(last.at.timestamp() * 1_000_000), zone)
            return f"it was {request.state} on {on} by {who}{because(last.reason)}"
    if request.state == "expired":
        on = day(int(request.expires.timestamp() * 1_000_000), zone)
        return f"it expired on {on} without a decision"
    if request.state == "withdrawn":
        return f"it was withdrawn by {request.by}"
    said = next((line.said for line in request.lines if line.state == "moved"), "")
    return f"it is out of date{because(said)}" if request.state == "moved" else f"it is {request.state}"
