"""Which other way of counting gives their totals? Tried one by one over all members, then two together, then by member.

An alternative is our own figure with one thing done otherwise. It is taken when it gives their totals exactly for the
members that differ, and leaves alone those that agree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations

from saleswright.measure.review.settle.amounts import rescaled, rounded_to
from saleswright.measure.review.settle.cause import LIKELY, NONE, SURE, Cause, Item
from saleswright.measure.review.settle.match import minor_of
from saleswright.measure.review.settle.ours import DATE_WORDS, Deal, Fact, Ours
from saleswright.measure.review.settle.rows import reason_words
from saleswright.measure.review.settle.totals import NONE as NOBODY
from saleswright.measure.review.settle.totals import Column, lines
from saleswright.measure.review.settle.typed import slip

_FEW = 60
_DAYS_BACK = 31
_PER_MEMBER = 120

Facts = Mapping[str, Fact]
Change = Callable[[Facts], Facts]


@dataclass(frozen=True)
class Way:
    """One thing done otherwise: what it is, and how it changes the rows that count."""

    kind: str
    label: str
    rule: str
    change: Change
    now: bool = False


@dataclass
class Sides:
    """Totals by member on both sides, in minor units; what a member is called; the line of theirs it stands on."""

    theirs: dict[str, int]
    ours: dict[str, int]
    names: dict[str, str]
    line: dict[str, int]
    step: int = 0

    def agrees(self, key: str, value: int) -> bool:
        """Is this what their column says, rounded as it is rounded?"""
        theirs = self.theirs.get(key, 0)
        return theirs == value or bool(self.step and theirs % self.step == 0 and 2 * abs(theirs - value) <= self.step)


class Tally:
    """Our figure by member, in as many ways as are asked for."""

    def __init__(self, ours: Ours, table: Column) -> None:
        self.ours = ours
        self.table = table
        self.labels = ours.labels(table.split) if table.split in ours.splits else {}
        self._keys: dict[object, str] = {}
        self.base: Facts = {one: fact for one, fact in ours.rows.items() if fact.code == 0}
        self.known = {self.key(fact) for fact in ours.everywhere.values()}
        self.meant = lines(table, dict.fromkeys(sorted(self.known), ""))
        self.today: Mapping[str, str] = {}

    def by_member(self, facts: Facts, now: bool = False) -> dict[str, int]:
        """Sums by member; `now`: of the member that the owner belongs to today."""
        found: dict[str, int] = defaultdict(int)
        for fact in facts.values():
            found[self.key(fact, now)] += fact.value or 0
        return dict(found)

    def key(self, fact: Fact, now: bool = False) -> str:
        """What a deal is compared under, worked out once for each member and day."""
        member = fact.day if self.table.spans else fact.members.get(self.table.split, "")
        if now:
            member = self.today.get(fact.members.get("owner", ""), "")
            fact = replace(fact, members={self.table.split: member})
        key = self._keys.get(member)
        if key is None:
            key = self._keys[member] = self.table.key(fact, self.labels)
        return key

    def sides(self) -> Sides:
        """Both sides as they stand."""
        theirs: dict[str, int] = defaultdict(int)
        names = {self.key(f): self._name(f) for f in self.base.values()}
        line = {}
        for number, value in self.table.values.items():
            key = self.meant[number]
            theirs[key] += minor_of(value, self.ours.digits)
            names[key] = self.table.members.get(number, "") or names.get(key, key)
            line[key] = number
        ours = self.by_member(self.base)
        step = rounded_to(list(theirs.values()), list(ours.values()), self.ours.digits) if self.ours.money else 0
        return Sides(dict(theirs), ours, names, line, step)

    def _name(self, fact: Fact) -> str:
        if self.table.spans:
            return self.table.key(fact, self.labels)
        member = fact.members.get(self.table.split, "")
        return self.labels.get(member, member) or NOBODY


def causes(ours: Ours, table: Column, quick: bool = False) -> tuple[list[Cause], int, int]:
    """(every cause, their sum, members that agree): what each member lacks stands in its causes to the minor unit.

    quick: two ways together are not tried, nor what only a look at earlier days would tell.
    """
    tally = Tally(ours, table)
    sides = tally.sides()
    keys = sorted({*sides.theirs, *sides.ours})
    differ = [key for key in keys if sides.theirs.get(key, 0) != sides.ours.get(key, 0)]
    made: dict[tuple[str, str], Cause] = {}

    def put(cause: Cause, key: str, ours_: int, theirs_: int, why: str = "") -> None:
        if ours_ != theirs_:
            held = made.setdefault((cause.kind, cause.label), cause)
            item = Item("member", sides.names.get(key, key), ours_, theirs_, "", sides.line.get(key), why)
            held.items.append(item)

    left = [key for key in differ if not _without(sides, key, tally)]
    for key in differ:
        if key not in left:
            said = f"their table has no line for this {table.label}"
            put(Cause("filter", f"their table lacks members of the {table.label}", said), key, sides.ours[key], 0)
    chain, sums = _chosen(tally, sides, left, keys, quick)
    for key in left:
        before = sides.ours.get(key, 0)
        if sums and sides.agrees(key, sums[-1].get(key, 0)):
            for way, found in zip(chain, sums, strict=True):
                put(
                    Cause(way.kind, way.label, _holds(chain, sums, sides, left), way.rule),
                    key,
                    before,
                    found.get(key, 0),
                )
                before = found.get(key, 0)
        elif sums and _nearer(sides, key, sums[-1]) and len(chain) == 1 and len(left) > 2:
            put(Cause(chain[0].kind, chain[0].label, "", chain[0].rule), key, before, sums[-1].get(key, 0))
            before = sums[-1].get(key, 0)
        theirs = sides.theirs.get(key, 0)
        if before != theirs:
            put(*_single(tally, sides, key, before, chain))
    return list(made.values()), sum(sides.theirs.values()), len(keys) - len(differ)


def _without(sides: Sides, key: str, tally: Tally) -> bool:
    """Is it a member that their table has no line for, though it has lines for most?"""
    return key not in sides.theirs and sum(k in sides.theirs for k in sides.ours) * 2 > len(sides.ours)


def _nearer(sides: Sides, key: str, sums: Mapping[str, int]) -> bool:
    """Does the way bring a member that it does not settle at least most of the way?"""
    theirs, ours, way = sides.theirs.get(key, 0), sides.ours.get(key, 0), sums.get(key, 0)
    return way != ours and abs(theirs - way) * 2 < abs(theirs - ours)


def _holds(chain: list[Way], sums: list[dict[str, int]], sides: Sides, left: list[str]) -> str:
    right = sum(sides.agrees(key, sums[-1].get(key, 0)) for key in left)
    how = "it gives" if len(chain) == 1 else "together they give"
    return f"{how} their figure exactly for {right} of {len(left)} totals that differ"


def _score(tally: Tally, sides: Sides, left: list[str], keys: Iterable[str], sums: Mapping[str, int]) -> int:
    right = sum(sides.agrees(key, sums.get(key, 0)) for key in left)
    wrong = sum(
        sides.theirs.get(key, 0) == sides.ours.get(key, 0) and not sides.agrees(key, sums.get(key, 0))
        for key in keys
        if key not in left and key in sides.theirs
    )
    return right - 2 * wrong


def _chosen(
    tally: Tally, sides: Sides, left: list[str], keys: list[str], quick: bool
) -> tuple[list[Way], list[dict[str, int]]]:
    """The way, or two together, that settles most members; nothing when a rounding alone does."""
    if not left or (sides.step and all(sides.agrees(key, sides.ours.get(key, 0)) for key in left)):
        return [], []
    ways = [*_sources(tally), *_values(tally.ours), *_filters(tally), *_earlier(tally, sides, quick)]
    best: tuple[float, list[Way], list[dict[str, int]]] = 0.0, [], []
    tried: list[tuple[int, int, Way]] = []
    for place, way in enumerate(ways):
        facts = way.change(tally.base)
        sums = tally.by_member(facts, way.now)
        score = _score(tally, sides, left, keys, sums)
        tried.append((score, -place, way))
        changed = sum(facts.get(one) != fact for one, fact in tally.base.items()) + len(set(facts) - set(tally.base))
        # One deal more or less in one total is told as that deal.
        if score > best[0] and (score > 1 or changed > 1 or way.now):
            best = float(score), [way], [sums]
    if quick or best[0] >= 0.7 * len(left) or len(left) < 2:
        return best[1], best[2]
    firsts = [*_sources(tally), *[way for _, _, way in sorted(tried, key=lambda t: t[:2], reverse=True)[:6]]]
    seconds = [*_sources(tally)[len(tally.ours.dates) :], *_values(tally.ours), *_filters(tally)]
    for first in firsts:
        held = first.change(tally.base)
        before = tally.by_member(held, first.now)
        for second in seconds:
            if (second.kind, second.label) == (first.kind, first.label):
                continue
            sums = tally.by_member(second.change(held), first.now or second.now)
            score = _score(tally, sides, left, keys, sums)
            if score > best[0] + 1:
                best = float(score), [first, second], [before, sums]
    return best[1], best[2]


def _sources(tally: Tally) -> list[Way]:
    """Other dates first, then what is left out counted after all."""
    ours, metric = tally.ours, tally.ours.asked.metric
    made = []
    for name in ours.dates:
        label = f"they go by the {DATE_WORDS[name]}, we by the {DATE_WORDS.get(metric.date, metric.date)}"
        made.append(Way("date", label, f"{name} in {ours.period.label}", lambda _, n=name: _counting(ours.by_date(n))))  # type: ignore[misc]
    codes = Counter(fact.code for fact in ours.rows.values() if fact.code)
    for code in sorted(codes):
        kind, label, rule = reason_words(ours.reasons[code - 1])
        more = {one: fact for one, fact in ours.rows.items() if fact.code == code}
        made.append(Way(kind, label, rule, lambda facts, m=more: {**facts, **m}))  # type: ignore[misc]
    made += _reorganised(tally)
    return made


def _counting(facts: Facts) -> Facts:
    return {one: fact for one, fact in facts.items() if fact.code == 0}


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


def _values(ours: Ours) -> list[Way]:
    """Other amounts of the same deals."""
    if not ours.money:
        return []
    cur, deals = ours.at.currency, ours.deals

    def each(value: Callable[[Fact, Deal], int | None]) -> Change:
        def change(facts: Facts) -> Facts:
            return {
                one: fact if (found := value(fact, deals[one])) is None else replace(fact, value=found)
                for one, fact in facts.items()
                if one in deals
            }

        return change

    def plain_(fact: Fact, deal: Deal) -> int | None:
        return rescaled(deal.amount, deal.currency, cur) if deal.amount is not None and deal.currency else None

    def year(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * 12, deal.term_months)) if deal.term_months else None

    def whole(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * deal.term_months, 12)) if deal.term_months else None

    def profit(fact: Fact, deal: Deal) -> int | None:
        return round(Fraction((fact.value or 0) * deal.profit, deal.amount)) if deal.profit and deal.amount else None

    made = [Way("currency", "amounts of other currencies added without conversion", f"no rate to {cur} applied",
                each(plain_))]  # fmt: skip
    made.append(
        Way("meaning", "a year of the contract instead of all of it (ACV, ours TCV)", "amount × 12 ÷ term", each(year))
    )
    made.append(
        Way("meaning", "the whole contract instead of a year of it (TCV, ours ACV)", "amount × term ÷ 12", each(whole))
    )
    made.append(Way("meaning", "gross profit instead of the amount", "profit, not amount", each(profit)))
    for power, words in ((12, "a year instead of a month"), (Fraction(1, 12), "a month instead of a year")):
        made.append(Way("meaning", words, f"amount × {power}", each(lambda f, d, p=power: round((f.value or 0) * p))))  # type: ignore[misc]
    return made


def _filters(tally: Tally) -> list[Way]:
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
    return made


def _earlier(tally: Tally, sides: Sides, quick: bool) -> list[Way]:
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
    for day in [] if quick else days:
        label = f"their table is an earlier copy, about as of {day}"
        made.append(Way("stale", label, f"as of {day}", lambda _, d=day: _counting(ours.as_of(d))))  # type: ignore[misc]
    return made


def _single(tally: Tally, sides: Sides, key: str, before: int, chain: list[Way]) -> tuple[Cause, str, int, int, str]:
    """What one member's remainder is by itself: rounding, a slip, a deal twice or not at all; else not explained."""
    theirs, unit = sides.theirs.get(key, 0), 10**tally.ours.digits
    if sides.step and theirs % sides.step == 0 and abs(theirs - before) < sides.step:
        words = f"{sides.step // unit:,}"
        said = f"all their totals are multiples of {words}"
        what = f"rounded to {'whole units' if words == '1' else words}"
        return Cause("rounding", what, said, f"round(total, {words})"), key, before, theirs, ""
    if key not in tally.known and key in sides.line:
        return Cause("unknown", f"a {tally.table.label} that is not in our record", sure=SURE), key, before, theirs, ""
    facts: Facts = tally.base
    for way in chain:
        facts = way.change(facts)
    found = _deals(tally, facts, key, theirs - before)
    said = slip(before, theirs, tally.ours.digits) if tally.ours.money else ""
    if found and (len(found[1]) == 1 or not said):
        kind, deals = found
        names = " and ".join(tally.ours.deals[one].called for one in deals)
        label = {"duplicate": "deals counted twice", "missing": "deals that their table lacks",
                 "rule": "deals that we leave out"}[kind]  # fmt: skip
        return (
            Cause(kind, label, "the remainder of a total is exactly these deals", sure=LIKELY),
            key,
            before,
            theirs,
            names,
        )
    if said:
        return Cause("typing", "typing errors in their table", sure=LIKELY), key, before, theirs, said
    if abs(theirs - before) < unit and tally.ours.digits:
        return Cause("rounding", "less than one unit apart", sure=LIKELY), key, before, theirs, ""
    return Cause("other", "not explained", sure=NONE), key, before, theirs, ""


def _deals(tally: Tally, facts: Facts, key: str, rest: int) -> tuple[str, tuple[str, ...]] | None:
    """The one deal, or the two or three, that make a remainder: counted twice, lacking, or left out by us."""
    if not tally.ours.money:
        return None
    here = {one: fact.value or 0 for one, fact in facts.items() if tally.key(fact) == key}
    left_out = {one: fact.value or 0 for one, fact in tally.ours.rows.items()
                if fact.code and one not in here and tally.key(fact) == key}  # fmt: skip
    for size in (1, 2, 3):
        for kind, pool, wanted in (("duplicate", here, rest), ("missing", here, -rest), ("rule", left_out, rest)):
            usable = [one for one, value in pool.items() if 0 < value <= wanted]
            if wanted <= 0 or len(usable) > (_PER_MEMBER if size < 3 else _PER_MEMBER // 3):
                continue
            hits = [some for some in combinations(usable, size) if sum(pool[one] for one in some) == wanted]
            if hits and (len(hits) == 1 or size == 1):
                return kind, hits[0]
    return None
