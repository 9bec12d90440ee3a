"""A sample company of a seed drawn at run time, as somebody would have it on the Sunday before the review."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.demo.world import World
from saleswright.demo.world import build as build_world
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from tests.demo.truth import Truth, truth
from tests.workspaces import once

MADE = "2026-11-22T08:00:00+00:00"
NOW = "2026-11-22T12:00:00+00:00"
UNTIL = date(2026, 11, 22)


@dataclass(frozen=True)
class Drawn:
    """A sample company: its seed, its workspace, and what was planted in it."""

    seed: int
    folder: Path
    truth: Truth
    decided: dict[str, date]
    world: World


def opened(folder: Path, as_of: str = "", actor: str = "") -> Snapshot:
    """The record in a folder, as somebody sees it."""
    return open_snapshot(saleswright.open(folder).workspace, Ambient(as_of=as_of, actor=actor))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """A sample company whose seed is drawn at run time, one for all workers."""

    def make(folder: Path) -> None:
        seed = random.SystemRandom().randrange(10_000)
        args = {"folder": str(folder), "no_serve": True, "seed": seed, "until": UNTIL.isoformat()}
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SALESWRIGHT_NOW", MADE)
            build().call(None, "demo", args)
        (folder / "seed.txt").write_text(str(seed), encoding="utf-8")

    base = tmp_path_factory.getbasetemp()
    folder = once((base.parent if base.name.startswith("popen-") else base) / "drawn", make)
    seed = int((folder / "seed.txt").read_text(encoding="utf-8"))
    print(f"seed {seed}")  # noqa: T201 -- a drawn seed is said, or nobody can draw it again
    world = build_world(seed, UNTIL)
    return Drawn(
        seed,
        folder,
        truth(world),
        {deal.key: date.fromordinal(min(deal.decided, date.max.toordinal())) for deal in world.deals},
        world,
    )
