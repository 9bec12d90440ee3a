"""What does the leader need to know? The whole review on one page, each figure the one the other pages show."""

from __future__ import annotations

from dataclasses import dataclass, replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table
from saleswright.lib.period import Period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.review.material import Material, material
from saleswright.measure.review.number.model import Number
from saleswright.measure.review.number.simple import number
from saleswright.measure.review.roll import roll
from saleswright.measure.review.rolled import Roll
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.model import OwnerCount, Scrub

OWNERS = 6


@dataclass(frozen=True)
class Page:
    """Everything on the leader's page, measured once for every face."""

    scrub: Scrub
    roll: Roll
    number: Number
    coverage: Figure
    past_due: Figure
    material: tuple[Material, ...]
    where_we_are: str

    @property
    def period(self) -> Period:
        return self.roll.period


def page(at: Snapshot, since: str = "", period: str = "", where: Pairs = ()) -> Page:
    """Measure the whole review. Stop (usage) for a period or a filter that cannot be read."""
    rolled = roll(at, since, period, where)
    coverage = evaluate(at, ask(at, "coverage_remaining", (), str(rolled.period), where)).total
    return Page(
        scrub(at, where),
        rolled,
        number(at, str(rolled.period), where),
        coverage,
        evaluate(at, ask(at, "past_due", (), "all", where)).total,
        material(at, rolled.period, where),
        _week_of(at, rolled.period),
    )


def _week_of(at: Snapshot, period: Period) -> str:
    """Which week of how many: 2026Q4, week 8 of 14. A week begun is a week; a period gone by has none."""
    if not period.contains(at.day):
        return period.label
    first = period.start.toordinal() - period.start.weekday()
    last = period.end.toordinal() - 1
    return f"{period.label}, week {(at.day.toordinal() - first) // 7 + 1} of {(last - first) // 7 + 1}"


def report(made: Page) -> Report:
    """The page as every face lays it out, and as it is handed on."""
    blocks: list[Block] = [*_tiles(made)]
    if made.roll.bridge:
        blocks.append(made.roll.bridge)
    if made.material:
        blocks.append(_deals(made))
    blocks.append(_fixes(made.scrub))
    if made.roll.why_not:
        blocks.append(Note(made.roll.why_not, "warning"))
    blocks += [Note(text, "warning") for text in made.number.missing]
    if made.number.record_words:
        blocks.append(Note(made.number.record_words))
    # The bridge carries its own checks.
    moved = () if made.roll.bridge else made.roll.checks
    checks = dict.fromkeys((*moved, *made.number.checks, *made.scrub.checks))
    blocks += [Note(text, "check") for text in checks]
    return Report(
        made.where_we_are,
        blocks,
        lede=made.roll.headline,
        issues=made.scrub.issues,
        next=("saleswright review scrub", "saleswright review roll", "saleswright review number"),
    )


def _tiles(made: Page) -> list[Figure]:
    said = made.number
    why = "; ".join(said.missing)
    likely = Figure(
        "likely_range", said.mid, "money", f"Likely in {made.period.label}, simple model", n=said.n_closed, reason=why
    )
    if said.mid is not None:
        likely = replace(likely, low=said.low, high=said.high)
    chance = Figure("chance_of_target", said.chance, "share", "Chance of target", reason=_no_chance(made))
    needed = Figure("coverage_needed", said.required, "number", "Coverage needed", reason=why or "nothing is open")
    return [likely, chance, replace(made.coverage, label="Coverage of what is to go"), needed, made.past_due]


def _no_chance(made: Page) -> str:
    if made.number.missing:
        return "; ".join(made.number.missing)
    return made.roll.to_go.reason or "there is no target"


def _deals(made: Page) -> Table:
    columns = (
        Column("deal", "Deal"),
        Column("owner", "Owner"),
        Column("due", "Due", "date"),
        Column("amount", "Amount", "money"),
    )
    rows = tuple((deal.name, deal.owner_name, deal.due, deal.amount) for deal in made.material)
    return Table("material", columns, rows, f"Largest deals due in {made.period.label}")


def _fixes(found: Scrub) -> Table:
    """Fixes by owner: those with most, the others in one line, and the whole below."""
    shown, others = found.owners[:OWNERS], found.owners[OWNERS:]
    rows = [(one.name, one.findings, one.deals) for one in shown]
    if others:
        rows.append((f"{len(others):,} more", _total(others, "findings"), _total(others, "deals")))
    rows.append(("All", found.findings, found.deals))
    columns = (Column("owner", "Owner"), Column("findings", "Fixes", "count"), Column("deals", "Deals", "count"))
    return Table("fixes", columns, tuple(rows), "Fixes asked for")


def _total(owners: tuple[OwnerCount, ...], field: str) -> int:
    return sum(int(getattr(one, field)) for one in owners)
