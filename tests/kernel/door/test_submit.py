"""What comes in, what stays out, and what is decided by itself?"""

from __future__ import annotations

import os
import threading

import pytest

from saleswright.data.erase.journal import told as told_without
from saleswright.data.erase.subject import Subject
from saleswright.kernel.change import JOURNAL, ChangeRequest, Line, Shift
from saleswright.kernel.door.decide import decide
from saleswright.kernel.door.expire import expire
from saleswright.kernel.door.lines import still
from saleswright.kernel.door.similar import similar
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.undo import undoing
from saleswright.kernel.door.waiting import proposed, waiting
from saleswright.kernel.journal import open_journal
from saleswright.lib.issue import CONFLICT, Stop
from saleswright.lib.money import Money
from tests.kernel.door.garden import Garden
from tests.kernel.door.test_decide import TWO, acts, look, put, say

AUTO = "- {kind: approval, name: small, automatic: true, fields: [height], amount: 5 USD, lines: 3}\n"


def test_a_rehearsal_writes_nothing(garden: Garden) -> None:
    report = submit(garden.app, garden.view(), garden.ask("east-1"), dry_run=True)
    assert report.changed == 0 and "nothing was written" in report.lede and report.data["request"] is None
    assert put(garden, "east-1") == 1


def test_the_same_open_request_again_gives_the_open_one(garden: Garden) -> None:
    id_ = put(garden, "east-1", "east-2")
    again = submit(garden.app, garden.view(), garden.ask("east-1", "east-2"))
    assert again.data["request"] == id_ and again.data["new"] is False and again.changed == 0
    assert again.lede == f"Request {id_} asks for this already and waits for a decision."
    wider = submit(garden.app, garden.view(), garden.ask("east-2", "east-3"))
    assert wider.data["lines"] == 1 and wider.data["left_out"] == 1


def test_asked_by_two_at_once_it_is_one_request(garden: Garden) -> None:
    found: list[object] = []
    gate = threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        found.append(submit(garden.app, garden.view(), garden.ask("west-1", "west-2")).data["request"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4 and len(set(found)) == 1


def test_what_was_approved_is_not_asked_again_while_it_is_on_its_way(garden: Garden) -> None:
    say(garden, put(garden, "east-1"), "yes")
    again = submit(garden.app, garden.view(), garden.ask("east-1", again=True))
    assert again.data["request"] is None and "is on its way" in str(again.blocks)


def test_lines_that_do_not_hold_are_refused_one_by_one(garden: Garden) -> None:
    request = garden.ask("east-1", "east-2")
    garden.record["plant", "east-2", "height"] = 8
    report = submit(garden.app, garden.view(), request)
    assert report.data["moved"] == 1 and report.data["lines"] == 1
    assert [line.state for line in look(garden, 1).lines] == ["open", "moved"]
    garden.record["plant", "east-1", "height"] = 8
    none = submit(garden.app, garden.view(), ChangeRequest("t", "r", request.lines[1:], "note", action="measure"))
    assert none.exit_code == 6 and "the record says 8 now, no longer 2" in none.lede


def test_who_sees_less_suggests_only_on_what_they_see(garden: Garden) -> None:
    garden.say(TWO + "- {kind: access, name: eve, scope: 'bed:east', hide: [plant.colour]}\n")
    report = submit(garden.app, garden.view("eve"), garden.ask("east-1", "west-1"))
    assert [(line.subject, line.state) for line in look(garden, 1).lines] == [("east-1", "open"), ("west-1", "moved")]
    assert "not yours to see" in str(report.blocks)


def test_all_that_is_wrong_with_a_request_is_said_at_once(garden: Garden) -> None:
    lines = (*garden.ask("east-1", new=4).lines, *garden.ask("east-1", new=5).lines)
    with pytest.raises(Stop) as stop:
        submit(garden.app, garden.view(), ChangeRequest("t", "r", lines, "nowhere"))
    assert [issue.what for issue in stop.value.issues] == ["unknown way out 'nowhere'", "two values for height"]
    with pytest.raises(Stop, match="suggests no change"):
        submit(garden.app, garden.view(), ChangeRequest("t", "r", (), "note"))


def test_a_policy_decides_by_itself_what_it_may(garden: Garden) -> None:
    garden.say(AUTO)
    report = submit(garden.app, garden.view(), garden.ask("east-1", new=5))
    now = look(garden, 1)
    assert report.data["state"] == "approved" and "1 approved by small" in report.lede
    assert [(one.policy, one.actor) for one in now.decisions] == [("small", "saleswright")]
    assert [one.state for one in now.effects] == ["approved"] and acts(garden, 1) == ["proposed", "decided by approval"]
    dear = submit(garden.app, garden.view(), garden.ask("east-2", new=6))
    assert dear.data["state"] == "open"
    many = submit(garden.app, garden.view(), garden.ask("west-1", "west-2", "west-3", "west-4", new=5))
    assert many.data["approved"] == 0
    # The shipped approval still lets a person decide what is beyond the automatic one.
    assert say(garden, 2, "yes").exit_code == 0


def test_lines_that_go_out_together_are_one_effect_of_the_decision(garden: Garden) -> None:
    id_ = put(garden, "east-1", "east-2", "east-3", adapter="sheet")
    assert look(garden, id_).effects == ()
    say(garden, id_, "yes", lines=(1, 2))
    say(garden, id_, "yes", lines=(3,))
    assert [(one.n, one.state) for one in look(garden, id_).effects] == [(0, "approved"), (0, "approved")]


def event(plant: str, **fields: object) -> ChangeRequest:
    line = Line("watering", f"plant:{plant}", "", None, {"plant": plant, **fields}, "dry", plant)
    return ChangeRequest("Water it", "dry", (line,), JOURNAL, action="water")


def test_an_authored_event_is_written_in_the_transaction_of_the_decision_and_taken_back_by_a_second_one(
    garden: Garden,
) -> None:
    submit(garden.app, garden.view(), event("east-1", litres=2))
    assert garden.written == []
    say(garden, 1, "yes")
    assert look(garden, 1).lines[0].state == "applied" and garden.written[0][1] is False
    submit(garden.app, garden.view(), undoing(look(garden, 1)))
    say(garden, 2, "yes")
    assert look(garden, 2).undoes == 1 and garden.written[1][1] is not False
    assert garden.written[1][2] == {"plant": "east-1", "litres": 2}


def test_an_event_is_taken_back_though_the_words_of_its_decision_were_erased(garden: Garden) -> None:
    """What is left of an erased body (data/erase/journal.py) still says which event the decision wrote down."""
    submit(garden.app, garden.view(), event("east-1", litres=2))
    say(garden, 1, "yes", reason="Ada asked for it")
    journal = open_journal(garden.workspace)
    assert journal is not None
    person = Subject("00" * 32, names=("Ada asked",))
    with journal.write("me") as w:
        counts, _ = told_without(w.con, person, True, w.record("erased", "person:1", {}))
    assert counts["record"] == 1
    submit(garden.app, garden.view(), undoing(look(garden, 1)))
    say(garden, 2, "yes")
    assert look(garden, 2).lines[0].state == "applied" and garden.written[1][1] == 2


def test_an_event_that_cannot_be_written_any_more_fails_alone(garden: Garden) -> None:
    submit(garden.app, garden.view(), event("east-1", wrong=2))
    said = say(garden, 1, "yes")
    assert said.lede == "Request 1: agreed to, but 1 line could not be written down: there is no such field."
    assert (said.exit_code, said.data["requests"][0]["approved"]) == (CONFLICT, [])  # type: ignore[index]
    now = look(garden, 1)
    assert (now.state, now.lines[0].state, now.lines[0].said) == ("approved", "failed", "there is no such field")


def apply(garden: Garden, id_: int) -> None:
    """What a worker does once the other side has it."""
    from saleswright.kernel.journal import tables as t

    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.write("outbox") as w:
        w.con.execute(t.line.update().where(t.line.c.request == id_).values(state="applied"))
        w.con.execute(t.effect.update().where(t.effect.c.request == id_).values(state="confirmed", changed=w.at))


def test_what_was_applied_counts_as_what_is_there_until_the_record_is_read_again(garden: Garden) -> None:
    say(garden, put(garden, "east-1"), "yes")
    apply(garden, 1)
    again = submit(garden.app, garden.view(), garden.ask("east-1"))
    assert "the record says 9 now, no longer 1" in again.lede
    back = submit(garden.app, garden.view(), undoing(look(garden, 1), "too soon"))
    assert back.data["state"] == "open" and look(garden, 2).lines[0].new == 1
    assert say(garden, 2, "yes").exit_code == 0


def test_nothing_can_be_taken_back_of_what_was_not_applied(garden: Garden) -> None:
    put(garden, "east-1")
    with pytest.raises(Stop, match="nothing of it was applied"):
        undoing(look(garden, 1))


def test_an_approved_line_is_looked_at_once_more_before_it_goes_out(garden: Garden) -> None:
    say(garden, put(garden, "east-1", "east-2"), "yes")
    garden.record["plant", "east-2", "height"] = 7
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        assert still(garden.app, garden.workspace, con, 1, [1, 2]) == {2: "the record says 7 now, no longer 2"}


def test_what_waits_for_whom_and_what_became_of_mine(garden: Garden) -> None:
    garden.say(
        TWO + "- {kind: access, name: eve, scope: 'bed:east'}\n- {kind: approval, name: leads, who: [eve, bob]}\n"
    )
    put(garden, "east-1", "west-1", actor="ana")
    put(garden, "west-2", actor="bob", action="prune")
    workspace = garden.workspace
    journal = open_journal(workspace)
    assert journal is not None
    with journal.read() as con:
        bob = waiting(con, workspace, garden.policy("bob"))
        assert [(one.request.id, len(one.mine), one.group) for one in bob] == [(1, 2, ("measure", "note", "low"))]
        assert waiting(con, workspace, garden.policy("ana")) == ()
        eve = waiting(
            con, workspace, garden.policy("eve"), lambda places: [p for p in places if p[1].startswith("east")]
        )
        assert [[line.subject for line in one.mine] for one in eve] == [["east-1"]]
        assert [one.id for one in proposed(con, "bob")] == [2]
    part = say(garden, 1, "yes", actor="eve")
    assert "1 line approved" in part.lede and "do not see" in part.lede and look(garden, 1).state == "open"


def test_what_waits_for_others_keeps_nothing_of_mine_from_sight(
    garden: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many older requests wait that are not mine to decide."""
    garden.say(TWO)
    monkeypatch.setattr("saleswright.kernel.door.waiting.MOST", 2)
    monkeypatch.setattr("saleswright.kernel.door.waiting.SOME", 2)
    for name in ("east-1", "east-2", "east-3"):
        put(garden, name, actor="ana")
    put(garden, "east-4", actor="bob")
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        assert [one.request.id for one in waiting(con, garden.workspace, garden.policy("ana"))] == [4]
        assert len(waiting(con, garden.workspace, garden.policy("bob"))) == 2


def test_who_agreed_to_one_line_is_still_asked_about_the_others(garden: Garden) -> None:
    both = "- {kind: approval, name: both, who: [company], persons: 2}\n- {kind: access, name: cid, scope: company}\n"
    garden.say(TWO + both)
    put(garden, "east-1", "east-2", actor="ana")
    assert say(garden, 1, "yes", "bob", lines=(1,)).exit_code == 0
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        (one,) = waiting(con, garden.workspace, garden.policy("bob"))
        (other,) = waiting(con, garden.workspace, garden.policy("cid"))
    assert ([line.n for line in one.mine], [line.n for line in other.mine]) == ([2], [1, 2])


def test_expired_is_noticed_at_listing_with_one_record(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    put(garden, "east-1", days=2)
    monkeypatch.setenv("SALESWRIGHT_NOW", "2100-01-01T00:00:00Z")
    assert expire(garden.workspace) == [1] and expire(garden.workspace) == []
    assert look(garden, 1).state == "expired" and acts(garden, 1) == ["proposed", "expired"]


def test_how_the_like_was_decided_before(garden: Garden) -> None:
    say(garden, put(garden, "east-1"), "no", reason="too early")
    say(garden, put(garden, "east-2"), "yes")
    put(garden, "east-3")
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        found = similar(con, look(garden, 3))
    assert (found.yes, found.no) == (1, 1)
    assert [(one.request, one.verdict, one.by, one.reason) for one in found.last] == [
        (2, "yes", "me", ""), (1, "no", "me", "too early"),
    ]  # fmt: skip


def test_what_it_does_to_the_headline_is_kept_with_the_request(garden: Garden) -> None:
    garden.shifts = (
        Shift("worth", "Worth", "money", Money(100, "USD"), Money(90, "USD"), "worth@1"),
        Shift("age", "Age", "days", 4.0, 4.0, "age@1"),
    )
    report = submit(garden.app, garden.view(), garden.ask("east-1"))
    table = next(block for block in report.blocks if getattr(block, "name", "") == "preview")
    assert len(table.rows) == 1 and "1 headline figure more" in table.footer  # type: ignore[union-attr]
    kept = look(garden, 1).preview
    assert kept[0] == garden.shifts[0] and kept[1].before == 4


def test_thousands_of_lines_in_one_request(garden: Garden) -> None:
    """Thousands of lines are suggested, decided and suggested again; what it costs stands in decision 0027."""
    count = 10_000 if os.environ.get("SALESWRIGHT_NIGHTLY") else 2_000
    names = [f"north-{n}" for n in range(count)]
    garden.record |= {("plant", name, "height"): 1 for name in names}
    report = submit(garden.app, garden.view(), garden.ask(*names, adapter="sheet"))
    assert report.data["lines"] == count
    assert decide(garden.app, garden.workspace, garden.policy(), [1], "yes").exit_code == 0
    assert submit(garden.app, garden.view(), garden.ask(*names, adapter="sheet")).data["left_out"] == count
