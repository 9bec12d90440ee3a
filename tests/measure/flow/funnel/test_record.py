"""Is the funnel what the metrics count, is every entry in exactly one outcome, and do both days of a way add up?"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Flows, Note, Series, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.book import read as read_book
from saleswright.measure.flow.funnel.alarms import month_of
from saleswright.measure.flow.funnel.between import CUT, RAISED, between, flows
from saleswright.measure.flow.funnel.cohorts import cohorts
from saleswright.measure.flow.funnel.stages import OUTCOMES, funnel
from saleswright.measure.flow.funnel.visits import read
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate, replace_by
from saleswright.measure.metrics.dimensions import find
from tests.workspaces import Book as Opened
from tests.workspaces import copied
from tests.workspaces import seen as on


@pytest.mark.parametrize(
    ("as_of", "currency", "by", "period", "where"),
    [
        ("", "", "team", "", ()),
        ("2026-03-31", "EUR", "quarter", "last 6 months", (("segment", "Enterprise"),)),
    ],
)
def test_outcomes_are_what_the_metrics_count_to_the_cent(
    sample: Opened, as_of: str, currency: str, by: str, period: str, where: Any
) -> None:
    at = on(sample, as_of, currency=currency)
    split = find(at, by, entity="stage_entry")
    made = funnel(at, read(at, () if split.grain else (by,), where), by, period, where)
    stage, became = (find(at, name, entity="stage_entry") for name in ("stage", "became"))
    for name, of in (("stage_conversion", "count"), ("stage_conversion_value", "value")):
        asked = ask(at, name, (by,), period, where)
        told = evaluate(at, replace_by(asked, (split, stage, became)))
        for (member, place, outcome), sums in told.group_sums.items():
            mine = getattr(made.groups[member, place], of)[outcome]
            assert mine == (sums.n if of == "count" else int(sums.total)), (member, place, outcome)
        whole = evaluate(at, replace_by(asked, (stage,)))
        for (place,), figure in whole.groups.items():
            own = made.whole[place].share if of == "count" else made.whole[place].worth
            assert (own.value, own.low, own.high, own.n, own.of) == (
                pytest.approx(figure.value), pytest.approx(figure.low), pytest.approx(figure.high), figure.n, figure.of,
            )  # fmt: skip
            assert own.ref == figure.ref
    for one in (*made.whole.values(), *made.groups.values()):
        assert sum(one.count[name] for name in OUTCOMES) == one.entered == one.share.n
    assert sum(one.entered for one in made.groups.values()) == made.entered > 100


def test_every_entry_has_exactly_one_outcome(sample: Opened) -> None:
    at = on(sample)
    visits = read(at)
    entries = visits.only(visits.first)
    pairs = list(zip(entries.deal.tolist(), entries.stage.tolist(), strict=True))
    assert len(pairs) == len(set(pairs)), "a deal comes into a stage for the first time once"
    assert set(entries.became.tolist()) <= set(OUTCOMES)
    assert (visits.left[~visits.there] >= visits.entered[~visits.there]).all()
    assert ((visits.went == "still there") == visits.there).all()


def test_a_number_opens_the_deals_of_its_outcome(sample: Opened) -> None:
    made = sample.call("flow funnel", period="last 12 months").report
    table = next(block for block in made.blocks if isinstance(block, Table) and block.name == "stages")
    opened = [cell for cell in table.rows[2] if isinstance(cell, Figure) and cell.unit == "count" and cell.value]
    lost = next(cell for cell in opened if cell.name == "lost")
    told = sample.call("explain", lost.ref).report
    rows = next(block for block in told.blocks if isinstance(block, Table) and block.name == "rows")
    assert (rows.total or len(rows.rows)) == lost.value


def test_the_report_says_where_deals_stop_and_proves_it(sample: Opened) -> None:
    made = sample.call("flow funnel", by="team", cohort="month", stage="proposal").report
    names = [block.name for block in made.blocks if isinstance(block, (Table, Series))]
    assert names == ["stages", "value", "dwell", "by_team", "cohorts", "days_in_stage", "drop_off"]
    assert made.lede.startswith(("Deals stop most at", "Proposal lost", "Negotiation lost", "Discovery lost"))
    assert "still there = " in made.footer[0] and "to the cent" in made.footer[0]
    assert any("Immature: " in block.text for block in made.blocks if isinstance(block, Note))
    drop = next(block for block in made.blocks if isinstance(block, Series) and block.name == "drop_off")
    assert all(point.limit for point in drop.points)
    with pytest.raises(Stop, match=r"Proposal"):
        sample.call("flow funnel", stage="Proposl")


@pytest.mark.parametrize(
    ("since", "where"), [("2026-09-30", ()), ("2026-11-16", (("team", "Team West"),)), ("2025-06-30", ())]
)
def test_both_sides_of_the_ways_are_what_was_and_is_open(sample: Opened, since: str, where: Any) -> None:
    at = on(sample)
    made = between(at, date.fromisoformat(since), read(at).stages(), where)
    assert made.tied
    left, right = made.sums
    assert made.then[0].value == Money(left, made.currency) and made.now[0].value == Money(right, made.currency)
    drawn = flows(made, True)
    for side, total, out in (("source", left, (RAISED, "New", "Re-opened")), ("target", right, ())):
        chosen = [
            link.figure.value.minor
            for link in drawn.links
            if isinstance(link.figure.value, Money)
            and (getattr(link, side) not in out if out else link.target in made.stages)
        ]
        assert sum(chosen) == total
    counted = flows(made, False)
    assert sum(int(str(n.figure.value)) for n in counted.links if n.target in made.stages) == made.now[1].value
    assert all(int(str(n.figure.value)) > 0 for n in counted.links)
    assert CUT not in {link.source for link in drawn.links}


def test_the_deals_of_a_way_are_listed(sample: Opened) -> None:
    made = sample.call("flow between", since="2026-09-30", left="Proposal", right="lost").report
    table = next(block for block in made.blocks if isinstance(block, Table))
    count = next(block for block in made.blocks if isinstance(block, Flows) and block.unit == "count")
    n = next(link.figure.value for link in count.links if (link.source, link.target) == ("Proposal", "Lost"))
    assert table.total == len(table.rows) == n
    with pytest.raises(Stop, match="is not before"):
        sample.call("flow between", since="2026-11-22")


def test_cohorts_hold_what_new_deals_counts_and_their_wins(sample: Opened) -> None:
    at = on(sample)
    book = read_book(at)
    for grain in ("month", "quarter"):
        made = cohorts(at, book, grain)  # type: ignore[arg-type]
        assert made.tied and made.completed is not None
        place = next(i for i in range(len(made.periods)) if made.reached[i] == 2)
        period = made.periods[place]
        month = month_of(book.days["qualified"])
        inside = [(period.start.year * 12 + period.start.month - 1 + i) for i in range(1 if grain == "month" else 3)]
        own = book.only(np.isin(month, inside))
        assert len(own) == made.size[place]
        closed = (own.fate == 1) & (month_of(own.days["closed"]) <= 2026 * 12 + (9 if grain == "month" else 8))
        assert int(closed.sum()) == made.won[place, 2] if grain == "month" else True
    assert (np.diff(made.won, axis=1)[made.won[:, 1:] >= 0] >= 0).all()


def test_a_person_sees_the_funnel_of_own_deals_alone(sample: Opened, demo_folder: Any, tmp_path: Any) -> None:
    folder = tmp_path / "scoped"
    copied(demo_folder, folder)
    (folder / "definitions" / "access.yaml").write_text(
        "- {kind: access, name: chief, scope: company}\n"
        "- {kind: access, name: west, scope: 'team:Team West'}\n"
        "- {kind: access, name: shut, scope: company, hide: [deal.amount]}\n",
        encoding="utf-8",
    )
    import saleswright

    opened = saleswright.open(folder).as_of("2026-11-22")
    whole, part = (opened.as_actor(name).call("flow funnel", period="all").report for name in ("chief", "west"))
    entered = [
        sum(int(str(row[1])) for row in block.rows)
        for report in (whole, part)
        for block in report.blocks
        if isinstance(block, Table) and block.name == "stages"
    ]
    assert 0 < entered[1] < entered[0]
    at = build().open_context(opened.workspace, Ambient(as_of="2026-11-22", actor="west"))
    assert isinstance(at, Snapshot)
    assert between(at, date(2026, 9, 30), read(at).stages()).tied
    with pytest.raises(Stop, match="amount"):
        opened.as_actor("shut").call("flow funnel")


def test_one_export_says_which_would_tell_more(maven: Opened) -> None:
    made = maven.call("flow funnel").report
    (note,) = (block for block in made.blocks if isinstance(block, Note))
    assert "history" in note.text and note.kind == "warning"
    assert maven.call("flow cohorts").report.lede


def test_a_month_in_which_a_rule_changed_is_marked(demo_folder: Any, tmp_path: Any) -> None:
    import saleswright

    folder = tmp_path / "marked"
    copied(demo_folder, folder)
    (folder / "definitions" / "leave_out").mkdir()
    (folder / "definitions" / "leave_out" / "tests.yaml").write_text(
        "kind: leave_out\nname: tests\nfrom: 2026-08-10\ndoc: x\nbecause: test deals\nwhen: {name: {has: Zzz}}\n",
        encoding="utf-8",
    )
    made = saleswright.open(folder).as_of("2026-11-22").call("flow cohorts")
    series = next(block for block in made.report.blocks if isinstance(block, Series))
    assert {point.label: point.mark for point in series.points if point.mark} == {
        "2026-08": "left out: test deals from here on"
    }
    drops = saleswright.open(folder).as_of("2026-11-22").call("flow funnel", stage="Proposal").report
    drop = next(block for block in drops.blocks if isinstance(block, Series) and block.name == "drop_off")
    assert [point.label for point in drop.points if point.mark] == ["2026-08"]
    told = made.json()["data"]["blocks"]
    assert any(p.get("mark") for block in told if block["kind"] == "series" for p in block["points"])
