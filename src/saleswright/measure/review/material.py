"""Which deals decide the period? The largest that are open and due in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import Definition
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import bind, text_of
from saleswright.measure.metrics.dimensions import names
from saleswright.measure.metrics.model import read_metric

MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Material:
    """A deal that is open and due in the period, what it is worth, and when it is due."""

    id: str
    name: str
    owner_name: str
    due: date | None
    amount: Money


def material(at: Snapshot, period: Period, where: Pairs = (), most: int = 5) -> tuple[Material, ...]:
    """The `most` largest deals of what `open_due` counts, due in this period, the largest first.

    Nothing when amounts may not be seen. Deals without an exchange rate to the asked currency stand in no order and are
    left out.
    """
    shown = {field: at.policy.field_allowed("deal", field) for field in ("name", "amount", "account", "owner")}
    if not shown["amount"] or not at.policy.field_allowed("deal", "expected_close"):
        return ()
    asked = ask(at, "open_due", (), "all", where)
    rows = {**asked.metric.rows, "expected_close": _due_in(at, period)}
    body = {**asked.metric.definition.body, "rows": rows, "date": "expected_close"}
    metric, issues = read_metric(Definition("metric", "open_due", body), at.schema)
    assert metric is not None, issues
    sql = text_of(at, replace(asked, metric=metric), "rows")
    columns, found = at.reader.table(sql, bind(at, sql, asked, {"page_size": MOST, "page_start": 0}))
    place = {name: index for index, name in enumerate(columns)}
    valued = [row for row in found if row[place["r_value"]] is not None]
    largest = sorted(valued, key=lambda row: (-row[place["r_value"]], row[place["id"]]))[:most]
    people = names(at, "person", (row[place["r_owner"]] for row in largest if row[place["r_owner"]]))
    accounts = names(at, "account", (row[place["r_account"]] for row in largest if row[place["r_account"]]))

    def seen(row: tuple[Any, ...], field: str) -> str:
        return str(row[place[f"r_{field}"]] or "") if shown[field] else ""

    return tuple(
        Material(
            row[place["id"]],
            seen(row, "name") or accounts.get(seen(row, "account"), seen(row, "account")) or row[place["id"]],
            people.get(seen(row, "owner"), seen(row, "owner")),
            row[place["shown_day"]],
            Money(row[place["r_value"]], at.currency),
        )
        for row in largest
    )


def _due_in(at: Snapshot, period: Period) -> dict[str, Any]:
    """From today, or the period's first day when that is still to come, to its end; past due is in no period."""
    if period == at.workspace.calendar.containing("quarter", at.day):
        # Named days keep the compiled text the same from day to day.
        return {"from": "as_of", "to": "next_quarter"}
    return {"from": max(at.day, period.start), "to": period.end}
