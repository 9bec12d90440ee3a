"""Lists and grids beside the deals: quotas, spend, rates, people, and who is meant by a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Drop = Callable[..., Any]

QUOTAS = """Team,Rep,Manager,Jan 2026,Feb 2026,Mar 2026,Q1 2026,Total
West,Mia Boss,,30000,35000,40000,105000,105000
West,Ann Lee,Mia Boss,10000,15000,20000,45000,45000
West,Bob Ray,Mia Boss,20000,20000,20000,60000,60000
West Total,,,30000,35000,40000,105000,105000
East,Zed Boss,,30000,30000,-,60000,60000
East,Cat Doe,Zed Boss,15000,15000,,30000,30000
East,Dan Foe,Zed Boss,15000,15000,-,30000,30000
East Total,,,30000,30000,0,60000,60000
Grand Total,,,60000,65000,40000,165000,165000
"""
QUOTA_SUM = "SELECT sum(amount), count(amount), min(CAST(starts AS VARCHAR)), max(CAST(ends AS VARCHAR)) FROM {facts}"


def test_a_quota_grid_counts_nobody_twice(drop: Drop) -> None:
    box = drop({"targets.csv": QUOTAS})
    assert box.mapping("targets.csv").entity == "quota"
    assert box.facts("targets.csv", QUOTA_SUM) == [(16500000, 10, "2026-01-01", "2026-04-01")]
    assert box.rejected("targets.csv") == []
    told = [i.what for i in box.guesses["targets.csv"].issues if i.code == "sums_skipped"]
    assert any("Mia Boss, Zed Boss" in what for what in told)


def test_managers_are_found_by_their_numbers_alone(drop: Drop) -> None:
    text = "Name,2026-01,2026-02,2026-03\nMia,30,35,40\nAnn,10,15,20\nBob,20,20,20\nZed,55,25,5\nCat,50,20,\nDan,5,5,5\nEve,7,7,7\n"
    box = drop({"quota.csv": text})
    assert box.facts("quota.csv", QUOTA_SUM)[0][0] == (30 + 35 + 40 + 55 + 25 + 5 + 21) * 100
    assert box.body("quota.csv")["skip"] == {"Name": ["Mia", "Zed"]}


@pytest.mark.parametrize(
    ("head", "starts", "ends"),
    [
        ("Q1 FY26,Q2 FY26", "2026-01-01", "2026-07-01"),
        ("Jan-26,Feb-26", "2026-01-01", "2026-03-01"),
        ("01/2026,02/2026", "2026-01-01", "2026-03-01"),
        ("2026-01-01T00:00:00,2026-02-01T00:00:00", "2026-01-01", "2026-03-01"),
        ("2026 Q3,2026 Q4", "2026-07-01", "2027-01-01"),
        ("Mär 2026,Apr 2026", "2026-03-01", "2026-05-01"),
        ("H1 2026,H2 2026", "2026-01-01", "2027-01-01"),
    ],
)
def test_periods_on_top_in_every_writing(drop: Drop, head: str, starts: str, ends: str) -> None:
    box = drop({"quota.csv": f"Rep,{head},Total\nAnn Lee,10,20,30\nBob Ray,11,21,32\nCat Doe,1,2,3\n"})
    assert box.facts("quota.csv", QUOTA_SUM) == [(6500, 6, starts, ends)]


def test_a_fiscal_quarter_begins_where_the_year_does(drop: Drop) -> None:
    box = drop({"quota.csv": "Rep,Q1 FY26,Q2 FY26\nAnn Lee,10,20\nBob Ray,11,21\n"}, fiscal_start=4)
    assert box.facts("quota.csv", QUOTA_SUM)[0][2:] == ("2025-04-01", "2025-10-01")


BARE = "Rep,Jan,Feb,Mar,Apr\nAnn Lee,10,20,30,40\nBob Ray,11,21,31,41\n"


def test_months_without_a_year_are_of_this_one_and_that_is_said(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-22T12:00:00Z")
    box = drop({"quota.csv": BARE})
    assert box.facts("quota.csv", QUOTA_SUM)[0][2:] == ("2026-01-01", "2026-05-01")
    [issue] = [i for i in box.guesses["quota.csv"].issues if i.code == "year_assumed"]
    assert issue.level == "warning" and "2026" in issue.what and "Jan 2026" in issue.try_


@pytest.mark.parametrize("name", ["quota 2025.csv", "FY25 quotas.csv", "quota_fy2025.csv"])
def test_the_file_says_which_year_its_months_are_of(drop: Drop, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("SALESWRIGHT_NOW", "2026-11-22T12:00:00Z")
    box = drop({name: BARE})
    assert box.facts(name, QUOTA_SUM)[0][2:] == ("2025-01-01", "2025-05-01")
    assert "year_assumed" not in box.codes(name) and "2025" in box.guesses[name].said


def test_months_of_a_fiscal_year_begin_where_it_begins(drop: Drop) -> None:
    box = drop({"FY26 quotas.csv": "Rep,Apr,May,Jan,Feb\nAnn Lee,10,20,30,40\nBob Ray,11,21,31,41\n"}, fiscal_start=4)
    assert box.facts("FY26 quotas.csv", QUOTA_SUM)[0][2:] == ("2025-04-01", "2026-03-01")


def test_two_pasted_columns_are_people_and_their_leaders(drop: Drop) -> None:
    box = drop({"pasted.csv": "Rep\tManager\nAnn Lee\tMia Boss\nBob Ray\tMia Boss\nMia Boss\tZed Top\n"})
    assert box.mapping("pasted.csv").entity == "person"
    rows = dict(box.facts("pasted.csv", "SELECT name, manager FROM {facts}"))
    ids = dict(box.facts("pasted.csv", "SELECT name, id FROM {facts}"))
    assert rows["Ann Lee"] == ids["Mia Boss"]


def test_spend_as_a_grid_either_way(drop: Drop) -> None:
    by_month = "Month,Google Ads,LinkedIn,Events,Total\nJanuary 2026,100,200,300,600\n"
    by_month += "February 2026,1,2,3,6\nTotal,101,202,303,606\n"
    by_channel = "Channel,Jan-26,Feb-26\nGoogle Ads,100,1\nLinkedIn,200,2\nEvents,300,3\nTotal,600,6\n"
    for text in (by_month, by_channel):
        box = drop({"spend.csv": text})
        query = "SELECT sum(amount), count(*), max(CAST(starts AS VARCHAR)) FROM {facts} WHERE channel <> 'Events'"
        assert box.facts("spend.csv", query) == [(30300, 4, "2026-02-01")]
        assert box.rejected("spend.csv") == []


def test_rates_are_turned_by_their_size(drop: Drop) -> None:
    want = {"EUR": 0.92, "JPY": 150.0, "GBP": 0.79}
    straight = "Currency,Rate\n" + "".join(f"{c},{r}\n" for c, r in want.items())
    turned = "Currency,Rate\n" + "".join(f"{c},{1 / r:.6f}\n" for c, r in want.items())
    for text in (straight, turned):
        box = drop({"fx.csv": text})
        found = dict(box.facts("fx.csv", "SELECT currency, rate FROM {facts}"))
        assert found == pytest.approx(want, rel=1e-3)
        assert box.facts("fx.csv", "SELECT DISTINCT CAST(starts AS VARCHAR) FROM {facts}") == [("1900-01-01",)]


def test_rates_in_a_grid_with_currencies_on_top(drop: Drop) -> None:
    box = drop({"x.csv": "Month,EUR,GBP,JPY\n2026-01,0.92,0.79,150\n2026-02,0.93,0.78,151\n"})
    assert box.mapping("x.csv").entity == "rate"
    assert box.facts("x.csv", "SELECT rate FROM {facts} WHERE currency = 'JPY' ORDER BY starts") == [(150.0,), (151.0,)]


def test_a_name_means_the_record_that_has_it(drop: Drop) -> None:
    users = "User ID,Full Name,Email,Role,Manager\n005A000000aaaab,Ann Lee,a@x.de,AE,Mia Boss\n"
    users += "005A000000aaaac,Mia Boss,m@x.de,VP,\n"
    deals = "Deal ID,Deal Name,Stage,Amount,Owner,Close Date\n1,A,Open,5,Ann Lee,2026-01-31\n2,B,Won,6,Nobody Else,2026-01-31\n"
    box = drop({"deals.csv": deals, "users.csv": users})
    people = dict(box.facts("users.csv", "SELECT name, id FROM {facts}"))
    owners = [row[0] for row in box.facts("deals.csv", "SELECT owner FROM {facts} ORDER BY id")]
    assert owners[0] == people["Ann Lee"] and owners[1] not in people.values()
    assert box.facts("users.csv", "SELECT manager FROM {facts} ORDER BY id")[0] == (people["Mia Boss"],)


def test_two_people_of_one_name_are_left_apart(drop: Drop) -> None:
    users = "User ID,Full Name,Email,Role\n005A000000aaaab,Ann Lee,a@x.de,AE\n005A000000aaaac,Ann Lee,m@x.de,VP\n"
    deals = (
        "Deal ID,Deal Name,Stage,Amount,Owner,Close Date\n1,A,Open,5,Ann Lee,2026-01-31\n2,B,Won,6,Ann Lee,2026-01-31\n"
    )
    assert "repairs" not in drop({"deals.csv": deals, "users.csv": users}).body("deals.csv")


def test_first_and_last_name_make_a_name(drop: Drop) -> None:
    owners = "owner_id,email,first_name,last_name\n11,a@x.de,Ann,Lee\n12,b@x.de,Bob,Ray\n"
    assert drop({"owners.csv": owners}).facts("owners.csv", "SELECT name FROM {facts} ORDER BY id") == [
        ("Ann Lee",),
        ("Bob Ray",),
    ]


def test_a_paste_without_a_heading_loses_nobody(drop: Drop) -> None:
    box = drop({"pasted.csv": "Ann Lee,Mia Boss\nBob Ray,Mia Boss\nCat Doe,Zed Top\nMia Boss,Zed Top\n"})
    assert box.mapping("pasted.csv").heading is False
    first = [s for s in box.more("pasted.csv") if s.sets == ("name", "manager")]
    rows = box.con.execute(f"SELECT name, manager FROM ({first[0].query})").fetchall()
    ids = dict(box.facts("pasted.csv", "SELECT name, id FROM {facts}"))
    assert rows == [("Ann Lee", ids["Mia Boss"])]
    assert set(ids) == {"Bob Ray", "Cat Doe", "Mia Boss"}


def test_two_columns_with_a_heading_of_other_words_are_no_pairs(drop: Drop) -> None:
    assert drop({"x.csv": "Colour,Shape\nred,round\nblue,square\n"}).guesses["x.csv"].mapping is None
