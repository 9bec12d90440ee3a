"""Whose is each line? The lines of every deal shared out to the groups that held it, so that they add to the whole.

A deal's lines belong to who held it in the end. Who held it before gave it away, at what it was worth on the first day:
transferred out there, transferred in here. So every line of the whole is the sum of that line over the groups, and the
transfers cancel. What was learnt late of the first day belongs to who held the deal then, as said and as known now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from saleswright.measure.flow.bridge import LINES, Cents, Days, Flags, Moves, exact

NAMES = tuple(line.name for line in LINES)


@dataclass(frozen=True)
class Shares:
    """What each deal did in each group that held it. place: the deal's row in the whole; group: -1 is outside of all."""

    moves: Moves
    place: Days
    group: Days

    def of(self, group: int, still: tuple[int, int] = (0, 0)) -> Moves:
        """The moves of one group, and what stood still beside them."""
        return only(self.moves, np.nonzero(self.group == group)[0], still)

    def sums(self) -> Callable[[Any], dict[int, int]]:
        """What adds a column up by group, in whole numbers; groups in which nothing is are left out."""
        order = np.argsort(self.group, kind="stable")
        groups, starts = np.unique(self.group[order], return_index=True)
        ends = np.append(starts[1:], len(order))

        def add(column: Any) -> dict[int, int]:
            if not len(column) or not column.any():
                return {}
            placed = column[order].astype(np.int64)
            if int(np.abs(placed).max()) * len(placed) < 2**62:
                found = np.add.reduceat(placed, starts).tolist()
            else:
                found = [exact(placed[i:j]) for i, j in zip(starts, ends, strict=True)]
            return dict(zip(groups.tolist(), found, strict=True))

        return add


def only(moves: Moves, chosen: Flags | Days, still: tuple[int, int] = (0, 0)) -> Moves:
    """Some of the rows."""
    ids = moves.ids[chosen]

    def some(columns: Mapping[str, Any]) -> dict[str, Any]:
        # Most lines stand empty; an empty column costs nothing to make.
        return {n: c[chosen] if c.any() else np.zeros(len(ids), c.dtype) for n, c in columns.items()}

    ends = (moves.start, moves.end, moves.members_start, moves.members_end, moves.known, moves.members_known)
    given: list[Any] = [one[chosen] for one in ends]
    made = Moves(ids, some(moves.amounts), some(moves.deals), some(moves.events), *given)
    return replace(made, still=still[0], still_deals=still[1])


def shares(moves: Moves, held: Sequence[Flags], groups: Sequence[Days]) -> Shares:
    """The lines of every deal shared out. held, groups: on the first day as said then, as known now, and on the last day."""
    said, past, now = groups
    # Where the record does not have it, it is where it was next, or was last.
    last = np.where(held[2], now, np.where(held[1], past, said))
    first = np.where(held[1], past, last)
    told = np.where(held[0], said, first)
    rows = np.arange(len(moves.ids))
    split = (told != first) | (first != last)
    if not split.any():
        return Shares(moves, rows, last)
    one = only(moves, ~split)
    parts = _apart(only(moves, split), told[split], first[split], last[split])
    place = np.concatenate([rows[~split], np.tile(rows[split], 3)])
    group = np.concatenate([last[~split], told[split], first[split], last[split]])
    made = Shares(joined([one, *parts]), place, group)
    return merged(made, int((~split).sum()))


def _apart(whole: Moves, told: Days, first: Days, last: Days) -> list[Moves]:
    """The same deals three times: as the group of the first day as said then, as known now, and that of the end has them."""
    parts = [_nothing(whole) for _ in range(3)]
    said, past, now = parts
    away, gave = told != first, first != last
    late = whole.known - whole.start
    late_deals = whole.members_known.astype(np.int64) - whole.members_start
    for name in NAMES:
        now.amounts[name][:] = whole.amounts[name]
        now.deals[name][:] = whole.deals[name]
        now.events[name][:] = whole.events[name]
    # What became known of the first day is not the last holder's; what came in late, having been unheard of, is.
    now.amounts["late"] -= late
    now.deals["late"] -= late_deals
    now.events["late"] &= (now.amounts["late"] != 0) | (now.deals["late"] != 0)
    said.amounts["late"] -= np.where(away, whole.start, 0)
    said.deals["late"] -= np.where(away, whole.members_start, 0)
    past.amounts["late"] += np.where(away, whole.known, late)
    past.deals["late"] += np.where(away, whole.members_known, late_deals)
    for one in (said, past):
        one.events["late"] |= (one.amounts["late"] != 0) | (one.deals["late"] != 0)
    moved = gave & whole.members_known
    for one, line, sign in ((past, "transferred_out", -1), (now, "transferred_in", 1)):
        one.amounts[line] += np.where(moved, sign * whole.known, 0)
        one.deals[line] += np.where(moved, sign, 0)
        one.events[line] |= moved
    said.start[:], said.members_start[:] = whole.start, whole.members_start
    past.known[:], past.members_known[:] = whole.known, whole.members_known
    now.end[:], now.members_end[:] = whole.end, whole.members_end
    return parts


def _nothing(like: Moves) -> Moves:
    def numbers() -> dict[str, Cents]:
        return {name: np.zeros(len(like.ids), np.int64) for name in NAMES}

    def flags() -> Flags:
        return np.zeros(len(like.ids), bool)

    zero = [np.zeros(len(like.ids), np.int64) for _ in range(3)]
    events = {name: flags() for name in NAMES}
    return Moves(like.ids, numbers(), numbers(), events, zero[0], zero[1], flags(), flags(), zero[2], flags())


def column_of(parts: Sequence[Any]) -> Any:
    """The parts one after the other; an empty column is made, not copied."""
    if any(one.any() for one in parts):
        return np.concatenate(parts)
    return np.zeros(sum(map(len, parts)), parts[0].dtype)


def joined(parts: Sequence[Moves]) -> Moves:
    """The rows of each, one after the other."""

    def lines(field: str) -> dict[str, Any]:
        return {name: column_of([getattr(one, field)[name] for one in parts]) for name in NAMES}

    def column(field: str) -> Any:
        return np.concatenate([getattr(one, field) for one in parts])

    names = ("start", "end", "members_start", "members_end", "known", "members_known")
    ends: list[Any] = [column(one) for one in names]
    return Moves(column("ids"), lines("amounts"), lines("deals"), lines("events"), *ends)


def merged(made: Shares, whole: int) -> Shares:
    """One row a deal and group: the first `whole` rows are already."""
    keys = np.stack([made.place[whole:], made.group[whole:]], axis=1)
    found, at = np.unique(keys, axis=0, return_inverse=True)
    at = at.reshape(-1)

    def summed(column: Any) -> Any:
        if not column.any():
            return np.zeros(whole + len(found), column.dtype)
        tail = np.zeros(len(found), column.dtype)
        (np.logical_or if column.dtype == bool else np.add).at(tail, at, column[whole:])
        return np.concatenate([column[:whole], tail])

    m = made.moves
    first = np.zeros(len(found), np.int64)
    first[at] = np.arange(len(at))
    ids = np.concatenate([m.ids[:whole], m.ids[whole:][first]])
    columns: tuple[dict[str, Any], ...] = (m.amounts, m.deals, m.events)
    amounts, deals, events = ({name: summed(column[name]) for name in NAMES} for column in columns)
    ends: list[Any] = [
        summed(one) for one in (m.start, m.end, m.members_start, m.members_end, m.known, m.members_known)
    ]
    moves = Moves(ids, amounts, deals, events, *ends)
    place, group = (
        np.concatenate([old[:whole], new]) for old, new in zip((made.place, made.group), found.T, strict=True)
    )
    return Shares(moves, place, group)
