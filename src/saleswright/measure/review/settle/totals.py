"""Is their sheet a column of totals, by rep, by team, by month? Which split it is, and which line is which member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import exponent
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked, ask, metrics_in_force
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import allowed, dimensions, known_members
from saleswright.measure.review.settle.choose import ADDS, Chosen, Pairs, by_words, checked, named_period
from saleswright.measure.review.settle.match import Columns, minor_of, plain
from saleswright.measure.review.settle.ours import Deal, Fact
from saleswright.measure.review.settle.sheet import Row, Sheet
from saleswright.measure.review.settle.theirs import span

TIME = "time"
NOBODY = "(none)"
_BLANK = frozenset(("", "none", "unassigned", "no owner", "blank", "n a", "not set", "empty", "null"))
_SHARE, _ALIKE, _DISTINCT = 0.6, 0.85, 0.9
_MOST, _TRIED = 2_000, 6
_ORDINARY = ("won_value", "open_pipeline")
_ODD = 0.1
"""How much more of both totals a seldom asked number has to explain, before it is taken for the one that is meant."""
_METRICS = (
    "won_value",
    "open_pipeline",
    "won_deals",
    "open_deals",
    "crm_open",
    "won_renewals",
    "past_due",
    "lost_deals",
)
_PERIODS = (
    "this quarter", "last quarter", "this month", "last month", "this year", "last year", "last 12 months", "all",
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of totals: the split, the header of its members and of its values.

    spans: line -> the stretch of time it stands for, where the split is time; else `members`: line -> member's name.
    values: line -> the printed number.
    """

    split: str
    label: str
    header: str
    rows: Mapping[int, Row]
    members: Mapping[int, str]
    spans: Mapping[int, tuple[date, date]]
    values: Mapping[int, Decimal]

    def key_of(self, line: int) -> str:
        """What a line is compared under."""
        return self.spans[line][0].isoformat() if line in self.spans else plain(self.members[line]) or NOBODY

    def key(self, fact: Fact, labels: Mapping[str, str]) -> str:
        """The same for a deal of ours."""
        if self.spans:
            starts = [start.isoformat() for start, end in self.spans.values() if fact.day and start <= fact.day < end]
            return starts[0] if starts else NOBODY
        member = fact.members.get(self.split, "")
        return plain(labels.get(member, member)) or NOBODY


def strength(at: Snapshot, sheet: Sheet, columns: Columns, deals: Mapping[str, Deal]) -> float:
    """How much of a sheet can be compared: rows that name a deal, or a member of a split."""
    if names_deals(sheet, columns, deals):
        return 1.0
    return 0.9 if column_of(at, sheet, columns, deals) is not None else 0.0


def names_deals(sheet: Sheet, columns: Columns, deals: Mapping[str, Deal]) -> bool:
    """Is it a list of deals: do many of its rows name one by its id or its name?"""
    from saleswright.measure.review.settle.match import key

    ids = {key(deal.key) for deal in deals.values()}
    names = {plain(deal.name) for deal in deals.values() if deal.name}
    rows = sheet.rows[:1_000]
    by_id = sum(key(row.text(columns.id)) in ids for row in rows) if columns.id else 0
    by_name = sum(plain(row.text(columns.name)) in names for row in rows) if columns.name else 0
    return max(by_id, by_name) >= 0.3 * len(rows)


def column_of(
    at: Snapshot, sheet: Sheet, columns: Columns, deals: Mapping[str, Deal], period: str = ""
) -> Column | None:
    """The totals of a sheet: a column whose values are different members of one split. None for a list of deals.

    Months without a year are those of the period told, of the year the sheet names, or of this year.
    """
    if names_deals(sheet, columns, deals) or len(sheet.rows) > _MOST or not sheet.of("number"):
        return None
    best: tuple[float, Column] | None = None
    start = at.workspace.calendar.start_month
    for header in sheet.headers:
        texts = {row.line: row.text(header) for row in sheet.rows if row.text(header)}
        if not texts or len(set(map(plain, texts.values()))) < _DISTINCT * len(texts):
            continue
        near = (period,) if any(c.isdigit() for c in period) else sheet.said
        for told in (near, (str(at.day.year),)):
            spans = {n: found for n, text in texts.items() if (found := span(text, start, told))}
            if spans:
                break
        rows = {row.line: row for row in sheet.rows}
        values = [h for h in sheet.of("number") if h != header]
        if not values:
            continue
        if len(spans) >= max(1, _SHARE * len(texts)):
            made = Column(TIME, "period", header, rows, texts, spans, {})
            best = max(best or (0.0, made), (len(spans) / len(texts) + 0.01, made), key=lambda one: one[0])
        if sheet.kinds[header] != "text":
            continue
        for dimension in dimensions(at.schema).values():
            if dimension.grain or dimension.at_moment or not allowed(at, dimension) or dimension.name == "account":
                continue
            known = {plain(label) for label in known_members(at, dimension).values()}
            share = sum(plain(text) in known or _turned(text) in known for text in texts.values()) / len(texts)
            # A few names of the same words fit several splits: the plainest one is meant.
            plainest = 0.001 * (dimension.name in ("owner", "team", "region", "type", "stage", "segment", "product"))
            if share >= _SHARE and share + plainest > (best[0] if best else 0.0):
                made = Column(dimension.name, dimension.label.lower(), header, rows, texts, {}, {})
                best = share + plainest, made
    return best[1] if best else None


def _turned(text: str) -> str:
    """ "Doe, Jane" as "jane doe"."""
    last, comma, first = text.partition(",")
    return plain(f"{first} {last}") if comma else plain(text)


def options(
    at: Snapshot, sheet: Sheet, table: Column, metric: str, period: str, where: Pairs
) -> list[tuple[Chosen, Column]]:
    """The questions that a column of totals may answer, with the column and its numbers, in the order to try them.

    One where the question was told. A word at the head of the column goes first, then won value and open pipeline, the
    nearest by member before the others. What is open is compared by the month it is due.
    """
    numbers = [h for h in sheet.of("number") if h != table.header]
    named = metric or by_words(at, sheet, numbers)
    names = [metric] if metric else dict.fromkeys([*([named] if named else ()), *_METRICS])
    metrics = [checked(at, metric)] if metric else [
        m for one in names if (m := metrics_in_force(at).get(one)) is not None and m.shape in ADDS]  # fmt: skip
    told = period or _stretch(table) or named_period(at, sheet)
    wanted = [h for h in numbers if h == sheet.role("amount")] or numbers
    whole = [h for h in numbers if all(r.numbers.get(h, Decimal(0)) % 1 == 0 for r in sheet.rows)]
    found: list[tuple[float, int, Asked, Column]] = []
    # Nothing was won in months to come: what their lines tell there is what is due.
    ahead = not metric and 2 * sum(start > at.day for start, _ in table.spans.values()) >= max(1, len(table.spans))
    for one in [m for m in metrics if m.at_moment] if ahead else metrics:
        for text in [period or "all"] if one.at_moment else [told] if told else _PERIODS:
            asked = ask(at, one, (), text, where)
            ours = _by_member(at, asked, table)
            for header in wanted if one.sum else numbers if metric else whole:
                full = replace(table, values={r.line: r.numbers[header] for r in sheet.rows if header in r.numbers})
                far = _apart(at, asked, full, ours) + doubt(one.name, named)
                found.append((far, len(found), asked, full))
    found.sort(key=lambda one: one[:2])
    if not (metric and (period or told)):
        # The ordinary ones are tried however far they seem: one rule may explain all of it.
        plain_ = [one for one in found[_TRIED:] if one[2].metric.name in (named, *_ORDINARY)]
        found = [*found[:_TRIED], *plain_[:_TRIED]]
    made = []
    for _, _, asked, full in found[: 1 if metric and (period or told) else None]:
        said = "" if metric and period else (
            f"{asked.metric.name} of {asked.period.label}, by {table.label}: of what was tried it explains their column "
            "best")  # fmt: skip
        made.append(
            (Chosen(asked, said, "--metric NAME --period PERIOD settle another question" if said else ""), full)
        )
    return made


def doubt(metric: str, named: str = "") -> float:
    """What speaks against a reading before it is tried: only what their words or most sheets mean comes free."""
    return (
        0.0 if metric == named else _ODD / 2 if metric in _ORDINARY and named else 0.0 if metric in _ORDINARY else _ODD
    )


def _by_member(at: Snapshot, asked: Asked, table: Column) -> dict[str, int]:
    """A first look at our totals, by the plain name of the member."""
    if table.spans:
        total = evaluate(at, asked).sums
        return {"": total.total if asked.metric.sum else total.n}
    result = evaluate(at, replace(asked, by=(dimensions(at.schema)[table.split],)))
    found: dict[str, int] = {}
    for key, sums in result.group_sums.items():
        label = plain(result.label(key)[0])
        found[label] = found.get(label, 0) + (sums.total if asked.metric.sum else sums.n)
    return found


def _apart(at: Snapshot, asked: Asked, table: Column, ours: Mapping[str, int]) -> float:
    """How far a column is from our totals, of all that both add up."""
    theirs: dict[str, int] = {}
    for line, value in table.values.items():
        key = "" if table.spans else plain(table.members.get(line, ""))
        theirs[key] = theirs.get(key, 0) + minor_of(value, exponent(at.currency) if asked.metric.sum else 0)
    both = {*theirs, *ours}
    whole = sum(abs(v) for v in (*theirs.values(), *ours.values())) or 1
    return sum(abs(theirs.get(key, 0) - ours.get(key, 0)) for key in both) / whole


def _stretch(table: Column) -> str:
    """The period that lines of time fill together."""
    if not table.spans:
        return ""
    starts, ends = zip(*table.spans.values(), strict=True)
    return str(Period(min(starts), max(ends), "", "range"))


def lines(table: Column, ours: Mapping[str, str]) -> dict[int, str]:
    """Line of theirs -> the key of the member it means; names that are written nearly so among them."""
    found: dict[int, str] = {}
    for line in table.values:
        if line in table.spans:
            found[line] = table.key_of(line)
            continue
        text = table.members.get(line, "")
        for key in (plain(text), _turned(text)):
            if key in ours:
                found[line] = key
                break
        else:
            found[line] = NOBODY if plain(text) in _BLANK else ""
    taken = set(found.values())
    free = [key for key in ours if key not in taken]
    for line, key in found.items():
        if not key:
            text = plain(table.members.get(line, ""))
            near = sorted(((SequenceMatcher(None, text, other).ratio(), other) for other in free), reverse=True)
            found[line] = near[0][1] if near and near[0][0] >= _ALIKE else text or NOBODY
            free = [other for other in free if other != found[line]]
    return found
