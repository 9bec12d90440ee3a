"""What does a benchmark say? One line of JSON, the same keys for every one."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version

SEED = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement: medians of ours and of the baseline, the target, and whether it is met."""

    name: str
    ours: float
    baseline: float
    target: str
    met: bool
    unit: str
    runs: int
    note: str

    @property
    def ratio(self) -> float:
        """Ours over the baseline, whatever the unit."""
        return self.ours / self.baseline if self.baseline else float("inf")

    def text(self) -> str:
        """The line as JSON."""
        content = asdict(self)
        note = content.pop("note")
        content |= {"ours": _short(self.ours), "baseline": _short(self.baseline), "ratio": _short(self.ratio)}
        return json.dumps({**content, "seed": SEED, "versions": versions(), "note": note})


def versions() -> dict[str, str]:
    """What a figure depends on beside the machine."""
    found = {name: version(package) for name, package in (("duckdb", "duckdb"), ("ibis", "ibis-framework"))}
    return {"python": platform.python_version(), **found, "saleswright": version("saleswright")}


def seconds(work: Callable[[], object]) -> float:
    """How long does it take, by the wall?"""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(*works: Callable[[], float], runs: int, warm: int = 1) -> list[list[float]]:
    """What each reads, in turn: ours, baseline, ours, baseline ... The first `warm` turns are not counted."""
    turns = [[work() for work in works] for _ in range(warm + runs)][warm:]
    return [list(found) for found in zip(*turns, strict=True)]


def spread(name: str, found: list[float], unit: str = "s") -> str:
    """The lowest and the highest reading in words, for the note."""
    return f"{name} {_short(min(found))}-{_short(max(found))} {unit}"


median = statistics.median


def _short(value: float) -> float:
    return float(f"{value:.4g}")
