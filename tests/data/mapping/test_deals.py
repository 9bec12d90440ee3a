"""Lists of deals as the vendors hand them over: Salesforce reports, HubSpot and Pipedrive exports, sheets people keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saleswright.data.mapping.stages import propose_stages, stages_in

Drop = Callable[..., Any]

REPORT = (
    "Opportunity Owner,Owner Role,Opportunity Name,Account Name,Stage,Type,Amount Currency,Amount,"
    "Amount (converted) Currency,Amount (converted),Close Date,Created Date,Age,Probability (%),"
    "Next Step\n"
    'Ann Lee,West,Acme - Platform,Acme,Proposal,New Business,EUR,"1,000.00",USD,"1,100.00",12/31/2026,'
    "3/15/2026,10,60,Call\n"
    'Bob Ray,East,Beta - Platform,Beta,Closed Won,Renewal,USD,"2,000.00",USD,"2,000.00",10/31/2026,'
    "4/20/2026,10,100,\n"
    'Bob Ray,East,Beta - Platform,Gamma,Closed Lost,New Business,JPY,"200,000",USD,"1,300.00",'
    "9/30/2026,4/20/2026,10,0,\n"
)


def test_a_report_without_ids_is_told_by_name_account_and_created_date(drop: Drop) -> None:
    box = drop({"report17.csv": REPORT})
    mapping = box.mapping("report17.csv")
    assert (mapping.entity, mapping.layout, mapping.key) == ("deal", "rows", ("name", "account", "created"))
    assert "no_id" in box.codes("report17.csv") and not box.asked
    rows = box.facts("report17.csv", "SELECT amount, currency FROM {facts} ORDER BY line")
    assert rows == [(100000, "EUR"), (200000, "USD"), (200000, "JPY")], "its own currency, never the converted one"
    assert box.rejected("report17.csv") == []


def test_two_rows_alike_without_an_id_are_never_one(drop: Drop) -> None:
    twice = REPORT + REPORT.splitlines()[-1] + "\n"
    found = drop({"report17.csv": twice}).rejected("report17.csv")
    assert [(line, reason) for line, _, _, reason, _ in found] == [
        (
            5,
            "the same Opportunity Name, Account Name, Created Date as on line 4: without an id the two cannot be told apart",
        )
    ]


def test_only_the_converted_amount_is_in_its_own_currency(drop: Drop) -> None:
    text = (
        "Opportunity Name,Account Name,Stage,Amount (converted) Currency,Amount (converted),Close Date,Created Date\n"
    )
    text += "A,Acme,Proposal,EUR,5.00,2026-12-31,2026-01-13\nB,Beta,Closed Won,EUR,7.00,2026-12-31,2026-01-13\n"
    rows = drop({"r.csv": text}).facts("r.csv", "SELECT amount, currency FROM {facts} ORDER BY line")
    assert rows == [(500, "EUR"), (700, "EUR")]


def test_columns_in_another_order_and_case(drop: Drop) -> None:
    header, *rows = [
        line.split(",")
        for line in REPORT.replace('"1,000.00"', "1000.00")
        .replace('"1,100.00"', "1")
        .replace('"2,000.00"', "2000.00")
        .replace('"200,000"', "200000")
        .replace('"1,300.00"', "1")
        .splitlines()
    ]
    order = sorted(range(len(header)), key=lambda i: header[i][::-1])
    text = "\n".join(",".join((r[i].upper() if r is header else r[i]) for i in order) for r in [header, *rows])
    box = drop({"x.csv": text})
    assert box.facts("x.csv", "SELECT sum(amount), count(DISTINCT id), count(owner) FROM {facts}") == [(500000, 3, 3)]


HUBSPOT = (
    "Record ID,Deal Name,Deal Stage,Pipeline,Close Date,Create Date,Amount,Amount in company currency,"
    "Currency,Deal owner,Deal Type,Associated Company,Is Closed Won,Is closed lost,"
    '"Date entered ""Discovery (Sales Pipeline)""","Date exited ""Discovery (Sales Pipeline)""",'
    '"Cumulative time in ""Discovery (Sales Pipeline)""","Date entered ""Closed won (Sales Pipeline)""",'
    '"Date entered ""Closed won (Partner)"""\n'
    "101,Acme new,Discovery,Sales Pipeline,2026-12-01 10:00,2026-03-01 09:00,1000,900,USD,Ann Lee,"
    "newbusiness,Acme;Beta,false,false,2026-03-01 09:00,,,,\n"
    "102,Beta new,Closed won,Sales Pipeline,2026-06-01 10:00,2026-02-01 09:00,2000,1800,USD,Bob Ray,"
    "existingbusiness,Beta,true,false,2026-02-01 09:00,2026-06-01 10:00,10 days,2026-06-01 10:00,\n"
    "103,Gamma new,Closed won,Partner,2026-06-11 10:00,2026-02-01 09:00,3000,2800,EUR,Bob Ray,"
    "newbusiness,Gamma,true,false,,,,,2026-06-11 10:00\n"
    "104,Delta,Verhandelt,Partner,2026-06-11 10:00,2026-02-01 09:00,3000,2800,EUR,Bob Ray,newbusiness,"
    "Gamma,false,true,,,,,\n"
)


def test_hubspot_columns_of_dates_are_the_history_of_stages(drop: Drop) -> None:
    box = drop({"hubspot.csv": HUBSPOT})
    mapping = box.mapping("hubspot.csv")
    assert list(mapping.entered.values()) == ["Discovery", "Closed won", "Closed won"]
    events = next(s for s in box.more("hubspot.csv") if s.entity == "deal")
    rows = box.con.execute(f'SELECT id, CAST("at" AS VARCHAR), stage FROM ({events.query}) ORDER BY 1, 2').fetchall()
    assert (events.layout, events.sets) == ("events", ("stage",))
    assert rows == [
        ("deal_crm_101", "2026-03-01 09:00:00", "Discovery"),
        ("deal_crm_102", "2026-02-01 09:00:00", "Discovery"),
        ("deal_crm_102", "2026-06-01 10:00:00", "Closed won"),
        ("deal_crm_103", "2026-06-11 10:00:00", "Closed won"),
    ]
    assert box.facts("hubspot.csv", "SELECT amount, currency FROM {facts} ORDER BY id")[2] == (300000, "EUR")


def test_a_date_nobody_has_yet_is_a_date_of_next_week(drop: Drop) -> None:
    head, *rows = HUBSPOT.splitlines()
    head += ',"Date entered ""Contract sent (Sales Pipeline)""","Date exited ""Contract sent (Sales Pipeline)""",Notes'
    text = "\n".join([head, *(row + ",,," for row in rows)]) + "\n"
    box = drop({"hubspot.csv": text})
    mapping = box.mapping("hubspot.csv")
    assert list(mapping.entered.values()) == ["Discovery", "Closed won", "Closed won", "Contract sent"]
    assert "no deal has entered Contract sent yet" in box.said("hubspot.csv").values()
    assert "Contract sent" not in stages_in(box.con, mapping, box.guesses["hubspot.csv"].table)
    rows = [row + ",,," for row in rows[:3]] + [rows[3] + ",2026-07-01 10:00,,"]
    later = drop({"hubspot.csv": "\n".join([head, *rows]) + "\n"})
    events = next(s for s in later.more("hubspot.csv") if s.entity == "deal")
    found = later.con.execute(f"SELECT id FROM ({events.query}) WHERE stage = 'Contract sent'").fetchall()
    assert found == [("deal_crm_104",)]


def test_hubspot_flags_tell_what_a_stage_of_any_name_means(drop: Drop) -> None:
    box = drop({"hubspot.csv": HUBSPOT})
    one = box.guesses["hubspot.csv"]
    counted = stages_in(box.con, one.mapping, one.table)
    assert counted == {"Closed won": 2, "Discovery": 1, "Verhandelt": 1}
    body, issues = propose_stages(sorted(counted.items()), one.standings)
    assert body["stages"] == {"Closed won": "won", "Discovery": "open", "Verhandelt": "lost"}
    assert issues == []


def test_the_first_of_several_companies_is_the_account(drop: Drop) -> None:
    box = drop({"hubspot.csv": HUBSPOT})
    assert box.facts("hubspot.csv", "SELECT DISTINCT account FROM {facts} ORDER BY 1")[0] == ("account_crm_Acme",)
    assert "several_named" in box.codes("hubspot.csv")


PIPEDRIVE = (
    "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Stage,Deal - Status,"
    "Deal - Won time,Deal - Lost time,Deal - Lost reason,Deal - Expected close date,"
    "Deal - Deal created,Deal - Owner,Deal - Organization,Person - Email\n"
    "1,Acme,1000,EUR,Proposal Made,Won,2026-05-01 10:00:00,,,2026-05-10,2026-01-01 10:00:00,Ann Lee,"
    "Acme,x@y.de\n"
    "2,Beta,2000,USD,Proposal Made,Lost,,2026-05-02 10:00:00,Price,2026-05-10,2026-01-01 10:00:00,"
    "Ann Lee,Acme,x@y.de\n"
    "3,Gamma,3000,USD,Lead In,Open,,,,2026-12-10,2026-01-01 10:00:00,Ann Lee,Beta,x@y.de\n"
)


def test_pipedrive_standing_comes_from_the_status_first(drop: Drop) -> None:
    box = drop({"deals-1.csv": PIPEDRIVE})
    rows = box.facts("deals-1.csv", "SELECT stage, CAST(closed AS VARCHAR), currency FROM {facts} ORDER BY id")
    assert rows == [("Won", "2026-05-01", "EUR"), ("Lost", "2026-05-02", "USD"), ("Lead In", None, "USD")]
    one = box.guesses["deals-1.csv"]
    assert one.standings == {"Won": "won", "Lost": "lost"}
    assert stages_in(box.con, one.mapping, one.table) == {"Won": 1, "Lost": 1, "Lead In": 1}
    assert box.rejected("deals-1.csv") == []


GENERIC = """Deal No,Customer,Deal Size,Status,Sales Rep,Opened,Est. Close
D-1,Acme,€ 1.200,Open,Ann Lee,20260101,20261231
D-2,Beta,USD 500,Won,Ann Lee,20260115,20260531
D-3,Gamma,"€ 2.200,50",Lost,Bob Ray,20260120,20260630
"""


def test_a_sheet_with_its_own_words_signs_and_eight_digit_dates(drop: Drop) -> None:
    box = drop({"tracker.csv": GENERIC})
    rows = box.facts("tracker.csv", "SELECT amount, currency, CAST(close AS VARCHAR), stage FROM {facts} ORDER BY id")
    assert rows == [
        (120000, "EUR", "2026-12-31", "Open"),
        (50000, "USD", "2026-05-31", "Won"),
        (220050, "EUR", "2026-06-30", "Lost"),
    ]
    assert box.rejected("tracker.csv") == []


def test_a_bad_eight_digit_date_is_rejected(drop: Drop) -> None:
    text = GENERIC + "".join(f"D-{n},Acme,€ 5,Open,Ann Lee,20260101,20261230\n" for n in range(4, 30))
    found = drop({"tracker.csv": text + "D-99,Acme,€ 5,Open,Ann Lee,20260231,20261231\n"}).rejected("tracker.csv")
    assert [(v, reason) for _, _, v, reason, _ in found] == [("20260231", "not a date (eight digits, year first)")]


def test_what_lacks_an_id_and_a_name_is_told_what_it_lacks(drop: Drop) -> None:
    text = "Stage,Amount,Close Date,Owner\n" + "Open,5,2026-01-31,Ann Lee\n" * 9
    box = drop({"x.csv": text})
    assert box.guesses["x.csv"].mapping is None
    issue = next(i for i in box.guesses["x.csv"].issues if i.code == "no_id_column")
    assert "Opportunity ID" in issue.try_ and "same in several rows" in issue.what


@pytest.mark.parametrize("header", ["Amount (EUR)", "Amount EUR", "Betrag in €", "Amount [EUR]"])
def test_a_header_may_name_the_currency(drop: Drop, header: str) -> None:
    text = f"Deal ID,Deal Name,Stage,{header},Close Date\n1,A,Open,5,2026-01-31\n2,B,Won,6,2026-01-31\n"
    rows = drop({"d.csv": text}).facts("d.csv", "SELECT amount, currency FROM {facts} ORDER BY id")
    assert rows == [(500, "EUR"), (600, "EUR")]


def test_a_choice_goes_before_every_name(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Stage,Amount,Legal,Close Date\n1,A,Open,5,X,2026-01-31\n2,B,Won,6,Y,2026-01-31\n"
    box = drop({"d.csv": text}, choices={"d.csv": {"Legal": "competitor", "Close Date": ""}})
    assert box.mapping("d.csv").column_of("competitor") == "Legal"
    assert box.mapping("d.csv").columns["Close Date"] == ()


def test_stage_and_type_are_told_by_their_values_alone(drop: Drop) -> None:
    text = "Deal ID,Deal Name,Wo steht es,Welche,Amount,Close Date\n"
    rows = [
        ("Angebot", "New Business"),
        ("Gewonnen", "Renewal"),
        ("Verloren", "Expansion"),
        ("Verhandlung", "New Business"),
    ]
    text += "".join(f"{n},D{n},{stage},{kind},5,2026-01-31\n" for n, (stage, kind) in enumerate(rows * 3))
    mapping = drop({"x.csv": text}).mapping("x.csv")
    assert (mapping.column_of("stage"), mapping.column_of("type")) == ("Wo steht es", "Welche")
