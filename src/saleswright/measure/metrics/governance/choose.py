"""Which seven KPIs would do? A first set by process, industry, cycle and model, with a reason for each and for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.asked import ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.governance import kpi
from saleswright.measure.metrics.governance.guide import Answer, Guide, Question
from saleswright.measure.metrics.lacking import missing
from saleswright.measure.metrics.model import Metric


@dataclass(frozen=True, slots=True)
class Pick:
    """One question as it stands here: its weight, why it weighs so, and the KPI that answers it, where there is one."""

    question: Question
    weight: float
    why: tuple[str, ...]
    kpi: Metric | None = None
    figure: Figure | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What is not in the set, and why: label, the reason, and the source that would bring it where data is missing."""

    label: str
    because: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The set in the order of its weight, what was left out, and what the data cannot compute."""

    picks: tuple[Pick, ...]
    left: tuple[Left, ...]
    lacking: tuple[Left, ...]
    notes: tuple[str, ...]


def own_cycle(at: Snapshot) -> float | None:
    """The median days from qualified to won in the own record; None where nothing was won."""
    value = evaluate(at, ask(at, "sales_cycle", (), "all")).total.value
    return float(value) if isinstance(value, (int, float)) else None


def choose(at: Snapshot, rules: Guide, given: Mapping[str, str]) -> Chosen:
    """Weigh each question for these facts, answer each by the first metric that fits and can be computed, keep the heaviest.

    Where fewer look ahead, or back, than the rules ask for, the lightest of the others gives way to the heaviest such one.
    """
    found = metrics_in_force(at)
    left: list[Left] = []
    gaps: list[Left] = []
    picks: list[Pick] = []
    for question in rules.questions:
        pick = _weighed(question, given)
        for answer in question.answers:
            if not answer.when.holds(given):
                continue
            if pick.kpi is not None:
                _beside(left, found, answer, pick.kpi)
                continue
            pick = _answered(at, found, answer, pick, gaps)
        if pick.kpi is not None:
            picks.append(pick)
    picks.sort(key=lambda pick: -pick.weight)
    kept, notes = _balanced(rules, picks)
    names = {pick.kpi.name for pick in kept if pick.kpi}
    least = min((pick.weight for pick in kept), default=0.0)
    for pick in picks:
        if pick not in kept and pick.kpi:
            why = f", for {'; '.join(pick.why)}" if pick.why else ""
            weighs = f"It weighs {pick.weight:g} here{why}; what is kept weighs {least:g} or more"
            left.append(Left(pick.kpi.label, f"{pick.question.ask} {weighs}."))
    left = [one for one in dict.fromkeys(left) if one.label not in {found[name].label for name in names}]
    return Chosen(tuple(kept), tuple(left), tuple(dict.fromkeys(gaps)), tuple(notes))


def _weighed(question: Question, given: Mapping[str, str]) -> Pick:
    more = [one for one in question.more if one.when.holds(given)]
    return Pick(question, question.weight + sum(one.by for one in more), tuple(one.because for one in more))


def _answered(at: Snapshot, found: Mapping[str, Metric], answer: Answer, pick: Pick, gaps: list[Left]) -> Pick:
    """The question with this answer, where the data can compute it; else what is missing is noted."""
    one = found.get(answer.metric)
    if one is None:
        if pick.weight > 0:
            gaps.append(Left(answer.label, answer.because, answer.comes_from))
        return pick
    source = missing(at, one) or lacking(at, one.needs)
    figure = kpi.measured(at, one)[0] if not source else None
    if figure is None or figure.value is None:
        if pick.weight > 0:
            reason = source or (figure.reason if figure else "")
            gaps.append(Left(one.label, answer.because, reason))
        return pick
    return replace(pick, kpi=one, figure=figure, because=answer.because)


def _beside(left: list[Left], found: Mapping[str, Metric], answer: Answer, taken: Metric) -> None:
    """Another answer to a question that has one already."""
    label = found[answer.metric].label if answer.metric in found else answer.label
    left.append(Left(label, f"it answers what {taken.label.lower()} answers: {answer.because}"))


def _balanced(rules: Guide, picks: list[Pick]) -> tuple[list[Pick], list[str]]:
    """The heaviest, each metric once, with as many leading and lagging ones as the rules ask for."""
    once: dict[str, Pick] = {}
    for pick in picks:
        if pick.kpi and pick.weight > 0:
            once.setdefault(pick.kpi.name, pick)
    ordered = list(once.values())
    kept, rest, notes = ordered[: rules.most], ordered[rules.most :], []
    for timing, other, least in (("leading", "lagging", rules.leading), ("lagging", "leading", rules.lagging)):
        while sum(_timing(pick) == timing for pick in kept) < least:
            better = next((pick for pick in rest if _timing(pick) == timing), None)
            gone = next((pick for pick in reversed(kept) if _timing(pick) == other), None)
            if better is None or (gone is None and len(kept) >= rules.most):
                notes.append(f"Fewer than {least} {timing} KPIs: the data has no other.")
                break
            if gone is not None and len(kept) >= rules.most:
                kept.remove(gone)
                rest.append(gone)
                notes.append(
                    f"{_label(better)} stands instead of {_label(gone)}, for at least {least} are to be {timing}."
                )
            kept.append(better)
            rest.remove(better)
    return kept, notes


def _timing(pick: Pick) -> str:
    return pick.kpi.timing if pick.kpi else ""


def _label(pick: Pick) -> str:
    return pick.kpi.label if pick.kpi else ""
