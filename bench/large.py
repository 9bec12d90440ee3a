"""How much memory does a very large CSV take, and how long is it from an own export to the first screen?"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import duckdb

from bench.child import PYTHON, Ran, run, saleswright
from bench.importing import _ALONE, _SETTINGS, _is_whole, deals_csv
from bench.line import Line, alternate, median, spread

SIZE, SMALL_SIZE = 1_000_000_000, 3_000_000
MEMORY = 400e6
GROUP = 122_880
SCREEN, SMALL_SCREEN = 50_000, 2_000
PATIENCE = 60
# A child counts what its parent held when it was started, so a small process starts it and tells its peak.
_TELL = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(used.ru_maxrss * (1 if sys.platform == "darwin" else 1024), used.ru_utime + used.ru_stime)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""
_BARE = (PYTHON, "-c", "import duckdb; duckdb.connect().execute('SELECT 1').fetchall()")


def csv_memory(small: bool, place: Path) -> Line:
    """Peak memory of an import of a CSV of 1 GB above a bare interpreter with DuckDB loaded, against DuckDB alone."""
    path, deals = _of_size(place, SMALL_SIZE if small else SIZE)
    chunk = _chunk(path)
    folder, file = place / "memory", place / "memory.duckdb"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "saleswright.toml").write_text(_SETTINGS, encoding="utf-8")
    bare = _peak(_BARE, place)[0]
    held, cpu, seconds = _peak(saleswright("import", str(path), "--json"), folder)
    _is_whole(folder, deals)
    shutil.rmtree(folder)
    file.unlink(missing_ok=True)
    theirs, _, waited = _peak((PYTHON, "-c", _ALONE, str(path), str(file)), place)
    file.unlink()
    above, alone = held - bare, max(theirs - bare, 1)
    note = (
        f"{path.stat().st_size / 1e9:.2f} GB, {deals:,} rows of 19 columns; the most that the process or any child of it "
        f"held, less {bare / 1e6:.0f} MB of Python with DuckDB loaded; one column chunk is {GROUP:,} values (DuckDB's row "
        f"group) of the widest column, {chunk / 1e6:.1f} MB here; {seconds:.0f} s by the wall, {cpu:.0f} s of "
        f"processor; the baseline is DuckDB alone reading the file into a table, {waited:.0f} s"
    )
    met = above <= MEMORY + chunk
    return Line("csv_memory", above / 1e6, alone / 1e6, "<= 400 MB above one column chunk", met, "MB", 1, note)


def first_screen_50k(small: bool, place: Path) -> Line:
    """A workspace made out of an own export of 50,000 deals, to the printed first screen, in a fresh process."""
    deals, runs = (SMALL_SCREEN, 1) if small else (SCREEN, 3)
    path = deals_csv(place, deals)
    ran: list[Ran] = []

    def ours() -> float:
        folder = place / "screen"
        shutil.rmtree(folder, ignore_errors=True)
        ran.append(run(saleswright("init", str(folder), "--from", str(path))))
        _is_whole(folder, deals)
        assert "win rate" in ran[-1].out.lower() or "open" in ran[-1].out.lower(), ran[-1].out[-2000:]
        return ran[-1].seconds

    def baseline() -> float:
        file = place / "screen.duckdb"
        file.unlink(missing_ok=True)
        return run((PYTHON, "-c", _ALONE, str(path), str(file))).seconds

    mine, theirs = alternate(ours, baseline, runs=runs, warm=0 if small else 1)
    lines = sum(1 for line in ran[-1].out.splitlines() if line.strip())
    note = (
        f"{deals:,} rows of 19 columns, {path.stat().st_size / 1e6:.0f} MB, nothing asked; init --from in a fresh process to "
        f"its last printed line ({lines} lines), by the wall; processor of ours {median([r.cpu for r in ran]):.1f} s, peak "
        f"memory {max(r.peak for r in ran) / 1e6:.0f} MB; {spread('ours', mine)}, {spread('DuckDB reading it', theirs)}"
    )
    met = median(mine) <= PATIENCE
    return Line("first_screen_50k", median(mine), median(theirs), "<= 60 s", met, "s", runs, note)


def _peak(argv: Sequence[str], cwd: Path) -> tuple[int, float, float]:
    """(peak bytes of a command and its children, seconds of processor, seconds by the wall)."""
    ran = run((PYTHON, "-S", "-c", _TELL, *argv), cwd=cwd)
    peak, cpu = ran.out.split()[-2:]
    return int(peak), float(cpu), ran.seconds


def _of_size(place: Path, size: int) -> tuple[Path, int]:
    """(a generated export of about that many bytes, its rows)."""
    sample = 20_000
    each = deals_csv(place, sample).stat().st_size / sample
    deals = round(size / each)
    return deals_csv(place, deals), deals


def _chunk(path: Path) -> int:
    """Bytes that one row group of the widest column takes as text in memory."""
    with duckdb.connect() as con:
        rows = f"(FROM read_csv('{path}', header = true, all_varchar = true) LIMIT {GROUP})"
        names = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()]
        # DuckDB keeps 16 bytes for each text beside its letters.
        sizes = ", ".join(f'sum(strlen("{name}")) + 16 * count(*)' for name in names)
        found = con.execute(f"SELECT {sizes} FROM {rows}").fetchone()
    assert found is not None
    return max(int(size or 0) for size in found)
