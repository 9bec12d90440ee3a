"""What does the page of the funnel show? Stages, time in them, losses, cohorts, and who went where; a part that cannot be
made says so in its own card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.issue import Issue
from saleswright.measure.flow.funnel import cohort_report as cohort_words
from saleswright.measure.flow.funnel import report as words
from saleswright.measure.flow.funnel.actions import WHAT, first_day, known_stage, splits_read
from saleswright.measure.flow.funnel.between import between, flows
from saleswright.measure.flow.funnel.cohorts import cohorts
from saleswright.measure.flow.funnel.kept import book_of, visits_of
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.pages.asking import chips, filters, period_field, usual
from saleswright.measure.metrics.pages.parts import part

OWN = ("period", "by", "stage", "since", "what")
COHORT = "quarter"


def funnel_page(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of funnel.html. Stop (usage) for what nobody knows."""
    given = filters(at, args, OWN)
    where = tuple(given.items())
    by = args.get("by", "") or next(iter(usual(at)), "owner")
    what = args.get("what", "") or WHAT[0]
    refused: dict[str, tuple[Issue, ...]] = {}
    visits = part(refused, "stages", lambda: visits_of(View(at), splits_read(at, by), where))
    stage = known_stage(visits.stages(), args.get("stage", "")) if visits else ""
    made = (
        part(refused, "stages", lambda: words.stages(at, visits, by, args.get("period", ""), COHORT, stage, where))
        if visits is not None
        else None
    )
    of_months = part(refused, "cohorts", lambda: cohorts(at, book_of(View(at), where), "month", where))
    since = first_day(at, args.get("since", ""))
    ways = part(refused, "ways", lambda: between(at, since, visits.stages() if visits else (), where))
    query = [("where", f"{name}={member}") for name, member in where]
    asked = [("period", args.get("period", "")), *query]
    return {
        "title": "Where do deals stop?",
        "fields": [
            period_field(at, args.get("period", "")),
            _stage_field(visits.stages() if visits else [], made.stage if made else ""),
            *chips(at, given)[:2],
        ],
        "query": query,
        "asked": asked,
        "kept": [(key, value) for key, value in args.items() if key in OWN or key in given],
        "by": by,
        "what": what,
        "whats": WHAT,
        "since": since,
        "refused": refused,
        "lacks": made.lacks if made else "",
        **_stages(made),
        **_cohorts(of_months, what),
        "ways": ways,
        "ways_said": cohort_words.ways_headline(ways) if ways else "",
        "ways_count": flows(ways, False) if ways else None,
        "ways_value": flows(ways, True) if ways else None,
    }


def _stages(made: words.Stages | None) -> dict[str, Any]:
    empty = dict.fromkeys(
        ("funnel", "lede", "further", "outcomes", "value", "dwell", "bars", "drop", "months", "matrix")
    )
    if made is None or made.funnel is None or made.dwell is None or made.drop_off is None or not made.funnel.stages:
        return {**empty, "alarms": (), "young": "", "stage": "", "proof": ()}
    return {
        "funnel": made.funnel,
        "lede": words.headline(made),
        "alarms": tuple(words.said(one) for one in made.alarms),
        "further": words.further(made.funnel),
        "outcomes": words.outcome_table(made.funnel),
        "value": words.value_table(made.funnel),
        "dwell": words.dwell_table(made.dwell, made.funnel.stages),
        "stage": made.stage,
        "bars": words.histogram(made.stage, made.dwell[made.stage]) if made.stage in made.dwell else None,
        "drop": made.drop_off.get(made.stage),
        "months": words.cohort_table(made.cohorts, made.stage) if made.cohorts else None,
        "matrix": words.matrix(made.members) if made.members and made.members.by else None,
        "young": words.immature(made.funnel),
        "proof": words.checks(made.funnel),
    }


def _cohorts(made: Any, what: str) -> dict[str, Any]:
    if made is None:
        return {
            "triangle": None,
            "completion": None,
            "expected": None,
            "new": None,
            "cohort_said": "",
            "cohort_notes": (),
            "cohort_proof": (),
        }
    return {
        "triangle": cohort_words.triangle(made, what if what in WHAT else WHAT[0], 18) if made.periods else None,
        "completion": cohort_words.completion(made, 9),
        "expected": cohort_words.expected(made),
        "new": made.new if len(made.new.points) > 1 else None,
        "cohort_said": cohort_words.headline(made),
        "cohort_notes": cohort_words.cohort_notes(made),
        "cohort_proof": cohort_words.cohort_checks(made),
    }


def _stage_field(stages: list[str], value: str) -> dict[str, Any]:
    return {
        "name": "stage",
        "label": "Stage",
        "value": value,
        "choices": [(name, name) for name in stages] or [("", "none")],
        "required": bool(stages),
    }
