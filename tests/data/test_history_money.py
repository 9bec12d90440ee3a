"""A stage history without a currency column: amounts are in the deal's own currency, also where it has no cents."""

from __future__ import annotations

from pathlib import Path

import saleswright
from saleswright.lib.money import Money
from tests.workspaces import book


def test_yen_have_no_cents_in_a_history_that_names_no_currency(tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    (export / "Opportunity.csv").write_text(
        "Id,Name,StageName,Amount,CurrencyIsoCode,CreatedDate,CloseDate\n"
        "006000000000001AAA,Kyoto,Closed Won,16000,JPY,2026-01-05T09:00:00.000Z,2026-02-05\n"
        "006000000000002AAA,Paris,Closed Won,80.50,EUR,2026-01-05T09:00:00.000Z,2026-02-05\n",
        encoding="utf-8",
    )
    (export / "OpportunityHistory.csv").write_text(
        "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate\n"
        "008000000000001AAA,006000000000001AAA,Negotiation,15000,2026-03-01,2026-01-05T09:00:00.000Z\n"
        "008000000000002AAA,006000000000001AAA,Closed Won,16000,2026-02-05,2026-02-05T09:00:00.000Z\n"
        "008000000000003AAA,006000000000002AAA,Closed Won,80.50,2026-02-05,2026-02-05T09:00:00.000Z\n",
        encoding="utf-8",
    )
    book(export)(tmp_path / "w")
    opened = saleswright.open(tmp_path / "w")
    assert opened.currency("JPY").measure("won_value", where=["currency=JPY"]).value == Money(16000, "JPY")
    then = opened.currency("JPY").as_of("2026-01-20").measure("open_pipeline", where=["currency=JPY"])
    assert then.value == Money(15000, "JPY")
    assert opened.currency("EUR").measure("won_value", where=["currency=EUR"]).value == Money(8050, "EUR")


def test_a_history_row_of_an_unmapped_field_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    export = tmp_path / "export"
    export.mkdir()
    (export / "Opportunity.csv").write_text(
        "Id,Name,StageName,CreatedDate,OwnerId\n006000000000001AAA,Kyoto,Qualification,2026-01-05T09:00:00.000Z,005000000000001AAA\n",
        encoding="utf-8",
    )
    (export / "OpportunityFieldHistory.csv").write_text(
        "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate\n"
        "017000000000001AAA,006000000000001AAA,Owner,,005000000000001AAA,2026-01-05T09:00:00.000Z\n"
        "017000000000002AAA,006000000000001AAA,Mood,bad,good,2026-01-06T09:00:00.000Z\n",
        encoding="utf-8",
    )
    book(export)(tmp_path / "w")
    run = saleswright.open(tmp_path / "w").check().rows[0]
    assert (run["read"], run["new"], run["changed"], run["unchanged"], run["rejected"]) == (3, 2, 0, 1, 0)
