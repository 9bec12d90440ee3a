"""A review that is due is listed, what came of it is a dated line with the figure as it was then, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import saleswright
from saleswright.app import build
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Report, Table
from saleswright.lib.issue import CONFLICT, NOT_ALLOWED, USAGE, Stop
from saleswright.measure.metrics.governance.board import governed
from saleswright.measure.metrics.governance.reviews import FILE, after
from tests.measure.governance.company import opened, said

Pin = Callable[[str], datetime]


def logged(folder: Path, metric: str = "win_rate", **more: object) -> Report:
    args = {"metric": metric, "outcome": "West: is coached, on pricing #1", **more}
    return build().call(saleswright.open(folder).workspace, "kpi reviewed", args).report


def rows(report: Report, name: str) -> dict[str, tuple[object, ...]]:
    found = next((block for block in report.blocks if isinstance(block, Table) and block.name == name), None)
    return {str(row[-1]): row for row in found.rows} if found else {}


def state(folder: Path, metric: str = "win_rate", as_of: str = "") -> str:
    report = said(folder, "kpi due", as_of=as_of)
    return str({**rows(report, "later"), **rows(report, "due")}[metric][3])


def test_a_review_that_is_due_is_listed_and_its_outcome_logged(folder: Path, pin_now: Pin) -> None:
    assert state(folder) == "never reviewed: due now"
    report = logged(folder)
    assert report.changed == 1 and "looked at again on 2026-12-16" in report.lede
    assert state(folder) == "due on 2026-12-16", "win rate is looked at monthly"
    for now, words in (("12-15", "due on 2026-12-16"), ("12-16", "due today"), ("12-21", "overdue by 5 days")):
        pin_now(f"2026-{now}T12:00:00+00:00")
        assert state(folder) == words
    found = rows(said(folder, "kpi due"), "due")
    assert found["win_rate"][6] == "West: is coached, on pricing #1"


def test_the_line_keeps_the_figures_reference_which_opens_later(folder: Path, pin_now: Pin) -> None:
    figure = next(block for block in logged(folder).blocks if isinstance(block, Figure))
    line = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))[0]
    assert line["figure"] == figure.ref and "period=2026-10" in figure.ref
    assert line["value"].endswith(", 2026-10") and line["from"] == date(2026, 11, 16)
    pin_now("2027-02-01T12:00:00+00:00")
    again = said(folder, "explain", ref=line["figure"])
    assert next(block for block in again.blocks if isinstance(block, Figure)).value == figure.value


def test_the_latest_review_counts_and_all_are_kept(folder: Path, pin_now: Pin) -> None:
    (folder / FILE).write_text("# by hand\n", encoding="utf-8")
    logged(folder, outcome="first")
    logged(folder, outcome="second", next="2026-11-30")
    pin_now("2026-11-20T12:00:00+00:00")
    logged(folder, outcome="third")
    assert state(folder) == "due on 2026-12-20"
    with opened(folder) as at:
        assert [one.outcome for one in governed(at).reviews["win_rate"]] == ["third", "second", "first"]
    text = (folder / FILE).read_text(encoding="utf-8")
    assert (
        text.startswith("# by hand\n- {kind: kpi_review, name: win_rate_2026_11_16, ")
        and "win_rate_2026_11_16_2" in text
    )
    # A past day stays as it was.
    assert state(folder, as_of="2026-11-17") == "due on 2026-11-30"
    assert state(folder, as_of="2026-11-15") == "never reviewed: due now"


def test_a_rehearsal_writes_nothing(folder: Path) -> None:
    assert logged(folder, dry_run=True).changed == 0
    assert not (folder / FILE).exists()


def test_what_is_wrong_is_said_at_once_and_nothing_is_written(folder: Path) -> None:
    with pytest.raises(Stop) as stop:
        logged(folder, outcome="  ", next="2026-11-16")
    assert stop.value.exit_code == USAGE
    told = [issue.what for issue in stop.value.issues]
    assert told == ["nothing is said to have come of it", "2026-11-16 has come already"]
    for wrong in ("tomorrow", "2031-01-01"):
        with pytest.raises(Stop) as stop:
            logged(folder, next=wrong)
        assert wrong in stop.value.issues[0].what
    with pytest.raises(Stop) as stop:
        logged(folder, metric="win_rat")
    assert "did you mean win_rate" in stop.value.issues[0].try_
    with pytest.raises(Stop) as stop:
        logged(folder, metric="lost_deals")
    assert "says no cadence" in stop.value.issues[0].why
    assert not (folder / FILE).exists()


def test_a_file_that_is_no_list_is_left_alone(folder: Path) -> None:
    (folder / FILE).write_text(
        "kind: kpi_review\nname: one\nmetric: win_rate\noutcome: ok\nfrom: 2026-11-01\n", encoding="utf-8"
    )
    with pytest.raises(Stop) as stop:
        logged(folder)
    assert stop.value.exit_code == CONFLICT and "no list of reviews" in stop.value.issues[0].what


def test_lines_that_cannot_be_used_say_so_with_their_line(folder: Path) -> None:
    (folder / FILE).write_text(
        "- {kind: kpi_review, name: a, metric: win_rat, outcome: ok, from: 2026-11-02}\n"
        "- {kind: kpi_review, name: b, metric: win_rate, from: 2026-11-02}\n"
        "- {kind: kpi_review, name: c, metric: win_rate, outcome: ok, nxt: 2026-12-01, from: 2026-11-02}\n"
        "- {kind: kpi_review, name: d, metric: win_rate, outcome: ok}\n"
        "- {kind: kpi_review, name: e, metric: win_rate, outcome: ok, next: soon, from: 2026-11-02}\n",
        encoding="utf-8",
    )
    told = "\n".join(str(issue) for issue in said(folder, "kpi due").issues)
    for words in (
        f"{FILE}:1  metric  unknown metric 'win_rat'\n  try: did you mean win_rate", f"{FILE}:2  a review needs outcome:",
        f"{FILE}:3  nxt  unknown key 'nxt'", f"{FILE}:4  a review needs its day", f"{FILE}:5  next  'soon' is no date",
    ):  # fmt: skip
        assert words in told
    assert state(folder) == "never reviewed: due now"


def test_who_sees_a_part_may_not_log_and_is_not_told_the_companys_figure(folder: Path) -> None:
    logged(folder)
    grant = "- {kind: access, name: ada, scope: 'owner:Ada Park'}\n"
    (folder / "definitions/access.yaml").write_text(grant, encoding="utf-8")
    space, ada = saleswright.open(folder).workspace, Ambient(actor="ada")
    args = {"metric": "win_rate", "outcome": "ok"}
    with pytest.raises(Stop) as stop:
        build().call(space, "kpi reviewed", args, ada)
    assert stop.value.exit_code == NOT_ALLOWED
    path = build().call(space, "kpi path", {"metric": "win_rate"}, ada).report
    (row,) = next(block for block in path.blocks if isinstance(block, Table) and block.name == "reviews").rows
    assert row[1:4] == ("said of the whole company", "", "") and row[5] == ""
    assert all("scope=company" not in figure.ref for figure in path.figures())
    due = build().call(space, "kpi due", {}, ada).report
    assert not any("coached" in str(block) for block in due.blocks)


@pytest.mark.parametrize(
    ("day", "cadence", "wanted"),
    [
        (date(2026, 11, 2), "monthly", date(2026, 12, 2)),
        (date(2026, 1, 31), "monthly", date(2026, 2, 28)),
        (date(2026, 11, 30), "quarterly", date(2027, 2, 28)),
        (date(2028, 2, 29), "yearly", date(2029, 2, 28)),
        (date(2026, 12, 28), "weekly", date(2027, 1, 4)),
    ],
)
def test_one_cadence_later(day: date, cadence: str, wanted: date) -> None:
    assert after(day, cadence) == wanted


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(["weekly", "monthly", "quarterly", "yearly"]))
def test_the_next_day_is_later_and_never_overtakes(day: date, cadence: str) -> None:
    this, following = after(day, cadence), after(day + timedelta(days=1), cadence)
    assert this is not None and following is not None and day < this <= following
    assert (this - day).days <= {"weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366}[cadence]
