"""Which stage comes later? The record's own order, as it was known on each day, and the moves back against it.

The rule is that of the metrics' visits (`measure.metrics.made.stage_entry`): of two stages that one is later which most deals
that were in both, in one pipeline, came to later; a stage stands behind all that are earlier so.
"""

from __future__ import annotations

import numpy as np

from saleswright.measure.flow.columns import Bools, Ints
from saleswright.measure.forecast.panel.clocks import Stretches


def moved_back(of: Stretches, stage: Ints, line: Ints, entered: Bools, open_: Bools, days: int) -> tuple[Ints, Ints]:
    """(moves back so far by (pattern, version), the pattern of each day): days on which the order is the same share a pattern.

    stage, line: of each version in its sequence. entered: it came into a stage; open_: it is open.
    """
    stages, code = np.unique(stage, return_inverse=True)
    place = _places(of, code, line, entered & open_, len(stages), days)
    came, left, same = of.before(entered)
    step = same & open_[came] & open_[left] & (line[came] == line[left])
    came, left = came[step], left[step]
    if not len(came):
        return np.zeros((1, len(of)), np.int64), np.zeros(days, np.int64)
    ways, way = np.unique(code[left] * len(stages) + code[came], return_inverse=True)
    early, late = np.divmod(ways, len(stages))
    back = place[late] < place[early]
    patterns, pattern = np.unique(back.T, axis=0, return_inverse=True)
    made = np.zeros((len(patterns), len(of)), np.int64)
    for row, one in enumerate(patterns):
        steps = np.zeros(len(of), np.int64)
        steps[came] = one[way]
        made[row] = of.running(steps)
    return made, pattern.reshape(-1)


def _places(of: Stretches, code: Ints, line: Ints, came: Bools, stages: int, days: int) -> Ints:
    """How many stages each one comes after, by (stage, day)."""
    places = np.flatnonzero(came)
    # In each sequence and pipeline the first time in each stage, in order.
    sequence, own = of.sequence[places], line[places]
    group = np.lexsort((places, code[places], own, sequence))
    places = places[group]
    same = _alike(of.sequence[places], line[places], code[places])
    places = np.sort(places[~same])
    places = places[np.lexsort((places, line[places], of.sequence[places]))]
    sequence, own, stage = of.sequence[places], line[places], code[places]
    pairs, lows, highs = [], [], []
    offset = 1
    while offset < len(places):
        pair = (sequence[offset:] == sequence[:-offset]) & (own[offset:] == own[:-offset])
        later = np.flatnonzero(pair) + offset
        if not len(later):
            break
        pairs.append(stage[later - offset] * stages + stage[later])
        lows.append(of.begin[places[later]])
        highs.append(of.end[places[later]])
        offset += 1
    found = np.zeros((stages, days), np.int64)
    if not pairs:
        return found
    kinds, kind = np.unique(np.concatenate(pairs), return_inverse=True)
    n = np.zeros((len(kinds), days + 1), np.int64)
    np.add.at(n, (kind, np.concatenate(lows)), 1)
    np.add.at(n, (kind, np.concatenate(highs)), -1)
    n = np.cumsum(n, axis=1)[:, :days]
    early, late = np.divmod(kinds, stages)
    other = late * stages + early
    back = np.minimum(np.searchsorted(kinds, other), len(kinds) - 1)
    against = np.where((kinds[back] == other)[:, None], n[back], 0)
    np.add.at(found, late, (n > against).astype(np.int64))
    return found


def _alike(*columns: Ints) -> Bools:
    """Is each place the same as the one before it?"""
    same = np.ones(len(columns[0]), bool)
    if len(same):
        same[0] = False
    for column in columns:
        same[1:] &= column[1:] == column[:-1]
    return same
