"""50 writers at once, each a process of its own, and a checker of what they say they did.

    python -m tests.kernel.journal.writers FOLDER JOURNAL SECONDS WRITERS PAUSE

Every writer reads a shared cell, adds one, and records it, in one transaction; now and then it only looks. It logs when it
asked, when it was answered, what it read, wrote, and under which number. PAUSE: the mean of its thinking, in seconds.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from saleswright.kernel.journal.tables import answered
from saleswright.kernel.workspace import Workspace
from tests.journals import empty, opened

CELLS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One transaction: who, when asked and answered (seconds, one clock for all), which cell, what was read and written.

    seq: the record's number, 0 for a look. said: what a person would have been shown as an error.
    """

    writer: int
    asked: float
    answered: float
    cell: str
    read: int
    wrote: int
    seq: int
    said: str = ""


def begin(workspace: Workspace) -> None:
    """Make the cells."""
    with opened(workspace).write("start") as w:
        for number in range(CELLS):
            w.con.execute(answered.insert().values(key=f"cell {number}", digest="", status=0, answer="", at=0))
        w.record("did", "start")


def write(workspace: Workspace, number: int, until: float, pause: float) -> Iterator[Call]:
    """One writer."""
    chance, journal, name = random.Random(number), opened(workspace), f"Rep {number:02}"
    while time.monotonic() < until:
        time.sleep(chance.expovariate(1 / pause) if pause else 0)
        cell, look = f"cell {chance.randrange(CELLS)}", chance.random() < 0.1
        value = select(answered.c.at).where(answered.c.key == cell)
        asked, read, wrote, seq, said = time.monotonic(), 0, 0, 0, ""
        try:
            if look:
                with journal.read() as con:
                    read = con.execute(value).scalar_one()
            else:
                with journal.write(name) as w:
                    read = w.con.execute(value).scalar_one()
                    wrote = read + 1
                    w.con.execute(answered.update().where(answered.c.key == cell).values(at=wrote))
                    seq = w.record("did", cell, {"wrote": wrote})
        except Exception as error:
            said = repr(error)
        yield Call(number, asked, time.monotonic(), cell, read, wrote, seq, said)


def checked(calls: list[Call]) -> list[str]:
    """What the calls say that cannot be, were each of them done alone, between asking and answering. Empty: nothing."""
    wrong = [f"shown: {one.said}" for one in calls if one.said]
    done = [one for one in calls if not one.said]
    seqs = sorted(one.seq for one in done if one.seq)
    if seqs != list(range(2, len(seqs) + 2)):
        wrong.append(f"numbers with a gap or twice: {len(seqs)} records up to {seqs[-1] if seqs else 0}")
    by_seq = sorted((one for one in done if one.seq), key=lambda one: one.seq)
    held: dict[str, int] = defaultdict(int)
    for one in by_seq:
        if one.read != held[one.cell] or one.wrote != one.read + 1:
            wrong.append(f"lost: record {one.seq} read {one.read} of {one.cell}, which held {held[one.cell]}")
        held[one.cell] = one.wrote
    # Who was answered before another asked comes before: what is read later is never older.
    for cell in held:
        events = _ordered([one for one in done if one.cell == cell])
        least, promised = 0, {}
        for ended, place, one in events:
            if not ended:
                promised[place] = least
            else:
                if one.read < promised[place]:
                    wrong.append(f"old: {one} was answered {one.read} where {promised[place]} had been said before")
                least = max(least, one.wrote or one.read)
    return wrong


def _ordered(calls: list[Call]) -> list[tuple[bool, int, Call]]:
    """Askings and answers in the order they happened; at the same instant the asking first."""
    events = [(one.asked, False, place, one) for place, one in enumerate(calls)]
    events += [(one.answered, True, place, one) for place, one in enumerate(calls)]
    return [(ended, place, one) for _, ended, place, one in sorted(events, key=lambda e: e[:3])]


def read_calls(folder: Path) -> list[Call]:
    """What all writers logged."""
    return [
        Call(**json.loads(line))
        for file in sorted(folder.glob("writer-*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]


def main(folder: Path, journal: str, seconds: float, writers: int, pause: float) -> None:
    """Fork the writers before anything is open, let each open the log and look at it, then let them begin together."""
    workspace = empty(folder, journal)
    begin(workspace)
    (ready, say_ready), (go, say_go) = os.pipe(), os.pipe()
    children = []
    for number in range(writers):
        child = os.fork()
        if child:
            children.append(child)
            continue
        code = 1
        try:
            with opened(workspace).write(f"Rep {number:02}") as w:
                w.con.execute(select(answered.c.at).where(answered.c.key == "cell 0")).scalar_one()
            os.close(say_go)
            os.write(say_ready, b".")
            os.read(go, 1)  # ends when the parent closes its end
            with (folder / f"writer-{number}.jsonl").open("w", encoding="utf-8") as out:
                for call in write(workspace, number, time.monotonic() + seconds, pause):
                    out.write(json.dumps(asdict(call)) + "\n")
            code = 0
        finally:
            os._exit(code)
    there = 0
    while there < writers:
        there += len(os.read(ready, writers))
    os.close(say_go)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * writers


def spent(calls: list[Call]) -> dict[str, Any]:
    """How long writes took, in milliseconds, and how many a second."""
    took = sorted((one.answered - one.asked) * 1000 for one in calls if one.seq)
    span = max(one.answered for one in calls) - min(one.asked for one in calls)
    places = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
    found = {name: round(took[min(int(len(took) * q), len(took) - 1)], 1) for name, q in places.items()}
    return {"writes": len(took), "a second": round(len(took) / span), **found, "longest": round(took[-1], 1)}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
