"""Did the parts get better, or is there more of the better part? A change of a ratio in mix and own rates, without rest.

A ratio of sums R = Σn / Σd over segments is Σ w·r with shares w = d / Σd and rates r = n / d. Between two times

    R₁ - R₀ = Σ (w₁ - w₀)·(r̄ - R̄) + Σ w̄·(r₁ - r₀),   x̄ = (x₀ + x₁) / 2

exactly: the symmetrical form (Marshall 1927, Edgeworth), so that neither time is the base, and a segment that grows
counts as mix only by how far its rate lies from the whole (Σ(w₁ - w₀) = 0, so subtracting R̄ changes nothing in sum). A
segment that is in one of the two only has no rate in the other: all it does is mix. Exact fractions throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Key = tuple[str, ...]
Sides = tuple[Fraction, Fraction]
# A mix that explains less than this of a change is not what moved it.
MOST_OF_IT = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one segment did to the whole: by its share of the rows (`mix`) and by its own rate (`rate`)."""

    key: Key
    share_before: Fraction
    share_now: Fraction
    rate_before: Fraction | None
    rate_now: Fraction | None
    mix: Fraction
    rate: Fraction

    @property
    def moved(self) -> Fraction:
        """How much its own rate moved; 0 where it is in one of the two only."""
        if self.rate_before is None or self.rate_now is None:
            return Fraction(0)
        return self.rate_now - self.rate_before

    @property
    def stayed(self) -> bool:
        """Is it in both, so that its rate can be compared with itself?"""
        return self.rate_before is not None and self.rate_now is not None


@dataclass(frozen=True, slots=True)
class Mix:
    """The change of a whole and its two causes; `mix + rate == now - before`, exactly."""

    before: Fraction
    now: Fraction
    effects: tuple[Effect, ...]

    @property
    def change(self) -> Fraction:
        return self.now - self.before

    @property
    def mix(self) -> Fraction:
        return sum((one.mix for one in self.effects), Fraction(0))

    @property
    def rate(self) -> Fraction:
        return sum((one.rate for one in self.effects), Fraction(0))

    @property
    def reversed(self) -> bool:
        """Did the whole move one way although every segment moved the other (Simpson 1951)?

        Two segments at least, all of them in both times, none of them still.
        """
        if len(self.effects) < 2 or not self.change or not all(one.stayed for one in self.effects):
            return False
        return all(one.moved * self.change < 0 for one in self.effects)

    @property
    def mostly_mix(self) -> bool:
        """Does the mix explain at least half of the change, in its direction?"""
        return bool(self.change) and self.mix / self.change >= MOST_OF_IT

    @property
    def grew(self) -> Effect:
        """The segment whose larger (or smaller) share of the rows pulled the whole the way it went most."""
        way = 1 if self.change > 0 else -1
        pulled = [one for one in self.effects if one.mix * way > 0] or list(self.effects)
        more = [one for one in pulled if one.share_now > one.share_before]
        return max(more or pulled, key=lambda one: (one.mix * way, one.key))


def taken_apart(before: Mapping[Key, Sides], now: Mapping[Key, Sides]) -> Mix | None:
    """The change of Σn / Σd in mix and rates, by (n, d) of each segment at both times. None where either sum is nothing.

    A segment without rows at both times is left out; a negative d has no share and raises ValueError.
    """
    keys = sorted({**before, **now})
    nothing = (Fraction(0), Fraction(0))
    was = {key: before.get(key, nothing) for key in keys}
    is_ = {key: now.get(key, nothing) for key in keys}
    if any(d < 0 for _, d in (*was.values(), *is_.values())):
        raise ValueError("a share of a negative amount is no share")
    down = [sum((d for _, d in side.values()), Fraction(0)) for side in (was, is_)]
    up = [sum((n for n, _ in side.values()), Fraction(0)) for side in (was, is_)]
    if not (down[0] and down[1]):
        return None
    whole = up[0] / down[0], up[1] / down[1]
    middle = (whole[0] + whole[1]) / 2
    effects = []
    for key in keys:
        (n0, d0), (n1, d1) = was[key], is_[key]
        if not (d0 or d1):
            continue
        w0, w1 = d0 / down[0], d1 / down[1]
        r0, r1 = (n0 / d0 if d0 else None), (n1 / d1 if d1 else None)
        first, last = r0 if r0 is not None else r1, r1 if r1 is not None else r0
        assert first is not None and last is not None
        mix = (w1 - w0) * ((first + last) / 2 - middle)
        effects.append(Effect(key, w0, w1, r0, r1, mix, (last - first) * (w0 + w1) / 2))
    found = Mix(whole[0], whole[1], tuple(effects))
    assert found.mix + found.rate == found.change
    return found


def shared_out(parts: list[Fraction], whole: Fraction) -> list[int]:
    """Whole units that add to a whole number of them: each part down to its floor, the rest to the largest remainders.

    Raises ValueError where the parts do not add to the whole.
    """
    if sum(parts, Fraction(0)) != whole or whole.denominator != 1:
        raise ValueError("the parts do not add to a whole number")
    floors = [int(part // 1) for part in parts]
    order = sorted(range(len(parts)), key=lambda i: (-(parts[i] - floors[i]), i))
    for index in order[: int(whole) - sum(floors)]:
        floors[index] += 1
    return floors


__all__ = ["Effect", "Mix", "shared_out", "taken_apart"]
