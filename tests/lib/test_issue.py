"""Issues are told in one voice, and a refused call carries all of them."""

import copy
import pickle

import pytest

from saleswright.lib.issue import CONFLICT, FAILURE, Issue, Stop, nearest, unknown

BRACKET = Issue(
    where="pay/ae-2026.yaml:14",
    what="brackets[2].from\nstarts at 80% of quota but the bracket before it ends at 100%",
    why="so a rep at 90% would be paid twice",
    try_="from: 100%",
    code="overlap",
)


def test_the_four_lines_of_the_house_voice() -> None:
    assert str(BRACKET) == (
        "pay/ae-2026.yaml:14  brackets[2].from\n"
        "  starts at 80% of quota but the bracket before it ends at 100%\n"
        "  so a rep at 90% would be paid twice\n"
        "  try: from: 100%"
    )


@pytest.mark.parametrize(
    ("issue", "text"),
    [
        (Issue("", "no workspace here"), "no workspace here"),
        (Issue("deals.csv:3", "amount is empty"), "deals.csv:3  amount is empty"),
        (Issue("", "no workspace here", try_="saleswright new"), "no workspace here\n  try: saleswright new"),
        (Issue("", "gone", try_="one\ntwo"), "gone\n  try: one\n       two"),
        (Issue("deals.csv", ""), "deals.csv"),
    ],
)
def test_a_missing_part_leaves_no_gap(issue: Issue, text: str) -> None:
    assert str(issue) == text


def test_a_program_reads_the_same_parts() -> None:
    assert BRACKET.as_dict() == {
        "level": "error",
        "code": "overlap",
        "where": "pay/ae-2026.yaml:14",
        "what": BRACKET.what,
        "why": "so a rep at 90% would be paid twice",
        "try": "from: 100%",
    }


def test_stop_tells_every_issue_and_survives_a_copy() -> None:
    stop = Stop(BRACKET, Issue("", "second"), exit_code=CONFLICT)
    for one in (stop, copy.copy(stop), pickle.loads(pickle.dumps(stop))):
        assert one.issues == (BRACKET, Issue("", "second"))
        assert one.exit_code == 6
        assert str(one) == f"{BRACKET}\nsecond"
    assert Stop(BRACKET).exit_code == FAILURE == 1


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("winrate", "win_rate"),
        ("Win Rate", "win_rate"),
        ("WIN-RATE", "win_rate"),
        ("win_raet", "win_rate"),
        ("cycle", "sales_cycle"),
        ("dealsize", "deal_size"),
    ],
)
def test_nearest_finds_what_was_meant(word: str, first: str) -> None:
    assert nearest(word, ["deal_size", "sales_cycle", "win_rate", "coverage"])[0] == first


def test_nearest_offers_nothing_far_and_no_more_than_asked() -> None:
    assert nearest("xyzzy", ["win_rate", "coverage"]) == []
    assert nearest("", ["win_rate"]) == []
    assert nearest("_", ["win_rate"]) == []
    assert nearest("rate1", ["rate2", "rate3", "rate4"], n=2) == ["rate2", "rate3"]
    assert nearest("rate", ["rates", "rates"]) == ["rates"]


def test_unknown_names_the_thing_the_near_ones_and_the_known_ones() -> None:
    issue = unknown("metric", "winrate", ["coverage", "win_rate"], where="review.yaml:3")
    assert str(issue) == (
        "review.yaml:3  unknown metric 'winrate'\n  try: did you mean win_rate? known: coverage, win_rate"
    )
    assert issue.code == "unknown_metric"
    assert unknown("metric", "xyzzy", ["coverage"]).try_ == "known: coverage"
    assert unknown("pay plan", "x", []).try_ == "no pay plan is known here"
    assert unknown("pay plan", "x", []).code == "unknown_pay_plan"


def test_a_long_list_of_known_names_is_cut() -> None:
    tries = unknown("zone", "q", [f"area{i}" for i in range(30)]).try_
    assert tries.endswith("area23 and 6 more")
