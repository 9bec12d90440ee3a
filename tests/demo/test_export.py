"""The export is whole: counts, ids, references, dates, and a history that replays to the current rows."""

import re
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import pairwise

import pytest

from saleswright.demo.keys import with_check
from tests.demo.conftest import Tables
from tests.demo.truth import UNTIL, Truth

PREFIX = {
    "User": "005",
    "UserHistory": "017",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "OpportunityFieldHistory": "017",
    "OpportunityContactRole": "00K",
    "OpportunityLineItem": "00k",
    "Product2": "01t",
    "Campaign": "701",
    "CampaignMember": "00v",
    "Task": "00T",
    "Event": "00U",
}
REFERENCES = {
    "User": {"ManagerId": "User"},
    "UserHistory": {"UserId": "User", "CreatedById": "User"},
    "Account": {"OwnerId": "User", "ParentId": "Account"},
    "Contact": {"AccountId": "Account"},
    "Lead": {
        "OwnerId": "User",
        "ConvertedOpportunityId": "Opportunity",
        "ConvertedAccountId": "Account",
        "ConvertedContactId": "Contact",
    },
    "Opportunity": {"AccountId": "Account", "OwnerId": "User", "CampaignId": "Campaign"},
    "OpportunityHistory": {"OpportunityId": "Opportunity", "CreatedById": "User"},
    "OpportunityFieldHistory": {"OpportunityId": "Opportunity", "CreatedById": "User"},
    "OpportunityContactRole": {"OpportunityId": "Opportunity", "ContactId": "Contact"},
    "OpportunityLineItem": {"OpportunityId": "Opportunity", "Product2Id": "Product2"},
    "OpportunitySplit": {"OpportunityId": "Opportunity", "SplitOwnerId": "User"},
    "CampaignMember": {"CampaignId": "Campaign", "LeadId": "Lead", "ContactId": "Contact"},
    "Task": {"WhatId": "Opportunity", "OwnerId": "User"},
    "Event": {"WhatId": "Opportunity", "OwnerId": "User"},
    "quotas": {"user_id": "User"},
    "forecast_calls": {"user_id": "User"},
    "subscriptions": {"account_id": "Account", "opportunity_id": "Opportunity", "product_id": "Product2"},
}
OPTIONAL = {
    "ManagerId", "ParentId", "CampaignId", "ConvertedOpportunityId", "ConvertedAccountId", "ConvertedContactId",
    "LeadId", "ContactId", "WhatId",
}  # fmt: skip
CLOSED = {"Closed Won", "Closed Lost", "Disqualified"}


def test_counts(tables: Tables) -> None:
    reps = [u for u in tables["User"] if u["UserRole"] == "Account Executive"]
    assert [u["Name"] for u in reps] == [f"Rep {n:02}" for n in range(1, 41)]
    assert {u["Team__c"] for u in reps} == {f"Team {t}" for t in ("North", "South", "East", "West", "EMEA", "APAC")}
    deals = tables["Opportunity"]
    assert 11_000 <= len(deals) <= 13_000
    assert {d["Segment__c"] for d in deals} == {"Enterprise", "Mid-market", "Small business"}
    assert {d["CurrencyIsoCode"] for d in deals} == {"USD", "EUR", "GBP"}
    assert {d["Type"] for d in deals} == {"New Business", "Expansion", "Renewal", "Services"}
    assert len({d["CloseDate"][:7] for d in deals if d["StageName"] in CLOSED}) == 24
    assert len({p["Family"] for p in tables["Product2"]}) == 3
    assert len(tables["Product2"]) == 8


def test_every_rep_reports_to_the_manager_of_the_team(tables: Tables) -> None:
    users = {u["Id"]: u for u in tables["User"]}
    for user in users.values():
        if user["UserRole"] == "Account Executive":
            assert users[user["ManagerId"]]["Team__c"] == user["Team__c"]
        elif user["UserRole"] == "Sales Manager":
            assert users[user["ManagerId"]]["Name"] == "VP Sales"


def test_ids_are_valid_and_unique(tables: Tables) -> None:
    field_histories = [row["Id"] for name in ("UserHistory", "OpportunityFieldHistory") for row in tables[name]]
    assert len(set(field_histories)) == len(field_histories)
    for name, prefix in PREFIX.items():
        ids = [row["Id"] for row in tables[name]]
        assert len(set(ids)) == len(ids), name
        assert all(len(key) == 18 and key.startswith(prefix) for key in ids), name
        assert all(with_check(key[:15]) == key for key in ids), name


def test_case_check_as_documented() -> None:
    assert with_check("001A0000006Vm9r") == "001A0000006Vm9rIAC"
    assert with_check("0" * 15) == "0" * 15 + "AAA"
    assert with_check("ABCDE" + "a" * 9 + "Z") == "ABCDE" + "a" * 9 + "Z5AQ"


@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_references_resolve(tables: Tables, name: str) -> None:
    for column, target in REFERENCES[name].items():
        known = {row["Id"] for row in tables[target]}
        used = {row[column] for row in tables[name]}
        if column in OPTIONAL:
            used.discard("")
        assert used
        assert used <= known, column


def test_who_is_a_contact_or_a_lead(tables: Tables) -> None:
    people = {row["Id"] for name in ("Contact", "Lead") for row in tables[name]}
    for row in tables["Task"] + tables["Event"]:
        assert row["WhoId"] == "" or row["WhoId"] in people
        assert row["WhoId"] or row["WhatId"]


def test_dates_are_in_order(tables: Tables) -> None:
    accounts = {a["Id"]: a["CreatedDate"] for a in tables["Account"]}
    for deal in tables["Opportunity"]:
        created = deal["CreatedDate"][:10]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", deal["CreatedDate"])
        assert accounts[deal["AccountId"]][:10] <= created <= UNTIL
        if deal["Qualified_Date__c"]:
            assert created <= deal["Qualified_Date__c"] <= UNTIL
        assert bool(deal["Qualified_Date__c"]) == (deal["StageName"] not in ("Prospecting", "Disqualified"))
        assert (deal["IsClosed"] == "true") == (deal["StageName"] in CLOSED)
        assert (deal["IsWon"] == "true") == (deal["StageName"] == "Closed Won")
        if deal["IsClosed"] == "true":
            assert max(created, deal["Qualified_Date__c"]) <= deal["CloseDate"] <= UNTIL
    for lead in tables["Lead"]:
        assert lead["CreatedDate"][:10] <= (lead["ConvertedDate"] or UNTIL)
        assert (lead["IsConverted"] == "true") == bool(lead["ConvertedOpportunityId"])
    for name in ("Account", "Contact", "Lead", "Task", "Event", "CampaignMember"):
        assert max(row["CreatedDate"][:10] for row in tables[name]) <= UNTIL, name


def test_history_replays_to_the_current_row(tables: Tables) -> None:
    state: dict[str, dict[str, str]] = defaultdict(lambda: {"NextStep": ""})
    instants: dict[str, str] = {}
    for row in sorted(tables["OpportunityHistory"], key=lambda r: r["CreatedDate"]):
        names = ("StageName", "Amount", "CloseDate", "ForecastCategory")
        assert any(state[row["OpportunityId"]].get(name) != row[name] for name in names)
        state[row["OpportunityId"]] |= {name: row[name] for name in names}
        instants.setdefault(row["OpportunityId"], row["CreatedDate"])
    for row in sorted(tables["OpportunityFieldHistory"], key=lambda r: r["CreatedDate"]):
        deal = state[row["OpportunityId"]]
        assert deal.get(row["Field"], "") == row["OldValue"]
        deal[row["Field"]] = row["NewValue"]
    assert len(state) == len(tables["Opportunity"])
    for deal in tables["Opportunity"]:
        assert state[deal["Id"]] == {
            "StageName": deal["StageName"],
            "Amount": deal["Amount"],
            "CloseDate": deal["CloseDate"],
            "ForecastCategory": deal["ForecastCategoryName"],
            "Owner": deal["OwnerId"],
            "NextStep": deal["NextStep"],
        }
        assert instants[deal["Id"]] == deal["CreatedDate"]


def test_last_activity_is_the_last_one_done(tables: Tables) -> None:
    last: dict[str, str] = {}
    for row in tables["Task"] + tables["Event"]:
        day = row.get("ActivityDate") or row["ActivityDateTime"][:10]
        if row["Status"] != "Not Started":
            last[row["WhatId"]] = max(last.get(row["WhatId"], ""), day)
    assert all(deal["LastActivityDate"] == last.get(deal["Id"], "") for deal in tables["Opportunity"])


def test_line_items_add_up(tables: Tables) -> None:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables["OpportunityLineItem"]:
        assert Decimal(row["Quantity"]) * Decimal(row["UnitPrice"]) == Decimal(row["TotalPrice"])
        totals[row["OpportunityId"]] += Decimal(row["TotalPrice"])
    won = [d for d in tables["Opportunity"] if d["StageName"] == "Closed Won"]
    assert all(totals[d["Id"]] == Decimal(d["Amount"]) for d in won)
    shares: dict[str, int] = defaultdict(int)
    for row in tables["OpportunitySplit"]:
        shares[row["OpportunityId"]] += int(row["SplitPercentage"])
    assert shares
    assert set(shares.values()) == {100}


def test_subscriptions_come_from_won_recurring_deals(tables: Tables) -> None:
    deals = {d["Id"]: d for d in tables["Opportunity"]}
    sold = Counter(row["opportunity_id"] for row in tables["subscriptions"])
    recurring = {d["Id"] for d in deals.values() if d["StageName"] == "Closed Won" and d["Type"] != "Services"}
    assert set(sold) == recurring
    for row in tables["subscriptions"]:
        assert row["start_date"] < row["end_date"]
        assert (row["status"] == "active") == (row["end_date"] > UNTIL)
        assert row["currency"] == deals[row["opportunity_id"]]["CurrencyIsoCode"]
        assert row["account_id"] == deals[row["opportunity_id"]]["AccountId"]


def test_rates_cover_every_deal_without_a_gap(tables: Tables) -> None:
    rates: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in tables["DatedConversionRate"]:
        rates[row["IsoCode"]].append((row["StartDate"], row["NextStartDate"]))
        assert float(row["ConversionRate"]) > 0
    assert set(rates) == {"USD", "EUR", "GBP"}
    first = min(d["CloseDate"] for d in tables["Opportunity"] if d["IsClosed"] == "true")
    for spans in rates.values():
        assert spans[0][0] <= first
        assert spans[-1][1] == "9999-12-31"
        assert all(left[1] == right[0] for left, right in pairwise(spans))


def test_targets_reach_the_end_of_the_quarter(tables: Tables) -> None:
    months = [row["month"] for row in tables["plan"]]
    assert months[0] == "2024-12"
    assert months[-1] == "2026-12"
    assert len(set(months)) == 25
    quotas = Counter(row["user_id"] for row in tables["quotas"])
    assert len(quotas) == 40
    assert sum(1 for count in quotas.values() if count == 25) == 37
    callers = {row["user_id"] for row in tables["forecast_calls"]}
    assert len(callers) == 46
    assert {row["category"] for row in tables["forecast_calls"]} == {"Commit", "Best Case"}
    assert len({(row["month"], row["channel"]) for row in tables["spend"]}) == 24 * 6


def test_a_little_dirt_as_in_life(tables: Tables) -> None:
    deals = [d for d in tables["Opportunity"] if d["IsClosed"] == "false"]
    missing_step = sum(1 for d in deals if not d["NextStep"])
    missing_amount = sum(1 for d in deals if not d["Amount"])
    past_due = sum(1 for d in deals if d["CloseDate"] < UNTIL)
    assert 0.03 < missing_step / len(deals) < 0.15
    assert 0.005 < missing_amount / len(deals) < 0.05
    assert 0.04 < past_due / len(deals) < 0.15
    assert all(d["Amount"] for d in tables["Opportunity"] if d["IsClosed"] == "true")


def test_headline_from_the_files(tables: Tables, planted: Truth) -> None:
    stages = Counter(d["StageName"] for d in tables["Opportunity"])
    assert stages["Closed Won"] == planted.headline.won
    assert stages["Closed Lost"] == planted.headline.lost
    value: dict[str, Decimal] = defaultdict(Decimal)
    for deal in tables["Opportunity"]:
        if deal["IsWon"] == "true":
            value[deal["CurrencyIsoCode"]] += Decimal(deal["Amount"])
    assert value == planted.headline.won_value
