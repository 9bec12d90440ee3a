"""The pages of governance: who steers by which number, and what is due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.chapter import Page
from saleswright.kernel.report import Note
from saleswright.lib.issue import USAGE, Stop, unknown
from saleswright.measure.metrics.governance import advice, fresh, normal, reviews
from saleswright.measure.metrics.governance.actions import about, due_table, flags, history_table
from saleswright.measure.metrics.governance.bands import bands
from saleswright.measure.metrics.governance.board import governed, lines, role_named
from saleswright.measure.metrics.governance.past import past
from saleswright.measure.metrics.governance.wobble import verdict
from saleswright.measure.metrics.model import Metric

FIRST = "sales management"


def board(at: Snapshot, args: Mapping[str, str]) -> dict[str, Any]:
    """The values of board.html: one role's KPIs as they stand, and what is due for whom."""
    strange = [key for key in args if key != "role"]
    if strange:
        raise Stop(*(unknown("argument", key, ("role",), where="address") for key in strange), exit_code=USAGE)
    held = governed(at)
    role = role_named(held, args["role"]) if args.get("role") else next((r for r in held.sets if r == FIRST), "")
    role = role or next(iter(held.sets), "")
    asked = held.of_role(role) if role else held.steered
    made = lines(at, held, asked, judged=True)
    told = advice.advise(at, role, made) if role else None
    due = reviews.due(at, held.steered, held.reviews)
    field = {"name": "role", "label": "Role", "value": role, "choices": [(r, r.capitalize()) for r in held.sets]}
    now, later = [one for one in due if one.is_due], [one for one in due if not one.is_due and one.day]
    return {
        "title": "Who steers by which number?",
        "role": role,
        "fields": [{**field, "required": True}],
        "lines": [(line, fresh.words(line.age)) for line in made],
        "flags": [Note(text, "warning") for text in (*([told.warning] if told and told.warning else []), *flags(made))],
        "advice": advice.table(told) if told and told.strikes else None,
        "balance": told.balance if told else "",
        "due": due_table("due", now, "Due for review"),
        "later": due_table("later", later, "Reviewed, due later") if later else None,
        "issues": held.issues,
        "steps": [],
    }


def kept(at: Snapshot, metric: Metric, where: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """What the page of one metric says of its use: what is normal, who answers for it, what came of its reviews."""
    held = governed(at)
    one = held.kpis.get(metric.name) or metric
    made = past(at, one, "month", where)
    told, found = verdict(made, at.day), bands(made)
    steered = one.name in {each.name for each in held.steered}
    due = reviews.due(at, [one], held.reviews)[0]
    lines = [f"{key}: {text}" for key, text in about(one)] if steered else []
    whose = ", ".join(held.roles(one.name))
    words = ". ".join([f"A KPI of {whose}" if whose else "", *lines, due.words]).strip(". ") if steered else ""
    return {
        "bands": normal.table(metric, found) if found else None,
        "said": " ".join([told.sentence, *normal.sentences(made, told, found, "month")]),
        "lines": lines,
        "words": f"{words}." if words else "",
        "reviews": history_table(held, one.name),
    }


PAGES = (Page("/kpi-board", "Who steers by which number?", "board.html", board, "Measure", "KPI board", "kpis", 71),)
