"""The call sheet as an answer: the sentence, the tree as a table, who is not in, the trail, and the checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.money import Money, sum_money
from saleswright.measure.forecast.calls.before import before
from saleswright.measure.forecast.calls.lines import NOT_IN, Row
from saleswright.measure.forecast.calls.rules import OMITTED, plain
from saleswright.measure.forecast.calls.sheet import WEEK, WEEKS, Sheet
from saleswright.measure.forecast.calls.trail import Step, trail
from saleswright.measure.metrics.words import are, plural

TITLE = "Who has called what?"
LATEST = 20
INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"


def report(found: Sheet, who: str = "") -> Report:
    """The whole sheet, or one person's part of it with every call ever made for their number in the period."""
    if found.reason:
        return Report(TITLE, [], lede=f"No call can be shown: {found.reason}.", data={"reason": found.reason})
    rows = found.rows
    if who:
        mine = {who, *found.now.tree.under(who)}
        rows = tuple(row for row in rows if row.person in mine)
    blocks: list[Block] = [_sheet(found, rows, whole=not who)]
    if found.modelled:
        label = f"Model P50 of {found.name(who)}" if who else "Model P50 of the whole"
        blocks.append(replace(found.model.p50(who), label=label))
    blocks += _out(found, [row for row in found.out if row in rows])
    blocks.append(_weeks(found, rows))
    steps = trail(found, who, overrides=not who)
    if steps:
        blocks.append(steps_table(steps, "Every call for their number" if who else "Overrides, the latest first"))
    earlier = before(found.at, who) if who else None
    if earlier is not None:
        blocks.append(earlier)
    blocks += [Note(text) for text in found.notes]
    return Report(
        TITLE, blocks, lede=lede(found), data=_data(found), footer=tuple(checks(found)),
        next=(f"saleswright forecast submit --period {found.period} --category '{found.rules.called}' --amount ...",),
    )  # fmt: skip


def lede(found: Sheet) -> str:
    """How many are in, what they add up to, who is not, and until when."""
    total, period = found.total, found.period.label
    number = total.number
    if not number.of:
        return f"Nobody is asked to call {period}: nobody has a quota in it or has called before."
    if number.amount is None:
        text = f"Nobody's call for {period} is in: {_listed(found, number.out)} {_are(number.out)} not in."
    else:
        text = f"{period} is called at {_money(number.amount)} ({found.rules.called}), {number.words}."
        if number.carried:
            text += f" Carried from an earlier week: {_listed(found, number.carried)}."
        if number.out:
            text += f" Not in, and outside the total: {_listed(found, number.out)}."
    below = len(found.out)
    if below > len(number.out) + len(number.carried):
        text += f" In the whole tree {below} {'person is' if below == 1 else 'people are'} not in."
    return f"{text} {lock_said(found)}".strip()


def lock_said(found: Sheet) -> str:
    """Until when calls are made."""
    return f"Calls lock on {found.rules.lock_words}." if found.rules.lock_words else ""


def checks(found: Sheet) -> list[str]:
    """What holds for the sheet: where its sums come from and what is in none."""
    main = found.rules.called
    told = [
        f"The total is the sum of the {main} of those at the top of the tree who are in; a missing call is never zero."
    ]
    if found.total.number.out:
        told.append(
            f"{len(found.total.number.out)} not in: neither the total, nor its change, nor its gap counts them."
        )
    stages = sum(share.by_stage for share in found.deals.open.values())
    if stages:
        told.append(f"{plural(stages, 'deal')} {are(stages)} in a category by stage only: nobody put them into one.")
    told.append(
        f"The tree is as it was on {found.at.day}. Calls, quotas, what was won and the model's means add up; P50s do not."
    )
    return told


def _sheet(found: Sheet, rows: Sequence[Row], whole: bool) -> Table:
    names = [name for name in found.rules.categories if plain(name) != OMITTED]
    columns = [Column("who", "Who"), Column("quota", "Quota", "money"), Column("won", "Won", "money")]
    columns += [Column(plain(name), f"{name.capitalize()} deals", "money") for name in names]
    columns += [
        Column("state", "In"), Column("call", "Call", "money"), Column("own", "Own call", "money"),
        Column("rollup", "Roll-up", "money"), Column("change", "7 days", "money"), Column("model", "Model mean", "money"),
        Column("gap", "Call less model", "money"),
    ]  # fmt: skip
    lines = tuple(_line(found, row, names) for row in (*rows, *([found.total] if whole else [])))
    footer = (
        "Deals are open and due in the period, by the category somebody gave them, else the one their stage suggests; a call "
        "holds what is won and all that is to come."
    )
    return Table("calls", tuple(columns), lines, f"The call sheet of {found.period.label}", footer=footer)


def _weeks(found: Sheet, rows: Sequence[Row]) -> Table:
    """Nine weeks of what counted, each over the tree of its day; empty where nobody was in."""
    days = [found.at.day - WEEK * back for back in range(WEEKS - 1, -1, -1)]
    columns = (Column("who", "Who"), *(Column(f"d{day:%Y_%m_%d}", f"{day}", "money") for day in days))
    lines = tuple((f"{INDENT * row.depth}{row.name}", *row.line) for row in (*rows, found.total))
    return Table("weeks", columns, lines, "What counted, week by week")


def _line(found: Sheet, row: Row, names: Sequence[str]) -> tuple[Cell | Figure, ...]:
    return (
        f"{INDENT * row.depth}{row.name}", row.quota, row.won, *(row.deals[name] for name in names), state(found, row),
        row.call, original(row), rolled(found, row), row.change, row.model, row.gap,
    )  # fmt: skip


def rolled(found: Sheet, row: Row) -> Figure | None:
    """Of who leads: what those below add up to; `n` of them are in."""
    if not row.leads or not row.person:
        return None
    roll = row.cells[found.rules.called]
    return Figure("rollup", roll.amount, "money", "Roll-up", len(roll.into), reason="" if roll.into else NOT_IN)


def state(found: Sheet, row: Row) -> str:
    """Is the call in, and whose is it?"""
    if not row.person:
        return row.number.words
    if row.state == "carried" and row.held.call:
        return f"not in, carried from {row.held.call.called}"
    if row.held.call is not None and row.held.overridden:
        own = "" if row.held.original else ", own not in"
        return f"overridden by {found.name(row.held.call.person)}{own}"
    return row.state or "does not call"


def original(row: Row) -> Money | None:
    """The original beside an override."""
    return row.held.original.amount if row.held.overridden and row.held.original else None


def _out(found: Sheet, rows: Sequence[Row]) -> list[Block]:
    """Who is not in, with the last they called, apart."""
    if not rows:
        return []
    lines = tuple(
        (row.name, row.role, row.held.last.called if row.held.last else None,
         row.held.last.amount if row.held.last else None, row.won, "yes" if row.state == "carried" else "no")
        for row in rows
    )  # fmt: skip
    columns = (
        Column("who", "Who"), Column("role", "Role"), Column("last", "Last called", "date"),
        Column("called", "Called then", "money"), Column("won", "Won", "money"), Column("counts", "Counted"),
    )  # fmt: skip
    kept = [row.held.last.amount for row in rows if row.held.last and row.held.last.amount and row.state == NOT_IN]
    added = sum_money(kept) if kept else None
    footer = f"What they called last is {_money(added)} together; it is in no total." if added else ""
    return [Table("not_in", columns, lines, "Not in", footer=footer)]


def steps_table(steps: Sequence[Step], title: str) -> Table:
    """The trail: who, when, whose number, from, to, why, the original and the roll-up at that moment."""
    columns = (
        Column("when", "When", "moment"), Column("who", "Who"), Column("whose", "Whose number"), Column("what", "What"),
        Column("category", "Category"), Column("from", "From", "money"), Column("to", "To", "money"),
        Column("original", "Own call", "money"), Column("rollup", "Departs from", "money"), Column("why", "Why"),
        Column("stands", "Counts"),
    )  # fmt: skip
    rows = tuple(
        (one.at, one.who, one.whose, one.kind, one.call.category, one.before, None if one.call.removed else one.call.amount,
         one.original, one.call.rollup, why(one), "yes" if one.stands else "no")
        for one in steps[:LATEST]
    )  # fmt: skip
    return Table("trail", columns, rows, title, total=len(steps))


def why(one: Step) -> str:
    """The reason, and who allowed it after the lock."""
    allowed = f"after the lock, allowed by {one.allowed}" if one.allowed else ""
    return ", ".join(part for part in (one.call.reason, allowed) if part)


def _data(found: Sheet) -> dict[str, object]:
    number = found.total.number
    return {
        "period": str(found.period), "in": len(number.into), "of": number.of, "out": [row.name for row in found.out],
        "called": found.rules.called, "missing": found.rules.missing, "locks": found.rules.lock_words,
    }  # fmt: skip


def _listed(found: Sheet, people: Sequence[str]) -> str:
    shown = [found.name(one) for one in people[:6]]
    more = len(people) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _are(people: Sequence[str]) -> str:
    return "is" if len(people) == 1 else "are"


def _money(value: Money) -> str:
    return f"{value.currency} {value.decimal:,}"
