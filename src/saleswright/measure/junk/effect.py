"""What would a rule change? The same figures under the rules in force, and with one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.kernel.report import Figure
from saleswright.measure.junk.find import Finding, candidates
from saleswright.measure.metrics.asked import Asked, ask, metrics_in_force, rules_in_force
from saleswright.measure.metrics.compute import sums
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.leave_out import Rule, applying
from saleswright.measure.metrics.model import Metric, read_metric

MISSING = "no amount"


@dataclass(frozen=True)
class Told:
    """A finding with what it holds and what keeping it would change."""

    finding: Finding
    deals: int
    amount: Figure
    win_rate: Figure
    open_pipeline: Figure


def tell(at: Snapshot) -> list[Told]:
    """The findings that still hold deals after the rules in force, each with its effect by itself."""
    found = []
    for finding in candidates(at):
        deals, amount = held(at, finding)
        if deals:
            win_rate, pipeline = (with_rules(at, name, (finding,)) for name in ("win_rate", "open_pipeline"))
            found.append(Told(finding, deals, amount, win_rate, pipeline))
    return found


def rule_of(at: Snapshot, finding: Finding) -> Rule:
    """The finding as a rule, not kept anywhere."""
    body = finding.body(at.day)
    plain = {key: value for key, value in body.items() if key not in ("kind", "name", "from", "doc")}
    return Rule(
        Definition("leave_out", finding.name, plain, start=at.day), finding.because, finding.when, finding.metrics
    )


def with_rules(at: Snapshot, name: str, findings: Sequence[Finding], period: str = "all") -> Figure:
    """A metric as it would be if these findings were kept. It has no reference: nobody has decided so yet."""
    asked = ask(at, name, (), period)
    metrics = metrics_in_force(at)
    more = applying((rule_of(at, finding) for finding in findings), asked.metric, metrics)
    figure = finish(asked.metric, _whole(at, replace(asked, rules=(*asked.rules, *more))), at.currency)
    return replace(figure, label=f"{asked.metric.label} without them")


def held(at: Snapshot, finding: Finding) -> tuple[int, Figure]:
    """How many deals a finding holds that no rule in force leaves out yet, and their amount."""
    body = {
        "label": finding.title,
        "shape": "balance-at",
        "date": "created",
        "rows": dict(finding.when),
        "exclude": [{"because": MISSING, "when": {"amount": {"is": "missing"}}}],
        "sum": "amount",
    }
    metric, issues = read_metric(Definition("metric", finding.name, body), at.schema)
    assert metric is not None, issues
    template = ask(at, "crm_open_deals", (), "all")
    asked = replace(template, metric=metric, rules=_same_figures(at, metric, finding))
    found = _whole(at, asked)
    return found.n + found.left_out[MISSING], replace(finish(metric, found, at.currency), excluded=0)


def _same_figures(at: Snapshot, metric: Metric, finding: Finding) -> tuple[Rule, ...]:
    """The rules in force that leave deals out of all the figures the finding speaks of."""
    wanted = set(finding.metrics)
    return tuple(rule for rule in rules_in_force(at) if not rule.metrics or (wanted and wanted <= set(rule.metrics)))


def _whole(at: Snapshot, asked: Asked) -> Sums:
    total = Sums()
    for one in sums(at, asked).values():
        total += one
    return total
