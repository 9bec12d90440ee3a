"""How are the coaching list, reps against their team, sources and the change of the deal size laid out?"""

from __future__ import annotations

from dataclasses import replace

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.coaching import Line, lines
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.causes.panel import FACTORS
from saleswright.measure.flow.causes.reps import METRICS, Rep, Reps, reps
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import band, evaluate
from saleswright.measure.metrics.words import are, plural

OWN_METRICS = ("win_rate", "deal_size", "sales_cycle", "new_deals", "pushes")


def alone(at: Snapshot) -> bool:
    """Does this actor see one person's rows only?"""
    return at.policy.scope != COMPANY and at.policy.shape == "owner"


def coaching_report(at: Snapshot, by: str, period: str, where: Pairs) -> Report:
    """The coaching list; for who sees only own rows, the own figures and the company's."""
    title = "Who needs what, and who can show how?"
    if alone(at):
        return Report(title, own_blocks(at, period, where), lede=own_lede(at), issues=at.stale)
    made = reps(at, by, period, where)
    found = lines(at, made, where)
    return Report(
        title,
        [coaching_table(made, found), *coaching_notes(made)],
        lede=coaching_lede(made, found),
        footer=(coaching_proof(made),),
        issues=at.stale,
        next=("saleswright flow reps", "saleswright measure win_rate --by owner"),
    )


def coaching_lede(made: Reps, found: tuple[Line, ...]) -> str:
    label = made.period.label
    if not made.judged:
        return f"Nobody can be compared yet: no rep has {FEWEST} decided deals beside as many of others, {label}."
    if not found:
        return (
            f"Nobody differs from the team by more than chance, {label}: {plural(len(made.reps), 'rep')}, "
            f"{plural(made.judged, 'comparison')}. There is nothing to rank."
        )
    gaps, praise = [one for one in found if not one.praise], [one for one in found if one.praise]
    first = (gaps or praise)[0].sentence
    more = []
    if len(gaps) > 1:
        more.append(f"{plural(len(gaps) - 1, 'more gap')}")
    if praise and gaps:
        more.append(f"{plural(len(praise), 'strength')}")
    return f"{first}{' Also ' + ' and '.join(more) + '.' if more else ''} {label[:1].upper() + label[1:]}."


def coaching_proof(made: Reps) -> str:
    found = len(made.findings)
    return (
        f"{plural(made.judged, 'comparison')} of {plural(len(made.reps), 'rep')}; {found} {are(found, 'is', 'are')} listed, "
        "at most one in ten of them false on average (Benjamini and Hochberg)."
    )


def coaching_table(made: Reps, found: tuple[Line, ...]) -> Table:
    columns = (
        Column("rep", "Rep"),
        Column("team", "Team"),
        Column("what", "What"),
        Column("own", "Own", "number"),
        Column("has", "Others have", "number"),
        Column("pulled", "Pulled toward the average", "number"),
        Column("n", "n", "count"),
        Column("worth", "Worth in the period", "money"),
        Column("look", "Look at"),
        Column("deals", "Deals to open"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for one in found:
        worth: Cell | Figure = one.worth
        if one.worth is None:
            worth = Figure("worth", None, "money", "Worth", reason=one.no_worth)
        deals = ", ".join(name for _, name in one.deals)
        kind = "Strength" if one.praise else "Gap"
        rows.append(
            (
                one.rep.name, one.rep.team, f"{kind}: {one.what}", one.own, one.team, one.pulled, one.found.n, worth,
                one.look, deals,
            )
        )  # fmt: skip
    footer = "" if rows else "Nobody stands out beyond chance; no name is listed on noise."
    return Table("coaching", columns, tuple(rows), "Coaching list", footer=footer)


def coaching_notes(made: Reps) -> list[Note]:
    said = [
        f"Each rep is compared with the others of the team on the same {made.by.replace('_', ' ')}; with fewer than five "
        f"others, with the whole company. Below {FEWEST} rows nobody is judged.",
        "Worth = the gap of the pulled value times the rep's own rows, at the mean win. It says where to look, not why.",
    ]
    if made.ramping:
        count = plural(len(made.ramping), "rep")
        said.append(f"{count} still ramping {are(len(made.ramping))} left out of the comparison of new deals.")
    return [Note(text) for text in said] + [Note(text, "warning") for text in made.why_not.values()]


def reps_report(at: Snapshot, by: str, period: str, where: Pairs) -> Report:
    """Every rep at each factor: own, and pulled toward the team."""
    title = "Where does each rep stand against the team?"
    if alone(at):
        return Report(title, own_blocks(at, period, where), lede=own_lede(at), issues=at.stale)
    made = reps(at, by, period, where)
    return Report(
        title,
        [reps_table(made), *coaching_notes(made)],
        lede=coaching_lede(made, lines(at, made, where)),
        footer=(coaching_proof(made),),
        issues=at.stale,
        next=("saleswright flow coaching",),
    )


def reps_table(made: Reps) -> Table:
    columns = [Column("rep", "Rep"), Column("team", "Team")]
    for factor in FACTORS:
        columns += [Column(METRICS[factor], factor.capitalize(), "number")]
        columns += [Column(f"{METRICS[factor]}_pulled", "pulled", "number")]
    columns += [Column("findings", "Beyond chance")]
    rows = tuple((one.name, one.team, *_cells(made, one), _findings(one)) for one in made.reps)
    return Table("reps", tuple(columns), rows, "Reps against their team, by name")


def _cells(made: Reps, one: Rep) -> list[Figure | None]:
    cells: list[Figure | None] = []
    for factor in FACTORS:
        held = one.at.get(factor)
        cells.append(one.own.get(factor))
        cells.append(made.figure(held, held.pulled, f"pulled (n = {held.n})", ranged=True) if held else None)
    return cells


def _findings(one: Rep) -> str:
    said = [f"{held.factor} {'better' if held.good else 'weaker'}" for held in one.at.values() if held.finding]
    return ", ".join(said)


def factor_series(made: Reps, factor: str) -> Series | None:
    """The pulled values of a factor with their ranges, by name: a chart."""
    points = []
    # Who differs by more than chance comes first, so that nobody is cut off by the length of the drawing; else by name.
    first = [one for one in made.reps if factor in one.at and one.at[factor].finding]
    for one in [*first, *(one for one in made.reps if one not in first)]:
        held = one.at.get(factor)
        if held is not None and held.n:
            figure = made.figure(held, held.pulled, f"pulled (n = {held.n})", ranged=True)
            points.append(Point(one.name, None, replace(figure, label=f"{one.name}, {factor}")))
    unit = points[0].figure.unit if points else "number"
    return (
        Series(f"reps_{METRICS[factor]}", "rep", tuple(points), f"{factor.capitalize()} by rep", unit)
        if points
        else None
    )


def factor_words(made: Reps, factor: str) -> str:
    """What the chart of a factor shows, in a sentence: who differs by more than chance, and how many were compared."""
    held = [(one, one.at[factor]) for one in made.reps if factor in one.at]
    told = [f"{one.name} ({'better' if at.good else 'weaker'}, n = {at.n})" for one, at in held if at.finding]
    judged = sum(1 for _, at in held if at.p is not None)
    who = ", ".join(told) if told else "Nobody"
    return f"{who} {are(max(1, len(told)), 'differs', 'differ')} from the team by more than chance; {judged} were compared."


def own_blocks(at: Snapshot, period: str, where: Pairs) -> list[Block]:
    """For who sees only own rows: the own figures, and the company's where five others stand behind it."""
    rows: list[tuple[Cell | Figure, ...]] = []
    for name in OWN_METRICS:
        asked = ask(at, name, (), period, where)
        mine = evaluate(at, asked).total
        usual = band(at, ask(at, name)) if not period and not where else None
        if usual is None:
            why = (
                "told for the usual period, unfiltered, of today"
                if period or where
                else "not declared, or too few others"
            )
            usual = Figure("band", None, mine.unit, f"{mine.label} of the whole company", reason=why)
        rows.append((mine.label, mine, usual, mine.n, _stands(mine, usual)))
    columns = (
        Column("what", "What"),
        Column("own", "Yours", "number"),
        Column("band", "The company", "number"),
        Column("n", "n", "count"),
        Column("verdict", "Verdict"),
    )
    return [
        Table("own", columns, tuple(rows), "Yours, and the company's"),
        Note("Others' figures are only told as one figure with at least five others behind it."),
    ]


def _stands(mine: Figure, usual: Figure) -> str:
    if mine.value is None or usual.value is None or mine.low is None or mine.high is None:
        return "cannot say yet"
    if (mine.n or 0) < FEWEST:
        return f"too few to say (n = {mine.n or 0})"
    low, high, value = (
        float(one.decimal if isinstance(one, Money) else one) for one in (mine.low, mine.high, usual.value)
    )
    return "within normal variation" if low <= value <= high else "outside your likely range"


def own_lede(at: Snapshot) -> str:
    return "Your own figures beside the company's; nobody else's can be seen."
