"""How often is a stage that never changes called out of the ordinary, and is one that changes found?"""

from __future__ import annotations

import numpy as np
import pytest

from saleswright.measure.flow.funnel.alarms import TAIL, Month, alarm, month_of, tail_chance


def drawn(rng: np.random.Generator, share: float, size: float, months: int, last: float = -1.0) -> list[Month]:
    told = []
    for index in range(months):
        ended = int(rng.poisson(size))
        rate = last if last >= 0 and index == months - 1 else share
        told.append(Month(index, int(rng.binomial(ended, rate)), ended))
    return told


def rate_of(seed: int, **given: float) -> float:
    rng = np.random.default_rng(seed)
    many = 4000
    histories = (drawn(rng, given["share"], given["size"], 24, given.get("last", -1.0)) for _ in range(many))
    return sum(alarm("s", one) is not None for one in histories) / many


@pytest.mark.parametrize(("share", "size"), [(0.25, 40), (0.1, 120), (0.5, 15)])
def test_a_stage_that_never_changes_is_called_out_at_most_one_month_in_200(share: float, size: float) -> None:
    assert rate_of(1, share=share, size=size) <= TAIL + 0.0025, (
        "4,000 stable histories; the rest is the draw's own wobble"
    )


def test_a_stage_that_wobbles_more_than_chance_is_not_called_out_all_the_time() -> None:
    rng = np.random.default_rng(5)
    called = 0
    for _ in range(1500):
        told = []
        for index in range(30):
            ended = int(rng.poisson(200))
            told.append(Month(index, int(rng.binomial(ended, rng.beta(0.25 * 40, 0.75 * 40))), ended))
        called += alarm("s", told) is not None
    assert called / 1500 <= 0.03


def test_a_month_that_loses_twice_as_many_is_found() -> None:
    assert rate_of(2, share=0.25, size=60, last=0.5) > 0.85


def test_an_alarm_tells_the_usual_share_and_the_chance() -> None:
    history = [*(Month(i, 10, 40) for i in range(12)), Month(12, 26, 40)]
    found = alarm("Proposal", history)
    assert found is not None and found.usual == 0.25 and found.chance < 1e-4
    assert alarm("Proposal", history[:-1]) is None


def test_fewer_losses_little_history_and_few_visits_raise_nothing() -> None:
    calm = [Month(i, 10, 40) for i in range(12)]
    assert alarm("s", [*calm, Month(12, 0, 40)]) is None
    assert alarm("s", [*calm[:5], Month(5, 40, 40)]) is None
    assert alarm("s", [*calm, Month(12, 9, 9)]) is None
    assert alarm("s", []) is None


def test_the_tail_is_that_of_the_beta_binomial() -> None:
    # Beta(1, 1): every count from 0 to n is as likely.
    assert tail_chance(8, 9, 1, 1) == pytest.approx(0.2)
    assert tail_chance(0, 5, 2.5, 7) == pytest.approx(1)


def test_months_are_counted_from_days() -> None:
    assert month_of([0, 30, 31, -1]).tolist() == [1970 * 12, 1970 * 12, 1970 * 12 + 1, 1970 * 12 - 1]
