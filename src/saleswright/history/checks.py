"""What can be wrong about a record? The shapes a check may have, each an expression over rows that gives its evidence.

A check is SQL that is null where nothing is wrong and else the evidence: the day that passed, how often a date moved, the
fields that are empty. So one scan answers every check of a table, and whoever shows it puts the evidence into words.
Thresholds and days are bound parameters (`$day` is the as-of day), so one text serves every company.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

# What each shape asks; rules of every chapter name them by these words.
SHAPES: dict[str, str] = {
    "date-passed": "a date lies before the as-of day",
    "changed-too-often": "a date was moved later at least so many times",
    "missing": "fields are empty",
    "silent": "nothing has happened for at least so many days",
    "too-long-in": "longer in the present value of a field than nearly all that left it",
    "too-old": "open for far longer than nearly every win took",
    "placeholder": "an amount that stands for none: 0, 1, nines, 1234, or one repeated where real ones are not",
    "same-key": "exactly the same as another record, once case, accents and punctuation are left out",
    "contradiction": "two fields that cannot both hold",
    "says-otherwise": "a text says another kind than the field does",
    "slipped": "called for a period that ended, and still open",
    "out-of-wobble": "a month whose ratio lies outside what chance does to the others",
}


def date_passed(field: str) -> str:
    """The day that passed."""
    return f"CASE WHEN {field} < $day THEN {field} END"


def reaches(count: str, limit: str) -> str:
    """The count, where it reaches the limit: how often a field changed, how long nothing happened."""
    return f"CASE WHEN {count} >= {limit} THEN {count} END"


def exceeds(count: str, limit: str) -> str:
    """The count, where it is more than the limit: days in a stage."""
    return f"CASE WHEN {count} > {limit} THEN {count} END"


def missing(fields: Iterable[str]) -> str:
    """The names of the empty fields, parted by commas."""
    parts = ", ".join(f"CASE WHEN {field} IS NULL THEN '{field}' END" for field in fields)
    return f"nullif(concat_ws(',', {parts}), '')"


def placeholder(amount: str, currency_units: str, repeated: str) -> str:
    """Why an amount (minor units; `currency_units` minor units make one) is none: zero, one, pattern or repeated."""
    whole = f"({amount} // {currency_units})"
    text = f"CAST({whole} AS VARCHAR)"
    even = f"{amount} % {currency_units} = 0"
    nines = f"regexp_full_match({text}, '9{{3,}}')"
    count = f"length({text}) >= 3 AND '1234567890' LIKE {text} || '%'"
    return (
        f"CASE WHEN {amount} = 0 THEN 'zero' WHEN {amount} = {currency_units} THEN 'one' "
        f"WHEN {even} AND ({nines} OR ({count})) THEN 'pattern' WHEN {repeated} THEN 'repeated' END"
    )


def later_moves(field: str, before: str) -> str:
    """How many versions moved a date later than the version before had it: an aggregate over versions."""
    return f"count(*) FILTER ({field} > {before})"


def first_of_each(keys: Sequence[str], rows: str, order: str, keep: str = "") -> str:
    """A query of (id, first, n): every record whose keys equal another's, and the oldest of its group.

    Null in a key is never the same as anything, but in a key named in `keep`, where null equals null.
    """
    told = " AND ".join(f"{key} IS NOT NULL" for key in keys if key not in keep.split(","))
    group = ", ".join(keys)
    return (
        f"SELECT id, first_value(id) OVER w AS first, count(*) OVER (PARTITION BY {group}) AS n FROM {rows} "
        f"WHERE {told or 'true'} WINDOW w AS (PARTITION BY {group} ORDER BY {order}) QUALIFY n > 1"
    )


def contradicting(closed: str, created: str, standing: str) -> str:
    """How the closed date contradicts the rest: early, future, undated. An open deal has none: the history keeps none for it."""
    decided = f"{standing} IN ('won', 'lost')"
    return (
        f"CASE WHEN {decided} AND {closed} IS NULL THEN 'undated' "
        f"WHEN {decided} AND {closed} > $day THEN 'future' WHEN {closed} < {created} THEN 'early' END"
    )


@dataclass(frozen=True, slots=True)
class Wobble:
    """One stretch of time: what happened of how many, and the limits that chance keeps to, from all the others."""

    label: str
    hits: int
    of: int
    expected: float
    low: float
    high: float

    @property
    def out(self) -> bool:
        """Is the ratio outside its limits?"""
        return not self.low <= self.hits / self.of <= self.high


def wobbles(groups: Mapping[str, Mapping[str, tuple[int, int]]], sigmas: float, least: int) -> list[Wobble]:
    """The ratio of each stretch against the others, with limits of so many standard deviations of chance.

    groups: stretch -> part (segment, say) -> (hits, of). What is expected of a stretch are the ratios of its parts in all
    other stretches, so that a change of the mix is not taken for a change of the ratio. Stretches with fewer than
    `least` are not judged. Limits are those of a p-chart (Shewhart) with the variance of the parts' binomials, widened
    where stretches ordinarily differ by more than chance, as with ends of quarters (Laney 2002, Quality Engineering 14:531,
    with a robust spread so that the month looked for does not hide itself).
    """
    whole: dict[str, list[int]] = {}
    for parts in groups.values():
        for part, (hits, of) in parts.items():
            held = whole.setdefault(part, [0, 0])
            held[0] += hits
            held[1] += of
    told: list[tuple[str, int, int, float, float]] = []
    for label, parts in groups.items():
        n = sum(of for _, of in parts.values())
        expected = variance = 0.0
        for part, (hits, of) in parts.items():
            others = whole[part][1] - of
            rate = (whole[part][0] - hits) / others if others else hits / of if of else 0.0
            expected += of * rate
            # How well the others tell the rate is part of the doubt.
            variance += of * rate * (1 - rate) * (1 + (of / others if others else 0))
        if n < least:
            continue
        told.append((label, sum(h for h, _ in parts.values()), n, expected / n, sqrt(variance) / n))
    wide = max(1.0, _spread([(hits / n - middle) / sigma for _, hits, n, middle, sigma in told if sigma]))
    found = []
    for label, hits, n, middle, sigma in told:
        band = sigmas * wide * sigma
        found.append(Wobble(label, hits, n, middle, max(0.0, middle - band), min(1.0, middle + band)))
    return found


def _spread(scores: Sequence[float]) -> float:
    """How many times chance do stretches ordinarily differ? The middle of the absolute scores over that of a normal one."""
    ordered = sorted(abs(score) for score in scores)
    return ordered[len(ordered) // 2] / 0.6745 if len(ordered) >= 6 else 1.0
