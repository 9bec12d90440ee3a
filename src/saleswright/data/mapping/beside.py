"""What do the rows of a file say about other records, or about other days of the same ones?"""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence

from saleswright.data.mapping.model import Mapping
from saleswright.data.mapping.people import people_named
from saleswright.history.changes import Source
from saleswright.history.schema import Entity


def sources_beside(
    source: Source,
    mapping: Mapping,
    known: Map[str, Entity],
    segment: str,
    headers: Sequence[str],
    zone: str,
    currency: str,
) -> list[Source]:
    """Further sources out of the same rows as `source`: the people they name in words."""
    people = people_named(source, mapping, known[mapping.entity], segment, headers, zone, currency)
    return [people] if people else []
