"""Generated disputes: explained to the cent, against totals worked out by hand, and the planted cause named first."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from saleswright.app import build
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.call import Ambient
from saleswright.measure.review.settle.settled import Settled, settle
from tests.measure.review.settle.company import DAY, Company, company, workspace
from tests.measure.review.settle.disputes import KINDS, Dispute, dispute

ALL, SOME = 25, 3
COMPANIES = (
    {"seed": 11},
    {"seed": 12, "mixed": True},
    {"seed": 13, "ids": False, "deals": 450},
    {"seed": 14, "mixed": True, "twice": True},
    {"seed": 15, "twice": True, "deals": 500},
)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Company, Snapshot]]]:
    app, found = build(), []
    for given in COMPANIES if os.environ.get("SALESWRIGHT_NIGHTLY") else COMPANIES[2:4]:
        made = company(**given)  # type: ignore[arg-type]
        folder = workspace(made, tmp_path_factory.mktemp(f"company-{made.seed}"))
        context = app.open_context(app.open_workspace(folder), Ambient(as_of=DAY.isoformat()))
        assert isinstance(context, Snapshot)
        found.append((made, context))
    yield found
    for _, context in found:
        context.close()


def settled(one: Dispute, books: list[tuple[Company, Snapshot]]) -> Settled:
    return settle(books[one.company][1], str(one.file), one.metric, one.period)


@pytest.fixture(scope="module")
def told() -> dict[str, list[tuple[bool, bool, str]]]:
    """Per kind, for each dispute: was the planted cause named first, is all of it explained, and what was said."""
    return {}


@pytest.mark.parametrize("kind", KINDS)
def test_generated_disputes_are_explained_to_the_cent(
    kind: str, books: list[tuple[Company, Snapshot]], told: dict[str, list[tuple[bool, bool, str]]], tmp_path: Path
) -> None:
    told[kind] = []
    for number in range(ALL if os.environ.get("SALESWRIGHT_NIGHTLY") else SOME):
        one = dispute(kind, number, [made for made, _ in books], tmp_path)
        made = settled(one, books)
        unit = Decimal("0.01") if one.money else Decimal(1)
        assert made.ours.total * unit == one.ours, f"{one}: ours {made.ours.total}, by hand {one.ours}"
        assert made.theirs * unit == one.theirs, f"{one}: theirs {made.theirs}, by hand {one.theirs}"
        assert sum(cause.amount for cause in made.causes) * unit == one.theirs - one.ours
        assert sum(len(cause.items) for cause in made.causes), f"{one}: nothing was found to differ"
        said = f"{one}: {[(c.kind, c.label, len(c.items), c.amount) for c in made.causes[:3]]}"
        told[kind].append((made.causes[0].kind == kind, not made.unexplained, said))


def test_the_planted_cause_is_named_first(told: dict[str, list[tuple[bool, bool, str]]]) -> None:
    """200 generated disputes (filter, currency, date basis, renewals, duplicates, stale copy, typing errors, rounding)
    explained to the cent, the planted cause named first in at least 95 %."""
    if set(told) != set(KINDS):
        pytest.skip("only some kinds of dispute were run")
    lines = [
        f"{kind:10} {sum(first for first, _, _ in some):3} of {len(some)} first, {sum(full for _, full, _ in some):3} in full"
        for kind, some in told.items()
    ]
    every = [one for some in told.values() for one in some]
    lines += [said for first, full, said in every if not (first and full)]
    sys.stdout.write("\n".join(lines) + "\n")
    assert sum(first for first, _, _ in every) >= 0.95 * len(every), "\n".join(lines)
    assert sum(full for _, full, _ in every) >= 0.95 * len(every), "\n".join(lines)
