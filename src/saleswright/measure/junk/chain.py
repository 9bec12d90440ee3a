"""How does the win rate come about? From everything the CRM calls won or lost, treatment by treatment, to the figure shown.

One query tells for each deal the first reason that leaves it out, so the chain adds up by itself: the raw rate less each
treatment in turn is the metric's own figure, which is measured apart and compared. Findings nobody decided on stand
beside the chain, never in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY, refused
from saleswright.kernel.report import Figure
from saleswright.measure.junk.effect import held, rule_of
from saleswright.measure.junk.find import Finding, candidates
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked, ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate, sums
from saleswright.measure.metrics.dimensions import dimensions
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.leave_out import Rule, applying
from saleswright.measure.metrics.reasons import reasons

RAW = "Everything the CRM calls won or lost"
ALWAYS = date(1, 1, 1)


@dataclass(frozen=True)
class Link:
    """One treatment: what it leaves out, the decision behind it, and the rate after it.

    start: the day the decision is in force from; None for what nobody decided (a deal without a closing date).
    won, lost: how many of each it leaves out. finding: the name to keep it by, for what is only proposed.
    """

    label: str
    decided: str
    start: date | None
    rate: Figure
    won: int
    lost: int
    why: str = ""
    finding: str = ""

    @property
    def touched(self) -> int:
        return self.won + self.lost


@dataclass(frozen=True)
class Chain:
    """From the raw rate to the figure; what is proposed stands apart, each with the rate if it alone were kept.

    figure: the metric's own, with its reference. together: the rate if every proposal were kept.
    open_late: open deals that are past due. stuck: open deals far older than nearly every win, and the rate were they lost.
    """

    asked: Asked
    raw: Figure
    links: tuple[Link, ...]
    figure: Figure
    proposed: tuple[Link, ...]
    together: Figure
    open_late: int
    stuck: int
    if_lost: Figure


def chain(at: Snapshot, period: str = "", where: Pairs = ()) -> Chain:
    """The chain of the win rate. Stop (not allowed) for who sees a part of the record: junk is told by the whole."""
    if at.policy.scope != COMPANY:
        raise refused(at.policy.actor, "how the win rate comes about, which is told over the whole record")
    asked = ask(at, "win_rate", (), period, where)
    left, counted = _told_apart(at, asked)
    links: list[Link] = []
    won, lost = (counted[one] + sum(gone[one] for gone in left.values()) for one in ("won", "lost"))
    raw = replace(_rate(asked, won, lost), name="raw_win_rate", label="Win rate, nothing left out")
    for key, label, decided, start, why in _decisions(asked):
        gone = left.get(key, {"won": 0, "lost": 0})
        won, lost = won - gone["won"], lost - gone["lost"]
        if gone["won"] + gone["lost"] or start is not None:
            links.append(Link(label, decided, start, _rate(asked, won, lost), gone["won"], gone["lost"], why))
    figure = evaluate(at, asked).total
    if figure.of not in ((won, won + lost), None) or (figure.n or 0) != won + lost:
        raise AssertionError(f"the chain ends at {won} of {won + lost}, the win rate is {figure.of}")
    found = [one for one in candidates(at) if _holds(at, asked, (one,))]
    proposed = [link for link in (_proposal(at, asked, one, won, lost) for one in found) if link.touched]
    kept = _told_with(at, asked, [one for one in found if one.name in {link.finding for link in proposed}])
    # Only a rate that is still being made can have losers of its own that are still open.
    running = asked.period.contains(at.day) and not where
    stuck = sum(held(at, one)[0] for one in candidates(at) if one.name == "zombies") if running else 0
    late = evaluate(at, ask(at, "past_due_deals", (), "all", where)).total
    return Chain(
        asked,
        raw,
        tuple(links),
        figure,
        tuple(proposed),
        _rate(asked, kept["won"], kept["lost"]),
        late.value if isinstance(late.value, int) else 0,
        stuck,
        _rate(asked, won, lost + stuck),
    )


def _rate(asked: Asked, won: int, lost: int) -> Figure:
    """Won of decided as a figure; it has no reference where nobody may ask for it by one."""
    return finish(asked.metric, Sums(won + lost, num=won), "")


def _decisions(asked: Asked) -> list[tuple[str, str, str, date | None, str]]:
    """(key, what is left out, where that is written, from when, why) in the order in which a deal is asked."""
    metric, definition = asked.metric, asked.metric.definition
    source = "shipped with the definition" if definition.shipped else "the definition"
    found: list[tuple[str, str, str, date | None, str]] = []
    for place, one in enumerate(metric.exclude):
        where = f"{source}, {definition.where(f'exclude.{place}.because').partition('  ')[0]}"
        found.append(
            (f"x{place}", one.because, where, definition.start, f"source: {metric.source}" if metric.source else "")
        )
    for place, rule in enumerate(asked.rules):
        written = f"your rule, {rule.definition.where()}"
        found.append((f"r{place}", rule.because, written, rule.definition.start, rule.definition.doc))
    standing = {because for because, _ in reasons(_keyed(asked).metric, asked.lifted, _keyed(asked).rules)}
    kept = [one for one in found if one[0] in standing]
    rest = sorted(standing - {one[0] for one in found})
    return [*kept, *((word, word, "nobody decided this: it stands in no period", None, "") for word in rest)]


def _keyed(asked: Asked) -> Asked:
    """The same question with a key for each reason, for two reasons may be told in the same words."""
    exclude = tuple(replace(one, because=f"x{place}") for place, one in enumerate(asked.metric.exclude))
    rules = tuple(replace(rule, because=f"r{place}") for place, rule in enumerate(asked.rules))
    return replace(asked, metric=replace(asked.metric, exclude=exclude), rules=rules)


def _told_apart(at: Snapshot, asked: Asked) -> tuple[dict[str, dict[str, int]], dict[str, int]]:
    """(won and lost deals left out by each reason, won and lost deals counted), from one query."""
    split = (dimensions(at.schema)["standing"],)
    left: dict[str, dict[str, int]] = {}
    counted = {"won": 0, "lost": 0}
    for (standing,), one in sums(at, replace(_keyed(asked), by=split)).items():
        counted[standing] += one.n
        for key, many in one.left_out.items():
            left.setdefault(key, {"won": 0, "lost": 0})[standing] += many
    return left, counted


def _holds(at: Snapshot, asked: Asked, findings: Sequence[Finding]) -> tuple[Rule, ...]:
    metrics = metrics_in_force(at)
    return applying((rule_of(at, one) for one in findings), asked.metric, metrics)


def _told_with(at: Snapshot, asked: Asked, findings: Sequence[Finding]) -> dict[str, int]:
    more = _holds(at, asked, findings)
    return _told_apart(at, replace(asked, rules=(*asked.rules, *more)))[1]


def _proposal(at: Snapshot, asked: Asked, one: Finding, won: int, lost: int) -> Link:
    """A finding nobody decided on, with the rate if it alone were kept from now on."""
    after = _told_with(at, asked, (one,))
    rate = _rate(asked, after["won"], after["lost"])
    return Link(one.title, "not decided", None, rate, won - after["won"], lost - after["lost"], one.evidence, one.name)
