"""Do short writes that come together share a transaction, each with its own result, and does nobody wait for ever?"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from saleswright.faces.web import together
from saleswright.faces.web.together import Together
from tests.faces.web.at_once import looped


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many were done together, group by group."""
    made: list[int] = []
    whole = together._finish

    def counted(group: list[Any]) -> float:
        made.append(len(group))
        return whole(group)

    monkeypatch.setattr(together, "_finish", counted)
    return made


def test_those_that_come_together_are_one_group_and_each_has_its_own_result(sizes: list[int]) -> None:
    """A request that is cancelled takes its future with it: what it asked is not begun, and the others are done."""
    all_, began, go = Together(), threading.Event(), threading.Event()
    left: list[str] = []

    def held() -> bool:
        began.set()
        return go.wait(10)

    def broken() -> None:
        raise ValueError("mine alone")

    async def ask() -> list[Any]:
        first = all_.do(held)
        assert began.wait(10)
        others = [all_.do(lambda n=n: n) for n in range(5)]
        gone, wrong = all_.do(lambda: left.append("gone")), all_.do(broken)
        gone.cancel()
        go.set()
        return await asyncio.wait_for(asyncio.gather(first, *others, wrong, return_exceptions=True), 10)

    *fine, wrong = looped(ask)
    assert fine == [True, 0, 1, 2, 3, 4] and isinstance(wrong, ValueError) and str(wrong) == "mine alone"
    assert sizes == [1, 6] and not left
    all_.close()


def test_who_was_among_many_and_comes_alone_is_answered_all_the_same(sizes: list[int]) -> None:
    all_ = Together()

    async def ask(text: str) -> Any:
        return await asyncio.wait_for(all_.do(lambda: text), 10)

    # As after a group of many whose commit took long: the next comes alone, and those after it do not wait any more.
    all_._many, all_._pause = 8, together.LONGEST
    assert looped(lambda: ask("alone")) == "alone" and looped(lambda: ask("again")) == "again"
    assert sizes == [1, 1] and all_._many == 1

    async def last() -> Any:
        all_._many, all_._pause = 8, together.LONGEST
        mine = all_.do(lambda: "last")
        all_.close()
        return await asyncio.wait_for(mine, 10)

    assert looped(last) == "last" and all_._thread is not None
    all_._thread.join(10)
    assert not all_._thread.is_alive()


def test_a_loop_that_was_closed_meanwhile_stops_nobody_else(sizes: list[int]) -> None:
    all_, go = Together(), threading.Event()

    async def leave() -> None:
        all_.do(lambda: go.wait(10))

    async def ask() -> Any:
        return await asyncio.wait_for(all_.do(lambda: "here"), 10)

    looped(leave)
    go.set()
    assert looped(ask) == "here" and sum(sizes) == 2
    all_.close()
