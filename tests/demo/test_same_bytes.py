"""The demo is a pure function of seed and day: the same bytes always, everywhere."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from saleswright.demo import world as demo
from saleswright.demo.emit import emit
from tests.demo.truth import SEED, UNTIL

PROGRAM = """
import sys
from datetime import date
from pathlib import Path
from saleswright.demo.emit import emit
from saleswright.demo.world import build
emit(build(int(sys.argv[1]), date.fromisoformat(sys.argv[2])), Path(sys.argv[3]))
"""


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_twice_in_one_process(folder: Path, tmp_path: Path) -> None:
    paths = emit(demo.build(SEED, date.fromisoformat(UNTIL)), tmp_path)
    assert {path.name for path in paths} == set(digests(folder))
    assert digests(tmp_path) == digests(folder)


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_under_another_hash_seed(folder: Path, tmp_path: Path, hash_seed: str) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", PROGRAM, str(SEED), UNTIL, str(tmp_path)], env=environment, check=True)
    assert digests(tmp_path) == digests(folder)


def test_another_seed_is_another_company(folder: Path, tmp_path: Path) -> None:
    emit(demo.build(SEED + 1, date.fromisoformat(UNTIL)), tmp_path)
    here, there = digests(folder), digests(tmp_path)
    same = {name for name in here if here[name] == there[name]}
    assert same == {"Product2.csv"}


def test_nothing_planted_is_written(folder: Path) -> None:
    for path in folder.iterdir():
        header = path.open(encoding="utf-8").readline().lower()
        assert not any(word in header for word in ("planted", "zombie", "duplicate", "dark", "truth")), path.name


@pytest.mark.parametrize(("until", "months"), [("2026-03-01", 24), ("2024-02-29", 12), ("2027-01-01", 3)])
def test_any_day_and_length(until: str, months: int, tmp_path: Path) -> None:
    day = date.fromisoformat(until)
    world = demo.build(3, day, months)
    assert len(emit(world, tmp_path)) == 22
    assert max(change.instant for deal in world.deals for change in deal.changes) < (day.toordinal() + 1) * 86_400


def test_too_short_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        demo.build(1, date(2026, 1, 1), 2)
