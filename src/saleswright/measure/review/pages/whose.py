"""Whose are the findings? People with what each has to fix, one of them opened, and the rest summed in a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.review.scrub import message
from saleswright.measure.review.scrub.model import OwnerCount, RuleCount, Scrub, Suspect

FIRST = 9
"""People in the list; the others are one line."""

LINES, LEAST = 15, 3
"""Of the chosen person so many deals are shown as fill these lines, but three at least; the others are one line."""

_Held = tuple[Suspect, int, bool]
"""A record, how many findings count, and whether it is a qualified open deal."""

GLANCE = 3
"""People on a narrow screen, with one deal each."""


@dataclass(frozen=True, slots=True)
class Whose:
    """The findings under one rule, or all. Every part adds up: shown + rest = all; deals + more = the chosen one's.

    rest: those not listed, added up. of_deals: every record of the chosen person is a qualified open deal; accounts, leads
    and decided deals may be among them else. message: what to send to the chosen person, plain text.
    """

    rules: tuple[RuleCount, ...]
    silent: tuple[RuleCount, ...]
    cannot: tuple[RuleCount, ...]
    rule: RuleCount | None
    shown: tuple[OwnerCount, ...]
    rest: OwnerCount | None
    rest_count: int
    total: OwnerCount
    people: int
    chosen: OwnerCount | None
    deals: tuple[Suspect, ...]
    more: int
    more_findings: int
    of_deals: bool
    message: str
    glance: tuple[tuple[OwnerCount, Suspect], ...]


def whose(found: Scrub, owner: str = "", rule: str = "", everyone: bool = False, all_deals: bool = False) -> Whose:
    """The findings as the page shows them. Stop (usage) for a rule that is none."""
    one = _rule(found, rule)
    by_owner: dict[str, list[_Held]] = {}
    for place, suspect in enumerate(found.suspects):
        count = len(suspect.findings) if not rule else sum(f.rule == rule for f in suspect.findings)
        if count:
            # The qualified open deals stand first, and there are `deals` of them.
            by_owner.setdefault(suspect.owner, []).append((suspect, count, place < found.deals))
    owners = _owners(found, by_owner) if rule else found.owners
    chosen = next((o for o in owners if owner in (key(o), o.name)), None) if owner else next(iter(owners), None)
    shown = owners if everyone or len(owners) <= FIRST + 1 else owners[:FIRST]
    if chosen is not None and chosen not in shown:
        shown = (*shown[:-1], chosen)
    listed = {o.owner for o in shown}
    others = [o for o in owners if o.owner not in listed]
    mine = by_owner.get(chosen.owner, []) if chosen else []
    records = [_under(suspect, rule) for suspect, _, _ in mine]
    deals = tuple(records if all_deals else records[: _fitting(records)])
    return Whose(
        tuple(r for r in found.rules if r.count and not r.needs),
        tuple(r for r in found.rules if not r.count and not r.needs),
        tuple(r for r in found.rules if r.needs),
        one,
        tuple(shown),
        _summed(others) if others else None,
        len(others),
        _summed(owners),
        len(owners),
        chosen,
        deals,
        len(records) - len(deals),
        sum(len(s.findings) for s in records[len(deals) :]),
        all(inside for _, _, inside in mine),
        _message(found, chosen) if chosen else "",
        tuple((o, _under(by_owner[o.owner][0][0], rule)) for o in owners[:GLANCE]),
    )


def key(person: OwnerCount) -> str:
    """By what a person is asked for: the id, or the words for nobody."""
    return person.owner or person.name


def _fitting(suspects: Sequence[Suspect]) -> int:
    """How many records fit beside the list of people? A single one left over is shown too."""
    room = LINES
    for place, suspect in enumerate(suspects):
        room -= max(2, len(suspect.findings), 2 * len(suspect.fixes))
        if room < 0 and place >= LEAST:
            return len(suspects) if len(suspects) == place + 1 else place
    return len(suspects)


def _message(found: Scrub, person: OwnerCount) -> str:
    """What to send: everything found of them, whichever rule is shown."""
    own = tuple(s for s in found.suspects if s.owner == person.owner)
    return message.message(replace(found, suspects=own), key(person))


def _rule(found: Scrub, name: str) -> RuleCount | None:
    if not name:
        return None
    one = next((r for r in found.rules if r.name == name), None)
    if one is None:
        raise Stop(unknown("rule", name, [r.name for r in found.rules], where="rule"), exit_code=USAGE)
    return one


def _under(suspect: Suspect, rule: str) -> Suspect:
    """The record with what this rule holds against it alone; what is proposed stays whole."""
    if not rule:
        return suspect
    return replace(suspect, findings=tuple(f for f in suspect.findings if f.rule == rule))


def _owners(found: Scrub, by_owner: Mapping[str, Sequence[_Held]]) -> tuple[OwnerCount, ...]:
    """The people counted anew under one rule, those with most first."""
    counted = []
    for person in found.owners:
        mine = by_owner.get(person.owner, ())
        if mine:
            open_ = [suspect.amount for suspect, _, inside in mine if inside]
            findings = sum(count for _, count, _ in mine)
            counted.append(replace(person, findings=findings, deals=len(open_), at_stake=_added(open_)))
    return tuple(sorted(counted, key=lambda o: (-o.findings, o.name)))


def _summed(owners: Sequence[OwnerCount]) -> OwnerCount:
    return OwnerCount(
        "",
        "",
        "",
        sum(o.findings for o in owners),
        sum(o.deals for o in owners),
        _added(o.at_stake for o in owners),
        "",
    )


def _added(amounts: Iterable[Money | None]) -> Money | None:
    """The sum of the known amounts, exactly; None when none is known."""
    known = [amount for amount in amounts if amount is not None]
    return Money(sum(amount.minor for amount in known), known[0].currency) if known else None
