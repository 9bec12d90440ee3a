"""Which of our numbers do they dispute? As told, else the metric and the period whose rows overlap theirs best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import Period, parse_period
from saleswright.measure.metrics.asked import Asked, ask, metric_named, metrics_in_force
from saleswright.measure.metrics.model import Metric
from saleswright.measure.review.settle.match import Columns, Line, key, lines_of, plain
from saleswright.measure.review.settle.ours import Deal
from saleswright.measure.review.settle.sheet import Sheet

Pairs = tuple[tuple[str, str], ...]
ADDS = ("sum", "count", "balance-at")
_NEARLY, _HALF = 0.95, 190
_GRAINS = ("month", "quarter", "year")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The question that is settled, and how it was come by; `said` is empty for what was given."""

    asked: Asked
    said: str = ""
    another: str = ""


def checked(at: Snapshot, name: str) -> Metric:
    """The metric of that name. Stop (usage) when its rows do not add up to it."""
    metric = metric_named(at, name)
    if metric.shape not in ADDS:
        names = [m.name for m in metrics_in_force(at).values() if m.shape in ADDS]
        what = f"{metric.name} is no sum or count of deals"
        why = "so no list of rows adds up to it"
        raise Stop(Issue("metric", what, why, f"one of: {', '.join(names)}"), exit_code=USAGE)
    return metric


def by_rows(
    at: Snapshot, sheet: Sheet, columns: Columns, deals: Mapping[str, Deal], metric: str, period: str, where: Pairs
) -> Chosen:
    """The question behind a list of deals."""
    lines = lines_of(sheet, columns, 2, True)
    found = _met(lines.values(), deals)
    said = []
    if not metric:
        metric, words = _metric(at, sheet, columns, found)
        said.append(words)
    held = checked(at, metric)
    if not period:
        period, words = _period(at, sheet, columns, held, found)
        said.append(words)
    return _chosen(at, held, period, where, said)


def _chosen(at: Snapshot, metric: Metric, period: str, where: Pairs, said: Sequence[str]) -> Chosen:
    asked = ask(at, metric, (), period, where)
    another = "--metric NAME --period PERIOD settle another question" if said else ""
    return Chosen(asked, "; ".join(s for s in said if s), another)


def _met(lines: Iterable[Line], deals: Mapping[str, Deal]) -> list[Deal]:
    """A deal of ours for every row of theirs that names one, as far as a first look tells."""
    by_id = {key(deal.key): deal for deal in deals.values()}
    by_name: dict[str, list[Deal]] = {}
    for deal in deals.values():
        by_name.setdefault(plain(deal.name or deal.account), []).append(deal)
    found = []
    for line in lines:
        one = by_id.get(key(line.id)) if line.id else None
        if one is None:
            same = by_name.get(plain(line.name or line.account), [])
            one = next((d for d in same if d.amount == line.minor), same[0] if same else None)
        if one is not None:
            found.append(one)
    return found


def _metric(at: Snapshot, sheet: Sheet, columns: Columns, found: list[Deal]) -> tuple[str, str]:
    named = by_words(at, sheet)
    if named:
        return named, f"{named}, as the file says"
    standing = Counter(deal.standing for deal in found)
    most, rows = standing.most_common(1)[0] if standing else ("won", 0)
    money = bool(columns.amount)
    if most == "open":
        unqualified = sum(1 for d in found if d.standing == "open" and "qualified" not in d.days)
        name = "crm_open" if unqualified > 0.1 * rows else "open_pipeline"
        name = name if money else {"crm_open": "crm_open_deals", "open_pipeline": "open_deals"}[name]
    elif most == "lost":
        name = "lost_deals"
    else:
        renewals = sum("renew" in d.type.casefold() for d in found)
        name = "won_renewals" if money and rows and renewals > 0.9 * rows else "won_value" if money else "won_deals"
    return name, f"{name}: {rows:,} of their {len(sheet.rows):,} rows are deals that are {most} in our record"


_STANDING = {"won": "won_value", "booked": "won_value", "closed won": "won_value", "open": "open_pipeline"}


def by_words(at: Snapshot, sheet: Sheet, headers: Iterable[str] = ()) -> str:
    """The metric that the file's title, its name or a header of its numbers names outright; empty for none."""
    texts = [plain(text.replace("_", " ")) for text in sheet.said]
    heads = {plain(header) for header in headers}
    for metric in metrics_in_force(at).values():
        if metric.shape in ADDS and heads & {plain(n.replace("_", " ")) for n in (metric.label, *metric.aliases)}:
            return metric.name
    for word, name in _STANDING.items():
        if word in heads and name in metrics_in_force(at):
            return name
    for metric in metrics_in_force(at).values():
        if metric.shape not in ADDS:
            continue
        names = [plain(name.replace("_", " ")) for name in (metric.name, metric.label)]
        if any(f" {name} " in f" {text} " for name in names for text in texts):
            return metric.name
    return ""


def _period(at: Snapshot, sheet: Sheet, columns: Columns, metric: Metric, found: list[Deal]) -> tuple[str, str]:
    if metric.at_moment:
        return "all", f"as of {at.as_of_text}"
    told = named_period(at, sheet)
    if told:
        return told, f"{told}, as the file says"
    for header in sorted(columns.dates, key=lambda h: h != sheet.role("closed", "close")):
        days = [row.days[header] for row in sheet.rows if header in row.days]
        fits = within(at, days)
        if fits is not None and fits.grain != "all":
            return str(fits), f"{fits.label}: it holds {_share(days, fits):.0%} of the days in their column {header}"
    days = [deal.days[metric.date] for deal in found if metric.date in deal.days]
    fits = within(at, days)
    if fits is not None:
        return str(fits), f"{fits.label}: it holds {_share(days, fits):.0%} of the {metric.date} days of their deals"
    return "all", "all time"


def _share(days: list[date], period: Period) -> float:
    return sum(period.contains(day) for day in days) / len(days)


def within(at: Snapshot, days: list[date]) -> Period | None:
    """The shortest month or quarter that holds nearly all of these days; else the months they fill, or their year."""
    if not days:
        return None
    middle = sorted(days)[len(days) // 2]
    for grain in _GRAINS:
        period = at.workspace.calendar.containing(grain, middle)  # type: ignore[arg-type]
        if _share(days, period) >= _NEARLY:
            break
    else:
        return stretch(at, days)
    filled = stretch(at, days)
    # Three months that are no quarter of ours are theirs; what begins with the year is the year to date.
    if grain == "year" and filled and filled.start > period.start and filled.days <= _HALF:
        return filled
    return period


def stretch(at: Snapshot, days: list[date]) -> Period | None:
    """The whole months that these days fill, but for a few strays; None for none, or for more than three years."""
    if not days:
        return None
    ordered = sorted(days)
    stray = int(len(ordered) * (1 - _NEARLY) / 2)
    low, high = ordered[stray], ordered[len(ordered) - 1 - stray]
    if high - low > timedelta(3 * 366):
        return None
    first, last = (at.workspace.calendar.containing("month", day) for day in (low, high))
    # Named as a quarter or a year where it is one.
    for grain in _GRAINS:
        whole = at.workspace.calendar.containing(grain, low)  # type: ignore[arg-type]
        if (whole.start, whole.end) == (first.start, last.end):
            return whole
    return Period(first.start, last.end, f"{first.label} to {last.label}", "range")


def named_period(at: Snapshot, sheet: Sheet) -> str:
    """The one period that the file's title or name tells, such as 2026Q3 or July 2026; empty for none or several."""
    found: dict[str, None] = {}
    for text in sheet.said:
        words = text.replace("_", " ").replace("-", " ").split()
        for size in (2, 1):
            for i in range(len(words) - size + 1):
                said = _read(at, " ".join(words[i : i + size]))
                if said:
                    found[said] = None
    shortest = [one for one in found if not any(o != one and one[:4] in o and len(o) > len(one) for o in found)]
    return shortest[0] if len(shortest) == 1 else ""


def _read(at: Snapshot, words: str) -> str:
    if not any(c.isdigit() for c in words) or len(words) < 4:
        return ""
    try:
        period = parse_period(words.strip("().,:;"), at.day, at.workspace.calendar)
    except Stop:
        return ""
    return str(period) if period.grain in _GRAINS else ""
