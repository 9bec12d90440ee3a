"""What do the columns of the flow hold? Whole numbers, chances, flags and names, one deal or row in each place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Names = NDArray[np.object_]

EPOCH = date(1970, 1, 1)
"""Days count from here."""

NO_DAY = -(10**9)
"""Stands for a date that is not known."""


def days(day: date) -> int:
    """A day as columns hold it."""
    return (day - EPOCH).days


def by_id(found: Mapping[str, Any]) -> Callable[[str], Any]:
    """How to take a column of what the engine handed over, in any order: by id, texts "" and numbers NO_DAY where missing."""
    order = np.argsort(np.asarray(found["id"], object), kind="stable")

    def column(name: str) -> Any:
        values = np.ma.asarray(found[name])
        if values.dtype.kind in "OUS":
            kept = np.asarray(np.ma.getdata(values), object)
            return np.where(np.ma.getmaskarray(values) | (kept == None), "", kept)[order].astype(object)  # noqa: E711
        if values.dtype.kind == "b":
            return np.ma.filled(values, False)[order]
        return np.ma.filled(values, NO_DAY)[order].astype(np.int64)

    return column
