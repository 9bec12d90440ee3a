"""How many reach their quota? The share of reps at 100 % or more, and the middle and mean of the reps' own attainments.

Counted are the people who carry a quota, lead nobody who carries one, were ramped before the period began and active for
half of it at least. Who still ramps is shown apart. Beside the share stands the distribution: 60 % of reps at quota may be
40 % at nothing, or 40 % at 95 %. Formulas 7.3 [R54].
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.lib.period import Period, parse_period
from saleswright.lib.ratio import mean_interval, order_statistic_ranks, wilson
from saleswright.measure.metrics.asked import Asked, part_of
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.metrics.frozen import frozen, note
from saleswright.measure.metrics.quota_lines import leading
from saleswright.measure.metrics.ramp import Ramp, Work, ramp_in_force, working
from saleswright.measure.metrics.words import are, plural

Key = tuple[str, ...]
ALARM = Fraction(60, 100)
BANDS = ((50, "Below 50 %"), (80, "50 % to 80 %"), (100, "80 % to 100 %"), (120, "100 % to 120 %"))
TOP = "120 % and more"
RAMPING, SHORT, LEADS = "still ramping", "active for less than half of the period", "leading others who carry a quota"


@dataclass(frozen=True, slots=True)
class Rep:
    """One person's period: what was credited over what was asked, and why it is not counted, if it is not."""

    attained: Fraction
    kind: str = ""


def attainment_participation(at: Snapshot, asked: Asked) -> Result:
    """Reps at 100 % or more ÷ reps who carry a quota, ramped and active. Alarm below 60 % of a period that is over (S0)."""

    def figure(reps: Sequence[Rep], ref: str) -> Figure:
        counted = [one for one in reps if not one.kind]
        reached = sum(one.attained >= 1 for one in counted)
        low, high = wilson(reached, len(counted)) or (None, None)
        of = (reached, len(counted)) if counted else None
        return _made(asked, reached / len(counted) if counted else None, reps, ref, low, high, of)

    return _of_reps(at, asked, figure)


def attainment_mean(at: Snapshot, asked: Asked) -> Result:
    """The mean of the reps' own attainments, which a small quota moves as much as a large one."""

    def figure(reps: Sequence[Rep], ref: str) -> Figure:
        counted = [float(one.attained) for one in reps if not one.kind]
        band = mean_interval(len(counted), sum(counted), sum(x * x for x in counted)) or (None, None)
        return _made(asked, sum(counted) / len(counted) if counted else None, reps, ref, *band)

    return _of_reps(at, asked, figure)


def attainment_median(at: Snapshot, asked: Asked) -> Result:
    """The middle rep's attainment."""

    def figure(reps: Sequence[Rep], ref: str) -> Figure:
        from saleswright.lib.dist import quantile

        counted = sorted(float(one.attained) for one in reps if not one.kind)
        ranks = order_statistic_ranks(len(counted), 0.5)
        low, high = (counted[ranks[0]], counted[ranks[1]]) if ranks else (None, None)
        return _made(asked, quantile(counted, 0.5), reps, ref, low, high)

    return _of_reps(at, asked, figure)


def _made(
    asked: Asked,
    value: float | None,
    reps: Sequence[Rep],
    ref: str,
    low: float | None = None,
    high: float | None = None,
    of: tuple[int, int] | None = None,
) -> Figure:
    metric, left_out = asked.metric, sum(bool(one.kind) for one in reps)
    n = len(reps) - left_out
    reason = "" if value is not None else "nobody counts: " + (_why(reps) or "no rep carries a quota")
    return Figure(metric.name, value, metric.unit, metric.label, n, low, high, of, left_out, reason, ref)


def _why(reps: Sequence[Rep]) -> str:
    kinds = Counter(one.kind for one in reps if one.kind)
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())


def _of_reps(at: Snapshot, asked: Asked, figure: Callable[[Sequence[Rep], str], Figure]) -> Result:
    ref, then = reference(at, asked), frozen(at, asked)
    ramp = ramp_in_force(then)
    reason, found = _reps(then, asked, ramp)
    every = (
        [one for reps in found.values() for one in reps] if not asked.by else _reps(then, _whole(asked), ramp)[1][()]
    )
    total = figure(every, str(ref))
    groups: dict[Key, Figure] = {}
    if reason:
        total, found = replace(total, value=None, low=None, high=None, of=None, reason=reason), {}
    for key, reps in found.items() if asked.by else ():
        pairs = tuple(zip((d.name for d in asked.by), key, strict=True))
        groups[key] = figure(reps, str(ref.only(pairs)))
    labels = tuple(names(at, d.ref, (k[i] for k in groups if k[i])) if d.ref else {} for i, d in enumerate(asked.by))
    sums = {key: Sums(one.n or 0) for key, one in groups.items()}
    notes = (*note(at, asked), *_notes(then, asked, total, every, ramp)) if not reason else ()
    shown = _distribution(every) if not reason else ()
    whole = Sums(total.n or 0)
    return Result(asked, ref, total, whole, groups, sums, labels, notes, shown)


def _whole(asked: Asked) -> Asked:
    return replace(asked, by=())


def _reps(at: Snapshot, asked: Asked, ramp: Ramp) -> tuple[str, dict[Key, list[Rep]]]:
    """(why nothing can be said, each group's reps): what each was asked and is credited with, person by person."""
    owner = find(at, "owner")
    by = (owner, *(d for d in asked.by if d.name != "owner"))
    wide = replace(asked, by=by)
    target = evaluate(at, part_of(at, wide, "quota"))
    booked = evaluate(at, part_of(at, wide, asked.metric.parts[0]))
    reason = target.total.reason
    if not reason and booked.sums.unconverted:
        reason = booked.total.reason
    leads = leading(at, {key[0] for key in target.groups})
    work = working(at, [key[0] for key in target.groups])
    found: dict[Key, list[Rep]] = defaultdict(list)
    found[()] = []
    for key, quota in target.groups.items():
        if not key[0] or not isinstance(quota.value, Money) or quota.value.minor <= 0:
            continue
        credited = booked.group_sums.get(key, Sums()).total
        kind = LEADS if key[0] in leads else _kind(work.get(key[0]), _period(at, asked, by, key), ramp)
        named = dict(zip((d.name for d in by), key, strict=True))
        found[tuple(named[d.name] for d in asked.by)].append(Rep(Fraction(credited, quota.value.minor), kind))
    if asked.by:
        del found[()]
    return reason, found


def _period(at: Snapshot, asked: Asked, by: Sequence[object], key: Key) -> Period:
    place = next((i for i, d in enumerate(by) if getattr(d, "grain", None) is not None), None)
    if place is None or not key[place]:
        return asked.period
    piece = parse_period(key[place], at.day, at.workspace.calendar)
    return Period.between(max(piece.start, asked.period.start), min(piece.end, asked.period.end))


def _kind(work: Work | None, period: Period, ramp: Ramp) -> str:
    if work is None:
        return ""
    if ramp.ramped_on(work.began) > period.start:
        return RAMPING
    return SHORT if 2 * work.days_in(period) < period.days else ""


def _distribution(reps: Sequence[Rep]) -> tuple[Figure, ...]:
    """How many reps stand in each band, and those beside them who are not counted."""
    counted = Counter(_band(one.attained) for one in reps if not one.kind)
    apart = Counter(one.kind for one in reps if one.kind)
    bands = [Figure("reps", counted[label], "count", label, counted[label]) for label in (*_LABELS, TOP)]
    for kind, label in ((RAMPING, "Still ramping"), (SHORT, "Active for less than half"), (LEADS, "Lead others")):
        if apart[kind]:
            bands.append(Figure("reps", apart[kind], "count", label, apart[kind]))
    ramping = [one for one in reps if one.kind == RAMPING]
    if ramping:
        reached = sum(one.attained >= 1 for one in ramping)
        bands.append(Figure("reps", reached, "count", "Still ramping, at 100 % or more", len(ramping)))
    return tuple(bands)


_LABELS = tuple(label for _, label in BANDS)


def _band(attained: Fraction) -> str:
    return next((label for edge, label in BANDS if attained * 100 < edge), TOP)


def _at(label: str) -> str:
    return label.lower() if label.startswith("Below") else f"at {label}"


def _notes(at: Snapshot, asked: Asked, total: Figure, reps: Sequence[Rep], ramp: Ramp) -> tuple[str, ...]:
    counted = Counter(_band(one.attained) for one in reps if not one.kind)
    said = []
    if total.n:
        bands = ", ".join(f"{counted[label]} {_at(label)}" for label in (*_LABELS, TOP))
        said.append(f"Of {plural(total.n, 'rep')}: {bands}.")
    if total.excluded:
        said.append(f"Shown apart: {_why(reps)}. {ramp.words}")
    over = asked.period.bounded and asked.period.end <= at.day
    if over and total.of and isinstance(total.value, float) and total.value < ALARM:
        reached = int(str(total.of[0]))
        said.append(
            f"Alarm: {reached} of {plural(total.n or 0, 'rep')} {are(reached, 'is', 'are')} at quota, below "
            f"{int(ALARM * 100)} %. Look at the quotas before the reps."
        )
    return tuple(said)


__all__ = ["attainment_mean", "attainment_median", "attainment_participation"]
