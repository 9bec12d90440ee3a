"""Do the ages add up to what the metrics count, and is every open deal worth what a reckoning by hand says?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from saleswright.app import build, open_workspace
from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import TIERS
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Bridge, Figure, Note, Report, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.book import LOST, OPEN, WON
from saleswright.measure.flow.factors import report, said
from saleswright.measure.flow.factors.aging import Aging, aging
from saleswright.measure.flow.factors.drill import deals_of
from saleswright.measure.flow.factors.page import aging_page
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure import drawn
from tests.workspaces import Book, copied
from tests.workspaces import seen as on

DATES = ("2026-11-22", "2026-03-31", "2025-06-30")


@pytest.fixture(scope="module")
def at(sample: Book) -> Snapshot:
    return on(sample)


@pytest.fixture(scope="module")
def one(at: Snapshot) -> Aging:
    return aging(at)


def money(figure: Figure) -> int:
    assert isinstance(figure.value, Money), figure
    return figure.value.minor


def minor(figure: Figure) -> int:
    return figure.value.minor if isinstance(figure.value, Money) else 0


@pytest.mark.parametrize("schedule", ["monthly", "daily", "first_week"])
@pytest.mark.parametrize("as_of", DATES)
def test_the_ages_add_to_what_the_metrics_count(sample: Book, as_of: str, schedule: str) -> None:
    at = on(sample, as_of)
    one = aging(at, schedule)
    for metric, figures in (
        ("open_deals", [row.open for row in one.cohorts]),
        ("won_deals", [row.won for row in one.cohorts]),
        ("lost_deals", [row.lost for row in one.cohorts]),
    ):
        assert sum(figure.n or 0 for figure in figures) == evaluate(at, ask(at, metric, (), "all")).total.value
    for metric, figures in (
        ("open_pipeline", [row.amount for row in one.cohorts]),
        ("won_value", [row.won_amount for row in one.cohorts]),
    ):
        assert sum(minor(figure) for figure in figures) == money(evaluate(at, ask(at, metric, (), "all")).total)
    for name in ("value", "simple"):
        whole, new, active = (minor(getattr(row, name)) for row in (one.whole, one.new, one.active))
        assert new + active == whole == sum(minor(getattr(row, name)) for row in one.cohorts)
    assert one.new.open.n == one.cohorts[0].open.n and len(one.checks) == 2


def test_new_is_younger_than_the_first_cut_and_active_from_it_on(at: Snapshot, one: Aging) -> None:
    age = one.worth.odds.ages()
    open_ = one.worth.book.fate == OPEN
    assert (age[open_] == 30).any(), "a deal that is exactly 30 days old tells the boundary"
    assert one.new.open.n == int((open_ & (age < 30)).sum())
    assert one.active.open.n == int((open_ & (age >= 30)).sum())
    weekly = aging(at, "first_week")
    assert weekly.new.open.n == int((open_ & (age < 7)).sum())


def test_what_the_whole_is_worth_does_not_hang_on_how_ages_are_cut(at: Snapshot, one: Aging) -> None:
    for schedule in ("daily", "first_week"):
        other = aging(at, schedule)
        assert (other.whole.value, other.whole.simple, other.gap) == (one.whole.value, one.whole.simple, one.gap)


def test_every_deal_is_worth_its_odds_times_what_it_would_be_booked_at(at: Snapshot, one: Aging) -> None:
    held = one.worth
    book, odds, k = held.book, held.odds, {kept.member: kept.k for kept in held.kept}
    total = 0.0
    for i in np.flatnonzero(book.fate == OPEN):
        segment = str(book.groups["segment"][i])
        age = (np.datetime64(at.day) - np.datetime64("1970-01-01")).astype(int) - book.days["qualified"][i]
        chance = 0.0 if age > odds.never_after(segment) else float(odds.table(segment).ever(float(age)).ravel()[0])
        size = book.amount[i] * k[segment] if not book.unknown[i] else money(held.sizes[segment].size)
        total += chance * size
    assert money(one.whole.value) == pytest.approx(total, abs=2)
    assert any(book.unknown[book.fate == OPEN]), "a deal without an amount is taken at the deal size"


def test_k_is_the_mean_of_booked_over_last_open_amount(at: Snapshot, one: Aging) -> None:
    """From the record's own versions, deal by deal."""
    sql = (
        "WITH v AS (SELECT id, amount, currency, standing, valid_from FROM deal WHERE amount IS NOT NULL AND NOT removed"
        " AND valid_from <= $as_of AND known_from <= $known AND known_to > $known)"
        " SELECT id, arg_max(amount, valid_from) FILTER (standing = 'open'), arg_max(currency, valid_from) FILTER"
        " (standing = 'open'), arg_max(amount, valid_from), arg_max(currency, valid_from) FROM v GROUP BY id"
    )
    last = {key: told for key, *told in at.reader.rows(sql, at.clocks())}
    book = one.worth.book
    ratios = []
    for i in np.flatnonzero((book.fate == WON) & ~book.unknown):
        stood, stood_in, booked, booked_in = last[book.id[i]]
        if stood and booked and stood_in == booked_in:
            ratios.append(min(10.0, max(0.1, booked / stood)))
    assert one.worth.whole_kept.n == len(ratios) > 1000
    assert one.worth.whole_kept.k == pytest.approx(np.mean(ratios))
    for kept in one.worth.kept:
        assert kept.own is not None
        low, high = sorted((kept.own, one.worth.whole_kept.k))
        assert low <= kept.k <= high


@pytest.mark.parametrize("as_of", DATES)
def test_the_gap_is_told_whole(sample: Book, as_of: str) -> None:
    one = aging(on(sample, as_of))
    gap = one.gap
    assert gap is not None
    assert gap.simple + gap.mix + gap.size + gap.odds == gap.deals
    assert (gap.simple.minor, gap.deals.minor) == (money(one.whole.simple), money(one.whole.value))
    held = one.worth
    by_segment = at_rate = 0.0
    for member, factors in held.sizes.items():
        mine = (held.book.fate == OPEN) & (held.book.groups["segment"] == member)
        assert isinstance(factors.rate.value, float)
        assert factors.size.of is not None and isinstance(factors.size.of[0], Money)
        by_segment += mine.sum() * factors.size.of[0].minor / int(str(factors.size.of[1])) * factors.rate.value
        at_rate += float(held.size[mine].sum()) * factors.rate.value
    assert gap.by_segment.minor == round(by_segment)
    assert gap.size.minor == round(at_rate) - round(by_segment)
    assert said.gap(one).startswith("Between the two lie USD ")


def test_the_documented_value_is_count_x_deal_size_x_win_rate(at: Snapshot, one: Aging) -> None:
    size, rate = one.factors.size, one.factors.rate
    assert size.of is not None and rate.of is not None and isinstance(size.of[0], Money)
    from fractions import Fraction

    exact = (
        (one.whole.open.n or 0)
        * Fraction(size.of[0].minor, int(str(size.of[1])))
        * Fraction(*map(int, map(str, rate.of)))
    )
    assert money(one.whole.simple) == round(exact)
    window = str(one.factors.window.period)
    assert rate.value == evaluate(at, ask(at, "win_rate", (), window)).total.value


def test_a_cohort_opens_its_deals(one: Aging) -> None:
    for row in (*one.cohorts, one.new, one.active):
        deals = deals_of(one, row.name)
        assert len(deals) == row.open.n
        assert sum(d.value.minor for d in deals if d.value) == pytest.approx(minor(row.value), abs=len(deals))
        assert sorted(deals, key=lambda d: -(d.value.minor if d.value else 0)) == list(deals)
        for deal in deals[:3]:
            assert deal.owner.startswith("Rep ") and deal.name and deal.age is not None
            assert row.low <= deal.age < (row.high or 10**6)
    assert deals_of(one, "30-59 days") == deals_of(one, "30–59 days")
    with pytest.raises(Stop, match="unknown age"):
        deals_of(one, "30 to 60")


def test_won_and_lost_by_age_are_those_of_that_age(one: Aging) -> None:
    book = one.worth.book
    age = book.days["closed"] - book.days["qualified"]
    for row in one.cohorts:
        high = row.high if row.high is not None else 10**6
        inside = (age >= row.low) & (age < high)
        assert row.won.n == int((inside & (book.fate == WON)).sum())
        assert row.lost.n == int((inside & (book.fate == LOST)).sum())
        if row.ended.value is not None:
            assert row.ended.of is not None and row.ended.of[0] == row.won.n
            assert row.ended.low is not None and row.ended.n == row.ended.of[1]


def test_the_report_says_what_was_worked_out(at: Snapshot, one: Aging) -> None:
    made: Report = build().call(at.workspace, "flow aging", {}, Ambient(as_of="2026-11-22")).report
    tables = {block.name: block for block in made.blocks if isinstance(block, Table)}
    assert len(tables["by_age"].rows) == len(one.cohorts) + 1
    bridge = next(block for block in made.blocks if isinstance(block, Bridge))
    assert [step.name for step in bridge.steps] == ["documented", "mix", "amounts", "odds", "deals"]
    assert made.lede == said.aging_lede(one) and made.footer == one.checks
    assert "older than any deal like them was won at" in " ".join(
        block.text for block in made.blocks if isinstance(block, Note)
    )
    page = aging_page(at, {})
    assert page["lede"].startswith("As documented the ") and page["value_by_age"] == report.value_by_age(one)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Snapshot]:
    """The same drawn record with every amount as it is, and three times as large."""
    made = {}
    for scale in (1, 3):
        folder = tmp_path_factory.mktemp(f"aging{scale}")
        drawn.write(folder / "export", scale=scale)
        build().call(None, "init", {"folder": str(folder / "w"), "from": str(folder / "export"), "currency": "USD"})
        found = build().open_context(open_workspace(folder / "w"), Ambient(as_of="2026-08-31"))
        assert isinstance(found, Snapshot)
        made[scale] = found
    return made


def test_amounts_scaled_by_three_scale_money_and_leave_the_rest(records: dict[int, Snapshot]) -> None:
    one, other = aging(records[1]), aging(records[3])
    assert one.whole.value.value is not None
    for mine, theirs in zip((*one.cohorts, one.whole), (*other.cohorts, other.whole), strict=True):
        assert (mine.open.n, mine.won.n, mine.lost.n, mine.ended.value) == (
            theirs.open.n,
            theirs.won.n,
            theirs.lost.n,
            theirs.ended.value,
        )
        assert mine.chance.value == pytest.approx(theirs.chance.value)
        for name in ("amount", "value", "simple"):
            assert minor(getattr(theirs, name)) == pytest.approx(3 * minor(getattr(mine, name)), abs=4)


def test_a_filter_on_nothing_is_null_with_a_reason(records: dict[int, Snapshot]) -> None:
    from datetime import date

    empty = aging(records[1].at(date(2020, 1, 1)))
    assert empty.whole.open.n == 0 and empty.gap is None
    for row in (empty.whole, empty.new, empty.active, *empty.cohorts):
        assert row.value.value is None and row.value.reason
        assert row.chance.value is None and row.simple.value is None and row.simple.reason
    assert said.aging_lede(empty) == "No qualified deals are open."
    report.aging_report(empty)


def test_a_record_of_one_export_says_which_export_gives_the_rest(maven: Book) -> None:
    at = build().open_context(maven.workspace, Ambient())
    assert isinstance(at, Snapshot)
    one = aging(at)
    assert one.worth.whole_kept.k == 1.0 and TIERS[1].how in one.worth.k_reason
    told = " ".join(note.text for note in said.aging_notes(one))
    assert "amounts stand as they are" in told
    assert sum(row.won.n or 0 for row in one.cohorts) == evaluate(at, ask(at, "won_deals", (), "all")).total.value
    for row in (one.whole, *one.cohorts):
        for figure in (row.value, row.simple, row.chance, row.amount):
            assert figure.value is not None or figure.reason
    page = aging_page(at, {})
    assert page["lede"] and page["found"].whole.flow.n is not None


def test_a_rep_sees_own_deals_by_age_and_no_hidden_field(sample: Book, tmp_path: Path) -> None:
    root = tmp_path / "w"
    copied(sample.workspace.root, root)
    company = on(sample)
    owners = evaluate(company, ask(company, "open_deals", ("owner",), "all")).groups
    rep, figure = max(((k[0], f) for k, f in owners.items() if k[0]), key=lambda one: one[1].n or 0)
    (root / "definitions/zz_access.yaml").write_text(
        f'- {{kind: access, name: rep, doc: x, scope: "owner:{rep}"}}\n'
        "- {kind: access, name: blind, doc: x, scope: company, hide: [deal.amount]}\n"
        "- {kind: access, name: shy, doc: x, scope: company, hide: [deal.name, person.name, account.segment]}\n",
        encoding="utf-8",
    )

    def seen(actor: str) -> Snapshot:
        found = build().open_context(open_workspace(root), Ambient(as_of="2026-11-22", actor=actor))
        assert isinstance(found, Snapshot)
        return found

    mine = aging(seen("rep"))
    assert mine.whole.open.n == figure.value
    assert {deal.owner for deal in deals_of(mine, "New")} <= {deals_of(mine, "New")[0].owner}
    everyones = {str(key) for key in aging(company).worth.book.id}
    assert {str(key) for key in mine.worth.book.id} < everyones
    with pytest.raises(Stop):
        aging(seen("blind"))
    shy = aging(seen("shy"))
    assert shy.worth.by == "" and shy.gap is not None and not shy.gap.split and not shy.gap.mix.minor
    deal = deals_of(shy, "New")[0]
    assert "Rep" not in deal.owner and deal.name == deal.id.split("_", 2)[-1]


def test_amounts_in_another_currency_keep_the_odds(sample: Book) -> None:
    dollars, euros = aging(on(sample)), aging(on(sample, currency="EUR"))
    assert euros.whole.open.n == dollars.whole.open.n
    assert isinstance(euros.whole.value.value, Money) and euros.whole.value.value.currency == "EUR"
