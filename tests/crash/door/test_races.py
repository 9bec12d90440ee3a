"""Several at once, in processes of their own: each request ends in one clear state, with a sentence that says why.

On SQLite and on PostgreSQL; there, too, somebody is killed now and then.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.conftest import NIGHTLY
from tests.crash.door import checks
from tests.crash.door.kills import Play, length
from tests.crash.door.play import Book, Stage
from tests.journals import KINDS

RACES = 200 if NIGHTLY else 16
KILLS = 500 if NIGHTLY else 3


@pytest.fixture(params=KINDS)
def book(request: pytest.FixtureRequest, stage: Stage, journal_url: Callable[[str], str]) -> Book:
    stage.faults(0.0)
    return stage.book(journal_url(request.param))


def asked(book: Book, way: str = "webhook:keyed") -> list[int]:
    """As many open requests as there are races."""
    jobs = [["propose", {"adapter": way, "subjects": [f"{book.root.name}-{n}"]}] for n in range(RACES)]
    ended = book.give(*jobs)
    assert ended["code"] == 0, ended["told"][-1]
    # Each job took a second of the workspace's time.
    book.later(seconds=RACES)
    return [answer["request"] for answer in ended["told"]]


def sound(book: Book) -> dict[str, list[checks.Row]]:
    """The journal, after all that must hold of it was checked."""
    found = book.found
    checks.chained(found)
    checks.recorded(found)
    checks.consistent(found)
    return found


def test_yes_and_no_at_once(book: Book) -> None:
    """Two persons approving and refusing at once: the first word counts, the other hears whose it was."""
    ids = asked(book)
    ended = book.give(
        ["each", {"ids": ids, "verdict": "yes", "actor": "bo"}],
        beside=[{"jobs": [["each", {"ids": ids, "verdict": "no", "actor": "cy"}]]}],
    )
    yes, no = ended["told"][0], ended["beside"][0]["told"][0]
    found = sound(book)
    states = {row["id"]: row["state"] for row in found["request"]}
    decided = [row["subject"] for row in found["record"] if row["act"] == "decided"]
    assert sorted(decided) == sorted(f"request:{id_}" for id_ in ids)
    for id_, bo, cy in zip(ids, yes, no, strict=True):
        assert bo[1] != cy[1], (bo, cy)
        assert bo[0] == cy[0] == states[id_] == ("approved" if bo[1] else "refused")
        late = cy if bo[1] else bo
        assert ("by bo" if bo[1] else "by cy") in late[2], late


def test_yes_and_withdrawal_at_once(book: Book) -> None:
    """One approves while the proposer takes it back and a worker is at work: sent or withdrawn, never both."""
    ids = asked(book)
    ended = book.give(
        ["each", {"ids": ids, "verdict": "yes", "actor": "bo"}],
        beside=[{"jobs": [["take_back", {"ids": ids[::-1]}]]}, {"jobs": [["work", {"passes": 8}]]}],
    )
    assert all(one["code"] == 0 for one in (ended, *ended["beside"])), ended
    back = dict(zip(ids[::-1], ended["beside"][0]["told"][0], strict=True))
    book.later(hours=1)
    assert book.give(["finish", {}])["code"] == 0
    found = sound(book)
    checks.quiet(found)
    states = {row["id"]: row["state"] for row in found["request"]}
    ends = checks.arrived(found, book.taken)
    for id_, bo in zip(ids, ended["told"][0], strict=True):
        assert bo[1] != back[id_][1]
        assert states[id_] == ("approved" if bo[1] else "withdrawn")
    assert ends["confirmed"] == sum(state == "approved" for state in states.values())
    assert ends["cancelled"] == sum(state == "withdrawn" for state in states.values())


def test_rules_edited_meanwhile(book: Book) -> None:
    """Who may decide no more, decides no more: from one request on all stay open, and the sentence says whose they are."""
    ids = asked(book)
    ended = book.give(
        ["each", {"ids": ids, "verdict": "yes", "actor": "bo"}],
        beside=[{"jobs": [["rule", {"before": "who: [bo, cy]", "after": "who: [cy]", "wait": 0.1}]]}],
    )
    said = ended["told"][0]
    found = sound(book)
    states = {row["id"]: row["state"] for row in found["request"]}
    for id_, (state, ok, why) in zip(ids, said, strict=True):
        assert states[id_] == state == ("approved" if ok else "open")
        assert ok or "cy" in why, why
    assert [ok for _, ok, _ in said] == sorted((ok for _, ok, _ in said), reverse=True), "allowed again"
    last = book.give(["each", {"ids": ids, "verdict": "yes", "actor": "bo"}])["told"][0]
    assert not any(ok for _, ok, _ in last)


def test_killed_on_a_server(stage: Stage, journal_url: Callable[[str], str]) -> None:
    """Kill -9 of clients of PostgreSQL at any moment: the same holds as on SQLite."""
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    within = length(stage, chance) * 1.2
    play = Play(stage, stage.book(journal_url("postgresql")), chance)
    hits = sum(play.kill(within, beside=n % 4 == 1, twice=n % 4 == 2) for n in range(KILLS))
    assert hits >= KILLS // 2
    print(f"{KILLS} kills, {hits} in time, effects {dict(play.ends)}")
