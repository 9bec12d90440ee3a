"""Who steers by which numbers, how do they stand, and is each looked at? One role's KPIs, or everybody's."""

from __future__ import annotations

from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.measure.metrics.asked import catalogue, metrics_in_force
from saleswright.measure.metrics.compute import Result
from saleswright.measure.metrics.governance import fresh, kpi, outcome, reviews, sets
from saleswright.measure.metrics.governance.past import past
from saleswright.measure.metrics.governance.reviews import Due, Review
from saleswright.measure.metrics.governance.sets import KpiSet
from saleswright.measure.metrics.governance.wobble import Verdict, Wobble, verdict
from saleswright.measure.metrics.model import Metric


@dataclass(frozen=True, slots=True)
class Governed:
    """Everything that is said about the use of metrics on a day, read once. issues: with line and nearest name."""

    kpis: dict[str, Metric]
    sets: dict[str, KpiSet]
    reviews: dict[str, list[Review]]
    issues: tuple[Issue, ...]

    def roles(self, name: str) -> tuple[str, ...]:
        """Whose set a metric is in; where it is in none, the roles it names itself."""
        held = tuple(role for role, one in self.sets.items() if name in one.names)
        return held or self.kpis[name].tracks

    def of_role(self, role: str) -> tuple[Metric, ...]:
        """A role's KPIs, in the order of its set."""
        return tuple(self.kpis[name] for name in self.sets[role].names)

    @property
    def steered(self) -> tuple[Metric, ...]:
        """Every KPI: what is called so, and what stands in somebody's set."""
        held = {name for one in self.sets.values() for name in one.names}
        return tuple(one for one in self.kpis.values() if one.use == "kpi" or one.name in held)


def governed(at: Snapshot) -> Governed:
    """What the definitions say of KPIs, sets and reviews on the as-of day."""
    found = metrics_in_force(at)
    _, unread = catalogue(at)
    # A metric that cannot be read is an issue of its own; a set that names it is not wrong as well.
    broken = {one.name for one in at.workspace.all("metric", at.day)} - set(found)
    held, wrong_sets = sets.sets(at, found)
    looked, wrong_reviews = reviews.reviews(at, found)
    told = [i for i in (*wrong_sets, *wrong_reviews) if not any(f"'{name}'" in i.what for name in broken)]
    return Governed(found, held, looked, tuple(dict.fromkeys((*unread, *kpi.wrong(found), *told))))


def role_named(held: Governed, role: str) -> str:
    """The role of that name. Stop (usage) with the nearest names."""
    plain = " ".join(role.casefold().replace("_", " ").replace("-", " ").split())
    if plain not in held.sets:
        raise Stop(unknown("role", role, held.sets, where="role"), exit_code=USAGE)
    return plain


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI as it stands: its figure and the outcome beside it, when it is due, how old its data is, is it ordinary."""

    kpi: Metric
    figure: Figure
    result: Result | None
    beside: Figure | None
    period: str
    due: Due
    age: int | None
    stale: bool
    past: Wobble | None = None
    verdict: Verdict | None = None


def lines(at: Snapshot, held: Governed, asked: tuple[Metric, ...], judged: bool) -> list[Line]:
    """Each of these KPIs measured over its usual period; where asked, its last whole month is judged."""
    came = fresh.imported(at)
    looked = {one.kpi.name: one for one in reviews.due(at, asked, held.reviews)}
    made = []
    for one in asked:
        figure, result = kpi.measured(at, one)
        beside = outcome.with_outcome(at, result.asked) if result else None
        days = fresh.age(at, came, one.entity)
        old = fresh.stale(days, one.cadence)
        months = past(at, one, "month") if judged else None
        told = verdict(months, at.day) if months else None
        made.append(
            Line(one, figure, result, beside, kpi.period_words(at, one), looked[one.name], days, old, months, told)
        )
    return made


def unlinked(asked: tuple[Metric, ...]) -> list[tuple[Metric, str]]:
    """KPIs that serve no objective or that nobody answers for, and what each lacks."""
    return [(one, " and ".join(kpi.lacks(one)[:2])) for one in asked if not (one.objective and one.answers)]


def diagnostics(held: Governed, one: Metric) -> list[tuple[Metric, str]]:
    """Where to look when a KPI moved: its outcome, what it is made of, and its variants, each with how it hangs together."""
    metric = one
    near: dict[str, str] = {}
    if one.outcome:
        near[one.outcome] = "what comes of it"
    for name in metric.parts:
        near.setdefault(name, "a part of it")
    for name in metric.variants:
        near.setdefault(name, "the same asked otherwise")
    for other in held.kpis.values():
        if other.name == one.name:
            continue
        if metric.name in other.parts:
            near.setdefault(other.name, "it is a part of this")
        if metric.name in other.variants:
            near.setdefault(other.name, "the same asked otherwise")
        if other.outcome == metric.name:
            near.setdefault(other.name, "activity that should bring it")
    return [(held.kpis[name], words) for name, words in near.items() if name in held.kpis]
