"""Does a forecast say the same on every face, does what adds up add up, and is nothing said where nothing is known?"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from saleswright.app import build, open_context
from saleswright.faces.web.app import create_app
from saleswright.faces.words import change
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Bridge, Figure, Note, Report, Series, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.lib.period import parse_period
from saleswright.measure.forecast.material import kept as deciding
from saleswright.measure.forecast.outlook import asked
from saleswright.measure.forecast.show import find, kept, said, tables
from saleswright.measure.forecast.show.actions import show
from saleswright.measure.forecast.show.find import METRICS, refs
from saleswright.measure.forecast.show.page import build as page
from saleswright.measure.forecast.show.report import report
from saleswright.measure.forecast.show.shown import Cannot, Shown
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.explain import explain_figure
from tests.faces.web.conftest import Client, client_of
from tests.faces.web.test_same_figure import FIGURE
from tests.measure.forecast.seeds import drawn
from tests.measure.forecast.show.company import FRIDAY, Company, company

DAY = FRIDAY.isoformat()
PAGE = f"/forecast?asof={DAY}"
Site = tuple[Client, Snapshot, Company]


@pytest.fixture(autouse=True, scope="module")
def _today() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALESWRIGHT_NOW", f"{DAY}T18:00:00+00:00")
        yield


@pytest.fixture(scope="module")
def site(_today: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company served, and its record on its last day; what one learns the other need not."""
    made = company(tmp_path_factory.mktemp("show"), drawn())
    app = build()
    workspace = app.open_workspace(made.root)
    at = app.open_context(workspace, Ambient(as_of=DAY))
    assert isinstance(at, Snapshot)
    with client_of(create_app(app, workspace)) as opened:
        yield opened, at, made


@pytest.fixture(scope="module")
def at(site: Site) -> Snapshot:
    return site[1]


@pytest.fixture(scope="module")
def one(at: Snapshot) -> Shown:
    found = kept.shown(at, by="team")
    assert isinstance(found, Shown)
    return found


def table(of: Report, name: str) -> Table:
    return next(block for block in of.blocks if isinstance(block, Table) and block.name == name)


def figure(of: Report, name: str) -> Figure:
    return next(block for block in of.blocks if isinstance(block, Figure) and block.name == name)


def minor(value: Any) -> int:
    found = value.value if isinstance(value, Figure) else value
    assert isinstance(found, Money), found
    return found.minor


def test_won_open_and_still_to_come_are_always_there_and_add_up_to_the_mean(at: Snapshot, one: Shown) -> None:
    """Means add: won + open + still to be created and closed; won is the metric's own figure, a floor below the range."""
    for period in ("", "last quarter"):
        rows = table(show.run(at, period=period), "parts").rows
        assert [row[0] for row in rows][2] == "Still to be created and closed"
        assert sum(minor(row[1]) for row in rows[:3]) == minor(rows[3][1])
    assert minor(table(show.run(at), "parts").rows[0][1]) == minor(
        evaluate(at, ask(at, "won_value", (), "this quarter")).total
    )
    told = one.whole
    assert told.won <= told.range.low <= told.range.mid <= told.range.high and told.coming > 0


def test_the_months_add_up_to_the_quarter_and_to_the_year_in_means(at: Snapshot) -> None:
    for period, count in (("this quarter", 3), ("this year", 12)):
        found = kept.shown(at, period)
        assert isinstance(found, Shown) and len(found.months) == count
        for name in ("won", "open", "coming", "mean"):
            assert sum(getattr(each.month, name) for each in found.months) == getattr(found.whole, name), (period, name)
        last = found.months[-1].to_date
        assert (last.won, last.open, last.coming) == (found.whole.won, found.whole.open, found.whole.coming)
        middles = [each.to_date.mean for each in found.months]
        assert middles == sorted(middles)
    assert "ranges do not" in table(show.run(at, months=True), "months").footer


def test_members_add_up_in_means_and_the_page_says_that_ranges_do_not(at: Snapshot, one: Shown) -> None:
    for name in ("won", "open", "coming", "mean"):
        assert sum(getattr(each.told, name) for each in one.members) == getattr(one.whole, name), name
    members = table(show.run(at, by="team"), "members")
    assert "ranges" in members.footer
    assert [minor(row[1]) for row in members.rows[-1:]] == [one.whole.target]
    assert sum(each.told.target or 0 for each in one.members) == one.whole.target
    lows = sum(each.told.range.low for each in one.members)
    assert lows < one.whole.range.low, "teams that are all low at once are rarer than one"


def test_the_range_of_deals_that_do_not_move_together_stands_beside_it_labelled(at: Snapshot) -> None:
    told = show.run(at)
    likely, apart = figure(told, "likely"), figure(told, "apart")
    assert apart.label == "If deals did not move together"
    assert minor(apart.high) - minor(apart.low) <= minor(likely.high) - minor(likely.low)


def test_the_drawing_holds_all_of_the_chance_and_the_target_splits_it(at: Snapshot, one: Shown) -> None:
    series = next(block for block in show.run(at).blocks if isinstance(block, Series))
    shares = [float(str(point.figure.value)) for point in series.points]
    assert abs(sum(shares) - 1) < 1e-9 and len(shares) == len(one.bars)
    assert all(a[1] == b[0] for a, b in zip(one.bars, one.bars[1:], strict=False))


def test_the_bridge_since_last_week_balances_to_the_unit_and_every_line_lists_its_deals(
    at: Snapshot, one: Shown
) -> None:
    told = show.run(at)
    bridge = next(block for block in told.blocks if isinstance(block, Bridge))
    values = [minor(step.figure) for step in bridge.steps]
    assert values[0] + sum(values[1:-1]) == values[-1] == one.whole.mean
    assert one.was is not None and values[0] == one.was.mean
    assert bridge.steps[-2].name == "coming", "what is still to come is always a line"
    for step in bridge.steps[1:-2]:
        rows = table(show.run(at, line=step.name), "deals").rows
        assert sum(minor(row[3]) for row in rows) == minor(step.figure), step.name
        assert len(rows) == step.events and all(row[0] for row in rows)


def test_each_fate_of_the_week_stands_on_its_line(at: Snapshot, site: Site) -> None:
    """Won, lost or gone, amount changed, pushed in and out, new deals: planted between two exports, found by name."""
    for line, names in site[2].lines.items():
        rows = table(show.run(at, line=line), "deals").rows
        assert {row[0] for row in rows} == names, line
    assert {"won", "won_elsewhere", "lost", "pushed_out", "pulled_in", "amount", "new"} == set(site[2].lines)


def test_a_win_that_is_dated_ahead_is_booked_in_its_own_period(at: Snapshot, site: Site, one: Shown) -> None:
    """Closed amounts are a floor: of the period that they are booked in, as `won_value` has it, and of no other."""
    assert site[2].lines["won_elsewhere"]
    ahead = evaluate(at, ask(at, "won_value", (), "next quarter")).total
    assert one.next is not None and one.next.told.won == minor(ahead) > 0
    assert one.whole.won == minor(evaluate(at, ask(at, "won_value", (), "this quarter")).total)
    following = kept.shown(at, "next quarter")
    assert isinstance(following, Shown) and following.whole.won == minor(ahead) <= following.whole.range.low


def test_the_next_period_is_what_is_open_and_due_in_it(at: Snapshot, one: Shown) -> None:
    assert one.next is not None and one.next.period.label == "2027Q1"
    due = evaluate(at, ask(at, "open_pipeline", (), "all", (("due", "next quarter"),))).total
    assert one.next.open == minor(due) and one.next.deals == due.n
    assert one.next.told.mean == one.next.told.won + one.next.told.open + one.next.told.coming
    # No close date of an earlier quarter is in two exports, so nothing is said to be usual.
    assert one.next.before == () and "nothing says whether that is much" in said.built(one.next, "USD")


def test_a_figure_is_the_same_object_on_the_command_line_and_on_the_page(at: Snapshot) -> None:
    """Same figure in CLI and page: one forecast behind both, and one reference."""
    told, values = show.run(at, by="team"), page(at, {})
    assert values["shown"] is kept.shown(at, by="team")
    assert [block for block in told.blocks if isinstance(block, Figure)] == list(values["laid"].figures.values())
    assert next(block for block in told.blocks if isinstance(block, Bridge)) == values["laid"].bridge


def test_the_page_and_its_siblings_tell_one_value_for_one_reference(site: Site) -> None:
    client = site[0]
    text = client.get(PAGE).text
    seen: dict[str, set[str]] = {}
    for ref, title in FIGURE.findall(text):
        seen.setdefault(ref, set()).add(title)
    assert seen and all(len(titles) == 1 for titles in seen.values()), seen
    told = client.get(f"/a/forecast-show.json?asof={DAY}&by=team").json()["data"]
    blocks = {block["name"]: block for block in told["blocks"] if block["kind"] == "figure"}
    page_said = html.unescape(re.sub(r"<[^>]+>", "", text))
    for name in ("mean", "shortfall"):
        assert f"USD\u00a0{float(blocks[name]['value']['amount']):,.2f}" in html.unescape(text), name
    assert "still to be created and closed" in page_said.lower()
    for form in ("csv", "xlsx", "md"):
        assert client.get(f"/a/forecast-show.{form}?asof={DAY}&by=team").status_code == 200


def test_every_figure_that_is_a_metric_opens_to_it_with_the_same_value(at: Snapshot, one: Shown) -> None:
    told = show.run(at)
    found = refs(at, one.period, ())
    assert set(found) == set(METRICS), "a figure of the forecast has no metric"
    for name in ("likely", "mean", "chance", "shortfall"):
        mine = figure(told, name)
        opened = next(block for block in explain_figure(at, mine.ref).blocks if isinstance(block, Figure))
        assert opened.value == mine.value, name


def test_the_foot_of_every_card_of_a_range_is_that_of_the_back_test(site: Site, one: Shown) -> None:
    assert one.footer and show.run(one.at).footer[0] == one.footer
    assert html.unescape(site[0].get(PAGE).text).count(one.footer) == 2


def test_how_ranges_held_is_asked_anew_of_a_forecast_that_is_kept(
    at: Snapshot, one: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A back-test is run without a change of the record; the card that was worked out before must quote it."""
    monkeypatch.setattr(find, "footer", lambda at, span: "held 9 of 12 times")
    again = kept.shown(at, by="team")
    assert again.footer == "held 9 of 12 times" != one.footer and isinstance(again, Shown)
    assert again.whole is one.whole


def test_calls_are_held_against_the_mean_of_the_same_members(
    at: Snapshot, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing call is "not in", never zero: neither in the sum nor in what the sum is held against."""
    found = kept.shown(at, by="owner")
    assert isinstance(found, Shown)
    assert found.sheet is not None
    assert {one.member for one in found.members if one.asked} == {row.person for row in found.sheet.out}
    first, second, *rest = (replace(one, asked=False) for one in found.members)
    above = 1_234_500
    first, second = replace(first, called=first.told.mean + above), replace(second, asked=True)
    told = replace(found, members=(first, second, *rest))
    members = tables.members(told)
    assert members is not None and minor(members.rows[-1][-1]) == above
    monkeypatch.setattr(kept, "shown", lambda *_: told)
    text = html.unescape(site[0].get(f"{PAGE}&by=owner").text)
    sums = re.findall(r"<td[^>]*>(.*?)</td>", text[text.index("<tfoot>") : text.index("</tfoot>")])
    assert sums[-1] == change(Money(above, "USD"), "money", "short")
    assert text.count('<span class="chip warn">not in</span>') == 1, "who is not asked for a call is not missing"


def test_a_deal_has_the_amount_of_the_record_and_what_it_brings(one: Shown) -> None:
    amounts = dict(
        one.at.reader.rows("SELECT id, amount FROM deal WHERE valid_to > $as_of AND known_to > $known", one.at.clocks())
    )
    assert one.why and all(why.amount == amounts[why.id] for why in one.why)


def test_how_strongly_deals_move_together_says_how_much_of_it_is_assumed(one: Shown) -> None:
    def told(low: float, high: float, periods: int) -> str:
        return said.together(replace(one.basis, rho=(0.1, low, high), periods=periods))

    assert told(0.01, 0.24, 0).endswith("assumed: fewer than three past quarters tell of it")
    assert told(0.01, 0.24, 5).endswith("barely told by 5 past quarters: much of it is assumed")
    assert told(0.02, 0.05, 5) == "correlation 0.100 (0.020 to 0.050), from 5 past quarters"


def test_the_page_has_one_title_and_hides_no_line(site: Site) -> None:
    text = site[0].get(f"{PAGE}&line=lost").text
    assert "Deals on the line Lost or gone" in text and 'aria-current="page"' in text
    assert "Is Q1\u00a02027 being built?" in html.unescape(text) and "means add, ranges do not" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"period": "all"}, "has no end"),
        ({"by": "teem"}, "teem"),
        ({"line": "losst"}, "losst"),
        ({"since": "soon"}, "not a date"),
    ],
)
def test_a_wrong_word_is_told(at: Snapshot, given: dict[str, str], words: str) -> None:
    with pytest.raises(Stop) as stop:
        page(at, given)
    assert any(words in f"{issue.what} {issue.where}" for issue in stop.value.issues), stop.value.issues


@pytest.mark.parametrize("hidden", ["deal.amount", "deal.closed"])
def test_nothing_is_shown_where_amounts_or_days_are_hidden(at: Snapshot, hidden: str) -> None:
    """Nothing shown when fields are hidden: no figure, no sentence with a number, only what is missing."""
    blind = replace(at, policy=replace(at.policy, hidden=frozenset({hidden})))
    with pytest.raises(Stop):
        show.run(blind)
    values = page(blind, {})
    assert values["refused"]["forecast"] and values["shown"] is None and values["laid"] is None


def test_where_nearly_nothing_predicts_the_answer_says_so_before_any_figure(site: Site, one: Shown) -> None:
    """Its deals are won at random, so every open deal gets about the same chance, and the page says it first."""
    first = next(block for block in report(one).blocks if isinstance(block, Note) and block.kind == "warning")
    assert "nearly nothing tells a deal that will be won" in said.trusted(one.basis) and first.text in (
        *one.limits,
        said.trusted(one.basis),
    )
    text = html.unescape(site[0].get(PAGE).text)
    assert text.index("nearly nothing tells a deal that will be won") < text.index("Likely range, Q4")
    chances = [why.ever for why in one.why]
    assert max(chances) - min(chances) < 0.3
    assert said.trusted(replace(one.basis, apart=0.3)) == ""


def test_fewer_than_thirty_closed_deals_and_hidden_quotas_are_said_in_a_sentence(one: Shown) -> None:
    thin = Cannot(one.at, one.period, one.won, one.target, "12 closed deals in this record", "import more", one.footer)
    told = report(thin)
    assert told.lede == "2026Q4 cannot be forecast yet: 12 closed deals in this record."
    assert not [block for block in told.blocks if isinstance(block, (Table, Series, Bridge))]
    blind = replace(one, target=replace(one.target, value=None, reason="quotas are outside this person's access"))
    whole = replace(
        one.whole, target=None, chance=None, shortfall=None, when_missed=None, no_target=blind.target.reason
    )
    words = report(replace(blind, whole=whole)).lede
    assert "no chance of a target can be told: quotas are outside this person's access" in words


def test_what_is_kept_is_read_on_though_the_snapshot_that_was_asked_first_is_closed(site: Site) -> None:
    """Every command opens the record for itself and closes it; the next one asks other periods of what the first one read."""
    space = site[1].workspace
    for one in (asked.forget, kept.forget, deciding.forget):
        one()
    first, second = (open_context(space, Ambient(as_of=DAY)) for _ in range(2))
    assert isinstance(first, Snapshot) and isinstance(second, Snapshot)
    kept.shown(first)
    deciding.material(first, parse_period("this quarter", first.day, space.calendar), (), 3)
    first.close()
    later = kept.shown(second, period="next quarter", by="team")
    apart = kept.shown(second, by="segment", line="new")
    assert isinstance(later, Shown) and isinstance(apart, Shown) and later.at is second and apart.at is second
    assert report(apart) is not None and refs(second, later.period, ())
    found = deciding.material(second, parse_period("this quarter", second.day, space.calendar), (), 3)
    assert found.forecast is not None and found.forecast.record.panel([second.day]) and found.forecast.labels("team")
    second.close()
