"""What became of each deal, as known on a later day? Its fate in the flow's book of that day, and when it ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.measure.flow import book
from saleswright.measure.flow.columns import NO_DAY, Bools, Ints
from saleswright.measure.forecast.panel.cleaned import clean_up_days
from saleswright.measure.forecast.panel.clocks import Grid
from saleswright.measure.forecast.panel.laid_out import Sorted, counted
from saleswright.measure.forecast.panel.looked_up import LookUps
from saleswright.measure.forecast.panel.versions import LOST, OPEN, WON, Versions

FATES = {OPEN: book.OPEN, WON: book.WON, LOST: book.LOST}


@dataclass(frozen=True)
class Ends:
    """Of every deal: its fate, the day of its end (of an open one the last day it was seen open), whether it left for another
    reason, whether it was lost in a clean-up, whether the actor still sees it, and the day from which the record has it open
    no more (NO_DAY where it never had it open)."""

    fate: Ints
    day: Ints
    gone: Bools
    cleaned: Bools
    seen: Bools
    left: Ints


def ends(v: Versions, rule: Sorted, looks: LookUps, on: Grid) -> Ends:
    """What is known at the end of the one day of `on`.

    Won and lost as the metrics count them, on their closing day; where none is told, on the day from which the record has it
    so; at the latest on the day asked about, for what is decided is not to come. Who is open lives on. Who was disqualified,
    removed, or is counted no more left the day before that; nobody may learn what became of a deal after it left the actor's
    scope.
    """
    true, known, day = int(on.true[0]), int(on.known[0]), int(on.days[0])
    began, ended, told, untold = v.clocks
    heard = (began <= true) & (told <= known) & (untold > known)
    now = np.flatnonzero(heard & (ended > true) & ~v.removed)
    deals = len(v.id)
    fate, gone = np.full(deals, book.OPEN, np.int64), np.ones(deals, bool)
    place = np.zeros(len(now), np.int64)
    counts = np.zeros(len(now), bool)
    for standing in FATES:
        mine = np.flatnonzero(v.standing[now] == standing)
        counts[mine] = counted(v, rule, standing, now[mine], place[mine])
        fate[v.deal[now[mine[counts[mine]]]]] = FATES[standing]
    gone[v.deal[now[counts]]] = False
    # The day on which it was open no more, by the record and by what the record says of it.
    left = np.full(deals, NO_DAY, np.int64)
    open_ = np.flatnonzero(heard & (v.standing == OPEN) & ~v.removed)
    np.maximum.at(left, v.deal[open_], np.where(ended[open_] > true, day + 1, v.stopped[open_]))
    closed = np.full(deals, NO_DAY, np.int64)
    decided = now[v.standing[now] != OPEN]
    closed[v.deal[decided]] = v.days["closed"][decided]
    last = np.where(closed != NO_DAY, closed, left)
    days = clean_up_days(v, now, day)
    cleaned = np.zeros(deals, bool)
    lost = decided[v.standing[decided] == LOST]
    cleaned[v.deal[lost]] = np.isin(v.days["closed"][lost], days)
    seen = np.full(deals, looks.everybody)
    seen[v.deal[now]] = looks.seen(v.texts["owner"][now], place)
    return Ends(fate, np.minimum(np.where(fate == book.OPEN, last - 1, last), day), gone, cleaned, seen, left)
