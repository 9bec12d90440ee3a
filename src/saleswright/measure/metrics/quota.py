"""What is asked in a period? The quotas of people added; a team's own only where nobody of the team has one.

A quota that is partly inside the period is taken by day: what is asked up to each day is cut to the cent, so every part is
within a cent of its share and the parts of any division add to the quota. Quotas in another currency are converted
once, at the rate of their first day. Where a part of the period has no quota at all, nothing is said instead of too little.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import Result, reference
from saleswright.measure.metrics.dimensions import Dimension, names, period_of, scope_value
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.words import are, plural

Span = tuple[date, date]
OF_PEOPLE = ("owner", "team", "region", "manager", "role")
HELD = "(valid_from <= $as_of OR first) AND valid_to > $as_of AND known_from <= $known AND known_to > $known"
# A quota says something of its period, also before the period begins: it holds from the first time it was told.
ROWS = f"""
WITH q AS (SELECT id, person, CASE WHEN person IS NULL THEN team END AS own, starts, ends, amount,
                  coalesce(currency, $base) AS currency
           FROM quota WHERE {HELD} AND NOT removed AND amount IS NOT NULL AND starts < $p_end
             AND CASE WHEN ends IS NULL THEN starts > $near ELSE ends > $p_start END),
     p AS (SELECT id, team, region, manager, role, valid_from, valid_to, first FROM person
           WHERE (valid_from <= $as_of OR first) AND known_from <= $known AND known_to > $known),
     rate AS (SELECT currency, starts, ends, per_base * scale AS unit FROM rates WHERE known_from <= $known)
SELECT q.person, coalesce(q.own, p.team), p.region, p.manager, p.role, q.own IS NOT NULL, q.starts, q.ends,
       CASE WHEN q.currency = $cur THEN q.amount ELSE exchange(q.amount, report.unit, mine.unit) END
FROM q LEFT JOIN p ON q.person = p.id AND (p.valid_from <= q.starts OR p.first) AND p.valid_to > q.starts
LEFT JOIN rate mine ON mine.currency = q.currency AND mine.starts <= q.starts AND mine.ends > q.starts
LEFT JOIN rate report ON report.currency = $cur AND report.starts <= q.starts AND report.ends > q.starts
WHERE {{scope}} ORDER BY q.starts, q.id
"""


@dataclass(frozen=True)
class Quota:
    """One quota: whose, for which days it is the one that holds, and what is asked (None without an exchange rate)."""

    members: dict[str, str]
    of_team: bool
    span: Span
    minor: int | None
    holds: tuple[Span, ...] = field(default=())

    def inside(self, start: date, end: date) -> int:
        """What is asked of it on the days from `start` up to `end`, in minor units."""
        return sum(self._until(min(b, end)) - self._until(max(a, start)) for a, b in self._cut(start, end))

    def touches(self, start: date, end: date) -> bool:
        """Does it hold on a day of that stretch?"""
        return bool(self._cut(start, end))

    def _cut(self, start: date, end: date) -> list[Span]:
        return [(a, b) for a, b in self.holds if a < end and start < b]

    def _until(self, day: date) -> int:
        """What is asked up to a day, cut down to the minor unit: whatever is cut off comes with a later day."""
        size = abs(self.minor or 0) * (day - self.span[0]).days // (self.span[1] - self.span[0]).days
        return -size if (self.minor or 0) < 0 else size


def target(at: Snapshot, period: Period, where: Pairs = ()) -> Figure:
    """What is asked in the period: money in the snapshot's currency, `n` the quotas it is made of; null with a reason.

    Filters on owner, team, region, manager and role hold. Any other cannot: a quota is set for people, not for deals.
    """
    return quota(at, replace(ask(at, "quota", (), "", where), period=period)).total


def quota(at: Snapshot, asked: Asked) -> Result:
    """The metric: what is asked in the period, split by whom it is asked of and by stretches of time."""
    ref, found = reference(at, asked), quotas(at, asked.period)
    inside = [one for one in found if all(one.members.get(d.name, "") in members for d, members in asked.where)]
    reason = why_not(at, asked, found, inside)

    def figure(mine: Sequence[tuple[Quota, Span]], text: str) -> tuple[Figure, Sums]:
        lacking = sum(one.minor is None for one, _ in mine)
        why = reason or (f"no exchange rate to {at.currency} for {lacking} of {len(mine)} quotas" if lacking else "")
        total = sum(one.inside(*span) for one, span in mine)
        value = None if why else Money(total, at.currency)
        made = Figure(asked.metric.name, value, "money", asked.metric.label, len(mine), reason=why, ref=text)
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
        for name, span in _stretches(at, grain, one, whole):
            key = tuple(name if d is grain else one.members.get(d.name, "") for d in asked.by)
            groups[key].append((one, span))
    return groups


def _stretches(at: Snapshot, grain: Dimension | None, one: Quota, whole: Span) -> Iterable[tuple[str, Span]]:
    """The periods of the split in which a quota holds; the whole period where time does not split it."""
    if grain is None or grain.grain is None:
        yield "", whole
        return
    day, end = max(whole[0], one.span[0]), min(whole[1], one.span[1])
    while day < end:
        period = period_of(grain.grain, day, at.workspace.calendar)
        span = max(period.start, whole[0]), min(period.end, whole[1])
        if one.touches(*span):
            yield str(period), span
        day = period.end


def why_not(at: Snapshot, asked: Asked, found: Sequence[Quota], inside: Sequence[Quota]) -> str:
    """Why no amount can be said; empty when one can."""
    hidden = [name for name in ("amount", "person", "team") if not at.policy.field_allowed("quota", name)]
    if hidden:
        return "quotas are outside this person's access"
    used = [*asked.by, *(d for d, _ in asked.where)]
    strange = [d.label.lower() for d in used if d.name not in OF_PEOPLE and d.grain is None]
    if strange:
        return f"a quota is asked of people, so none is known by {' and '.join(dict.fromkeys(strange))}"
    if not found:
        return f"no quota for {asked.period.label}: import a quota grid"
    if not inside:
        who = ", ".join(dict.fromkeys(d.label.lower() for d, _ in asked.where))
        return f"no quota for {asked.period.label} of this {who}: import a quota grid"
    gap = _gap(found, asked.period) if asked.period.bounded else None
    if gap:
        return f"no quota for {gap}, a part of {asked.period.label}: import the rest of the quota grid"
    return ""


def _gap(found: Sequence[Quota], period: Period) -> Period | None:
    """The first stretch of the period on which nobody has a quota."""
    day = period.start
    for start, end in sorted(span for one in found for span in one.holds):
        if start > day:
            return Period.between(day, min(start, period.end))
        day = max(day, end)
    return Period.between(day, period.end) if day < period.end else None


def _notes(found: Sequence[Quota]) -> tuple[str, ...]:
    people = {one.members["owner"] for one in found if not one.of_team}
    bosses = len(people & {one.members["manager"] for one in found if not one.of_team})
    if not bosses:
        return ()
    return (
        f"{plural(bosses, 'person')} with a quota {are(bosses, 'manages', 'manage')} others who have one; all are added.",
    )


def quotas(at: Snapshot, period: Period) -> list[Quota]:
    """The quotas that hold in the period under the actor's policy, each with the days on which it is the one that holds.

    Of one person's quotas the shorter holds: a year's and its months are not added. Of a team's own, nothing where
    somebody of the team, or a team below it, has one in the period.
    """
    scope, value = _scope(at)
    params = {**at.clocks(), "cur": at.currency, "base": at.workspace.currency, "p_start": period.start}
    near = period.start - timedelta(days=62) if period.start > date(1, 4, 1) else period.start
    rows = at.reader.rows(ROWS.format(scope=scope), {**params, "p_end": period.end, "near": near, **value})
    found = []
    for person, team, region, manager, role, of_team, starts, ends, minor in rows:
        told = {"owner": person, "team": team, "region": region, "manager": manager, "role": role}
        end = ends if ends is not None and ends > starts else _month_after(starts)
        if end > period.start:
            found.append(Quota({k: v or "" for k, v in told.items()}, of_team, (starts, end), minor))
    return _holding(at, found)


def _scope(at: Snapshot) -> tuple[str, dict[str, str]]:
    """Whose quotas the actor may see, as SQL with a bound value."""
    if at.policy.scope == COMPANY:
        return "true", {}
    value, shape = scope_value(at), at.policy.shape
    mine = f"q.person IN (SELECT id FROM person WHERE {HELD} AND {'id' if shape == 'owner' else shape} = $scope)"
    return (f"({mine} OR q.own = $scope)" if shape == "team" else mine), {"scope": value}


def _month_after(start: date) -> date:
    """A quota without an end is one of a month."""
    first = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return first if start.day == 1 else min(first + timedelta(days=start.day - 1), first + timedelta(days=31))


def _holding(at: Snapshot, found: Sequence[Quota]) -> list[Quota]:
    covered = _covered(at, found)
    of_whom: dict[tuple[str, bool], list[Quota]] = defaultdict(list)
    for one in found:
        if not (one.of_team and one.members["team"] in covered):
            of_whom[one.members["team" if one.of_team else "owner"], one.of_team].append(one)
    kept: list[Quota] = []
    for mine in of_whom.values():
        taken: list[Span] = []
        for span in sorted({one.span for one in mine}, key=lambda s: (s[1] - s[0], s[0])):
            holds = _without(span, taken)
            kept += [replace(one, holds=holds) for one in mine if one.span == span and holds]
            taken.append(span)
    return kept


def _without(span: Span, taken: Sequence[Span]) -> tuple[Span, ...]:
    left = [span]
    for start, end in taken:
        left = [(max(a, x), min(b, y)) for a, b in left for x, y in ((a, start), (end, b)) if max(a, x) < min(b, y)]
    return tuple(left)


def _covered(at: Snapshot, found: Sequence[Quota]) -> set[str]:
    """Teams whose own quota says again what somebody below is asked: of the team's people, or of a team under it."""
    covered = {one.members["team"] for one in found if not one.of_team and one.members["team"]}
    own = {one.members["team"] for one in found if one.of_team}
    if not own:
        return covered
    sql = (
        f"SELECT t.name, above.name FROM (SELECT * FROM team WHERE {HELD}) t"
        f" JOIN (SELECT * FROM team WHERE {HELD}) above ON t.parent = above.id"
    )
    above = dict(at.reader.rows(sql, at.clocks()))
    for team in covered | own:
        seen = {team}
        while (team := above.get(team, "")) and team not in seen:
            covered.add(team)
            seen.add(team)
    return covered
