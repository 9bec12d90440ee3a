"""Does every benchmark still run, and say its line?"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import BENCHES
from tests.conftest import NIGHTLY

# What costs ten seconds and more even when it is small, or measures what another test plays every day anyway.
LONG = {
    "demo", "door", "help", "page", "review_scrub", "review_whole", "serve_html", "serve_json", "warm_measure",
}  # fmt: skip
DAILY = [name for name in BENCHES if NIGHTLY or name not in LONG]
KEYS = {"name", "ours", "baseline", "ratio", "target", "met", "unit", "seed", "runs", "versions", "note"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one benchmark has generated, the next one uses."""
    return tmp_path_factory.mktemp("bench")


@pytest.mark.parametrize("name", DAILY)
def test_it_prints_one_valid_line(name: str, place: Path, root: Path) -> None:
    argv = [sys.executable, "-m", "bench", name, "--small", "--keep", str(place)]
    ran = subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr[-3000:]
    (text,) = ran.stdout.splitlines()
    line = json.loads(text)
    assert set(line) == KEYS
    assert line["name"] == name
    assert (
        line["ours"] > 0
        and line["baseline"] > 0
        and line["ratio"] == pytest.approx(line["ours"] / line["baseline"], rel=0.01)
    )
    assert isinstance(line["met"], bool) and isinstance(line["seed"], int) and line["runs"] >= 1
    assert set(line["versions"]) == {"python", "duckdb", "ibis", "saleswright"}


def test_part_of_a_name_is_enough_where_it_is_one_only(root: Path) -> None:
    argv = [sys.executable, "-m", "bench", "serve"]
    ran = subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 2
    assert "several: serve_json, serve_html" in ran.stderr


def test_the_list_names_them_all(root: Path) -> None:
    argv = [sys.executable, "-m", "bench", "--list"]
    ran = subprocess.run(argv, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    assert [text.split()[0] for text in ran.stdout.splitlines()] == list(BENCHES)
