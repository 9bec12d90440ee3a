"""A sample company of a seed drawn at run time, as somebody would have it on the Sunday before the review."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.demo.world import build as build_world
from saleswright.history.snapshot import Snapshot, open_snapshot
from saleswright.kernel.call import Ambient
from tests.demo.truth import Truth, truth

MADE = "2026-11-22T08:00:00+00:00"
NOW = "2026-11-22T12:00:00+00:00"
UNTIL = date(2026, 11, 22)


@dataclass(frozen=True)
class Drawn:
    """A sample company: its seed, its workspace, and what was planted in it."""

    seed: int
    folder: Path
    truth: Truth


def opened(folder: Path, as_of: str = "", actor: str = "") -> Snapshot:
    """The record in a folder, as somebody sees it."""
    return open_snapshot(saleswright.open(folder).workspace, Ambient(as_of=as_of, actor=actor))


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    seed = random.SystemRandom().randrange(10_000)
    print(f"seed {seed}")
    folder = tmp_path_factory.mktemp("scrub") / "company"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", MADE)
        build().call(None, "demo", {"folder": str(folder), "no_serve": True, "seed": seed, "until": UNTIL.isoformat()})
    return Drawn(seed, folder, truth(build_world(seed, UNTIL)))
