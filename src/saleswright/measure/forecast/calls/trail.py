"""Who called what, when, from, to and why? Every call of a period in order, the original beside what stands in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from saleswright.lib.money import Money
from saleswright.measure.forecast.calls.said import Said
from saleswright.measure.forecast.calls.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Step:
    """One call in the trail. before: the number that stood, None where none did; original: the own call that an override
    stands beside. stands: is it the one that counts now? replaced: another of the same day took its place."""

    call: Said
    who: str
    whose: str
    before: Money | None
    original: Money | None
    allowed: str
    stands: bool
    replaced: bool

    @property
    def kind(self) -> str:
        """What it is: a call of one's own, an override, or one taken back."""
        return "taken back" if self.call.removed else "call" if self.call.own else "override"

    @property
    def at(self) -> datetime:
        """When it was said, UTC with its zone."""
        return self.call.at.replace(tzinfo=UTC)


def trail(found: Sheet, person: str = "", overrides: bool = False) -> list[Step]:
    """The calls about one person's number, or everybody's, the latest first; `overrides`: only what others said."""
    made = [one for one in found.calls if one.at <= found.now.moment and (not person or one.about == person)]
    steps = []
    for place, one in enumerate(made):
        if overrides and one.own:
            continue
        earlier = [other for other in made[:place] if _stood(other, one)]
        own = [other for other in earlier if other.own]
        held = found.now.standing(one.about, one.category)
        steps.append(
            Step(
                one,
                found.name(one.person),
                found.name(one.about),
                earlier[-1].amount if earlier else None,
                own[-1].amount if own and not one.own else None,
                found.name(one.allowed) if one.allowed else "",
                held.call is one,
                one.until <= found.now.moment,
            )
        )
    return steps[::-1]


def _stood(other: Said, one: Said) -> bool:
    """Was it a call of the same number up to the moment of `one`, not taken back before and not replaced by another?"""
    mine = (one.about, one.category) == (other.about, other.category)
    return mine and not other.removed and other.until >= one.at
