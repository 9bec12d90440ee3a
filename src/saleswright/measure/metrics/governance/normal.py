"""What is normal for us? A KPI's bands from its own past periods, the verdict on the last one, and its lasting changes."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.action import Arg, Choice, action
from saleswright.kernel.report import Block, Cell, Column, Figure, Note, Point, Report, Series, Table
from saleswright.measure.metrics.asked import ask, metric_named, metrics_in_force
from saleswright.measure.metrics.dimensions import Grain
from saleswright.measure.metrics.governance import outcome
from saleswright.measure.metrics.governance.bands import LEVELS, Band, bands
from saleswright.measure.metrics.governance.past import HOW_MANY, past
from saleswright.measure.metrics.governance.said import said
from saleswright.measure.metrics.governance.wobble import Verdict, Wobble, verdict
from saleswright.measure.metrics.model import Metric


def _metrics(at: Any) -> list[Choice]:
    return [Choice(one.name, one.label, one.question) for one in metrics_in_force(at).values()]


def _grains(at: Any) -> list[Choice]:
    return [Choice(grain) for grain in HOW_MANY]


@action(effect="read", name="kpi normal", example={"metric": "win_rate"}, title="What is normal for us?")
def kpi_normal(
    at: Snapshot,
    metric: Annotated[str, Arg("choice", "which metric, such as win_rate", _metrics, what="metric", closed=False)],
    by: Annotated[str, Arg("choice", "periods compared: week, month, quarter or year", _grains, what="period")] = "",
) -> Report:
    """Say what is normal for a metric: bands from your own past periods, and whether the last one is a normal wobble.

    Percentile bands of the last 36 months (or 52 weeks, 20 quarters), cut where the level changed for good; never an industry's
    number. Within three standard deviations is ordinary: about 3 of 1,000 ordinary periods are called out wrongly.
    """
    one = metric_named(at, metric)
    grain: Grain = by or "month"  # type: ignore[assignment]
    made = past(at, one, grain)
    told = verdict(made, at.day, grain)
    found = bands(made, grain)
    blocks: list[Block] = []
    if told.spot:
        blocks.append(told.spot.figure)
        beside = _beside(at, one, told)
        blocks += [beside] if beside else []
    blocks += [Note(text) for text in sentences(made, told, found, grain)]
    if found:
        blocks.append(table(one, found))
    if made.spots:
        blocks.append(series(one, made, grain))
        came = _series_beside(at, one, grain)
        blocks += [came] if came else []
    return Report(
        f"What is normal for {one.label.lower()}?",
        blocks,
        lede=told.sentence,
        issues=at.stale,
        next=(f"saleswright measure {one.name} --by {grain}", f"saleswright kpi path {one.name}"),
        data={"verdict": told.word},
    )


def _beside(at: Snapshot, metric: Metric, told: Verdict) -> Figure | None:
    """The outcome of the period that is judged, beside an activity count."""
    return outcome.with_outcome(at, ask(at, metric, (), str(told.spot.period))) if told.spot else None


def _series_beside(at: Snapshot, one: Metric, grain: Grain) -> Series | None:
    found = metrics_in_force(at)
    name = outcome.final(one, found)
    if name not in found:
        return None
    other = found[name]
    return series(other, past(at, other, grain), grain)


def sentences(made: Wobble, told: Verdict, found: list[Band], along: str) -> list[str]:
    """What the bands say, and since when the level is what it is."""
    said_ = [found[-1].sentence] if found else []
    for before, band in pairwise(found):
        was, now = (said(one.values[2], band.last.figure.unit) for one in (before, band))
        said_.append(
            f"The level changed for good with {band.first.period.label}: the middle was {was} and is {now} since."
        )
    if told.word == "ordinary":
        said_.append(f"A normal wobble has no cause worth a meeting: look at the level of several {along}s.")
    if made.chart == "level":
        said_.append("A balance goes on from the one before, so what is judged is how far it moved.")
    return said_


def table(metric: Metric, found: list[Band]) -> Table:
    """The percentiles of each level, the present one first."""
    columns = (
        Column("since", "From"), Column("until", "To"), Column("n", "Periods", "count"),
        *(Column(f"p{round(share * 100)}", f"P{round(share * 100)}", metric.unit) for share in LEVELS),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (band.first.period.label, band.last.period.label, band.n, *band.values) for band in reversed(found)
    ]
    return Table(
        "bands", columns, tuple(rows), "Bands of your own past periods", footer="8 of 10 lie between P10 and P90."
    )


def series(metric: Metric, made: Wobble, along: str) -> Series:
    """The periods with their limits, as a chart draws them."""
    points = tuple(Point(spot.period.label, spot.period.start, spot.figure, spot.limit) for spot in made.spots)
    return Series(f"{metric.name}_by_{along}", along, points, f"{metric.label} by {along}", metric.unit)
