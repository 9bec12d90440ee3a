"""Salesforce's own tables: history reports, exports of the API's objects, and what Fivetran and Airbyte make of them."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import duckdb

from saleswright.demo.keys import keys
from tests.layouts.company import PROBABILITY, Sale, Step, sales, world
from tests.layouts.layout import Figures, Layout, Make, Truth
from tests.layouts.writing import iso, mdy, point, quoted, spaced, stamp, text

PAST = (date(2026, 4, 30), date(2026, 9, 15))
Column = tuple[str, Callable[[Sale], object], Truth]
OPPORTUNITY: tuple[Column, ...] = (
    ("Id", lambda s: s.id, "id"),
    ("IsDeleted", lambda s: "false", None),
    ("AccountId", lambda s: s.account_id, "account"),
    ("Name", lambda s: s.name, "name"),
    ("StageName", lambda s: s.stage, "stage"),
    ("Amount", lambda s: "" if s.amount is None else f"{s.amount}.0", "amount"),
    ("Probability", lambda s: f"{PROBABILITY[s.stage]}.0", "probability"),
    ("CloseDate", lambda s: iso(s.close), "close"),
    ("Type", lambda s: s.kind, "type"),
    ("NextStep", lambda s: s.now.next_step, "next_step"),
    ("LeadSource", lambda s: s.source, ("source", "channel")),
    ("IsClosed", lambda s: str(s.standing != "open").lower(), None),
    ("IsWon", lambda s: str(s.standing == "won").lower(), None),
    ("ForecastCategoryName", lambda s: s.now.category, "forecast_category"),
    ("CurrencyIsoCode", lambda s: s.currency, "currency"),
    ("OwnerId", lambda s: s.now.owner_id, "owner"),
    ("CreatedDate", lambda s: stamp(s.created), "created"),
    ("LastModifiedDate", lambda s: stamp(s.now.at), None),
    ("LastActivityDate", lambda s: iso(s.last_activity), "last_activity"),
    ("Fiscal", lambda s: f"{s.close.year} {(s.close.month + 2) // 3}", None),
)
MARKS = ("IsDeleted",)  # what is used without setting a field


def fields(columns: Iterable[Column], naming: Callable[[str], str] = str) -> dict[str, Truth]:
    """The true field of each column, under the names of this file."""
    return {naming(name): field for name, _, field in columns if name not in MARKS}


def table(path: Path, columns: Sequence[Column], found: Iterable[Sale], naming: Callable[[str], str] = str) -> Path:
    """One row a sale."""
    return text(path, [naming(n) for n, _, _ in columns], ([get(s) for _, get, _ in columns] for s in found))


def users(path: Path) -> Path:
    """The User object."""
    rows = [
        (u.key, u.name, u.name.lower().replace(" ", ".") + "@saleswright.example", "true", u.role)
        for u in world().people.users
    ]
    return text(path, ("Id", "Name", "Email", "IsActive", "Title"), rows)


USERS: dict[str, Truth] = {"Id": "id", "Name": "name", "Email": "email", "IsActive": "active", "Title": "role"}


def accounts(path: Path, found: Iterable[Sale]) -> Path:
    """The Account object, as far as these deals need it."""
    return text(path, ("Id", "Name"), sorted({(s.account_id, s.account) for s in found}))


ACCOUNTS: dict[str, Truth] = {"Id": "id", "Name": "name"}


def told(steps: Iterable[Step]) -> Iterator[tuple[Step | None, Step]]:
    """(the one before, the step) for each that changed stage, amount, close date or forecast category."""
    last: Step | None = None
    for step in steps:
        state = (step.stage, step.amount, step.close, step.category)
        if last is None or state != (last.stage, last.amount, last.close, last.category):
            yield last, step
            last = step


def history_report(folder: Path) -> Layout:
    """The Opportunity History report alone: every deal, told by its changes."""
    found = sales(start=6, currency="USD")
    header = (
        "Opportunity Owner", "Account Name", "Opportunity Name", "Opportunity ID", "Type", "Created Date", "From Stage",
        "To Stage", "Amount Currency", "Amount", "Probability (%)", "Close Date", "Last Modified", "Last Modified By",
    )  # fmt: skip
    rows = [
        (
            s.owner, s.account, s.name, s.id[:15], s.kind, mdy(s.created.date()), before.stage if before else "",
            step.stage, s.currency, point(step.amount), PROBABILITY[step.stage], mdy(step.close),
            f"{mdy(step.at.date())} {step.at:%I:%M %p}", step.by,
        )
        for s in found
        for before, step in told(s.steps)
    ]  # fmt: skip
    path = quoted(folder / "report1795376498765.csv", header, rows)
    truth: dict[str, Truth] = {
        "Opportunity Owner": "owner", "Account Name": "account", "Opportunity Name": "name", "Opportunity ID": "id",
        "Type": "type", "Created Date": "created", "From Stage": None, "To Stage": "stage",
        "Amount Currency": "currency", "Amount": "amount", "Probability (%)": "probability", "Close Date": "close",
        "Last Modified By": None,
    }  # fmt: skip
    return Layout(path, Figures(found).stood(*PAST).deal_file({path.name: len(rows)}), {path.name: truth})


def history_table(folder: Path) -> Layout:
    """Opportunity and OpportunityHistory as the weekly export gives them, with users and accounts."""
    found, ids = sales(start=7), keys("008", 30_000)
    folder = folder / "export"
    table(folder / "Opportunity.csv", OPPORTUNITY, found)
    users(folder / "User.csv")
    accounts(folder / "Account.csv", found)
    rows = [
        (
            next(ids), s.id, step.by_id, stamp(step.at), step.stage, "" if step.amount is None else f"{step.amount}.0",
            iso(step.close), f"{PROBABILITY[step.stage]}.0", step.category, s.currency,
        )
        for s in found
        for _, step in told(s.steps)
    ]  # fmt: skip
    header = (
        "Id", "OpportunityId", "CreatedById", "CreatedDate", "StageName", "Amount", "CloseDate", "Probability",
        "ForecastCategory", "CurrencyIsoCode",
    )  # fmt: skip
    text(folder / "OpportunityHistory.csv", header, rows)
    truth: dict[str, Truth] = {
        "Id": None, "OpportunityId": "id", "CreatedById": None, "StageName": "stage", "Amount": "amount",
        "CloseDate": "close", "Probability": "probability", "ForecastCategory": "forecast_category",
        "CurrencyIsoCode": "currency",
    }  # fmt: skip
    columns = {
        "OpportunityHistory.csv": truth,
        "Opportunity.csv": fields(OPPORTUNITY),
        "User.csv": USERS,
        "Account.csv": ACCOUNTS,
    }
    read = {"Opportunity.csv": len(found), "OpportunityHistory.csv": len(rows), "User.csv": len(world().people.users)}
    return Layout(folder, Figures(found).stood(*PAST).past_due().deal_file(read), columns)


def field_changes(s: Sale) -> Iterator[tuple[Step, str, str, object, object]]:
    """(step, field, data type, old, new) as OpportunityFieldHistory keeps them: the first values are never told."""
    yield s.steps[0], "created", "Text", "", ""
    for before, after in zip(s.steps, s.steps[1:], strict=False):
        if before.stage != after.stage:
            yield after, "StageName", "DynamicEnum", before.stage, after.stage
        if before.amount != after.amount:
            yield after, "Amount", "Currency", point(before.amount), point(after.amount)
        if before.close != after.close:
            yield after, "CloseDate", "DateOnly", iso(before.close), iso(after.close)
        if before.owner_id != after.owner_id:
            yield after, "Owner", "Text", before.owner, after.owner
            yield after, "Owner", "EntityId", before.owner_id, after.owner_id


def field_history(folder: Path) -> Layout:
    """Opportunity and OpportunityFieldHistory: each changed field with its old and its new value."""
    found, ids = sales(start=0, every=9), keys("017", 50_000)
    folder = folder / "export"
    table(folder / "Opportunity.csv", OPPORTUNITY, found)
    users(folder / "User.csv")
    accounts(folder / "Account.csv", found)
    rows = [
        (next(ids), "false", s.id, step.by_id, stamp(step.at), name, kind, old, new)
        for s in found
        for step, name, kind, old, new in field_changes(s)
    ]
    header = (
        "Id", "IsDeleted", "OpportunityId", "CreatedById", "CreatedDate", "Field", "DataType", "OldValue", "NewValue",
    )  # fmt: skip
    text(folder / "OpportunityFieldHistory.csv", header, rows)
    truth: dict[str, Truth] = {"Id": None, "OpportunityId": "id", "CreatedById": None, "DataType": None}
    columns = {
        "OpportunityFieldHistory.csv": truth, "Opportunity.csv": fields(OPPORTUNITY), "User.csv": USERS,
        "Account.csv": ACCOUNTS,
    }  # fmt: skip
    read = {"Opportunity.csv": len(found), "OpportunityFieldHistory.csv": len(rows)}
    return Layout(folder, Figures(found).stood(*PAST).deal_file(read), columns)


LOADED: tuple[Column, ...] = tuple(
    {
        "AccountId": ("Account.Name", lambda s: s.account, "account"),
        "OwnerId": ("Owner.Name", lambda s: s.owner, "owner"),
    }.get(column[0], column)
    for column in OPPORTUNITY
)


def data_loader(folder: Path) -> Layout:
    """What the Data Loader extracts: API names in capitals, names of owner and account by way of the relation."""
    found = sales(start=1, every=9)
    path = quoted(
        folder / "extract.csv", [n.upper() for n, _, _ in LOADED], [[get(s) for _, get, _ in LOADED] for s in found]
    )
    return Layout(path, Figures(found).past_due().deal_file(), {path.name: fields(LOADED, str.upper)})


def snake(name: str) -> str:
    """stage_name, as Fivetran calls what Salesforce calls StageName."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _at_midnight(column: Column) -> Column:
    name, get, field = column
    if name in ("CloseDate", "LastActivityDate"):
        return name, lambda s: f"{get(s)} 00:00:00" if get(s) else "", field
    if name in ("CreatedDate", "LastModifiedDate"):
        return name, lambda s: str(get(s)).replace("T", " ").removesuffix(".000Z"), field
    return column


def fivetran(folder: Path) -> Layout:
    """Fivetran's opportunity table, the same in history mode, users and accounts."""
    found = sales(start=2, every=9)
    folder = folder / "warehouse"
    columns = [("_fivetran_synced", lambda s: "2026-11-22 06:12:40", None), *map(_at_midnight, OPPORTUNITY)]
    table(folder / "opportunity.csv", columns, found, snake)
    rows: list[list[object]] = []
    for s in found:
        for place, step in enumerate(s.steps):
            then = replace(s, steps=s.steps[: place + 1])
            last = place + 1 == len(s.steps)
            end = "9999-12-31 23:59:59.000" if last else f"{spaced(s.steps[place + 1].at - timedelta(seconds=1))}.999"
            rows.append([str(last).lower(), spaced(step.at) + ".000", end, *(get(then) for _, get, _ in columns)])
    header = ["_fivetran_active", "_fivetran_start", "_fivetran_end", *(snake(n) for n, _, _ in columns)]
    text(folder / "opportunity_history.csv", header, rows)
    people = [(u.key, u.name, u.role, "true", "2026-11-22 06:12:41") for u in world().people.users]
    text(folder / "user.csv", ("id", "name", "title", "is_active", "_fivetran_synced"), people)
    companies = sorted({(s.account_id, s.account, "2026-11-22 06:12:42") for s in found})
    text(folder / "account.csv", ("id", "name", "_fivetran_synced"), companies)
    truth = {n: f for n, f in fields(columns, snake).items() if n not in ("created_date", "last_modified_date")}
    known = {
        "opportunity.csv": fields(columns, snake),
        "opportunity_history.csv": truth | {"_fivetran_end": None},
        "user.csv": {"id": "id", "name": "name", "title": "role", "is_active": "active", "_fivetran_synced": None},
        "account.csv": {"id": "id", "name": "name", "_fivetran_synced": None},
    }
    read = {"opportunity.csv": len(found), "opportunity_history.csv": len(rows)}
    return Layout(folder, Figures(found).stood(*PAST).deal_file(read), known)


def airbyte(folder: Path) -> Layout:
    """Airbyte's Opportunity stream with its own columns before those of the API; users and accounts."""
    found = sales(start=3, every=9)
    folder = folder / "warehouse"

    def own(number: int) -> list[object]:
        meta = json.dumps({"changes": [], "sync_id": 41})
        return [UUID(int=number * 7919 + 1), "2026-11-22 05:40:11.203+00", meta, 12]

    extra = ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta", "_airbyte_generation_id")
    for name, header, body in (
        ("Opportunity", [n for n, _, _ in OPPORTUNITY], [[get(s) for _, get, _ in OPPORTUNITY] for s in found]),
        ("User", ["Id", "Name", "IsActive"], [[u.key, u.name, "true"] for u in world().people.users]),
        ("Account", ["Id", "Name"], [list(pair) for pair in sorted({(s.account_id, s.account) for s in found})]),
    ):
        rows = [[*own(i), *row] for i, row in enumerate(body)]
        text(folder / f"{name}.csv", [*extra, *header], rows, quoting=csv.QUOTE_MINIMAL)
    unused = dict.fromkeys(extra)
    known = {
        "Opportunity.csv": unused | fields(OPPORTUNITY),
        "User.csv": unused | {"Id": "id", "Name": "name", "IsActive": "active"},
        "Account.csv": unused | ACCOUNTS,
    }
    return Layout(folder, Figures(found).deal_file({"Opportunity.csv": len(found)}), known)


TYPES = {"amount": "DECIMAL(18,2)", "probability": "DOUBLE", "close_date": "DATE", "created_date": "TIMESTAMP WITH TIME ZONE",
         "last_modified_date": "TIMESTAMP WITH TIME ZONE", "last_activity_date": "DATE", "is_deleted": "BOOLEAN",
         "is_closed": "BOOLEAN", "is_won": "BOOLEAN"}  # fmt: skip


def parquet(folder: Path) -> Layout:
    """The opportunity table of a warehouse, unloaded as Parquet with its types; names instead of ids."""
    found = sales(start=4, every=9)
    folder.mkdir(parents=True, exist_ok=True)
    plain = table(folder / "plain.csv", LOADED, found, lambda n: snake(n.replace(".", "")))
    path = folder / "opportunity.parquet"
    names = [snake(n.replace(".", "")) for n, _, _ in LOADED]
    chosen = ", ".join(f'CAST("{n}" AS {TYPES.get(n, "VARCHAR")}) AS "{n}"' for n in names)
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute(
            f"COPY (SELECT {chosen} FROM read_csv('{plain}', all_varchar = true, header = true, nullstr = ''))"
            f" TO '{path}' (FORMAT parquet)"
        )
    plain.unlink()
    known = fields(LOADED, lambda n: snake(n.replace(".", "")))
    return Layout(path, Figures(found).past_due().deal_file(), {path.name: known})


MAKERS: dict[str, Make] = {
    "salesforce history report": history_report,
    "salesforce OpportunityHistory": history_table,
    "salesforce OpportunityFieldHistory": field_history,
    "salesforce data loader": data_loader,
    "salesforce by Fivetran": fivetran,
    "salesforce by Airbyte": airbyte,
    "salesforce as Parquet": parquet,
}
