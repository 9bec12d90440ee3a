"""What every test may ask for: the public data beside the project, things of the machine, a pinned clock.

A thing that is missing here is a skip with its reason for a person, and a failure under CI=1.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.workspaces", "tests.journals", "tests.texts"]
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
NIGHTLY = os.environ.get("SALESWRIGHT_NIGHTLY", "") not in ("", "0")
CI = os.environ.get("CI", "").lower() in ("1", "true")
SLOW_FILE = 60.0
# Begun first, the longest before the others: a long file begun last would leave the other workers without work. Between
# two that wait for the same sample company stands one that does not.
FIRST = (
    "tests/contracts/test_engines.py",
    "tests/contracts/test_faces.py",
    "tests/layouts/test_tables.py",
    "tests/layouts/test_reports.py",
    "tests/crash/test_barriers.py",
    "tests/faces/export/test_every_action.py",
    "tests/measure/test_catalogue_laws.py",
    "tests/measure/test_catalogue_laws_2.py",
    "tests/measure/test_leave_out.py",
    "tests/contracts/test_own_metrics.py",
    "tests/data/imports/test_currency_told_once.py",
    "tests/bench/test_benches.py",
    "tests/layouts/test_beside.py",
    "tests/layouts/test_others.py",
)

_CHECKS = [HealthCheck.too_slow]
settings.register_profile("dev", deadline=None, max_examples=50, suppress_health_check=_CHECKS, database=None)
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=_CHECKS, database=None)
settings.load_profile("nightly" if NIGHTLY else "dev")

# Where a thing is looked for, and what a person does when it is not there.
THINGS: dict[str, tuple[tuple[str, ...], str]] = {
    "chromium": (("chromium", "chromium-browser", "google-chrome"), "install the distribution's chromium"),
    "java": (("java",), "install a Java runtime, 17 or newer"),
    "uv": (("uv", str(ROOT / ".tools" / "bin" / "uv")), "run make setup, or install uv"),
    "git": (("git",), "install git"),
}


def lacking(reason: str) -> NoReturn:
    """End this test because the machine lacks something: a skip for a person, a failure under CI=1."""
    if CI:
        pytest.fail(f"{reason} (a skip without CI=1)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def nightly() -> bool:
    """Is this the long version (SALESWRIGHT_NIGHTLY=1)?"""
    return NIGHTLY


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the project. Never change it, never copy it in."""
    if not SHARED.is_dir():
        lacking("the public data is not here: it belongs in ../shared/data, beside the project")
    return SHARED


@pytest.fixture(scope="session")
def need() -> Callable[[str], Path]:
    """`need("chromium")`: the path of a program this test cannot do without."""

    def look(thing: str) -> Path:
        names, advice = THINGS.get(thing, ((thing,), f"install {thing}"))
        found = next(filter(None, map(shutil.which, names)), None)
        if found is None:
            lacking(f"{thing} is not on this machine: {advice}")
        return Path(found)

    return look


@pytest.fixture
def pin_now(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """`pin_now("2026-11-22T09:00:00+00:00")`: the product's clock stands there until the test ends."""

    def pin(text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        monkeypatch.setenv("SALESWRIGHT_NOW", moment.isoformat())
        return moment

    return pin


def pytest_configure() -> None:
    """No SALESWRIGHT_ setting of the person's shell reaches a test, but the choice of the long version."""
    for key in [k for k in os.environ if k.startswith("SALESWRIGHT_") and k != "SALESWRIGHT_NIGHTLY"]:
        del os.environ[key]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files before the others, each in its own order."""
    turn = {file: place for place, file in enumerate(FIRST)}
    items.sort(key=lambda item: turn.get(item.nodeid.split("::")[0], len(FIRST)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the test files that took longer than a file may."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0]] += report.duration
    for file, took in seconds.most_common():
        if took > SLOW_FILE and not NIGHTLY:
            terminalreporter.write_line(f"slow file: {file} took {took:.0f} s; a file may take {SLOW_FILE:.0f} s")
