"""How does one say why the target was hit or missed? One plain sentence for the whole, one for each cause.

It is accounting: a cause is what differs from the plan and what the difference is worth, never who is to blame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.kernel.report import Figure
from saleswright.measure.flow.miss.against import FACTS
from saleswright.measure.flow.miss.factors import CAUSES, DEAL_SIZE, MIX, TIMING, VOLUME, WIN_RATE
from saleswright.measure.flow.miss.find import Miss
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.words import plural

LABELS = ("New deals", "Mix", "Win rate", "Timing", "Deal size")
MAIN = 0.9
"""The stretches that bring this share of the plan are the ones that feed the period."""

MOST = 2
COUNTED = ("one thing stands", "two things stand", "three things stand")


@dataclass(frozen=True)
class Cause:
    """One cause: what it did to the bookings, and the two numbers behind it, plan's and actual's, like with like."""

    place: int
    effect: int
    was: Figure
    now: Figure
    fact: str

    @property
    def name(self) -> str:
        return CAUSES[self.place]

    @property
    def label(self) -> str:
        return LABELS[self.place]


def causes(m: Miss) -> tuple[Cause, ...]:
    """All five, in the order they stand in the bridge."""
    makers = (_volume, _mix, _win_rate, _timing, _deal_size)
    return tuple(make(m) for make in makers)


def _cause(m: Miss, place: int, was: Figure, now: Figure, fact: str) -> Cause:
    return Cause(place, m.shares.cause(place), was, now, fact)


def _feeding(m: Miss) -> int:
    """How many of the last stretches feed the period."""
    share = np.cumsum(m.plan.cells.sum(axis=0)[:-1])
    enough = np.flatnonzero(share >= MAIN * m.plan.cells.sum())
    return int(enough[0]) + 1 if len(enough) else max(1, len(share))


def _volume(m: Miss) -> Cause:
    many = _feeding(m)
    now, was = (float(side.came[:, :many].sum()) for side in (m.actual, m.plan))
    names = m.lag_names[:many]
    when = names[0] if many == 1 else f"{names[-1]} to {names[0]}"
    fact = f"{round(now):,} qualified deals came in over {when}, {round(was):,} {m.against.than}"
    return _cause(m, VOLUME, Figure("was", round(was), "count"), Figure("now", round(now), "count"), fact)


def _mix(m: Miss) -> Cause:
    many = _feeding(m)
    shares = []
    for side in (m.actual, m.plan):
        came = side.came[:, :many].sum(axis=1)
        shares.append(came / came.sum() if came.sum() else came)
    place = int(np.argmax(np.abs(shares[0] - shares[1]))) if len(m.members) else 0
    now, was = (float(one[place]) for one in shares)
    fact = f"{m.labels[place]} is {_percent(now)} of the new deals, {_percent(was)} {m.against.than}"
    if len(m.members) < 2:
        fact = "one segment only, so there is no mix"
    return _cause(
        m, MIX, Figure("was", was, "share", m.labels[place]), Figure("now", now, "share", m.labels[place]), fact
    )


def _win_rate(m: Miss) -> Cause:
    decided = m.tally.decided
    n, won = int(decided.sum()), int(m.tally.won.sum())
    expected = float((decided * m.plan.win_rate).sum())
    was = Figure("was", expected / n if n else None, "share", reason="" if n else "nothing was decided")
    now = Figure("now", won / n if n else None, "share", n=n, of=(won, n) if n else None, reason=was.reason)
    fact = f"{_percent(won / n)} of {plural(n, 'decided deal')} won, {_percent(expected / n)} {_like(m)}" if n else ""
    return _cause(m, WIN_RATE, was, now, fact or "nothing was decided")


def _timing(m: Miss) -> Cause:
    came = m.tally.came
    now, was = int(m.tally.decided.sum()), float((came * m.plan.timing).sum())
    fact = f"{plural(now, 'deal')} of those that came in decided in time, {round(was):,} {_like(m)}"
    return _cause(m, TIMING, Figure("was", round(was), "count"), Figure("now", now, "count"), fact)


def _deal_size(m: Miss) -> Cause:
    n = int(m.tally.won.sum())
    expected = float((m.tally.won * m.plan.deal_size).sum())
    why = "" if n else "nothing was won"
    was = Figure("was", m.money(expected / n) if n else None, "money", reason=why)
    now = Figure("now", m.money(m.won / n) if n else None, "money", n=n, reason=why)
    fact = f"{brief(now.value)} a win, {brief(was.value)} {_like(m)}" if n else "nothing was won"
    return _cause(m, DEAL_SIZE, was, now, fact)


def _like(m: Miss) -> str:
    """The plan's number for the same deals: no mix in it."""
    if m.against.kind == FACTS or m.against.implied:
        return f"at the rates of the {'implied ' if m.against.implied else ''}plan"
    return f"at the rates of {m.against.label}"


def sentence(m: Miss, cause: Cause) -> str:
    """One cause, to be read aloud."""
    if not cause.effect:
        return f"{cause.label}: no change."
    normal = "; within normal variation" if m.cause_normal(cause.place) else ""
    return f"{cause.label}: {cause.fact}: {moved(m, cause.effect)}{normal}."


def moved(m: Miss, minor: int) -> str:
    """USD 1.20M less, USD 30.00K more."""
    return f"{brief(m.money(abs(minor)))} {'less' if minor < 0 else 'more'}"


def lede(m: Miss) -> str:
    """The whole in a few sentences."""
    size = brief(m.money(abs(m.gap)))
    target = f"{_target(m)} of {brief(m.money(m.target))}"
    where = f"{size} {'below' if m.gap < 0 else 'above'} {target}" if m.gap else f"exactly {target}"
    said = [f"{m.shown.label}: {brief(m.money(m.won))} won, {where}."]
    found = causes(m)
    if m.normal:
        said.append(f"That is within normal variation: {chance(m)}.")
        loud = sorted((c for c in found if m.stands_out(c.place)), key=lambda c: -abs(c.effect))[: len(COUNTED)]
        if loud:
            said.append(f"Beneath it {COUNTED[len(loud) - 1]} out: {'; '.join(_inline(m, c) for c in loud)}.")
            # Of five bands of eight in ten, one is left by chance as often as not: these are named, and not as findings.
            near = [c for c in found if c.effect and c not in loud and not m.cause_normal(c.place)]
            if near:
                said.append(f"Outside its own band, but not by much: {'; '.join(_inline(m, c) for c in near[:MOST])}.")
            return " ".join(said)
        some = [c for c in found if c.effect and not m.cause_normal(c.place)]
        if some:
            said.append(f"The largest cause beneath it: {_inline(m, max(some, key=lambda c: abs(c.effect)))}.")
        return " ".join(said)
    sign = 1 if m.gap > 0 else -1
    same = sorted((c for c in found if c.effect * sign > 0), key=lambda c: -abs(c.effect))
    back = sorted(
        (c for c in found if c.effect * sign < 0 and not m.cause_normal(c.place)), key=lambda c: -abs(c.effect)
    )
    # The first is named whatever its band; another only when it is more than chance.
    named = same[:1] + [c for c in same[1 : MOST + 1] if not m.cause_normal(c.place)]
    said.append(f"Most of it is {_inline(m, named[0])}.")
    said += [f"Then {_inline(m, c)}." for c in named[1:]]
    if back:
        said.append(f"The other way: {'; '.join(_inline(m, c) for c in back[:MOST])}.")
    return " ".join(said)


def _inline(m: Miss, cause: Cause) -> str:
    return f"{cause.label[0].lower()}{cause.label[1:]}, {moved(m, cause.effect)} ({cause.fact})"


def _target(m: Miss) -> str:
    if m.against.kind == FACTS or m.against.implied:
        return m.against.label + (" to date" if not m.over else "")
    return f"what {m.against.label} brought"


def chance(m: Miss) -> str:
    """What luck alone does."""
    low, high = brief(m.money(abs(m.bands.low_whole))), brief(m.money(abs(m.bands.high_whole)))
    return f"eight times in ten chance alone ends between {low} below and {high} above"


def verdict(m: Miss, place: int) -> str:
    """normal variation, or more than chance."""
    if not m.shares.cause(place):
        return "no change"
    return "within normal variation" if m.cause_normal(place) else "more than chance"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
