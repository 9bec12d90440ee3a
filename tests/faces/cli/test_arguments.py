"""Is every call that a registry can hold also a command line, and back?"""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from saleswright.faces.cli import arguments
from saleswright.lib.issue import Stop
from tests.faces import toy

ARGS = {
    "plant": "fern",
    "by": "bed name",
    "where": (("a", "b c"), ("d", "=e")),
    "names": ("x", "-y"),
    "top": -3,
    "dead": True,
    "chart": False,
}


def test_a_spelled_call_is_read_back() -> None:
    action = toy.build().action("grow")
    name, rest = arguments.split(shlex.split(arguments.spelled(action, ARGS))[1:], toy.build().actions)
    assert name == "grow"
    values = action.read(arguments.read(action, rest).given, None)
    assert values == ARGS | {"period": "this quarter"}


def test_an_argument_of_the_action_hides_the_option_of_the_same_name() -> None:
    action = toy.build().action("init")
    assert "currency" not in {option.name for option in arguments.ambient(action)}
    assert arguments.read(action, ["here", "--currency", "EUR"]).given == {"folder": "here", "currency": "EUR"}


def test_the_verb_is_found_behind_options_with_values() -> None:
    argv = ["-w", "grow", "--as-of", "import", "--json", "import", "undo", "r1"]
    assert arguments.split(argv, toy.build().actions) == ("import undo", [*argv[:5], "r1"])


def test_a_first_word_shared_by_commands_asks_for_the_second() -> None:
    with pytest.raises(Stop, match="'plan' needs one more word") as caught:
        arguments.split(["plan"], ["plan pay", "plan team"])
    assert caught.value.issues[0].try_ == "one of: plan pay, plan team"


def test_an_example_that_only_a_workspace_can_complete_is_not_shown() -> None:
    action = toy.build().action("import undo")
    assert arguments.example(action) == "saleswright import undo r1"
    assert arguments.example(replace(action, example={"run": ""})) == ""
    assert arguments.example(replace(action, example={})) == ""
