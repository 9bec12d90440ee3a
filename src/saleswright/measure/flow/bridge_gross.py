"""Every movement between two days, not only the difference: a deal pushed out and pulled back stands on both lines.

Day by day, each day the bridge of two days (`bridge.py`) with what is known now, the lines added up by deal and group. The
ends are those of the bridge of the whole, so the lines sum to the same change, to the cent: what a deal was at the end of one
day is what it is at the start of the next. What moved and moved back within one day is not told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.lib.period import Period
from saleswright.measure.flow.bridge import LINES, Days, Moves, bridge
from saleswright.measure.flow.bridge_block import Lines, lined, window_of
from saleswright.measure.flow.bridge_read import read
from saleswright.measure.flow.bridge_shares import Shares, joined, merged
from saleswright.measure.flow.columns import days
from saleswright.measure.metrics.apart import Pairs


def grossed(at: Snapshot, since: date, period: Period | None, where: Pairs, by: str, net: Lines) -> Lines:
    """The lines of every day between, summed. net: the bridge of the two days, whose ends and deals are kept.

    Raises AssertionError should a deal's lines not sum to what it changed.
    """
    steps = []
    for day in range(since.toordinal() + 1, at.day.toordinal() + 1):
        before, last = date.fromordinal(day - 1), date.fromordinal(day)
        window = replace(window_of(before, last, period), origin=days(since))
        found = read(at.at(last), window, where, by)
        steps.append(lined(found, bridge(found.deals, window), bool(where), bool(by)))
    whole = _summed(net.moves, [(step.moves, ("",), None) for step in steps], ("",), None)
    shared = None
    names = list(net.names)
    if net.shared is not None:
        names += sorted({name for step in steps for name in step.names} - set(names))
        parts = [(step.shared.moves, step.names, step.shared.group) for step in steps if step.shared is not None]
        shared = _summed(net.shared.moves, parts, tuple(names), net.shared.group)
    moves = replace(whole.moves, still=net.moves.still, still_deals=net.moves.still_deals)
    return Lines(net.deals, moves, shared, tuple(names), net.still)


def _summed(
    net: Moves, steps: Sequence[tuple[Moves, tuple[str, ...], Days | None]], names: tuple[str, ...], group: Days | None
) -> Shares:
    """The ends of the whole and the lines of the steps, one row a deal and group."""
    place: dict[str, int] = {}
    code = {name: at for at, name in enumerate(names)}
    parts, places, groups = [_ends_only(net)], [_places(net, place)], [_zeros(net) if group is None else group]
    for moves, own, theirs in steps:
        parts.append(_lines_only(moves))
        places.append(_places(moves, place))
        told = np.array([*(code[name] for name in own), -1], np.int64)
        groups.append(_zeros(moves) if theirs is None else told[theirs])
    made = merged(Shares(joined(parts), np.concatenate(places), np.concatenate(groups)), 0)
    total, deals = _zeros(made.moves), _zeros(made.moves)
    for line in LINES:
        total += made.moves.amounts[line.name]
        deals += made.moves.deals[line.name]
    m = made.moves
    off = (total != m.end - m.start) | (deals != m.members_end.astype(np.int64) - m.members_start)
    if off.any():
        raise AssertionError(f"the days of {m.ids[np.nonzero(off)[0][0]]} do not sum to what it changed")
    return made


def _places(moves: Moves, place: dict[str, int]) -> Days:
    return np.array([place.setdefault(one, len(place)) for one in moves.ids.tolist()], np.int64)


def _zeros(moves: Moves) -> Days:
    return np.zeros(len(moves.ids), np.int64)


def _ends_only(moves: Moves) -> Moves:
    amounts, deals = ({line.name: _zeros(moves) for line in LINES} for _ in range(2))
    return replace(moves, amounts=amounts, deals=deals, events={line.name: _zeros(moves) != 0 for line in LINES})


def _lines_only(moves: Moves) -> Moves:
    none, no = _zeros(moves), _zeros(moves) != 0
    return replace(moves, start=none, end=none, known=none, members_start=no, members_end=no, members_known=no)
