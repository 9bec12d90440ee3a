"""Does a keyed sending hold in a file and on a PostgreSQL server alike: once, whole, and beside others of one commit?"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from saleswright.faces.web.once import Answered, Key, Once
from saleswright.kernel.journal import Journal
from saleswright.kernel.journal.tables import record
from saleswright.run.approvals import CHAPTER
from tests.faces.web import toy_door
from tests.faces.web.at_once import one_group
from tests.faces.web.test_door_once import program
from tests.journals import KINDS, empty, opened
from tests.kernel.door.garden import Garden


@pytest.fixture(params=KINDS)
def journal(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Journal:
    return opened(empty(tmp_path, journal_url(request.param)))


def acts(journal: Journal) -> list[str]:
    with journal.read() as con:
        return [row.act for row in con.execute(select(record.c.act).order_by(record.c.seq))]


def wrote(journal: Journal, act: str) -> Answered:
    with journal.write("ann") as w:
        w.record(act, "request:1")
    return Answered(200, act)


def broken(journal: Journal) -> Answered:
    wrote(journal, "half")
    raise RuntimeError("midway")


def refused(journal: Journal) -> Answered:
    return Answered(409, wrote(journal, "moved").answer)


def test_what_is_made_safe_together_stands_or_falls_alone(journal: Journal) -> None:
    """Of one commit: done, broken in the middle, done by another server before, refused with a trace, done."""
    once, elsewhere = Once(lambda: journal), Once(lambda: journal)
    twice = Key("twice", "d")
    assert elsewhere.do(twice, lambda: wrote(journal, "elsewhere")) == Answered(200, "elsewhere")
    works: list[Callable[[], Any]] = [
        lambda: once.do(Key("first", "d"), lambda: wrote(journal, "first")),
        lambda: once.do(Key("broken", "d"), lambda: broken(journal)),
        lambda: once.do(twice, lambda: wrote(journal, "again")),
        lambda: once.do(Key("refused", "d"), lambda: refused(journal)),
        lambda: once.do(Key("last", "d"), lambda: wrote(journal, "last")),
    ]
    first, wrong, again, moved, last = one_group(works)
    assert first == Answered(200, "first") and last == Answered(200, "last")
    assert again == Answered(200, "elsewhere") and isinstance(wrong, RuntimeError)
    assert moved == Answered(409, "moved")
    assert acts(journal) == ["elsewhere", "first", "moved", "last"]
    fresh = Once(lambda: journal)
    kept = {name: fresh.found(Key(name, "d")) for name in ("first", "broken", "twice", "refused", "last")}
    assert {name for name, answer in kept.items() if answer} == {"first", "twice", "refused", "last"}
    # And the chain goes on where it ended, without a gap.
    assert once.do(Key("broken", "d"), lambda: wrote(journal, "mended")) == Answered(200, "mended")
    with journal.read() as con:
        assert [row.seq for row in con.execute(select(record.c.seq).order_by(record.c.seq))] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("kind", KINDS)
def test_a_decision_sent_three_times_is_one_on_every_journal(
    kind: str, tmp_path: Path, journal_url: Callable[[str], str]
) -> None:
    """Same key and body three times = one effect and the same answer; another body = refused."""
    garden = Garden(tmp_path / "garden", journal=journal_url(kind))
    garden, client = toy_door.with_actions(garden, CHAPTER)
    number = toy_door.ask(garden, "east-1", "east-2")
    garden.record["plant", "east-2", "height"] = 77
    key, form = secrets.token_hex(8), {"request": str(number), "verdict": "yes"}
    answers = [program(client, form, key, "/a/decide") for _ in range(3)]
    assert {(one.status_code, one.content) for one in answers} == {(answers[0].status_code, answers[0].content)}
    assert answers[0].json()["data"]["requests"][0]["state"] == "approved"
    other = program(client, form | {"verdict": "no"}, key, "/a/decide")
    assert other.status_code == 422 and other.json()["issues"][0]["code"] == "other-body"
    assert acts(opened(garden.workspace)).count("decided") == 1


def test_a_refusal_for_which_nothing_was_written_may_be_sent_again(journal: Journal) -> None:
    """Also where the journal has records already, and where the work opened it to write and then found nothing to do."""
    wrote(journal, "before")
    once, key = Once(lambda: journal), Key("late", "d")

    def late() -> Answered:
        with journal.write("ann"):
            return Answered(409, "too late")

    for place in ("alone", "together"):
        beside = [lambda: wrote(journal, "beside")] if place == "together" else []
        assert one_group([*beside, lambda: once.do(key, late)])[-1] == Answered(409, "too late")
        assert once.found(key) is None, place
    assert once.do(key, lambda: wrote(journal, "done")) == Answered(200, "done")
