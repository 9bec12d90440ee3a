"""How is a forecast laid out? The range, what it is made of, the months, the members, what moved, the next period, the basis."""

from __future__ import annotations

from dataclasses import dataclass, replace

from saleswright.kernel.report import Block, Bridge, Cell, Column, Figure, Note, Point, Report, Series, Step, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.waterfall.said import spoken
from saleswright.measure.forecast.show import said, tables
from saleswright.measure.forecast.show.moved import LABELS
from saleswright.measure.forecast.show.shown import Cannot, Range, Shown
from saleswright.measure.metrics.words import plural

TITLE = "Where will the period land?"
MOST = 20
TONES = {"won": "won", "new": "good", "lost": "lost", "taken_back": "bad"}
"""Of a line that is not told apart by its sign."""
APART = "If deals did not move together"


@dataclass(frozen=True)
class Laid:
    """The blocks by what they are, for a page that puts them where it wants. figures: by name."""

    lede: str
    figures: dict[str, Figure]
    parts: Table
    spread: Series | None
    months: Table | None
    members: Table | None
    bridge: Bridge | None
    deals: Table | None
    next_parts: Table | None
    before: Table | None
    basis: Table
    why: Table | None
    notes: tuple[Note, ...]
    footer: tuple[str, ...]


def report(found: Shown | Cannot, months: bool = False, line: str = "") -> Report:
    """One answer; where nothing can be said, why, and what is won all the same. line: list every deal of this line."""
    if isinstance(found, Cannot):
        return Report(
            TITLE,
            [found.won, found.target, Note(f"To get there: {found.how}.", "warning")],
            lede=said.cannot(found),
            footer=(found.footer,),
            issues=found.at.stale,
        )
    laid = lay(found, line)
    tables: list[Block | None] = [
        laid.parts, laid.spread, laid.months if months else None, laid.members, laid.bridge, laid.deals, laid.next_parts,
        laid.before, laid.basis, laid.why,
    ]  # fmt: skip
    asked = said.over(found.period, found.where)
    return Report(
        TITLE,
        [*laid.figures.values(), *(one for one in tables if one is not None), *laid.notes],
        lede=laid.lede,
        footer=laid.footer,
        issues=found.at.stale,
        next=(
            *(() if months else (f"saleswright forecast show --months {asked}",)),
            *(() if found.by else (f"saleswright forecast show --by team {asked}",)),
            f"saleswright forecast material {asked}",
        ),
    )


def lay(one: Shown, line: str = "") -> Laid:
    """Everything about a forecast, laid out. Raises AssertionError where parts do not add up."""
    return Laid(
        said.sentence(one),
        _figures(one),
        _parts(one),
        _spread(one),
        tables.months(one),
        tables.members(one),
        _bridge(one),
        deals(one, line, None if line else MOST),
        tables.next_parts(one, one.next) if one.next else None,
        tables.before(one, one.next) if one.next and one.next.before else None,
        tables.basis(one),
        tables.why(one),
        _notes(one),
        (one.footer, said.ADD),
    )


def _figures(one: Shown) -> dict[str, Figure]:
    told, money = one.whole, tables.in_(one)
    found = [
        _ranged("likely", told.range, f"Likely in {one.period.label}", one),
        Figure("mean", money(told.mean), "money", "Mean"),
        replace(one.target, name="target", label="Target"),
        Figure("chance", told.chance, "share", "Chance of the target", reason=told.no_target),
        Figure("shortfall", tables.or_none(one, told.shortfall), "money", "Short of the target, on average", reason=told.no_target),
    ]  # fmt: skip
    if told.when_missed is not None:
        found.append(Figure("when_missed", money(told.when_missed), "money", "Short of it, where it is missed"))
    if told.apart is not None:
        found.append(_ranged("apart", told.apart, APART, one))
    if one.called.amount is not None:
        in_ = f"Called, {one.called.calls} of {plural(one.called.people, 'call')} in"
        found.append(Figure("called", money(one.called.amount), "money", in_, one.called.calls))
    if one.was is not None:
        found.append(_ranged("was", one.was.range, f"Likely, as told on {spoken(one.since, one.at.day)}", one))
    return {figure.name: replace(figure, ref=figure.ref or _ref(one, figure.name)) for figure in found}


def _ranged(name: str, span: Range, label: str, one: Shown) -> Figure:
    """The middle of a range, with its ends."""
    low, mid, high = (tables.in_(one)(minor) for minor in (span.low, span.mid, span.high))
    return Figure(name, mid, "money", label, None, low, high)


def _ref(one: Shown, name: str) -> str:
    return str(one.refs[name]) if name in one.refs else ""


def _parts(one: Shown) -> Table:
    """The composition: always all three, whatever they come to."""
    told, money = one.whole, tables.in_(one)
    columns = (Column("part", "Part"), Column("amount", "Mean", "money"), Column("deals", "Deals", "count"))
    rows: tuple[tuple[Cell | Figure, ...], ...] = (
        ("Won so far", tables.won(one), one.won.n),
        ("Open deals, at their chance", money(told.open), one.open_deals),
        ("Still to be created and closed", coming(one), None),
        ("Mean", Figure("mean", money(told.mean), "money", "Mean", ref=_ref(one, "mean")), None),
    )
    return Table("parts", columns, rows, "What it is made of, in means", footer=said.ADD)


def coming(one: Shown) -> Figure:
    """What is still to be created and closed, which always stands beside the rest."""
    value = Money(one.whole.coming, one.at.currency)
    return Figure("coming", value, "money", "Still to be created and closed", ref=_ref(one, "coming"))


def _spread(one: Shown) -> Series | None:
    if len(one.bars) < 2:
        return None
    points = []
    for low, high, chance in one.bars:
        words = f"{tables.short(one, low)} to {tables.short(one, high)}"
        points.append(Point(words, None, Figure("chance_of", chance, "share", words)))
    return Series("chance_of", "amount", tuple(points), "How likely is each amount?", "share")


def _bridge(one: Shown) -> Bridge | None:
    """From the mean told then to that of now. AssertionError should the lines not sum to the difference."""
    if one.moved is None:
        return None
    money, m = tables.in_(one), one.moved
    if m.start + sum(m.lines.values()) != m.end or m.end != one.whole.mean:
        raise AssertionError("the lines do not sum to what the mean moved by")
    steps = [
        Step("start", f"Mean {spoken(one.since, one.at.day)}", Figure("start", money(m.start), "money"), None, "end")
    ]
    for name, effect in m.lines.items():
        tone = TONES.get(name, "good" if effect > 0 else "bad" if effect < 0 else "plain")
        events = len(m.deals(name)) if name != "coming" else None
        steps.append(Step(name, LABELS[name], Figure(name, money(effect), "money", LABELS[name]), events, "part", tone))  # type: ignore[arg-type]
    steps.append(Step("end", "Mean now", Figure("end", money(m.end), "money"), None, "end"))
    check = f"The lines sum to {brief_exact(one, m.end - m.start)} to the cent, deal by deal."
    return Bridge("moved", tuple(steps), f"What moved the mean since {spoken(one.since, one.at.day)}?", "money", check)


def brief_exact(one: Shown, minor: int) -> str:
    """An amount to its last digit."""
    return f"{chr(0x2212) if minor < 0 else ''}{one.at.currency} {Money(abs(minor), one.at.currency).decimal:,}"


def deals(one: Shown, line: str = "", most: int | None = MOST) -> Table | None:
    """The deals of one line, all of them; or those that moved the mean most. None where nothing can be told."""
    if one.moved is None:
        return None
    found = one.moved.deals(line) if line else one.moved.parts
    columns = (
        Column("deal", "Deal"),
        Column("line", "Line"),
        Column("owner", "Owner"),
        Column("effect", "Effect on the mean", "money"),
        Column("id", "Id", "ref"),
    )
    rows = tuple(
        (*_named(one, part.id, LABELS[part.line]), Money(part.effect, one.at.currency), part.id)
        for part in found[:most]
    )
    title = f"Deals on the line {LABELS[line]}" if line else "Which deals moved it most?"
    return Table("deals", columns, rows, title, total=len(found))


def _named(one: Shown, id_: str, line: str) -> tuple[str, str, str]:
    name, owner = one.names.get(id_, (id_.split("_", 2)[-1], ""))
    return name, line, owner


def _notes(one: Shown) -> tuple[Note, ...]:
    found = [Note(text, "warning") for text in (*one.limits, said.trusted(one.basis)) if text]
    if one.moved is None:
        found.append(Note(said.moved(one)))
    else:
        found.append(Note(f"{said.moved(one)} A line is what happened to a deal, never whose fault it was."))
    if one.next is None and one.no_next:
        found.append(Note(one.no_next))
    if one.called.amount is None and one.called.reason:
        found.append(Note(f"No call stands beside the model: {one.called.reason}."))
    found.append(Note("The model never changes a call, and a call never changes the model: they stand side by side."))
    return tuple(found)
