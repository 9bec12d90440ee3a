"""Is an amount converted to the unit, whoever asks and at whatever moment?"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleswright.app import open_workspace
from saleswright.history.snapshot import open_snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.forecast.panel.record import read
from saleswright.measure.forecast.panel.worth import exchanged
from tests.laws.worlds import BEGIN
from tests.measure.forecast.panel import histories
from tests.measure.forecast.panel.test_panel import agree

DAY = BEGIN + timedelta(150)
RATES = st.integers(1, 10**15)


@given(st.lists(st.tuples(st.integers(-(10**13), 10**13), RATES, RATES), min_size=1, max_size=20))
def test_exchange_is_exact_and_half_even_whatever_the_size(told: list[tuple[int, int, int]]) -> None:
    told = [one for one in told if abs(one[0]) * one[1] // one[2] < 2**62] + [(5, 1, 2), (7, 1, 2), (-5, 1, 2)]
    columns = (np.array(column, np.int64) for column in zip(*told, strict=True))
    assert exchanged(*columns).tolist() == [round(Fraction(minor * up, down)) for minor, up, down in told]


def test_other_moments_currencies_and_constant_rates_are_those_of_the_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-12-31T12:00:00+00:00")
    space = histories.record(tmp_path / "w", histories.drawn(7, 90))
    noon = f"{DAY}T10:20:30+00:00"
    asked = [
        Ambient(as_of=noon),
        Ambient(as_of="2026-07-30", known=noon),
        Ambient(as_of="2026-07-30", known=DAY.isoformat(), currency="EUR"),
        Ambient(as_of=DAY.isoformat(), currency="JPY"),
    ]
    for ambient in asked:
        at = open_snapshot(space, ambient)
        assert len(agree(at, read(at), [DAY])) > 5
    shipped = Path(__file__).parents[4] / "src/saleswright/measure/metrics/standard/open_pipeline.yaml"
    text = shipped.read_text(encoding="utf-8").replace("better: up", "better: up\nrate: constant\nfrom: 2026-04-20")
    folder = tmp_path / "w" / "definitions"
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")
    at = open_snapshot(open_workspace(tmp_path / "w"), Ambient(as_of=DAY.isoformat(), currency="EUR"))
    made = agree(at, read(at), [date(2026, 4, 15), DAY])
    assert made.amount.any() and made.unknown.any()
