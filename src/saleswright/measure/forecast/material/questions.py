"""Why this quarter, why this amount, who else is in, what blocks it? The four commit questions, where the record has them.

They are fields of the deal that a workspace keeps (`kind: field`) under one of the names below. Nobody's export has them by
itself, so without such a field nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleswright.history.snapshot import Snapshot

QUESTIONS = (
    ("why_this_period", "Why this quarter?"),
    ("why_this_amount", "Why this amount?"),
    ("who_else", "Who else is in?"),
    ("what_blocks", "What blocks it?"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """One question about a deal, and what its owner answered; empty where nobody did."""

    question: str
    text: str


def kept(at: Snapshot) -> list[tuple[str, str]]:
    """(field, question) of those that this record has a field for and that its reader may see."""
    has = at.schema["deal"].by_name
    return [(name, words) for name, words in QUESTIONS if name in has and at.policy.field_allowed("deal", name)]


def answers(at: Snapshot, ids: Sequence[str]) -> dict[str, tuple[Answer, ...]]:
    """By deal, every question that the record has a field for, answered or not."""
    asked = kept(at)
    if not asked or not ids:
        return {}
    columns = ", ".join(f'"{name}"' for name, _ in asked)
    sql = (
        f"SELECT id, {columns} FROM deal WHERE valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known "
        "AND known_to > $known AND NOT removed AND list_contains($ids::VARCHAR[], id)"
    )
    found = {}
    for id_, *values in at.reader.rows(sql, {**at.clocks(), "ids": list(ids)}):
        found[id_] = tuple(
            Answer(words, str(value or "").strip()) for (_, words), value in zip(asked, values, strict=True)
        )
    return found
