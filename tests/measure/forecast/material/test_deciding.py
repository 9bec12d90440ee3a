"""Which few deals decide it: the effects are those of the law, each deal says why, and what a manager asks first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Stop
from saleswright.measure.flow.waterfall import kept as facts
from saleswright.measure.forecast.figures.told import told
from saleswright.measure.forecast.law.bookings import bookings_of
from saleswright.measure.forecast.law.deals import Deals
from saleswright.measure.forecast.law.normal import probit
from saleswright.measure.forecast.material import kept, said
from saleswright.measure.forecast.material.deciding import deciding
from saleswright.measure.forecast.material.find import Material, span
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from tests.measure.forecast.material import company
from tests.measure.forecast.seeds import drawn

SURE = 1 - 1e-12


@pytest.fixture(scope="module")
def found(at: Snapshot) -> Material:
    return kept.material(at, span(at, ""), (), 8)


def test_with_and_without_each_deal_are_the_chances_of_the_target_worked_out_anew(found: Material) -> None:
    """The few deals that decide the quarter, with the chance of the target were each certain, and were it not there."""
    one = found.forecast
    assert one is not None and one.target is not None and len(found.deals) == 8
    law = one.foretold.law
    for deal in found.deals:
        place = int(np.flatnonzero(one.foretold.now.deal == one.foretold.now.ids.index(deal.id))[0])
        assert deal.lost == pytest.approx(float(law.without(place).at_least(one.target)), abs=1e-4)
        assert deal.won == pytest.approx(_certain(law, place, one.target), abs=1e-4)
        assert deal.as_is == pytest.approx(float(law.at_least(one.target)))
        assert deal.lost <= deal.as_is <= deal.won
    swings = [deal.swing for deal in found.deals if deal.swing is not None]
    assert swings == sorted(swings, reverse=True) and swings[0] > 0


def _certain(law, place, target):
    """The chance of the target with that deal as good as won."""
    all_of = law.deals
    chance = np.where(all_of.place == place, SURE, all_of.chance)
    sure = Deals(all_of.place, all_of.amount, chance, probit(chance), all_of.spread, all_of.floor, all_of.flow)
    return float(bookings_of(sure, law.rho, law.sure).at_least(target))


def test_together_they_do_more_than_any_of_them(found: Material) -> None:
    part = found.together
    assert part is not None
    assert part.won >= max(deal.won for deal in found.deals if deal.won is not None) - 1e-6
    assert part.lost <= min(deal.lost for deal in found.deals if deal.lost is not None) + 1e-6
    assert f"{len(found.deals)} deals" in said.lede(found)


def test_each_deal_says_its_owner_and_why_its_chance_is_what_it_is(found: Material) -> None:
    for deal in found.deals:
        assert deal.owner in {name for name, _ in company.REPS.values()}
        assert deal.why and any("in this cell, pulled to" in text for text in deal.why)
        assert 0 < deal.chance < 1 and deal.brings.minor == round(deal.expected.minor * deal.chance)


def test_a_reason_that_stands_on_nothing_seen_is_said_to(found: Material) -> None:
    """No invented signal: one export tells nothing of days to the stated close, so what moves the chance there is the prior."""
    told = [text for deal in found.deals for text in deal.why]
    assert any(text.endswith("as is usual elsewhere, for none was seen here") for text in told)
    assert not any("0.0 won where 0.0 were expected" in text for text in told)


def test_quotas_that_are_hidden_are_not_said_to_be_none(at: Snapshot) -> None:
    blind = replace(at, policy=replace(at.policy, hidden=frozenset({"quota.amount"})))
    told = kept.material(blind, span(blind, ""), (), 8)
    hidden = "quotas are outside this person's access"
    assert hidden in said.lede(told) and hidden in said.ranked(told) and "no target is set" not in said.lede(told)


def test_the_commit_questions_stand_where_the_record_has_them(found: Material) -> None:
    """Why this quarter, what blocks it: answered, or told to be not answered; the two that nobody keeps are not asked."""
    for deal in found.deals:
        asked = {answer.question: answer.text for answer in deal.answers}
        odd = int(deal.id.rsplit("D", 1)[1]) % 2
        assert asked == {"Why this quarter?": "the budget ends" if odd else "", "What blocks it?": ""}


def test_past_due_is_said_and_a_hidden_date_is_not(at: Snapshot) -> None:
    one = told(at, span(at, ""))
    many = deciding(at, one, facts.typical(at), 400)
    late = [deal for deal in many if deal.past_due]
    assert all(any(flag.startswith("past due") for flag in deal.flags) for deal in late)
    assert all(len(deal.flags) <= 3 for deal in many)


def test_without_a_target_deals_are_ranked_by_the_middle_of_the_range(tmp_path: Path) -> None:
    at = company.opened(company.company(tmp_path, drawn(), quota=0))
    found = kept.material(at, span(at, ""), (), 5)
    at.close()
    assert found.target is None and len(found.deals) == 5 and found.together is None
    assert all(deal.won is None and deal.lost is None and not deal.answers for deal in found.deals)
    assert "no quota for 2026Q4" in said.lede(found) and found.weeks is not None and found.weeks.missing is None


def test_a_period_that_is_over_or_has_no_end_says_so(at: Snapshot) -> None:
    over = kept.material(at, span(at, "last quarter"), (), 8)
    assert "is over" in over.missing and not over.deals
    with pytest.raises(Stop, match="no end"):
        span(at, "all")


def test_a_filter_leaves_the_deals_it_names(at: Snapshot) -> None:
    where = (("deal_tier", "A"),)
    found = kept.material(at, span(at, ""), where, 100)
    names = "SELECT id FROM deal WHERE deal_tier = 'A'"
    assert found.deals and {deal.id for deal in found.deals} <= {row[0] for row in at.reader.rows(names)}
    assert found.figures[0].value == evaluate(at, ask(at, "expected_bookings", (), "this quarter", where)).total.value
