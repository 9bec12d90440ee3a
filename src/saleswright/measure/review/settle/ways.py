"""In which other ways could a column of totals have been counted? Each is our own figure with one thing done otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from saleswright.measure.review.settle.amounts import UNITS, at_rate, factor_words, rates, rescaled
from saleswright.measure.review.settle.ours import DATE_WORDS, Deal, Fact, Ours
from saleswright.measure.review.settle.rules import reason_words
from saleswright.measure.review.settle.tallied import Change, Facts, Sides, Tally, Way
from saleswright.measure.review.settle.totals import NOBODY

_FEW = 60
_DAYS_BACK = 31
_CHANGES = 4
Value = Callable[[Fact, Deal], int | None]


def sources(tally: Tally) -> list[Way]:
    """Other dates first, then what is left out counted after all."""
    ours, metric = tally.ours, tally.ours.asked.metric
    made = []
    for name in ours.dates:
        label = f"they go by the {DATE_WORDS[name]}, we by the {DATE_WORDS.get(metric.date, metric.date)}"
        rule = f"{name} in {ours.period.label}"
        made.append(Way("date", label, rule, lambda _, n=name: _counting(ours.by_date(n))))  # type: ignore[misc]
        # The amounts converted on our day, where only the period is theirs.
        made.append(Way("date", label, rule, lambda _, n=name: _our_values(ours, _counting(ours.by_date(n)))))  # type: ignore[misc]
    made += _stretches(tally)
    codes = Counter(fact.code for fact in ours.rows.values() if fact.code)
    for code in sorted(codes):
        kind, label, rule = reason_words(ours.reasons[code - 1])
        more = {one: fact for one, fact in ours.rows.items() if fact.code == code}
        made.append(Way(kind, label, rule, lambda facts, m=more: {**facts, **m}))  # type: ignore[misc]
    made += _reorganised(tally)
    return made


def _stretches(tally: Tally) -> list[Way]:
    """The same question over another stretch: the one their lines fill, or as many months a little earlier or later."""
    ours, calendar = tally.ours, tally.ours.at.workspace.calendar
    period, metric = ours.period, ours.asked.metric
    if metric.at_moment or not period.bounded:
        return []
    spans = tally.table.spans.values()
    stretches = {(min(s for s, _ in spans), max(e for _, e in spans)): ""} if spans else {}
    for n in (-1, 1, -2, 2, -3, 3, -12, 12):
        ends = [calendar.step("month", day, n).start for day in (period.start, period.end)]
        stretches[ends[0], ends[1]] = ""
    stretches.pop((period.start, period.end), None)
    made = []
    for start, end in stretches:
        first, last = (calendar.containing("month", day) for day in (start, end - timedelta(1)))
        words = f"{first.label} to {last.label}" if first != last else first.label

        def over(_: Facts, s: date = start, e: date = end) -> Facts:
            return {one: f for one, f in ours.always.items() if f.code == 0 and f.day and s <= f.day < e}

        made.append(Way("period", f"they count {words}, we {period.label}", f"{metric.date} in {words}", over))
    return made


def _counting(facts: Facts) -> Facts:
    return {one: fact for one, fact in facts.items() if fact.code == 0}


def _our_values(ours: Ours, facts: Facts) -> Facts:
    return {
        one: replace(fact, value=ours.always[one].value) if one in ours.always else fact for one, fact in facts.items()
    }


def _reorganised(tally: Tally) -> list[Way]:
    split = tally.table.split
    if split not in ("team", "region", "manager", "role") or "owner" not in tally.ours.splits:
        return []
    at = tally.ours.at
    sql = (
        f'SELECT id, arg_max("{split}", valid_from) FROM person WHERE valid_from <= $as_of AND known_from <= $known'
        " AND known_to > $known AND NOT removed GROUP BY id"
    )
    tally.today = {one: member or "" for one, member in at.reader.rows(sql, at.clocks())}
    label = f"a re-organisation: they count by the {split} of today, we by the one on the deal's day"
    return [Way("owner", label, f"the owner's {split} now", lambda facts: facts, now=True)]


def values(tally: Tally, sides: Sides) -> list[Way]:
    """Other amounts of the same deals: unconverted, at other rates, for another stretch of the contract, rounded."""
    ours = tally.ours
    if not ours.money:
        return []
    return [*_rated(tally, sides), *_meant(ours), *_rounded(ours)]


def _each(ours: Ours, value: Value) -> Change:
    def change(facts: Facts) -> Facts:
        made = dict(facts)
        for one, fact in facts.items():
            if one in ours.deals and (found := value(fact, ours.deals[one])) is not None and found != fact.value:
                made[one] = replace(fact, value=found)
        return made

    return change


def _rated(tally: Tally, sides: Sides) -> list[Way]:
    """Currencies: added as they are, at the rate of another day, all in another currency, at one rate for each."""
    ours = tally.ours
    cur, held = ours.at.currency, rates(ours)
    foreign = {d.currency for one in tally.base if (d := ours.deals.get(one)) and d.currency and d.currency != cur}
    made = []
    if foreign:
        made.append(Way("currency", "amounts of other currencies added without conversion", f"no rate to {cur} applied",
                        _each(ours, lambda f, d: _as_printed(d, cur))))  # fmt: skip
        days: dict[str, Callable[[Fact, Deal], date | None]] = {"the day of the report": lambda f, d: ours.at.day}
        for name in ours.dates:
            days[f"its {DATE_WORDS[name]}"] = lambda f, d, n=name: d.days.get(n)  # type: ignore[misc]
        if ours.period.bounded:
            days["the first day of the period"] = lambda f, d: ours.period.start
            days["the last day of the period"] = lambda f, d: ours.period.end - timedelta(1)
        for words, day in days.items():
            made.append(Way("currency", f"converted at the rate of {words}", f"the rate of {words}",
                            _each(ours, lambda f, d, w=day: _at(ours, d, w(f, d)))))  # type: ignore[misc]  # fmt: skip
        made += _one_rate(tally, sides, sorted(foreign))
    for code in sorted(set(held) - {cur}):
        made.append(Way("currency", f"their amounts are in {code}", f"converted to {code}",
                        _each(ours, lambda f, d, c=code: _into(ours, f, c))))  # type: ignore[misc]  # fmt: skip
    return [*made, *_one_factor(ours, sides)]


def _one_factor(ours: Ours, sides: Sides) -> list[Way]:
    """Every amount times one number: another currency at one rate, another unit, a tax."""
    theirs, own = sum(sides.theirs.values()), sum(sides.ours.get(key, 0) for key in sides.theirs)
    if not theirs or not own or abs(theirs / own - 1) < 1e-4:
        return []
    made = []
    for digits in (2, 3, 4, 5, 6):
        for turned in (False, True):
            factor = _plain(theirs / own, digits, turned)
            if factor:
                kind, label, _, rule = factor_words(factor, ours)
                made.append(Way(kind, label, rule, _each(ours, lambda f, d, t=factor: round((f.value or 0) * t))))  # type: ignore[misc]
    return made


def _as_printed(deal: Deal, cur: str) -> int | None:
    return rescaled(deal.amount, deal.currency, cur) if deal.amount is not None and deal.currency else None


def _at(ours: Ours, deal: Deal, day: date | None) -> int | None:
    if deal.amount is None or not deal.currency or day is None or deal.currency == ours.at.currency:
        return None
    return at_rate(ours, deal.amount, deal.currency, day)


def _into(ours: Ours, fact: Fact, code: str) -> int | None:
    day = fact.day if fact.day and not ours.asked.metric.at_moment else ours.at.day
    found = at_rate(ours, fact.value or 0, ours.at.currency, day, code)
    return None if found is None else rescaled(found, code, ours.at.currency)


def _one_rate(tally: Tally, sides: Sides, codes: list[str]) -> list[Way]:
    """One rate for each foreign currency: the ones that solve all totals together, when they are plain numbers."""
    import numpy as np

    ours, cur = tally.ours, tally.ours.at.currency
    keys = sorted(sides.theirs)
    if len(keys) < len(codes) + 1 or len(codes) > len(keys):
        return []
    place = {key: row for row, key in enumerate(keys)}
    own, rest = np.zeros((len(keys), len(codes))), np.array([float(sides.theirs[key]) for key in keys])
    for one, fact in tally.base.items():
        row, deal = place.get(tally.key(fact)), ours.deals.get(one)
        if row is None or deal is None:
            continue
        if deal.currency in codes and deal.amount is not None:
            own[row, codes.index(deal.currency)] += rescaled(deal.amount, deal.currency, cur)
        else:
            rest[row] -= fact.value or 0
    found = np.linalg.lstsq(own, rest, rcond=None)[0]
    made = []
    for digits in (2, 3, 4, 5, 6):
        for turned in (False, True):
            plain = [_plain(float(rate), digits, turned) for rate in found]
            if any(rate is None or rate <= 0 for rate in plain):
                continue
            by_code = dict(zip(codes, plain, strict=True))
            said = ", ".join(f"{code} × {float(by_code[code] or 0):.6g}" for code in codes)
            made.append(Way("currency", f"one rate for each currency: {said}", said, _each(
                ours, lambda f, d, r=by_code: _times(d, r.get(d.currency), cur))))  # type: ignore[misc]  # fmt: skip
    return made


def _plain(rate: float, digits: int, turned: bool) -> Fraction | None:
    """The rate as a number of few decimals, or as one divided by such a number."""
    if not 1e-6 < abs(rate) < 1e6:
        return None
    near = Fraction(round((1 / rate if turned else rate) * 10**digits), 10**digits)
    return (1 / near if turned else near) if near else None


def _times(deal: Deal, rate: Fraction | None, cur: str) -> int | None:
    if rate is None or deal.amount is None:
        return None
    return round(rescaled(deal.amount, deal.currency, cur) * rate)


def _meant(ours: Ours) -> list[Way]:
    """What the amount means: a year, the whole contract, a month, the profit."""

    def year(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * 12, deal.term_months)) if deal.term_months else None

    def whole(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * deal.term_months, 12)) if deal.term_months else None

    def profit(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * deal.profit, deal.amount)) if deal.profit and deal.amount else None

    made: list[tuple[str, str, Value]] = [
        ("a year of the contract instead of all of it (ACV, ours TCV)", "amount × 12 ÷ term", year),
        ("the whole contract instead of a year of it (TCV, ours ACV)", "amount × term ÷ 12", whole),
        ("gross profit instead of the amount", "profit, not amount", profit),
        ("a year instead of a month", "amount × 12", lambda f, d: (f.value or 0) * 12),
        ("a month instead of a year", "amount ÷ 12", lambda f, d: round(Fraction(f.value or 0, 12))),
    ]
    return [Way("meaning", label, rule, _each(ours, value)) for label, rule, value in made]


def _rounded(ours: Ours) -> list[Way]:
    """Each deal rounded before it was added up."""
    made = []
    for unit in UNITS[:5]:
        step = Decimal(unit * 10**ours.digits)
        words = "whole units" if unit == 1 else f"{unit:,}"
        for how in (ROUND_HALF_EVEN, ROUND_HALF_UP) if step > 1 else ():

            def value(fact: Fact, deal: Deal, s: Decimal = step, h: str = how) -> int:
                return int((Decimal(fact.value or 0) / s).quantize(Decimal(1), h) * s)

            made.append(Way("rounding", f"each deal rounded to {words}", f"round(amount, {words})", _each(ours, value)))
    return made


def filters(tally: Tally, sides: Sides) -> list[Way]:
    """Without the deals of one member of a split, or with those of one only."""
    made = []
    for name, split in tally.ours.splits.items():
        members = {fact.members.get(name, "") for fact in tally.base.values()}
        if name in ("account", tally.table.split) or not 1 < len(members) <= _FEW:
            continue
        labels = tally.ours.labels(name)
        for member in sorted(members):
            words = f"{split.label.lower()} {labels.get(member, member) or NOBODY}"

            def without(facts: Facts, n: str = name, m: str = member) -> Facts:
                return {one: fact for one, fact in facts.items() if fact.members.get(n, "") != m}

            def only(facts: Facts, n: str = name, m: str = member) -> Facts:
                return {one: fact for one, fact in facts.items() if fact.members.get(n, "") == m}

            kind = "renewal" if name == "type" and "renew" in member.casefold() else "filter"
            made.append(Way(kind, f"their table has no deals of {words}", f"{name} is not {member}", without))
            if len(members) > 2:
                made.append(Way("filter", f"their table has only deals of {words}", f"{name} = {member}", only))
    return [*made, *_edges(tally, sides)]


def _edges(tally: Tally, sides: Sides) -> list[Way]:
    """Without the small deals, or without the large ones: at the amount where most totals agree."""
    if not tally.ours.money:
        return []
    made = []
    by_value = sorted(tally.base.items(), key=lambda one: (one[1].value or 0, one[0]))
    for words, order in (("below", by_value), ("above", by_value[::-1])):
        sums = dict(sides.ours)
        best: tuple[int, int] | None = None
        for place, (_, fact) in enumerate(order[:-1]):
            key = tally.key(fact)
            sums[key] = sums.get(key, 0) - (fact.value or 0)
            if (order[place + 1][1].value or 0) != (fact.value or 0):
                right = sum(sides.agrees(k, sums.get(k, 0)) for k in sides.theirs)
                if best is None or right > best[0]:
                    best = right, order[place + 1][1].value or 0
        if best is not None and best[0]:
            edge, low = best[1], words == "below"

            def kept(facts: Facts, e: int = edge, lo: bool = low) -> Facts:
                return {o: f for o, f in facts.items() if ((f.value or 0) >= e if lo else (f.value or 0) <= e)}

            said = tally.ours.value(edge)
            made.append(Way("filter", f"their table has no deals {words} {said}", f"no amounts {words} {said}", kept))
    return made


def earlier(tally: Tally, sides: Sides, quick: bool) -> list[Way]:
    """As the record was on earlier days: the day up to which the most totals agree."""
    ours = tally.ours
    metric = ours.asked.metric
    made = []
    if metric.at_moment:
        days = [ours.at.day - timedelta(n) for n in range(1, _DAYS_BACK + 1)] if not quick else []
    else:
        every = sorted({fact.day for fact in tally.base.values() if fact.day})
        tried: list[tuple[int, date]] = []
        for day in every[:-1]:
            sums = tally.by_member({one: f for one, f in tally.base.items() if f.day and f.day <= day})
            tried.append((sum(sides.agrees(key, sums.get(key, 0)) for key in sides.theirs), day))
        days = [day for _, day in sorted(tried, reverse=True)[:4]]
        for day in days[:2]:
            label = f"their table is an earlier copy, about as of {day}"
            made.append(Way("stale", label, f"{metric.date} up to {day}", lambda facts, d=day: {
                one: fact for one, fact in facts.items() if fact.day and fact.day <= d}))  # type: ignore[misc]  # fmt: skip
    days += ours.changes[:_CHANGES]
    for day in [] if quick else dict.fromkeys(days):
        label = f"their table is an earlier copy, about as of {day}"
        made.append(Way("stale", label, f"as of {day}", lambda _, d=day: _counting(ours.as_of(d))))  # type: ignore[misc]
    return made
