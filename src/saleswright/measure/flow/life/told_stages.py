"""How are the odds by stage told? Each stage by age in it: at risk, won, lost, moved on, and the chance that is left."""

from __future__ import annotations

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import lacking
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Report, Table
from saleswright.lib.issue import Issue
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import Floats
from saleswright.measure.flow.life.stages import StageOdds, stage_odds
from saleswright.measure.flow.lifetable import FEWEST, Counts
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import allowed, dimensions
from saleswright.measure.metrics.words import plural

TITLE = "How likely is an open deal won, by its stage and its age in it?"
LOW, HIGH = 0.1, 0.9


def report(at: Snapshot, within: Period, days: int, where: Pairs, issues: tuple[Issue, ...] = ()) -> Report:
    """The odds by stage, and those of each segment on entering a stage; without history, which export has it."""
    split = dimensions(at.schema).get("segment")
    one = stage_odds(at, "segment" if split is not None and allowed(at, split) else "", where)
    missing = lacking(at, 2)
    won = int(one.plain.won.sum()) if one else 0
    if one is None or not won or missing:
        why = missing or "no visit to a stage ended in a win"
        return Report(TITLE, [Figure("chance", None, "share", "Chance by stage", reason=why)], lede=why, issues=issues)
    blocks: list[Block] = [_stages(one, within, days)]
    named = [member for member in one.members if member]
    if len(named) > 1:
        blocks.append(_segments(one, named))
    blocks += [
        Note(
            "Age is days in the stage. A deal that moves on, or back, starts anew in the next stage; its chance is in the "
            "chance of this one. Stages stand in the order of their chance."
        ),
        Note(f"'few': fewer than {FEWEST} at risk; mind the range, not the figure. Ranges hold 8 times in 10."),
    ]
    best = one.whole.ever[:, 0]
    lede = f"A deal that enters {one.stages[-1]} is won with {best[-1]:.0%}, one that enters {one.stages[0]} with {best[0]:.0%}."
    return Report(TITLE, blocks, lede=f"{lede} From {plural(one.n, 'visit')} to stages.", issues=issues)


def _stages(one: StageOdds, within: Period, days: int) -> Table:
    columns = (
        Column("stage", "Stage"),
        Column("age", "Age in the stage"),
        Column("at_risk", "At risk (n')", "number"),
        Column("won", "Won", "count"),
        Column("lost", "Lost", "count"),
        Column("moved", "Moved on or back", "count"),
        Column("ever", "Still won, ever", "share"),
        Column("within", f"By the end of {within.label}", "share"),
        Column("mark", "Mind"),
    )
    many, size = one.draws(), len(one.stages)
    ever, soon = one.whole.ever, one.whole.within(days)
    ever_many, soon_many = many.ever, many.within(days)

    def over(of: Floats) -> Floats:
        return np.asarray(of.reshape(-1, size, *of.shape[1:]).sum(axis=0))

    counts: Counts = one.plain.each(over)
    moves = over(one.plain_moves).sum(axis=-1)
    per, wide = round(one.step / counts.width), counts.width
    rows: list[tuple[Cell | Figure, ...]] = []
    for stage, name in enumerate(one.stages):
        reached = np.flatnonzero(counts.entering[stage] >= FEWEST)
        last = (int(reached[-1]) if reached.size else 0) // per
        # Rows after which nobody was won or moved on are one.
        alive = np.flatnonzero(counts.won[stage] + moves[stage] > 0)
        last = min(last, (int(alive[-1]) // per if alive.size else 0) + 1)
        for row in range(last + 1):
            start = row * per
            inside = slice(start, None if row == last else start + per)
            day = int(start * wide)
            words = f"{day} days and more" if row == last else f"{day}-{int(day + one.step) - 1} days"
            n = float(counts.at_risk[stage, start])
            moved = float(moves[stage, inside].sum())
            rows.append(
                (
                    name,
                    words,
                    n,
                    int(counts.won[stage, inside].sum()),
                    round(float(counts.lost[stage, inside].sum()) - moved),
                    int(moved),
                    _figure("ever", words, float(ever[stage, start]), ever_many[:, stage, start], int(n)),
                    _figure("within", words, float(soon[stage, day]), soon_many[:, stage, day], int(n)),
                    "few" if n < FEWEST else "",
                )
            )
    return Table("odds_by_stage", columns, tuple(rows), "By stage and age in it")


def _segments(one: StageOdds, members: list[str]) -> Table:
    columns = (Column("stage", "Entering"), *(Column(f"member_{i}", m, "share") for i, m in enumerate(members, 1)))
    chances = [one.member(member).ever[:, 0] for member in members]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (stage, *(float(chance[place]) for chance in chances)) for place, stage in enumerate(one.stages)
    )
    title = f"Ever won, by segment; each pulled toward the stage of all (n = {one.kappa:.0f})"
    return Table("odds_by_stage_and_segment", columns, rows, title)


def _figure(name: str, label: str, value: float, draws: Floats, n: int) -> Figure:
    low, high = (float(one) for one in np.quantile(draws, (LOW, HIGH)))
    return Figure(name, value, "share", label, n, min(low, value), max(high, value))
