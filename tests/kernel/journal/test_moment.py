"""Is the world outside asked once in a transaction, and anew in the next?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from saleswright.kernel.door.lines import waiting
from saleswright.kernel.journal import Journal
from saleswright.kernel.journal.held import hold
from saleswright.kernel.journal.moment import asked_once
from saleswright.kernel.journal.statements import ANSWER, ANSWERED
from saleswright.kernel.journal.tables import answered, line, request
from tests.journals import KINDS, empty, opened


@pytest.fixture(params=KINDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Journal:
    return opened(empty(tmp_path, journal_url(request.param)))


def test_all_of_a_transaction_is_of_one_moment_and_the_next_asks_anew(journal: Journal) -> None:
    world = iter(range(100))

    def look() -> int:
        return asked_once("world", lambda: next(world))

    assert [look(), look()] == [0, 1]
    with journal.write("ann"):
        assert [look(), look()] == [2, 2]
        elsewhere: list[int] = []
        other = threading.Thread(target=lambda: elsewhere.append(look()))
        other.start()
        other.join()
        assert elsewhere == [3]
    assert look() == 4
    with hold():
        with journal.write("ann"):
            first = look()
        with journal.write("bob"):
            assert look() == first == 5

    def broken() -> None:
        with journal.write("ann"):
            assert look() == 6
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert look() == 7


def test_a_statement_of_ours_is_a_part_of_the_transaction_and_its_errors_hold_no_values(journal: Journal) -> None:
    row = {"key": "k" * 8, "digest": "d", "status": 200, "answer": "the words of somebody", "at": 1}
    with journal.write("ann") as w:
        assert ANSWER(w.con, of=row["key"]).first() is None
        ANSWERED(w.con, **row)
        (found,) = ANSWER(w.con, of=row["key"])
        assert (found.digest, found.status, found.answer, found.at) == ("d", 200, "the words of somebody", 1)
        with journal.engine.connect() as other, other.begin():
            assert ANSWER(other, of=row["key"]).all() == []

    def broken() -> None:
        with journal.write("ann") as w:
            ANSWERED(w.con, **{**row, "key": "another"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    with pytest.raises(IntegrityError) as wrong, journal.write("ann") as w:
        ANSWERED(w.con, **row)
    assert "somebody" not in str(wrong.value)
    with journal.read() as con:
        assert list(con.execute(select(answered.c.key)).scalars()) == [row["key"]]


def test_what_waits_next_is_told_in_turn(journal: Journal) -> None:
    asked = {
        "key": "k",
        "action": "a",
        "title": "t",
        "reason": "r",
        "adapter": "csv",
        "risk": "low",
        "at": 1,
        "expires": 2,
    }
    change = {"entity": "bed", "field": "crop", "label": "", "old": "1", "new": "2", "reason": "", "evidence": "[]"}
    with journal.write("ann") as w:
        for n, state in enumerate(("open", "refused", "open", "open"), 1):
            w.con.execute(insert(request).values(**asked, id=n, actor=w.actor_id, state=state, snap=""))
            lines = [
                {**change, "request": n, "n": m, "subject": f"{n}.{m}", "state": state, "said": "", "key": "k"}
                for m in (1, 2)
            ]
            lines[1]["state"] = "refused" if n == 3 else state
            w.con.execute(insert(line), lines)
    with journal.read() as con:
        assert waiting(con, 0, 100) == ([("bed", about, "crop") for about in ("1.1", "1.2", "3.1", "4.1", "4.2")], 4)
        assert waiting(con, 1, 2) == ([("bed", "3.1", "crop"), ("bed", "4.1", "crop")], 4)
        assert waiting(con, 4, 2) == ([], 4)
