"""What does the CRM call open, part by part? Every open deal stands in exactly one part, and the parts add to the whole.

The parts come from one query, the whole from another; what does not add up is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import before_first
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.metrics import due
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import reference, sums
from saleswright.measure.metrics.figures import Sums, finish
from saleswright.measure.metrics.words import plural

Pairs = tuple[tuple[str, str], ...]
DATED = ("due", "due_next", "due_later", "past_due", "no_date")
# Stands in for all of them on a day whose close dates nobody knows.
UNDATED = "due_unknown"
OF_QUALIFIED = (*DATED, UNDATED)
ALWAYS = ("due", "past_due", UNDATED, "not_qualified", "renewals")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what the CRM calls open: its amount, its deals, and how many of them have no amount."""

    name: str
    label: str
    amount: Figure
    deals: Figure
    missing: int

    @property
    def count(self) -> int:
        return self.deals.value if isinstance(self.deals.value, int) else 0

    @property
    def minor(self) -> int:
        return self.amount.value.minor if isinstance(self.amount.value, Money) else 0


@dataclass(frozen=True)
class Apart:
    """What the CRM calls open and its parts, in one currency, with the sentences that prove they add up."""

    whole: Part
    parts: tuple[Part, ...]
    checks: tuple[str, ...]

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    @property
    def added(self) -> bool:
        """Could the amounts be added in one currency?"""
        return self.whole.amount.value is not None or not self.whole.amount.n

    @property
    def undated(self) -> bool:
        """Are the close dates of the day unknown?"""
        return self.part(UNDATED) is not None

    def deals(self, *names: str) -> int:
        """How many deals stand in the parts of these names."""
        return sum(part.count for part in self.parts if part.name in names)


def taken_apart(at: Snapshot, where: Pairs = ()) -> Apart:
    """What the CRM calls open, whole and in parts."""
    amounts, deals = (ask(at, name, ("counted", "due"), "all", where) for name in ("crm_open", "crm_open_deals"))
    money, count = sums(at, amounts), sums(at, deals)
    made = []
    hidden = DATED if _undated(at, count) else (UNDATED,)
    for name, label, pairs in names_of(at):
        if name in hidden:
            continue
        found = _added(money, pairs), _added(count, pairs)
        if found[1].n or name in ALWAYS:
            made.append(_part(at, name, label, pairs, (amounts, deals), found))
    whole = replace(amounts, by=()), replace(deals, by=())
    all_of_it = _added(sums(at, whole[0]), ()), _added(sums(at, whole[1]), ())
    total = _part(at, "crm_open", "CRM open", (), whole, all_of_it)
    return Apart(total, tuple(made), _proof(at, total, made, all_of_it[0].unconverted))


def _undated(at: Snapshot, count: dict[tuple[str, ...], Sums]) -> bool:
    """Is no close date of the day known? An export tells the close dates of its own day only."""
    dated = any(one.n for key, one in count.items() if key[0] == due.QUALIFIED and key[1] != due.NO_DATE)
    return not dated and bool(before_first(at))


def names_of(at: Snapshot) -> list[tuple[str, str, Pairs]]:
    """(name, words, the members that a deal of this part has), in reading order."""
    calendar = at.workspace.calendar
    quarter = calendar.containing("quarter", at.day)
    following = calendar.containing("quarter", quarter.end)
    dated = (
        ("due", f"Due in {quarter.label}", due.THIS),
        ("due_next", f"Due in {following.label}", due.NEXT),
        ("due_later", "Due later", due.LATER),
        ("past_due", "Past due", due.PAST),
        ("no_date", "No close date", due.NO_DATE),
    )
    return [
        *((name, label, (("counted", due.QUALIFIED), ("due", member))) for name, label, member in dated),
        (UNDATED, "Qualified, due not known", (("counted", due.QUALIFIED),)),
        ("not_qualified", "Not qualified", (("counted", due.NOT_QUALIFIED),)),
        ("renewals", "Renewals", (("counted", due.RENEWAL),)),
        ("left_out", "Left out by a rule", (("counted", due.LEFT_OUT),)),
    ]


def _added(found: dict[tuple[str, ...], Sums], pairs: Pairs) -> Sums:
    wanted = tuple(member for _, member in pairs)
    total = Sums()
    for key, one in found.items():
        if key[: len(wanted)] == wanted:
            total += one
    return total


def _part(
    at: Snapshot, name: str, label: str, pairs: Pairs, asked: tuple[Asked, Asked], found: tuple[Sums, Sums]
) -> Part:
    some = bool(found[1].n) or not pairs
    amount, deals = (
        # Nothing has no rows to open.
        finish(one.metric, facts, at.currency, str(reference(at, one).only(pairs)) if some else "")
        for one, facts in zip(asked, found, strict=True)
    )
    missing = sum(found[0].left_out.values())
    return Part(name, label, replace(amount, label=label), replace(deals, label=f"{label}, deals"), missing)


def _proof(at: Snapshot, whole: Part, parts: Sequence[Part], unconverted: int) -> tuple[str, ...]:
    """The parts add up to the whole: asserted, then said."""
    if sum(part.count for part in parts) != whole.count:
        raise AssertionError(f"the parts of what is open do not add to {whole.count} deals")
    if sum(part.missing for part in parts) != whole.missing:
        raise AssertionError(f"the parts of what is open do not add to {whole.missing} deals without an amount")
    lines = _lines(parts)
    counts = [(words, sum(part.count for part in held)) for words, held in lines]
    words = " + ".join(plural(n, "renewal") if word == "renewals" else f"{n:,} {word}" for word, n in counts)
    said = [f"{plural(whole.count, 'deal')} the CRM calls open = {words}."]
    if not unconverted and isinstance(whole.amount.value, Money):
        if sum(part.minor for part in parts) != whole.minor:
            raise AssertionError(f"the parts of what is open do not add to {whole.amount.value}")
        amounts = [f"{word} {money(Money(sum(p.minor for p in held), at.currency))}" for word, held in lines]
        said.insert(0, f"CRM open {money(whole.amount.value)} = {' + '.join(amounts)}, to the last digit.")
    return tuple(said)


def _lines(parts: Sequence[Part]) -> list[tuple[str, list[Part]]]:
    held = [
        ("qualified", [part for part in parts if part.name in OF_QUALIFIED]),
        ("not qualified", [part for part in parts if part.name == "not_qualified"]),
        ("renewals", [part for part in parts if part.name == "renewals"]),
        ("left out by a rule", [part for part in parts if part.name == "left_out"]),
    ]
    return [(words, found) for words, found in held if found]


def money(amount: Money) -> str:
    return f"{amount.currency} {amount.decimal:,}"
