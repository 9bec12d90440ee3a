"""A set per role ships, one's own holds over it, a wrong name is said with its line, and too many are told with reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.kernel.report import Note, Report, Table
from saleswright.lib.issue import USAGE, Stop
from saleswright.measure.metrics.governance.board import governed
from saleswright.measure.metrics.governance.kpi import lacks
from saleswright.measure.metrics.governance.sets import MOST
from saleswright.measure.metrics.keys import TRACKS
from tests.measure.governance.company import opened, said

ROLE = "sales management"


def written(folder: Path, *lines: str) -> None:
    (folder / "definitions/kpi_sets.yaml").write_text("".join(f"- {{{line}}}\n" for line in lines), encoding="utf-8")


def warnings(report: Report) -> list[str]:
    return [block.text for block in report.blocks if isinstance(block, Note) and block.kind == "warning"]


def table(report: Report, name: str) -> Table:
    return next(block for block in report.blocks if isinstance(block, Table) and block.name == name)


def test_each_of_the_six_roles_has_a_set_of_at_most_seven_that_looks_both_ways(folder: Path) -> None:
    with opened(folder) as at:
        held = governed(at)
    assert tuple(held.sets) == TRACKS and not held.issues
    for role, one in held.sets.items():
        assert 3 <= len(one.names) <= MOST, role
        kpis = held.of_role(role)
        assert {kpi.timing for kpi in kpis} == {"leading", "lagging"}, role
        for kpi in kpis:
            assert kpi.use == "kpi" and not lacks(kpi), f"{kpi.name} stands in the set of {role}: {lacks(kpi)}"


def test_every_shipped_kpi_says_who_answers_what_for_when_and_which_way(folder: Path) -> None:
    with opened(folder) as at:
        kpis = governed(at).kpis.values()
    shipped = [kpi for kpi in kpis if kpi.use == "kpi" and kpi.definition.shipped]
    assert len(shipped) > 10 and not [(kpi.name, lacks(kpi)) for kpi in shipped if lacks(kpi)]


def test_ones_own_set_holds_over_the_shipped_one_from_its_day_on(folder: Path) -> None:
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [won_value, win_rate], from: 2026-11-01")
    for day, names in (("2026-11-16", ("won_value", "win_rate")), ("2026-10-31", None)):
        with opened(folder, day) as at:
            one = governed(at).sets[ROLE]
        assert one.shipped is (names is None)
        assert names is None or one.names == names


def test_a_wrong_name_is_said_with_its_line_and_the_nearest_name(folder: Path) -> None:
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [won_value, win_rat]")
    report = said(folder, "kpi", role=ROLE)
    assert [row[-1] for row in table(report, "kpis").rows] and len(table(report, "kpis").rows) == 1
    issue = next(issue for issue in report.issues if "win_rat" in issue.what)
    assert issue.where == "definitions/kpi_sets.yaml:1  kpis.1"
    assert issue.what == "unknown metric 'win_rat'" and issue.try_.startswith("did you mean win_rate")


def test_all_that_is_wrong_with_a_set_is_said_at_once(folder: Path) -> None:
    written(
        folder,
        "kind: kpi_set, name: a, role: finance, kpi: [won_value]",
        "kind: kpi_set, name: b, kpis: [won_value]",
        "kind: kpi_set, name: c, role: marketing, kpis: [new_deals]",
        "kind: kpi_set, name: d, role: marketing, kpis: [new_deals, new_deals]",
    )
    with opened(folder) as at:
        found = [str(issue) for issue in governed(at).issues]
    told = "\n".join(found)
    assert "unknown key 'kpi'" in told and "needs kpis:, a list of metrics" in told
    assert "kpi_sets.yaml:2  a set of KPIs needs role:" in told
    assert "marketing has another set in force since the same day" in told and "new_deals stands twice" in told


def test_an_unknown_role_gives_the_nearest(folder: Path) -> None:
    with pytest.raises(Stop) as stop:
        said(folder, "kpi", role="sales mangement")
    assert stop.value.exit_code == USAGE and "did you mean sales management?" in stop.value.issues[0].try_


def test_above_seven_warns_with_what_could_go_and_why(folder: Path) -> None:
    names = "win_rate, win_rate_value, won_value, won_deals, lost_deals, past_due, new_deals, deal_size, sales_cycle"
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [{names}]")
    report = said(folder, "kpi", role=ROLE)
    text = next(text for text in warnings(report) if "more than 7" in text)
    assert text.startswith("Sales management has 9 KPIs, 2 more than 7. These could go with the least lost: ")
    assert text.count(", for it moved with win rate over 30 months (rank correlation 0.") == 2, "each has a reason"
    rows = table(report, "advice").rows
    assert ("Win rate by value", "it asks otherwise what win rate asks", "win_rate_value") in rows
    assert ("Lost deals", "nobody answers for it", "lost_deals") in rows
    assert any("Sales management has 9 KPIs" in text for text in warnings(said(folder, "kpi")))


def test_seven_do_not_warn(folder: Path) -> None:
    assert not [text for text in warnings(said(folder, "kpi", role=ROLE)) if "more than" in text]


def test_a_set_that_only_looks_back_is_told(folder: Path) -> None:
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [won_value, win_rate, deal_size]")
    notes = [block.text for block in said(folder, "kpi", role=ROLE).blocks if isinstance(block, Note)]
    assert any("0 leading, 3 lagging. All look back" in text for text in notes)
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [new_deals, past_due]")
    notes = [block.text for block in said(folder, "kpi", role=ROLE).blocks if isinstance(block, Note)]
    assert any("None says whether it worked" in text for text in notes)


def test_a_kpi_that_is_linked_to_nothing_is_flagged(folder: Path) -> None:
    written(folder, f"kind: kpi_set, name: ours, role: {ROLE}, kpis: [win_rate, lost_deals]")
    flagged = [text for text in warnings(said(folder, "kpi", role=ROLE)) if "linked to nothing" in text]
    assert flagged == [
        "Lost deals is linked to nothing: no objective and nobody answers for it. Say so in metrics/standard/lost_deals.yaml:1."
    ]


def test_a_kpi_leads_to_its_diagnostics(folder: Path) -> None:
    rows = {row[-1]: row[1] for row in table(said(folder, "kpi path", metric="new_value"), "diagnostics").rows}
    assert rows["new_deals"] == rows["win_rate"] == "a part of it"
    rows = {row[-1]: row[1] for row in table(said(folder, "kpi path", metric="won_deals"), "diagnostics").rows}
    assert rows["demos"] == "activity that should bring it"


def test_old_data_is_flagged_for_what_is_looked_at_more_often(folder: Path, pin_now: object) -> None:
    assert not [text for text in warnings(said(folder, "kpi", role=ROLE)) if "its data is" in text]
    pin_now("2026-11-26T12:00:00+00:00")  # type: ignore[operator]
    stale = [text for text in warnings(said(folder, "kpi", role=ROLE)) if "its data is 10 days old" in text]
    assert stale and all("is looked at weekly" in text for text in stale)
