"""The answer about one miss, as blocks every face can show: the bridge, the causes, the segments, and how it was checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from saleswright.history.tiers import before_first
from saleswright.kernel.report import Block, Bridge, Cell, Column, Figure, Note, Report, Step, Table
from saleswright.measure.flow.miss import noise
from saleswright.measure.flow.miss.factors import CAUSES
from saleswright.measure.flow.miss.find import Cannot, Miss
from saleswright.measure.flow.miss.said import LABELS, causes, chance, lede, sentence, verdict
from saleswright.measure.metrics.apart import money
from saleswright.measure.metrics.words import are, plural

TITLE = "Why was the target hit or missed?"


@dataclass(frozen=True)
class Laid:
    """The blocks by what they are, for a page that puts them where it wants."""

    lede: str
    figures: tuple[Figure, ...]
    bridge: Bridge
    story: Bridge | None
    causes: Table
    segments: Table
    factors: Table
    ways: Table
    intake: Table
    notes: tuple[Note, ...]
    checks: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def blocks(self) -> list[Block]:
        story = [self.story] if self.story else []
        tables = [self.causes, self.segments, self.factors, self.ways, self.intake]
        return [*self.figures, self.bridge, *story, *tables, *self.notes]


def report(found: Miss | Cannot) -> Report:
    """One answer; where nothing can be said, why, and what was won all the same."""
    if isinstance(found, Cannot):
        return Report(
            TITLE,
            [
                replace(found.actual, label=f"Won in {found.period.label}"),
                *(Note(text, "warning") for text in said(found)),
            ],
            lede=f"{found.period.label} cannot be explained: {found.reason}.",
            issues=found.issues,
        )
    laid = lay(found)
    by = found.by.name if found.by else "segment"
    period = str(found.period)
    return Report(
        TITLE,
        laid.blocks,
        lede=laid.lede,
        footer=laid.checks,
        issues=(*found.issues, *found.at.stale),
        next=(
            f"saleswright measure win_rate --by {by} --period {period}",
            f"saleswright measure new_deals --by {by} --period {period}",
        ),
    )


def said(found: Cannot) -> list[str]:
    """Everything that was tried, and what would help."""
    tried = [f"{text[:1].upper()}{text[1:]}." for text in dict.fromkeys(found.tried)]
    return [*tried, f"To get there: {found.how}."]


def lay(m: Miss) -> Laid:
    """Everything about a miss, laid out. Raises AssertionError where the parts do not sum to the miss."""
    return Laid(
        lede(m),
        _figures(m),
        _bridge(m),
        _story(m),
        _causes(m),
        _segments(m),
        _factors(m),
        _ways(m),
        _intake(m),
        _notes(m),
        _checks(m),
        tuple(sentence(m, cause) for cause in causes(m)),
    )


def _figures(m: Miss) -> tuple[Figure, ...]:
    won = replace(m.told["won_value"].total, name="won", label=f"Won in {m.shown.label}")
    if won.value is None:
        won = Figure("won", m.money(0), "money", won.label, n=0, ref=won.ref)
    label = m.against.figure.label if m.over else f"{m.against.figure.label}, to date"
    name, word = ("miss", "Below") if m.gap < 0 else ("hit", "Above")
    gap = Figure(name, m.money(m.gap), "money", "Difference" if not m.gap else f"{word} {_short(m)}")
    return won, replace(m.against.figure, label=label), gap


def _short(m: Miss) -> str:
    return m.against.label if m.against.kind != "facts" else "the FACT plan"


def _bridge(m: Miss) -> Bridge:
    steps = [Step("target", m.against.figure.label, replace(_figures(m)[1], label="", n=None, excluded=0), None, "end")]
    for place, name in enumerate(CAUSES):
        steps.append(_part(m, name, LABELS[place], m.shares.cause(place)))
    if m.shares.remainder:
        left = Figure("remainder", m.money(m.shares.remainder), "money", "Not explained")
        steps.append(Step("remainder", "Not explained", left, None, "part", "plain"))
    steps.append(Step("won", "Won", replace(_figures(m)[0], label="", n=None, excluded=0), None, "end"))
    if m.target + sum(m.shares.cause(place) for place in range(len(CAUSES))) != m.won:
        raise AssertionError("the causes do not sum to the miss")
    return Bridge(
        "miss", tuple(steps), f"From {m.against.label} to what was won, {m.shown.label}", "money", _checks(m)[0]
    )


def _part(m: Miss, name: str, label: str, effect: int) -> Step:
    figure = Figure(name, m.money(effect), "money", label)
    return Step(name, label, figure, None, "part", "plain" if not effect else "good" if effect > 0 else "bad")


def _story(m: Miss) -> Bridge | None:
    """Ambition and performance apart: what was asked beyond the run rate, and what was done against it."""
    rate = m.against.run_rate
    if rate is None or m.against.base is None:
        return None
    ambition, performance = rate - m.target, m.won - rate
    steps = (
        Step("target", m.against.figure.label, Figure("target", m.money(m.target), "money"), None, "end"),
        _part(m, "ambition", "Ambition", ambition),
        _part(m, "performance", "Performance", performance),
        Step("won", "Won", Figure("won", m.money(m.won), "money"), None, "end"),
    )
    many = plural(m.against.base.periods, "period")
    title = f"Ambition: the run rate of {many} before ({money(m.money(rate))}) less the target. Performance: won less the run rate."
    return Bridge("story", steps, title, "money", "Both parts sum to the difference.")


def _causes(m: Miss) -> Table:
    columns = (
        Column("cause", "Cause"),
        Column("effect", "Effect", "money"),
        Column("low", "By chance, from", "money"),
        Column("high", "to", "money"),
        Column("verdict", "Verdict"),
        Column("planned", _than(m), "number"),
        Column("actual", "Actual", "number"),
        Column("said", "In words"),
        Column("rows", "Deals", "ref"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for cause in causes(m):
        place = cause.place
        low, high = m.money(m.bands.low_cause[place]), m.money(m.bands.high_cause[place])
        effect = Figure(cause.name, m.money(cause.effect), "money", cause.label)
        rows.append(
            (
                cause.label,
                effect,
                low,
                high,
                verdict(m, place),
                cause.was,
                cause.now,
                sentence(m, cause),
                _rows(m, place),
            )
        )
    whole = "within normal variation" if m.normal else "more than chance"
    ends = m.money(m.bands.low_whole), m.money(m.bands.high_whole)
    gap = Figure("difference", m.money(m.gap), "money", "All causes")
    said = f"All causes: {chance(m)}."
    rows.append(("All causes", gap, *ends, whole, None, None, said, m.told["won_value"].total.ref))
    return Table("causes", columns, tuple(rows), "What made the difference?")


BEHIND = ("new_deals", "new_deals", "win_rate", "win_rate", "deal_size")
"""The metric whose rows stand behind each cause."""


def _rows(m: Miss, place: int) -> str:
    return m.told[BEHIND[place]].total.ref


def _than(m: Miss) -> str:
    return "Planned" if m.against.kind == "facts" else "Implied plan" if m.against.implied else m.against.label


def _order(m: Miss) -> list[int]:
    """The segments, the largest difference first."""
    return sorted(range(len(m.members)), key=lambda place: (-abs(m.actual_by[place] - m.plan_by[place]), place))


def _segments(m: Miss) -> Table:
    columns = (
        Column("segment", m.by.label if m.by else "All"),
        Column("target", _than(m), "money"),
        *(Column(name, label, "money") for name, label in zip(CAUSES, LABELS, strict=True)),
        Column("won", "Won", "money"),
        Column("difference", "Difference", "money"),
        Column("verdict", "More than chance"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for place in _order(m):
        loud = [
            LABELS[cause].lower() for cause in range(len(CAUSES))
            if not m.bands.low[cause, place] <= m.shares.parts[cause, place] <= m.bands.high[cause, place]
        ]  # fmt: skip
        rows.append(
            (
                m.labels[place],
                m.money(m.plan_by[place]),
                *(m.money(part) for part in m.shares.parts[:, place]),
                _won(m, place),
                m.money(m.actual_by[place] - m.plan_by[place]),
                ", ".join(loud) or "nothing",
            )
        )
    total = (m.money(m.shares.cause(place)) for place in range(len(CAUSES)))
    rows.append(("All", m.money(m.target), *total, m.money(m.won), m.money(m.gap), ""))
    name = m.by.label.lower() if m.by else "segment"
    return Table("segments", columns, tuple(rows), f"Which {name} made the difference?")


def _won(m: Miss, place: int) -> Figure:
    """What the metric says of the segment, which is what the causes sum to."""
    told = m.told["won_value"].groups.get((m.members[place],)) if m.by else m.told["won_value"].total
    if told is None or told.value is None:
        return Figure("won", m.money(m.actual_by[place]), "money")
    if told.value != m.money(m.actual_by[place]):
        raise AssertionError(f"won value of {m.labels[place]} is {told.value}, the causes sum to another")
    return told


def _factors(m: Miss) -> Table:
    """Every segment's factors, actual as the metrics have them, each opening its rows."""
    than = _than(m)
    columns = (
        Column("segment", m.by.label if m.by else "All"),
        Column("new_deals", "New deals", "count"),
        Column("new_deals_planned", than, "number"),
        Column("win_rate", "Win rate", "share"),
        Column("win_rate_planned", than, "share"),
        Column("decided", "Decided", "count"),
        Column("decided_planned", f"{than}, at that pace", "number"),
        Column("deal_size", "Deal size", "money"),
        Column("deal_size_planned", than, "money"),
    )
    decided, pace = m.tally.decided, m.tally.came * m.plan.timing
    usual = m.plan.came * m.plan.timing
    rows: list[tuple[Cell | Figure, ...]] = []
    for place in _order(m):
        member = m.members[place]
        one = {name: (told.groups.get((member,)) if m.by else told.total) for name, told in m.told.items()}
        due = float(usual[place].sum())
        rate = float((usual[place] * m.plan.win_rate[place]).sum() / due) if due else None
        wins = float((usual[place] * m.plan.win_rate[place]).sum())
        size = m.money(m.plan_by[place] / wins) if wins else None
        rows.append(
            (
                m.labels[place],
                one["new_deals"] or 0,
                round(float(m.plan.came[place, 0]), 1),
                one["win_rate"],
                rate,
                int(decided[place].sum()),
                round(float(pace[place].sum()), 1),
                one["deal_size"],
                size,
            )
        )
    return Table("factors", columns, tuple(rows), "What stands behind it? Each figure opens its deals")


def _ways(m: Miss) -> Table:
    columns = (
        Column("cause", "Cause"),
        Column("shapley", "In no order (Shapley)", "money"),
        Column("finance", "Finance view, one after the other", "money"),
        Column("lmdi", "Cross-check (LMDI)", "money"),
    )
    rows: list[tuple[Cell | Figure, ...]] = []
    for place, label in enumerate(LABELS):
        log = m.money(int(m.shares.by_log[place])) if m.shares.by_log is not None else None
        rows.append((label, m.money(m.shares.cause(place)), m.money(int(m.shares.in_order[place].sum())), log))
    log = m.money(int(m.shares.by_log.sum())) if m.shares.by_log is not None else None
    rows.append(("All causes", m.money(m.gap), m.money(int(m.shares.in_order.sum())), log))
    foot = "Finance view: volume at the plan's rates and price first, price last at actual volume."
    if m.shares.by_log_why:
        told = m.shares.by_log is not None
        foot += f" LMDI: {m.shares.by_log_why}." if told else f" LMDI is not defined here: {m.shares.by_log_why}."
    return Table("ways", columns, tuple(rows), "Do other ways of counting agree?", footer=foot)


def _intake(m: Miss) -> Table:
    columns = (
        Column("came", "When they came in"),
        Column("actual", "New deals", "count"),
        Column("planned", _than(m), "number"),
        Column("effect", "Effect of their number", "money"),
    )
    rows = tuple(
        (
            name,
            int(m.tally.came[:, lag].sum()),
            round(float(m.plan.came[:, lag].sum()), 1),
            m.money(int(m.shares.of_lags[lag])),
        )
        for lag, name in enumerate(m.lag_names)
    )
    return Table("intake", columns, rows, "Which intake fed the period?")


def _notes(m: Miss) -> tuple[Note, ...]:
    notes = []
    if m.against.implied:
        many = plural(m.against.base.periods if m.against.base else 0, "period")
        notes.append(
            Note(
                f"The plan is only a number, so the plan behind it is implied: mix, win rate, timing and deal size of the "
                f"{many} before, and as many new deals as the number takes. New deals: vs implied plan. "
                "A FACT plan (kind: fact_plan) says it better."
            )
        )
    if not m.over:
        notes.append(
            Note(f"{m.period.label} is not over: {m.shown.days} of {m.period.days} days, targets by day.", "warning")
        )
    if m.skipped and m.against.kind not in ("plan", "facts"):
        notes.append(Note(f"Held against {m.against.label}, for: {'; '.join(dict.fromkeys(m.skipped))}."))
    notes += [Note(text, "warning") for text in m.against.notes]
    if m.no_amount:
        wins = plural(m.no_amount, "win")
        have, count = are(m.no_amount, "has", "have"), are(m.no_amount, "counts", "count")
        notes.append(Note(f"{wins} {have} no amount and {count} as nothing booked, which lowers deal size.", "warning"))
    early = before_first(m.at)
    notes += [Note(early, "warning")] if early else []
    notes.append(Note("Accounting, not blame: a cause is where actual and plan differ, and what that is worth."))
    return tuple(notes)


def _checks(m: Miss) -> tuple[str, ...]:
    where = f"in each of {plural(len(m.members), 'segment')} and in total" if len(m.members) > 1 else "in total"
    left = f"the factors leave {money(m.money(m.shares.remainder))} unexplained"
    whole = "the factors give what was won to the cent" if not m.shares.remainder else left
    base = m.against.base
    drawn = f", their own uncertainty over {plural(base.periods, 'period')} included" if base and base.causes else ""
    return (
        f"The causes sum to {money(m.money(m.gap))} to the cent, {where}; {whole}.",
        f"Chance: 80 % bands of draws from the plan's own rates, seed {noise.SEED}{drawn}.",
    )
