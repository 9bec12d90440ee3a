"""What does the whole catalogue cost? Twenty metrics by three splits over 24 months, against SQL by hand on the same file."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from bench.asking import FULL, SMALL, _file, _open, _size
from bench.company import LAST
from bench.line import Line
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import Result, evaluate

PERIOD = "2024-01-01..2025-12-31"
SPLITS = ("segment", "owner", "source")
HELD = "valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed"
NEW = "NOT contains(lower(coalesce(type, '')), 'renew')"
SIZED = f"{NEW} AND amount IS NOT NULL"
DAYS = "count(*), quantile_disc(closed - qualified, 0.5)"
# Metric -> (its date, which rows, what is counted or added up).
FLOWS = {
    "win_rate": ("closed", f"standing IN ('won', 'lost') AND {NEW}", "count(*), count(*) FILTER (standing = 'won')"),
    "win_rate_value": ("closed", f"standing IN ('won', 'lost') AND {SIZED} AND amount > 0",
                       "count(*), sum(amount), sum(amount) FILTER (standing = 'won')"),
    "win_rate_by_qualified": ("qualified", f"standing IN ('won', 'lost', 'open') AND {NEW}",
                              "count(*), count(*) FILTER (standing = 'won'), count(*) FILTER (standing = 'open')"),
    "deal_size": ("closed", f"standing = 'won' AND {SIZED} AND amount > 0",
                  "count(*), sum(amount), sum(amount::DOUBLE * amount::DOUBLE)"),
    "deal_size_median": ("closed", f"standing = 'won' AND {SIZED} AND amount > 0", "count(*), quantile_disc(amount, 0.5)"),
    "won_deals": ("closed", f"standing = 'won' AND {NEW}", "count(*)"),
    "lost_deals": ("closed", f"standing = 'lost' AND {NEW}", "count(*)"),
    "won_value": ("closed", f"standing = 'won' AND {SIZED}", "count(*), sum(amount)"),
    "won_renewals": ("closed", "standing = 'won' AND contains(lower(type), 'renew') AND amount IS NOT NULL",
                     "count(*), sum(amount)"),
    "new_deals": ("qualified", NEW, "count(*)"),
    "sales_cycle": ("closed", f"standing = 'won' AND {NEW} AND closed >= qualified", DAYS),
    "days_to_lost": ("closed", f"standing = 'lost' AND {NEW} AND closed >= qualified", DAYS),
}  # fmt: skip
BALANCES = {
    "open_pipeline": f"standing = 'open' AND qualified IS NOT NULL AND {SIZED}",
    "open_deals": f"standing = 'open' AND qualified IS NOT NULL AND {NEW}",
    "crm_open": "standing = 'open' AND amount IS NOT NULL",
    "crm_open_deals": "standing = 'open'",
    "open_renewals": "standing = 'open' AND contains(lower(type), 'renew') AND amount IS NOT NULL",
    "open_unqualified": f"standing = 'open' AND qualified IS NULL AND {SIZED}",
    "past_due": f"standing = 'open' AND expected_close < $day AND qualified IS NOT NULL AND {SIZED}",
    "past_due_deals": f"standing = 'open' AND expected_close < $day AND qualified IS NOT NULL AND {NEW}",
}


def catalogue_5m(small: bool, place: Path) -> Line:
    """Every group of 20 metrics x 3 splits x 24 months, counted alike; peak memory of both together."""
    at = _open(place, SMALL if small else FULL, LAST)
    con = duckdb.connect(str(_file(at)), read_only=True)
    splits = SPLITS[:1] if small else SPLITS
    mine, theirs, by_metric = 0.0, 0.0, {}
    for name in (*FLOWS, *BALANCES):
        ours, hand = 0.0, 0.0
        for split in splits:
            asked = ask(at, name, (split, "month"), PERIOD)
            evaluate(at, ask(at, name, (split, "month"), "2025-12"))  # compiled, and the pages of the file read
            start = time.perf_counter()
            result = evaluate(at, asked)
            between = time.perf_counter()
            expected = _by_hand(con, at, name, split)
            ours, hand = ours + between - start, hand + time.perf_counter() - between
            assert _counts(result) == expected, f"{name} by {split}: ours and the SQL by hand differ"
        mine, theirs = mine + ours, theirs + hand
        by_metric[name] = ours / hand
    con.close()
    at.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    ratio = mine / theirs
    worst = sorted(by_metric, key=by_metric.__getitem__)[-3:]
    note = (
        f"{_size(small)} versions; {len(by_metric)} metrics x {len(splits)} splits x 24 months, equal counts in every group; "
        f"peak memory of both in one process {peak:.2f} GB (at most 6); furthest from the SQL: "
        + ", ".join(f"{name} {by_metric[name]:.2f}x" for name in reversed(worst))
    )
    return Line("catalogue_5m", mine, theirs, "<= 1.3x", ratio <= 1.3 and peak <= 6, "s", 1, note)


def _by_hand(con: duckdb.DuckDBPyConnection, at: Any, name: str, split: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    if name in FLOWS:
        day, test, told = FLOWS[name]
        sql = (
            f"SELECT {split}, date_trunc('month', {day}) AS month, {told} FROM deal WHERE {HELD} AND {test} "
            f"AND {day} >= DATE '2024-01-01' AND {day} < DATE '2026-01-01' GROUP BY ALL"
        )
        for member, month, count, *_ in con.execute(sql, {"t": at.t, "k": at.k}).fetchall():
            found[member, month.strftime("%Y-%m")] = count
        return found
    told = "count(*)" if name.endswith("_deals") else "count(*), sum(amount)"
    sql = f"SELECT {split}, {told} FROM deal WHERE {HELD} AND {BALANCES[name]} GROUP BY ALL"
    for end in _month_ends(at):
        bound = {"t": end.t, "k": end.k, **({"day": end.day} if "$day" in sql else {})}
        for member, count, *_ in con.execute(sql, bound).fetchall():
            found[member, end.day.strftime("%Y-%m")] = count
    return found


def _month_ends(at: Any) -> Iterator[Any]:
    for number in range(24):
        year, month = divmod(2024 * 12 + number + 1, 12)
        yield at.at(date(year, month + 1, 1) - timedelta(1))


def _counts(result: Result) -> dict[tuple[str, ...], int]:
    return {key: one.n for key, one in result.group_sums.items() if one.n}
