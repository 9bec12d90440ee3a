"""Does every request end in exactly one clear state, with a sentence that says why?"""

from __future__ import annotations

import threading
from typing import Any

import pytest

from saleswright.kernel.door.decide import decide
from saleswright.kernel.door.submit import submit
from saleswright.kernel.door.told import Told, told
from saleswright.kernel.door.withdraw import withdraw
from saleswright.kernel.journal import open_journal
from saleswright.kernel.journal.via import came
from saleswright.kernel.report import Report
from saleswright.lib.issue import NOT_ALLOWED, Stop
from tests.kernel.door.garden import Garden

TWO = "- {kind: access, name: ana, scope: company}\n- {kind: access, name: bob, scope: company}\n"


def put(garden: Garden, *names: str, actor: str = "", **more: Any) -> int:
    report = submit(garden.app, garden.view(actor), garden.ask(*names, **more))
    assert isinstance(report.data["request"], int)
    return report.data["request"]


def look(garden: Garden, id_: int) -> Told:
    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        found = told(con, id_)
    assert found is not None
    return found


def say(
    garden: Garden, id_: int, verdict: str, actor: str = "", reason: str = "", lines: tuple[int, ...] = ()
) -> Report:
    return decide(garden.app, garden.workspace, garden.policy(actor), [id_], verdict, reason, lines)


def acts(garden: Garden, id_: int) -> list[str]:
    from sqlalchemy import select

    from saleswright.kernel.journal.tables import record

    journal = open_journal(garden.workspace)
    assert journal is not None
    with journal.read() as con:
        asked = select(record.c.act).where(record.c.subject == f"request:{id_}").order_by(record.c.seq)
        return [row.act for row in con.execute(asked)]


def test_yes_approves_every_line_and_its_effect_may_go_out(garden: Garden) -> None:
    id_ = put(garden, "east-1", "east-2")
    report = say(garden, id_, "yes")
    now = look(garden, id_)
    assert report.exit_code == 0 and report.lede == f"Request {id_}: approved."
    assert now.state == "approved" and {line.state for line in now.lines} == {"approved"}
    assert [one.state for one in now.effects] == ["approved", "approved"]
    assert acts(garden, id_) == ["proposed", "decided"]


def test_no_needs_a_reason_is_remembered_and_calls_the_effect_off(garden: Garden) -> None:
    id_ = put(garden, "east-1")
    with pytest.raises(Stop, match="a no needs a reason"):
        say(garden, id_, "no")
    assert say(garden, id_, "no", reason="too early").lede == f"Request {id_}: refused: too early."
    now = look(garden, id_)
    assert now.state == "refused" and [one.state for one in now.effects] == ["cancelled"]
    again = submit(garden.app, garden.view(), garden.ask("east-1"))
    assert again.data["request"] is None and again.changed == 0
    assert "refused" in str(again.blocks) and "too early" in str(again.blocks)


def test_what_was_refused_comes_back_when_the_value_has_changed_or_somebody_insists(garden: Garden) -> None:
    say(garden, put(garden, "east-1"), "no", reason="too early")
    assert submit(garden.app, garden.view(), garden.ask("east-1", again=True)).data["new"] is True
    say(garden, put(garden, "east-2"), "no", reason="too early")
    garden.record["plant", "east-2", "height"] = 4
    assert submit(garden.app, garden.view(), garden.ask("east-2")).data["new"] is True


def test_some_lines_yes_some_no(garden: Garden) -> None:
    id_ = put(garden, "east-1", "east-2", "east-3")
    first = say(garden, id_, "yes", lines=(1, 3))
    assert "2 lines approved; 1 still waiting" in first.lede and look(garden, id_).state == "open"
    second = say(garden, id_, "no", reason="not this one", lines=(2,))
    assert second.exit_code == 0
    now = look(garden, id_)
    assert [line.state for line in now.lines] == ["approved", "refused", "approved"] and now.state == "approved"
    with pytest.raises(Stop, match="has no line 7"):
        say(garden, id_, "yes", lines=(7,))


def test_several_requests_in_one_call_each_with_its_own_answer(garden: Garden) -> None:
    one, two = put(garden, "east-1"), put(garden, "east-2")
    say(garden, one, "no", reason="no")
    report = decide(garden.app, garden.workspace, garden.policy(), [one, two], "yes")
    assert [(r["id"], r["ok"]) for r in report.data["requests"]] == [(one, False), (two, True)]  # type: ignore[attr-defined,index]
    assert report.exit_code == 6 and "it was refused on" in report.issues[0].what
    with pytest.raises(Stop) as stop:
        decide(garden.app, garden.workspace, garden.policy(), [98, 99], "maybe")
    assert len(stop.value.issues) == 3


def test_a_value_that_moved_is_refused_line_by_line(garden: Garden) -> None:
    id_ = put(garden, "east-1", "east-2")
    garden.record["plant", "east-1", "height"] = 7
    report = say(garden, id_, "yes")
    now = look(garden, id_)
    assert [line.state for line in now.lines] == ["moved", "approved"] and now.state == "approved"
    assert now.lines[0].said == "the record says 7 now, no longer 1" and "1 line out of date" in report.lede
    assert [one.state for one in now.effects] == ["cancelled", "approved"]


def test_a_request_whose_only_value_moved_ends_as_out_of_date(garden: Garden) -> None:
    id_ = put(garden, "east-1")
    garden.record["plant", "east-1", "height"] = 7
    report = say(garden, id_, "yes")
    assert report.exit_code == 6 and report.lede.endswith("not approved: the record says 7 now, no longer 1.")
    assert look(garden, id_).state == "moved"
    assert "out of date" in say(garden, id_, "yes").lede


def test_an_expired_request(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = put(garden, "east-1", days=3)
    monkeypatch.setenv("SALESWRIGHT_NOW", "2100-01-01T00:00:00Z")
    report = say(garden, id_, "yes")
    assert report.exit_code == 6 and "it expired on" in report.lede and "without a decision" in report.lede
    now = look(garden, id_)
    assert now.state == "expired" and now.lines[0].state == "expired" and now.effects[0].state == "cancelled"
    say(garden, id_, "yes")
    assert acts(garden, id_) == ["proposed", "expired"]


def test_what_was_decided_in_time_holds_when_the_rest_expires(garden: Garden, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = put(garden, "east-1", "east-2")
    say(garden, id_, "yes", lines=(1,))
    monkeypatch.setenv("SALESWRIGHT_NOW", "2100-01-01T00:00:00Z")
    report = say(garden, id_, "yes")
    assert report.exit_code == 6 and "1 line of it expired on" in report.lede
    assert report.data["requests"][0]["state"] == look(garden, id_).state == "approved"  # type: ignore[index]
    assert [line.state for line in look(garden, id_).lines] == ["approved", "expired"]


def test_a_decision_can_be_rehearsed(garden: Garden) -> None:
    id_ = put(garden, "east-1")
    report = decide(garden.app, garden.workspace, garden.policy(), [id_], "yes", dry_run=True)
    assert report.lede == f"Nothing was written. Request {id_}: approved." and report.changed == 0
    assert look(garden, id_).state == "open" and acts(garden, id_) == ["proposed"]
    assert withdraw(garden.app, garden.workspace, garden.policy(), id_, dry_run=True).data["records"] == []
    assert look(garden, id_).state == "open"


def test_a_policy_changed_in_between(garden: Garden) -> None:
    garden.say(TWO)
    id_ = put(garden, "east-1", actor="ana")
    stale = garden.policy("bob")
    garden.say(TWO + "- {kind: approval, name: only_ana, who: [ana]}\n")
    report = decide(garden.app, garden.workspace, stale, [id_], "yes")
    assert report.exit_code == 5 and "approval only_ana (definitions/rules.yaml:3) names ana" in report.lede
    assert look(garden, id_).state == "open"
    garden.say("- {kind: access, name: ana, scope: company}\n")
    assert "no access to this workspace any more" in decide(garden.app, garden.workspace, stale, [id_], "yes").lede


def test_who_proposed_it_does_not_decide_it_where_there_are_several(garden: Garden) -> None:
    garden.say(TWO)
    id_ = put(garden, "east-1", actor="ana")
    mine = say(garden, id_, "yes", actor="ana")
    assert mine.exit_code == 5 and "you proposed it" in mine.lede
    assert say(garden, id_, "yes", actor="bob").exit_code == 0


def test_over_tools_nobody_agrees_to_their_own(garden: Garden) -> None:
    """Not where one person is alone, nor where an approval lets who suggested it decide; a no is theirs all the same."""
    own = "- {kind: approval, name: own, who: [company], own: true}\n"
    for rules in ("", own):
        garden.say(rules)
        id_ = put(garden, "east-1" if not rules else "east-2")
        with came("tools"):
            refused = say(garden, id_, "yes")
        assert refused.exit_code == NOT_ALLOWED and "over tools" in refused.lede
        assert look(garden, id_).state == "open" and say(garden, id_, "yes").exit_code == 0
    id_ = put(garden, "east-3")
    with came("tools"):
        assert say(garden, id_, "no", reason="not so").exit_code == 0


def test_two_persons(garden: Garden) -> None:
    three = TWO + "- {kind: access, name: cleo, scope: company}\n- {kind: access, name: dora, scope: company}\n"
    garden.say(three + "- {kind: approval, name: both, who: [company], persons: 2}\n")
    id_ = put(garden, "east-1", actor="ana")
    first = say(garden, id_, "yes", actor="bob")
    assert "your yes counts; approval both asks for 2 people, so it waits for one more person" in first.lede
    assert look(garden, id_).state == "open"
    assert "you have agreed already" in say(garden, id_, "yes", actor="bob").lede
    assert say(garden, id_, "yes", actor="ana").exit_code == 5
    # Who may not decide any more does not count any more.
    garden.say(three.replace("bob", "bert") + "- {kind: approval, name: both, who: [company], persons: 2}\n")
    assert "waits for one more person" in say(garden, id_, "yes", actor="cleo").lede
    assert say(garden, id_, "yes", actor="dora").lede == f"Request {id_}: approved."


def test_one_no_ends_it_whoever_agreed_before(garden: Garden) -> None:
    garden.say(
        TWO
        + "- {kind: access, name: cleo, scope: company}\n- {kind: approval, name: both, who: [company], persons: 2}\n"
    )
    id_ = put(garden, "east-1", actor="ana")
    say(garden, id_, "yes", actor="bob")
    assert say(garden, id_, "no", actor="cleo", reason="no").exit_code == 0
    assert look(garden, id_).state == "refused"


def test_withdrawn_by_who_proposed_it_and_not_remembered_as_refused(garden: Garden) -> None:
    garden.say(TWO)
    id_ = put(garden, "east-1", actor="ana")
    assert withdraw(garden.app, garden.workspace, garden.policy("bob"), id_).exit_code == 5
    assert withdraw(garden.app, garden.workspace, garden.policy("ana"), id_, "my mistake").exit_code == 0
    now = look(garden, id_)
    assert now.state == "withdrawn" and now.effects[0].state == "cancelled"
    assert "it was withdrawn by ana" in say(garden, id_, "yes", actor="bob").lede
    assert submit(garden.app, garden.view("ana"), garden.ask("east-1")).data["new"] is True


def test_two_persons_approving_and_refusing_at_once(garden: Garden) -> None:
    garden.say(TWO + "- {kind: access, name: cleo, scope: company}\n")
    for round_ in range(5):
        id_ = put(garden, f"east-{round_ + 1}", actor="cleo")
        found: dict[str, Report] = {}
        gate = threading.Barrier(2)

        def answer(actor: str, verdict: str, id_: int = id_, gate: Any = gate, found: Any = found) -> None:
            gate.wait()
            found[actor] = say(garden, id_, verdict, actor=actor, reason="so be it")

        both = [threading.Thread(target=answer, args=pair) for pair in (("ana", "yes"), ("bob", "no"))]
        for one in both:
            one.start()
        for one in both:
            one.join()
        now = look(garden, id_)
        assert now.state in ("approved", "refused") and len(now.decisions) == 1
        won = now.decisions[0].actor
        lost = "bob" if won == "ana" else "ana"
        assert found[won].exit_code == 0 and found[lost].exit_code == 6
        assert f"it was {now.state} on" in found[lost].lede and f"by {won}" in found[lost].lede
        assert acts(garden, id_) == ["proposed", "decided"]
