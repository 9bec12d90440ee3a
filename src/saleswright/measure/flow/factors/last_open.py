"""How much of its last open amount is a deal booked at? Won deals whose record shows what they stood at while open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.measure.flow.book import WON, Book
from saleswright.measure.metrics.asked import ask
from saleswright.measure.metrics.compute import bind

if TYPE_CHECKING:
    import ibis.expr.types as ir

FARTHEST = 10.0
"""A deal booked at ten times its last open amount or more counts as ten, at a tenth or less as a tenth: an amount of 1
that stood in until somebody knew better is no price of anything."""


def booked_share(at: Snapshot, book: Book) -> NDArray[np.float64]:
    """For each deal of the book booked amount / last open amount; not a number where it is not won or nobody can tell."""
    asked = ask(at, "won_deals", (), "all")
    shape = at.policy.shape
    key = {"want": "last open amounts", "shape": shape, "custom": at.meta.get("custom", [])}

    def build() -> ir.Table:
        from saleswright.history import rows as r
        from saleswright.measure.metrics.made.deals import versions

        told = {"standing", "amount", "currency"}
        rows, seen = r.visible(at.schema, "deal", shape, told), versions(at.schema, told)
        seen = seen.filter(seen.standing == "open", seen.amount.notnull())
        seen = seen.group_by(of=seen.id).aggregate(
            stood=seen.amount.argmax(seen.valid_from), stood_in=seen.currency.argmax(seen.valid_from)
        )
        both = rows.join(seen, rows.id == seen.of)
        both = both.filter(both.standing == "won", both.stood > 0, both.amount > 0, both.currency == both.stood_in)
        return both.select("id", booked=both.amount.cast("int64"), stood=both.stood.cast("int64"))

    sql = compiled(at.workspace.state / "cache", key, build)
    found = at.reader.columns(sql, bind(at, sql, asked))
    share = np.full(len(book), np.nan)
    ids = np.asarray(found["id"], object)
    if not ids.size or not len(book):
        return share
    places = np.searchsorted(book.id.astype(str), ids.astype(str))
    there = np.minimum(places, len(book) - 1)
    mine = book.id[there].astype(str) == ids.astype(str)
    ratio = np.asarray(found["booked"], np.float64) / np.asarray(found["stood"], np.float64)
    share[there[mine]] = np.clip(ratio[mine], 1 / FARTHEST, FARTHEST)
    share[(book.fate != WON) | book.unknown] = np.nan
    return share
