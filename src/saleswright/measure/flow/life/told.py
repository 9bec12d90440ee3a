"""How are the odds told? By age: at risk, won, lost, and the chance that is left, both ways of taking stale deals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import before_first
from saleswright.kernel.report import Block, Column, Figure, Note, Report, Table, Value
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.period import LAST_DAY, Period, parse_period
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.life import told_stages
from saleswright.measure.flow.life.odds import Odds, both, width
from saleswright.measure.flow.lifetable import FEWEST, WON, Counts, LifeTable
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import find, names
from saleswright.measure.metrics.words import are, because, by_count, plural

TITLE = "How likely is an open deal won, by its age?"
EVERYBODY = "All"
LOW, HIGH = 0.1, 0.9
MOST_MEMBERS = 12


@dataclass(frozen=True)
class Rows:
    """One member's rows: where each starts, plain counts, and (chance, low, high) ever and within, both treatments.

    limit: the age beyond which its deals are stale.
    """

    starts: Floats
    at_risk: Floats
    counts: Counts
    ever: Floats
    within: Floats
    ever_lost: Floats
    within_lost: Floats
    limit: int


def ahead(at: Snapshot, text: str) -> tuple[Period, int]:
    """The period, and how many days of it are left after today. Stop (usage) where it has no end or is over."""
    period = parse_period(text or "this quarter", at.day, at.workspace.calendar)
    if period.end == LAST_DAY or period.end <= at.day:
        what = "has no end" if period.end == LAST_DAY else "is over"
        why = "a chance within it needs days to come"
        raise Stop(Issue("period", f"'{text}' {what}", why, "such as this quarter or next quarter"), exit_code=USAGE)
    return period, (period.end - at.day).days - 1


def report(at: Snapshot, by: str, period: str, where: Pairs, issues: tuple[Issue, ...] = ()) -> Report:
    """The odds of all deals and of each member of a dimension."""
    within, days = ahead(at, period)
    if by and find(at, by, entity="deal").name == "stage":
        return told_stages.report(at, within, days, where, issues)
    recorded, lost = both(at, by, where)
    why = too_few(recorded)
    if why:
        blocks: list[Block] = [
            Figure("chance", None, "share", "Chance of a new deal", recorded.lives.deals, reason=why)
        ]
        return Report(TITLE, [*blocks, *_notes(recorded)], lede=f"Cannot say yet: {why}.", issues=issues)
    step = width(recorded.stale_after)[1]
    labels = _labels(recorded)
    members = _largest(recorded)
    told = {member: _rows(recorded, lost, member, days, step) for member in ("", *members)}
    first = told[""]
    blocks = [
        _figure("chance", "Chance of a new deal to be won, ever", first.ever[0], recorded.n()),
        _figure("chance_within", f"Chance of a new deal by the end of {within.label}", first.within[0], recorded.n()),
        _figure("chance_stale_lost", "With stale deals as lost", first.ever_lost[0], lost.n()),
        _metric(at, where),
        Figure("effective", round(recorded.effective(), 1), "number", "Effective n: deals of today", recorded.n()),
        Figure("stale", recorded.stale, "count", "Stale: open for longer than 97.5 % of wins took"),
        _table("odds_by_age", "All deals by age", [("", "", first)], recorded, within, ""),
    ]
    if members:
        head = find(at, by, entity="deal").label
        blocks.append(_members(recorded, lost, members, labels, told, head, within))
        each = [(member, labels[member], told[member]) for member in members]
        blocks.append(_table("odds_by_member", f"By {head.lower()} and age", each, recorded, within, head))
    blocks.append(_timing(recorded, members, labels, step))
    blocks += _notes(recorded)
    return Report(TITLE, blocks, lede=_lede(recorded, first), footer=_proof(recorded), issues=issues)


def too_few(one: Odds) -> str:
    """Why no odds can be told; empty when they can."""
    lives = one.lives
    if not lives.deals:
        return "no such deals under observation"
    if lives.decided < FEWEST:
        return f"{plural(lives.decided, 'deal')} decided: a life table needs {FEWEST}"
    return "" if lives.wins else "nobody was won, so no chance can be told"


def _rows(one: Odds, other: Odds, member: str, days: int, step: float) -> Rows:
    """Rows of `step` days up to the oldest age that ten deals reached, the last for all that are older."""
    lives = one.lives
    if member:
        mine = lives.group == one.members.index(member)
        columns = {name: getattr(lives, name)[mine] for name in ("first", "last", "fate", "n", "weight")}
        lives = replace(lives, **columns, group=np.zeros(int(mine.sum()), np.int64), members=(member,))
    plain = lives.counts(step, weighted=False).over()
    counts = plain.pooled()
    # Rows in which nothing can happen any more are one.
    counts = counts.pooled_from(min(counts.won.shape[1] - 1, int(one.never_after(member) // step) + 1))
    at_risk = plain.at_risk[0, : counts.won.shape[1]]
    starts: Floats = np.arange(counts.won.shape[1], dtype=np.float64) * step
    ever, within, ever_lost, within_lost = (
        _chances(odd, member, starts, ahead) for odd in (one, other) for ahead in (None, days)
    )
    limit = int(one.recorded.limits[one.members.index(member)]) if member else one.stale_after or 0
    return Rows(starts, at_risk, counts, ever, within, ever_lost, within_lost, limit)


def _chances(one: Odds, member: str, starts: Floats, days: int | None) -> Floats:
    """(rows, 3): the chance for a deal of each age, and what it may truly be in 8 of 10 cases."""
    if member and member not in one.members:
        return np.full((starts.size, 3), np.nan)
    table, many = one.table(member), _drawn(one, member)
    middle = table.ever(starts) if days is None else table.within(starts, days)
    draws = many.ever(starts) if days is None else many.within(starts, days)
    low, high = np.quantile(draws, (LOW, HIGH), axis=0)
    found = np.stack([middle, np.minimum(low, middle), np.maximum(high, middle)], axis=-1)
    found[starts > one.never_after(member)] = 0.0
    return np.asarray(found)


def _drawn(one: Odds, member: str) -> LifeTable:
    if not member:
        return one.whole_draws().of(0)
    return one.draws().of(one.members.index(member))


def _largest(one: Odds) -> list[str]:
    """The members with the most deals, those whom nobody named last."""
    if not one.by:
        return []
    return sorted((m for m in one.members if m), key=lambda m: (-one.n(m), m))[:MOST_MEMBERS]


def _labels(one: Odds) -> dict[str, str]:
    split = find(one.at, one.by, entity="deal") if one.by else None
    told = names(one.at, split.ref, one.members) if split is not None and split.ref else {}
    return {member: told.get(member, member) or "(none)" for member in one.members}


def _figure(name: str, label: str, chance: Floats, n: int, reason: str = "") -> Figure:
    value, low, high = (float(one) for one in chance)
    if np.isnan(value):
        return Figure(name, None, "share", label, n, reason=reason or "nobody was at risk")
    return Figure(name, value, "share", label, n, low, high)


def _metric(at: Snapshot, where: Pairs) -> Figure:
    """What the metric says, every deal weighing the same and none left out for having come before the closings begin."""
    return evaluate(at, ask(at, "win_rate_life_table", (), "all", where)).total


def _table(name: str, title: str, each: list[tuple[str, str, Rows]], one: Odds, within: Period, head: str) -> Table:
    columns = (
        *((Column("member", head),) if head else ()),
        Column("age", "Age"),
        Column("at_risk", "At risk (n')", "number"),
        Column("won", "Won", "count"),
        Column("lost", "Lost", "count"),
        Column("ever", "Still won, ever", "share"),
        Column("within", f"By the end of {within.label}", "share"),
        Column("ever_lost", "Ever, stale as lost", "share"),
        Column("within_lost", "In time, stale as lost", "share"),
        Column("mark", "Mind"),
    )
    rows = []
    for _, label, told in each:
        counts = told.counts
        last = told.starts.size - 1
        for i, start in enumerate(told.starts):
            n = float(told.at_risk[i])
            words = f"{start:.0f} days and more" if i == last else f"{start:.0f}-{start + counts.width - 1:.0f} days"
            chances = (told.ever, told.within, told.ever_lost, told.within_lost)
            titles = ("ever", "within", "ever_lost", "within_lost")
            figures = [_figure(title, words, chance[i], int(n)) for title, chance in zip(titles, chances, strict=True)]
            mark = ", ".join(word for word, so in (("stale", start > told.limit), ("few", n < FEWEST)) if so)
            rows.append(
                (
                    *((label,) if head else ()),
                    words,
                    n,
                    int(counts.won[0, i]),
                    int(counts.lost[0, i]),
                    *figures,
                    mark,
                )
            )
    return Table(name, columns, tuple(rows), title)


def _members(
    one: Odds, other: Odds, members: list[str], labels: dict[str, str], told: dict[str, Rows], head: str, within: Period
) -> Table:
    columns = (
        Column("member", head),
        Column("n", "Deals", "count"),
        Column("effective", "Effective", "number"),
        Column("ever", "A new deal, ever", "share"),
        Column("within", f"By the end of {within.label}", "share"),
        Column("ever_lost", "Ever, stale as lost", "share"),
        Column("half", "Half of wins by", "days"),
    )
    rows = tuple(
        (
            labels[member],
            one.n(member),
            round(one.effective(member), 1),
            _figure("ever", labels[member], told[member].ever[0], one.n(member)),
            _figure("within", labels[member], told[member].within[0], one.n(member)),
            _figure("ever_lost", labels[member], told[member].ever_lost[0], other.n(member)),
            middle(one, member),
        )
        for member in members
    )
    return Table("members", columns, rows, f"A new deal by {head.lower()}", total=sum(1 for m in one.members if m))


def middle(one: Odds, member: str = "") -> float | None:
    """The age by which half of all that is ever won is won; None where nobody is."""
    table = one.table(member)
    ages = np.arange(int(one.lives.last[one.lives.fate == WON].max(initial=0)) + 2)
    reached = table.within(0, ages)
    half = float(table.ever(0)) / 2
    if half <= 0:
        return None
    place = min(int(np.searchsorted(reached, half)), ages.size - 1)
    return float(ages[place])


def _timing(one: Odds, members: list[str], labels: dict[str, str], step: float) -> Table:
    """The time-to-close curve (tau): of all that is ever won, how much in each 30 days of age."""
    columns = (
        Column("age", "Won at the age of"),
        Column("all", EVERYBODY, "share"),
        *(Column(f"member_{i}", labels[member], "share") for i, member in enumerate(members, 1)),
    )
    curves = [one.timing(member) for member in ("", *members)]
    size = curves[0].size
    shown = int(np.flatnonzero(np.cumsum(curves[0]) > 1 - 1e-9)[0]) + 1 if curves[0].size else 0
    rows: list[tuple[str | Value, ...]] = []
    for i in range(min(shown, size)):
        words = f"{i * 30}-{i * 30 + 29} days"
        rows.append((words, *(None if np.isnan(curve[i]) else float(curve[i]) for curve in curves)))
    return Table("timing", columns, tuple(rows), "When is it won? Shares of all that is ever won")


def _lede(one: Odds, first: Rows) -> str:
    half = middle(one)
    said = f"A new deal is won with {first.ever[0][0]:.0%}"
    if half is not None:
        said += f", half of the wins within {half:.0f} days"
    return f"{said}; from {plural(one.n(), 'deal')} since {one.lives.since}."


def _proof(one: Odds) -> tuple[str, ...]:
    table = one.table()
    won, lost, stay = (float(part[-1]) for part in (table.won, table.lost, table.stay))
    lives = one.lives
    held = lives.deals - lives.decided
    return (
        f"Of 100 %: won {won:.1%}, lost {lost:.1%}, still open at the oldest age {stay:.1%}.",
        f"{lives.wins:,} won + {lives.decided - lives.wins:,} lost + {held:,} open or gone = {plural(lives.deals, 'deal')}.",
    )


def _limits(one: Odds) -> str:
    """After how many days a deal is stale, the same for all members or from the least to the most."""
    low, high = int(one.recorded.limits.min()), int(one.recorded.limits.max())
    return f"{low} days" if low == high else f"{low} to {high} days, by {one.by}"


def _notes(one: Odds) -> list[Note]:
    lives = one.lives
    found = [Note(text, "warning") for text in (before_first(one.at),) if text]
    joined = int(lives.n[lives.first > 0].sum())
    if joined:
        found.append(
            Note(
                f"The closings of this record begin on {lives.since}: {plural(joined, 'deal')} that came before "
                f"{are(joined)} counted from then on, at the age reached."
            )
        )
    if lives.left_out:
        parts = ", ".join(because(count, reason) for reason, count in by_count(lives.left_out))
        found.append(Note(f"Left out: {parts}."))
    found.append(
        Note(
            f"A deal weighs half for every 12 months since it came, so {plural(lives.deals, 'deal')} count as "
            f"{one.effective():,.0f} of today."
        )
    )
    if one.by and len(one.members) > 1:
        found.append(
            Note(
                f"Where deals are few, odds are pulled toward those of all deals, which count as {one.kappa:.0f} deals more."
            )
        )
    if one.stale:
        found.append(
            Note(
                f"{plural(one.stale, 'open deal')} {are(one.stale)} stale: open for longer than 97.5 % of wins took "
                f"({_limits(one)}). Their chance is 0 where nobody older was ever won. With stale deals as lost, each was "
                "lost at its last activity, or when it went stale where nobody tells of one.",
                "warning",
            )
        )
    found.append(
        Note(f"'few': fewer than {FEWEST} at risk; mind the range, not the figure. Ranges hold 8 times in 10.")
    )
    return found
