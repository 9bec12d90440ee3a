"""Why do two lists of deals not add up to the same? Every row of either in one cause, the causes adding up to the gap.

Rules that would put many rows right are tried over all rows first; what is left is told row by row. A row that only they
count and that has another amount besides is told in two parts: ours under the rule, the rest under why it differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saleswright.kernel.policy import COMPANY
from saleswright.measure.metrics.dimensions import Dimension
from saleswright.measure.review.settle import amounts
from saleswright.measure.review.settle.amounts import Pair
from saleswright.measure.review.settle.cause import LIKELY, NONE, SURE, Cause, Item
from saleswright.measure.review.settle.match import Line, Matched, basis_of, plain
from saleswright.measure.review.settle.ours import DATE_WORDS, Ours
from saleswright.measure.review.settle.rules import Rule, Sides, reason_words, taken

_KIND_OF = {"owner": "owner", "manager": "owner"}


def causes(matched: Matched, ours: Ours, code: str = "") -> list[Cause]:
    """Every cause of the gap between their rows and ours. `code`: the currency that their column of amounts names."""
    lines, counted = matched.lines_of, ours.counted
    both = {one for one in lines if one in counted}
    pairs = [Pair(lines[one], ours.deals[one], counted[one], lines[one].minor) for one in sorted(both)]
    unrated = [pair for pair in pairs if pair.deal.id in ours.unconverted and pair.theirs]
    pairs = [pair for pair in pairs if pair.deal.id not in ours.unconverted or not pair.theirs]
    made = _repeats(matched)
    if unrated:
        made.append(Cause("currency", "no rate: we cannot convert these, so ours counts nothing for them",
                          rule="saleswright rate", items=[pair.item for pair in unrated]))  # fmt: skip
    sides = Sides({d: line for d, line in lines.items() if d not in counted}, set(counted) - both, both)
    made += _ours_twice(sides, ours)
    basis = basis_of(matched, ours.deals)
    for rule in taken(sides, ours, basis, set(lines) | set(counted), matched):
        theirs, mine = rule.fixed(sides)
        made.append(_cause_of(rule, theirs, mine, sides, ours, pairs))
    made += _one_by_one(sides, ours, basis, pairs)
    made += _unknown(matched, ours)
    made += amounts.causes(pairs, ours, code)
    _same_date(made, ours)
    return made


def _cause_of(rule: Rule, theirs: set[str], mine: set[str], sides: Sides, ours: Ours, pairs: list[Pair]) -> Cause:
    sure = SURE if len(theirs | mine) > 1 and not rule.likely else LIKELY
    cause = Cause(rule.kind, rule.label, rule.evidence, rule.rule, sure)
    for one in sorted(theirs):
        values = [rule.values.get(one), ours.always[one].value if one in ours.always else None]
        cause.items.append(_theirs(one, sides.theirs.pop(one), ours, values, pairs))
    cause.items += [_mine(one, ours) for one in sorted(mine)]
    sides.ours -= mine
    return cause


def _theirs(one: str, line: Line, ours: Ours, values: Iterable[int | None], pairs: list[Pair], why: str = "") -> Item:
    """A row that only they count, at what it would be worth to us; another amount there is a difference of its own."""
    deal, known = ours.deals[one], [value for value in values if value]
    if known and line.minor not in known and ours.money:
        pairs.append(Pair(line, deal, known[0], line.minor))
        return Item("theirs", deal.called, None, known[0], one, line.number, why)
    return Item("theirs", deal.called, None, line.minor, one, line.number, why)


def _mine(one: str, ours: Ours, why: str = "") -> Item:
    label = ours.deals[one].called if one in ours.deals else one
    return Item("ours", label, ours.counted[one], None, one, None, why)


def _same_date(made: list[Cause], ours: Ours) -> None:
    """Who goes by another date converts by it too: what that changes belongs to the date."""
    for cause in made:
        name = next((n for n in ours.dates if cause.kind == "date" and cause.rule.startswith(f"{n} in ")), "")
        if not name:
            continue
        there = ours.by_date(name)
        for other in made:
            if other.kind == "currency":
                moved = [i for i in other.items if i.deal in there and there[i.deal].value == i.theirs]
                cause.items += moved
                other.items = [i for i in other.items if i not in moved]


def _repeats(matched: Matched) -> list[Cause]:
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


def _one_by_one(sides: Sides, ours: Ours, basis: Mapping[str, str], pairs: list[Pair]) -> list[Cause]:
    """What no rule explains as a whole: each row by what our record says of its deal."""
    made: dict[tuple[str, str], Cause] = {}

    def put(kind: str, label: str, item: Item, sure: str = SURE) -> None:
        made.setdefault((kind, label), Cause(kind, label, sure=sure)).items.append(item)

    for one, line in sorted(sides.theirs.items()):
        kind, label, why = _why_not(one, line, ours, basis)
        put(kind, label, _theirs(one, line, ours, _worth(one, ours), pairs, why))
    for one in sorted(sides.ours):
        put("missing", "their file lacks these deals", _mine(one, ours), NONE if len(sides.ours) > 1 else LIKELY)
    return list(made.values())


def _worth(one: str, ours: Ours) -> list[int | None]:
    """What a deal that does not count would be worth to us."""
    return [facts[one].value for facts in (ours.rows, ours.always, ours.everywhere) if one in facts]


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
            if metric.date in basis.values():
                break  # their days are those that we go by
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


def _unknown(matched: Matched, ours: Ours) -> list[Cause]:
    items = [Item("theirs", line.called, None, line.minor, "", line.number) for line in matched.unknown]
    said = "no deal of that id, name or account is in our record"
    if not items:
        return []
    if ours.at.policy.scope != COMPANY:
        said = f"you see {ours.at.policy.scope}: whether the record has them cannot be told here"
        return [Cause("unknown", "deals that are not among those you may see", said, sure=LIKELY, items=items)]
    return [Cause("unknown", "deals that are not in our record", said, items=items)]
