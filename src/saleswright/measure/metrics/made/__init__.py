"""Which rows does nobody export, but the record tells? Entries into a stage, touches of a deal: rows made of other rows.

A file here brings one kind of them: its columns, as every entity's, and the expression that makes them. A metric names it
in `of:` like any entity.
"""

from __future__ import annotations

from collections.abc import Mapping

from saleswright.history.schema import Entity
from saleswright.measure.metrics.made import activity
from saleswright.measure.metrics.made.credit import CREDIT
from saleswright.measure.metrics.made.customer import CUSTOMER
from saleswright.measure.metrics.made.expected import EXPECTED
from saleswright.measure.metrics.made.kind import Made
from saleswright.measure.metrics.made.last_open import LAST_OPEN
from saleswright.measure.metrics.made.push import PULL, PUSH
from saleswright.measure.metrics.made.recurring import RECURRING
from saleswright.measure.metrics.made.renewal import RENEWAL_DUE
from saleswright.measure.metrics.made.sold_line import SOLD_LINE
from saleswright.measure.metrics.made.stage_entry import STAGE_ENTRY
from saleswright.measure.metrics.made.tenure import TENURE
from saleswright.measure.metrics.made.worth import WORTH

OF_CUSTOMERS = (CUSTOMER, RECURRING, RENEWAL_DUE, SOLD_LINE, TENURE)
KINDS = (CREDIT, STAGE_ENTRY, WORTH, LAST_OPEN, PUSH, PULL, EXPECTED, *activity.KINDS, *OF_CUSTOMERS)
MADE: dict[str, Made] = {made.entity.name: made for made in KINDS}


def entity_of(schema: Mapping[str, Entity], name: str) -> Entity | None:
    """The entity of that name: one the record keeps, or one made of its rows. None for an unknown name."""
    made = MADE.get(name)
    return made.entity if made else schema.get(name)


def entity_names(schema: Mapping[str, Entity]) -> list[str]:
    """What a metric may count."""
    return [*schema, *MADE]


def told_by(name: str) -> tuple[str, ...]:
    """The entities whose fields the rows of this one show: itself, and those it is made of."""
    made = MADE.get(name)
    return (name, *made.of) if made else (name,)


__all__ = ["MADE", "Made", "entity_names", "entity_of", "told_by"]
