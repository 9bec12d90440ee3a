"""Which other way of counting gives their totals? Tried one by one over all members, then two together, then by member.

An alternative is our own figure with one thing done otherwise. It is taken when it gives their totals exactly for the
members that differ, and leaves alone those that agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from saleswright.measure.review.settle.cause import LIKELY, NONE, SURE, Cause, Item
from saleswright.measure.review.settle.ours import Ours
from saleswright.measure.review.settle.rules import reason_words
from saleswright.measure.review.settle.tallied import Facts, Sides, Tally, Way
from saleswright.measure.review.settle.totals import Column
from saleswright.measure.review.settle.typed import slip
from saleswright.measure.review.settle.ways import earlier, filters, sources, values

_PER_MEMBER = 120


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

    left = differ
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
        if before != theirs and _without(sides, key):
            said = f"their table has no line for this {table.label}"
            put(Cause("filter", f"their table lacks members of the {table.label}", said), key, before, theirs)
        elif before != theirs:
            put(*_single(tally, sides, key, before, chain))
    return list(made.values()), sum(sides.theirs.values()), len(keys) - len(differ)


def _without(sides: Sides, key: str) -> bool:
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
    ways = [*sources(tally), *values(tally, sides), *filters(tally, sides), *earlier(tally, sides, quick)]
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
    firsts = [*sources(tally), *[way for _, _, way in sorted(tried, key=lambda t: t[:2], reverse=True)[:6]]]
    seconds = [*[w for w in sources(tally) if w.kind != "date"], *values(tally, sides), *filters(tally, sides)]
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


def _single(tally: Tally, sides: Sides, key: str, before: int, chain: list[Way]) -> tuple[Cause, str, int, int, str]:
    """What one member's remainder is by itself: rounding, a slip, a deal twice or not at all; else not explained."""
    theirs, unit = sides.theirs.get(key, 0), 10**tally.ours.digits
    if sides.step and theirs % sides.step == 0 and abs(theirs - before) < sides.step:
        words = f"{sides.step // unit:,}"
        said = f"all their totals are multiples of {words}"
        what = f"rounded to {'whole units' if words == '1' else words}"
        return Cause("rounding", what, said, f"round(total, {words})"), key, before, theirs, ""
    if key not in tally.known and key in sides.line:
        return Cause("unknown", f"no such {tally.table.label} in our record", sure=SURE), key, before, theirs, ""
    facts: Facts = tally.base
    for way in chain:
        facts = way.change(facts)
    found = _deals(tally, facts, key, theirs - before)
    said = slip(before, theirs, tally.ours.digits) if tally.ours.money else ""
    if found and (len(found[1]) == 1 or not said):
        kind, deals, how = found
        names = " and ".join(tally.ours.deals[one].called for one in deals) + (f": {how}" if how else "")
        label = {"duplicate": "deals counted twice", "missing": "deals that their table lacks",
                 "rule": "deals that we leave out", "typing": "typing errors in the deals behind it"}[kind]  # fmt: skip
        if kind == "rule":
            kind, label, _ = reason_words(tally.ours.reasons[tally.ours.rows[deals[0]].code - 1])
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


def _deals(tally: Tally, facts: Facts, key: str, rest: int) -> tuple[str, tuple[str, ...], str] | None:
    """The deals that make a remainder: counted twice, lacking, left out by us, ten times as much, with the sign turned."""
    if not tally.ours.money:
        return None
    here = {one: fact.value or 0 for one, fact in facts.items() if tally.key(fact) == key}
    left_out = {
        one: fact.value or 0
        for one, fact in tally.ours.rows.items()
        if fact.code and one not in here and tally.key(fact) == key
    }
    pools = (
        ("duplicate", "", here, rest),
        ("missing", "", here, -rest),
        ("rule", "", left_out, rest),
        ("typing", "ten times as much", {one: 9 * v for one, v in here.items()}, rest),
        ("typing", "a hundred times as much", {one: 99 * v for one, v in here.items()}, rest),
        ("typing", "the sign is turned", {one: 2 * v for one, v in here.items()}, -rest),
    )
    for size in (1, 2, 3):
        for kind, how, pool, wanted in pools:
            usable = [one for one, value in pool.items() if 0 < value <= wanted]
            if wanted <= 0 or len(usable) > (_PER_MEMBER if size < 3 else _PER_MEMBER // 3):
                continue
            hits = [some for some in combinations(usable, size) if sum(pool[one] for one in some) == wanted]
            if hits and (len(hits) == 1 or size == 1):
                return kind, hits[0], how
        if size == 1:
            typed = [(one, said) for one, v in here.items() if v and (said := slip(v, v + rest, tally.ours.digits))]
            if typed:
                words = (
                    typed[0][1] if len(typed) == 1 else f"{typed[0][1]}; {len(typed) - 1} other deals would fit as well"
                )
                return "typing", (typed[0][0],), words
    return None
