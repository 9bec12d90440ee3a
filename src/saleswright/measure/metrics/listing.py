"""What does a row behind a figure show? Its name, whom and what it belongs to, its day, its state, and its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saleswright.history.schema import Entity
from saleswright.kernel.report import Unit
from saleswright.measure.metrics.dimensions import REFERENCES, TITLES
from saleswright.measure.metrics.model import Metric
from saleswright.measure.metrics.words import noun

POINTS_TO = ("account", "deal", "lead", "person", "owner", "campaign", "product", "contact", "territory")
STATES = (
    "movement",
    "standing",
    "status",
    "kind",
    "direction",
    "outcome",
    "reason",
    "stage",
    "channel",
    "category",
    "period",
    "team",
)
MOST_POINTERS, MOST_STATES = 3, 2
# Of a deal its owner and account are enough: campaign and product are splits.
OF_DEALS = ("account", "owner")
WORDS = {"standing": "Outcome", "person": "Owner"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One field of a listed row: what it is called, the entity it points to, and the unit of its cells."""

    name: str
    label: str
    ref: str = ""
    unit: Unit = "text"


def shown(entity: Entity, metric: Metric) -> tuple[Shown, ...]:
    """The fields that tell one row of this entity from another, in reading order: title, pointers, state."""
    columns = dict(entity.columns)
    title = next((name for name in TITLES if name in columns), "")
    found = [Shown(title, noun(entity.name).capitalize())] if title else []
    points = OF_DEALS if entity.name == "deal" else POINTS_TO
    own = [name for name in points if name in columns and (name != "owner" or "person" not in columns)]
    found += [Shown(name, _label(name), _points_to(entity, name)) for name in own[:MOST_POINTERS]]
    states = [name for name in STATES if name in columns and name != title]
    found += [Shown(name, _label(name)) for name in states[: 1 if entity.name == "deal" else MOST_STATES]]
    named = {one.name for one in found}
    return tuple(found) + tuple(
        Shown(name, _label(name), unit="date")
        for name in dict.fromkeys((metric.start, metric.end))
        if name and name not in named and name != metric.date and name in columns
    )


def worth(entity: Entity, metric: Metric) -> str:
    """The field whose value stands in a row: what the metric adds up, else the row's own amount; empty when it has none."""
    columns = dict(entity.columns)
    if metric.sum:
        return metric.sum
    return next((name for name in ("amount", "change") if name in columns), "")


def read(entity: Entity, metric: Metric) -> tuple[str, ...]:
    """The columns that a listed row needs beside its day, value and span."""
    columns = dict(entity.columns)
    more = (worth(entity, metric), "currency")
    return tuple(dict.fromkeys((*(one.name for one in shown(entity, metric)), *(n for n in more if n in columns))))


def _points_to(entity: Entity, name: str) -> str:
    field = entity.by_name.get(name)
    return (field.ref if field else "") or REFERENCES.get(name, "") or (name if name in POINTS_TO else "")


def _label(name: str, words: Mapping[str, str] = WORDS) -> str:
    return words.get(name, name.replace("_", " ").capitalize())


__all__ = ["Shown", "read", "shown", "worth"]
