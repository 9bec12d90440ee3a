"""Does what was agreed to go out once, and does the list say where it stands? With receivers that keep each promise."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from saleswright.kernel.effects import background, plan, send_now, settle, states
from saleswright.kernel.effects.adapter import Later, Refused, Unknown
from saleswright.kernel.effects.planning import cancel
from saleswright.kernel.effects.rows import read
from saleswright.kernel.effects.terms import Bucket, Terms
from saleswright.kernel.journal.tables import line
from saleswright.lib.issue import Stop
from tests.journals import KINDS
from tests.kernel.effects import outbox
from tests.kernel.effects.outbox import Receiver, acts, agreed, app, lines, made, opened, worker

PATIENT = Terms(lease=60, settle=60, base=60, attempts=4, rate=100_000)


def test_it_goes_out_once_and_every_step_is_a_record(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("neither")
    journal = opened(workspace)
    agreed(journal, 3)
    hand = worker(app(toy), workspace)
    assert hand.once() == {"confirmed": 3}
    assert hand.once() == {}
    assert len(toy.sent) == len(set(toy.sent)) == 3
    assert acts(journal) == [f"effect {s}" for s in ("planned", "approved", "claimed", "sending", "confirmed")]
    assert lines(journal) == [("applied", "taken")] * 3


def test_refused_fails_with_the_reason(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key", Refused("no such field"))
    agreed(opened(workspace))
    assert worker(app(toy), workspace).once() == {"failed": 1}
    assert lines(opened(workspace)) == [("failed", "no such field")]


def test_later_is_tried_again_until_the_tries_are_used_up(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key", *[Later("busy")] * 9)
    agreed(opened(workspace))
    hand = worker(app(toy), workspace)
    came = [dict(hand.once()) for _ in range(5)]
    assert came == [{"approved": 1}] * 3 + [{"failed": 1}, {}]
    assert lines(opened(workspace)) == [("failed", "given up after 4 tries: busy")]


def test_what_the_other_side_asks_to_wait_is_waited(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key", Later("busy", after=3600))
    agreed(opened(workspace))
    hand = worker(app(toy), workspace)
    assert hand.once() == {"approved": 1}
    assert hand.once() == {}


@pytest.mark.parametrize(("promise", "ends"), [("key", "confirmed"), ("ask", "confirmed"), ("neither", "in_doubt")])
@pytest.mark.parametrize("taken", [True, False])
def test_no_answer_is_settled_by_what_was_promised(tmp_path: Path, promise: str, ends: str, taken: bool) -> None:
    """Sent and cut off: one effect where a key or a question exists, else parked, never sent again."""
    workspace, toy = made(tmp_path), Receiver(promise, Unknown("no answer"), first=taken)  # type: ignore[arg-type]
    journal = opened(workspace)
    agreed(journal)
    hand = worker(app(toy), workspace)
    for _ in range(3):
        hand.once()
    assert outbox.states(journal) == {ends: 1}
    assert len(toy.sent) == (0 if ends == "in_doubt" and not taken else 1)
    assert lines(journal)[0][0] == ("in_doubt" if ends == "in_doubt" else "applied")


def test_an_unforeseen_error_counts_as_unknown_and_its_text_is_not_kept(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("neither", RuntimeError("password hunter2"))
    agreed(opened(workspace))
    assert worker(app(toy), workspace).once() == {"in_doubt": 1}
    assert lines(opened(workspace)) == [("in_doubt", "RuntimeError")]


def test_a_lease_that_stands_is_left_alone(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("ask", Unknown("no answer"), first=True)
    agreed(opened(workspace))
    assert worker(app(toy), workspace, PATIENT).once() == {"sending": 1}
    assert worker(app(toy), workspace, PATIENT, "w2").once() == {}
    assert toy.asked == []


def test_one_that_is_gone_before_it_began_gives_the_effect_back(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("neither")
    journal = opened(workspace)
    agreed(journal, 2)
    gone = worker(app(toy), workspace)
    gone.stop.set()
    assert gone.once() == {}
    assert outbox.states(journal) == {"approved": 2}
    assert worker(app(toy), workspace, name="w2").once() == {"confirmed": 2}


def test_what_is_against_it_in_the_claim_stops_it(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    toy.against = "this person asked not to be written to"
    agreed(opened(workspace))
    assert worker(app(toy), workspace).once() == {"failed": 1}
    assert toy.sent == []


def test_a_value_that_moved_since_is_not_overwritten(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    agreed(opened(workspace), 2)
    assert worker(app(toy, now={"t2": "c"}), workspace).once() == {"cancelled": 1, "confirmed": 1}
    (one, _), (other, said) = lines(opened(workspace))
    assert (one, other) == ("applied", "moved")
    assert "c" in said
    assert len(toy.sent) == 1


def test_called_off_before_it_went_out(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    journal = opened(workspace)
    number = agreed(journal, 2)
    with journal.write("ann") as w:
        assert cancel(w, number, [2], "not needed any more") == [2]
    assert worker(app(toy), workspace).once() == {"confirmed": 1}
    with journal.write("ann") as w:
        assert cancel(w, number, [1, 2], "too late") == []


def test_a_way_out_that_is_not_there_fails_and_says_which(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    agreed(opened(workspace), adapter="csw")
    assert worker(app(Receiver("key")), workspace).once() == {"failed": 1}
    assert "csw" in lines(opened(workspace))[0][1]


def test_the_same_act_is_planned_once_and_another_request_or_workspace_is_another_act(tmp_path: Path) -> None:
    keys = set()
    for place in ("one", "two"):
        with opened(made(tmp_path / place)).write("ann") as w:
            for number in [outbox.asked_for(w, 1, "toy") for _ in range(2)]:
                w.at += 1
                mine = {plan(w, number, 1, "toy", "change", "t1", "v1", {}) for _ in range(3)}
                assert len(mine) == 1
                keys |= mine
    assert len(keys) == 4


def test_a_step_that_is_not_in_the_table_raises() -> None:
    for before in states.MOVES:
        for after in states.MOVES:
            if after in states.MOVES[before]:
                states.step(before, after)
            else:
                with pytest.raises(ValueError, match="an effect goes from"):
                    states.step(before, after)
    assert not any(states.MOVES[done] for done in states.DONE)


def test_what_may_have_been_taken_is_neither_called_off_nor_failed_by_a_later_busy(tmp_path: Path) -> None:
    """Taken, the answer lost; then busy until the tries are used up: unconfirmed, never failed."""
    workspace = made(tmp_path)
    toy = Receiver("key", Unknown("no answer"), *[Later("busy")] * 9, first=True)
    journal = opened(workspace)
    number = agreed(journal)
    hand = worker(app(toy), workspace)
    hand.once()
    hand.once()
    assert outbox.states(journal) == {"sending": 1}
    with journal.write("ann") as w:
        assert cancel(w, number, [1], "too late") == []
    for _ in range(5):
        hand.once()
    assert (outbox.states(journal), len(toy.sent)) == ({"in_doubt": 1}, 1)


def test_refused_at_a_second_try_is_no_proof_that_the_first_was(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key", Unknown("no answer"), Refused("token gone"), first=True)
    agreed(opened(workspace))
    hand = worker(app(toy), workspace)
    assert [dict(hand.once()), dict(hand.once())] == [{"sending": 1}, {"in_doubt": 1}]


@pytest.mark.parametrize("ends", ["in_doubt", "confirmed"])
def test_two_changes_of_one_field_wait_for_each_other(tmp_path: Path, ends: str) -> None:
    workspace, toy = made(tmp_path), Receiver("neither", *[Unknown("no answer")] * (ends == "in_doubt"))
    journal = opened(workspace)
    agreed(journal)
    agreed(journal)
    hand = worker(app(toy), workspace)
    assert hand.once() == {ends: 1}
    assert outbox.states(journal) == {ends: 1, "approved": 1}
    assert hand.once() == {}
    with journal.read() as con:
        assert read(con, 2).said == "effect 1 changes the same and is not settled yet"


def test_a_claim_that_waited_is_asked_about_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    journal = opened(workspace)
    agreed(journal, 2)
    monkeypatch.setattr("saleswright.kernel.effects.work.FRESH", -1.0)
    told = {"t1": "a", "t2": "a"}
    hand = worker(app(toy, now=told), workspace, PATIENT)
    taken = toy.send
    toy.send = lambda w, o: (told.update(t2="c"), taken(w, o))[1]  # type: ignore[method-assign]
    assert hand.once() == {"confirmed": 1, "cancelled": 1}
    assert [state for state, _ in lines(journal)] == ["applied", "moved"]


def test_restored_from_a_backup_what_cannot_be_asked_waits_for_a_person(tmp_path: Path) -> None:
    for promise, state in (("neither", "in_doubt"), ("ask", "approved"), ("key", "approved")):
        workspace = made(tmp_path / promise)
        journal = opened(workspace)
        agreed(journal)
        with journal.write("ann") as w:
            settle.park(w, app(Receiver(promise)).adapters, workspace)  # type: ignore[arg-type]
        assert outbox.states(journal) == {state: 1}


def test_a_person_settles_it(tmp_path: Path) -> None:
    workspace = made(tmp_path)
    journal = opened(workspace)
    agreed(journal, 3)
    toy = Receiver("neither", *[Unknown("no answer")] * 3)
    assert worker(app(toy), workspace).once() == {"in_doubt": 3}
    for number, verdict in enumerate(("happened", "not", "give-up"), 1):
        settle.resolve(journal, "ann", number, verdict, "seen in the mailbox")
    assert outbox.states(journal) == {"resolved": 1, "approved": 1, "failed": 1}
    assert lines(journal) == [(state, "seen in the mailbox") for state in ("applied", "approved", "failed")]
    settle.retry(journal, "ann", 3)
    assert worker(app(toy), workspace).once() == {"confirmed": 2}
    for call in (lambda: settle.retry(journal, "ann", 1), lambda: settle.resolve(journal, "ann", 2, "not", "x")):
        with pytest.raises(Stop, match=r"effect \d"):
            call()
    with pytest.raises(Stop, match="no such effect"):
        settle.retry(journal, "ann", 99)


def test_pauses_double_up_to_a_bound_and_are_drawn_from_all_of_it() -> None:
    terms, rng = Terms(base=2, cap=100), Random(3)
    for tries, bound in ((1, 2), (2, 4), (3, 8), (7, 100), (99, 100)):
        drawn = [terms.pause(tries, rng) for _ in range(400)]
        assert min(drawn) < bound * 0.1 and bound * 0.9 < max(drawn) <= bound
    assert min(terms.pause(1, rng, after=60) for _ in range(100)) >= 60


def test_a_way_out_is_not_used_more_often_than_agreed() -> None:
    now = [0.0]
    bucket, used = Bucket(5, moment=lambda: now[0]), []
    for _ in range(26):
        now[0] += bucket.wait()
        used.append(now[0])
    assert used[:5] == [0.0] * 5
    assert abs(used[-1] - 21 / 5) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_two_workers_share_one_list_and_nothing_goes_out_twice(
    tmp_path: Path, kind: str, journal_url: Callable[[str], str]
) -> None:
    """On SQLite and on PostgreSQL: what one has claimed, the other leaves."""
    workspace, toy = made(tmp_path, journal_url(kind)), Receiver("neither")
    journal = opened(workspace)
    agreed(journal, 30)
    terms = Terms(lease=60, batch=3, rate=100_000)
    product = app(toy)

    def work(name: str) -> None:
        hand = worker(product, workspace, terms, name)
        while hand.once():
            pass

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (outbox.states(journal), len(toy.sent), len(set(toy.sent))) == ({"confirmed": 30}, 30, 30)


def test_the_loop_outlives_errors_and_says_no_more_than_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    agreed(opened(workspace))
    calls = []
    real = background.once

    def broken(*args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) < 3:
            raise RuntimeError("secret of ann@example.com")
        return real(*args, **more)

    monkeypatch.setattr(background, "once", broken)
    monkeypatch.setattr(background, "IDLE", 0.01)
    stop = threading.Event()
    loop = threading.Thread(target=background.run, args=(app(toy), workspace, stop))
    loop.start()
    for _ in range(300):
        if toy.sent:
            break
        time.sleep(0.01)
    stop.set()
    loop.join(10)
    assert toy.sent and not loop.is_alive()
    assert "RuntimeError in broken" in caplog.text and "secret" not in caplog.text


def test_a_request_that_cannot_be_judged_holds_up_no_other(tmp_path: Path) -> None:
    workspace, toy = made(tmp_path), Receiver("key")
    journal = opened(workspace)
    agreed(journal, thing="a")
    agreed(journal, thing="b")
    with journal.write("ann") as w:
        w.con.execute(line.update().where(line.c.request == 1).values(old="not a value"))
        send_now(w, plan(w, None, None, "toy", "message", "m1", "v1", {}))
    assert worker(app(toy), workspace).once() == {"confirmed": 2}
    with journal.read() as con:
        assert read(con, 1).said.startswith("the record could not be looked at")
