"""A deal with an amount in no currency, in a record of two: one whose amount nobody told, and no reason to say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.kernel.report import Figure, Note, Table
from saleswright.lib.issue import Stop
from saleswright.lib.money import Money
from saleswright.measure.forecast.figures.told import told
from saleswright.measure.forecast.material.find import span
from saleswright.measure.forecast.show.actions import show
from tests.measure.forecast.material import company
from tests.measure.forecast.material.test_figures import asked, minor
from tests.measure.forecast.seeds import drawn


def test_a_deal_in_no_currency_counts_as_one_without_an_amount_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = drawn()
    deals = list(company._deals(rng, False))
    open_ = [deal for deal in deals if deal["stage"] == "Negotiation"]
    latest = max((deal for deal in deals if deal["stage"] == "Won"), key=lambda deal: deal["closed"])
    open_[0]["currency"] = latest["currency"] = ""
    open_[1]["currency"] = "EUR"
    monkeypatch.setattr(company, "_deals", lambda *_: deals)
    root = company.company(tmp_path, rng)
    rates = tmp_path / "rates.csv"
    rates.write_text("currency,base,starts,rate\nEUR,USD,2020-01-01,0.9\n", encoding="utf-8")
    app = build()
    app.call(app.open_workspace(root), "import", {"path": str(rates)})
    at = company.opened(root)
    shown = show.run(at)
    notes = [block.text for block in shown.blocks if isinstance(block, Note)]
    assert any(
        note.startswith(f"1 of {len(open_)} open deals has no amount in a currency that is told") for note in notes
    )
    assert any(note.startswith("1 deal won in the period adds nothing") for note in notes)
    parts = next(block for block in shown.blocks if isinstance(block, Table) and block.name == "parts").rows
    won, mean = parts[0][1], parts[3][1]
    assert isinstance(won, Figure) and isinstance(mean, Figure)
    # The metric adds nothing across currencies; what the forecast stands on is no figure of it.
    assert (
        asked(at, "won_value").total.value is None and isinstance(won.value, Money) and not won.ref and not won.reason
    )
    assert minor(asked(at, "expected_bookings").total) == minor(mean)


def test_a_filter_without_the_currency_that_has_no_rate_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is added across currencies, and nothing more is refused than what would be."""
    rng = drawn()
    deals = list(company._deals(rng, False))
    for deal in deals:
        deal["currency"] = "EUR" if deal["deal_tier"] == "B" else "USD"
    monkeypatch.setattr(company, "_deals", lambda *_: deals)
    at = company.opened(company.company(tmp_path, rng))
    with pytest.raises(Stop, match="EUR has no rate"):
        told(at, span(at, ""))
    one = told(at, span(at, ""), (("deal_tier", "A"),))
    assert one.foretold.means.won == minor(asked(at, "won_value", where=(("deal_tier", "A"),)).total)
    assert one.foretold.law.sd > 0
