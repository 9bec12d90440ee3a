"""Are the four factors the metrics' own, the new values what they should be, and do the parts add up?"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from saleswright.app import build, open_workspace
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.flow.factors.find import Factors, Found, factors
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure import drawn
from tests.workspaces import Book, copied
from tests.workspaces import seen as on

DATES = ("2026-11-22", "2026-03-31", "2025-02-14")


@pytest.fixture(scope="module")
def at(sample: Book) -> Snapshot:
    return on(sample)


@pytest.fixture(scope="module")
def found(at: Snapshot) -> Found:
    return factors(at, "segment")


def told(at: Snapshot, name: str, period: str, where: tuple[tuple[str, str], ...] = ()) -> Figure:
    return evaluate(at, ask(at, name, (), period, where)).total


def same(one: Figure, other: Figure) -> None:
    """The value, n, what is left out, the reference and the range (sums of squares may differ in their last bit)."""
    assert (one.value, one.n, one.of, one.reason, one.excluded, one.ref) == (
        other.value, other.n, other.of, other.reason, other.excluded, other.ref,
    )  # fmt: skip
    for mine, theirs in ((one.low, other.low), (one.high, other.high)):
        if isinstance(mine, Money) and isinstance(theirs, Money):
            assert abs(mine.minor - theirs.minor) <= 1
        else:
            assert mine == pytest.approx(theirs)


@pytest.mark.parametrize("as_of", DATES)
def test_the_factors_of_every_period_are_the_metrics_own(sample: Book, as_of: str) -> None:
    at = on(sample, as_of)
    for grain in ("month", "quarter"):
        found = factors(at, "", "last 6 months", grain)
        for one in (found.whole, *found.periods[-2:]):
            same(one.flow, told(at, "new_deals", str(one.period)))
            window = str(one.window.period)
            same(one.size, told(at, "deal_size", window))
            same(one.rate, told(at, "win_rate", window))
            same(one.cycle, told(at, "sales_cycle", window))
            value = told(at, "new_value", str(one.period))
            assert (one.value.value, one.value.n, one.value.ref) == (value.value, value.n, value.ref)


def test_a_member_with_enough_deals_is_what_its_filter_says(at: Snapshot, found: Found) -> None:
    for one in found.members:
        assert not one.drawn
        where = (("segment", str(one.member)),)
        for figure, name, period in (
            (one.flow, "new_deals", found.period), (one.size, "deal_size", one.window.period),
            (one.rate, "win_rate", one.window.period), (one.cycle, "sales_cycle", one.window.period),
        ):  # fmt: skip
            assert figure.value == told(at, name, str(period), where).value
        assert one.value.value == told(at, "new_value", str(found.period), where).value


def test_segments_and_periods_add_to_the_whole(found: Found) -> None:
    for parts in (found.members, found.periods, found.by_period):
        assert sum(one.flow.n or 0 for one in parts) == found.whole.flow.n
        assert sum(one.cohort.deals for one in parts) == found.whole.cohort.deals
        assert sum(one.cohort.open for one in parts) == found.whole.cohort.open
        worth = [one.cohort.value.value for one in parts]
        assert sum(w.minor for w in worth if isinstance(w, Money)) == money(found.whole.cohort.value)
    added = sum(money(one.value) for one in found.members)
    assert found.mix is not None and found.mix.minor == added - money(found.whole.value)
    assert found.checks[0].startswith("New deals tie to new_deals") and len(found.checks) == 4


def test_cohort_exact_is_new_deals_x_its_own_rate_x_its_own_size(found: Found) -> None:
    for one in (*found.periods, *found.by_period):
        cohort = one.cohort
        if cohort.won:
            assert cohort.rate.of is not None and cohort.deals == cohort.rate.of[1] == one.cohort.rate.n
            exact = Fraction(money(cohort.value), cohort.won) * Fraction(cohort.won, cohort.deals) * cohort.deals
            assert exact == money(cohort.value)
            assert money(cohort.size) == round(Fraction(money(cohort.value), cohort.won))


def test_all_cohorts_together_are_the_bookings(at: Snapshot) -> None:
    found = factors(at, "", "all", "quarter")
    assert sum(money(one.cohort.value) for one in found.periods if one.cohort.deals) == money(
        told(at, "won_value", "all")
    )
    assert found.whole.window.label == "all time"


def test_a_young_cohort_is_flagged_immature(at: Snapshot, found: Found) -> None:
    notes = evaluate(at, ask(at, "win_rate_by_qualified", ("month",), "last 12 months")).notes
    flagged = next(note for note in notes if note.startswith("Immature"))
    for one in found.periods:
        assert one.cohort.mature is (one.label not in flagged)
    mine = next(note for note in found.notes if note.startswith("Immature"))
    assert mine.split(" younger")[0] == flagged.split(" younger")[0]
    assert f"the {found.ripe_after} days" in flagged


def test_a_window_is_as_wide_as_it_must_be(at: Snapshot) -> None:
    """Few decided deals widen it: half a year, a year, two years; then the member is drawn towards the whole."""
    owners = factors(at, "owner", "last 3 months")
    days = {one.window.period.days for one in owners.members if not one.drawn}
    assert days <= {max(183, one.window.period.days) for one in owners.members} and 183 in days
    for one in owners.members:
        where = (("owner", str(one.member)),)
        cycle = told(at, "sales_cycle", "all", where).value
        first = max(183, int(2 * cycle) if isinstance(cycle, (int, float)) else 0)
        for size in (first, 365, 730):
            if size < first:
                continue
            period = f"{at.day - timedelta(days=size - 1)}..{at.day}"
            n = told(at, "win_rate", period, where).n or 0
            if n >= 30:
                assert (one.drawn, one.window.period.days, one.window.decided) == (False, size, n)
                break
        else:
            assert one.drawn and one.window.period.days == max(first, 730)


def test_few_deals_are_drawn_towards_the_whole(sample: Book) -> None:
    """Early on nobody has 30 decided deals: the rate is (won + 20 x the whole's) / (decided + 20), the size alike."""
    at = on(sample, str(first_month(sample)))
    found = factors(at, "owner", "all")
    monthly = factors(at, "owner", "last 2 months")
    drawn = [one for one in monthly.members if one.drawn]
    assert drawn and found.whole.window.enough
    for one in drawn:
        window = str(one.window.period)
        own = told(at, "win_rate", window, (("owner", str(one.member)),))
        whole = told(at, "win_rate", str(monthly.whole.window.period))
        assert whole.of is not None and isinstance(one.rate.value, float)
        won, decided = own.of if own.of else (0, 0)
        parent = Fraction(int(str(whole.of[0])), int(str(whole.of[1])))
        expected = (Fraction(int(str(won))) + 20 * parent) / (int(str(decided)) + 20)
        assert one.rate.value == pytest.approx(float(expected))
        assert one.rate.ref == "" and one.rate.n == (own.n or 0)
        assert one.own_rate.value == own.value
        assert isinstance(one.size.value, Money) and one.size.low is not None
        worth = one.flow.n * Fraction(one.size.value.minor) * Fraction(one.rate.value)  # type: ignore[operator]
        assert money(one.value) == pytest.approx(float(worth), abs=(one.flow.n or 0))


def first_month(sample: Book) -> date:
    at = on(sample)
    first = evaluate(at, ask(at, "won_deals", ("month",), "all")).groups
    months = sorted(key[0] for key in first if key[0])
    return date.fromisoformat(f"{months[2]}-15")


def test_a_filter_on_nothing_is_null_with_a_reason(sample: Book) -> None:
    at = on(sample)
    # The day before the first deal nothing is known, and nothing is 0.
    early = at.at(date(2000, 1, 1))
    found = factors(early, "", "last 3 months")
    for figure in (found.whole.size, found.whole.rate, found.whole.cycle, found.whole.value, found.whole.cohort.value):
        assert figure.value is None and figure.reason
    assert found.periods == ()
    with pytest.raises(Stop):
        factors(at, "", "", "month", (("segment", "Nobody"),))
    with pytest.raises(Stop):
        factors(at, "sgment")


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Found]:
    """The same drawn record with every amount as it is, and three times as large."""
    made = {}
    for scale in (1, 3):
        folder = tmp_path_factory.mktemp(f"scale{scale}")
        drawn.write(folder / "export", scale=scale)
        build().call(None, "init", {"folder": str(folder / "w"), "from": str(folder / "export"), "currency": "USD"})
        found = build().open_context(open_workspace(folder / "w"), Ambient(as_of="2026-08-31"))
        assert isinstance(found, Snapshot)
        made[scale] = factors(found, "owner", "last 12 months")
    return made


def test_amounts_scaled_by_three_scale_money_and_leave_the_rest(scaled: dict[int, Found]) -> None:
    plain, thrice = scaled[1], scaled[3]
    assert plain.whole.flow.value and len(plain.members) == len(thrice.members)
    for one, other in zip(
        (plain.whole, *plain.periods, *plain.members), (thrice.whole, *thrice.periods, *thrice.members), strict=True
    ):
        assert (one.flow.value, one.rate.value, one.cycle.value) == (
            other.flow.value,
            other.rate.value,
            other.cycle.value,
        )
        near(one.value, other.value, 2)
        near(one.size, other.size, 2)
        near(one.cohort.value, other.cohort.value, 0)


def near(one: Figure, other: Figure, cents: int) -> None:
    if one.value is None:
        assert other.value is None
    else:
        assert abs(3 * money(one) - money(other)) <= cents


def money(figure: Figure) -> int:
    assert isinstance(figure.value, Money), figure
    return figure.value.minor


def test_a_rep_sees_the_factors_of_own_deals(sample: Book, tmp_path: Path) -> None:
    root = tmp_path / "w"
    copied(sample.workspace.root, root)
    company = on(sample)
    owners = evaluate(company, ask(company, "new_deals", ("owner",), "last 12 months")).groups
    rep, figure = max(((k[0], f) for k, f in owners.items() if k[0]), key=lambda one: one[1].n or 0)
    (root / "definitions/zz_access.yaml").write_text(
        f'- {{kind: access, name: rep, doc: x, scope: "owner:{rep}"}}\n'
        "- {kind: access, name: blind, doc: x, scope: company, hide: [deal.amount]}\n",
        encoding="utf-8",
    )
    at = build().open_context(open_workspace(root), Ambient(as_of="2026-11-22", actor="rep"))
    assert isinstance(at, Snapshot)
    mine = factors(at, "owner")
    assert mine.whole.flow.value == figure.value and [one.member for one in mine.members] == [rep]
    filtered = factors(company, "", "", "month", (("owner", rep),))
    pairs: list[tuple[Factors, Factors]] = list(zip(mine.periods, filtered.periods, strict=True))
    for one, other in pairs:
        assert (one.flow.value, one.size.value, one.rate.value, one.value.value, one.cohort.value.value) == (
            other.flow.value, other.size.value, other.rate.value, other.value.value, other.cohort.value.value,
        )  # fmt: skip
    blind = build().open_context(open_workspace(root), Ambient(as_of="2026-11-22", actor="blind"))
    assert isinstance(blind, Snapshot)
    with pytest.raises(Stop):
        factors(blind)
