"""A mark hides one finding until its end, with a reason; wrong ones are refused; nothing of the file is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import saleswright
from saleswright.app import build
from saleswright.kernel.report import Report
from saleswright.lib.issue import CONFLICT, USAGE, Stop
from saleswright.measure.review.scrub.find import scrub
from saleswright.measure.review.scrub.marks import FILE
from tests.measure.review.scrub.conftest import opened
from tests.measure.review.scrub.small import deal, made, usual
from tests.workspaces import copied

NOW = "2026-11-16T12:00:00+00:00"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", NOW)
        late = [deal(f"D{n}", Close_Date="2026-11-09", Next_Step="", Next_Step_Date="") for n in (1, 2)]
        late += [deal(f"S{n}", Name="Same", Close_Date="2026-11-09") for n in (1, 2)]
        return made(tmp_path_factory.mktemp("marks"), [*usual(), *late])


@pytest.fixture
def folder(source: Path, tmp_path: Path, pin_now: Callable[[str], datetime]) -> Path:
    pin_now(NOW)
    return copied(source, tmp_path / "w")


def fine(folder: Path, **given: str) -> Report:
    args = {"deal": "D1", "rule": "past_due", "because": "the buyer signs: on the 30th", "until": "2026-12-07"} | given
    return build().call(saleswright.open(folder).workspace, "review fine", args).report


def held(folder: Path, as_of: str = "") -> set[tuple[str, str]]:
    at = opened(folder, as_of)
    try:
        return {(one.key, finding.rule) for one in scrub(at).suspects for finding in one.findings}
    finally:
        at.close()


def test_a_mark_hides_that_finding_alone_until_its_end(folder: Path, pin_now: Callable[[str], datetime]) -> None:
    before = held(folder)
    assert fine(folder).changed == 1
    assert before - held(folder) == {("D1", "past_due")}
    at = opened(folder)
    assert scrub(at).marked == 1
    assert not any(fix.field == "expected_close" for one in scrub(at).suspects if one.key == "D1" for fix in one.fixes)
    at.close()
    pin_now("2026-12-06T12:00:00+00:00")
    assert ("D1", "past_due") not in held(folder)
    pin_now("2026-12-07T12:00:00+00:00")
    assert ("D1", "past_due") in held(folder)


def test_deleting_the_line_takes_it_back(folder: Path) -> None:
    before = held(folder)
    fine(folder)
    (folder / FILE).unlink()
    assert held(folder) == before


def test_it_is_put_behind_what_is_there_comments_and_all(folder: Path) -> None:
    (folder / FILE).write_text("# ours, kept by hand\n- {kind: not_a_problem, name: a, deal: D2, rule: past_due,\n"
                               "   because: known, from: 2026-11-01, to: 2026-12-01}  # agreed", encoding="utf-8")  # fmt: skip
    fine(folder)
    text = (folder / FILE).read_text(encoding="utf-8")
    assert text.startswith("# ours, kept by hand\n") and "# agreed\n- {kind: not_a_problem" in text
    assert not {("D1", "past_due"), ("D2", "past_due")} & held(folder)


def test_a_rehearsal_writes_nothing(folder: Path) -> None:
    report = (
        build()
        .call(
            saleswright.open(folder).workspace,
            "review fine",
            {"deal": "D1", "rule": "past_due", "because": "known", "until": "2026-12-07", "dry_run": True},
        )
        .report
    )
    assert report.changed == 0 and not (folder / FILE).exists()


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"deal": "D99"}, "unknown record with a finding 'D99'"),
        ({"deal": "Same"}, "2 records are called 'Same'"),
        ({"rule": "past_du"}, "unknown rule 'past_du'"),
        ({"rule": "silent"}, "silent holds nothing against D1"),
        ({"because": " . ".replace(".", " ") + "\t"}, "because is missing"),
        ({"until": "soon"}, "'soon' is no date"),
        ({"until": "2026-11-16"}, "2026-11-16 has come already"),
        ({"until": "2028-11-16"}, "2028-11-16 is more than a year away"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, given: dict[str, str], what: str) -> None:
    with pytest.raises(Stop) as stop:
        fine(folder, **given)
    told = str(stop.value)
    assert stop.value.exit_code == USAGE and (what in told or "there is no reason" in told)
    assert not (folder / FILE).exists()


def test_all_that_is_wrong_is_told_at_once(folder: Path) -> None:
    with pytest.raises(Stop) as stop:
        fine(folder, deal="D99", rule="past_du", until="2028-11-16")
    assert len(stop.value.issues) == 3


@pytest.mark.parametrize("text", ["kind: not_a_problem\nname: a\n", "- {kind: [\n"])
def test_a_file_that_is_no_list_is_left_alone(folder: Path, text: str) -> None:
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Stop) as stop:
        fine(folder)
    assert stop.value.exit_code == CONFLICT
    assert (folder / FILE).read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (
            "{kind: not_a_problem, name: a, deal: D1, rule: past_due, from: 2026-11-01, to: 2026-12-01}",
            "a mark needs because",
        ),
        (
            "{kind: not_a_problem, name: a, deal: D1, rule: past_duee, because: x, to: 2026-12-01}",
            "unknown rule 'past_duee'",
        ),
        ("{kind: not_a_problem, name: a, deal: D1, rule: past_due, because: x}", "a mark needs an end"),
        (
            "{kind: not_a_problem, name: a, deal: D1, rule: past_due, because: x, until: 1, to: 2026-12-01}",
            "unknown key 'until'",
        ),
    ],
)
def test_a_wrong_line_is_told_and_hides_nothing(folder: Path, line: str, what: str) -> None:
    before = held(folder)
    (folder / FILE).write_text(f"# marks\n- {line}\n", encoding="utf-8")
    at = opened(folder)
    issues = scrub(at).issues
    at.close()
    assert any(what in issue.what and f"{FILE}:2" in issue.where for issue in issues), issues
    assert held(folder) == before
