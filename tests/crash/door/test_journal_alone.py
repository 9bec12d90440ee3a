"""A writer of the journal is killed, or its disk is full: what it was told is written stands, the rest is not there."""

from __future__ import annotations

import random

from tests.conftest import NIGHTLY
from tests.crash.door import checks
from tests.crash.door.play import Book, Stage
from tests.crash.play import barriers

KILLS = 400 if NIGHTLY else 12
ENDS = 400 if NIGHTLY else 16
ONE = ["note", {"count": 3}]


def stands(book: Book, told: list[list[int]]) -> int:
    """The chain verifies, whole transactions only, and all that was told is in it. How many records there are."""
    found = book.found
    checks.chained(found)
    numbers = [row["seq"] for row in found["record"]]
    assert {seq for answer in told for seq in answer} <= set(numbers)
    moments = [row["at"] for row in found["record"]]
    assert all(moments.count(at) == 3 for at in set(moments)), "a transaction is there in part"
    return len(numbers)


def test_killed_at_its_barriers(stage: Stage) -> None:
    played = barriers()["tests/crash/door/test_kills.py"]
    met = [name for name, files in played.items() if "kernel/journal/store.py" in files]
    assert {"before-commit", "after-commit"} <= set(met)
    book = stage.book()
    done = book.give(ONE)["told"]
    for name in sorted(met):
        before = stands(book, done)
        ended = book.give(ONE, at=name)
        assert stands(book, done) - before == (3 if name == "after-commit" else 0) * ended["killed"]
        done += book.give(ONE)["told"]
    assert stands(book, done) == 3 * (len(done) + 1)


def test_killed_at_any_moment(stage: Stage) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance, book, done, hits = random.Random(seed), stage.book(), [], 0
    for _ in range(KILLS):
        ended = book.give(*[ONE] * 200, after=chance.randrange(1_000, 120_000))
        hits += ended["killed"]
        done += [answer for answer in ended["told"] if isinstance(answer, list)]
        there = stands(book, done)
        # At most the one transaction is there that nobody was told of.
        assert there <= 3 * (len(done) + hits)
    assert hits >= KILLS // 2
    assert book.give(ONE)["code"] == 0


def test_each_write_fails_once(stage: Stage) -> None:
    """The disk ends a little further each time: a clear message, no partial state, and the next one goes through."""
    book = stage.book()
    done = book.give(ONE)["told"]
    log = book.root / ".saleswright" / "journal.sqlite-wal"
    failed, chance = 0, random.Random(5)
    size = log.stat().st_size if log.exists() else 0
    for n in range(ENDS):
        full = 1 + size + n * (60_000 // ENDS) + chance.randrange(2_000)
        ended = book.give(["note", {"count": 3, "size": 3_000}], full=full)
        there = stands(book, done)
        if ended["code"]:
            failed += 1
            said = ended["told"][-1]
            assert "stop" in said, said
            assert "SELECT" not in said["said"] and "INSERT" not in said["said"] and "sqlalche" not in said["said"]
            assert there == 3 * len(done), "something of a failed write is there"
        else:
            done += ended["told"]
        done += book.give(ONE)["told"]
        size = log.stat().st_size if log.exists() else 0
    assert failed >= ENDS // 4
    stands(book, done)
