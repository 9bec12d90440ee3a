"""How a back-test is scored and quoted: counted in periods, good or bad, beside everybody else."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from saleswright.kernel.definition import digest
from saleswright.lib.fiscal import FiscalCalendar
from saleswright.lib.issue import Stop
from saleswright.measure.forecast.backtest import asked as asking
from saleswright.measure.forecast.backtest import kept
from saleswright.measure.forecast.backtest.answer import HIGH, LEVELS, LOW, MODEL, numbers
from saleswright.measure.forecast.backtest.deals import together
from saleswright.measure.forecast.backtest.footer import NEVER, footer, said
from saleswright.measure.forecast.backtest.laid import lay
from saleswright.measure.forecast.backtest.origins import past
from saleswright.measure.forecast.backtest.run import Asked
from saleswright.measure.forecast.backtest.score import scored

CALENDAR = FiscalCalendar()
DAY = date(2026, 11, 20)


def answer(rng, period, week, actual, missed, better=1.0):
    """One day: a model whose range is 68 to 132, and a plain forecast with the same error a quarter larger."""
    at = (60 + 80 * np.array(LEVELS)).tolist()
    n = 30
    chance = rng.uniform(0, 1, n)
    return {
        "period": str(period), "week": week, "day": "2026-01-01", "left": 90, "actual": actual, "won": 0, "kind": "cells",
        "n_closed": 99, "alone": [90, 110],
        MODEL: {"point": 100.0, "at": at, "crps": missed, "pinball": missed, "pit": [0.5, 0.5]},
        "parts": {"West": {"actual": actual, "point": 100.0, "low": 80.0, "high": 120.0, "crps": missed}},
        "deals": {"deal": rng.integers(0, 10**6, n).tolist(), "chance": chance.tolist(),
                  "won": (rng.uniform(0, 1, n) < chance).astype(int).tolist()},
        "plain": {"last period": {"point": 90.0, "at": [50, 130], "crps": missed / better},
                  "run rate": {"reason": "a pace is told from 7 days on, and 0 have passed"}},
        "people": {"p1": {"name": "Ann Lee", "call": None if week else 120, "actual": 100},
                   "": {"name": "all who called", "call": 120, "actual": 100}},
    }  # fmt: skip


def result(actuals, weeks=(0, 4), better=0.5, record="r1.j0", definitions="d1", made="2026-11-01", **more):
    """A finished back-test of as many quarters as there are actuals."""
    rng = np.random.default_rng(5)
    periods = past(CALENDAR, DAY, "quarter", len(actuals))
    told = [
        answer(rng, period, week, actual, 1 + abs(actual - 100) / 10, better)
        for period, actual in zip(periods, actuals, strict=True)
        for week in weeks
    ]
    frame = {
        "format": kept.FORMAT,
        "made": made,
        "grain": "quarter",
        "by": "team",
        "every": 4,
        "key": digest([actuals, better], 20),
    }
    return {**frame, "record": record, "currency": "USD", "definitions": definitions, **together(told), **more}


GOOD, BAD = [100] * 7 + [140], [150] * 6 + [100, 40]


def test_counted_in_independent_periods_and_weeks_only_as_detail():
    """Weeks of one period are one outcome: eight quarters with two weeks each count as eight."""
    for weeks in ((0,), (0, 4), (0, 4, 8, 12)):
        scores = scored(result(GOOD, weeks))
        assert scores.held.periods == 8 and scores.lines[0].periods == 8
        assert scores.held.share == pytest.approx(7 / 8)
        assert scores.lines[0].told == 8 * len(weeks)
        assert scores.against.periods == 8


def test_every_score_the_issue_names_is_there():
    """WAPE, bias, pinball, CRPS, coverage and width, Brier, log loss, calibration table with bands, by team and horizon."""
    found = lay(result(GOOD), "USD")
    model = found.scores.lines[0]
    assert model.wape == pytest.approx(40 / 840) and model.bias == pytest.approx(-40 / 840)
    assert model.held.relative and model.crps and found.scores.pinball
    assert {one.name for one in found.figures} == {"held", "wape", "bias", "ratio", "skill", "calibration"}
    assert [column.name for column in found.chances.columns][:5] == ["told", "chance", "share", "low", "high"]
    assert all(row[3] <= row[2] <= row[4] for row in found.chances.rows) and "log loss" in found.chances.footer
    assert [row[0] for row in found.weeks.rows] == ["all days", "on its eve", "after 4 weeks"]
    assert [row[0] for row in found.members.rows] == ["West"]
    assert len(found.picture.points) == 8


def test_ratio_to_the_best_baseline_with_its_interval():
    against = scored(result(GOOD, better=0.5)).against
    assert against.name == "last period" and against.ratio == pytest.approx(0.5)
    assert against.low <= 0.5 <= against.high


def test_model_and_every_human_in_the_same_table():
    table = lay(result(GOOD), "USD").lines
    kinds = {row[0]: row[1] for row in table.rows}
    assert kinds == {
        "this forecast": "model", "last period": "plain", "run rate": "plain", "all who called": "calls", "Ann Lee": "person",
    }  # fmt: skip
    ann = next(row for row in table.rows if row[0] == "Ann Lee")
    assert ann[2] == 8 and ann[3] == pytest.approx(0.2) and ann[4] == pytest.approx(0.2)
    assert ann[5] is None, "a call names no range"


def test_a_call_that_was_not_in_is_no_zero():
    lines = scored(result(GOOD)).lines
    ann = next(one for one in lines if one.name == "Ann Lee")
    assert (ann.told, ann.not_told) == (8, 8) and ann.wape == pytest.approx(0.2)


class At(SimpleNamespace):
    """A view of a record, as much of it as a footer asks."""


def at(tmp_path, snap="r1.j0"):
    workspace = SimpleNamespace(state=tmp_path, calendar=CALENDAR, all=lambda kind: [], scenario="")
    return At(workspace=workspace, snap=snap, currency="USD", meta={"definitions": "m"})


def keep(tmp_path, found, key="one"):
    kept.archive(tmp_path, key).finish(json.loads(json.dumps(found)))


def test_the_footer_says_that_nobody_tried(tmp_path):
    quarter, month = past(CALENDAR, DAY, "quarter", 1)[0], None
    assert footer(at(tmp_path), quarter) == NEVER
    month = CALENDAR.containing("month", quarter.start)
    assert footer(at(tmp_path), month) == NEVER + " --period month"


def test_the_footer_of_a_bad_run_says_that_it_is_bad(tmp_path):
    view = at(tmp_path)
    keep(tmp_path, result(BAD, better=1.4, definitions=asking.definitions(view)))
    said = footer(view, CALENDAR.containing("quarter", past(CALENDAR, DAY, "quarter", 1)[0].start))
    assert said.startswith("Ranges like this held only 1 of 8 quarters; they promise 80 %: think them wider.")
    assert "The best plain forecast (last period) was better" in said


def test_the_footer_of_a_good_run(tmp_path):
    view = at(tmp_path)
    keep(tmp_path, result(GOOD, definitions=asking.definitions(view)))
    said = footer(view, CALENDAR.containing("quarter", DAY))
    assert said.startswith("Ranges like this held 7 of 8 quarters; they promise 80 %.")
    assert said.endswith(
        "Its mean score (CRPS, lower is better) is 50 % of that of the best plain forecast (last period)."
    )


def test_a_run_of_an_older_record_is_quoted_and_said_to_be_one(tmp_path):
    view = at(tmp_path, "r2.j7")
    mine = asking.definitions(view)
    keep(tmp_path, result(GOOD, definitions=mine))
    said = footer(view, CALENDAR.containing("quarter", DAY))
    assert "7 of 8 quarters" in said and "Tried on 2026-11-01, on the record and definitions of then" in said
    keep(tmp_path, result(BAD, definitions=mine, record="r2.j7", made="2026-10-01"), "two")
    said = footer(view, CALENDAR.containing("quarter", DAY))
    assert "1 of 8 quarters" in said and "of then" not in said, "one of this record goes first, whenever it was made"


def test_other_currencies_and_other_kinds_of_periods_are_not_quoted(tmp_path):
    keep(tmp_path, result(GOOD, currency="EUR"))
    keep(tmp_path, result(GOOD, grain="month"), "two")
    assert footer(at(tmp_path), CALENDAR.containing("quarter", DAY)) == NEVER


def test_too_few_periods_are_said_to_be_too_few(tmp_path):
    view = at(tmp_path)
    keep(tmp_path, result(GOOD[:4], definitions=asking.definitions(view)))
    assert footer(view, CALENDAR.containing("quarter", DAY)) == (
        "Ranges like this held 4 of 4 quarters: too few quarters to say how good they are; 6 are the least."
    )


def test_the_hash_changes_when_a_definition_changes_and_with_all_else_a_run_stands_on(tmp_path):
    from dataclasses import replace

    definition = SimpleNamespace(hash="aaaaaa", name="open_pipeline", end="9999-12-31")
    other = SimpleNamespace(hash="bbbbbb", name="headcount", end="9999-12-31")

    def view(snap="r1.j0", currency="USD", found=(definition, other), made="m"):
        workspace = SimpleNamespace(
            calendar=CALENDAR, all=lambda kind: list(found) if kind == "metric" else [], scenario=""
        )
        policy = SimpleNamespace(shape="company")
        return At(workspace=workspace, snap=snap, currency=currency, meta={"definitions": made}, policy=policy, day=DAY)

    asked = Asked(CALENDAR, DAY, "quarter", 8, 4, "team")
    key = asking.stands_on(view(), asked)["key"]
    assert key == asking.stands_on(view(), asked)["key"]
    changed = SimpleNamespace(hash="cccccc", name="open_pipeline", end="9999-12-31")
    others = [
        asking.stands_on(view(found=(changed, other)), asked),
        asking.stands_on(view(made="n"), asked),
        asking.stands_on(view("r2.j0"), asked),
        asking.stands_on(view("r1.j1"), asked),
        asking.stands_on(view(currency="EUR"), asked),
        *(
            asking.stands_on(view(), replace(asked, **one))
            for one in ({"periods": 6}, {"every": 1}, {"by": ""}, {"grain": "month"}, {"ets": ""})
        ),
    ]
    assert len({key, *(one["key"] for one in others)}) == len(others) + 1
    unrelated = SimpleNamespace(hash="dddddd", name="headcount", end="9999-12-31")
    assert asking.stands_on(view(found=(definition, unrelated)), asked)["key"] == key


def test_a_deal_has_one_number_that_tells_nobody_who_it_is():
    one = numbers(("D-1", "D-2", "D-3"), np.array([2, 0, 2, 1]))
    two = numbers(("D-0", "D-3"), np.array([1]))
    assert one[0] == one[2] == two[0] and len(set(one.tolist())) == 3


def test_levels_hold_the_ends_of_the_range():
    assert (LEVELS[LOW], LEVELS[HIGH]) == (0.1, 0.9) and len(LEVELS) == 19


def test_the_sentence_above_the_days_of_one_week_is_about_these_days():
    """The picture and the tables of one week do not stand under a sentence of all."""
    told = result(GOOD, key="another")
    for one in told["origins"]:
        if one["week"] == 4:
            one["actual"] = 500
    assert said(told, 0).startswith("Ranges like this held 7 of 8 quarters")
    assert said(told, 4).startswith("Ranges like this held only 0 of 8 quarters")
    assert said(told) not in (said(told, 0), said(told, 4))


def test_a_file_that_cannot_be_written_leaves_nothing_half_written(tmp_path, monkeypatch):
    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept.os, "fsync", full)
    with pytest.raises(Stop, match="No space left"):
        kept.archive(tmp_path, "one").keep("2026Q1-w00", {"week": 0})
    assert list(tmp_path.rglob("*.*")) == []


def test_a_blend_is_a_forecaster_of_its_own_and_changes_neither():
    """By hand: the model says 100 and the reps 120 on three of four days, so the blend says 110 on these."""
    given = result([100, 120], weeks=(0, 4))
    before = scored(given).lines
    for one, point in zip(given["origins"], (120.0, 120.0, 120.0, None), strict=True):
        one["plain"]["rep commit"] = {"reason": "1 person had not called"} if point is None else {"point": point}
    lines = {one.kind: one for one in scored(given).lines}
    blend, commit = lines["blend"], next(one for one in scored(given).lines if one.name == "rep commit")
    assert (blend.told, blend.not_told, blend.held, blend.ratio) == (3, 1, None, None)
    # Each period counts once: errors of 10 and 10, of 100 and 120.
    assert blend.wape == pytest.approx(20 / 220) and commit.wape == pytest.approx(20 / 220)
    assert blend.bias == pytest.approx(0.0) and commit.bias == pytest.approx(20 / 220)
    assert "blend" not in {one.kind for one in before} and lines["model"] == next(
        o for o in before if o.kind == "model"
    )
