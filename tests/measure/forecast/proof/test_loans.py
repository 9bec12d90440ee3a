"""A real record: 5,337 loan applications, open deals scored after the cut, create-and-close only where origin + horizon is on or
before 30 Nov 2011. The record is eight weeks old then, so it holds three to eight independent periods; what they came to is
printed with its uncertainty, and told in docs/decisions/0035."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from saleswright.measure.forecast.chance import fit
from saleswright.measure.forecast.scored.deals import brier
from tests.conftest import NIGHTLY, lacking
from tests.laws import bpi
from tests.measure.forecast.chance.measured import say
from tests.measure.forecast.proof.loans import CUT, Loans, hits, loans, rates, scored
from tests.measure.forecast.proof.told import against, held

WITHIN = 28
FIRST = date(2011, 11, 5)
"""The first origin: five weeks of record, so that a deal was seen for as long as is asked."""


@pytest.fixture(scope="module")
def record(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Loans:
    path = shared / bpi.FILE
    if not path.is_file():
        lacking(f"{bpi.FILE} is not in ../shared/data")
    return loans(path, tmp_path_factory.mktemp("loans"))


def every(first: date, last: date, days: int) -> list[date]:
    """Origins from the first to the last."""
    return [first + timedelta(days * n) for n in range((last - first).days // days + 1)]


def test_deal_level_brier_is_better_than_stage_rates_at_every_origin(record: Loans) -> None:
    for day in every(FIRST, date(2011, 12, 24), 7 if NIGHTLY else 14):
        now, told = record.open(day), record.told(day)
        chance = fit(record.weekly(day)).within(now, np.array([WITHIN]))[:, 0]
        won = hits(now, WITHIN)
        ours, stages, in_time = (
            brier(one, won) for one in (chance, rates(told, None)[now.stage], rates(told, WITHIN)[now.stage])
        )
        say(f"{day}: {len(now)} open, Brier {ours:.4f}, stage rates {stages:.4f}, in time {in_time:.4f}")
        assert ours < stages, day


def test_ranges_hold_and_their_score_is_reported(record: Loans) -> None:
    """Coverage and CRPS with their uncertainty. At most 0.9x the best baseline's CRPS, or said so: of a record so young how deals
    move together is the prior's word, so the ranges of a week are wider than need be; they hold."""
    weeks = every(date(2011, 11, 5), CUT - timedelta(7), 7)
    later = every(date(2011, 11, 26), date(2012, 1, 14), 7 if NIGHTLY else 14)
    for whole, days in ((True, weeks), (False, later)):
        rows = [scored(record, day, 7, whole) for day in days]
        kept, best = held(rows), against(rows)
        say(
            f"{'whole' if whole else 'open deals'}: {kept.share} of {kept.periods} held ({kept.low:.2f}-{kept.high:.2f}); CRPS "
            f"{best.ratio} of {best.name} ({best.low}-{best.high}); {best.ratios}"
        )
        assert all(day + timedelta(7) <= CUT for day in weeks)
        assert kept.high >= 0.8
