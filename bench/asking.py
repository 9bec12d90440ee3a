"""How long does a question take over 5M deals in 25M versions, against SQL and pandas written by hand for it alone?"""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.company import LAST, PAST, VERSIONS, company
from bench.line import Line, alternate, median, seconds, spread
from saleswright.history.release import current, release_path
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.metrics.asked import Asked, ask
from saleswright.measure.metrics.compute import Result, evaluate

FULL, SMALL = 5_000_000, 20_000

WIN_RATE = """
SELECT owner, date_trunc('month', closed) AS month, count(*) AS decided, count(*) FILTER (standing = 'won') AS won
FROM deal
WHERE valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed
  AND standing IN ('won', 'lost') AND closed IS NOT NULL AND NOT contains(lower(coalesce(type, '')), 'renew')
GROUP BY ALL
"""

OPEN_PIPELINE = """
SELECT stage, count(*) AS deals, sum(amount) AS amount
FROM deal
WHERE valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed
  AND standing = 'open' AND qualified IS NOT NULL AND amount IS NOT NULL
  AND NOT contains(lower(coalesce(type, '')), 'renew')
GROUP BY ALL
"""

# The same with what our figures also say: how many deals were left out of each.
WIN_RATE_WHOLE = """
SELECT owner, date_trunc('month', closed) AS month, count(*) FILTER (NOT renewal) AS decided,
       count(*) FILTER (won AND NOT renewal) AS won, count(*) FILTER (renewal) AS left_out
FROM (SELECT owner, closed, standing = 'won' AS won, contains(lower(coalesce(type, '')), 'renew') AS renewal
      FROM deal
      WHERE valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed
        AND standing IN ('won', 'lost') AND closed IS NOT NULL)
GROUP BY ALL
"""

OPEN_PIPELINE_WHOLE = """
SELECT stage, count(*) FILTER (code = 0) AS deals, sum(amount) FILTER (code = 0) AS amount,
       count(*) FILTER (code > 0) AS left_out
FROM (SELECT stage, amount, CASE WHEN contains(lower(coalesce(type, '')), 'renew') THEN 1 WHEN qualified IS NULL THEN 2
                                 WHEN amount IS NULL THEN 3 ELSE 0 END AS code
      FROM deal
      WHERE valid_from <= $t AND valid_to > $t AND known_from <= $k AND known_to > $k AND NOT removed
        AND standing = 'open')
GROUP BY ALL
"""

Rows = dict[tuple[str, ...], tuple[int, ...]]


def win_rate_5m(small: bool, place: Path) -> Line:
    """Win rate by owner by month, warm, against SQL written by hand on the same file."""
    at = _open(place, SMALL if small else FULL, LAST)
    return _against_sql("win_rate_5m", small, at, ask(at, "win_rate", ("owner", "month")), WIN_RATE, WIN_RATE_WHOLE)


def open_pipeline_5m(small: bool, place: Path) -> Line:
    """The open pipeline by stage as of a day in the past, warm, against SQL written by hand on the same file."""
    at = _open(place, SMALL if small else FULL, PAST)
    asked = ask(at, "open_pipeline", ("stage",))
    return _against_sql("open_pipeline_5m", small, at, asked, OPEN_PIPELINE, OPEN_PIPELINE_WHOLE)


def _against_sql(name: str, small: bool, at: Snapshot, asked: Asked, sql: str, whole: str) -> Line:
    runs = 3 if small else 9
    con = duckdb.connect(str(_file(at)), read_only=True)
    bound = {"t": at.t, "k": at.k}
    answer: dict[str, Result] = {}
    found: dict[str, list[tuple[Any, ...]]] = {}

    def ours() -> float:
        return seconds(lambda: answer.update(last=evaluate(at, asked)))

    def by_hand() -> float:
        return seconds(lambda: found.update(bare=con.execute(sql, bound).fetchall()))

    def with_left_out() -> float:
        return seconds(lambda: found.update(whole=con.execute(whole, bound).fetchall()))

    mine, theirs, more = _timed(ours, by_hand, with_left_out, runs=runs)
    facts = _facts(answer["last"])
    assert {key: of[:2] for key, of in facts.items()} == _typed(found["bare"], 2), "ours and the SQL by hand differ"
    assert facts == _typed(found["whole"], 3), "ours and the SQL with what was left out differ"
    con.close()
    at.close()
    ratio = median(mine) / median(theirs)
    note = (
        f"{_size(small)} versions, {len(answer['last'].groups)} groups, equal results; as of {at.as_of_text}; ours is "
        f"evaluate() whole, with intervals, references and what was left out; {spread('ours', mine)}, "
        f"{spread('SQL', theirs)}; against SQL that also counts what it leaves out {median(mine) / median(more):.2f}x"
    )
    return Line(name, median(mine), median(theirs), "<= 1.3x", ratio <= 1.3, "s", runs, note)


def pandas_5m(small: bool, place: Path) -> Line:
    """Win rate by owner by month, warm, against pandas that loads the versions and computes it."""
    runs = 2 if small else 3
    at = _open(place, SMALL if small else FULL, LAST)
    question = ask(at, "win_rate", ("owner", "month"))
    versions = place / f"versions-{SMALL if small else FULL}.parquet"
    if not versions.exists():
        con = duckdb.connect(str(_file(at)), read_only=True)
        con.execute("SET preserve_insertion_order = false")
        con.execute(f"COPY (SELECT {', '.join(COLUMNS)} FROM deal) TO '{versions}' (FORMAT parquet)")
        con.close()
    answer: dict[str, Result] = {}
    found: dict[str, Rows] = {}

    def ours() -> float:
        return seconds(lambda: answer.update(last=evaluate(at, question)))

    def baseline() -> float:
        gc.collect()
        return seconds(lambda: found.update(last=_with_pandas(versions, at.t, at.k)))

    mine, theirs = _timed(ours, baseline, runs=runs)
    assert {key: facts[:2] for key, facts in _facts(answer["last"]).items()} == found["last"], "ours and pandas differ"
    at.close()
    ratio = median(mine) / median(theirs)
    note = (
        f"{_size(small)} versions; pandas reads {len(COLUMNS)} columns of a Parquet file, {versions.stat().st_size >> 20} "
        f"MB, and computes; equal results; {spread('ours', mine)}, {spread('pandas', theirs)}"
    )
    return Line("pandas_5m", median(mine), median(theirs), "<= 0.2x", ratio <= 0.2, "s", runs, note)


COLUMNS = ("owner", "type", "standing", "closed", "removed", "valid_from", "valid_to", "known_from", "known_to")


def _with_pandas(versions: Path, t: datetime, k: datetime) -> Rows:
    import pandas as pd

    all_ = pd.read_parquet(versions, columns=list(COLUMNS))
    held = (all_.valid_from <= t) & (all_.valid_to > t) & (all_.known_from <= k) & (all_.known_to > k) & ~all_.removed
    then = all_[held & all_.standing.isin(["won", "lost"]) & all_.closed.notna()]
    then = then[~then.type.fillna("").str.lower().str.contains("renew", regex=False)]
    month = pd.to_datetime(then.closed).dt.to_period("M").astype(str)
    groups = (then.standing == "won").groupby([then.owner, month]).agg(["count", "sum"])
    return {tuple(key): (int(n), int(won)) for key, n, won in groups.itertuples()}


def _timed(*works: Callable[[], float], runs: int) -> list[list[float]]:
    # What was made before is not looked through again by a collection that happens to fall into one of the two.
    gc.collect()
    gc.freeze()
    try:
        return alternate(*works, runs=runs, warm=2)
    finally:
        gc.unfreeze()


def _open(place: Path, deals: int, as_of: str) -> Snapshot:
    return open_snapshot(company(place, deals), Ambient(as_of=as_of))


def _file(at: Snapshot) -> Path:
    release = current(at.workspace.state)
    assert release is not None
    return release_path(at.workspace.state, release.number)


def _size(small: bool) -> str:
    return f"{(SMALL if small else FULL) * VERSIONS:,}"


def _facts(result: Result) -> Rows:
    money = bool(result.asked.metric.sum)
    return {
        key: (one.n, one.total if money else one.num, sum(one.left_out.values()))
        for key, one in result.group_sums.items()
        if one.n
    }


def _typed(rows: list[tuple[Any, ...]], width: int) -> Rows:
    """The rows with a count by their members; the last `width` columns are numbers, the count first."""
    found: Rows = {}
    for row in rows:
        key = tuple(part.strftime("%Y-%m") if hasattr(part, "strftime") else str(part) for part in row[:-width])
        if row[-width]:
            found[key] = tuple(int(number) for number in row[-width:])
    return found
