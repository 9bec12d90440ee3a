"""Why do two lists of deals not add up to the same? Every row of either in one cause, the causes adding up to the gap.

Rules that would put many rows right are tried over all rows first, and taken in the order of how many they put right
and how few they would put wrong: another date, what the metric leaves out, an earlier day, a filter. What is left is
told row by row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from saleswright.measure.metrics.dimensions import Dimension
from saleswright.measure.review.settle import amounts
from saleswright.measure.review.settle.cause import LIKELY, NONE, SURE, Cause, Item
from saleswright.measure.review.settle.match import Line, Matched, basis_of, plain
from saleswright.measure.review.settle.members import apart
from saleswright.measure.review.settle.ours import DATE_WORDS, Ours

_DAYS = 14
_KIND_OF = {"owner": "owner", "manager": "owner"}


@dataclass
class Sides:
    """The rows still without a cause: deals only they count, and deals only we count."""

    theirs: dict[str, Line]
    ours: set[str]
    both: set[str]
    made: list[Cause] = field(default_factory=list)


@dataclass
class Rule:
    """A rule that may have made their list: the deals it would count, and those it is asked about."""

    kind: str
    label: str
    counts: set[str]
    evidence: str = ""
    rule: str = ""
    bonus: float = 0.0

    def fixed(self, sides: Sides) -> tuple[set[str], set[str]]:
        """The deals of either side that it puts right."""
        return {d for d in sides.theirs if d in self.counts}, sides.ours - self.counts

    def broken(self, sides: Sides, known: set[str]) -> int:
        """Deals that agree now and would not under it."""
        return len(sides.both - self.counts) + len(self.counts - known)


def causes(matched: Matched, ours: Ours) -> list[Cause]:
    """Every cause of the gap between their rows and ours; each row stands in one."""
    lines = matched.lines_of
    counted = ours.counted
    both = {one for one in lines if one in counted}
    pairs = [amounts.Pair(lines[one], ours.deals[one], counted[one], lines[one].minor) for one in sorted(both)]
    unrated = [pair for pair in pairs if pair.deal.id in ours.unconverted and pair.theirs]
    made = amounts.causes([pair for pair in pairs if pair not in unrated], ours)
    if unrated:
        made.append(Cause("currency", "no rate: we cannot convert these, so ours counts nothing for them",
                          rule="saleswright rate", items=[pair.item for pair in unrated]))  # fmt: skip
    made += _repeats(matched, ours)
    sides = Sides({d: line for d, line in lines.items() if d not in counted}, set(counted) - both, both)
    made += _ours_twice(sides, ours)
    basis = basis_of(matched, ours.deals)
    known = set(lines) | set(counted)
    for rule in _taken(sides, ours, basis, known, matched):
        theirs, mine = rule.fixed(sides)
        made.append(_cause_of(rule, theirs, mine, sides, ours))
    made += _one_by_one(sides, ours, basis)
    made += _unknown(matched)
    return made


def _cause_of(rule: Rule, theirs: set[str], mine: set[str], sides: Sides, ours: Ours) -> Cause:
    cause = Cause(rule.kind, rule.label, rule.evidence, rule.rule, SURE if len(theirs | mine) > 1 else LIKELY)
    cause.items += [_theirs(one, sides.theirs.pop(one), ours) for one in sorted(theirs)]
    cause.items += [_mine(one, ours) for one in sorted(mine)]
    sides.ours -= mine
    return cause


def _theirs(one: str, line: Line, ours: Ours, why: str = "") -> Item:
    return Item("theirs", ours.deals[one].called, None, line.minor, one, line.number, why)


def _mine(one: str, ours: Ours, why: str = "") -> Item:
    label = ours.deals[one].called if one in ours.deals else one
    return Item("ours", label, ours.counted[one], None, one, None, why)


def _taken(sides: Sides, ours: Ours, basis: Mapping[str, str], known: set[str], matched: Matched) -> Iterable[Rule]:
    """The rules that hold, best first; each sees what the ones before it left."""
    rules = [*_dates(ours, basis), *_lifted(ours), *_days(sides, ours, matched)]
    while sides.theirs or sides.ours:
        options: list[tuple[float, int, Rule]] = []
        for place, rule in enumerate(rules):
            theirs, mine = rule.fixed(sides)
            right, wrong = len(theirs) + len(mine), rule.broken(sides, known)
            if right > wrong * 2:
                options.append((right - 2 * wrong + rule.bonus, -place, rule))
        common = apart(sides.ours, sides.both, ours.rows, ours, ours.counted) if sides.ours else None
        if common is not None:
            kind = "renewal" if common.dimension == "type" and _renews(common.members, common.only) else "filter"
            said = f"none of the {len(sides.both):,} rows both have falls under it"
            rule = Rule(kind, f"their file has {common.words}", set(ours.counted) - common.rows, said,
                        f"{common.dimension} {'=' if common.only else 'is not'} {', '.join(common.members)}")  # fmt: skip
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
        counts = {one for one, fact in ours.by_date(name).items() if fact.code == 0}
        header = next((h for h, b in basis.items() if b == name), "")
        said = f"their column {header} is our {DATE_WORDS[name]}" if header else ""
        label = f"they go by the {DATE_WORDS[name]}, we by the {DATE_WORDS.get(metric.date, metric.date)}"
        made.append(Rule("date", label, counts, said, f"{name} in {ours.period.label}", 0.5 if header else 0.0))
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
        made.append(Rule(kind, label, counted | rows, f"{len(rows):,} such deals are left out of ours", rule, 0.25))
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
    rules = []
    for one in sorted((d for d in tried if d < day), reverse=True)[:_DAYS]:
        counts = {deal for deal, fact in ours.as_of(one).items() if fact.code == 0}
        said = f"ours counted these rows at the end of {one}"
        rules.append(
            Rule("stale", f"their file is an earlier copy, about as of {one}", counts, said, f"as of {one}", 0.4)
        )
    return rules


def _repeats(matched: Matched, ours: Ours) -> list[Cause]:
    items = []
    for number, first in sorted(matched.repeats.items()):
        line = matched.lines[number]
        items.append(Item("theirs", line.called, None, line.minor, matched.deals.get(first, ""), number,
                          f"again line {first}"))  # fmt: skip
    said = "the same deal stands there more than once"
    return (
        [Cause("duplicate", "their file counts deals twice", said, "one deal counts once", items=items)]
        if items
        else []
    )


def _ours_twice(sides: Sides, ours: Ours) -> list[Cause]:
    """Deals only we count, that are a second record of a deal both have."""

    def name(one: str) -> tuple[str, str, int]:
        deal = ours.deals[one]
        return plain(deal.name), plain(deal.account), ours.counted[one]

    there = {name(one) for one in sides.both if one in ours.deals and ours.deals[one].name}
    twice = sorted(one for one in sides.ours if one in ours.deals and name(one) in there)
    if not twice:
        return []
    sides.ours -= set(twice)
    said = "same name, account and amount as a deal that both have"
    return [Cause("duplicate", "our record has deals twice", said, "", LIKELY, [_mine(one, ours) for one in twice])]


def _one_by_one(sides: Sides, ours: Ours, basis: Mapping[str, str]) -> list[Cause]:
    """What no rule explains as a whole: each row by what our record says of its deal."""
    made: dict[tuple[str, str], Cause] = {}

    def put(kind: str, label: str, item: Item, sure: str = SURE) -> None:
        made.setdefault((kind, label), Cause(kind, label, sure=sure)).items.append(item)

    for one, line in sorted(sides.theirs.items()):
        kind, label, why = _why_not(one, line, ours, basis)
        put(kind, label, _theirs(one, line, ours, why))
    for one in sorted(sides.ours):
        put("missing", "their file lacks these deals", _mine(one, ours), NONE if len(sides.ours) > 1 else LIKELY)
    return list(made.values())


def _why_not(one: str, line: Line, ours: Ours, basis: Mapping[str, str]) -> tuple[str, str, str]:
    """(kind, sentence, what the row has) for a deal that they count and we do not."""
    deal, metric = ours.deals[one], ours.asked.metric
    if (fact := ours.rows.get(one)) is not None and fact.code:
        kind, label, _ = reason_words(ours.reasons[fact.code - 1])
        return kind, label, ""
    if one in ours.always and not metric.at_moment:
        own = ours.always[one].day
        for header, name in basis.items():
            day = line.row.days.get(header)
            if name == metric.date and day and own and day != own and ours.period.contains(day):
                return "date", "their file has another day", f"theirs {day}, ours {own}"
        for name in ours.dates:
            day = deal.days.get(name)
            if day and ours.period.contains(day):
                label = f"they go by the {DATE_WORDS[name]}, we by the {DATE_WORDS.get(metric.date, metric.date)}"
                return "date", label, f"{name.replace('_', ' ')} {day}, {metric.date} {own}"
        return "period", f"{metric.date} outside {ours.period.label}", f"{metric.date} {own or 'never'}"
    if one in ours.everywhere:
        members = ours.everywhere[one].members
        for split, wanted in ours.asked.where:
            if members.get(split.name, "") not in wanted:
                return _beyond(split, wanted, members.get(split.name, ""), ours)
    standing = metric.rows.get("standing") if metric.rows else None
    said = f"{deal.stage} ({deal.standing})" if deal.stage else deal.standing
    return "stage", f"they count deals that are not {standing or 'in it'} in our record", said


def _beyond(split: Dimension, wanted: Iterable[str], member: str, ours: Ours) -> tuple[str, str, str]:
    labels = ours.labels(split.name)
    said = " or ".join(labels.get(m, m) or "(none)" for m in wanted)
    kind = _KIND_OF.get(split.name, "filter")
    return kind, f"they count deals beyond {split.label.lower()} {said}", labels.get(member, member) or "(none)"


def _unknown(matched: Matched) -> list[Cause]:
    items = [Item("theirs", line.called, None, line.minor, "", line.number) for line in matched.unknown if line.minor]
    said = "no deal of that id, name or account is in our record"
    return [Cause("unknown", "deals that are not in our record", said, items=items)] if items else []
