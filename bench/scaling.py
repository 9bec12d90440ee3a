"""How does the answer grow with the record? The same two questions at three sizes, and on Spark at the largest."""

from __future__ import annotations

import resource
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bench.company import LAST, PAST, VERSIONS, company
from bench.line import Line, median, seconds
from saleswright.history import exported
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.workspace import Workspace
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate

FULL, SMALL = (100_000, 1_000_000, 10_000_000), (500, 5_000, 50_000)
QUESTIONS = (("win_rate", ("owner", "month"), LAST), ("open_pipeline", ("stage",), PAST))


def scaling(small: bool, place: Path) -> Line:
    """Seconds at each size; the largest against ten times the middle one."""
    sizes, runs = (SMALL, 2) if small else (FULL, 5)
    took = {size: _seconds(company(place, size), runs) for size in sizes}
    words = "; ".join(f"{size:,} deals {took[size]:.3f} s" for size in sizes)
    spark = "Spark left out of the small run" if small else _on_spark(company(place, sizes[-1]), runs)
    ours, linear = took[sizes[2]], took[sizes[1]] * sizes[2] / sizes[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    note = (
        f"win rate by owner by month, and open pipeline by stage as of a past day, together; {VERSIONS} versions a deal; "
        f"{words}; {spark}; peak memory {peak:.2f} GB; the baseline is ten times the seconds at {sizes[1]:,}"
    )
    return Line("scaling", ours, linear, "<= 1.2x", ours / linear <= 1.2, "s", runs, note)


def _seconds(space: Workspace, runs: int) -> float:
    total = 0.0
    for name, by, day in QUESTIONS:
        with closing(open_snapshot(space, Ambient(as_of=day))) as at:
            asked = ask(at, name, by)
            evaluate(at, asked)
            total += median([seconds(lambda at=at, asked=asked: evaluate(at, asked)) for _ in range(runs)])
    return total


def _on_spark(space: Workspace, runs: int) -> str:
    at = exported.place(space)
    written = seconds(lambda: exported.export(space, at))
    size = sum(path.stat().st_size for path in Path(at).rglob("*.parquet")) / 1e9
    settings = {"spark.master": "local[2]", "spark.driver.memory": "4g"}
    first = seconds(lambda: open_snapshot(replace(space, engine="spark", spark=settings), Ambient(as_of=LAST)).close())
    took = _seconds(replace(space, engine="spark", spark=settings), runs)
    return f"local Spark on the largest {took:.2f} s, after {written:.1f} s to export {size:.2f} GB and {first:.1f} s to start"
