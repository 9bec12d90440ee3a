"""Over all layouts: how many ask something, how many columns are read right, and whether printed totals are met."""

from __future__ import annotations

from decimal import Decimal

from tests.layouts.asked import mapped
from tests.layouts.catalogue import LAYOUTS
from tests.layouts.going import Get
from tests.layouts.going import imported as imported

SILENT = 32  # of 40 files, as the promise says; the same share of however many there are
OF = 40
RIGHT = 0.95


def test_at_most_one_question_and_only_one_worth_asking(imported: Get) -> None:
    asked = {name: (imported(name).told["asked"], imported(name).layout.questions) for name in LAYOUTS}
    wrong = {name: given for name, given in asked.items() if len(given[0]) > 1 or not set(given[0]) <= set(given[1])}
    assert not wrong


def test_four_in_five_ask_nothing(imported: Get) -> None:
    silent = [name for name in LAYOUTS if not imported(name).told["asked"]]
    assert len(LAYOUTS) >= OF
    assert len(silent) >= len(LAYOUTS) * SILENT / OF


def test_known_columns_are_read_right(imported: Get) -> None:
    found = [(name, *row) for name in LAYOUTS for row in mapped(imported(name))]
    wrong = [
        f"{name}: {file}: {column}: {truth}, not {given}" for name, file, column, truth, given, ok in found if not ok
    ]
    assert len(found) - len(wrong) >= RIGHT * len(found), f"{len(wrong)} of {len(found)}:\n" + "\n".join(wrong)


def test_printed_totals_are_met_and_said(imported: Get) -> None:
    printing = [name for name in LAYOUTS if imported(name).layout.grand_total]
    assert len(printing) >= 4
    for name in printing:
        found = imported(name)
        printed = Decimal(found.layout.grand_total)
        met = [t for t in found.told["data"]["totals"] if Decimal(t["printed"]) == printed]
        assert met and all(Decimal(t["difference"]) == 0 for t in met), (name, found.told["data"]["totals"])
        assert any("otal" in note and f"{printed:,.0f}" in note for note in found.told["notes"]), name
