"""Two processes at one request: does it end in exactly one clear state, on SQLite and on PostgreSQL?"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from saleswright.kernel.door.decide import decide
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.withdraw import withdraw
from saleswright.kernel.journal import let_go
from tests.journals import KINDS
from tests.kernel.door.garden import Garden
from tests.kernel.door.test_decide import acts, look, put

THREE = "".join(f"- {{kind: access, name: {name}, scope: company}}\n" for name in ("ana", "bob", "cleo"))


@pytest.fixture(params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path: Path, journal_url: Callable[[str], str]) -> Garden:
    garden = Garden(tmp_path / "garden", journal=journal_url(request.param))
    garden.say(THREE)
    return garden


def at_once(garden: Garden, *jobs: Callable[[Garden], Any]) -> list[Any]:
    """Each job in a process of its own, begun together; what they gave, in order."""
    let_go()  # a connection does not live on in two processes
    fork = multiprocessing.get_context("fork")
    gate, answers = fork.Barrier(len(jobs)), fork.Queue()

    def run(place: int, job: Callable[[Garden], Any]) -> None:
        gate.wait(20)
        answers.put((place, job(garden)))

    started = [fork.Process(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for one in started:
        one.start()
    found = dict(answers.get(timeout=40) for _ in jobs)
    for one in started:
        one.join(20)
    return [found[place] for place in range(len(jobs))]


def word(id_: int, actor: str, verdict: str) -> Callable[[Garden], Any]:
    def job(garden: Garden) -> Any:
        report = decide(garden.app, garden.workspace, garden.policy(actor), [id_], verdict, "so be it")
        return report.exit_code, report.lede

    return job


def test_two_persons_approving_and_refusing_at_once_in_two_processes(shared: Garden) -> None:
    for round_ in range(1, 4):
        id_ = put(shared, f"east-{round_}", actor="cleo")
        yes, no = at_once(shared, word(id_, "ana", "yes"), word(id_, "bob", "no"))
        now = look(shared, id_)
        assert sorted((yes[0], no[0])) == [0, 6] and now.state == ("approved" if yes[0] == 0 else "refused")
        assert f"it was {now.state} on" in (no[1] if yes[0] == 0 else yes[1])
        assert acts(shared, id_) == ["proposed", "decided"]
        assert [one.state for one in now.effects] == [("approved" if yes[0] == 0 else "cancelled")]


def test_withdrawn_and_approved_at_once_in_two_processes(shared: Garden) -> None:
    id_ = put(shared, "east-1", actor="cleo")

    def back(garden: Garden) -> Any:
        return withdraw(garden.app, garden.workspace, garden.policy("cleo"), id_).exit_code

    yes, taken = at_once(shared, word(id_, "ana", "yes"), back)
    assert sorted((yes[0], taken)) == [0, 6] and look(shared, id_).state == ("approved" if yes[0] == 0 else "withdrawn")
    assert len(acts(shared, id_)) == 2


def test_asked_and_decided_by_four_processes_at_once(shared: Garden) -> None:
    def ask(garden: Garden) -> Any:
        return submit(garden.app, garden.view("cleo"), garden.ask("west-1", "west-2")).data["request"]

    found = at_once(shared, *[ask] * 4)
    assert set(found) == {found[0]}
    said = at_once(shared, *[word(found[0], actor, "yes") for actor in ("ana", "bob", "ana", "bob")])
    assert sorted(code for code, _ in said) == [0, 6, 6, 6]
    assert acts(shared, found[0]) == ["proposed", "decided"]
