"""What do the pages of causes show? Where value is lost, and reps against their team, each part with its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Column, Figure, Note, Table
from saleswright.lib.issue import Issue, Stop
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import evaluate
from saleswright.measure.metrics.dimensions import find
from saleswright.measure.metrics.pages.asking import chips, filters, offered, splits, usual
from saleswright.measure.metrics.pages.parts import part

YEAR, HALF = "last 12 months", "last 6 months"
OWN = ("period", "by", "factor", "source")
FEW = 12


@dataclass(frozen=True)
class Asked:
    """What the address asks: a stretch, a split, filters, and what is passed on to the actions behind the page."""

    period: str
    by: str
    where: Pairs
    given: dict[str, str]

    @property
    def query(self) -> list[tuple[str, str]]:
        return [("period", self.period), ("by", self.by), *self.where_query]

    @property
    def query_page(self) -> list[tuple[str, str]]:
        return [("period", self.period), ("by", self.by), *self.given.items()]

    @property
    def where_query(self) -> list[tuple[str, str]]:
        return [("where", f"{name}={member}") for name, member in self.where]


def read(at: Snapshot, args: Mapping[str, str], period: str) -> Asked:
    """The question of a page. Stop (usage) with the nearest names for an unknown split or filter."""
    given = filters(at, args, OWN)
    by = find(at, args.get("by") or "segment").name
    return Asked(args.get("period") or period, by, tuple(given.items()), given)


def fields(at: Snapshot, asked: Asked) -> list[dict[str, Any]]:
    """The choices above the cards."""
    known = splits(at)
    names = list(dict.fromkeys((asked.by, *usual(at), "segment")))
    kinds = [(name, known[name].label) for name in names if name in known and name != "owner"]
    return [
        {
            "name": "period",
            "label": "Period",
            "value": asked.period,
            "choices": offered(asked.period),
            "required": True,
        },
        {"name": "by", "label": "Kinds of deal", "value": asked.by, "choices": kinds, "required": True},
        *chips(at, asked.given),
    ]


def causes(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of causes.html. A part that cannot be made says so in its own card; the others stand."""
    from saleswright.measure.flow.causes import laid_losses, laid_out, laid_sources
    from saleswright.measure.flow.causes.bottleneck import bottlenecks, period_of
    from saleswright.measure.flow.causes.losses import lost
    from saleswright.measure.flow.causes.moves import moved
    from saleswright.measure.flow.causes.size import sizes
    from saleswright.measure.flow.causes.speed import speeds
    from saleswright.measure.flow.causes.stuck import stuck
    from saleswright.measure.flow.causes.visits import visits

    asked = read(at, args, HALF)
    source = args.get("source") if args.get("source") in ("channel", "campaign") else "channel"
    assert source is not None
    refused: dict[str, tuple[Issue, ...]] = {}
    missing = laid_out.needs_history(at)
    span = period_of(at, asked.period)
    gone = lost(at, asked.by, asked.period, asked.where)
    tiles = [laid_out.whole(at, name, asked.period, asked.where) for name in ("lost_value", "lost_deals")]
    tiles += [laid_out.whole(at, name, "all", asked.where) for name in ("open_deals", "open_pipeline")]
    values: dict[str, Any] = {
        "asked": asked,
        "fields": fields(at, asked),
        "tiles": tiles[:3],
        "missing": missing,
        "label": span.label,
        "lede": laid_losses.losses_lede(at, gone, span.label),
        "refused": refused,
        "stages": None,
        "held": None,
        "moved": None,
        "source": source,
        "issues": at.stale,
    }
    if not missing:

        def stages() -> dict[str, Any]:
            made = bottlenecks(at, visits(at, (asked.by,), asked.where), gone, span, asked.by)
            laid_out.ties(made, tiles[:2], gone)
            lede = laid_out.bottleneck_lede(at, made, span.label)
            table = laid_out.bottleneck_table(at, made)
            said = {"series": laid_out.value_series(made, at), "table": table, "proof": [laid_out.proof(at, made)]}
            return {"lede": lede, "notes": laid_out.bottleneck_notes(made), **said}

        def held() -> dict[str, Any]:
            found = stuck(at, asked.where)
            proof = laid_out.stuck_proof(at, found, tiles[2:])
            tables = laid_out.stuck_stages(at, found), laid_out.stuck_deals(at, found, FEW)
            return {"lede": laid_out.stuck_lede(at, found), "stages": tables[0], "deals": tables[1], "proof": [proof],
                    "notes": laid_out.stuck_notes(at)}  # fmt: skip

        def dates() -> dict[str, Any]:
            found = moved(at, span, asked.where)
            table = laid_losses.pushes_table(at, found)
            shown = replace(table, rows=table.rows[:FEW], total=len(table.rows))
            lede = laid_losses.pushes_lede(at, found, span.label)
            return {"lede": lede, "table": shown, "proof": [laid_losses.pushes_proof(found)], "note": laid_losses.RATE}

        values["stages"] = part(refused, "stages", stages)
        values["held"] = part(refused, "held", held)
        values["moved"] = part(refused, "moved", dates)
        if values["stages"]:
            values["lede"] = values["stages"]["lede"]
    values["losses"] = {
        "lede": laid_losses.losses_lede(at, gone, span.label),
        "map": laid_losses.loss_map(at, gone) if len(gone.deals) else None,
        "cells": laid_losses.loss_cells(at, gone, asked.by, FEW) if len(gone.deals) else None,
        "proof": [laid_losses.losses_proof(at, gone)],
        "notes": laid_losses.loss_notes(at, gone, asked.by),
    }

    def quick() -> dict[str, Any]:
        found = speeds(at, source, "all", asked.where)
        return {
            "lede": laid_sources.sources_lede(source, found),
            "series": laid_sources.speed_series(found, source),
            "table": laid_sources.sources_table(source, found),
            "notes": laid_sources.sources_notes(at, source, found),
            "proof": [laid_sources.sources_proof(source, found)],
        }

    def sized() -> dict[str, Any]:
        found = sizes(at, asked.by, asked.period, "", asked.where)
        return {
            "lede": laid_sources.size_lede(at, found),
            "bridge": laid_sources.size_bridge(at, found) if found.parts else None,
            "table": laid_sources.size_table(at, found) if found.parts else None,
            "proof": [laid_sources.size_proof(at, found)] if found.parts else [],
            "note": laid_sources.NO_PRICES if found.parts and not found.priced else found.why_not,
        }

    values["sources"] = part(refused, "sources", quick)
    values["size"] = part(refused, "size", sized)
    return values


def performance(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of performance.html: for who sees only own rows, the own figures and the company's."""
    from saleswright.measure.flow.causes import people
    from saleswright.measure.flow.causes.coaching import lines
    from saleswright.measure.flow.causes.panel import FACTORS
    from saleswright.measure.flow.causes.reps import reps

    if people.alone(at):
        own = people.own_blocks(at, args.get("period", ""), tuple(filters(at, args, OWN).items()))
        table, *notes = own
        # The usual figures of today are what the company's may be told beside.
        return {"alone": True, "lede": people.own_lede(at), "table": table, "notes": notes, "fields": [],
                "issues": at.stale, "attained": _attained(at, ())}  # fmt: skip
    asked = read(at, args, YEAR)
    factor = args.get("factor") if args.get("factor") in FACTORS else FACTORS[0]
    assert factor is not None
    made = reps(at, asked.by, asked.period, asked.where)
    found = lines(at, made, asked.where)
    return {
        "alone": False,
        "asked": asked,
        "fields": fields(at, asked),
        "lede": people.coaching_lede(made, found),
        "lines": found,
        "coaching": people.coaching_table(made, found),
        "factors": [(name, name.capitalize()) for name in FACTORS if any(name in rep.at for rep in made.reps)],
        "factor": factor,
        "series": people.factor_series(made, factor),
        "words": people.factor_words(made, factor),
        "reps": people.reps_table(made),
        "proof": [people.coaching_proof(made)],
        "notes": people.coaching_notes(made),
        "attained": _attained(at, asked.where),
        "issues": at.stale,
    }


def _attained(at: Snapshot, where: Pairs) -> dict[str, Any]:
    """Attainment of this quarter by owner, as the metric tells it."""
    try:
        found = evaluate(at, ask(at, "attainment", ("owner",), "this quarter", where))
    except Stop as stop:
        return {"total": Figure("attainment", None, "share", "Attainment", reason=stop.issues[0].what), "table": None}
    columns = (Column("rep", "Rep"), Column("attainment", "Attainment", "share"))
    rows = sorted((found.label(key)[0], figure) for key, figure in found.groups.items() if figure.value is not None)
    table = Table("attainment", columns, tuple(rows), "Attainment by rep, by name") if rows else None
    return {"total": found.total, "table": table, "notes": [Note(text) for text in found.notes]}


PAGES = (
    Page("/flow/causes", "Where is value lost?", "causes.html", causes),
    Page(
        "/performance", "Who needs what?", "performance.html", performance, "Measure", "Performance", "performance", 6
    ),
)
