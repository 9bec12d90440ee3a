"""Which rule may have made their list of deals? Each is our own question with one thing asked otherwise.

Taken in the order of how many rows they put right, and how few they would put wrong; each sees what the ones before it
left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from saleswright.lib.period import Period
from saleswright.measure.review.settle.choose import stretch
from saleswright.measure.review.settle.match import Line, Matched
from saleswright.measure.review.settle.members import apart
from saleswright.measure.review.settle.ours import DATE_WORDS, Fact, Ours

_DAYS, _CHANGES = 14, 4
_STRAY = 0.02


@dataclass
class Sides:
    """The rows still without a cause: deals only they count, and deals only we count."""

    theirs: dict[str, Line]
    ours: set[str]
    both: set[str]


@dataclass
class Rule:
    """A rule that may have made their list: the deals it would count and what each is worth under it.

    theirs: it is only believed with a row of theirs that it explains.
    """

    kind: str
    label: str
    counts: set[str]
    evidence: str = ""
    rule: str = ""
    bonus: float = 0.0
    values: Mapping[str, int | None] = field(default_factory=dict)
    theirs: bool = False
    likely: bool = False

    def fixed(self, sides: Sides) -> tuple[set[str], set[str]]:
        """The deals of either side that it puts right."""
        return {d for d in sides.theirs if d in self.counts}, sides.ours - self.counts

    def broken(self, sides: Sides, known: set[str]) -> int:
        """Deals that agree now and would not under it."""
        return len(sides.both - self.counts) + len(self.counts - known)


def taken(sides: Sides, ours: Ours, basis: Mapping[str, str], known: set[str], matched: Matched) -> Iterable[Rule]:
    """The rules that hold, best first; each sees what the ones before it left."""
    rules = [*_dates(ours, basis), *_periods(sides, ours, basis, matched), *_lifted(ours), *_days(sides, ours, matched)]
    while sides.theirs or sides.ours:
        options: list[tuple[float, int, Rule]] = []
        for place, rule in enumerate(rules):
            theirs, mine = rule.fixed(sides)
            right, wrong = len(theirs) + len(mine), rule.broken(sides, known)
            held = theirs or (sides.both and not rule.theirs)
            if rule.kind == "stale" and len(sides.both - rule.counts) > _STRAY * len(sides.both):
                continue  # a copy of a day cannot hold what came after it
            if held and right > wrong * 2:
                options.append((right - 2 * wrong + rule.bonus, -place, rule))
        common = apart(sides.ours, sides.both, ours.rows, ours, ours.counted) if sides.ours else None
        if common is not None:
            kind = "renewal" if common.dimension == "type" and _renews(common.members, common.only) else "filter"
            said = f"none of the {len(sides.both):,} rows both have falls under it"
            rule = Rule(kind, f"their file has {common.words}", set(ours.counted) - common.rows, said,
                        f"{common.dimension} {'=' if common.only else 'is not'} {', '.join(common.members)}")  # fmt: skip
            rule.likely = common.likely
            options.append((len(common.rows) - 0.5, -len(rules), rule))
        if not options:
            return
        _, place, rule = max(options, key=lambda option: option[:2])
        if -place < len(rules):
            rules.pop(-place)
        yield rule


def _renews(members: Iterable[str], only: bool) -> bool:
    return not only and all("renew" in member.casefold() for member in members)


def _dates(ours: Ours, basis: Mapping[str, str]) -> list[Rule]:
    """The same question with another date deciding the period."""
    made = []
    metric = ours.asked.metric
    for name in ours.dates:
        there = ours.by_date(name)
        counts = {one for one, fact in there.items() if fact.code == 0}
        header = next((h for h, b in basis.items() if b == name), "")
        said = f"their column {header} is our {DATE_WORDS[name]}" if header else ""
        label = f"they go by the {DATE_WORDS[name]}, we by the {DATE_WORDS.get(metric.date, metric.date)}"
        made.append(Rule("date", label, counts, said, f"{name} in {ours.period.label}", 0.5 if header else 0.0,
                         _values(there), not header))  # fmt: skip
    return made


def _values(facts: Mapping[str, Fact]) -> dict[str, int | None]:
    return {one: fact.value for one, fact in facts.items()}


def _periods(sides: Sides, ours: Ours, basis: Mapping[str, str], matched: Matched) -> list[Rule]:
    """The same question over another stretch of months: the one that their own dates fill, or those of their deals."""
    metric = ours.asked.metric
    if metric.at_moment:
        return []
    told: dict[tuple[date, date], tuple[Period, str]] = {}
    for header, name in basis.items():
        days = [line.row.days[header] for line in matched.lines.values() if header in line.row.days]
        found = stretch(ours.at, days) if name == metric.date else None
        if found:
            told[found.start, found.end] = (
                found,
                f"their column {header} is our {DATE_WORDS[name]}, and holds just that",
            )
    days = [day for one in (*sides.both, *sides.theirs) if (f := ours.always.get(one)) and (day := f.day)]
    found = stretch(ours.at, days)
    if found:
        told.setdefault(
            (found.start, found.end), (found, f"the {DATE_WORDS.get(metric.date, metric.date)} of their deals")
        )
    made = []
    for (start, end), (period, said) in told.items():
        # What only ends sooner is no other period, but a copy of an earlier day.
        if start == ours.period.start and end <= ours.period.end:
            continue
        counts = {one for one, f in ours.always.items() if f.code == 0 and f.day and start <= f.day < end}
        label = f"they count {period.label}, we {ours.period.label}"
        made.append(Rule("period", label, counts, said, f"{metric.date} in {period.label}", 0.6, _values(ours.always)))
    return made


def _lifted(ours: Ours) -> list[Rule]:
    """What the metric leaves out by a rule, counted after all: one rule for each reason."""
    counted = set(ours.counted)
    by_code: dict[int, set[str]] = defaultdict(set)
    for one, fact in ours.rows.items():
        if fact.code:
            by_code[fact.code].add(one)
    made = []
    for code, rows in sorted(by_code.items()):
        kind, label, rule = reason_words(ours.reasons[code - 1])
        made.append(Rule(kind, label, counted | rows, f"{len(rows):,} such deals are left out of ours", rule, 0.25,
                         _values(ours.rows), True))  # fmt: skip
    return made


def reason_words(because: str) -> tuple[str, str, str]:
    """(kind, sentence, rule) for a reason of the metric, or of a dated rule."""
    if "renewal" in because:
        return "renewal", "they count renewals, we measure them apart", because
    if because == "not qualified":
        return "qualified", "they count deals that are not qualified", because
    if because == "no amount":
        return "amount", "they have an amount where our record has none", because
    return "rule", f"they count what a rule leaves out: {because}", because


def _days(sides: Sides, ours: Ours, matched: Matched) -> list[Rule]:
    """The same question as of earlier days: those on which one of the rows that differ came or changed."""
    metric, day = ours.asked.metric, ours.at.day
    field_ = metric.date if not metric.at_moment else "qualified"
    when = {one: fact.day for one, fact in ours.rows.items() if fact.day and not metric.at_moment}
    if metric.at_moment:
        when = {one: deal.days[field_] for one, deal in ours.deals.items() if field_ in deal.days}
    last = max((when[one] for one in sides.both if one in when), default=None)
    tried: set[date] = set()
    later = sorted({when[one] for one in sides.ours if one in when and (last is None or when[one] > last)})
    if last is not None and later:
        tried |= {last, later[0] - timedelta(1)}
    if metric.at_moment:
        # What they call open was decided since.
        over = sorted({d for one in sides.theirs if (d := ours.deals[one].days.get("closed")) and d <= day})
        tried |= {d - timedelta(1) for d in (*over[:1], *over[len(over) // 2 : len(over) // 2 + 1])}
        made = sorted({ours.deals[one].days[field_] for one in sides.ours if field_ in ours.deals[one].days})
        tried |= {d - timedelta(1) for d in made[:3]}
    newest = [max(days) for h in matched.columns.dates if (days := [
        line.row.days[h] for line in matched.lines.values() if h in line.row.days])]  # fmt: skip
    tried |= {d for d in newest if d < day}
    if sides.ours or sides.theirs:
        tried |= set(ours.changes[:_CHANGES])
    rules = []
    for one in sorted((d for d in tried if d < day), reverse=True)[:_DAYS]:
        then = ours.as_of(one)
        counts = {deal for deal, fact in then.items() if fact.code == 0}
        said = f"ours counted these rows at the end of {one}"
        rules.append(
            Rule(
                "stale",
                f"their file is an earlier copy, about as of {one}",
                counts,
                said,
                f"as of {one}",
                0.4,
                _values(then),
            )
        )
    return rules
