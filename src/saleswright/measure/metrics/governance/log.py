"""What came of looking at a KPI? A dated line with the figure's reference as it was then, and the day of the next look."""

from __future__ import annotations

from typing import Annotated

from saleswright.history.snapshot import open_snapshot
from saleswright.kernel import kept_lines
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.call import Ambient, Desk
from saleswright.kernel.report import Figure, Note, Report
from saleswright.lib.issue import CONFLICT, USAGE, Issue, Stop
from saleswright.measure.metrics.asked import metric_named
from saleswright.measure.metrics.governance import kpi, outcome, reviews
from saleswright.measure.metrics.governance.reviews import Review
from saleswright.measure.metrics.governance.said import said


def _metrics(desk: Desk) -> list[Choice]:
    return [Choice(one.name, str(one.body.get("label", one.name)), one.doc) for one in desk.here.all("metric")]


@action(
    effect="apply",
    name="kpi reviewed",
    example={"metric": "win_rate", "outcome": "West is coached on pricing", "next": "2026-12-23"},
    title="Log what came of a KPI's review",
    verb="Reviewed",
    back="The review is a line in definitions/kpi_review.yaml. To take it back, delete the line.",
)
def kpi_reviewed(
    desk: Desk,
    metric: Annotated[str, Arg("choice", "which KPI, such as win_rate", _metrics, what="metric", closed=False)],
    outcome_: Annotated[str, Arg("text", "what came of it, in words")] = "",
    next_: Annotated[
        str, Arg("text", "the day of the next review, such as 2026-12-07; one cadence later if left out")
    ] = "",
    dry_run: Annotated[bool, Arg("flag", "say what would be written, write nothing")] = False,
) -> Report:
    """Log what came of looking at a KPI: a dated line in definitions/kpi_review.yaml with the figure as it is now.

    The KPI is due again on the day named, else one cadence later.
    """
    actor = "" if desk.policy.actor == "me" else desk.policy.actor
    at = open_snapshot(desk.here, Ambient(actor=actor))
    try:
        one = metric_named(at, metric)
        words = " ".join(outcome_.split())
        issues: list[Issue] = []
        if not words:
            why = "so nobody could tell later what the review was for"
            issues.append(Issue("outcome", "nothing is said to have come of it", why, "say it in a few words"))
        day, wrong = reviews.wrong_next(next_, at.day) if next_ else (reviews.after(at.day, one.cadence), [])
        issues += wrong
        if day is None and not wrong:
            why = f"{one.label} says no cadence, so it would never be due again"
            issues.append(
                Issue("next", "there is no next day", why, "--next 2026-12-31, or cadence: in its definition")
            )
        if issues:
            raise Stop(*issues, exit_code=USAGE)
        figure, made = kpi.measured(at, one)
        beside = outcome.with_outcome(at, made.asked) if made else None
        review = Review(one.name, at.day, words, figure.ref, told(figure, kpi.period_words(at, one)), day, actor)
        names = [held.name for held in desk.here.all(reviews.KIND)]
        line = kept_lines.as_line(reviews.body(review, names))
    finally:
        at.close()
    if not dry_run:
        wrong = kept_lines.append(desk.here.root / reviews.FILE, reviews.FILE, line, reviews.HEAD, "reviews")
        if wrong:
            raise Stop(*wrong, exit_code=CONFLICT)
    done = "Would write" if dry_run else "Wrote"
    return Report(
        "What came of it?",
        [figure, *([beside] if beside else []), Note(f"{done} a line in {reviews.FILE}: {line.strip()}")],
        lede=f"{one.label}: {words}. It is looked at again on {day}.",
        next=("saleswright kpi due", f"saleswright kpi path {one.name}"),
        changed=0 if dry_run else 1,
        data={"file": reviews.FILE, "metric": one.name, "figure": figure.ref, "next": str(day)},
    )


def told(figure: Figure, period: str) -> str:
    """The figure as it is said now, for when its reference no longer opens."""
    return (
        f"{said(figure.value, figure.unit)}, {period}" if figure.value is not None else f"cannot say: {figure.reason}"
    )
