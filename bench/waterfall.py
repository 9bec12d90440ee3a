"""How long does the waterfall of 1M deals in 5M versions take, against DuckDB that only joins the two snapshots?"""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from bench.company import VERSIONS, company
from bench.line import Line, alternate, median, seconds, spread
from saleswright.history.release import current, release_path
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.flow.bridge import LINES
from saleswright.measure.flow.bridge_block import found
from saleswright.measure.flow.waterfall.find import Waterfall, waterfall
from saleswright.measure.flow.waterfall.movers import movers

FULL, SMALL = 1_000_000, 20_000
SINCE, DAY = date(2024, 6, 30), "2024-09-30"

_DAY = """SELECT id, standing, stage, amount, expected_close, closed, qualified, type FROM deal
WHERE valid_from <= {0} AND valid_to > {0} AND known_from <= {1} AND known_to > {1} AND NOT removed"""
_JOINED = """SELECT id, a.standing AS standing_then, b.standing, a.stage AS stage_then, b.stage, a.amount AS amount_then,
       b.amount, a.expected_close AS due_then, b.expected_close AS due, b.closed, b.qualified, b.type
FROM ({then}) a FULL JOIN ({now}) b USING (id)"""


def waterfall_1m(small: bool, place: Path) -> Line:
    """Two days a quarter apart, balanced to the cent, every deal reachable; against the two snapshots joined, and no more."""
    runs = 3 if small else 7
    space = company(place, SMALL if small else FULL)
    with closing(open_snapshot(space, Ambient(as_of=DAY))) as at:
        release = current(space.state)
        assert release is not None
        con = duckdb.connect(str(release_path(space.state, release.number)), read_only=True)
        then, now, known = (f"TIMESTAMP '{one}'" for one in (at.at(SINCE).t, at.t, at.k))
        joined = _JOINED.format(then=_DAY.format(then, known), now=_DAY.format(now, known))
        made: dict[str, Any] = {}

        def ours() -> float:
            return seconds(lambda: made.update(whole=waterfall(at, SINCE)))

        def lines() -> float:
            return seconds(lambda: found(at, SINCE, None))

        def teams() -> float:
            return seconds(lambda: made.update(teams=waterfall(at, SINCE, by="team")))

        def join() -> float:
            return seconds(lambda: con.execute(f"CREATE OR REPLACE TEMP TABLE joined AS {joined}"))

        def counted() -> float:
            return seconds(
                lambda: made.update(n=con.execute(f"SELECT count(*), sum(amount) FROM ({joined})").fetchall())
            )

        def handed() -> float:
            return seconds(lambda: con.execute(joined).fetchnumpy())

        mine, theirs, alone, split, bare, over = alternate(ours, join, lines, teams, counted, handed, runs=runs, warm=2)
        reached = _proved(at, made["whole"], made["teams"])
        con.close()
    ratio = median(mine) / median(theirs)
    note = (
        f"{(SMALL if small else FULL) * VERSIONS:,} versions, {made['n'][0][0]:,} deals on the two days, {reached:,} of them on a "
        "line, all reached one by one; lines sum to the cent, in all and by team; ours is waterfall() whole, its ends and "
        "wins measured a second time by five metrics; the baseline makes the joined rows in DuckDB (a temporary table, "
        f"nothing handed over); {spread('ours', mine)}, {spread('join', theirs)}; lines without the second measuring "
        f"{median(alone):.3f} s, by team {median(split):.3f} s; the same join only counted {median(bare):.3f} s, handed to "
        f"Python as columns {median(over):.3f} s"
    )
    return Line("waterfall_1m", median(mine), median(theirs), "<= 2x", ratio <= 2, "s", runs, note)


def _proved(at: Snapshot, whole: Waterfall, teams: Waterfall) -> int:
    """Balanced to the cent, in all and by team, and every deal on every line reached. How many deals is that?"""
    for one in (whole.total, *teams.groups.values()):
        assert one.opening + sum(one.lines.values()) == one.closing, "the lines do not sum"
        assert one.opening_deals + sum(one.deals.values()) == one.closing_deals, "the deals do not sum"
    every = movers(at, whole)
    assert len({one.id for one in every}) == len(every) == whole.whole.moves.moving, "a deal on a line is not reached"
    for line in LINES:
        amount = sum(one.lines.get(line.name, 0) for one in every)
        assert amount == whole.total.lines[line.name], f"the deals on {line.name} do not sum to it"
        transferred = line.name.startswith("transferred")
        parts = sum(one.lines[line.name] for one in teams.groups.values())
        assert transferred or parts == amount, f"the teams do not sum to {line.name}"
    return len(every)
