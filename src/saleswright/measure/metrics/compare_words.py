"""How is a change said? The sentence about both sides, and the one about segments that moved the other way."""

from __future__ import annotations

from fractions import Fraction

from saleswright.kernel.report import Figure, Unit, Value
from saleswright.lib.money import Money
from saleswright.measure.metrics.compare import Compared, exact
from saleswright.measure.metrics.compare_chance import beyond, hints, odds
from saleswright.measure.metrics.mix import Effect, Mix
from saleswright.measure.metrics.words import many, noun


def told(value: Value, unit: Unit) -> str:
    """A value in a sentence: 41.0%, USD 12,345, 57 days."""
    if isinstance(value, Money):
        return f"{value.currency} {round(value.decimal):,}" + (" a day" if unit == "money_per_day" else "")
    if value is None:
        return "unknown"
    if unit == "share":
        return f"{value:.1%}"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return f"{text} {unit}" if unit in ("days", "hours") else text


def moved(found: Compared) -> str:
    """Both sides in a sentence: "Win rate fell from 39.2% (2026Q2) to 31.6% (2026Q3)."."""
    before, now, metric = found.before.total, found.now.total, found.metric
    was, is_ = found.before.words, found.now.words
    lacking = [(side, side.total) for side in (found.before, found.now) if side.total.value is None]
    if lacking:
        reasons = "; ".join(f"{side.words}: {figure.reason}" for side, figure in lacking)
        return f"{metric.label} cannot be compared. {reasons[:1].upper()}{reasons[1:]}."
    a, b = told(before.value, metric.unit), told(now.value, metric.unit)
    if a == b:
        return f"{metric.label} stayed at {a} ({was}; {is_})."
    return f"{metric.label} {_verb(before, now)} from {a} ({was}) to {b} ({is_})."


def against_its_parts(found: Compared) -> str:
    """The sentence for a whole that went one way while its segments went the other, or stayed; empty when none did.

    Said only of what the numbers show: every segment moved against the whole (whatever chance says, which is said
    beside it); or the whole moved by more than a wobble, most of it by the mix, and no segment
    did by itself.
    """
    mix, metric = found.mix, found.metric
    before, now = found.before.total, found.now.total
    if mix is None and metric.asks_middle:
        return _middle_against_its_parts(found)
    if mix is None or told(before.value, metric.unit) == told(now.value, metric.unit):
        return ""
    segments = many(len(mix.effects), noun(_segment(found)))
    start = (
        f"{metric.label} {_verb(before, now)} from {told(before.value, metric.unit)} to {told(now.value, metric.unit)}"
    )
    if mix.reversed:
        own = "rose" if mix.change < 0 else "fell"
        return f"{start} although it {own} in each of {segments}: {_more_of(found, mix)}."
    if not mix.mostly_mix or not hints(_odds(found, before, now)):
        return ""
    stayed = [one for one in mix.effects if one.stayed]
    if len(stayed) < 2 or any(_moved_itself(found, one) for one in stayed):
        return ""
    return f"{start} although no {noun(_segment(found))} moved beyond normal variation: {_more_of(found, mix)}."


def _middle_against_its_parts(found: Compared) -> str:
    """A middle that went one way while the middle of no segment did: there are more rows where it is longer."""
    before, now, metric = found.before.total, found.now.total, found.metric
    pairs = [(key, *found.figures(key)) for key in found.keys]
    both = [
        (key, was, is_) for key, was, is_ in pairs if was and is_ and was.value is not None and is_.value is not None
    ]
    if len(both) < 2 or len(both) < len(pairs) or before.value is None or now.value is None:
        return ""
    change = exact(now.value) - exact(before.value)
    along = [key for key, was, is_ in both if (exact(is_.value) - exact(was.value)) * change > 0]
    if not change or along or not hints(_odds(found, before, now)):
        return ""
    shares = {key: Fraction(is_.n or 0, now.n or 1) - Fraction(was.n or 0, before.n or 1) for key, was, is_ in both}
    level = {key: exact(is_.value) + exact(was.value) for key, was, is_ in both}
    whole = exact(before.value) + exact(now.value)
    pulled = [key for key in shares if shares[key] * (level[key] - whole) * change > 0 and shares[key] > 0]
    if not pulled:
        return ""
    one = max(pulled, key=lambda key: (shares[key] * abs(level[key] - whole), key))
    was, is_ = found.figures(one)
    assert was is not None and is_ is not None
    segments = many(len(both), noun(_segment(found)))
    own = "rose" if change > 0 else "fell"
    part = f"{(was.n or 0) / (before.n or 1):.0%} before, {(is_.n or 0) / (now.n or 1):.0%} now"
    rows = many(2, noun(metric.entity), bare=True)
    where = "higher" if level[one] > whole else "lower"
    return (
        f"{metric.label} {own} from {told(before.value, metric.unit)} to {told(now.value, metric.unit)} although it {own} in "
        f"none of {segments}: more of the {rows} came from {' and '.join(found.label(one))} ({part}), where it is {where}."
    )


def mix_and_rate(found: Compared) -> str:
    """How much of the change is the mix's and how much the rates', in a sentence."""
    mix, metric = found.mix, found.metric
    if mix is None or not mix.change:
        return ""
    parts = [
        f"{_points(found, part)} from {what}" for part, what in ((mix.mix, "the mix of"), (mix.rate, "the rates of"))
    ]
    segment = many(2, noun(_segment(found)), bare=True)
    return f"Of the change in {metric.label.lower()} ({_points(found, mix.change)}), {parts[0]} {segment} and {parts[1]} {segment}."


def _points(found: Compared, part: Fraction) -> str:
    unit = found.metric.unit
    sign = "+" if part > 0 else "\u2212" if part < 0 else ""
    if unit == "share":
        return f"{sign}{abs(float(part)) * 100:.1f} points"
    value = found.now.total.value
    if isinstance(value, Money):
        return f"{sign}{told(Money(round(abs(part)), value.currency), unit)}"
    return f"{sign}{told(float(abs(part)), unit)}"


def _more_of(found: Compared, mix: Mix) -> str:
    """ "more of the deals came from Small business, where it is lower" """
    one = mix.grew
    rows = many(2, noun(found.metric.entity), bare=True)
    rate = (one.rate_before if one.rate_before is not None else Fraction(0)) + (one.rate_now or Fraction(0))
    level = rate / 2 if one.stayed else rate
    lower = level < (mix.before + mix.now) / 2
    name = " and ".join(found.label(one.key))
    how = "more" if one.share_now > one.share_before else "less"
    shares = f"{float(one.share_before):.0%} before, {float(one.share_now):.0%} now"
    return f"{how} of the {rows} came from {name} ({shares}), where it is {'lower' if lower else 'higher'}"


def _moved_itself(found: Compared, one: Effect) -> bool:
    before, now = found.figures(one.key)
    assert before is not None and now is not None
    return beyond(_odds(found, before, now))


def _odds(found: Compared, before: Figure, now: Figure) -> float | None:
    days = found.before.result.asked.period.days, found.now.result.asked.period.days
    return odds(found.metric, before, now, days) if found.kind == "period" else None


def _segment(found: Compared) -> str:
    split = found.now.result if found.now.split is None else found.now.split
    return " and ".join(d.label.lower() for d in split.asked.by) or "segment"


def _verb(before: Figure, now: Figure) -> str:
    a, b = (side.value.minor if isinstance(side.value, Money) else side.value or 0 for side in (before, now))
    return "rose" if b > a else "fell"


__all__ = ["against_its_parts", "mix_and_rate", "moved", "told"]
