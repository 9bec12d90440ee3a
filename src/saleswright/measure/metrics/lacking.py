"""Which data is missing? The table or field a metric needs and the record has nothing of, and which source would bring it."""

from __future__ import annotations

from functools import lru_cache

from saleswright.history import tiers
from saleswright.history.engine import Reader
from saleswright.history.snapshot import Snapshot
from saleswright.measure.metrics.made import MADE
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import many, noun

# Of a deal these may be empty because nothing happened yet, not because nobody told.
OF_EVERY_DEAL = frozenset(
    ("standing", "closed", "qualified", "created", "amount", "type", "stage", "expected_close", "owner", "currency")
)
SOURCES = {
    "activity": "the CRM's tasks, events, calls and e-mails, or a log of them",
    "lead": "the CRM's leads, or a list of inquiries",
    "message": "the sending tool's log: one row for each e-mail and recipient",
    "touch": "the CRM's campaign members, or the marketing tool's events",
    "campaign": "the CRM's campaigns",
    "subscription": "the billing system's subscriptions or contracts",
    "spend": "the marketing and sales ledger, by month and channel",
    "line_item": "the CRM's opportunity products or quote lines",
    "account": "the CRM's accounts",
    "contact": "the CRM's contacts",
    "quota": "a quota grid",
    "plan_line": "the plan, by month",
    "forecast_call": "the forecast submissions",
    "acceptance": "what owners answer here to what they are given",
    "loss_note": "what is noted here about lost deals",
    "product": "the price list",
    "account_territory": "the CRM's territory assignments",
    "split": "the CRM's opportunity splits",
}


def too_early(at: Snapshot, metric: Metric) -> str:
    """Why rows made of the record's versions tell nothing, however many there are: it has no history. Empty when it has."""
    made = MADE.get(metric.entity)
    return tiers.lacking(at, made.tier) if made else ""


def missing(at: Snapshot, metric: Metric) -> str:
    """Why the record cannot answer at all, in words; empty when it has rows and fields of that kind.

    `no activities in the record: they come from the CRM's tasks, events ...`, or `lead.converted is told by no export`.
    """
    if lacking := too_early(at, metric):
        return lacking
    made = MADE.get(metric.entity)
    asked: dict[str, set[str]] = {}
    if made is not None and made.told:
        for entity, field in (pair for name in ("", *sorted(metric.fields)) for pair in made.told.get(name, ())):
            asked.setdefault(entity, set()).add(field)
    elif made is None or not made.stands_on:
        # A balance needs its date only to begin somewhere.
        asked[made.of[0] if made else metric.entity] = metric.needed - ({metric.date} if metric.at_moment else set())
    else:
        # What the rows are made of; of the first, what the metric asks by the same name as well.
        for place, (other, told) in enumerate(made.stands_on.items()):
            asked[other] = {*told, *(metric.needed & set(at.schema[other].by_name) if place == 0 else ())}
    for one in metric.derive:
        if one.of not in MADE:
            asked.setdefault(one.of, set()).update((one.field,) if one.gather == "the" else (one.field, one.by))
    if "deal" in asked:
        asked["deal"] -= OF_EVERY_DEAL
    for entity, fields in asked.items():
        known = fields & set(dict(at.schema[entity].columns))
        rows, empty = _told(at.reader, entity, tuple(sorted(known)))
        source = metric.comes_from or SOURCES.get(entity, "")
        if not rows:
            come = f": they come from {source}" if source else ""
            return f"no {many(2, noun(entity), bare=True)} in the record{come}"
        if empty:
            named = " and ".join(f"{entity}.{field}" for field in empty)
            come = f": it comes from {source}" if source else ""
            return f"{named} {'is' if len(empty) == 1 else 'are'} told by no export{come}"
    return ""


@lru_cache(maxsize=512)
def _told(reader: Reader, entity: str, fields: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """(rows, the fields of these that no row has a value of), whatever the day."""
    counts = ", ".join(f'count("{field}")' for field in fields)
    row = reader.rows(f'SELECT count(*){", " if counts else ""}{counts} FROM "{entity}"')[0]
    return int(row[0]), tuple(field for field, told in zip(fields, row[1:], strict=True) if not told)
