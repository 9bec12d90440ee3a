"""Is it the right set of KPIs? What could go without loss, each with its reason, and whether it looks ahead as well as back.

Above seven KPIs nobody steers. What could go is said by what each adds: two that measure the same, one that nobody answers
for or looks at, one that cannot be told; never only that there are too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Column, Table
from saleswright.measure.metrics.governance.board import Line
from saleswright.measure.metrics.governance.reviews import Due, after
from saleswright.measure.metrics.governance.sets import MOST
from saleswright.measure.metrics.governance.wobble import Wobble
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import plural

ALIKE = 0.8
"""From this rank correlation of their changes from month to month on, two KPIs are said to tell the same."""

TOGETHER = 13
"""So many months in common it takes, for twelve changes."""

WEIGHTS = {"cannot": 4, "alike": 3, "part": 2, "nobody": 2, "unseen": 1, "objective": 1}


@dataclass(frozen=True, slots=True)
class Strike:
    """One reason why a KPI could leave a set. other: the KPI that stays and says as much."""

    kpi: Metric
    kind: str
    words: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What there is to say of one role's set. spare: how many more than seven; drop: those to let go first, in order."""

    role: str
    count: int
    strikes: tuple[Strike, ...]
    drop: tuple[Metric, ...]
    balance: str

    @property
    def spare(self) -> int:
        return max(0, self.count - MOST)

    @property
    def warning(self) -> str:
        """The sentence above the reasons; empty for a set of seven or fewer."""
        if not self.spare:
            return ""
        first = [f"{one.label}, for {self._why(one)}" for one in self.drop[: self.spare]]
        enough = len(first) == self.spare
        said = f"{self.role.capitalize()} has {self.count} KPIs, {self.spare} more than {MOST}."
        if first:
            said += f" {'These could' if len(first) > 1 else 'This could'} go with the least lost: {'; '.join(first)}."
        if not enough:
            rest = self.spare - len(first)
            said += f" Nothing speaks against {plural(rest, 'other')}: choose what the role can change itself."
        return said

    def _why(self, one: Metric) -> str:
        """The strongest reason against one, of those whose other side stays in the set."""
        gone = {each.name for each in self.drop[: self.drop.index(one)]}
        mine = [strike for strike in self.strikes if strike.kpi.name == one.name and strike.other not in gone]
        return max(mine, key=lambda strike: WEIGHTS[strike.kind]).words


def advise(at: Snapshot, role: str, made: Sequence[Line]) -> Advice:
    """What speaks against each KPI of a role, from its definition, its reviews and its own history."""
    asked = [line.kpi for line in made]
    strikes = [
        *_cannot(made),
        *_parts(asked),
        *alike(asked, {line.kpi.name: line.past for line in made if line.past}),
        *_nobody(asked),
        *_unseen(at, made),
    ]
    return Advice(role, len(asked), tuple(strikes), _drop(asked, strikes), balance(role, asked))


def _cannot(made: Sequence[Line]) -> list[Strike]:
    return [
        Strike(line.kpi, "cannot", f"it cannot be told: {line.figure.reason}")
        for line in made
        if line.figure.value is None
    ]


def _parts(asked: Sequence[Metric]) -> list[Strike]:
    """One that is a part or a variant of another in the same set: the whole, or the first written, stays."""
    found = []
    for first, second in combinations(asked, 2):
        for whole, part in ((first, second), (second, first)):
            if part.name in whole.parts:
                words = f"it is a part of {whole.label.lower()}, which is in the set"
                found.append(Strike(part, "part", words, whole.name))
        if second.name in first.variants or first.name in second.variants:
            words = f"it asks otherwise what {first.label.lower()} asks"
            found.append(Strike(second, "part", words, first.name))
    return found


def alike(asked: Sequence[Metric], made: Mapping[str, Wobble]) -> list[Strike]:
    """Two whose changes from month to month go together over the own history, by Spearman's rank correlation.

    Of changes, not of levels: two that both grow are alike in nothing else.
    """
    found = []
    for first, second in combinations(asked, 2):
        one, other = (_by_month(made.get(kpi.name, Wobble(()))) for kpi in (first, second))
        months = [month for month in one if month in other]
        if len(months) < TOGETHER:
            continue
        share = rank_correlation(_changes([one[m] for m in months]), _changes([other[m] for m in months]))
        if share is not None and abs(share) >= ALIKE:
            way = "with" if share > 0 else "against"
            words = f"it moved {way} {first.label.lower()} over {len(months)} months (rank correlation {share:.2f})"
            found.append(Strike(second, "alike", words, first.name))
    return found


def _by_month(made: Wobble) -> dict[str, float]:
    return {str(spot.period): spot.size for spot in made.spots if spot.figure.value is not None}


def _changes(values: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(values)]


def rank_correlation(left: Sequence[float], right: Sequence[float]) -> float | None:
    """Spearman's: Pearson's correlation of the ranks, ties at their mean rank. None where one of them never moves."""
    a, b = _ranks(left), _ranks(right)
    middle = (len(a) + 1) / 2
    above = sum((x - middle) * (y - middle) for x, y in zip(a, b, strict=True))
    below = (sum((x - middle) ** 2 for x in a) * sum((y - middle) ** 2 for y in b)) ** 0.5
    return above / below if below else None


def _ranks(values: Sequence[float]) -> list[float]:
    places: dict[float, list[int]] = {}
    for rank, value in enumerate(sorted(values), 1):
        places.setdefault(value, []).append(rank)
    return [sum(places[value]) / len(places[value]) for value in values]


def _nobody(asked: Sequence[Metric]) -> list[Strike]:
    found = [Strike(one, "nobody", "nobody answers for it") for one in asked if not one.answers]
    return found + [Strike(one, "objective", "it serves no objective") for one in asked if not one.objective]


def _unseen(at: Snapshot, made: Sequence[Line]) -> list[Strike]:
    """One whose review is late by more than a whole cadence: a number nobody misses."""
    return [Strike(line.kpi, "unseen", words) for line in made if (words := _long(at, line.due))]


def _long(at: Snapshot, due: Due) -> str:
    if due.last is None or due.day is None:
        return ""
    late = after(due.day, due.kpi.cadence)
    return f"its last review was on {due.last.day}, more than two cadences ago" if late and late < at.day else ""


def _drop(asked: Sequence[Metric], strikes: Sequence[Strike]) -> tuple[Metric, ...]:
    """Those with a reason, the strongest first. Of two that say the same one stays: what is let go takes its reason along."""
    gone: list[Metric] = []
    while True:
        names = {one.name for one in gone}
        open_ = [s for s in strikes if s.kpi.name not in names and s.other not in names]
        scores = {one.name: sum(WEIGHTS[s.kind] for s in open_ if s.kpi.name == one.name) for one in asked}
        best = max(asked, key=lambda one: scores[one.name], default=None)
        if best is None or not scores[best.name]:
            return tuple(gone)
        gone.append(best)


def balance(role: str, asked: Sequence[Metric]) -> str:
    """Does the set look ahead as well as back?"""
    ahead = [one.label for one in asked if one.timing == "leading"]
    back = [one.label for one in asked if one.timing == "lagging"]
    rest = len(asked) - len(ahead) - len(back)
    said = f"{len(ahead)} leading, {len(back)} lagging" + (f", {rest} not said" if rest else "")
    if asked and not ahead:
        return f"{role.capitalize()}: {said}. All look back: by the time they move it is too late to act."
    if asked and not back:
        return (
            f"{role.capitalize()}: {said}. None says whether it worked: add an outcome, such as won value or win rate."
        )
    return f"{role.capitalize()}: {said}."


def table(advice: Advice) -> Table:
    """What speaks against each KPI, those to let go first on top."""
    order = {one.name: place for place, one in enumerate(advice.drop)}
    strikes = sorted(advice.strikes, key=lambda s: (order.get(s.kpi.name, len(order)), -WEIGHTS[s.kind]))
    columns = (Column("kpi", "KPI"), Column("because", "What speaks against it here"), Column("name", "Name"))
    footer = advice.warning or f"{plural(advice.count, 'KPI')}: at most {MOST} is what a role can steer by."
    rows = tuple((s.kpi.label, s.words, s.kpi.name) for s in strikes)
    return Table("advice", columns, rows, "What could go, and why", footer=footer)
