"""AutoETS is an extra in an environment of its own: it refuses clearly where that is not there, and speaks where it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.forecast.plain.ets import FEWEST, auto_ets
from tests.conftest import NIGHTLY, lacking
from tests.measure.forecast.seeds import drawn
from tests.workspaces import once

QUARTERS = np.tile([10.0, 20, 30, 60], 5)


def test_it_refuses_clearly_where_the_package_is_not_there():
    assert find_spec("statsforecast") is None
    for interpreter in ("", "/nowhere/python"):
        with pytest.raises(Stop) as stopped:
            auto_ets(QUARTERS, 4, interpreter=interpreter)
        (issue,) = stopped.value.issues
        assert issue.what.startswith("AutoETS needs statsforecast") and "uv pip install" in issue.try_


def test_a_short_history_is_no_history_and_asks_nobody():
    assert auto_ets(QUARTERS[: FEWEST - 1], 4).reason == f"{FEWEST - 1} whole periods, and it takes {FEWEST}"
    for wrong in ((0, 1), (4, 0)):
        with pytest.raises(ValueError):
            auto_ets(QUARTERS, *wrong)


@pytest.fixture(scope="module")
def smoothing(tmp_path_factory: pytest.TempPathFactory, need: Callable[[str], Path]) -> str:
    """The Python of an environment with the package, made once for all workers."""
    uv = need("uv")
    base = tmp_path_factory.getbasetemp()
    base = base.parent if base.name.startswith("popen-") else base

    def make(folder: Path) -> None:
        package = "statsforecast>=2,<3"
        for command in (("venv", "-q", folder), ("pip", "install", "-q", "--python", folder / "bin/python", package)):
            done = subprocess.run([uv, *command], capture_output=True, text=True, timeout=300, cwd=folder.parent)
            if done.returncode:
                lacking(f"no environment for {package}: {done.stderr.strip().splitlines()[-1]}")

    return str(once(base / "smoothing", make) / "bin/python")


@pytest.mark.skipif(
    not NIGHTLY, reason="the long version (SALESWRIGHT_NIGHTLY=1): an environment that compiles as it runs"
)
def test_where_it_is_there_it_follows_the_season_and_has_a_law_of_its_errors(smoothing: str):
    rng = drawn()
    noisy = (QUARTERS * rng.lognormal(0, 0.05, QUARTERS.size))[:16]
    told = auto_ets(noisy, 4, ahead=1, won=9, interpreter=smoothing)
    assert told.point == pytest.approx(10, rel=0.3) and told.errors == 6
    assert 9 <= told.quantile(0.1) <= told.quantile(0.9) and np.isfinite(told.crps(10))
