"""Every version of every deal, as columns: read once, whatever days are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.columns import NO_DAY, Bools, Ints
from saleswright.measure.forecast.panel.asking import Tests
from saleswright.measure.forecast.panel.clocks import instants
from saleswright.measure.forecast.panel.codes import Codes

if TYPE_CHECKING:
    import ibis.expr.types as ir

DATES = ("qualified", "closed", "expected_close")
CLOCKS = ("valid_from", "valid_to", "known_from", "known_to")
OPEN, WON, LOST = 0, 1, 2
Clocks = tuple[Ints, Ints, Ints, Ints]


@dataclass(frozen=True)
class Versions:
    """One version of a deal in each place, by deal and by when it began.

    id: of each deal; deal: place in it. clocks: valid from and to, known from and to, in microseconds. started, stopped: local
    days (NO_DAY: it goes on). standing: 0 open, 1 won, 2 lost, 3 otherwise. texts: numbers of names by field. days: by field.
    passed: by place of the test.
    """

    id: tuple[str, ...]
    deal: Ints
    clocks: Clocks
    started: Ints
    stopped: Ints
    removed: Bools
    standing: Ints
    amount: Ints
    priced: Bools
    texts: dict[str, Ints]
    days: dict[str, Ints]
    passed: tuple[Bools, ...]

    def __len__(self) -> int:
        return len(self.deal)


def read(at: Snapshot, codes: Codes, texts: Sequence[str], dates: Sequence[str], tests: Tests) -> Versions:
    """The versions that began and were known by then."""
    names, days = sorted(texts), sorted({*DATES, *dates, *tests.dates})

    def build() -> ir.Table:
        from saleswright.measure.forecast.panel import query

        return query.deals(at.schema, names, days, tests.plain)

    found = ask(at, ["deals", names, days, tests.plain], build)
    ids = np.ma.getdata(found["id"])
    fresh = np.ones(len(ids), bool)
    fresh[1:] = ids[1:] != ids[:-1]
    money = np.ma.asarray(found["amount"])
    return Versions(
        tuple(ids[fresh].tolist()),
        np.cumsum(fresh) - 1,
        clocks(found),
        whole(found["started"]),
        whole(found["stopped"]),
        flags(found["removed"]),
        whole(found["standing"]),
        np.ma.filled(money, 0).astype(np.int64),
        ~np.ma.getmaskarray(money),
        {name: codes.of(found[f"f_{name}"]) for name in names},
        {name: whole(found[f"d_{name}"]) for name in days},
        tuple(flags(found[f"t{place}"]) for place in range(len(tests.plain))),
    )


def ask(at: Snapshot, question: Any, build: Any) -> dict[str, Any]:
    """The columns of an expression, compiled once."""
    body = {"want": "panel", "question": question, "custom": [*at.meta.get("custom", []), *at.own_events]}
    sql = compiled(at.workspace.state / "cache", body, build)
    values = at.clocks()
    return at.reader.columns(sql, {name: value for name, value in values.items() if f"${name}" in sql})


def clocks(found: dict[str, Any]) -> Clocks:
    """The four instants of each version."""
    a, b, c, d = (instants(found[name]) for name in CLOCKS)
    return a, b, c, d


def whole(column: Any) -> Ints:
    """Whole numbers, NO_DAY where there is none."""
    return np.ma.filled(np.ma.asarray(column).astype(np.int64), NO_DAY)


def flags(column: Any) -> Bools:
    """Yes or no; no where nobody tells."""
    return np.ma.filled(np.ma.asarray(column), False).astype(bool)
