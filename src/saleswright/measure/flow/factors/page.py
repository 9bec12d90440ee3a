"""What does the page of factors and aging show? The values of aging.html, worked out once for each view of the record."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.reference import Pairs
from saleswright.measure.flow.factors import schedule as schedules
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.asked import broken_rules
from saleswright.measure.metrics.pages.asking import chips, filters, offered

if TYPE_CHECKING:
    from saleswright.measure.flow.factors.aging import Aging
    from saleswright.measure.flow.factors.find import Found

OWN = ("schedule", "period", "by", "grain")
VIEWS = 4


def aging_page(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of aging.html. Stop (usage) for an unknown schedule, period, split or filter."""
    from saleswright.measure.flow.factors import report, said
    from saleswright.measure.flow.factors.find import USUAL

    given = filters(at, args, OWN)
    where = tuple(given.items())
    period, grain = args.get("period", ""), args.get("grain", "")
    one = _aging(View(at), args.get("schedule", ""), where)
    found = _factors(View(at), _by(at, args.get("by", "")), period, "quarter" if grain == "quarter" else "month", where)
    asked = [("where", f"{name}={member}") for name, member in where]
    schedule = [("schedule", one.schedule.name)]
    return {
        "title": "What comes in, and what is it worth by age?",
        "one": one,
        "found": found,
        "lede": said.page_lede(found, one),
        "gap_said": said.gap(one),
        "finding": said.finding(one),
        "heads": report.heads(one),
        "by_age": report.by_age(one),
        "value_by_age": report.value_by_age(one),
        "outcomes": report.outcomes(one),
        "gap": report.gap_bridge(one),
        "notes": said.aging_notes(one),
        "factors": report.strip(found.whole),
        "factors_sub": said.window(found.whole),
        "immature": next((text for text in found.notes if text.startswith("Immature")), ""),
        "documented": report.by_month(found, False),
        "exact": report.by_month(found, True),
        "periods": report.periods(found),
        "cohorts": report.cohorts(found),
        "members": report.members(found) if found.by else None,
        "factor_notes": [text for text in report.notes(found) if not text.startswith("Immature")],
        "fields": [
            {"name": "schedule", "label": "Ages", "value": one.schedule.name, "required": True,
             "choices": [(choice.value, choice.label) for choice in schedules.choices(at)]},
            _period(period or USUAL),
            {"name": "grain", "label": "By", "value": found.grain, "required": True,
             "choices": [("month", "Month"), ("quarter", "Quarter")]},
            *chips(at, given),
        ],
        "issues": (*broken_rules(at), *schedules.schedules(at)[1]),
        "aging_query": [*schedule, *asked],
        "factors_query": [("period", period), ("grain", found.grain), ("by", found.by.name if found.by else ""), *asked],
    }  # fmt: skip


def forget() -> None:
    """Keep nothing."""
    _aging.cache_clear()
    _factors.cache_clear()


def _by(at: Snapshot, typed: str) -> str:
    """The split asked for, else by segment, where the record has segments this actor may see."""
    from saleswright.measure.flow.factors.worth import segment_of

    return typed or segment_of(at)


def _period(value: str) -> dict[str, Any]:
    return {"name": "period", "label": "New deals of", "value": value, "choices": offered(value), "required": True}


@lru_cache(maxsize=VIEWS)
def _aging(view: View, schedule: str, where: Pairs) -> Aging:
    from saleswright.measure.flow.factors.aging import aging

    return aging(view.at, schedule, where)


@lru_cache(maxsize=VIEWS)
def _factors(view: View, by: str, period: str, grain: Any, where: Pairs) -> Found:
    from saleswright.measure.flow.factors.find import factors

    return factors(view.at, by, period, grain, where)
