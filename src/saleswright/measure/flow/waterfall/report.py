"""How is a waterfall laid out? The sentence, the bridge in amounts and in deals, members under lines, deals, and the proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Block, Cell, Column, Figure, Report, Table, Unit
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.zone import local_date
from saleswright.measure.flow.bridge import LINES, Line
from saleswright.measure.flow.waterfall.fall import Fall
from saleswright.measure.flow.waterfall.find import Part
from saleswright.measure.flow.waterfall.moved import moved
from saleswright.measure.flow.waterfall.movers import Change, changes, facts
from saleswright.measure.flow.waterfall.said import brief, spoken
from saleswright.measure.metrics.asked import catalogue
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.words import plural

LABELS = {line.name: line.label for line in LINES}
PERSONS = ("owner",)
UNCOUNTED = ("increased", "decreased", "fx")
"""Lines that change no number of deals."""

TRANSFERRED = ("transferred_in", "transferred_out")


def report(made: Fall, line: str = "", deal: str = "", top: int = 20) -> Report:
    """The waterfall as every face lays it out. line: list all its deals; deal: only what that one did, and its changes."""
    if deal and not made.untold:
        return deal_report(made, deal)
    whole = made.whole
    blocks: list[Block] = []
    if made.untold:
        blocks += [whole.closing, whole.won]
    else:
        blocks += [_level(whole.opening), _level(whole.closing), whole.won, whole.amounts, whole.counts]
        if made.made.by:
            blocks += [members(made), member_deals(made)]
        if line or top > 0:
            blocks.append(deals(made, line, None if line else top))
    blocks += made.notes
    _, issues = catalogue(made.at)
    return Report(
        f"What changed in the pipeline since {spoken(made.since, made.at.day)}?",
        blocks,
        lede=made.sentence,
        # The bridge carries its own checks.
        footer=checks(made)[len(made.whole.checks) :],
        issues=(*issues, *made.at.stale),
        next=() if made.untold else _next(made, line),
    )


def _level(figure: Figure) -> Figure:
    """An end of the bridge by the name of the metric that it is, of its day."""
    return replace(figure, name=figure.ref.partition("@")[0]) if figure.ref else figure


def checks(made: Fall) -> tuple[str, ...]:
    """What was proved: lines sum to the cent, ends and wins are the metrics' own, members add to the whole."""
    if made.untold:
        return ()
    found = [*made.whole.checks]
    if isinstance(made.whole.won.value, Money):
        found.append(f"Won ties to what was won between, {_full(made.whole.won.value)}.")
    if made.members:
        found.append(f"The {len(made.members):,} members of {made.made.by} add to the company, line by line.")
    return tuple(found)


def _full(value: Money) -> str:
    return f"{value.currency} {value.decimal:,}"


def shown_lines(made: Fall, counted: bool = False) -> tuple[Line, ...]:
    """The lines between the ends of the whole, and those that only a member has."""
    inner = {step.name for step in made.whole.amounts.steps[1:-1]}
    inner |= {name for part in made.members for name in part.lines if part.lines[name] or part.events[name]}
    return tuple(line for line in LINES if line.name in inner and not (counted and line.name in UNCOUNTED))


Shown = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Columns of a table by member: name, words, and the lines that stand in it."""


def _columns(made: Fall, counted: bool = False) -> Shown:
    """What went from one member to another is one column, which is nothing in the company."""
    found: list[tuple[str, str, tuple[str, ...]]] = []
    for line in shown_lines(made, counted):
        if line.name not in TRANSFERRED:
            found.append((line.name, line.label, (line.name,)))
        elif not any(name == "transferred" for name, _, _ in found):
            found.append(("transferred", "Transferred", TRANSFERRED))
    return tuple(found)


def members(made: Fall) -> Table:
    """One row a member, one column a line; the last row is the company, and each column adds up to it. Amounts."""
    currency, lines = made.at.currency, _columns(made)

    def row(part: Part, label: str) -> tuple[Cell, ...]:
        values = (part.opening, *(sum(part.lines[one] for one in held) for _, _, held in lines), part.closing)
        return (label, *(Money(value, currency) for value in values))

    return _table("members", "money", lines, row, made)


def member_deals(made: Fall) -> Table:
    """The same in deals: by how many each line changes what is open."""
    lines = _columns(made, counted=True)

    def row(part: Part, label: str) -> tuple[Cell, ...]:
        told = (sum(part.deals[one] for one in held) for _, _, held in lines)
        return (label, part.opening_deals, *told, part.closing_deals)

    return _table("member_deals", "count", lines, row, made)


def _table(name: str, unit: Unit, lines: Shown, row: Callable[[Part, str], tuple[Cell, ...]], made: Fall) -> Table:
    """The rows with the company's below. Raises AssertionError should a column not add up to it."""
    by = find(made.at, made.made.by)
    columns = (
        Column(by.name, by.label),
        Column("opening", made.whole.opening.label, unit),
        *(Column(one, label, unit) for one, label, _ in lines),
        Column("closing", made.whole.closing.label, unit),
    )
    rows, whole = [row(one, one.label) for one in made.members], row(made.made.total, "Company")
    for place in range(1, len(columns)):
        if sum(_number(one[place]) for one in rows) != _number(whole[place]):
            raise AssertionError(f"{columns[place].name} of the members of {by.name} does not add to the company")
    title = f"Who moved it, by {by.label.lower()}{', in deals' if unit == 'count' else ''}"
    return Table(name, columns, (*rows, whole), title)


def _number(value: Any) -> int:
    return value.minor if isinstance(value, Money) else int(value)


def deals(made: Fall, line: str = "", most: int | None = None) -> Table:
    """The deals of one line, all of them; or those that moved most, each on the line that says most about it."""
    found = moved(made.at, made.whole, most, line)
    columns = (
        Column("deal", "Deal"),
        Column("line", "Line"),
        Column("owner", "Owner"),
        Column("what", "What happened"),
        Column("amount", "Amount", "money"),
        Column("id", "Id", "ref"),
    )
    rows = tuple((m.name, m.amount.label, m.owner_name, m.words, m.amount.value, m.id) for m in found)
    title = f"Deals on the line {LABELS[line]}" if line else "Which deals moved most?"
    moves = made.whole.moves
    return Table("deals", columns, rows, title, total=moves.count(line) if line else moves.moving)


def deal_report(made: Fall, deal: str) -> Report:
    """What one deal did on which lines, and each of its own changes. Stop (usage) for a deal that nothing is known of."""
    one = _known(made, deal)
    moves, currency = made.whole.moves, made.at.currency
    places = [place for place, key in enumerate(moves.ids) if str(key) == one]
    lines = own_lines(made, places)
    told = own_changes(made, one)
    total = sum(int(moves.end[place]) - int(moves.start[place]) for place in places)
    if sum(_number(row[1]) for row in lines.rows) != total:
        raise AssertionError(f"the lines of {one} do not sum to what it changed")
    stood = f"{plural(len(told.rows), 'change')} since {spoken(made.since, made.at.day)}"
    did = ", ".join(f"{row[0]} {brief(row[1])}" for row in lines.rows) or "on no line"
    return Report(
        f"What was done to {_name(made, one)}?",
        [lines, told, *made.notes],
        lede=f"{stood}; {did}.",
        footer=(f"Its lines sum to what it changed, {_full(Money(total, currency))}.",),
        issues=made.at.stale,
    )


def own_lines(made: Fall, places: Sequence[int]) -> Table:
    """The lines that a deal stands on, with what it did on each."""
    moves, rows = made.whole.moves, []
    for line in LINES:
        amount = sum(int(moves.amounts[line.name][place]) for place in places)
        if amount or any(bool(moves.events[line.name][place]) for place in places):
            rows.append((line.label, Money(amount, made.at.currency)))
    columns = (Column("line", "Line"), Column("amount", "Amount", "money"))
    return Table("own_lines", columns, tuple(rows), "On which lines it stands")


def own_changes(made: Fall, one: str) -> Table:
    """Each change of one deal between the two days, oldest first."""
    found = changes(made.at, one, made.since)
    columns = (
        Column("when", "When", "date"),
        Column("field", "What"),
        Column("old", "From"),
        Column("new", "To"),
        Column("known", "In the record since", "date"),
        Column("late", "Entered late"),
    )
    people = names(made.at, "person", [str(v) for c in found if c.field in PERSONS for v in (c.old, c.new) if v])
    rows = tuple(_row(made.at, change, people) for change in found)
    footer = "" if rows else "Nothing about it changed between the two days."
    return Table("changes", columns, rows, f"What was done to {_name(made, one)}", footer=footer)


def _row(at: Snapshot, change: Change, people: dict[str, str]) -> tuple[Cell, ...]:
    label = change.field.replace("_", " ").capitalize()
    zone = at.workspace.zone
    old, new = (_cell(at, change, value, people) for value in (change.old, change.new))
    return (
        local_date(change.when, zone),
        label,
        old,
        new,
        local_date(change.known, zone),
        "yes" if change.late else "",
    )


def _cell(at: Snapshot, change: Change, value: Any, people: dict[str, str]) -> Cell:
    """A value of a field in words that stand in a column of many kinds."""
    if change.field in PERSONS and value:
        return people.get(str(value), str(value))
    unit = at.schema["deal"].by_name[change.field].type if change.field in at.schema["deal"].by_name else ""
    if unit == "money" and isinstance(value, int):
        return f"{Money(value, at.currency).decimal:,}"
    if isinstance(value, datetime):
        return local_date(value, at.workspace.zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return None if value is None else str(value)


def _known(made: Fall, deal: str) -> str:
    """The stored id of a deal given by it, by its id in the source, or by its name among those that moved."""
    ids = [str(one) for one in made.whole.moves.ids]
    found = [one for one in ids if one == deal or one.split("_", 2)[-1] == deal]
    if not found:
        found = [one.id for one in moved(made.at, made.whole, None) if one.name == deal]
    if len(found) == 1:
        return found[0]
    what = (
        f"{len(found):,} deals are called '{deal}'"
        if found
        else f"no deal '{deal}' was open or decided between the two days"
    )
    raise Stop(Issue("deal", what, "", "the id from the column Id, such as one of --line new"), exit_code=USAGE)


def _name(made: Fall, one: str) -> str:
    held = facts(made.at, [one]) or facts(made.at.at(made.since), [one])
    return str(held.get(one, {}).get("name") or one.split("_", 2)[-1])


def _next(made: Fall, line: str) -> tuple[str, ...]:
    steps = []
    if not made.made.by:
        steps.append("saleswright flow waterfall --by team")
    if not line:
        steps.append("saleswright flow waterfall --line lost")
    return tuple(steps)
