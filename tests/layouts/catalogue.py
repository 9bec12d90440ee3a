"""All layouts by name: what `python -m tests.layouts DIR` writes, and what the tests go through."""

from __future__ import annotations

from tests.layouts import (
    hubspot,
    hubspot_tables,
    money,
    people,
    pipedrive,
    salesforce_reports,
    salesforce_tables,
    sheets,
    sheets_of_salesforce,
)
from tests.layouts.layout import Make

REPORTS: dict[str, Make] = salesforce_reports.MAKERS | sheets_of_salesforce.MAKERS
TABLES: dict[str, Make] = salesforce_tables.MAKERS | hubspot_tables.MAKERS
OTHERS: dict[str, Make] = hubspot.MAKERS | pipedrive.MAKERS | sheets.MAKERS
BESIDE: dict[str, Make] = people.MAKERS | money.MAKERS
LAYOUTS: dict[str, Make] = REPORTS | OTHERS | TABLES | BESIDE
