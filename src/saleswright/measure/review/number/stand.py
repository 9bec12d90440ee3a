"""What stands behind the number: every deal on one clock, and what was put right or apart on the way, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Note
from saleswright.lib.period import Period
from saleswright.measure.flow.columns import Floats, Ints
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.number.deals import FAR, Bools, Deals
from saleswright.measure.review.number.read import (
    DISQUALIFIED,
    NO_DAY,
    WON,
    Rows,
    read_closed,
    read_open,
    segments,
)

DUE, PAST_DUE, LATER, NO_DATE, EARLIER = range(5)
LEAST_SILENCE = 30
LATE = 0.975


@dataclass(frozen=True)
class Stand:
    """Deals as columns, open ones first to last as `part` tells them.

    won_so_far, won_later: exact amounts and deals won in the period, up to the day and dated after it. stale_from: the day
    an open deal went stale, FAR where it did not. silent: how stale is told, in words.
    """

    asked: Asked
    deals: Deals
    stale_from: Ints
    stale_words: str
    exact: Ints
    won_so_far: tuple[int, int]
    won_later: tuple[int, int]
    n_closed: int
    n_won: int
    undated: int
    notes: tuple[Note, ...]


def stand(at: Snapshot, period: Period, where: Pairs = ()) -> Stand:
    """Read the deals and put them on one clock: from qualified, where that is not known from created."""
    closed, open_ = read_closed(at, where), read_open(at, where)
    day, start, end = at.day.toordinal(), period.start.toordinal(), period.end.toordinal()
    won = closed.standing == WON
    ended = closed.day("closed")
    inside = won & (ended >= start) & (ended < end)
    so_far, later = inside & (ended <= day), inside & (ended > day)
    entry, entry_open = (_clock(rows) for rows in (closed, open_))
    # What was lost without ever being qualified never came in, as far as what is open and qualified is concerned.
    strange = (entry == NO_DAY) | (
        (closed.day("qualified") == NO_DAY) & ~won & bool((closed.day("qualified") != NO_DAY).any())
    )
    usable = ~strange & (ended <= day)
    backwards = usable & (ended < entry)
    known_open = entry_open != NO_DAY
    ahead = known_open & (entry_open > day)
    kept = known_open & ~ahead
    amount = np.concatenate([_floats(closed)[usable], _floats(open_)[kept]])
    decided = np.arange(amount.size) < usable.sum()
    all_won = np.concatenate([won[usable], np.zeros(int(kept.sum()), bool)])
    segment = np.concatenate([closed.segment[usable], open_.segment[kept]])
    group, groups = segments(segment, decided)
    left = np.concatenate([np.zeros(int(usable.sum()), bool), open_.left[kept]])
    deals = Deals(
        np.concatenate([np.minimum(entry, ended)[usable], entry_open[kept]]),
        np.concatenate([ended[usable], np.full(int(kept.sum()), FAR)]),
        all_won,
        np.where(amount > 0, amount, np.nan),
        group,
        groups,
        np.concatenate([np.full(int(usable.sum()), -1), _parts(open_.day("expected_close")[kept], day, start, end)]),
    )
    deals = _without(deals, left)
    stale_from, words = _stale(closed, open_, usable, kept, deals, day)
    n_closed = int((usable & (closed.standing != DISQUALIFIED)).sum())
    counted = {
        "without": int(strange[ended <= day].sum()),
        "won_created": int((usable & won & (closed.day("qualified") == NO_DAY)).sum()),
        "backwards": int(backwards.sum()),
        "future_won": int((won & (ended > day)).sum()),
        "future_lost": int((~won & (ended > day)).sum()),
        "reopened": int((kept & (open_.day("closed") != NO_DAY) & (open_.day("closed") <= day)).sum()),
        "ahead": int(ahead.sum()),
        "apart": closed.apart + open_.apart,
        "unknown_won": int((closed.unknown & usable & won).sum()),
        "unknown_open": int((open_.unknown & kept & ~open_.left).sum()),
        "left": int(left.sum()),
        "undated": closed.undated,
    }
    return Stand(
        closed.asked,
        deals,
        stale_from,
        words,
        np.concatenate([closed.amount[usable], open_.amount[kept]]),
        (int(closed.amount[so_far].sum()), int(so_far.sum() - (so_far & closed.unknown).sum())),
        (int(closed.amount[later].sum()), int(later.sum())),
        n_closed,
        int((usable & won).sum()),
        counted["without"],
        tuple(_notes(counted, at, deals)),
    )


def _clock(rows: Rows) -> Ints:
    return np.where(rows.day("qualified") != NO_DAY, rows.day("qualified"), rows.day("created"))


def _floats(rows: Rows) -> Floats:
    return np.where(rows.unknown, np.nan, rows.amount.astype(np.float64))


def _without(deals: Deals, left: Bools) -> Deals:
    """Deals that a rule leaves out of what is open stay in the count of ages, with no part and nothing to bring."""
    assert deals.part is not None
    deals.part[left] = -1
    return deals


def _parts(due: Ints, day: int, start: int, end: int) -> Ints:
    """Under which heading an open deal is told: past due is never part of a period."""
    return np.select([due == NO_DAY, due < day, due >= end, due < start], [NO_DATE, PAST_DUE, LATER, EARLIER], DUE)


def _stale(closed: Rows, open_: Rows, usable: Bools, kept: Bools, deals: Deals, day: int) -> tuple[Ints, str]:
    """(the day each open deal went stale, by what).

    Silent for longer than 97.5 % of wins were when they were won, and never less than 30 days; a deal whose last touch
    nobody knows is stale when it is older than 97.5 % of wins were.
    """
    decided = int(usable.sum())
    won = deals.won[:decided]
    ages = (deals.exit - deals.entry)[:decided][won]
    old = int(np.quantile(ages, LATE)) if ages.size else FAR
    touched, of_won = open_.day("last_activity")[kept], closed.day("last_activity")[usable][won]
    gaps = np.maximum(deals.exit[:decided][won] - of_won, 0)[of_won != NO_DAY]
    by_touch = gaps.size >= 10 and gaps.size >= 0.5 * max(won.sum(), 1)
    limit = max(LEAST_SILENCE, int(np.quantile(gaps, LATE))) if by_touch else 0
    since = np.where((touched != NO_DAY) & by_touch, touched + limit, deals.entry[decided:] + old) + 1
    gone = np.where(since <= day, np.maximum(since, deals.entry[decided:]), FAR)
    words = (
        f"untouched for more than {limit} days, longer than 97.5 % of wins were"
        if by_touch
        else f"open for more than {old} days, longer than 97.5 % of wins took"
    )
    return np.concatenate([np.full(decided, FAR), gone]), words


def _notes(n: dict[str, int], at: Snapshot, deals: Deals) -> list[Note]:
    """What was put right or apart, each with its count."""
    said = [
        ("won_created", "{} won without a qualified date: the created date stands in.", "note"),
        ("without", "{} closed without a date to count the age from, or never qualified: not in the table.", "note"),
        ("undated", "{} decided on no known day: in no period and not in the table.", "warning"),
        ("backwards", "{} closed before it began: taken as decided on the day it came.", "warning"),
        (
            "future_won",
            f"{{}} won on a day after {at.day}: certain, and on a line of its own when inside the period.",
            "warning",
        ),
        ("future_lost", f"{{}} lost on a day after {at.day}: taken as lost.", "warning"),
        ("reopened", "{} open although it has a closing day: taken as reopened, its age runs on.", "note"),
        ("ahead", f"{{}} open that begins after {at.day}: not counted.", "warning"),
        ("apart", f"{{}} without an exchange rate to {at.currency}: counted apart, in nothing here.", "warning"),
        ("unknown_won", "{} won without an amount: in the table, and in no sum.", "note"),
        ("unknown_open", "{} open without an amount: the mean won amount of its segment stands in.", "note"),
        ("left", "{} left out of what is open by a rule: it brings nothing here.", "note"),
    ]
    return [Note(text.format(plural(n[key], "deal")), kind) for key, text, kind in said if n[key]]  # type: ignore[arg-type]
