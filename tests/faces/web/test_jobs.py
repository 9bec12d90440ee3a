"""How far is work that is done aside, and how is that said?"""

from __future__ import annotations

import threading

import pytest

from saleswright.faces.web.jobs import Job, Jobs


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def running(jobs: Jobs, clock: Clock, size: int = 0) -> tuple[Job, threading.Event]:
    """Work that goes on until the event is set."""
    begun, end = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        begun.set()
        end.wait(10)
        return "done"

    job = jobs.start(work, "me", "Work", "kind", size)
    begun.wait(10)
    return job, end


def test_rows_give_a_rate_and_the_time_left() -> None:
    clock = Clock()
    jobs = Jobs(clock)
    job, end = running(jobs, clock)
    assert job.progress()["share"] is None
    clock.now += 2
    job.step(1000, 4000)
    seen = job.progress()
    assert (seen["share"], seen["rate"], seen["left"], seen["unit"]) == (0.25, 500.0, 6.0, "rows")
    clock.now += 2
    seen = job.progress()
    assert seen["share"] == 0.4375 and seen["left"] == pytest.approx(2250 * 4 / 1750), (
        "it is taken to go on, more slowly"
    )
    clock.now += 600
    seen = job.progress()
    assert 0.98 < seen["share"] < 1 and seen["left"] > 0, "an estimate never says that it is over"
    job.step(4000, 4000)
    assert job.progress()["share"] == 1.0
    end.set()
    jobs.close()


def test_the_next_of_a_kind_goes_at_the_pace_of_the_last() -> None:
    clock = Clock()
    jobs = Jobs(clock)
    job, end = running(jobs, clock, size=1_000_000)
    assert job.progress()["rate"] is None, "nobody knows yet"
    clock.now += 4
    end.set()
    assert job.ended.wait(10)
    job, end = running(jobs, clock, size=500_000)
    clock.now += 1
    seen = job.progress()
    assert (seen["share"], seen["rate"], seen["left"], seen["unit"]) == (0.5, 250_000.0, 1.0, "bytes")
    end.set()
    jobs.close()


def test_lines_that_differ_in_figures_only_are_told_once() -> None:
    job, end = running(jobs := Jobs(), Clock())
    for text in ("reading a.csv", "row 1,000", "row 2,000", "writing"):
        job.tell(text)
    assert job.progress()["lines"] == ["reading a.csv", "row 2,000", "writing"]
    end.set()
    jobs.close()


def test_work_under_one_key_is_done_once_until_it_fails() -> None:
    jobs, done = Jobs(), []

    def work(job: Job) -> int:
        done.append(1)
        if len(done) == 1:
            raise ValueError("first")
        return len(done)

    first = jobs.start(work, "me", "Work", "kind", key="k")
    assert first.ended.wait(10) and isinstance(first.error, ValueError)
    second = jobs.start(work, "me", "Work", "kind", key="k")
    assert second.ended.wait(10) and second.result == 2
    assert jobs.start(work, "me", "Work", "kind", key="k") is second and len(done) == 2
    jobs.close()


def test_finished_work_is_kept_for_a_while_and_running_work_always() -> None:
    jobs = Jobs(kept=2)
    job, end = running(jobs, Clock())
    for number in range(4):
        assert jobs.start(lambda job, n=number: n, "me", "Work", "kind", key=number).ended.wait(10)
    assert jobs.find(job.id, "me") is job and jobs.find(job.id, "you") is None
    assert len(jobs._jobs) == 2
    end.set()
    jobs.close()
