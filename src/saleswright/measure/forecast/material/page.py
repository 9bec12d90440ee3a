"""What does the page of what decides a period show? Deals, weeks, and the numbers that reach the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.measure.metrics.pages.asking import chips, filters, offered

OWN = ("period", "most", "chance")
PERIODS = (
    ("this month", "This month"),
    ("this quarter", "This quarter"),
    ("next quarter", "Next quarter"),
    ("this year", "This year"),
)
CHANCES = (("0.5", "50 %"), ("0.6", "60 %"), ("0.7", "70 %"), ("0.8", "80 %"), ("0.9", "90 %"))
FIRST = ("team", "type")


def build(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of material.html. Stop (usage) for an unknown key, a period without an end, or a chance that is none."""
    from saleswright.measure.forecast.figures.told import footer
    from saleswright.measure.forecast.material import kept, said
    from saleswright.measure.forecast.material.deciding import MOST
    from saleswright.measure.forecast.material.find import USUAL, span
    from saleswright.measure.forecast.material.reach import chance_of, reach

    given = filters(at, args, OWN)
    where = tuple(given.items())
    typed = args.get("period") or USUAL
    period, wanted = span(at, typed), chance_of(args.get("chance") or "0.8")
    found = kept.material(at, period, where, MOST)
    query = [("period", typed), *(("where", f"{name}={member}") for name, member in given.items())]
    told = reach(at, found.forecast, where, wanted) if found.forecast is not None else None
    return {
        "day": at.day,
        "period": period,
        "found": found,
        "said": said,
        "lede": said.lede(found) if not found.missing else f"{period.label} cannot be told: {found.missing}.",
        "reach": told,
        "reached": said.reached(told, period.label) if told and told.beyond else "",
        "stands_on": said.stands_on(told) if told and told.beyond else (),
        "numbers": list(zip(told.beyond.numbers, told.anew.numbers, strict=True))
        if told and told.beyond and told.anew
        else [],
        "adds": said.adds(found.weeks) if found.weeks else "",
        "need": said.need(found.weeks) if found.weeks else "",
        "near": found.together is not None and found.together.won >= said.OUT_OF_REACH,
        "ranked": said.ranked(found) if not found.missing else "",
        "notes": said.notes(found) if not found.missing else [],
        "limits": found.forecast.limits if found.forecast is not None else (),
        "footer": footer(at, period),
        "fields": _fields(at, typed, wanted, given),
        "query": query,
    }


def _fields(at: Snapshot, typed: str, wanted: float, given: Mapping[str, str]) -> list[dict[str, Any]]:
    periods = [
        {"name": "period", "label": "Period", "value": typed, "choices": offered(typed, PERIODS), "required": True}
    ]
    held = f"{wanted:g}"
    chances = [("chance", "Chance wanted", held, offered(held, CHANCES))]
    shown = [chip for chip in chips(at, given) if chip["name"] in given or chip["name"] in FIRST]
    return [
        *periods,
        *({"name": n, "label": words, "value": v, "choices": c, "required": True} for n, words, v, c in chances),
        *shown,
    ]
