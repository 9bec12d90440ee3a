"""Somebody else's spreadsheet beside our number: which question it answers, and every cause of the gap, to the cent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import SOURCE, Issue, Stop
from saleswright.measure.metrics.asked import ask
from saleswright.measure.review.settle import rows, tally, totals
from saleswright.measure.review.settle.cause import Cause, Item, ordered
from saleswright.measure.review.settle.cells import Apart, apart
from saleswright.measure.review.settle.choose import Chosen, Pairs, by_rows, by_words, checked
from saleswright.measure.review.settle.kept import opened
from saleswright.measure.review.settle.match import Columns, Matched, code_in, columns_of, matched, minor_of, turned
from saleswright.measure.review.settle.ours import Ours, read_deals
from saleswright.measure.review.settle.sheet import Sheet
from saleswright.measure.review.settle.theirs import read

MOST_DIGITS = 18
_DECIMALS = re.compile(r"[.,](\d+)$")


@dataclass
class Settled:
    """A gap explained: ours, theirs, the causes in order, and what both have. Amounts in minor units.

    apart: cells that differ in rows that both count, and move no amount.
    """

    name: str
    ours: Ours
    chosen: Chosen
    sheet: Sheet
    theirs: int
    causes: list[Cause]
    same: int = 0
    both: int = 0
    matched: Matched | None = None
    table: totals.Column | None = None
    notes: list[str] = field(default_factory=list)
    apart: list[Apart] = field(default_factory=list)

    def __post_init__(self) -> None:
        if sum(cause.amount for cause in self.causes) != self.gap:
            raise AssertionError(f"the causes do not add up to the gap of {self.gap}")

    @property
    def gap(self) -> int:
        """Theirs less ours."""
        return self.theirs - self.ours.total

    @property
    def unexplained(self) -> int:
        """What no rule explains, in minor units, without regard to sign."""
        return sum(cause.moved for cause in self.causes if cause.kind == "other")


def settle(at: Snapshot, theirs: str, metric: str = "", period: str = "", where: Pairs = ()) -> Settled:
    """Why does their spreadsheet say another number? Stop when it cannot be read, or holds neither deals nor totals."""
    if metric:
        checked(at, metric)
    with opened(at.workspace, theirs) as (path, name):
        sheets = read(path, at.schema["deal"], at.currency)
    deals = read_deals(at)
    columns = {id(sheet): columns_of(sheet, deals) for sheet in sheets}
    best = max(sheets, key=lambda sheet: (totals.strength(at, sheet, columns[id(sheet)], deals), len(sheet.rows)))
    table = totals.column_of(at, best, columns[id(best)], deals, period)
    if table is not None:
        return _totals(at, name, best, table, metric, period, where)
    return _rows(at, name, best, columns[id(best)], metric, period, where)


def _rows(at: Snapshot, name: str, sheet: Sheet, columns: Columns, metric: str, period: str, where: Pairs) -> Settled:
    if not (columns.id or columns.name or columns.account):
        raise Stop(
            Issue(name, "no column names a deal, and none a rep, a team, a month or another member of a split",
                  f"its columns are {', '.join(sheet.headers[:12])}", "a column with deal names or record ids, and one "
                  "with amounts", code="no-deals"),
            exit_code=SOURCE,
        )  # fmt: skip
    deals = read_deals(at)
    if any(row.turned for row in sheet.rows):
        # The period may hang on the order of day and month, so that is settled first, with any question.
        sheet = turned(sheet, columns, Ours(at, ask(at, metric or "won_deals", (), period or "all", where)))
    chosen = by_rows(at, sheet, columns, deals, metric, period, where)
    ours = Ours(at, chosen.asked)
    if ours.money and not columns.amount:
        raise Stop(
            Issue(name, "no column of it holds amounts", f"so it cannot be compared with {chosen.asked.metric.label}",
                  "--metric won_deals compares how many", code="no-amounts"),
            exit_code=SOURCE,
        )  # fmt: skip
    _readable(name, sheet, [columns.amount] if ours.money else [])
    found = matched(sheet, columns, ours)
    causes = rows.causes(found, ours, code_in(columns.amount))
    total = sum(line.minor for line in found.lines.values())
    printed = minor_of(sheet.printed.get(columns.amount), ours.digits) if columns.amount in sheet.printed else None
    if ours.money and printed is not None and printed != total:
        item = Item("file", "the total it prints", total, printed)
        causes.append(Cause("printed", "their printed total is not the sum of their rows", "", "", items=[item]))
        total = printed
    lines = found.lines_of
    both = [one for one in lines if one in ours.counted]
    same = sum(lines[one].minor == ours.counted[one] for one in both)
    cells = apart(found, ours)
    return Settled(name, ours, chosen, sheet, total, ordered(causes), same, len(both), found, apart=cells)


def _readable(name: str, sheet: Sheet, headers: Iterable[str]) -> None:
    """Stop (source) at amounts of more digits than money has here: read as nothing they would make a false gap."""
    long = [(row.line, header) for row in sheet.rows for header in headers if _digits(row.text(header)) > MOST_DIGITS]
    if long:
        what = f"an amount of more than {MOST_DIGITS} digits"
        raise Stop(
            *(Issue(f"{name}:{line}", f"{what} in {header}", "so it cannot be added up exactly", "correct that cell",
                    code="too-long") for line, header in long[:20]),
            exit_code=SOURCE,
        )  # fmt: skip


def _digits(text: str) -> int:
    """Digits before the decimals, as far as they can be told without knowing which sign stands before those."""
    return sum(c.isdigit() for c in text) - max((len(d) for d in _DECIMALS.findall(text)), default=0)


def _totals(
    at: Snapshot, name: str, sheet: Sheet, table: totals.Column, metric: str, period: str, where: Pairs
) -> Settled:
    _readable(name, sheet, [header for header in sheet.of("number") if header != table.header])
    options = totals.options(at, sheet, table, metric, period, where)
    ranked: list[tuple[float, int, int]] = []
    words = metric or by_words(at, sheet, [h for h in sheet.of("number") if h != table.header])
    for place, (chosen, full) in enumerate(options if len(options) > 1 else ()):
        made = _by_member(name, at, sheet, chosen, full, quick=True)
        # What explains all of it by the fewest rules is what they meant.
        unlike = totals.doubt(chosen.asked.metric.name, words) if _open(made) else 0.0
        if not period:
            # Nobody said which: another period would have been the reading.
            unlike += sum(c.moved for c in made.causes if c.kind == "period") / _size(made)
        ranked.append((round(_open(made) + unlike, 3), len(made.causes), place))
        if not _open(made) and not unlike:
            break
    chosen, full = options[min(ranked)[2] if ranked else 0]
    return _by_member(name, at, sheet, chosen, full, quick=False)


def _by_member(name: str, at: Snapshot, sheet: Sheet, chosen: Chosen, table: totals.Column, quick: bool) -> Settled:
    ours = Ours(at, chosen.asked)
    causes, total, same = tally.causes(ours, table, quick)
    return Settled(name, ours, chosen, sheet, total, ordered(causes), same, len(table.values), None, table)


def _open(made: Settled) -> float:
    """The share of both totals without a rule; what is told member by member counts half: it can explain anything."""
    single = ("typing", "unknown", "missing", "rule", "duplicate")
    return (made.unexplained + 0.5 * sum(c.moved for c in made.causes if c.kind in single)) / _size(made)


def _size(made: Settled) -> int:
    return sum(abs(minor) for minor in (made.theirs, made.ours.total)) or 1
