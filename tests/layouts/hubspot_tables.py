"""HubSpot's property history, from its pages and from warehouses, beside the deals it is of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from saleswright.demo import assumptions as a
from tests.layouts.company import PROBABILITY, Sale, Step, ordinal, sales, world
from tests.layouts.hubspot import COLUMNS, FILE, STAGES, TYPES, as_hubspot, company_number, export, number
from tests.layouts.hubspot import fields as fields_of
from tests.layouts.layout import Figures, Layout, Make, Truth
from tests.layouts.writing import quoted, spaced, text

PAST = (date(2026, 4, 30), date(2026, 9, 15))
INTERNAL = {
    a.PROSPECTING: "appointmentscheduled", a.QUALIFICATION: "qualifiedtobuy", a.DISCOVERY: "presentationscheduled",
    a.PROPOSAL: "decisionmakerboughtin", a.NEGOTIATION: "contractsent", a.WON: "closedwon", a.LOST: "closedlost",
}  # fmt: skip
NUMBERS = {stage: str(186_402_311 + 4 * place) for place, stage in enumerate(STAGES)}  # of a pipeline somebody made
PROPERTIES = ("dealstage", "amount", "closedate", "hubspot_owner_id")
LABELS = dict(zip(PROPERTIES, ("Deal Stage", "Amount", "Close Date", "Deal owner"), strict=True))


def owner_number(owner_id: str) -> int:
    """The id of an owner."""
    return 43_972_000 + 7 * ordinal(owner_id)


def zulu(at: datetime) -> str:
    """2026-09-03T14:03:11.482Z."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.482Z"


def closing(day: date) -> str:
    """A close date as the API keeps it: an instant."""
    return f"{day}T16:30:00Z"


def changes(s: Sale, stages: dict[str, str]) -> Iterator[tuple[Step, str, object]]:
    """(step, property, value): every value a property took, the first one as well."""
    last: dict[str, object] = {}
    for step in s.steps:
        values: dict[str, object] = {
            "dealstage": stages[step.stage],
            "amount": "" if step.amount is None else step.amount,
            "closedate": closing(step.close),
            "hubspot_owner_id": owner_number(step.owner_id),
        }
        for name, value in values.items():
            if last.get(name, "") != value:
                yield step, name, value
        last = values


def from_pages(folder: Path) -> Layout:
    """The view of all deals and the property histories exported beside it, in HubSpot's labels."""
    found = as_hubspot(sales(start=0, every=10))
    folder = folder / "hubspot"
    export(folder / FILE, COLUMNS, found)
    rows = []
    for s in found:
        for step, name, value in changes(s, STAGES):
            told = step.owner if name == "hubspot_owner_id" else str(value).replace("T", " ").removesuffix(":00Z")
            rows.append((number(s), s.name, LABELS[name], told, "CRM_UI", step.by, spaced(step.at)))
    header = ("Record ID", "Record name", "Property", "Value", "Source", "Updated by", "Timestamp")
    name = "hubspot-property-history-deals-2026-11-22.csv"
    quoted(folder / name, header, rows)
    known: dict[str, dict[str, Truth]] = {
        FILE: fields_of(COLUMNS), name: {"Record ID": "id", "Source": None, "Updated by": None},
    }  # fmt: skip
    figures = Figures(found, created=False).stood(*PAST, names=STAGES)
    return Layout(folder, figures.deal_file({FILE: len(found), name: len(rows)}), known)


Column = tuple[str, Callable[[Sale], object], Truth]


def api(stages: dict[str, str]) -> tuple[Column, ...]:
    """The properties by their internal names."""
    return (
        ("dealname", lambda s: s.name, "name"),
        ("dealstage", lambda s: stages[s.stage], "stage"),
        ("pipeline", lambda s: "default", "pipeline"),
        ("amount", lambda s: "" if s.amount is None else s.amount, "amount"),
        ("deal_currency_code", lambda s: s.currency, "currency"),
        ("closedate", lambda s: closing(s.close), "close"),
        ("createdate", lambda s: zulu(s.created), "created"),
        ("hubspot_owner_id", lambda s: owner_number(s.now.owner_id), "owner"),
        ("dealtype", lambda s: TYPES[s.kind].replace(" ", "").lower(), "type"),
        ("closed_lost_reason", lambda s: s.lost_reason, "lost_reason"),
        ("hs_deal_stage_probability", lambda s: PROBABILITY[s.stage] / 100, "probability"),
        ("hs_lastmodifieddate", lambda s: zulu(s.now.at), None),
    )


def write(path: Path, columns: Sequence[Column], found: Sequence[Sale], prefix: str = "") -> Path:
    """One row a deal, its own columns under a prefix."""
    header = [n if n.startswith("_") or n in ("id", "deal_id") else prefix + n for n, _, _ in columns]
    return text(path, header, ([get(s) for _, get, _ in columns] for s in found))


def people() -> list[tuple[int, str, str, str]]:
    """(owner id, e-mail, first name, last name)."""
    found = []
    for u in world().people.users:
        first, _, last = u.name.partition(" ")
        found.append((owner_number(u.key), u.name.lower().replace(" ", ".") + "@saleswright.example", first, last))
    return found


OWNER: dict[str, Truth] = {"id": "id", "email": "email", "archived": None}


def by_api(folder: Path) -> Layout:
    """Loaded from the API by a script: internal names, a table of the history of every property."""
    found = as_hubspot(sales(start=1, every=10))
    folder = folder / "hubspot"
    columns: list[Column] = [("id", number, "id"), *api(INTERNAL)]
    write(folder / "deals.csv", columns, found)
    rows = [
        (number(s), name, value, "CRM_UI", f"userId:{owner_number(step.by_id)}", zulu(step.at))
        for s in found
        for step, name, value in changes(s, INTERNAL)
    ]
    header = ("deal_id", "property_name", "value", "source_type", "source_id", "timestamp")
    text(folder / "deals_property_history.csv", header, rows)
    text(folder / "owners.csv", ("id", "email", "first_name", "last_name"), people())
    known: dict[str, dict[str, Truth]] = {
        "deals.csv": fields_of(columns),
        "deals_property_history.csv": {"deal_id": "id", "source_type": None, "source_id": None},
        "owners.csv": {"id": "id", "email": "email"},
    }
    figures = Figures(found, created=False, accounts=False).stood(
        *PAST, names=STAGES
    )  # the ids say the labels of HubSpot's own pipeline
    return Layout(folder, figures.deal_file({"deals.csv": len(found), "deals_property_history.csv": len(rows)}), known)


def fivetran(folder: Path) -> Layout:
    """Fivetran's tables: stages are numbers that only deal_pipeline_stage explains."""
    found = as_hubspot(sales(start=2, every=10))
    folder = folder / "hubspot"
    synced = "2026-11-22 06:14:20.118"
    columns: list[Column] = [
        ("deal_id", number, "id"),
        ("_fivetran_synced", lambda s: synced, None),
        ("is_deleted", lambda s: "false", None),
        ("deal_pipeline_id", lambda s: "77120455", "pipeline"),
        ("deal_pipeline_stage_id", lambda s: NUMBERS[s.stage], "stage"),
        ("owner_id", lambda s: owner_number(s.now.owner_id), "owner"),
        ("property_dealname", lambda s: s.name, "name"),
        ("property_amount", lambda s: "" if s.amount is None else f"{s.amount}.0", "amount"),
        ("property_deal_currency_code", lambda s: s.currency, "currency"),
        ("property_closedate", lambda s: f"{s.close} 16:30:00", "close"),
        ("property_createdate", lambda s: spaced(s.created) + ".482", "created"),
        ("property_dealtype", lambda s: TYPES[s.kind].replace(" ", "").lower(), "type"),
        ("property_closed_lost_reason", lambda s: s.lost_reason, "lost_reason"),
    ]
    text(folder / "deal.csv", [n for n, _, _ in columns], [[get(s) for _, get, _ in columns] for s in found])
    rows = [
        (number(s), name, f"{spaced(step.at)}.482", synced, "CRM_UI", f"userId:{owner_number(step.by_id)}", value)
        for s in found
        for step, name, value in changes(s, NUMBERS)
    ]
    header = ("deal_id", "name", "timestamp", "_fivetran_synced", "source", "source_id", "value")
    text(folder / "deal_property_history.csv", header, rows)
    stages = [
        ("77120455", NUMBERS[stage], label, place, PROBABILITY[stage] / 100, str(stage == a.WON).lower(),
         str(stage in (a.WON, a.LOST)).lower(), "true", "false", synced)
        for place, (stage, label) in enumerate(STAGES.items())
    ]  # fmt: skip
    header = (
        "pipeline_id", "stage_id", "label", "display_order", "probability", "closed_won", "is_closed", "active",
        "_fivetran_deleted", "_fivetran_synced",
    )  # fmt: skip
    text(folder / "deal_pipeline_stage.csv", header, stages)
    text(
        folder / "deal_pipeline.csv", ("pipeline_id", "label", "display_order", "active", "_fivetran_deleted"),
        [("77120455", "New pipeline", 0, "true", "false")],
    )  # fmt: skip
    owners = [(*p, "PERSON", 4_727_653, synced) for p in people()]
    header = ("owner_id", "email", "first_name", "last_name", "type", "portal_id", "_fivetran_synced")
    text(folder / "owner.csv", header, owners)
    links = [(company_number(s.account_id), number(s), 341, "HUBSPOT_DEFINED") for s in found]
    text(folder / "deal_company.csv", ("company_id", "deal_id", "type_id", "category"), links)
    names = sorted({(company_number(s.account_id), s.account) for s in found})
    text(folder / "company.csv", ("id", "property_name", "is_deleted"), [(*pair, "false") for pair in names])
    truth = fields_of(columns)
    del truth["is_deleted"]
    known: dict[str, dict[str, Truth]] = {
        "deal.csv": truth,
        "deal_property_history.csv": {"deal_id": "id", "_fivetran_synced": None, "source": None, "source_id": None},
        "owner.csv": {"owner_id": "id", "email": "email", "portal_id": None, "_fivetran_synced": None},
        "company.csv": {"id": "id", "property_name": "name"},
    }
    figures = Figures(found, created=False, accounts=False).stood(*PAST, names=STAGES)
    return Layout(folder, figures.deal_file({"deal.csv": len(found), "deal_property_history.csv": len(rows)}), known)


def airbyte(folder: Path) -> Layout:
    """Airbyte's streams: properties twice, once as JSON and once flattened, with Airbyte's own columns."""
    found = as_hubspot(sales(start=3, every=10))
    folder = folder / "hubspot"
    own = ("_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_meta")

    def airbytes(place: int) -> list[object]:
        return [UUID(int=place * 104_729 + 5), "2026-11-22 05:41:00.12+00", '{"changes": [], "sync_id": 7}']

    plain = api(INTERNAL)
    rows: list[list[object]] = []
    for place, s in enumerate(found):
        values = [get(s) for _, get, _ in plain]
        whole = json.dumps({n: str(v) for (n, _, _), v in zip(plain, values, strict=True)})
        company = json.dumps([str(company_number(s.account_id))])
        rows.append([*airbytes(place), number(s), "false", zulu(s.created), zulu(s.now.at), company, whole, *values])
    header = [*own, "id", "archived", "createdAt", "updatedAt", "companies", "properties",
              *(f"properties_{n}" for n, _, _ in plain)]  # fmt: skip
    text(folder / "deals.csv", header, rows)
    history = [
        (
            *airbytes(number(s) + i),
            number(s),
            name,
            value,
            zulu(step.at),
            "CRM_UI",
            f"userId:{owner_number(step.by_id)}",
        )
        for s in found
        for i, (step, name, value) in enumerate(changes(s, INTERNAL))
    ]
    text(
        folder / "deals_property_history.csv",
        (*own, "dealId", "property", "value", "timestamp", "sourceType", "sourceId"), history,
    )  # fmt: skip
    owners = [(*airbytes(i), *p, "false") for i, p in enumerate(people())]
    text(folder / "owners.csv", (*own, "id", "email", "firstName", "lastName", "archived"), owners)
    unused: dict[str, Truth] = dict.fromkeys(own)
    known: dict[str, dict[str, Truth]] = {
        "deals.csv": unused
        | {f"properties_{n}": field for n, _, field in plain}
        | {"id": "id", "createdAt": ("created", None), "updatedAt": None, "properties": None}
        | {"properties_createdate": ("created", None)},
        "deals_property_history.csv": unused | {"dealId": "id", "sourceType": None, "sourceId": None},
        "owners.csv": unused | {"id": "id", "email": "email"},
    }
    figures = Figures(found, created=False, accounts=False).stood(*PAST, names=STAGES)
    return Layout(
        folder, figures.deal_file({"deals.csv": len(found), "deals_property_history.csv": len(history)}), known
    )


MAKERS: dict[str, Make] = {
    "hubspot property history, pages": from_pages,
    "hubspot property history, API": by_api,
    "hubspot by Fivetran": fivetran,
    "hubspot by Airbyte": airbyte,
}
