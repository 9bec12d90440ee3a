"""Does a held call keep all it wrote together with its answer, or nothing?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from saleswright.kernel.journal import Journal
from saleswright.kernel.journal.held import hold
from saleswright.kernel.journal.tables import record
from saleswright.lib.issue import Issue, Stop
from tests.journals import KINDS, empty, opened


@pytest.fixture(params=KINDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Journal:
    return opened(empty(tmp_path, journal_url(request.param)))


def acts(journal: Journal, con: Any = None) -> list[str]:
    if con is not None:
        return [row.act for row in con.execute(select(record.c.act).order_by(record.c.seq))]
    with journal.read() as opened:
        return acts(journal, opened)


def outside(journal: Journal) -> list[str]:
    """What another program sees."""
    with journal.engine.connect() as con, con.begin():
        return acts(journal, con)


def test_what_a_held_call_writes_is_committed_with_its_answer(journal: Journal) -> None:
    done: list[str] = []
    with hold() as held:
        with journal.write("ann") as w:
            w.record("first", "request:1")
            w.after.append(lambda: done.append("first"))
        with journal.write("bob") as w:
            w.record("second", "request:1")
        assert acts(journal) == ["first", "second"] and outside(journal) == [] and not done
        assert held.writing is not None
    assert outside(journal) == ["first", "second"] and done == ["first"]
    with journal.write("ann") as w:
        assert w.record("third", "request:1") == 3


def test_an_error_that_leaves_a_held_call_undoes_all_of_it(journal: Journal) -> None:
    def broken() -> None:
        with hold():
            with journal.write("ann") as w:
                w.record("first", "request:1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert outside(journal) == []
    with journal.write("ann") as w:
        assert w.record("again", "request:1") == 1


def test_a_part_that_is_refused_takes_nothing_else_with_it(journal: Journal) -> None:
    def part(act: str, refuse: bool) -> None:
        with journal.write("ann") as w:
            w.record(act, "request:1")
            if refuse:
                raise Stop(Issue("request:1", "moved"))

    with hold() as held:
        with pytest.raises(Stop):
            part("lost", True)
        assert held.writing is None
        part("kept", False)
        with pytest.raises(Stop):
            part("lost too", True)
        part("last", False)
    assert outside(journal) == ["kept", "last"]
