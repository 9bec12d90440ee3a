"""What is a kind of made rows? Its columns, as any entity's, and the expression that makes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Made:
    """Rows made of others: what they are, their columns, and `build(schema, shape)`, which makes them as of then, under
    a policy of that shape. Every row has an `id`, each once.

    of: the entities they are made of; a field that is hidden there is hidden here. tier: what the record must have.
    spans: are the rows those of a whole period, from its first day to its last? Then each month of a split has rows of
    its own, and the whole is no sum of the months. told: which stored fields a field of these rows cannot do without.
    stands_on: the entities and fields they cannot be made without, where those are not all of `of`.
    """

    entity: Entity
    build: Callable[[Mapping[str, Entity], str], ir.Table]
    of: tuple[str, ...] = ("deal",)
    tier: int = 1
    spans: bool = False
    told: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    stands_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
