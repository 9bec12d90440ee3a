"""The fields of a deal, for rows that are a deal with something more told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from saleswright.history.schema import Entity, Field, standard

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What a deal says itself; when a field came to be known is told by the deal's versions.
OF_DEAL = {field.name: replace(field, since="") for field in standard()["deal"].plain}
STANDING = Field("standing", "text", dimension=True, meaning="What became of the deal")
DEAL = Field("deal", "deal", meaning="The deal itself")
FIELDS = (DEAL, STANDING, *OF_DEAL.values())


def versions(schema: Mapping[str, Entity], fields: set[str]) -> ir.Table:
    """Every version of the deals that began by then, as known then; what was withdrawn is none."""
    from saleswright.history import rows as r

    t, k = r.moment("as_of"), r.moment("known")
    rows = r.table(schema["deal"], fields)
    return rows.filter(rows.valid_from <= t, rows.known_from <= k, rows.known_to > k, ~rows.removed)
