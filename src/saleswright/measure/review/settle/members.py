"""What have the rows in common that only one side has? The smallest rule that sets them apart from the rows both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, lgamma, log

from saleswright.measure.review.settle.ours import Fact, Ours

# A rule on names of records would set anything apart from anything.
_NEVER = frozenset(("account",))
_WORDS = {"owner": "owner", "type": "deal type"}
_ENOUGH = 3.0
"""How much less likely than chance a rule must make what is seen: e^3, one in twenty, after it paid for its choices."""
_MANY = 12
_PLAIN = (
    "owner",
    "region",
    "team",
    "type",
    "segment",
    "product",
    "industry",
    "country",
    "currency",
    "channel",
    "source",
)


@dataclass(frozen=True, slots=True)
class Common:
    """A rule that rows share: the split, its members, in words, and how far from chance it is (natural log)."""

    dimension: str
    members: tuple[str, ...]
    words: str
    rows: frozenset[str]
    strength: float
    only: bool = False

    @property
    def likely(self) -> bool:
        """Is it the simplest description, though chance could have made it?"""
        return self.strength <= _ENOUGH


def apart(
    lacking: set[str], present: set[str], facts: Mapping[str, Fact], ours: Ours, values: Mapping[str, int]
) -> Common | None:
    """The rule by which `lacking` rows are not there although `present` ones are; None when chance would do as well.

    Of all splits and their members, and of a smallest amount: no row both sides have may fall under the rule, and it
    has to cover more of the lacking rows than chance would, the choice among all rules paid for.
    """
    found = []
    names = [name for name in ours.splits if name not in _NEVER]
    for name in names:

        def of(one: str, name: str = name) -> str:
            return facts[one].members.get(name, "") if one in facts else ""

        there, gone = Counter(map(of, present)), Counter(map(of, lacking))
        members = tuple(sorted(m for m in gone if not there[m]))
        if not members or (len(gone) == 1 and not present):
            continue
        rows = frozenset(one for one in lacking if of(one) in members)
        # "Only X" and "without Y" are the same rule: the shorter says it.
        only = len(there) < len(members) and len(rows) == len(lacking)
        spelled = tuple(sorted(there)) if only else members
        different = len(set(there) | set(gone))
        if len(spelled) > _MANY or different < 2:
            continue
        cost = log(len(names)) + len(spelled) * log(different)
        found.append(Common(name, spelled, _words(ours, name, spelled, only), rows,
                            _chance(len(rows), len(lacking), len(present)) - cost, only))  # fmt: skip
    if ours.money and lacking and present:
        found += _amounts(lacking, present, ours, values)
    if not found:
        return None
    best = max(found, key=lambda c: (c.strength, len(c.rows), -names.index(c.dimension) if c.dimension in names else 0))
    if best.strength > _ENOUGH:
        return best
    # Too few rows to prove a rule: the simplest one that says all of them is told as likely.
    plain = [c for c in found if len(c.rows) == len(lacking) > 1 and len(c.members) == 1 and c.dimension in _PLAIN]
    return max(plain, key=lambda c: (c.strength, -_PLAIN.index(c.dimension)), default=None)


def _amounts(lacking: set[str], present: set[str], ours: Ours, values: Mapping[str, int]) -> list[Common]:
    """Deals below their smallest amount, or above their largest."""
    least, most = (f([values[one] for one in present]) for f in (min, max))
    below = frozenset(one for one in lacking if values[one] < least)
    above = frozenset(one for one in lacking if values[one] > most)
    made = []
    for rows, words in ((below, "below"), (above, "above")):
        edge = ours.value(least if words == "below" else most)
        cost = log(len(lacking) + len(present)) + 1.5
        strength = _chance(len(rows), len(lacking), len(present)) - cost if rows else -inf
        made.append(Common("amount", (str(edge),), f"no deals {words} {edge}", rows, strength))
    return made


def _chance(rows: int, lacking: int, present: int) -> float:
    """How unlikely, as a natural log, that none of the `present` rows falls into a group of this many, were rows
    lacking by chance: (n - k choose p) / (n choose p)."""
    n = lacking + present
    if rows > lacking or not rows:
        return -inf
    return (lgamma(n + 1) - lgamma(n - present + 1)) - (lgamma(n - rows + 1) - lgamma(n - rows - present + 1))


def _words(ours: Ours, name: str, members: tuple[str, ...], only: bool) -> str:
    labels = ours.labels(name)
    said = " or ".join((labels.get(m, m) or "(none)") if m else f"no {name}" for m in members[:4])
    said += f" and {len(members) - 4} more" if len(members) > 4 else ""
    label = _WORDS.get(name, ours.splits[name].label.lower())
    return f"only deals of {label} {said}" if only else f"no deals of {label} {said}"
