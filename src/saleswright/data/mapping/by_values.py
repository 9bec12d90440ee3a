"""Which column is it that nobody has named as we know it? Told by its values alone, where these can mean one thing only."""

from __future__ import annotations

import duckdb

from saleswright.data.mapping.headers import Known, plain, synonyms
from saleswright.data.mapping.proposal import Guess, values_of
from saleswright.data.mapping.stages import meaning

_FEW = 30  # different values; more than that is no list to pick from
_MOST = 0.6


def told_by_values(con: duckdb.DuckDBPyConnection, start: Guess, matched: dict[str, Known]) -> dict[str, Known]:
    """The stage and the type of deals, where no column has a name known for them."""
    found: dict[str, Known] = {}
    there = {k.field for k in matched.values()}
    for header, seen in start.seen.by_name.items():
        if header in matched or seen.kind != "text" or not 2 <= seen.distinct <= _FEW or seen.filled < seen.rows * 0.5:
            continue
        values = [v for v, _ in values_of(con, start.table, header)]
        if "stage" not in there and _stages(values):
            found[header] = Known("stage", 0, True)
            there.add("stage")
        elif "type" not in there and _kinds(values):
            found[header] = Known("type", 0, True)
            there.add("type")
    return found


def _stages(values: list[str]) -> bool:
    """Are some won, some lost, and most of them known as stages?"""
    kinds = [meaning(value) for value in values]
    return {"won", "lost"} <= set(kinds) and len([k for k in kinds if k]) >= len(kinds) * _MOST


def _kinds(values: list[str]) -> bool:
    """Do they name two kinds of sale or more, and hardly anything else?"""
    words = {kind: {plain(w) for w in names} for kind, names in synonyms()["kinds"].items()}
    kinds = [
        next((k for k, names in words.items() if any(n in plain(v) for n in names if len(n) > 3)), "") for v in values
    ]
    return len(set(kinds) - {""}) >= 2 and len([k for k in kinds if k]) >= len(kinds) * _MOST
