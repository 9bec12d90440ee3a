"""The long run, in pieces that may be broken off and gone on with: one line of JSON for each replication, kept in a file.

python -m tests.measure.forecast.proof.run --kind stable --number 300 --times 1000 --keep folder
python -m tests.measure.forecast.proof.run --tell folder
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.measure.forecast.proof.once import futures, once
from tests.measure.forecast.proof.told import table
from tests.measure.forecast.worlds import KINDS


def lines(path: Path) -> list[dict[str, Any]]:
    """What is kept. A last line that was broken off is none."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def main() -> None:
    """Run what is missing, or tell what is there."""
    parser = argparse.ArgumentParser(prog="python -m tests.measure.forecast.proof.run")
    parser.add_argument("--kind", choices=KINDS, nargs="+", default=["stable"])
    parser.add_argument("--number", type=int, default=300, help="deals that came in before the day")
    parser.add_argument("--times", type=int, default=1000, help="replications that the file shall hold in the end")
    parser.add_argument("--futures", type=int, default=0, help="other futures of each world")
    parser.add_argument("--keep", type=Path, help="the folder of results")
    parser.add_argument("--tell", type=Path, help="a folder of results: say what they come to")
    given = parser.parse_args()
    if given.tell:
        for path in sorted(given.tell.glob("*.jsonl")):
            sys.stdout.write(f"{path.stem}\n{table(lines(path))}\n")
        return
    given.keep.mkdir(parents=True, exist_ok=True)
    files = {kind: given.keep / f"{kind}-{given.number}.jsonl" for kind in given.kind}
    there = {kind: len(lines(path)) for kind, path in files.items()}
    # In turn, so that whenever it is broken off all worlds have about as many.
    for place in range(given.times):
        for kind, path in files.items():
            if place < there[kind]:
                continue
            seed = int(np.random.SeedSequence().generate_state(1)[0] % 10**8)
            row = once(kind, seed, given.number, closely=place % 4 == 0)
            if given.futures:
                row["futures"] = futures(row, given.futures)
            with path.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
