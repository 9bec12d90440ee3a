"""What was tried on past days, kept in the workspace by content: the same rows are not tried a second time by another process.

Half of what a forecast costs is fitting to what was known on four past days (chance/trial.py). What that finds depends on the
rows, the splits, the ends of periods and the code alone, so a file named by all of these holds it. A file that cannot be read is
none, and only the newest are kept.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from dataclasses import dataclass, fields
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np

from saleswright.measure.flow.columns import Ints
from saleswright.measure.forecast.chance import trial
from saleswright.measure.forecast.panel.panel import Panel

FOLDER, MOST = "tried", 16


@dataclass(frozen=True)
class Tried:
    """The trials of a workspace. state: its folder of what can be made anew."""

    state: Path

    def roll(self, panel: Panel, groups: tuple[str, ...], ends: Ints | None, seed: int) -> trial.Trial:
        """As trial.roll, from the file of a process that tried the same."""
        path = self.state / "cache" / FOLDER / f"{_digest(panel, groups, ends, seed)}.npz"
        found = _read(path)
        if found is None:
            found = trial.roll(panel, groups, ends, seed)
            _keep(path, found)
        return found


def _read(path: Path) -> trial.Trial | None:
    try:
        with np.load(path, allow_pickle=False) as held:
            return trial.Trial(**{one.name: held[one.name] for one in fields(trial.Trial)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _keep(path: Path, found: trial.Trial) -> None:
    """Whole or not at all; a workspace that cannot be written to still forecasts."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as out:
            np.savez_compressed(out, **{one.name: getattr(found, one.name) for one in fields(trial.Trial)})
        os.replace(out.name, path)
        for old in sorted(path.parent.iterdir(), key=lambda one: one.stat().st_mtime)[:-MOST]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _digest(panel: Panel, groups: tuple[str, ...], ends: Ints | None, seed: int) -> str:
    found = blake2b(digest_size=16)
    found.update(_code())
    found.update(repr((groups, seed, panel.told, panel.names, panel.lacking)).encode())
    columns = {one.name: getattr(panel, one.name) for one in fields(panel)} | dict(panel.groups) | {"ends": ends}
    for name in sorted(columns):
        if isinstance(columns[name], np.ndarray):
            found.update(f"{name} {columns[name].dtype} {columns[name].shape}".encode())
            found.update(np.ascontiguousarray(columns[name]).tobytes())
    return found.hexdigest()


@cache
def _code() -> bytes:
    """What the answer depends on beside the rows: the model's own text, and the version of what calculates."""
    found = blake2b(np.__version__.encode())
    for path in sorted(Path(trial.__file__).parent.glob("*.py")):
        found.update(path.read_bytes())
    return found.digest()
