"""Why does one deal have another amount there? Rules that hold for many rows are looked for before slips in single ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache

from saleswright.history.engine import Rows
from saleswright.lib.money import exponent
from saleswright.measure.review.settle.cause import LIKELY, NONE, SURE, Cause, Item
from saleswright.measure.review.settle.match import Line
from saleswright.measure.review.settle.ours import Deal, Ours
from saleswright.measure.review.settle.typed import slip

UNITS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Whole units an amount is rounded to: 1, tens, hundreds ... of the currency."""
_NEARLY = 0.9
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """One deal on both sides, in minor units."""

    line: Line
    deal: Deal
    ours: int
    theirs: int

    @property
    def item(self) -> Item:
        return Item("differs", self.deal.called, self.ours, self.theirs, self.deal.id, self.line.number)


Found = tuple[str, str, str, str]
"""A cause before its rows: kind, label, evidence, rule."""


def causes(pairs: list[Pair], ours: Ours, code: str = "") -> list[Cause]:
    """Every row that differs in exactly one cause. `code`: the currency that their column names, when it is not ours."""
    left = [pair for pair in pairs if pair.ours != pair.theirs]
    made: dict[Found, Cause] = {}
    if not ours.money:
        return [Cause("other", "differs, no rule found", sure=NONE, items=[pair.item for pair in left])] if left else []
    step = rounded_to([pair.theirs for pair in pairs], [pair.ours for pair in pairs], ours.digits)
    rules = _rules(pairs, left, ours, step)
    whole, lines = _whole(left, ours, step, code)
    if whole is not None and len(lines) > max((_gain(hits, left) for hits in rules.values()), default=0):
        made[whole] = Cause(*whole, items=[pair.item for pair in left if pair.line.number in lines])
        left = [pair for pair in left if pair.line.number not in lines]
        rules = _rules(pairs, left, ours, step)
    while left and rules:
        best = max(rules, key=lambda found: (_gain(rules[found], left), found[0] != "rounding", found))
        hit = [pair for pair in left if pair.line.number in rules[best]]
        if not hit:
            break
        broken = rules.pop(best)[-1]
        if len(hit) < max(1, broken):
            continue
        made[best] = Cause(*best, sure=SURE if len(hit) >= 2 else LIKELY, items=[p.item for p in hit], broken=broken)
        gone = {pair.line.number for pair in hit}
        left = [pair for pair in left if pair.line.number not in gone]
    for pair in left:
        found = single(pair, ours)
        cause = made.setdefault(found, Cause(*found, sure=LIKELY if found[0] != "other" else NONE))
        cause.items.append(pair.item)
    return _joined(made.values())


def _whole(left: list[Pair], ours: Ours, step: int, code: str) -> tuple[Found | None, set[int]]:
    """One factor over the whole file, whatever the currency of each deal: another unit, another currency, a sign."""
    factor, lines = _one_factor([(pair, pair.ours) for pair in left], step)
    if len(lines) < max(_SEVERAL, _NEARLY * len(left)) or abs(factor - 1) < Fraction(1, 500):
        return None, set()
    if code and code != ours.at.currency and factor > 0:
        said = f"their column is headed {code}, and its amounts are × {float(factor):.6g} of ours"
        rule = f"1 {ours.at.currency} = {float(factor):.6g} {code}"
        return ("currency", f"their amounts are in {code}", said, rule), lines
    return factor_words(factor, ours), lines


def _gain(hits: Mapping[int, int], left: list[Pair]) -> int:
    return sum(1 for pair in left if pair.line.number in hits) - 2 * hits[-1]


def _joined(causes: Iterable[Cause]) -> list[Cause]:
    """Slips of the same kind are one cause; what each is stands at its row."""
    joined: dict[str, Cause] = {}
    rest = []
    for cause in causes:
        if cause.kind != "typing":
            rest.append(cause)
            continue
        one = joined.setdefault(cause.kind, Cause("typing", "typing errors in their file", sure=LIKELY))
        one.items += [Item(i.side, i.label, i.ours, i.theirs, i.deal, i.line, cause.label) for i in cause.items]
    for cause in joined.values():
        kinds = Counter(item.why for item in cause.items)
        cause.evidence = "; ".join(f"{n} × {why}" if n > 1 else why for why, n in kinds.most_common())
        cause.rule = "an amount that a slip of the hand turns ours into"
    return [*rest, *joined.values()]


def _rules(pairs: list[Pair], left: list[Pair], ours: Ours, step: int) -> dict[Found, dict[int, int]]:
    """Rule -> {line: 1, -1: rows that it would change and that agree}, for every rule that explains a row exactly."""
    rules: dict[Found, dict[int, int]] = defaultdict(lambda: {-1: 0})
    for pair in pairs:
        for found, value in predictions(pair, ours):
            if pair.ours == pair.theirs:
                if value != pair.ours:
                    rules[found][-1] += 1
            elif _same(value, pair.theirs, step):
                rules[found][pair.line.number] = 1
    for found, hits in (*constants(left, ours, step), *stale(left, ours)):
        rules[found] |= dict.fromkeys(hits, 1)
    if step:
        words = f"{step // 10**ours.digits:,}"
        what: Found = (
            "rounding", f"rounded to {'whole units' if words == '1' else words}",
            f"all their amounts are multiples of {words}, ours are not", f"round(amount, {words})",
        )  # fmt: skip
        rules[what] |= {p.line.number: 1 for p in left if abs(p.theirs - p.ours) < step and p.theirs % step == 0}
    return {found: hits for found, hits in rules.items() if len(hits) > 1}


def _same(value: int, theirs: int, step: int) -> bool:
    """Is it the predicted value, to the minor unit of a second conversion, or rounded as their whole file is?"""
    return abs(value - theirs) <= 1 or (step > 1 and theirs % step == 0 and abs(value - theirs) < step)


def rounded_to(theirs: list[int], ours: list[int], digits: int) -> int:
    """The coarsest unit, in minor units, that their amounts are multiples of and ours are not; 0 for none."""
    whole = [abs(value) for value in theirs if value]
    own = [abs(value) for value in ours if value]
    if not whole or not own:
        return 0
    for unit in reversed(UNITS):
        step = int(unit * 10**digits)
        share, before = (sum(v % step == 0 for v in vs) / len(vs) for vs in (whole, own))
        small = sum(v < step for v in own) / len(own)
        if step > 1 and share >= _NEARLY and before < share - 0.1 and small < 0.5:
            return step
    return 0


def predictions(pair: Pair, ours: Ours) -> list[tuple[Found, int]]:
    """What this amount would be under each rule that a single deal tells."""
    deal, found = pair.deal, list[tuple[Found, int]]()
    cur = ours.at.currency
    if deal.currency and deal.currency != cur and deal.amount is not None:
        found.append((_unconverted(cur), rescaled(deal.amount, deal.currency, cur)))
        for words, day in _rate_days(pair, ours):
            value = at_rate(ours, deal.amount, deal.currency, day)
            if value is not None and value != pair.ours:
                rule = f"{deal.currency} to {cur} at the rate of {words}"
                found.append((("currency", f"converted at the rate of {words}", "", rule), value))
    own_day = deal.days.get(ours.asked.metric.date) if not ours.asked.metric.at_moment else ours.at.day
    for other in rates(ours) if own_day is not None else ():
        value = at_rate(ours, pair.ours, cur, own_day, other) if own_day and other != cur else None
        if value is not None:
            value = rescaled(value, other, cur)
            found.append((("currency", f"their amounts are in {other}", "", f"converted to {other}"), value))
    term = deal.term_months
    if term and term not in (0, 12):
        year = ("meaning", "a year of the contract instead of all of it (ACV, ours TCV)", "", "amount × 12 ÷ term")
        whole = ("meaning", "the whole contract instead of a year of it (TCV, ours ACV)", "", "amount × term ÷ 12")
        found.append((year, round(Fraction(pair.ours * 12, term))))
        found.append((whole, round(Fraction(pair.ours * term, 12))))
    if deal.profit is not None and deal.amount and ours.asked.metric.sum == "amount":
        value = round(Fraction(pair.ours * deal.profit, deal.amount))
        found.append((("meaning", "gross profit instead of the amount", "", "profit, not amount"), value))
    return found


def _unconverted(cur: str) -> Found:
    said = f"each is the amount of its own currency, taken for {cur}"
    return "currency", "amounts of other currencies added without conversion", said, f"no rate to {cur} applied"


def rescaled(minor: int, code: str, cur: str) -> int:
    """The same printed number in the minor unit of another currency."""
    return round(Fraction(minor * 10 ** exponent(cur), 10 ** exponent(code)))


def _rate_days(pair: Pair, ours: Ours) -> list[tuple[str, date]]:
    period = ours.period
    named = [(f"its {name.replace('_', ' ')} date", day) for name, day in pair.deal.days.items()]
    named += [("the day of the report", ours.at.day)]
    if period.bounded:
        named += [
            ("the first day of the period", period.start),
            ("the last day of the period", period.end - timedelta(1)),
        ]
    return named


@lru_cache(maxsize=4)
def _rates(reader: Rows, known: datetime, currency: str) -> dict[str, list[tuple[date, date, Fraction]]]:
    """Currency -> (first day, first day after, units of it for one of the workspace's own), as known then."""
    rows = reader.rows(
        "SELECT currency, starts, ends, per_base, scale FROM rates WHERE known_from <= $known AND known_to > $known",
        {"known": known},
    )
    found: dict[str, list[tuple[date, date, Fraction]]] = defaultdict(list)
    base = 10 ** exponent(currency)
    for code, starts, ends, per_base, scale in rows:
        found[code].append((starts, ends, Fraction(per_base * scale, base)))
    return found


def rates(ours: Ours) -> dict[str, list[tuple[date, date, Fraction]]]:
    """The rates that our own figure is converted by, and those of its other days."""
    return _rates(ours.at.reader, ours.at.k, ours.at.workspace.currency)


def at_rate(ours: Ours, minor: int, code: str, day: date, to: str = "") -> int | None:
    """An amount converted at the rate of a day, half to even, into our currency or another; None without a rate."""
    held = rates(ours)
    mine, report = (
        next((rate for starts, ends, rate in held.get(c, ()) if starts <= day < ends), None)
        for c in (code, to or ours.at.currency)
    )
    return round(minor * report / mine) if mine and report else None


def constants(left: list[Pair], ours: Ours, step: int) -> list[tuple[Found, set[int]]]:
    """One factor for all rows of a currency, or for all rows: a rate of their own, a tax, another currency, a month."""
    found: list[tuple[Found, set[int]]] = []
    cur = ours.at.currency
    foreign: dict[str, list[Pair]] = defaultdict(list)
    for pair in left:
        if pair.deal.currency and pair.deal.currency != cur and pair.deal.amount:
            foreign[pair.deal.currency].append(pair)
    for code, some in sorted(foreign.items()):
        own = [(p, rescaled(p.deal.amount or 0, code, cur)) for p in some]
        factor, lines = _one_factor(own, step)
        if len(lines) >= _SEVERAL and abs(factor - 1) > Fraction(1, 500) and factor > 0:
            said = f"{len(lines)} amounts in {code} are all × {float(factor):.6g}"
            label = f"one rate for all amounts in {code}"
            found.append((("currency", label, said, f"1 {code} = {float(factor):.6g} {cur}"), lines))
    factor, lines = _one_factor([(p, p.ours) for p in left if not (p.deal.currency and p.deal.currency != cur)], step)
    if len(lines) >= max(_SEVERAL, len(left) * 0.5) and abs(factor - 1) > Fraction(1, 500):
        found.append((factor_words(factor, ours), lines))
    return found


def factor_words(factor: Fraction, ours: Ours) -> Found:
    said = f"their amounts are × {float(factor):.6g}"
    if abs(factor * 12 - 1) < Fraction(1, 1000):
        return "meaning", "a month instead of a year", said, "amount ÷ 12"
    if abs(factor - 12) < Fraction(1, 100):
        return "meaning", "a year instead of a month", said, "amount × 12"
    cur = ours.at.currency
    for code in sorted(set(rates(ours)) - {cur}):
        if (rate := _near_rate(ours, code, factor)) is not None:
            return "currency", f"their amounts are in {code}", said, f"1 {cur} = {float(rate):.6g} {code}"
    for power in (10, 100, 1000, 1_000_000):
        if factor in (power, Fraction(1, power)):
            return "meaning", f"another unit: × {float(factor):g}", said, f"amount × {float(factor):g}"
    if factor == -1:
        return "meaning", "the sign of every amount is turned", said, "amount × -1"
    return "meaning", f"another amount: × {float(factor):.6g} of ours", said, f"amount × {float(factor):.6g}"


def _near_rate(ours: Ours, code: str, factor: Fraction) -> Fraction | None:
    """A rate of this currency, of any day, that the factor is but for a five hundredth."""
    held, cur = rates(ours), ours.at.currency
    for _, _, own in held.get(cur, ()):
        for _, _, other in held[code]:
            rate = other / own * Fraction(10) ** (exponent(cur) - exponent(code))
            if abs(rate - factor) < rate / 500 and abs(rate - 1) > Fraction(1, 1000):
                return rate
    return None


def _one_factor(values: list[tuple[Pair, int]], step: int) -> tuple[Fraction, set[int]]:
    """The factor that most rows share, to half a minor unit (or to their rounding), and the lines that do."""
    slack = Fraction(max(step, 1), 1 if step > 1 else 2)
    usable = [(p, base) for p, base in values if base and p.theirs]
    best: tuple[Fraction, set[int]] = Fraction(1), set()
    # The larger an amount the more exactly it tells the factor.
    for pair, base in sorted(usable, key=lambda one: -abs(one[1]))[:12]:
        low, high = sorted((Fraction(pair.theirs) - slack) / base for slack in (slack, -slack))
        lines = {pair.line.number}
        for other, own in sorted(usable, key=lambda one: -abs(one[1])):
            a, b = sorted((Fraction(other.theirs) - s) / own for s in (slack, -slack))
            if max(a, low) <= min(b, high):
                low, high = max(a, low), min(b, high)
                lines.add(other.line.number)
        if len(lines) > len(best[1]):
            best = _simple(low, high), lines
    return best


def _simple(low: Fraction, high: Fraction) -> Fraction:
    """The simplest number between two: as few decimals as there can be."""
    for digits in range(10):
        unit = Fraction(1, 10**digits)
        candidate = Fraction(-(-low // unit)) * unit
        if candidate <= high:
            return candidate
    return (low + high) / 2


def stale(left: list[Pair], ours: Ours) -> list[tuple[Found, set[int]]]:
    """Rows whose amount there is what ours was on an earlier day, by the day on which most of them were so."""
    versions = earlier([pair.deal.id for pair in left], ours)
    spans: dict[int, list[tuple[date, date]]] = {}
    for pair in left:
        own = pair.deal.amount
        for amount, start, end in versions.get(pair.deal.id, ()):
            if own and amount != own and abs(round(Fraction(pair.ours * amount, own)) - pair.theirs) <= 1:
                spans.setdefault(pair.line.number, []).append((start, end))
    if not spans:
        return []
    days = sorted({start for some in spans.values() for start, _ in some})
    best = max(days, key=lambda d: (sum(any(a <= d < b for a, b in some) for some in spans.values()), d))
    lines = {n for n, some in spans.items() if any(a <= best < b for a, b in some)}
    last = min(b for n in lines for a, b in spans[n] if a <= best < b) - timedelta(1)
    said = f"{len(lines)} of their amounts are what ours were from {best} to {last}"
    found: list[tuple[Found, set[int]]] = [(("stale", "an earlier copy", said, "amounts as of an earlier day"), lines)]
    rest = set(spans) - lines
    if rest:
        said = f"{len(rest)} of their amounts are what ours were on other days"
        found.append((("stale", "earlier amounts, of several days", said, "amounts as of earlier days"), rest))
    return found


def earlier(ids: list[str], ours: Ours) -> dict[str, list[tuple[int, date, date]]]:
    """Deal -> (amount, from, to) of every version of it up to the as-of day."""
    if not ids or not ours.at.policy.field_allowed("deal", "amount"):
        return {}
    sql = (
        "SELECT id, amount, valid_from::DATE, valid_to::DATE FROM deal WHERE list_contains($ids::VARCHAR[], id)"
        " AND amount IS NOT NULL AND valid_from <= $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
    )
    found: dict[str, list[tuple[int, date, date]]] = defaultdict(list)
    for one, amount, start, end in ours.at.reader.rows(sql, {"ids": sorted(ids), **ours.at.clocks()}):
        found[one].append((amount, start, end))
    return found


def single(pair: Pair, ours: Ours) -> Found:
    """Why one row differs, by itself."""
    if not pair.line.readable:
        return "typing", "an amount that is no number", "", ""
    said = slip(pair.ours, pair.theirs, ours.digits)
    if said:
        return "typing", said, "", ""
    unit = 10**ours.digits
    if abs(pair.theirs - pair.ours) < unit and ours.digits:
        return "rounding", "less than one unit apart", "", "rounded"
    for step in (100_000 * unit, 10_000 * unit, 1_000 * unit, 100 * unit, 10 * unit):
        if pair.theirs and pair.theirs % step == 0 and 2 * abs(pair.theirs - pair.ours) <= step <= abs(pair.ours) // 5:
            return "rounding", f"rounded to {step // unit:,}", "", f"round(amount, {step // unit:,})"
    deal, cur = pair.deal, ours.at.currency
    if deal.amount and deal.currency and deal.currency != cur and pair.theirs * pair.ours > 0:
        rate = Fraction(pair.theirs, rescaled(deal.amount, deal.currency, cur) or 1)
        if abs(Fraction(pair.theirs, pair.ours) - 1) < Fraction(3, 10):
            return "currency", "converted at another rate", f"such as 1 {deal.currency} = {float(rate):.6g} {cur}", ""
    return "other", "differs, no rule found", "", ""
