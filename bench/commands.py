"""How long does a person wait for a command? Whole processes, from typing it to its end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from bench.child import BARE, PYTHON, free_port, run, saleswright, server
from bench.company import company
from bench.line import Line, alternate, median, spread

FULL, SMALL = 100_000, 2_000
MEASURE = ("measure", "win_rate", "--by", "team", "--json")
HEAVY = ("ibis", "pandas", "sqlglot", "pyarrow", "numpy")

# The same command inside a process that says at its end what it has imported.
_SAYS = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr))
from saleswright.__main__ import main
main()
"""


def warm_measure(small: bool, place: Path) -> Line:
    """A measure whose text is compiled already, and a proof that neither Ibis nor pandas was imported for it."""
    runs = 3 if small else 11
    folder = company(place, SMALL if small else FULL).root
    figure = json.loads(run(saleswright(*MEASURE), cwd=folder).out)
    assert figure["schema"] == "saleswright/1", figure
    said = run((PYTHON, "-c", _SAYS, *MEASURE), cwd=folder)
    imported = sorted(set(json.loads(said.err.splitlines()[-1])) & set(HEAVY))
    mine, theirs = alternate(
        lambda: run(saleswright(*MEASURE), cwd=folder).seconds, lambda: run(BARE, cwd=folder).seconds, runs=runs
    )
    note = (
        f"{SMALL if small else FULL:,} deals; imported of {', '.join(HEAVY)}: {', '.join(imported) or 'none'}; "
        f"the baseline is python -c pass; {spread('ours', mine)}"
    )
    met = median(mine) <= 1.5 and not {"ibis", "pandas"} & set(imported)
    return Line("warm_measure", median(mine), median(theirs), "<= 1.5 s, no ibis, no pandas", met, "s", runs, note)


def cold_measure(small: bool, place: Path) -> Line:
    """The same measure with nothing compiled."""
    runs = 1 if small else 5
    workspace = company(place, SMALL if small else FULL)

    def ours() -> float:
        shutil.rmtree(workspace.state / "cache", ignore_errors=True)
        return run(saleswright(*MEASURE), cwd=workspace.root).seconds

    mine, theirs = alternate(ours, lambda: run(BARE, cwd=workspace.root).seconds, runs=runs, warm=0)
    note = f"{SMALL if small else FULL:,} deals; the baseline is python -c pass; {spread('ours', mine)}"
    return Line("cold_measure", median(mine), median(theirs), "<= 6 s", median(mine) <= 6, "s", runs, note)


def help(small: bool, place: Path) -> Line:
    """The first page of help, whole process, against an interpreter that does nothing."""
    runs = 3 if small else 15
    assert "measure" in run(saleswright("--help"), cwd=place).out
    mine, theirs = alternate(
        lambda: run(saleswright("--help"), cwd=place).seconds, lambda: run(BARE, cwd=place).seconds, runs=runs
    )
    note = f"the baseline is python -c pass; {spread('ours', mine)}, {spread('python', theirs)}"
    ratio = median(mine) / median(theirs)
    return Line("help", median(mine), median(theirs), "<= 25x", ratio <= 25, "s", runs, note)


def demo(small: bool, place: Path) -> Line:
    """`saleswright demo` in an empty folder, until the first page answers 200."""
    runs = 1 if small else 3

    def ours() -> float:
        folder = place / "demo"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        port = free_port()
        with server(saleswright("demo", "--port", str(port)), port, "/", cwd=folder) as took:
            return took

    mine, theirs = alternate(ours, lambda: run(BARE, cwd=place).seconds, runs=runs, warm=0)
    note = f"the baseline is python -c pass; {spread('ours', mine)}"
    return Line("demo", median(mine), median(theirs), "<= 15 s", median(mine) <= 15, "s", runs, note)
