"""Give a target many changed inputs; keep the one that breaks it, so that it can be played again."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
import time
from pathlib import Path

from tests.conftest import NIGHTLY
from tests.corpus.play import Hang, limit
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import Target

SEED = 20261122
LONG = 2_000_000
SLOWEST = 30.0
"""Seconds for one input; none is larger than 200 kB."""
_RESEEDED = 64


class Broken(AssertionError):
    """A target broke, and where the input is."""


def inputs(target: Target) -> int:
    """How many inputs for this target: a few, or its part of FUZZ_INPUTS (all targets together) in the long version."""
    whole = int(os.environ.get("FUZZ_INPUTS") or (LONG if NIGHTLY else 0))
    return max(target.few, round(whole * target.share))


def drive(target: Target, number: int, place: Path, seed: int = SEED) -> int:
    """Run that many inputs, in batches where the target takes them; how many were run. Broken at the first failure."""
    chance = random.Random(f"{target.name}-{seed}")
    seeds = target.seeds(place)
    assert seeds, "a target without seeds tests nothing"
    pool = list(seeds)
    done = 0
    with target.opened(place) as run:
        while done < number:
            size = min(target.batch, number - done)
            batch = [mutated(chance.choice(pool), seeds, chance) for _ in range(size)]
            for n in range(0, size, _RESEEDED):
                # Changes of changed inputs reach further than those of the seeds alone.
                pool[len(seeds) :] = [*pool[len(seeds) :], batch[n]][-200:]
            try:
                with limit(SLOWEST):
                    run(batch)
            except Exception as error:
                single = batch if size == 1 else [_culprit(run, batch)]
                raise Broken(kept(target.name, single[0], error)) from error
            done += size
    return done


def _culprit(run: object, batch: list[bytes]) -> bytes:
    """The one input of a batch that breaks alone; all of them as lines when it takes several."""
    assert callable(run)
    for each in batch:
        try:
            with limit(SLOWEST):
                run([each])
        except Exception:
            return each
    return b"\n".join(batch)


def kept(name: str, content: bytes, error: BaseException) -> str:
    """Write a failing input down; how to play it again."""
    folder = Path(tempfile.gettempdir()) / "saleswright-fuzz"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.bin"
    path.write_bytes(content)
    kind = "still busy" if isinstance(error, Hang) else f"{type(error).__name__}: {str(error)[:600]}"
    return f"{name}: {kind}\nplay it again: python -m tests.fuzz.replay {name} {path}"


def timed(target: Target, number: int, place: Path) -> tuple[int, float]:
    """(inputs, seconds) of a run."""
    start = time.perf_counter()
    return drive(target, number, place), time.perf_counter() - start
