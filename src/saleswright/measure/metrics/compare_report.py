"""What changed, laid out: both values, their difference, whether chance could do it, and what it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from saleswright.kernel.report import Block, Bridge, Cell, Column, Figure, Note, Report, Step, Table, Unit, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.compare import Compared, exact
from saleswright.measure.metrics.compare_chance import difference_range, odds, said
from saleswright.measure.metrics.compare_words import against_its_parts, mix_and_rate, moved
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.mix import Mix, shared_out
from saleswright.measure.metrics.words import many, noun

SHOWN = 40


def laid_out(found: Compared) -> Report:
    """The report of a comparison."""
    before, now, metric = found.before.total, found.now.total, found.metric
    blocks: list[Block] = [
        replace(now, label=f"{metric.label}, {found.now.words}"),
        replace(before, label=f"{metric.label}, {found.before.words}"),
        *differences(before, now, found),
    ]
    here = found.before if found.kind == "scenario" else found.now
    blocks += outcome.of_lone(here.at, (here.total,))
    blocks += [Note(text, "warning" if against_its_parts(found) == text else "note") for text in sentences(found)]
    if found.keys:
        blocks += [block for block in (bridge(found), split(found)) if block is not None]
    elif found.now.split is not None:
        blocks.append(Note("No segment has rows on either side."))
    blocks += [
        Note(text) for text in dict.fromkeys((*found.notes, *found.now.result.notes, *found.before.result.notes))
    ]
    if metric.caution:
        blocks.append(Note(metric.caution))
    refs = [side.total.ref for side in (found.now, found.before) if side.total.ref]
    return Report(
        f"What changed in {metric.label.lower()}?",
        blocks,
        lede=moved(found),
        footer=tuple(checks(found)),
        issues=(*found.now.at.stale, *broken_rules(found.now.at)) if found.kind != "scenario" else (),
        next=tuple(f"saleswright explain '{ref}'" for ref in refs[:1]),
        data={"sheet": "segments"},
    )


def sentences(found: Compared) -> list[str]:
    """What is to be said about a change: what moved against its parts first, then its causes, then chance."""
    parts = [against_its_parts(found), mix_and_rate(found), found.why_not, chance(found)]
    return [text for text in parts if text]


def chance(found: Compared) -> str:
    """Whether the change is within normal variation; two looks at the same rows differ by what was recorded."""
    before, now = found.before.total, found.now.total
    if found.kind != "period":
        if before.value is None or now.value is None:
            return ""
        what = "defined" if found.kind == "scenario" else "recorded"
        return (
            f"Both sides look at the same business, so chance has no part in it: the difference is in what was {what}."
        )
    if found.metric.at_moment:
        return "Chance is not judged here: a balance is mostly the same rows on both days."
    days = found.before.result.asked.period.days, found.now.result.asked.period.days
    return said(found.metric, before, now, odds(found.metric, before, now, days))


def differences(before: Figure, now: Figure, found: Compared | None = None) -> list[Figure]:
    """The difference and the relative change; null with the reason where either side is, or where it began at nothing."""
    unit: Unit = "points" if now.unit == "share" else now.unit
    if before.value is None or now.value is None:
        side = before if before.value is None else now
        gone = Figure("difference", None, unit, "Difference", reason=side.reason or "nothing on one side")
        return [gone]
    ranged = difference_range(before, now) if found is None or found.kind == "period" else None
    low, high = (_as(side, now.value) for side in ranged) if ranged else (None, None)
    made = [Figure("difference", minus(now.value, before.value), unit, "Difference", low=low, high=high)]
    base = exact(before.value)
    if base <= 0:
        why = f"nothing to grow from: {'it was 0' if not base else 'it was below 0'}"
        return [*made, Figure("relative_change", None, "share", "Relative change", reason=why)]
    change = float((exact(now.value) - base) / base)
    return [*made, Figure("relative_change", change, "share", "Relative change")]


def minus(now: Value, before: Value) -> Value:
    """The difference of two values of one unit."""
    if isinstance(now, Money) and isinstance(before, Money):
        return now - before
    assert not isinstance(now, Money) and not isinstance(before, Money) and now is not None and before is not None
    return now - before


def bridge(found: Compared) -> Bridge | None:
    """From one side to the other: by mix and rates for a ratio, by segment for what adds up."""
    ends = [
        Step(name, side.words, replace(side.total, label=side.words), kind="end")
        for name, side in (("before", found.before), ("now", found.now))
    ]
    if any(side.total.value is None for side in (found.before, found.now)):
        return None
    if found.mix is not None:
        mix, rate = effects(found.mix, (found.mix.mix, found.mix.rate), found)
        parts = [("mix", "Mix", mix), ("rate", "Own rates", rate)]
        check = "Mix and own rates add to the change, without rest."
    elif found.metric.shape in ("count", "sum", "balance-at") and not found.why_not:
        parts = _by_segment(found)
        if sum((exact(value) for _, _, value in parts), Fraction(0)) != exact(found.now.total.value) - exact(
            found.before.total.value
        ):
            return None
        check = "The segments add to the change, without rest."
    else:
        return None
    unit: Unit = "points" if found.metric.unit == "share" else found.metric.unit
    steps = [Step(name, label, Figure(name, value, unit, label)) for name, label, value in parts]
    return Bridge("change", (ends[0], *steps, ends[1]), "What the change is made of", found.metric.unit, check)


def _by_segment(found: Compared) -> list[tuple[str, str, Value]]:
    """What each segment adds to the change, the largest first; the small ones in one line."""
    moves = []
    for key in found.keys:
        was, is_ = (_or_nothing(one, found) for one in found.figures(key))
        moves.append((" and ".join(found.label(key)), minus(is_, was)))
    moves.sort(key=lambda pair: (-abs(exact(pair[1])), pair[0]))
    first, rest = (moves, []) if len(moves) <= 8 else (moves[:7], moves[7:])
    lines = [(f"part_{index}", label, value) for index, (label, value) in enumerate(first)]
    if rest:
        others = sum((exact(value) for _, value in rest), Fraction(0))
        lines.append(("others", many(len(rest), "other"), _as(float(others), found.now.total.value)))
    return lines


def _or_nothing(one: Figure | None, found: Compared) -> Value:
    if one is not None and one.value is not None:
        return one.value
    total = found.now.total.value
    return Money(0, total.currency) if isinstance(total, Money) else 0


def effects(mix: Mix, parts: Sequence[Fraction], found: Compared) -> list[Value]:
    """Parts of the change in the metric's unit; amounts in whole minor units that add to the difference shown."""
    total = found.now.total.value
    if not isinstance(total, Money):
        return [float(part) for part in parts]
    shown = minus(total, found.before.total.value)
    assert isinstance(shown, Money)
    # Both sides were rounded to the minor unit, so their difference is off by less than one: the largest part takes it.
    off = Fraction(shown.minor) - sum(parts, Fraction(0))
    largest = max(range(len(parts)), key=lambda i: abs(parts[i]))
    even = [part + (off if index == largest else 0) for index, part in enumerate(parts)]
    return [Money(minor, total.currency) for minor in shared_out(even, Fraction(shown.minor))]


def split(found: Compared) -> Table:
    """Segment by segment: both values, the difference, and for ratios its share of the rows and what it did to the whole."""
    metric = found.metric
    change: Unit = "points" if metric.unit == "share" else metric.unit
    split_by = found.now.result.asked.by or (found.now.split.asked.by if found.now.split else ())
    columns = [
        *(Column(d.name, d.label) for d in split_by),
        Column("now", found.now.words, metric.unit),
        Column("before", found.before.words, metric.unit),
        Column("difference", "Difference", change),
    ]
    by_key = {one.key: index for index, one in enumerate(found.mix.effects)} if found.mix else {}
    if found.mix is not None:
        columns += [
            Column("share_now", "Share now", "share"),
            Column("share_before", "Share before", "share"),
            Column("mix", "By mix", change),
            Column("rate", "By own rate", change),
        ]
        ordered = found.mix.effects
        flat = effects(found.mix, [part for one in ordered for part in (one.mix, one.rate)], found)
    rows: list[tuple[Cell | Figure, ...]] = []
    for key in found.keys:
        was, is_ = found.figures(key)
        known = was is not None and is_ is not None and was.value is not None and is_.value is not None
        row: list[Cell | Figure] = [*found.label(key), is_, was]
        if known:
            assert was is not None and is_ is not None
            row.append(minus(is_.value, was.value))
        elif metric.shape in ("count", "sum", "balance-at"):
            row.append(minus(_or_nothing(is_, found), _or_nothing(was, found)))
        else:
            row.append(None)
        if found.mix is not None:
            place = by_key.get(key)
            one = found.mix.effects[place] if place is not None else None
            own = flat[place * 2 : place * 2 + 2] if place is not None else (None, None)
            row += [float(one.share_now), float(one.share_before)] if one else [None, None]
            row += [*own]
        rows.append(tuple(row))
    title = f"{metric.label} by {' and '.join(d.label.lower() for d in split_by)}"
    return Table("segments", tuple(columns), tuple(rows[:SHOWN]), title, len(rows))


def checks(found: Compared) -> list[str]:
    """What was proved: how many rows stand on either side, and that the parts add to the change."""
    rows = noun(found.metric.entity)
    lines = []
    if not found.metric.of_metrics:
        now, before = (many(side.total.n or 0, rows) for side in (found.now, found.before))
        lines.append(f"{now}, {found.now.words}; {before}, {found.before.words}.")
    return lines


def _as(number: float, like: Value) -> Value:
    if isinstance(like, Money):
        return Money(round(number), like.currency)
    return round(number) if isinstance(like, int) and number == round(number) else number


__all__ = ["bridge", "differences", "laid_out", "sentences", "split"]
