"""What the diagnosis adds up is what the metrics say, whatever stretch and filter is asked, and it only tells what is known."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import saleswright
from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure, Report, Table
from saleswright.lib.money import Money
from saleswright.measure.flow.causes.bottleneck import bottlenecks, period_of
from saleswright.measure.flow.causes.losses import lost
from saleswright.measure.flow.causes.moves import moved
from saleswright.measure.flow.causes.reps import METRICS, reps
from saleswright.measure.flow.causes.size import PARTS, sizes
from saleswright.measure.flow.causes.speed import speeds
from saleswright.measure.flow.causes.stuck import stuck, worth
from saleswright.measure.flow.causes.visits import visits
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.workspaces import Book, book, copied
from tests.workspaces import seen as on

SEED = int(np.random.SeedSequence().generate_state(1)[0])
STRETCHES = ("last 6 months", "last quarter", "2026Q1", "2026-02-03..2026-05-17", "all")
FILTERS = ((), (("segment", "Enterprise"),), (("team", "Team West"),))
ACTIONS = (
    "flow causes",
    "flow stuck",
    "flow pushes",
    "flow losses",
    "flow sources",
    "flow size",
    "flow coaching",
    "flow reps",
)


def told(at: Snapshot, metric: str, period: str, where: tuple[tuple[str, str], ...] = ()) -> int:
    value = evaluate(at, ask(at, metric, (), period, where)).total.value
    return value.minor if isinstance(value, Money) else int(str(value or 0))


@pytest.mark.parametrize("where", FILTERS)
def test_values_lost_add_up_to_what_the_metrics_say(sample: Book, where: tuple[tuple[str, str], ...]) -> None:
    at = on(sample)
    rng = np.random.default_rng(SEED)
    for period in rng.choice(STRETCHES, 2, replace=False).tolist():
        gone = lost(at, "segment", period, where)
        assert (len(gone.deals), gone.worth) == (
            told(at, "lost_deals", period, where),
            told(at, "lost_value", period, where),
        )
        for splits in ((), ("stage",), ("lost_reason",), ("competitor", "segment")):
            cells = gone.cells(splits)
            assert sum(one.n for one in cells) == len(gone.deals) and sum(one.value for one in cells) == gone.worth
        reasons = {(key[0] or ""): figure.value for key, figure in
                   evaluate(at, ask(at, "lost_deals", ("lost_reason",), period, where)).groups.items()}  # fmt: skip
        assert {one.key[0]: one.n for one in gone.cells(("lost_reason",))} == reasons
        made = bottlenecks(at, visits(at, ("segment",), where), gone, period_of(at, period), "segment")
        assert (made.lost, made.lost_value) == (len(gone.deals), gone.worth)
        for one in made.stages:
            assert one.value_lost is None or 0 <= one.value_lost <= one.value
        assert all(one.beyond and one.n >= 10 for one in made.ranked)


@pytest.mark.parametrize("where", FILTERS)
def test_pushes_tie_to_the_pushes_metrics(sample: Book, where: tuple[tuple[str, str], ...]) -> None:
    at = on(sample)
    span = period_of(at, "2026Q2")
    made = moved(at, span, where)
    for name, count in (("pushes", lambda one: one.pushes), ("pulls", lambda one: one.pulls)):
        groups = evaluate(at, ask(at, name, ("owner",), "2026Q2", where)).groups
        assert {one.owner: count(one) for one in made.owners if count(one)} == {
            k[0]: f.value for k, f in groups.items()
        }
    for one in made.owners:
        assert one.rate is None or one.rate == one.pushes / one.open


def test_stuck_and_not_stuck_are_the_open_deals(sample: Book) -> None:
    at = on(sample)
    for where in FILTERS:
        made = stuck(at, where)
        assert len(made.open) == told(at, "open_deals", "all", where)
        assert worth(made.open) == told(at, "open_pipeline", "all", where)
    limit = made.thresholds["Proposal"]
    held = visits(at)
    days = np.asarray(held.rows.fields["days"])[(held.stage == "Proposal") & ~held.there]
    assert limit.days is not None and limit.n == len(days)
    assert (days <= limit.days).mean() >= 0.9 > (days < limit.days).mean()
    assert all(one.days is not None and one.limit is not None and one.days > one.limit for one in made.deals)


def test_the_parts_of_a_changed_deal_size_sum_to_the_cent(sample: Book) -> None:
    at = on(sample)
    for by, period in (("segment", "last 6 months"), ("owner", "2026Q2"), ("region", "2026-04"), ("channel", "2026Q1")):
        made = sizes(at, by, period)
        assert isinstance(made.is_.value, Money) and isinstance(made.was.value, Money)
        assert made.change == made.is_.value.minor - made.was.value.minor
        assert sum(made.whole(cause) for cause in PARTS) == made.change
        depth = [evaluate(at, ask(at, "discount_given", (), str(one))).total.value for one in (made.before, made.now)]
        if by == "segment" and all(isinstance(one, Money) for one in depth):
            assert made.priced and made.whole("discount") != 0


def test_a_pure_change_of_mix_is_all_mix_and_a_pure_price_cut_is_all_discount() -> None:
    from saleswright.lib.period import Period
    from saleswright.measure.flow.causes.size import Won, _split

    def figure(of: dict[tuple[str, ...], Won]) -> Figure:
        mean = Fraction(sum(one.amount for one in of.values()), sum(one.n for one in of.values()))
        return Figure("deal_size", Money(round(mean), "USD"), "money")

    from datetime import date

    span = Period.between(date(2026, 1, 1), date(2026, 4, 1))
    big, small = Won(10, 100_000, 120_000, 20_000, 10), Won(30, 30_000, 33_000, 3_000, 30)
    more_small = {("big",): big, ("small",): Won(60, 60_000, 66_000, 6_000, 60)}
    before = {("big",): big, ("small",): small}
    mix = _split(span, span, figure(before), figure(more_small), before, more_small)
    # Each part is a whole minor unit, so what rounding made of the two means is all that others have.
    assert mix.whole("mix") < 0 and abs(mix.change - mix.whole("mix")) <= len(mix.parts)
    cut = {("big",): Won(10, 90_000, 120_000, 30_000, 10), ("small",): small}
    price = _split(span, span, figure(before), figure(cut), before, cut)
    assert price.whole("discount") == price.change == -250
    gone = {("big",): big}
    alone = _split(span, span, figure(before), figure(gone), before, gone)
    assert alone.change == alone.whole("mix") > 0


def test_own_figures_are_those_of_the_metrics(sample: Book) -> None:
    at = on(sample)
    made = reps(at, "segment", "2026Q2")
    assert len(made.reps) > 20
    for factor in ("win rate", "deal size", "sales cycle", "new deals"):
        groups = evaluate(at, ask(at, METRICS[factor], ("owner",), "2026Q2")).groups
        for rep in made.reps:
            if factor in rep.at:
                value = groups[rep.id,].value
                number = value.minor if isinstance(value, Money) else float(str(value))
                assert rep.at[factor].own == pytest.approx(number, abs=0.51 if isinstance(value, Money) else 1e-9)
                assert rep.at[factor].n == groups[rep.id,].n or factor == "new deals"


def test_close_speed_is_the_metric_with_an_interval_and_thin_sources_are_not_ranked(sample: Book) -> None:
    at = on(sample)
    groups = evaluate(at, ask(at, "cycle_life_table_median", ("campaign",), "all")).groups
    found = speeds(at, "campaign", "all")
    assert {one.member: one.days.value for one in found} == {key[0]: figure.value for key, figure in groups.items()}
    thin = [one.thin or one.days.value is None for one in found]
    assert thin == sorted(thin) and any(thin) and not all(thin)
    ranked = [float(str(one.days.value)) for one in found if not one.thin and one.days.value is not None]
    assert ranked == sorted(ranked)
    for one in found:
        assert one.faster == 0 or not one.thin
        if one.days.low is not None:
            assert float(str(one.days.low)) <= float(str(one.days.value)) <= float(str(one.days.high))


def test_a_dated_definition_sets_another_threshold_and_a_wrong_one_is_said(demo_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "co"
    copied(demo_folder, folder)
    text = "- {kind: stuck, name: default, from: 2026-01-01, quantile: 0.5, days: {Proposal: 400}}\n"
    text += "- {kind: stuck, name: default, from: 2026-06-01, to: 2026-07-01, quantile: 0.8}\n"
    (folder / "definitions" / "stuck.yaml").write_text(text, encoding="utf-8")
    made = stuck(on(saleswright.open(folder)))
    assert made.thresholds["Proposal"].days == 400 and made.thresholds["Discovery"].days == 14
    (folder / "definitions" / "stuck.yaml").write_text(
        "{kind: stuck, name: default, quantile: 7, days: {Propsal: 4}}\n", encoding="utf-8"
    )
    report = build().call(saleswright.open(folder).workspace, "flow stuck", {}, Ambient(as_of="2026-11-22"))
    said = report.report.issues if hasattr(report, "report") else report.issues
    assert any("7 is no share" in one.what for one in said)


def ran(folder: Path, name: str, given: dict[str, str], **ambient: str) -> Report:
    found = build().call(saleswright.open(folder).workspace, name, given, Ambient(**ambient))
    report = getattr(found, "report", found)
    assert isinstance(report, Report)
    return report


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One export, no history; seven reps, of whom one may only see own rows."""
    place = tmp_path_factory.mktemp("one")
    (place / "export").mkdir()
    rows = ["id,name,owner,stage,created,qualified,closed,amount"]
    for i in range(210):
        stage = ("Closed Won", "Closed Lost", "Proposal")[i % 3]
        closed = f"2026-0{2 + i // 21 % 7}-10" if i % 3 < 2 else ""
        rows.append(f"{i},Deal {i},Rep {i % 7},{stage},2026-01-05,2026-01-05,{closed},{1000 + i}")
    (place / "export" / "deals.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    book(place / "export")(place / "company")
    access = "- {kind: access, name: chief, scope: company}\n- {kind: access, name: rep, scope: 'owner:Rep 3'}\n"
    (place / "company/definitions/access.yaml").write_text(access, encoding="utf-8")
    return place / "company"


def test_one_export_says_which_export_gives_what_is_missing(small: Path) -> None:
    for name in ("flow causes", "flow stuck", "flow pushes"):
        notes = [getattr(one, "text", "") for one in ran(small, name, {}, actor="chief").blocks]
        assert any("Opportunity History" in text for text in notes), name
    texts = [getattr(one, "text", "") for one in ran(small, "flow losses", {"period": "all"}, actor="chief").blocks]
    assert any("Loss Reason" in text for text in texts) and any("Opportunity History" in text for text in texts)
    coaching = ran(small, "flow coaching", {"period": "2026"}, actor="chief")
    assert "Nobody differs" in coaching.lede


def test_a_rep_sees_only_own_figures_and_the_companys(small: Path) -> None:
    for name in ("flow coaching", "flow reps"):
        report = ran(small, name, {}, actor="rep")
        table = next(one for one in report.blocks if isinstance(one, Table))
        assert [column.name for column in table.columns][:3] == ["what", "own", "band"]
        text = repr(report)
        assert not any(f"Rep {i}" in text for i in range(7) if i != 3)
        own = {row[0]: row[1] for row in table.rows}
        assert isinstance(own["Win rate"], Figure) and own["Win rate"].n == 20
    for name in ACTIONS:
        text = repr(ran(small, name, {}, actor="rep"))
        assert not any(f"'Rep {i}'" in text for i in range(7) if i != 3), name
    pushed = ran(small, "flow losses", {"period": "all"}, actor="rep")
    assert pushed.figures()[0].value == 10


def test_nearly_no_signal_in_the_public_crm_is_called_so(maven: Book) -> None:
    """Thirty agents of a drawn data set: win rates differ by less than chance makes of them, sizes only by product."""
    at = build().open_context(maven.workspace, Ambient(as_of="2017-12-31"))
    assert isinstance(at, Snapshot)
    made = reps(at, "product", "2017")
    assert len(made.reps) == 30
    named = [(rep.name, one.factor) for rep, one in made.findings]
    assert not any(factor in ("win rate", "sales cycle") for _, factor in named)
    assert not any(factor == "deal size" for _, factor in named)
    raw = [rep.at["win rate"].own for rep in made.reps if "win rate" in rep.at]
    drawn = [rep.at["win rate"].pulled for rep in made.reps if "win rate" in rep.at]
    assert max(drawn) - min(drawn) < 0.6 * (max(raw) - min(raw))


def page(folder: Path, actor: str, address: str) -> str:
    from starlette.testclient import TestClient

    from saleswright.faces.web.app import create_app

    app = build()
    client = TestClient(create_app(app, app.open_workspace(folder), lambda request: actor), base_url="http://127.0.0.1")
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_the_pages_say_what_is_known_and_name_nobody_on_noise(small: Path) -> None:
    text = page(small, "chief", "/flow/causes?period=all")
    assert "Where is value lost?" in text and "Opportunity History" in text and "70 deals" in text
    text = page(small, "chief", "/performance?period=2026")
    assert "Nobody differs from the team by more than chance" in text and "Highest:" not in text
    mine = page(small, "rep", "/performance")
    assert "Where do you stand?" in mine and not any(f"Rep {i}" in mine for i in range(7) if i != 3)
    other = page(small, "rep", "/flow/causes?period=all")
    assert not any(f"Rep {i}" in other for i in range(7) if i != 3) and "10 deals" in other
