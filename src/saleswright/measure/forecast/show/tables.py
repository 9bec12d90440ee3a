"""The tables of a forecast: months, members, the next period, what it stands on, and why chances are what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from saleswright.kernel.report import Cell, Column, Figure, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.forecast.show import said
from saleswright.measure.forecast.show.shown import Next, Shown, Told
from saleswright.measure.metrics.words import plural


def won(one: Shown) -> Figure:
    """What is won so far: the metric's own figure. AssertionError should the forecast stand on another."""
    if isinstance(one.won.value, Money) and one.won.value.minor != one.whole.won:
        raise AssertionError(f"won is {one.won.value.minor}, the forecast stands on {one.whole.won}")
    told = replace(one.won, value=Money(one.whole.won, one.at.currency), label="Won so far")
    # Where the metric tells no sum, for a win has no currency, this one is not its figure.
    return told if one.won.value is not None or not one.won.n else replace(told, n=None, reason="", ref="")


def months(one: Shown) -> Table | None:
    if not one.months:
        return None
    money = in_(one)
    columns = (
        Column("month", "Month"),
        Column("won", "Won", "money"),
        Column("open", "Open deals", "money"),
        Column("coming", "Still to be created and closed", "money"),
        Column("mean", "Mean", "money"),
        Column("low", "Likely, from", "money"),
        Column("high", "to", "money"),
        Column("to_date", "Up to its end, mean", "money"),
        Column("to_date_low", "Likely, from", "money"),
        Column("to_date_high", "to", "money"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for each in one.months:
        m, d = each.month, each.to_date
        amounts = (m.won, m.open, m.coming, m.mean, m.range.low, m.range.high, d.mean, d.range.low, d.range.high)
        rows.append((each.label, *(money(amount) for amount in amounts)))
    sums = [sum(getattr(each.month, name) for each in one.months) for name in ("won", "open", "coming", "mean")]
    if sums != [one.whole.won, one.whole.open, one.whole.coming, one.whole.mean]:
        raise AssertionError(f"the months add to {sums[-1]}, the period is {one.whole.mean}")
    whole = one.whole
    rows.append(
        (
            one.period.label,
            *(money(amount) for amount in (*sums, whole.range.low, whole.range.high)),
            *(money(amount) for amount in (whole.mean, whole.range.low, whole.range.high)),
        )
    )
    return Table(
        "months",
        columns,
        tuple(rows),
        "Month by month",
        footer="The means of the months add to the period; ranges do not.",
    )


def members(one: Shown) -> Table | None:
    if not one.members:
        return None
    money = in_(one)
    called = any(member.called is not None for member in one.members)
    columns = [
        Column(one.by, one.by_label),
        Column("target", "Target", "money"),
        Column("won", "Won", "money"),
        Column("open", "Open deals", "money"),
        Column("coming", "Still to come", "money"),
        Column("mean", "Mean", "money"),
        Column("low", "Likely, from", "money"),
        Column("high", "to", "money"),
        Column("chance", "Chance of target", "share"),
    ]
    if called:
        columns += [Column("called", "Call", "money"), Column("off", "Call less mean", "money")]
    rows: list[tuple[Cell | Figure, ...]] = []
    for member in one.members:
        rows.append(
            (member.label, *_row(one, member.told, member.won), *_call(one, member.called, member.told, called))
        )
    for name in ("won", "open", "coming"):
        if sum(getattr(member.told, name) for member in one.members) != getattr(one.whole, name):
            raise AssertionError(f"{name} of the members of {one.by} does not add to the whole")
    # What is called covers those who called, so the difference is that of the same members.
    inside = [member for member in one.members if member.called is not None]
    call, mean = sum(m.called or 0 for m in inside), sum(m.told.mean for m in inside)
    whole = (money(call), money(call - mean)) if called else ()
    rows.append(("All", *_row(one, one.whole, won(one)), *whole))
    foot = "Means add to the last row; ranges and chances do not."
    if any(member.told.target and not member.told.mean for member in one.members):
        foot += " A line with a target alone is of people whose deals stand on other lines."
    if called and len(inside) < len(one.members):
        foot += f" Calls are in from {len(inside)} of {len(one.members)}; the difference is of those."
    return Table("members", tuple(columns), tuple(rows), f"By {one.by_label.lower()}", footer=foot)


def _row(one: Shown, told: Told, won: Figure) -> tuple[Cell | Figure, ...]:
    amounts = (or_none(one, amount) for amount in (told.open, told.coming, told.mean, told.range.low, told.range.high))
    return (or_none(one, told.target), won, *amounts, told.chance)


def _call(one: Shown, called: int | None, told: Told, shown: bool) -> tuple[Cell, ...]:
    if not shown:
        return ()
    return (None, None) if called is None else (or_none(one, called), or_none(one, called - told.mean))


def next_parts(one: Shown, then: Next) -> Table:
    told, money = then.told, in_(one)
    columns = (Column("part", "Part"), Column("amount", "Amount", "money"))
    rows: list[tuple[Cell, ...]] = [
        ("Open and due in it", money(then.open)),
        ("Expected of all that is open", money(told.open)),
        ("Still to be created and closed", money(told.coming)),
        ("Mean", money(told.mean)),
        ("Likely, from", money(told.range.low)),
        ("Likely, to", money(told.range.high)),
        ("Target", or_none(one, told.target)),
    ]
    if told.won:
        rows.insert(0, ("Won ahead of it", money(told.won)))
    title = f"Is {then.period.label} being built?"
    return Table("next", columns, tuple(rows), title, footer=said.built(then, one.at.currency))


def before(one: Shown, then: Next) -> Table:
    money = in_(one)
    columns = (
        Column("period", "Period"),
        Column("day", "Seen on", "date"),
        Column("open", "Open and due in it", "money"),
        Column("deals", "Deals", "count"),
        Column("of_open", "Of that, won in it", "money"),
        Column("came", "What it booked", "money"),
    )
    rows: list[tuple[Cell, ...]] = [(then.period.label, one.at.day, money(then.open), then.deals, None, None)]
    rows += [(b.period.label, b.day, money(b.open), b.deals, money(b.of_open), money(b.came)) for b in then.before]
    return Table("before", columns, tuple(rows), "What was there at the same point before earlier periods?")


def basis(one: Shown) -> Table:
    b = one.basis
    rows: list[tuple[Cell, ...]] = [
        ("Chances", said.kind(b)),
        ("Told apart", said.apart(b)),
        ("Calibration", said.calibrated(b)),
        ("Deals move together", said.together(b)),
        (
            "Booked over amount while open",
            f"{b.ratio[0]:.2f} ({b.ratio[1]:.2f} to {b.ratio[2]:.2f}), from {plural(b.ratio_n, 'win')}",
        ),
    ]
    rows += [(f"Not known: {name.replace('_', ' ')}", why) for name, why in sorted(b.lacking.items())]
    return Table("basis", (Column("what", "What"), Column("said", "In words")), tuple(rows), "What does it stand on?")


def why(one: Shown) -> Table | None:
    if not one.why:
        return None
    money = in_(one)
    columns = (
        Column("deal", "Deal"),
        Column("owner", "Owner"),
        Column("amount", "Amount", "money"),
        Column("chance", f"Chance, {one.period.label}", "share"),
        Column("ever", "Ever", "share"),
        Column("expected", "Expected", "money"),
        Column("why", "Why"),
        Column("id", "Id", "ref"),
    )
    rows = tuple(
        (w.name, w.owner, money(w.amount), w.chance, w.ever, money(w.expected), "; ".join(w.reasons), w.id)
        for w in one.why
    )
    return Table("why", columns, rows, "Why these chances? The largest open deals", total=one.open_deals)


def short(one: Shown, minor: int) -> str:
    return brief(Money(minor, one.at.currency))


def in_(one: Shown) -> Callable[[int], Money]:
    """Minor units as money of the reporting currency."""
    return lambda minor: Money(minor, one.at.currency)


def or_none(one: Shown, minor: int | None) -> Money | None:
    return None if minor is None else Money(minor, one.at.currency)
