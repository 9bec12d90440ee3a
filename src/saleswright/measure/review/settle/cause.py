"""What is a cause of a gap? A rule with the rows it explains, each row in exactly one, adding up to the minor unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Side = Literal["theirs", "ours", "differs", "member", "file"]

# What each kind of cause is called, in the words of a sentence: "The gap is mostly ...".
KINDS = {
    "filter": "a filter",
    "currency": "currency",
    "date": "the date that decides the period",
    "renewal": "renewals",
    "duplicate": "duplicates",
    "stale": "a stale copy",
    "typing": "typing errors",
    "rounding": "rounding",
    "meaning": "what the amount means",
    "stage": "stage",
    "owner": "owner",
    "period": "another period",
    "qualified": "deals not qualified",
    "rule": "a rule of what is not counted",
    "amount": "missing amounts",
    "unknown": "deals that are not in the record",
    "missing": "deals that their file lacks",
    "printed": "a total that is not the sum of its rows",
    "other": "no rule found",
}
SURE, LIKELY, NONE = "certain", "likely", "no rule found"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a gap, in minor units: `ours` or `theirs` is None on the side that lacks it."""

    side: Side
    label: str
    ours: int | None
    theirs: int | None
    deal: str = ""
    line: int | None = None
    why: str = ""

    @property
    def diff(self) -> int:
        """Theirs less ours."""
        return (self.theirs or 0) - (self.ours or 0)


@dataclass
class Cause:
    """One cause: its kind, the sentence that names it, what speaks for it, the rule behind it, and its rows."""

    kind: str
    label: str
    evidence: str = ""
    rule: str = ""
    sure: str = SURE
    items: list[Item] = field(default_factory=list)
    broken: int = 0

    @property
    def amount(self) -> int:
        """What it adds to ours to come to theirs, net, in minor units."""
        return sum(item.diff for item in self.items)

    @property
    def moved(self) -> int:
        """The same without regard to sign: what it moves in both directions."""
        return sum(abs(item.diff) for item in self.items)


def ordered(causes: list[Cause]) -> list[Cause]:
    """The one that explains the pattern first: it has the largest part of what moved and of the rows together.

    The others follow by what they move. What no rule explains comes last.
    """
    held = [cause for cause in causes if cause.items]
    moved, rows = sum(cause.moved for cause in held) or 1, sum(len(cause.items) for cause in held) or 1

    def first(cause: Cause) -> tuple[bool, float, str]:
        return cause.kind == "other", -(cause.moved / moved + len(cause.items) / rows), cause.label

    if not held:
        return []
    lead = min(held, key=first)
    rest = [cause for cause in held if cause is not lead]
    return [lead, *sorted(rest, key=lambda cause: (cause.kind == "other", -cause.moved, cause.label))]
