"""Salesforce ids of 15 and of 18 characters name the same record; ids of others stay as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]


def test_salesforce_ids_are_one_in_both_lengths(inbox: Callable[..., Any], csv_file: Write) -> None:
    text = "Id,Name,StageName,Amount,OwnerId,CloseDate\n0061t00000Abcde,A,Open,1,0051t00000XyzAB,2026-01-01\n"
    text += "0061t00000AbcdfAAB,B,Open,1,0051t00000XyzABAA1,2026-01-01\n"
    box = inbox([csv_file("Opportunity.csv", text)])
    assert box.mapping("Opportunity.csv").ids == "salesforce"
    ids = [row[0] for row in box.facts("Opportunity.csv", "SELECT id FROM {facts} ORDER BY id")]
    assert all(len(found) == len("deal_crm_") + 18 for found in ids)


def test_ids_of_other_columns_do_not_hide_salesforce_ids(inbox: Callable[..., Any], csv_file: Write) -> None:
    head = "{},ERP ID,Account ID,Opportunity Name,Stage,Amount,Close Date\n"
    short = head.format("Opportunity ID") + "".join(
        f"006A00000{n}AbcdE,ERP-0000{n},2026ABC0000000{n},Deal {n},Open,5,2026-01-31\n" for n in range(4)
    )
    long = head.format("Id") + "".join(
        f"006A00000{n}AbcdEIAR,ERP-0000{n},2026ABC0000000{n},Deal {n},Open,5,2026-01-31\n" for n in range(4)
    )
    found = []
    for text in (short, long):
        box = inbox([csv_file("report.csv", text)])
        assert box.mapping("report.csv").ids == "salesforce"
        found.append(box.facts("report.csv", "SELECT id, account FROM {facts} ORDER BY id"))
    assert found[0] == found[1]
    assert found[0][1] == ("deal_crm_006A000001AbcdEIAR", "account_crm_2026ABC00000001"), "only Salesforce's own grow"


@pytest.mark.parametrize("ids", [["D-1", "D-2"], ["000000000012345", "000000000012346"], ["2026ABC00000001", "X"]])
def test_ids_of_others_stay_plain(inbox: Callable[..., Any], csv_file: Write, ids: list[str]) -> None:
    rows = "".join(f"{key},006A000000AbcdE,Deal,Open,5,2026-01-31\n" for key in ids)
    box = inbox([csv_file("deals.csv", "Deal ID,Salesforce ID,Deal Name,Stage,Amount,Close Date\n" + rows)])
    assert box.mapping("deals.csv").ids == "plain", "no column that is used holds ids of Salesforce"
    assert not any("Salesforce" in column.said for column in box.guesses["deals.csv"].columns)
