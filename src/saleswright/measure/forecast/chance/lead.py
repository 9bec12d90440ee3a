"""How far ahead? Weeks after a day in bins, inside which a chance per week stays the same, and who was there for how long.

A row of a panel is a deal as known on a day. It was seen open for so many weeks after that day, and then perhaps ended. Within
a bin of weeks the intensity (chance per week, of those still open) is constant, so whatever day is asked about is met exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from saleswright.measure.forecast.panel.panel import Panel

Narrow = NDArray[np.float32]
"""Columns by the million, where seven digits are enough."""

STARTS = np.array([0.0, 1.0, 2.0, 4.0, 6.0, 9.0, 13.0, 26.0, 52.0, 104.0])
"""Weeks after the day at which the bins begin; the last one never ends."""

WIDTHS = np.append(np.diff(STARTS), np.inf)
SPAN = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, 3])
"""Which of the SPANS each bin lies in: what is known on a day tells more of the next weeks than of next year."""

SPANS = 4
BINS = len(STARTS)
WAYS = (WON, LOST)
CLEANED = 0.1
"""What the loss on a clean-up day counts for: it tells when somebody cleaned up, and little of when the deal was lost."""


@dataclass(frozen=True)
class Lives:
    """What became of the rows. stay: (rows, BINS) weeks seen open. way: 0 won, 1 lost, -1 neither. bin: of the end.

    counts: what the end counts for. end: the day of it.
    """

    stay: Narrow
    way: Ints
    bin: Ints
    counts: Floats
    end: Ints


def lives(panel: Panel) -> Lives:
    """What became of each row, in weeks after its day. An end is taken to be at noon of its day."""
    ended = panel.fate != OPEN
    weeks = np.maximum(panel.until - 0.5 * ended, 0.0) / 7
    stay: Narrow = np.empty((len(panel), BINS), np.float32)
    for k in range(BINS):
        stay[:, k] = np.clip(weeks - STARTS[k], 0.0, WIDTHS[k])
    way = np.where(panel.fate == WON, 0, np.where(panel.fate == LOST, 1, -1))
    place = np.searchsorted(STARTS, weeks, side="right") - 1
    counts = panel.weight * np.where(panel.cleaned & (way == 1), CLEANED, 1.0)
    return Lives(stay * panel.weight[:, None].astype(np.float32), way, place, counts, panel.day + panel.until)


def known_by(panel: Panel, day: int) -> Panel:
    """The rows of earlier days, with what was known of them at the end of `day`: who ended later was still open."""
    rows = panel.only(panel.day < day)
    room = day - rows.day
    later = rows.until > room
    return replace(
        rows,
        until=np.minimum(rows.until, room),
        fate=np.where(later, OPEN, rows.fate),
        cleaned=rows.cleaned & ~later,
        gone=rows.gone & ~later,
        told=day,
    )


def chance(win: Floats, lose: Floats, days: Ints) -> Floats:
    """(..., days): won within so many days, by intensities of (..., BINS) for each week; rising in days."""
    weeks = np.asarray(days, np.float64) / 7
    whole = win + lose
    share = win / np.maximum(whole, 1e-300)
    found = np.zeros((*whole.shape[:-1], len(weeks)))
    still = np.ones(whole.shape[:-1])
    for k in range(BINS):
        into = np.clip(weeks - STARTS[k], 0.0, WIDTHS[k])
        asked = np.flatnonzero(into > 0)
        if not asked.size:
            break
        part = still * share[..., k]
        # Every day asked about inside this bin adds its piece; all later ones have the whole of it.
        for end in np.unique(into[asked]):
            same = asked[into[asked] == end]
            gone = part * -np.expm1(-whole[..., k] * end) if np.isfinite(end) else part
            found[..., same] += gone[..., None]
        still = still * np.exp(-whole[..., k] * WIDTHS[k]) if np.isfinite(WIDTHS[k]) else still * 0.0
    return found


def ever(win: Floats, lose: Floats) -> Floats:
    """(...): won at all. The last bin goes on for ever."""
    whole = win + lose
    share = win / np.maximum(whole, 1e-300)
    found, still = np.zeros(whole.shape[:-1]), np.ones(whole.shape[:-1])
    for k in range(BINS - 1):
        gone = -np.expm1(-whole[..., k] * WIDTHS[k])
        found += still * share[..., k] * gone
        still *= 1 - gone
    return np.asarray(found + still * share[..., -1])
