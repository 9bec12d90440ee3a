"""Histories in every shape: reports of steps, property histories, tables of versions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Drop = Callable[..., Any]

STEPS = (
    "Opportunity Owner,Opportunity Name,Account Name,Created Date,From Stage,To Stage,Amount,"
    "Close Date,Last Modified\n"
    'Ann Lee,Acme - Platform,Acme,3/15/2026,,Prospecting,"USD 1,000.00",12/31/2026,3/15/2026 09:30 AM\n'
    'Ann Lee,Acme - Platform,Acme,3/15/2026,Prospecting,Proposal,"USD 1,500.00",12/31/2026,'
    "5/25/2026 10:00 AM\n"
    'Bob Ray,Beta - Platform,Beta,4/20/2026,Proposal,Closed Won,"USD 2,000.00",10/31/2026,'
    "10/30/2026 01:00 PM\n"
)


def test_a_history_report_is_dated_by_the_step_not_by_the_record(drop: Drop) -> None:
    box = drop({"report1.csv": STEPS})
    mapping = box.mapping("report1.csv")
    assert (mapping.layout, mapping.at, mapping.column_of("stage")) == ("events", "Last Modified", "To Stage")
    rows = box.facts("report1.csv", 'SELECT CAST("at" AS VARCHAR), stage, amount FROM {facts} ORDER BY line')
    assert rows[1:] == [
        ("2026-05-25 10:00:00", "Proposal", 150000),
        ("2026-10-30 13:00:00", "Closed Won", 200000),
    ]


def test_files_without_ids_agree_on_what_tells_a_deal(drop: Drop) -> None:
    deals = "Opportunity Name,Account Name,Stage,Amount,Close Date,Created Date\n"
    deals += (
        "Acme - Platform,Acme,Proposal,1,12/31/2026,3/15/2026\nBeta - Platform,Beta,Closed Won,2,10/31/2026,4/20/2026\n"
    )
    box = drop({"deals.csv": deals, "steps.csv": STEPS})
    assert box.mapping("deals.csv").key == box.mapping("steps.csv").key
    own = {row[0] for row in box.facts("deals.csv", "SELECT id FROM {facts}")}
    assert {row[0] for row in box.facts("steps.csv", "SELECT id FROM {facts}")} == own


def test_a_history_in_words_finds_the_deals_that_have_ids(drop: Drop) -> None:
    deals = "Opportunity ID,Opportunity Name,Stage,Amount,Close Date\n"
    deals += "006A000000aaaab,Acme - Platform,Proposal,1,2026-12-31\n006A000000aaaac,Beta - Platform,Closed Won,2,2026-10-31\n"
    box = drop({"deals.csv": deals, "steps.csv": STEPS})
    own = {row[0] for row in box.facts("deals.csv", "SELECT id FROM {facts}")}
    assert {row[0] for row in box.facts("steps.csv", "SELECT id FROM {facts}")} == own
    assert box.body("steps.csv")["repairs"]["Opportunity Name"]["Acme - Platform"].startswith("006A000000aaaab")


PROPERTIES = """Record ID,Property,Value,Changed at,Source
101,dealstage,appointmentscheduled,1767225600000,CRM_UI
101,dealstage,qualifiedtobuy,1769904000000,CRM_UI
101,amount,1000,1769904000000,CRM_UI
101,closedate,1790000000000,1769904000000,CRM_UI
102,dealstage,appointmentscheduled,1767225600000,CRM_UI
"""


def test_a_property_history_with_epochs_and_ids_of_stages(drop: Drop) -> None:
    box = drop({"history.csv": PROPERTIES})
    mapping = box.mapping("history.csv")
    assert (mapping.entity, mapping.layout) == ("deal", "fields")
    rows = box.facts("history.csv", 'SELECT CAST("at" AS VARCHAR), field, value FROM {facts} ORDER BY line')
    assert rows[:4] == [
        ("2026-01-01 00:00:00", "stage", "Appointment Scheduled"),
        ("2026-02-01 00:00:00", "stage", "Qualified To Buy"),
        ("2026-02-01 00:00:00", "amount", "100000"),
        ("2026-02-01 00:00:00", "close", "2026-09-21"),
    ]
    assert box.rejected("history.csv") == []


def test_a_table_of_stages_gives_labels_and_standings(drop: Drop) -> None:
    stages = "stage_id,label,pipeline_id,display_order,probability,closed_won,is_closed\n"
    stages += "77,Verhandeln,p1,1,0.5,false,false\n78,Fertig,p1,2,1.0,true,true\n79,Weg,p1,3,0.0,false,true\n"
    history = PROPERTIES.replace("appointmentscheduled", "77").replace("qualifiedtobuy", "78")
    deals = "deal_id,deal_pipeline_stage_id,property_dealname,property_amount,property_closedate\n"
    deals += "101,78,A,1,2026-01-31\n102,79,B,1,2026-01-31\n"
    box = drop({"deal.csv": deals, "deal_pipeline_stage.csv": stages, "history.csv": history})
    assert box.guesses["deal_pipeline_stage.csv"].mapping is None and box.codes("deal_pipeline_stage.csv") == {"lookup"}
    assert box.facts("deal.csv", "SELECT stage FROM {facts} ORDER BY id") == [("Fertig",), ("Weg",)]
    assert box.facts("history.csv", "SELECT value FROM {facts} WHERE field = 'stage' ORDER BY line")[0] == (
        "Verhandeln",
    )
    told = box.guesses["deal.csv"].standings
    assert (told["Fertig"], told["Weg"], told["Verhandeln"]) == ("won", "lost", "open")


def test_a_name_that_never_has_a_value_changes_nothing(drop: Drop) -> None:
    text = "OpportunityId,Field,OldValue,NewValue,CreatedDate\n"
    text += (
        "006A000000aaaab,created,,,2026-01-01T10:00:00Z\n006A000000aaaabAAA,StageName,New,Won,2026-02-01T10:00:00Z\n"
    )
    mapping = drop({"OpportunityFieldHistory.csv": text}).mapping("OpportunityFieldHistory.csv")
    assert mapping.names == {"StageName": "stage"}


VERSIONS = (
    "id,_fivetran_start,_fivetran_end,_fivetran_active,account_id,amount,close_date,created_date,"
    "is_closed,is_won,name,stage_name\n"
    "006A000000aaaabAAA,2026-01-01 10:00:00,2026-02-01 10:00:00,false,001A000000aaaabAAA,100,2026-06-30,"
    "2026-01-01 10:00:00,false,false,Acme,Prospecting\n"
    "006A000000aaaabAAA,2026-02-01 10:00:00,9999-12-31 23:59:59,true,001A000000aaaabAAA,200,2026-06-30,"
    "2026-01-01 10:00:00,true,true,Acme,Signed off\n"
)


def test_one_row_for_each_version_is_a_history(drop: Drop) -> None:
    box = drop({"opportunity.csv": VERSIONS})
    mapping = box.mapping("opportunity.csv")
    assert (mapping.layout, mapping.at) == ("events", "_fivetran_start")
    rows = box.facts("opportunity.csv", 'SELECT CAST("at" AS VARCHAR), stage, amount FROM {facts} ORDER BY line')
    assert rows == [("2026-01-01 10:00:00", "Prospecting", 10000), ("2026-02-01 10:00:00", "Signed off", 20000)]
    assert box.guesses["opportunity.csv"].standings["Signed off"] == "won"


def test_weekly_copies_are_a_history_too(drop: Drop) -> None:
    text = "Snapshot Date,Opportunity ID,Opportunity Name,Stage,Amount,Close Date,Created Date\n"
    for week in ("2026-01-05", "2026-01-12", "2026-01-19"):
        text += "".join(f"{week},D{n},Deal {n},Open,{n},2026-03-31,2026-01-02\n" for n in range(3))
    mapping = drop({"weekly.csv": text}).mapping("weekly.csv")
    assert (mapping.layout, mapping.at) == ("events", "Snapshot Date")
