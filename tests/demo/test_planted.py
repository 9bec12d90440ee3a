"""Each planted effect is in the files, at the size it was planted with, and found without looking at the record."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from datetime import date, timedelta
from difflib import SequenceMatcher
from math import sqrt
from random import Random

import pytest

from saleswright.demo.names import company_words
from tests.demo.conftest import Tables
from tests.demo.truth import UNTIL, Truth

Row = dict[str, str]
DAY = date.fromisoformat(UNTIL)
REAL_FIRMS = (
    "accenture adobe airbus alibaba allianz amazon apple asana atlassian barclays bayer boeing bosch caterpillar "
    "cisco clari cloudflare cognizant continental databricks dell deloitte docusign dropbox ericsson exxon fedex "
    "ford fujitsu genpact gong google henkel hewlett hitachi honeywell hubspot infosys intel intuit klarna lenovo "
    "lufthansa maersk mckinsey medtronic meta microsoft mitsubishi monday netflix nestle nokia nvidia okta oracle "
    "outreach palantir panasonic paypal pfizer philips pipedrive renault salesforce salesloft samsung sanofi sap "
    "schneider servicenow shell shopify siemens slack snowflake sony spotify stripe tesla toyota twilio uber "
    "unilever verizon visa vodafone volkswagen volvo walmart wipro workday xerox zapier zendesk zoho zoom "
).split()


def decided(tables: Tables) -> list[Row]:
    return [d for d in tables["Opportunity"] if d["StageName"] in ("Closed Won", "Closed Lost")]


def rate(deals: list[Row]) -> float:
    return sum(d["IsWon"] == "true" for d in deals) / len(deals)


def age(deal: Row) -> int:
    end = deal["CloseDate"] if deal["IsClosed"] == "true" else UNTIL
    return (date.fromisoformat(end) - date.fromisoformat(deal["CreatedDate"][:10])).days


def halves(tables: Tables, planted: Truth) -> tuple[list[Row], list[Row]]:
    deals = decided(tables)
    return (
        [d for d in deals if d["CloseDate"] < planted.shift_from],
        [d for d in deals if d["CloseDate"] >= planted.shift_from],
    )


def of(deals: list[Row], segment: str) -> list[Row]:
    return [d for d in deals if d["Segment__c"] == segment]


SEGMENTS = ("Enterprise", "Mid-market", "Small business")


def test_reorganisation_in_month_fifteen(tables: Tables, planted: Truth) -> None:
    moves = [row for row in tables["UserHistory"] if row["OldValue"]]
    assert {row["UserId"]: (row["OldValue"], row["NewValue"]) for row in moves} == planted.moved
    assert len(moves) == 8
    assert {row["CreatedDate"][:10] for row in moves} == {planted.moved_on}
    assert planted.moved_on[:7] == "2026-02"
    now = {user["Id"]: user["Team__c"] for user in tables["User"]}
    assert all(now[user] == new for user, (_, new) in planted.moved.items())


def test_open_deals_stay_with_who_moves(tables: Tables, planted: Truth) -> None:
    changed = [r for r in tables["OpportunityFieldHistory"] if r["Field"] == "Owner" and r["OldValue"]]
    on_the_day = [r for r in changed if r["CreatedDate"][:10] == planted.moved_on and r["OldValue"] in planted.moved]
    closes = {d["Id"]: d["CloseDate"] if d["IsClosed"] == "true" else "9999" for d in tables["Opportunity"]}
    lost_ones = {r["OpportunityId"] for r in changed}
    kept = [
        d
        for d in tables["Opportunity"]
        if d["OwnerId"] in planted.moved
        and d["CreatedDate"][:10] < planted.moved_on < closes[d["Id"]]
        and d["Id"] not in lost_ones
    ]
    assert len(kept) > 100
    assert len(on_the_day) <= 2


def test_enterprise_share_of_new_deals(tables: Tables, planted: Truth) -> None:
    shares: dict[str, Counter[str]] = defaultdict(Counter)
    for deal in tables["Opportunity"]:
        if deal["CreatedDate"][:10] >= "2024-12-01":
            shares[deal["CreatedDate"][:7]][deal["Segment__c"]] += 1
    assert len(shares) == 24
    for month, counts in shares.items():
        expected = planted.share_after if month >= planted.shift_from[:7] else planted.share_before
        assert counts["Enterprise"] / counts.total() == pytest.approx(expected, abs=0.005), month


def test_total_win_rate_falls_though_no_segment_falls(tables: Tables, planted: Truth) -> None:
    before, after = halves(tables, planted)
    for segment in SEGMENTS:
        old, new = of(before, segment), of(after, segment)
        noise = sqrt(rate(old) * (1 - rate(old)) * (1 / len(old) + 1 / len(new)))
        assert rate(new) - rate(old) > -noise, segment
    mix = sum(
        (len(of(after, s)) / len(after) - len(of(before, s)) / len(before)) * (rate(of(before, s)) + rate(of(after, s)))
        for s in SEGMENTS
    )
    assert rate(after) - rate(before) < -0.018
    assert mix / 2 == pytest.approx(rate(after) - rate(before), abs=0.008)


def test_segment_rates_of_both_halves_are_the_planted_ones(tables: Tables, planted: Truth) -> None:
    for late, deals in enumerate(halves(tables, planted)):
        for segment in SEGMENTS:
            cells = [
                cell
                for (month, name), cell in planted.expected_wins.items()
                if name == segment and (month >= planted.shift_from[:7]) == bool(late)
            ]
            assert sum(count for count, _ in cells) == len(of(deals, segment))
            wins = sum(d["IsWon"] == "true" for d in of(deals, segment))
            assert wins == pytest.approx(sum(expected for _, expected in cells), abs=3.0), segment


def test_one_bad_month(tables: Tables, planted: Truth) -> None:
    by_month: dict[str, list[Row]] = defaultdict(list)
    for deal in decided(tables):
        by_month[deal["CloseDate"][:7]].append(deal)
    ratios = {}
    for month, deals in by_month.items():
        expected = sum(wins for (name, _), (_, wins) in planted.expected_wins.items() if name == month)
        ratios[month] = sum(d["IsWon"] == "true" for d in deals) / expected
    assert planted.bad_month == "2026-07"
    assert ratios.pop(planted.bad_month) == pytest.approx(planted.bad_month_factor, abs=0.02)
    assert min(ratios.values()) > 0.8


def test_zombies(tables: Tables, planted: Truth) -> None:
    cycles = {s: sorted(age(d) for d in of(decided(tables), s)) for s in SEGMENTS}
    old = {
        d["Id"]
        for d in tables["Opportunity"]
        if d["IsClosed"] == "false"
        and age(d) > 3 * cycles[d["Segment__c"]][int(0.95 * len(cycles[d["Segment__c"]]))]
        and d["LastActivityDate"] < str(DAY - timedelta(days=365))
    }
    assert old == planted.zombies
    assert len(old) == 60


def test_zombies_are_old_for_any_segment(tables: Tables, planted: Truth) -> None:
    everything = sorted(age(d) for d in decided(tables))
    limit = 3 * everything[int(0.95 * len(everything))]
    assert {d["Id"] for d in tables["Opportunity"] if d["IsClosed"] == "false" and age(d) > limit} == planted.zombies


def test_slipped_commits(tables: Tables, planted: Truth) -> None:
    history: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(tables["OpportunityHistory"], key=lambda r: r["CreatedDate"]):
        history[row["OpportunityId"]].append(row)
    quarter_ends = [f"{y}-{end}" for y in (2024, 2025, 2026) for end in ("03-31", "06-30", "09-30", "12-31")]
    found = set()
    for deal in tables["Opportunity"]:
        rows = history[deal["Id"]]
        days = [row["CreatedDate"][:10] for row in rows]
        closed = deal["CloseDate"] if deal["IsClosed"] == "true" else "9999"
        for end in quarter_ends:
            if days[0] <= end < min(closed, UNTIL):
                row = rows[bisect_right(days, end) - 1]
                if row["ForecastCategory"] == "Commit" and row["CloseDate"] <= end:
                    found.add((deal["Id"], end))
    assert found == planted.slipped_commits
    assert len(found) > 80
    last_quarter = {deal for deal, end in found if end == "2026-09-30"}
    assert len(last_quarter) >= 10


def _bare(name: str) -> str:
    words = re.sub(r"[^a-z ]", "", name.lower()).split()
    return " ".join(w for w in words if w not in ("the", "inc", "llc", "ltd", "group", "holdings", "co", "corp"))


def test_duplicate_accounts(tables: Tables, planted: Truth) -> None:
    accounts = {a["Id"]: a for a in tables["Account"]}
    assert len(planted.duplicate_accounts) == 80
    for copy, original in planted.duplicate_accounts.items():
        one, two = accounts[copy], accounts[original]
        assert one["Name"] != two["Name"]
        assert SequenceMatcher(None, _bare(one["Name"]), _bare(two["Name"])).ratio() > 0.9
        assert one["BillingCountry"] == two["BillingCountry"]
    others = Counter(_bare(a["Name"]) for a in accounts.values() if a["Id"] not in planted.duplicate_accounts)
    assert max(others.values()) == 1
    assert any(deal["AccountId"] in planted.duplicate_accounts for deal in tables["Opportunity"])


def test_duplicate_leads(tables: Tables, planted: Truth) -> None:
    leads = {lead["Id"]: lead for lead in tables["Lead"]}
    assert len(planted.duplicate_leads) == 120
    for copy, original in planted.duplicate_leads.items():
        one, two = leads[copy], leads[original]
        assert (one["FirstName"], one["LastName"]) == (two["FirstName"], two["LastName"])
        assert one["Email"].lower().replace(".", "") == two["Email"].replace(".", "")
        assert one["CreatedDate"][:10] > two["CreatedDate"][:10]


def test_cycles_by_segment(tables: Tables) -> None:
    for segment, median in (("Enterprise", 100), ("Mid-market", 60), ("Small business", 35)):
        cycles = sorted(age(d) for d in of(decided(tables), segment) if d["IsWon"] == "true")
        assert cycles[len(cycles) // 2] == pytest.approx(median, rel=0.12), segment


def test_more_is_won_at_a_quarter_end(tables: Tables) -> None:
    won = [date.fromisoformat(d["CloseDate"]) for d in decided(tables) if d["IsWon"] == "true"]
    last_week = [d for d in won if d.month % 3 == 0 and (d + timedelta(days=7)).month != d.month]
    assert len(last_week) / len(won) > 1.6 * 7 / 91


def test_no_company_is_a_real_one(tables: Tables) -> None:
    names = {row["Name"] for row in tables["Account"]} | {row["Company"] for row in tables["Lead"]}
    words = {word for name in names for word in _bare(name).split()}
    words |= {row["Competitor__c"].lower() for row in tables["Opportunity"]}
    assert not words & set(REAL_FIRMS)


def test_every_company_name_starts_with_an_invented_word(tables: Tables, planted: Truth) -> None:
    invented = {word.lower() for word in company_words(Random(0))}
    originals = [a for a in tables["Account"] if a["Id"] not in planted.duplicate_accounts]
    assert all(a["Name"].split()[0].lower() in invented for a in originals)
    assert all(a["Website"].endswith(".example") for a in tables["Account"] if a["Website"])
    assert all(row["Email"].lower().endswith(".example") for row in tables["Contact"])
