"""Lists of people and what they do: activities, leads, contacts, accounts, users, and who reports to whom."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from tests.layouts.company import moment, sales, world
from tests.layouts.hubspot import number
from tests.layouts.layout import Layout, Make, Truth
from tests.layouts.writing import mdy, minute, quoted, text


def _day(ordinal: int) -> date:
    return date.fromordinal(ordinal)


def _count(entity: str, field: str, found: Counter[str], most: int = 3) -> dict[str, str]:
    return {f"count {entity} | {field}={value}": str(n) for value, n in sorted(found.items())[:most] if value}


def tasks(folder: Path) -> Layout:
    """Salesforce's report "Tasks and Events"."""
    chosen = {s.id: s for s in sales(every=20)}
    people = {u.key: u.name for u in world().people.users}
    contacts = {c.key: f"{c.first} {c.last}" for c in world().contacts}
    found = [x for x in world().activities if x.what in chosen]
    header = (
        "Assigned", "Company / Account", "Contact", "Opportunity", "Subject", "Date", "Priority", "Status",
        "Activity Type", "Created Date", "Activity ID",
    )  # fmt: skip
    rows = [
        (
            people[x.owner], chosen[x.what].account, contacts.get(x.who, ""), chosen[x.what].name, x.subject,
            mdy(_day(x.day)), "Normal", x.status, x.type, mdy(moment(x.created).date()), x.key[:15],
        )
        for x in found
    ]  # fmt: skip
    path = quoted(folder / "report1795376500001.csv", header, rows)
    truth: tuple[Truth, ...] = (
        "owner", "account", "contact", "deal", "subject", "occurred", None, "status", "kind", "created", "id",
    )  # fmt: skip
    expected = {"read": str(len(found)), "rejected": "0", "count activity": str(len(found))}
    expected |= _count("activity", "kind", Counter(x.type for x in found), 4)
    expected |= _count("activity", "owner", Counter(people[x.owner] for x in found), 2)
    expected |= _count("activity", "status", Counter(x.status for x in found))
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def calls(folder: Path) -> Layout:
    """HubSpot's export of calls."""
    chosen = {s.id: s for s in sales(every=12, start=1)}
    people = {u.key: u.name for u in world().people.users}
    found = [x for x in world().activities if x.what in chosen and x.type == "Call" and x.status == "Completed"]
    outcomes = ("Connected", "No answer", "Left voicemail")
    header = (
        "Record ID", "Call Title", "Activity date", "Activity assigned to", "Call direction", "Call outcome",
        "Call duration", "Associated Deal", "Associated Deal IDs",
    )  # fmt: skip
    rows = [
        (
            30_000_000_000 + 17 * place, x.subject, minute(moment(x.created)), people[x.owner],
            "Inbound" if place % 4 == 0 else "Outbound", outcomes[place % 3], x.minutes * 60_000, chosen[x.what].name,
            number(chosen[x.what]),
        )
        for place, x in enumerate(found)
    ]  # fmt: skip
    path = quoted(folder / "hubspot-crm-exports-all-calls-2026-11-22.csv", header, rows)
    truth: tuple[Truth, ...] = (
        "id", "subject", "occurred", "owner", "direction", "status", None, ("deal", None), ("deal", None),
    )  # fmt: skip
    expected = {"read": str(len(found)), "rejected": "0", "count activity": str(len(found))}
    expected |= _count("activity", "owner", Counter(people[x.owner] for x in found), 2)
    expected |= _count("activity", "direction", Counter(str(r[4]) for r in rows))
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def leads(folder: Path) -> Layout:
    """Salesforce's report "Leads"."""
    found = world().leads[::5]
    header = (
        "Lead Owner", "First Name", "Last Name", "Company / Account", "Email", "Lead Source", "Lead Status", "Rating",
        "Create Date", "Converted", "Converted Date", "Lead ID",
    )  # fmt: skip
    rows = [
        (
            x.owner.name, x.first, x.last, x.company, x.email, x.source, x.status, "Warm", mdy(_day(x.created)),
            1 if x.deal else 0, mdy(_day(x.converted)) if x.deal else "", x.key[:15],
        )
        for x in found
    ]  # fmt: skip
    path = quoted(folder / "report1795376500002.csv", header, rows)
    truth: tuple[Truth, ...] = (
        "owner", "first_name", "last_name", "company", "email", ("source", "channel"), "status", None, "created", None,
        "converted", "id",
    )  # fmt: skip
    expected = {"read": str(len(found)), "rejected": "0", "count lead": str(len(found))}
    expected |= _count("lead", "status", Counter(x.status for x in found), 6)
    expected |= _count("lead", "owner", Counter(x.owner.name for x in found), 2)
    converted = [x for x in found if x.deal and _day(x.converted) <= date(2026, 6, 30)]
    expected["count lead | converted<2026-07-01"] = str(len(converted))
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def contacts(folder: Path) -> Layout:
    """HubSpot's export of contacts."""
    found = world().contacts[::12]
    header = (
        "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Job Title", "Associated Company",
        "Lifecycle Stage", "Create Date",
    )  # fmt: skip
    rows = [
        (
            150_001 + 3 * place, c.first, c.last, c.email, c.phone, c.title, " ".join(c.account.name.split()),
            "Customer" if c.account.customer else "Lead", f"{_day(c.account.created)} 09:{place % 60:02}",
        )
        for place, c in enumerate(found)
    ]  # fmt: skip
    path = quoted(folder / "hubspot-crm-exports-all-contacts-2026-11-22.csv", header, rows)
    truth: tuple[Truth, ...] = (
        "id", "first_name", "last_name", "email", "phone", "title", "account", None, "created",
    )  # fmt: skip
    expected = {"read": str(len(found)), "rejected": "0", "count contact": str(len(found))}
    expected |= _count("contact", "first_name", Counter(c.first for c in found))
    expected |= _count("contact", "title", Counter(c.title for c in found))
    expected["count contact | email~@"] = str(sum("@" in c.email for c in found))
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def accounts(folder: Path) -> Layout:
    """Salesforce's report "Accounts", with the parent by name."""
    known = {x.key: x for x in world().accounts}
    parents = [x for x in world().accounts if x.parent]
    found = sorted({x.key: x for x in [*world().accounts[::25], *parents]}.values(), key=lambda x: x.key)
    found += [known[k] for k in sorted({x.parent for x in found if x.parent} - {x.key for x in found})]
    header = (
        "Account Owner", "Account Name", "Account ID", "Type", "Industry", "Billing Country", "Employees",
        "Annual Revenue", "Parent Account", "Website", "Created Date",
    )  # fmt: skip
    rows = [
        (
            x.owner.name, x.name, x.key[:15], "Customer" if x.customer else "Prospect", x.industry, x.country,
            x.employees, f"{x.revenue}.00", known[x.parent].name if x.parent else "",
            f"https://{x.domain}" if x.domain else "", mdy(_day(x.created)),
        )
        for x in found
    ]  # fmt: skip
    path = quoted(folder / "report1795376500003.csv", header, rows)
    truth: tuple[Truth, ...] = (
        "owner", "name", "id", None, "industry", "country", "employees", "revenue", "parent", "website", "created",
    )  # fmt: skip
    expected = {"read": str(len(found)), "rejected": "0", "count account": str(len(found))}
    expected |= _count("account", "country", Counter(x.country for x in found), 5)
    expected |= _count("account", "industry", Counter(x.industry for x in found))
    expected |= _count("account", "owner", Counter(x.owner.name for x in found), 1)
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def users(folder: Path) -> Layout:
    """Salesforce's list of users; a box that is ticked is a 1."""
    people = world().people
    header = ("User ID", "Full Name", "Email", "Role", "Manager", "Active", "Team", "Created Date", "Last Login")
    rows = []
    for place, u in enumerate(people.users):
        manager = people.manager_of(u)
        mail = u.name.lower().replace(" ", ".") + "@saleswright.example"
        rows.append(
            (
                u.key[:15], u.name, mail, u.role, manager.name if manager else "", 0 if place % 15 == 14 else 1, u.team,
                mdy(_day(u.hired)), "11/20/2026",
            )
        )  # fmt: skip
    path = quoted(folder / "report1795376500004.csv", header, rows)
    truth: tuple[Truth, ...] = ("id", "name", "email", "role", "manager", "active", "team", ("created", "hired"), None)
    expected = {"read": str(len(rows)), "rejected": "0", "count person": str(len(rows))}
    expected |= _count("person", "role", Counter(u.role for u in people.users), 4)
    expected |= _count("person", "team", Counter(u.team for u in people.users), 7)
    expected["count person | active=true"] = str(sum(r[5] == 1 for r in rows))
    north = [u for u in people.users if (m := people.manager_of(u)) and m.name == "Manager North"]
    expected["count person | manager=Manager North"] = str(len(north))
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def reporting_lines(folder: Path) -> Layout:
    """Two columns copied out of a sheet: who reports to whom."""
    people = world().people
    rows = [(u.name, m.name) for u in people.users if (m := people.manager_of(u))]
    path = text(folder / "pasted.tsv", ("Rep", "Manager"), rows, delimiter="\t")
    everybody = {name for row in rows for name in row}
    expected = {"read": str(len(rows)), "rejected": "0", "count person": str(len(everybody))}
    expected |= _count("person", "manager", Counter(manager for _, manager in rows), 7)
    return Layout(path, expected, {path.name: {"Rep": ("name", "id"), "Manager": "manager"}})


MAKERS: dict[str, Make] = {
    "activities, Salesforce": tasks,
    "activities, HubSpot calls": calls,
    "leads": leads,
    "contacts": contacts,
    "accounts": accounts,
    "users": users,
    "reporting lines": reporting_lines,
}
