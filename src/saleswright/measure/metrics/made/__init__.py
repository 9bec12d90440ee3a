"""Which rows does nobody export, but the record tells? Entries into a stage, touches of a deal: rows made of other rows.

A file here brings one kind of them: its columns, as every entity's, and the expression that makes them. A metric names it
in `of:` like any entity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity
from saleswright.measure.metrics.made import activity

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Made:
    """Rows made of others: what they are, their columns, and `build(schema, shape)`, which makes them as of then, under
    a policy of that shape. Every row has an `id`, each once. `stands_on`: what they cannot be made without."""

    entity: Entity
    build: Callable[[Mapping[str, Entity], str], ir.Table]
    stands_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


MADE: dict[str, Made] = {
    name: Made(entity, activity.build(name), activity.STANDS_ON[name]) for name, entity in activity.ENTITIES.items()
}


def entity_of(schema: Mapping[str, Entity], name: str) -> Entity | None:
    """The entity of that name: one the record keeps, or one made of its rows. None for an unknown name."""
    made = MADE.get(name)
    return made.entity if made else schema.get(name)


def entity_names(schema: Mapping[str, Entity]) -> list[str]:
    """What a metric may count."""
    return [*schema, *MADE]
