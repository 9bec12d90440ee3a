"""A back-test of drawn worlds: it knows nothing later, goes on where it was, and is kept under all that could change it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pytest

from saleswright.lib.issue import Stop
from saleswright.measure.flow.columns import days
from saleswright.measure.forecast.backtest import kept, learnt
from saleswright.measure.forecast.backtest.answer import LEVELS, MODEL
from saleswright.measure.forecast.backtest.learnt import learnt_on
from saleswright.measure.forecast.backtest.origins import past, within
from saleswright.measure.forecast.backtest.run import Trial
from saleswright.measure.forecast.outlook.days import learning_days, quarter_ends
from saleswright.measure.forecast.outlook.foretell import foretell
from saleswright.measure.forecast.outlook.learn import learn
from tests.measure.forecast.backtest.drawn import WEEKS, Drawn, question
from tests.measure.forecast.worlds import World

CUT = 77
"""The week that ends on the eve of the third quarter of 2021."""


def seed():
    found = int(np.random.SeedSequence().generate_state(1)[0] % 10**8)
    print(f"seed {found}")  # noqa: T201 -- a failure can be played again
    return found


def world(number, of=300, **given):
    return Drawn(World("stable", number, of, **given))


def run(source, place, every=12, **asked):
    return Trial(question(source, every=every, **asked), source).run(
        kept.archive(place, "k"), {"record": "r1", "by": "segment"}
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One back-test of two quarters, on the eve and after twelve weeks of each."""
    source, place = world(seed()), tmp_path_factory.mktemp("whole")
    return source, place, run(source, place)


def test_rolling_origin_with_only_what_was_known_then(whole):
    """Leakage: the answer of an origin equals, to the bit, what the forecast of that day says."""
    source, _, result = whole
    asked = question(source, every=12)
    for origin, answer in list(zip(asked.origins, result["origins"], strict=True))[1:3]:
        rows = source.panel(learning_days(origin.day))
        known, then = source.told(rows, origin.day), source.past(origin.day)
        learned = learn(known, then, quarter_ends(WEEKS, origin.day))
        told = foretell(learned, known.only(known.day == origin.on), origin.first, origin.last)
        assert answer[MODEL]["point"] == told.law.mean
        assert answer[MODEL]["at"] == told.law.quantile(LEVELS).tolist()
        assert {name: one["point"] for name, one in answer["parts"].items() if "point" in one} == {
            name: part.law.mean for name, part in told.parts("segment").items()
        }


def test_shuffling_everything_known_after_the_cut_changes_no_prediction_by_one_bit(tmp_path):
    """Two worlds with one past, whose deals end otherwise after the day of the origin, and are back-tested half a year later."""
    number, said, came = seed(), [], []
    for otherwise in (0, 1):
        source = world(number, week=CUT, ahead=39, otherwise=otherwise)
        source.world.week = CUT + 26
        answer = run(source, tmp_path / str(otherwise), every=13, periods=1)["origins"][0]
        assert days(date.fromisoformat(answer["day"])) == source.world.day(CUT)
        said.append((answer[MODEL]["at"], answer[MODEL]["point"], _points(answer["parts"]), _points(answer["plain"])))
        came.append(answer["actual"])
    assert said[0] == said[1] and came[0] != came[1]


def _points(said):
    return {name: one.get("point") for name, one in said.items()}


def test_quantiles_are_ordered_closed_amounts_are_a_floor_and_means_of_parts_add(whole):
    for answer in whole[2]["origins"]:
        at = np.array(answer[MODEL]["at"])
        assert (np.diff(at) >= 0).all() and at[0] >= answer["won"]
        assert answer[MODEL]["point"] >= answer["won"]
        parts = sum(one.get("point", 0) for one in answer["parts"].values())
        assert parts == pytest.approx(answer[MODEL]["point"], rel=1e-6)
        assert sum(one["actual"] for one in answer["parts"].values()) == answer["actual"]


def test_what_came_is_what_the_period_booked(whole):
    source, _, result = whole
    deals = source.world.deals
    for origin, answer in zip(question(source, every=12).origins, result["origins"], strict=True):
        end = days(origin.period.end) - 1 - 18_266
        mine = (deals.fate == 1) & (deals.ended <= end) & (deals.ended >= days(origin.period.start) - 18_266)
        assert answer["actual"] == int(deals.won[mine].sum())


def test_every_baseline_is_asked_on_every_day(whole):
    """Baselines that must be beaten: last period, seasonal naive, run rate, stage-weighted, close rate, the growth method."""
    for answer in whole[2]["origins"]:
        names = set(answer["plain"])
        assert {"last period", "seasonal naive", "run rate", "stage-weighted", "stage-weighted, in time"} <= names
        assert {"trailing close rate", "close rate a year before"} <= names
        for window in (3, 6, 12):
            assert {f"growth of {one}, {window} months" for one in ("revenue", "FACT", "FACT by member")} <= names
        for one in answer["plain"].values():
            assert "point" in one or one["reason"], "who says nothing says why"
            assert "crps" in one or one.get("no_law") or one.get("reason")


def test_a_run_that_was_broken_off_goes_on_where_it_was(whole, tmp_path):
    """Resumption after a kill: what was kept is not made again, and the whole is the same to the byte."""
    source, _, result = whole
    asked, archive = question(source, every=12), kept.archive(tmp_path, "k")

    class Killed(BaseException):
        pass

    def step(done, total):
        if archive.answer(asked.origins[1].name):
            raise Killed

    with pytest.raises(Killed):
        Trial(asked, source, step=step).run(archive, {"record": "r1"})
    there = sorted(path.name for path in archive.folder.iterdir())
    assert there == sorted(["run.json", *(f"{one.name}.json" for one in asked.origins[:2])])
    lines, made = [], []
    again = Trial(asked, source, lines.append, lambda done, total: made.append(done)).run(archive, {"record": "r1"})
    assert len(made) == len(asked.origins) - 2
    assert lines[0] == f"going on: 2 of {len(asked.origins)} days are there already"
    assert again["origins"] == result["origins"] and again["chances"] == result["chances"]
    assert sorted(path.name for path in archive.folder.iterdir()) == ["result.json", "run.json"]


def test_a_finished_run_is_found_and_nothing_is_made_again(whole):
    source, place, result = whole
    before = len(source.asked)
    assert run(source, place) == json.loads(json.dumps(result))
    assert len(source.asked) == before


def test_a_broken_file_of_a_day_is_made_again(whole, tmp_path):
    source, _, result = whole
    asked, archive = question(source, every=12), kept.archive(tmp_path, "k")
    archive.begin({"record": "r1"})
    (archive.folder / f"{asked.origins[0].name}.json").write_text("{", encoding="utf-8")
    for one, answer in zip(asked.origins[1:], result["origins"][1:], strict=True):
        archive.keep(one.name, answer)
    assert Trial(asked, source).run(archive, {})["origins"][0] == result["origins"][0]


def test_a_single_deal_is_in_no_kept_result(whole):
    text = json.dumps(whole[2])
    assert '"deals": {' not in text and "D-1" not in text


def test_days_between_share_a_model_at_most_three_weeks_old_and_know_the_wins_of_their_day(tmp_path):
    assert [learnt_on(one, 1) for one in within(past(WEEKS, world(1, 50).today, "quarter", 1)[0], 1)][:6] == [
        0, 0, 0, 0, 4, 4,
    ]  # fmt: skip
    for every in (1, 2, 3, 4, 6, 12):
        for one in within(past(WEEKS, world(1, 50).today, "quarter", 1)[0], every):
            since = one.week - learnt_on(one, every)
            assert 0 <= since < max(learnt.ANEW + every - 1, 1) and (since == 0 or every < learnt.ANEW)
    source = world(seed(), 200)
    result = run(source, tmp_path, periods=1, every=3)
    for origin, answer in zip(question(source, 1, 3).origins, result["origins"], strict=True):
        then = source.past(origin.day)
        mine = (then.ended >= origin.first) & (then.ended <= origin.on)
        assert answer["won"] == int(then.booked[mine].sum())
        assert ("parts" in answer) == (origin.week % 6 == 0)


def test_origins_are_the_eve_and_every_few_weeks_with_a_week_left():
    source = world(1, 50)
    for grain, count in (("quarter", 4), ("month", 5)):
        for period in past(WEEKS, source.today, grain, count):
            found = within(period, 1)
            assert found[0].day == period.start - timedelta(days=1) and found[0].left == period.days
            assert all(one.left >= 7 for one in found) and found[-1].left < 14
            assert period.end <= source.today + timedelta(days=1)


def test_a_world_in_which_nothing_was_won_says_so(tmp_path):
    from saleswright.measure.forecast.backtest.run import refuse_nothing

    source = world(3, 60)
    now = source.past(source.today)
    with pytest.raises(Stop, match="no quarter that is over has won deals before it"):
        refuse_nothing(question(source), now.only(now.booked == 0))


def test_two_processes_never_make_the_same_back_test_at_once(tmp_path):
    """The second is told so at once, and takes nothing of the first away."""
    archive = kept.archive(tmp_path, "one")
    with archive.alone():
        archive.keep("2026Q1-w04", {"week": 4})
        with pytest.raises(Stop, match="another process is trying the same"), kept.archive(tmp_path, "one").alone():
            pass
        assert archive.answer("2026Q1-w04") == {"week": 4}
    with kept.archive(tmp_path, "one").alone():
        archive.finish({"format": kept.FORMAT})
    assert archive.result() is not None and archive.answer("2026Q1-w04") is None
