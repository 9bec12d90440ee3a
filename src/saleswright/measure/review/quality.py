"""How good is the record? The share of all checks of it that hold, rule by rule, as the scrub asks them."""

from __future__ import annotations

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Figure
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import Result, evaluate, reference
from saleswright.measure.metrics.figures import Sums
from saleswright.measure.review.scrub.find import in_force, scrub
from saleswright.measure.review.scrub.others import OTHERS
from saleswright.measure.review.scrub.rules import Rule

HELD = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"


def score(at: Snapshot, asked: Asked) -> Result:
    """Σ records that pass ÷ Σ records checked, over every rule of single records; each rule's share beside it.

    Every check weighs the same, so a rule of many records weighs more. Of duplicates only the later records fail, so a
    cluster of three is two. Not split and not filtered: the scrub tells the findings by owner.
    """
    ref = reference(at, asked)
    metric = asked.metric
    found = scrub(at)
    failed = {one.name: one for one in found.rules if not one.needs}
    checked: dict[str, int] = {}
    parts, passed, records = [], 0, 0
    for rule in in_force(at).able:
        if rule.name not in failed or rule.of == "company":
            continue
        if rule.of not in checked:
            checked[rule.of] = _records(at, rule, found.open_deals)
        n = checked[rule.of]
        good = n - min(failed[rule.name].count, n)
        passed, records = passed + good, records + n
        value = good / n if n else None
        of = (good, n) if n else None
        reason = "" if n else "no such records"
        parts.append(Figure(f"passes_{rule.name}", value, "share", failed[rule.name].label, n, of=of, reason=reason))
    value = passed / records if records else None
    reason = "" if records else "no records to check"
    split = [*asked.by, *(d for d, _ in asked.where)]
    if split:
        named = " and ".join(dict.fromkeys(d.label.lower() for d in split))
        value, reason = (
            None,
            f"the score is one for the whole record, not by {named}: review scrub tells the findings by owner",
        )
    if at.policy.scope != COMPANY:
        # What the scrub counts is the company's; of it nobody with a narrower access learns anything.
        value, records, parts = None, 0, []
        reason = "the score is one for the whole record, which is outside this access"
    of = (passed, records) if value is not None else None
    total = Figure(metric.name, value, metric.unit, metric.label, records, of=of, reason=reason, ref=str(ref))
    shares = sorted((p for p in parts if isinstance(p.value, float)), key=lambda p: (p.value, p.name))
    worst = ", ".join(f"{p.label} {p.value:.0%}" for p in shares[:3])
    notes = (f"Lowest: {worst} of the records pass.",) if worst and value is not None else ()
    return Result(asked, ref, total, Sums(records, passed), {}, {}, (), notes, tuple(parts))


def _records(at: Snapshot, rule: Rule, pipeline: int) -> int:
    """How many records a rule looks at."""
    if rule.of == "pipeline":
        return pipeline
    if rule.of == "open":
        return int(evaluate(at, ask(at, "crm_open_deals")).total.n or 0)
    table = rule.of if rule.of in OTHERS else "deal"
    return int(at.reader.rows(f'SELECT count(*) FROM "{table}" WHERE {HELD}', at.clocks())[0][0])


__all__ = ["score"]
