"""What does the life table cost? All deals' odds by segment, against one grouped count of the same rows by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np

from bench.asking import _file, _open, _timed
from bench.company import LAST, VERSIONS
from bench.line import Line, median, seconds, spread
from saleswright.measure.flow.life import lives
from saleswright.measure.flow.life.odds import Odds, odds
from saleswright.measure.flow.lifetable import LOST, OPEN, WON

FULL, SMALL = 1_000_000, 20_000
COUNT = """
SELECT coalesce(deal.segment, a.segment) AS segment, standing, (coalesce(closed, $day) - qualified) // 30 AS bucket,
       count(*) AS deals
FROM deal LEFT JOIN (SELECT id AS k, segment FROM account WHERE valid_to > $t AND known_to > $k) a ON deal.account = a.k
WHERE valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed
  AND qualified <= $day AND NOT contains(lower(coalesce(type, '')), 'renew')
GROUP BY ALL
"""


def life_table_1m(small: bool, place: Path) -> Line:
    """odds() by segment, warm: lives by day of age, weights, shrinkage, chances by age."""
    runs = 3 if small else 9
    at = _open(place, SMALL if small else FULL, LAST)
    con = duckdb.connect(str(_file(at)), read_only=True)
    bound = {"t": at.t, "k": at.k, "day": at.day}
    made: dict[str, Odds] = {}
    found: dict[str, list[tuple[str, str, int, int]]] = {}

    def ours() -> float:
        def work() -> None:
            made.update(last=odds(at, "segment"))
            for member in made["last"].members:
                made["last"].table(member).ever(np.arange(0.0, 200.0, 30.0))

        return seconds(work)

    def by_hand() -> float:
        return seconds(lambda: found.update(last=con.execute(COUNT, bound).fetchall()))

    def bare() -> float:
        lives._since.cache_clear()
        return ours()

    mine, theirs, first = _timed(ours, by_hand, bare, runs=runs)
    held = made["last"].lives
    fates = {"open": OPEN, "won": WON, "lost": LOST}
    for segment, standing, _, _ in found["last"]:
        same = (held.group == held.members.index(segment)) & (held.fate == fates[standing])
        told = sum(n for s, f, _, n in found["last"] if (s, f) == (segment, standing))
        early = told - int(held.n[same].sum())
        # What ended before the closings begin to speak is the first hundredth, and is not in the table.
        assert 0 <= early <= (0 if standing == "open" else 0.02 * told + 1), "ours and the count by hand differ"
    later = held.left_out["qualified on a later day"]
    assert held.deals + sum(held.left_out.values()) - later == sum(n for *_, n in found["last"])
    con.close()
    at.close()
    ratio = median(mine) / median(theirs)
    note = (
        f"{(SMALL if small else FULL):,} deals in {(SMALL if small else FULL) * VERSIONS:,} versions, {held.deals:,} of new "
        f"business in the table of {len(held.members)} segments; ours is odds() whole, and the chances by age; "
        f"{spread('ours', mine)}, {spread('SQL', theirs)}; with the day looked for anew from which the closings speak, which "
        f"is kept for a view of the record, {median(first) / median(theirs):.2f}x"
    )
    return Line("life_table_1m", median(mine), median(theirs), "<= 2x", ratio <= 2.0, "s", runs, note)
