"""Are arguments read alike on every face, with all issues at once?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest

from saleswright.kernel.action import Action, Arg, Choice, Missing, action
from saleswright.kernel.call import Ambient
from saleswright.lib.issue import NOT_ALLOWED, USAGE, Stop
from tests.faces import toy


def test_an_action_is_made_of_a_function() -> None:
    made = toy.grow
    assert isinstance(made, Action)
    assert (made.name, made.slug, made.effect, made.summary) == ("grow", "grow", "read", "How does a plant grow?")
    assert [param.name for param in made.params][:3] == ["plant", "by", "period"]
    assert made.params[0].required
    assert made.params[0].default is Missing
    assert made.params[1].default is None
    assert (toy.undo.name, toy.undo.slug) == ("import undo", "import-undo")
    assert next(param.flag for param in toy.take_in.params if param.name == "dry_run") == "dry-run"


def test_a_name_may_avoid_a_word_of_the_language() -> None:
    @action("read")
    def export_(at: Any, from_: str, bare: int = 3) -> None:
        """Export."""

    assert export_.name == "export"
    assert [param.flag for param in export_.params] == ["from", "bare"]
    assert export_.params[1].arg == Arg()
    assert export_.read({"from": "x"}, None) == {"from_": "x", "bare": 3}


def test_values_are_read_by_kind() -> None:
    read = toy.grow.read(
        {
            "plant": " fern ",
            "where": ["a = b=c", "d=e"],
            "names": "one",
            "top": "7",
            "dead": "yes",
            "chart": False,
            "by": "",
            "period": None,
        },
        None,
    )
    assert read == {
        "plant": "fern",
        "where": (("a", "b=c"), ("d", "e")),
        "names": ("one",),
        "top": 7,
        "dead": True,
        "chart": False,
        "by": None,
        "period": "this quarter",
    }


@pytest.mark.parametrize(("raw", "value"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("off", False)])
def test_a_flag_from_a_form(raw: str, value: bool) -> None:
    assert toy.grow.read({"plant": "fern", "dead": raw}, None)["dead"] is value


def test_half_characters_and_the_one_no_database_takes_become_marks() -> None:
    """A text of a request is kept in a database: one from a program may hold what none can keep."""
    read = toy.grow.read({"plant": "fern", "period": "f\0rn \ud800", "where": ["a\0=b"], "names": ["\udfff"]}, None)
    assert (read["period"], read["where"], read["names"]) == ("f\ufffdrn \ufffd", (("a\ufffd", "b"),), ("\ufffd",))


def test_a_dashed_name_is_the_same_argument() -> None:
    assert toy.take_in.read({"path": "a", "dry-run": True}, None) == toy.take_in.read(
        {"path": "a", "dry_run": True}, None
    )


def test_all_issues_come_at_once() -> None:
    with pytest.raises(Stop) as caught:
        toy.grow.read({"top": "many", "where": "x", "colour": "red"}, None)
    told = [issue.what for issue in caught.value.issues]
    assert told == [
        "'many' is not a whole number",
        "'x' has no =",
        "unknown argument 'colour'",
        "plant is missing",
    ]
    assert caught.value.exit_code == USAGE
    assert caught.value.issues[-1].try_ == "one of: fern, palm, moss"


def test_an_unknown_choice_names_the_nearest() -> None:
    with pytest.raises(Stop, match="unknown plant 'plam'") as caught:
        toy.grow.read({"plant": "plam"}, None)
    assert "did you mean palm?" in caught.value.issues[0].try_


def test_an_open_choice_takes_anything() -> None:
    @action("read")
    def pick(at: Any, bed: Annotated[str, Arg("choice", choices=lambda at: [Choice("East")], closed=False)]) -> None:
        """Pick."""

    assert pick.read({"bed": "Moon"}, None) == {"bed": "Moon"}


def test_choices_see_the_context() -> None:
    @action("read")
    def pick(at: Any, bed: Annotated[str, Arg("choice", choices=lambda at: [Choice(at)], what="bed")]) -> None:
        """Pick."""

    assert pick.read({"bed": "East"}, "East") == {"bed": "East"}
    with pytest.raises(Stop, match="unknown bed 'East'"):
        pick.read({"bed": "East"}, "West")


def test_a_call_closes_what_it_opened_and_nothing_else(tmp_path: Path) -> None:
    opened: list[toy.View] = []
    app = toy.build()

    def open_context(workspace: Any, ambient: Ambient) -> toy.View:
        opened.append(toy.open_context(workspace, ambient))
        return opened[-1]

    app = type(app)(app.chapters, app.open_workspace, open_context)
    workspace = app.open_workspace(toy.make(tmp_path))
    outcome = app.call(workspace, "grow", {"plant": "fern"})
    assert (outcome.snap, outcome.as_of, outcome.scope) == ("r3.j0", "2026-03-31", "company")
    assert [view.closed for view in opened] == [True]
    with pytest.raises(RuntimeError):
        app.call(workspace, "wilt", {})
    assert [view.closed for view in opened] == [True, True]
    kept = toy.open_context(workspace, Ambient())
    app.call(workspace, "grow", {"plant": "fern"}, context=kept)
    assert not kept.closed
    assert len(opened) == 2


def test_who_sees_a_part_may_not_write(tmp_path: Path) -> None:
    app = toy.build()
    workspace = app.open_workspace(toy.make(tmp_path))
    with pytest.raises(Stop) as caught:
        app.call(workspace, "import", {"path": "a.csv"}, Ambient(actor="ann"))
    assert caught.value.exit_code == NOT_ALLOWED
    assert app.call(workspace, "import", {"path": "a.csv"}, Ambient(actor="bo")).report.changed == 0


def test_an_unknown_action_names_the_nearest() -> None:
    with pytest.raises(Stop, match="unknown command 'grown'") as caught:
        toy.build().action("grown")
    assert "did you mean grow?" in caught.value.issues[0].try_
