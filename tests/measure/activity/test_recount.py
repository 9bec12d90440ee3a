"""Answers to leads and prospects touched, counted again in plain Python from the rows of a drawn export."""

from __future__ import annotations

import csv
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from saleswright.app import build
from saleswright.kernel.call import Ambient
from saleswright.kernel.report import Figure

SEED = 411
AS_OF = date(2026, 6, 30)
NOW = datetime.combine(AS_OF, time.max)
Row = dict[str, Any]


def drawn() -> dict[str, list[Row]]:
    """Leads, what was done with them, and what became of them: times everywhere, some backward, some without an hour."""
    rng = random.Random(SEED)

    def moment(first: int = 0, last: int = 175) -> datetime:
        return datetime(2026, 1, 1) + timedelta(days=rng.randrange(first, last), seconds=rng.randrange(1, 86_400))

    leads, acts, deals, contacts = [], [], [], []
    for n in range(320):
        came = moment()
        lead = {"Lead ID": f"L{n}", "Name": f"N{n} X", "Email": f"n{n}@x.com", "Company": f"C{n}", "Lead Status": "New",
                "Lead Source": rng.choice(["Web", "Web", "Events", "Outbound list"]), "Created Date": came.isoformat(),
                "Converted Date": "", "Converted Contact ID": "", "Converted Opportunity ID": ""}  # fmt: skip
        if rng.random() < 0.4:
            lead |= {"Converted Date": (came + timedelta(days=5)).date().isoformat(), "Converted Contact ID": f"K{n}"}
            contacts.append({"Contact ID": f"K{n}", "Name": f"N{n} X", "Email": f"n{n}@x.com", "Account Name": f"C{n}"})
            if rng.random() < 0.7:
                qualified = (came + timedelta(days=rng.randrange(0, 120))).date()
                lead["Converted Opportunity ID"] = f"D{n}"
                deals.append({"Opportunity ID": f"D{n}", "Opportunity Name": f"D{n}", "Stage": "Negotiation",
                              "Created Date": qualified.isoformat(), "Qualified Date": qualified.isoformat()})  # fmt: skip
        leads.append(lead)
        for _ in range(rng.choice([0, 2, 5, 6, 7])):
            at = came + timedelta(seconds=rng.choice([rng.randrange(-2_000, 9_000), rng.randrange(900_000)]))
            bare = rng.random() < 0.1
            on_contact = bool(lead["Converted Contact ID"]) and rng.random() < 0.5
            acts.append({"Activity ID": f"A{len(acts)}", "Type": rng.choice(["Call", "Email", "Call", "Meeting", "Note"]),
                         "Status": rng.choice(["Completed"] * 5 + ["Not Started"]),
                         "Direction": rng.choice(["Outbound", "Outbound", "", "Inbound"]),
                         "Is Automated": rng.choice(["false"] * 4 + ["true"]),
                         "Lead ID": "" if on_contact else f"L{n}",
                         "Contact ID": f"K{n}" if on_contact else "",
                         "Activity Date": (datetime.combine(at.date(), time()) if bare else at).isoformat()})  # fmt: skip
    return {"leads": leads, "activities": acts, "opportunities": deals, "contacts": contacts}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Row]]]:
    place, rows = tmp_path_factory.mktemp("drawn"), drawn()
    for name, table in rows.items():
        with (place / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, list(table[0]))
            writer.writeheader()
            writer.writerows(table)
    build().call(None, "init", {"folder": str(place / "w"), "from": str(place)})
    return place / "w", rows


def figure(root: Path, metric: str, period: str = "") -> Figure:
    app = build()
    args = {"metric": metric, **({"period": period} if period else {})}
    return app.call(app.open_workspace(root), "measure", args, Ambient(as_of=AS_OF.isoformat())).report.figures()[0]


def worked(start: datetime, end: datetime) -> int:
    """Working minutes, Monday to Friday 09:00 to 17:00 UTC, day by day."""
    seconds, day = 0.0, start.date()
    while day <= end.date():
        if day.weekday() < 5:
            opens, closes = datetime.combine(day, time(9)), datetime.combine(day, time(17))
            seconds += max((min(closes, end) - max(opens, start)).total_seconds(), 0)
        day += timedelta(days=1)
    return int(seconds // 60)


def touches(rows: dict[str, list[Row]]) -> list[tuple[str, str, datetime, bool]]:
    """(lead, contact, when, is its hour told) of what a person did towards somebody and has done."""
    found = []
    for act in rows["activities"]:
        human = act["Is Automated"] == "false" and act["Direction"] != "Inbound"
        if human and act["Status"] == "Completed" and act["Type"] != "Note":
            at = datetime.fromisoformat(act["Activity Date"])
            if at <= NOW:
                found.append((act["Lead ID"], act["Contact ID"], at, at.time() != time()))
    return found


def answers(rows: dict[str, list[Row]]) -> list[tuple[datetime, date | None, datetime | None]]:
    """(received, the day of the first answer, its minute) of every inquiry."""
    found, told = [], touches(rows)
    for lead in rows["leads"]:
        if "Outbound" in lead["Lead Source"]:
            continue
        came, contact = datetime.fromisoformat(lead["Created Date"]), lead["Converted Contact ID"]
        if contact and date.fromisoformat(lead["Converted Date"]) > AS_OF:
            contact = ""
        mine = [(at, hour) for who, whom, at, hour in told if who == lead["Lead ID"]]
        mine += [
            (at, hour) for _, whom, at, hour in told
            if contact and whom == contact and (at >= came if hour else at.date() >= came.date())
        ]  # fmt: skip
        day = min((at.date() for at, _ in mine), default=None)
        minute = min((at for at, hour in mine if hour), default=None)
        found.append((came, day, minute if minute and minute.date() == day else None))
    return found


def test_lead_response_agrees_with_a_recount(made: tuple[Path, dict[str, list[Row]]]) -> None:
    root, rows = made
    found = answers(rows)
    spans = [worked(came, at) for came, _, at in found if at and at >= came]
    assert len(spans) > 50
    got = figure(root, "lead_response_time")
    assert (got.n, got.value) == (len(spans), median(spans) / 60)
    mean = figure(root, "lead_response_mean")
    assert mean.n == len(spans) and mean.value == pytest.approx(sum(spans) / len(spans) / 60, abs=1e-9)
    calendar = [int((at - came).total_seconds() // 60) for came, _, at in found if at and at >= came]
    assert figure(root, "lead_response_calendar").value == median(calendar) / 60
    never = figure(root, "leads_never_contacted")
    assert never.of == (sum(day is None for _, day, _ in found), len(found))


def test_sla_compliance_agrees_with_a_recount(made: tuple[Path, dict[str, list[Row]]]) -> None:
    root, rows = made
    met = due = 0
    for came, day, at in answers(rows):
        early = (at is not None and at < came) or (day is not None and day < came.date())
        if early or (day is not None and at is None):
            continue
        if at is not None:
            met, due = met + (worked(came, at) <= 60), due + 1
        elif worked(came, NOW) > 60:
            due += 1
    assert due > 50 and met
    assert figure(root, "lead_sla_compliance").of == (met, due)


def test_the_median_with_waiting_leads_agrees_with_a_recount(made: tuple[Path, dict[str, list[Row]]]) -> None:
    root, rows = made
    found = answers(rows)
    done = [worked(came, at) for came, _, at in found if at and at >= came]
    waits = [worked(came, NOW) for came, day, _ in found if day is None]
    left, wanted = 1.0, None
    for minute in sorted({*done, *waits}):
        at_risk = sum(one >= minute for one in (*done, *waits))
        left *= 1 - done.count(minute) / at_risk
        if wanted is None and left <= 0.5 + 1e-12:
            wanted = minute
    got = figure(root, "lead_response_censored")
    assert wanted is not None and (got.value, got.n) == (wanted / 60, len(done) + len(waits))


def test_touched_prospects_agree_with_a_recount(made: tuple[Path, dict[str, list[Row]]]) -> None:
    root, rows = made
    known = {
        one["Lead ID"]: one for one in rows["leads"]
        if one["Converted Contact ID"] and date.fromisoformat(one["Converted Date"]) <= AS_OF
    }  # fmt: skip
    qualified = {one["Opportunity ID"]: date.fromisoformat(one["Qualified Date"]) for one in rows["opportunities"]}
    deals = {
        one["Converted Contact ID"]: qualified[one["Converted Opportunity ID"]]
        for one in known.values()
        if one["Converted Opportunity ID"] and qualified[one["Converted Opportunity ID"]] <= AS_OF
    }
    first: dict[str, date] = {}
    for lead, contact, at, _ in touches(rows):
        if date(2026, 2, 1) <= at.date() < date(2026, 4, 1):
            who = contact or (known[lead]["Converted Contact ID"] if lead in known else lead)
            first[who] = min(first.get(who, at.date()), at.date())
    fresh = {who: day for who, day in first.items() if not (who in deals and deals[who] < day)}
    won = sum(who in deals and 0 <= (deals[who] - day).days <= 90 for who, day in fresh.items())
    got = figure(root, "touched_prospect_to_opportunity", "2026-02..2026-03")
    assert won > 5 and got.of == (won, len(fresh)) and got.excluded == len(first) - len(fresh)
