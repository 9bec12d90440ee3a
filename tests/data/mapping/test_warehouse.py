"""Every table of two real warehouses is recognised for what it is, or left with a reason; none is misread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SALESFORCE = {
    "sf_account_data": ("account", "rows"),
    "sf_account_history_data": ("account", "events"),
    "sf_contact_data": ("contact", "rows"),
    "sf_contact_history_data": ("contact", "events"),
    "sf_event_data": ("activity", "rows"),
    "sf_lead_data": ("lead", "rows"),
    "sf_opportunity_data": ("deal", "rows"),
    "sf_opportunity_history_data": ("deal", "events"),
    "sf_opportunity_line_item_data": ("line_item", "rows"),
    "sf_product_2_data": ("product", "rows"),
    "sf_task_data": ("activity", "rows"),
    "sf_user_data": ("person", "rows"),
}
HUBSPOT = {
    "company_data": ("account", "rows"),
    "contact_data": ("contact", "rows"),
    "deal_contact_data": ("deal_contact", "rows"),
    "deal_data": ("deal", "rows"),
    "deal_stage_data": ("deal", "events"),
    "engagement_call_data": ("activity", "rows"),
    "engagement_communication_data": ("activity", "rows"),
    "engagement_email_data": ("activity", "rows"),
    "engagement_meeting_data": ("activity", "rows"),
    "engagement_note_data": ("activity", "rows"),
    "engagement_task_data": ("activity", "rows"),
    "owner_data": ("person", "rows"),
}


def check(box: Any, wanted: dict[str, tuple[str, str]]) -> None:
    found = {
        name.removesuffix(".csv"): (one.mapping.entity, one.mapping.layout)
        for name, one in box.guesses.items()
        if one.mapping
    }
    assert found == wanted
    for name, one in box.guesses.items():
        if one.mapping is None:
            reasons = [i for i in one.issues if i.code in ("not_recognised", "no_id_column", "lookup", "same_people")]
            assert len(reasons) == 1 and reasons[0].what, name
        else:
            box.source(name)


def test_salesforce_tables(shared: Path, inbox: Callable[..., Any]) -> None:
    check(inbox(sorted((shared / "crm_salesforce").glob("*.csv"))), SALESFORCE)


def test_hubspot_tables(shared: Path, inbox: Callable[..., Any]) -> None:
    box = inbox(sorted((shared / "crm_hubspot").glob("*.csv")))
    check(box, HUBSPOT)
    assert {i.code for i in box.guesses["deal_pipeline_stage_data.csv"].issues} == {"lookup"}
    history = box.guesses["deal_property_history_data.csv"].issues
    assert any("no name in name is known" in i.what for i in history)


def test_airbyte_columns_of_a_deal(con: Any, drop: Callable[..., Any]) -> None:
    text = (
        "_airbyte_raw_id,_airbyte_extracted_at,_airbyte_meta,id,archived,createdAt,properties_dealname,"
        "properties_dealstage,properties_amount,properties_closedate,properties_createdate,properties_dealtype\n"
        "a1,2026-11-01 10:00:00+00,{},1,false,2026-01-01T10:00:00Z,Acme,closedwon,1000,2026-05-01T00:00:00Z,"
        "2026-01-01T10:00:00Z,newbusiness\n"
        "a2,2026-11-01 10:00:00+00,{},2,true,2026-01-01T10:00:00Z,Beta,appointmentscheduled,7,2026-12-01T00:00:00Z,"
        "2026-01-01T10:00:00Z,existingbusiness\n"
    )
    box = drop({"deals.csv": text})
    rows = box.facts("deals.csv", "SELECT stage, amount, type, deleted FROM {facts} ORDER BY id")
    assert rows == [
        ("Closed Won", 100000, "New Business", False),
        ("Appointment Scheduled", 700, "Existing Business", True),
    ]


def test_links_give_deals_their_company_and_leave_merged_ones_out(drop: Callable[..., Any]) -> None:
    deals = "deal_id,property_dealname,property_amount,property_closedate,deal_pipeline_stage_id\n"
    deals += "1,A,5,2026-01-31,closedwon\n2,B,5,2026-01-31,closedlost\n3,C,5,2026-01-31,closedwon\n"
    links = "deal_id,company_id,type_id\n1,77,5\n1,78,341\n2,78,5\n"
    box = drop({"deal.csv": deals, "deal_company.csv": links, "merged_deal.csv": "deal_id,merged_deal_id\n1,3\n"})
    assert [row[0] for row in box.facts("deal.csv", "SELECT id FROM {facts} ORDER BY id")] == [
        "deal_crm_1",
        "deal_crm_2",
    ]
    rows = box.facts("deal_company.csv", "SELECT id, account FROM {facts} ORDER BY id")
    assert rows == [("deal_crm_1", "account_crm_77"), ("deal_crm_2", "account_crm_78")]
    assert box.rejected("deal_company.csv") == []
    assert box.codes("merged_deal.csv") == {"lookup"}
