"""What is asked in a period? The quotas of people added; a team's own only where nobody of the team has one.

A quota that is partly inside the period is taken by day: what is asked up to each day is cut to the cent, so every part is
within a cent of its share and the parts of any division add to the quota. Quotas in another currency are converted
once, at the rate of their first day. Where a part of the period has no quota at all, nothing is said instead of too little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure, Value
from saleswright.lib.money import Money
from saleswright.lib.period import ALL_TIME, Period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import Result, reference
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.quota_lines import Line as Quota
from saleswright.measure.metrics.quota_lines import Span, gap, last_day, leading, rows, shorter_first, stretches
from saleswright.measure.metrics.words import are, plural

OF_PEOPLE = ("owner", "team", "region", "manager", "role")


def target(at: Snapshot, period: Period, where: Pairs = ()) -> Figure:
    """What is asked in the period: money in the snapshot's currency, `n` the quotas it is made of; null with a reason.

    Filters on owner, team, region, manager and role hold. Any other cannot: a quota is set for people, not for deals.
    """
    return quota(at, replace(ask(at, "quota", (), "", where), period=period)).total


def quota(at: Snapshot, asked: Asked) -> Result:
    """The metric: what is asked in the period, split by whom it is asked of and by stretches of time."""
    return _added(at, asked, "amount", quotas(at, asked.period))


def quota_deals(at: Snapshot, asked: Asked) -> Result:
    """How many deals are asked for in the period, split as the quota is."""
    return _added(at, asked, "deals", quotas(at, asked.period, "deals"))


def street_quota(at: Snapshot, asked: Asked) -> Result:
    """The quotas of those who sell themselves: nobody's who leads others with a quota, no team's own."""
    found = quotas(at, asked.period)
    leads = leading(at, {one.members["owner"] for one in found if not one.of_team})
    return _added(at, asked, "amount", [one for one in found if not one.of_team and one.members["owner"] not in leads])


def _added(at: Snapshot, asked: Asked, field: str, found: Sequence[Quota]) -> Result:
    ref = reference(at, asked)
    inside = [one for one in found if all(one.members.get(d.name, "") in members for d, members in asked.where)]
    reason = why_not(at, asked, found, inside, field)

    def figure(mine: Sequence[tuple[Quota, Span]], text: str) -> tuple[Figure, Sums]:
        lacking = sum(one.minor is None for one, _ in mine)
        why = reason or (f"no exchange rate to {at.currency} for {lacking} of {len(mine)} quotas" if lacking else "")
        total = sum(one.inside(*span) for one, span in mine)
        value: Value = Money(total, at.currency) if field == "amount" else total
        metric = asked.metric
        made = Figure(metric.name, None if why else value, metric.unit, metric.label, len(mine), reason=why, ref=text)
        return made, Sums(len(mine), total=total, unconverted=lacking)

    whole: Span = (asked.period.start, asked.period.end)
    total, sums = figure([(one, whole) for one in inside], str(ref))
    groups, group_sums = {}, {}
    if asked.by and not reason:
        for key, mine in _split(at, asked, inside, whole).items():
            pairs = tuple(zip((d.name for d in asked.by), key, strict=True))
            groups[key], group_sums[key] = figure(mine, str(ref.only(pairs)))
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    return Result(asked, ref, total, sums, groups, group_sums, labels, _notes(inside))


def _split(
    at: Snapshot, asked: Asked, found: Sequence[Quota], whole: Span
) -> dict[tuple[str, ...], list[tuple[Quota, Span]]]:
    grain = next((d for d in asked.by if d.grain is not None), None)
    groups: dict[tuple[str, ...], list[tuple[Quota, Span]]] = defaultdict(list)
    for one in found:
        for name, span in stretches(at, grain, one, whole):
            key = tuple(name if d is grain else one.members.get(d.name, "") for d in asked.by)
            groups[key].append((one, span))
    return groups


def why_not(at: Snapshot, asked: Asked, found: Sequence[Quota], inside: Sequence[Quota], field: str = "amount") -> str:
    """Why nothing can be said; empty when it can."""
    hidden = [name for name in (field, "person", "team") if not at.policy.field_allowed("quota", name)]
    if hidden:
        return "quotas are outside this person's access"
    used = [*asked.by, *(d for d, _ in asked.where)]
    strange = [d.label.lower() for d in used if d.name not in OF_PEOPLE and d.grain is None]
    if strange:
        return f"a quota is asked of people, so none is known by {' and '.join(dict.fromkeys(strange))}"
    grid = "a quota grid" if field == "amount" else "a quota grid that says how many deals are asked"
    if not found:
        return f"no quota for {asked.period.label}: import {grid}"
    if not inside:
        who = ", ".join(dict.fromkeys(d.label.lower() for d, _ in asked.where))
        return f"no quota for {asked.period.label} of this {who}: import {grid}"
    lacking = gap(found, asked.period) if asked.period.bounded else None
    if lacking:
        return f"no quota for {lacking}, a part of {asked.period.label}: import the rest of the quota grid"
    return ""


def _notes(found: Sequence[Quota]) -> tuple[str, ...]:
    people = {one.members["owner"] for one in found if not one.of_team}
    bosses = len(people & {one.members["manager"] for one in found if not one.of_team})
    if not bosses:
        return ()
    return (
        f"{plural(bosses, 'person')} with a quota {are(bosses, 'manages', 'manage')} others who have one; all are added.",
    )


def quotas(at: Snapshot, period: Period, field: str = "amount") -> list[Quota]:
    """The quotas that hold in the period under the actor's policy, each with the days on which it is the one that holds.

    Of one person's quotas the shorter holds: a year's and its months are not added. Of a team's own, nothing where
    somebody of the team, or a team below it, has one in the period.
    """
    shape = at.policy.shape
    told = rows(at, period, ["quota", shape, field], lambda q: q.quota_rows(at.schema, shape, field))
    found = []
    for person, team, region, manager, role, of_team, starts, ends, value, _ in told:
        members = {"owner": person, "team": team, "region": region, "manager": manager, "role": role}
        end = last_day(starts, ends)
        if end > period.start:
            found.append(Quota({k: v or "" for k, v in members.items()}, of_team, (starts, end), value))
    return _holding(at, found)


def _holding(at: Snapshot, found: Sequence[Quota]) -> list[Quota]:
    covered = _covered(at, found)
    of_whom: dict[tuple[str, bool], list[Quota]] = defaultdict(list)
    for one in found:
        if not (one.of_team and one.members["team"] in covered):
            of_whom[one.members["team" if one.of_team else "owner"], one.of_team].append(one)
    return [one for mine in of_whom.values() for one in shorter_first(mine)]


def _covered(at: Snapshot, found: Sequence[Quota]) -> set[str]:
    """Teams whose own quota says again what somebody below is asked: of the team's people, or of a team under it."""
    covered = {one.members["team"] for one in found if not one.of_team and one.members["team"]}
    own = {one.members["team"] for one in found if one.of_team}
    if not own:
        return covered
    above = dict(rows(at, ALL_TIME, ["teams above"], lambda q: q.teams_above(at.schema)))
    for team in covered | own:
        seen = {team}
        while (team := above.get(team, "")) and team not in seen:
            covered.add(team)
            seen.add(team)
    return covered


__all__ = ["quota", "quota_deals", "street_quota"]
