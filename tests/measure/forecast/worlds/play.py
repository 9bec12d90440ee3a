"""Deals that live by a law: week after week, all open ones at once. What is seen of each at every week's end is kept."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from saleswright.measure.flow.columns import Bools, Floats, Ints
from saleswright.measure.flow.lifetable import LOST, OPEN, WON
from tests.measure.forecast.worlds.law import OWNERS, QUARTER, SEGMENTS, SOURCES, STUCK, Law

PUSH = 6
"""A pushed deal is stated to close so many weeks later."""

SEEN = ("deal", "week", "stage", "since", "entries", "back", "pushes", "stated", "touched", "amount", "dead")


@dataclass
class Deals:
    """One deal in each place. came: the week; created, ended: days; fate and `ended` are those at the end of the play.

    first: amount at the beginning, won: amount when won, in minor units (0 where not won). cleaned: by a clean-up.
    """

    came: Ints
    created: Ints
    segment: Ints
    source: Ints
    owner: Ints
    first: Ints
    stated: Ints
    ended: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    fate: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    won: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    cleaned: Bools = field(default_factory=lambda: np.zeros(0, bool))

    def __len__(self) -> int:
        return len(self.came)


def create(law: Law, rng: np.random.Generator, came: Ints) -> Deals:
    """Deals that come in these weeks (ascending)."""
    n = len(came)
    first = np.exp(np.log(2e6) + law.spread * rng.standard_normal(n))
    if law.tail:
        first *= np.where(rng.random(n) < 0.1, 1 + rng.pareto(law.tail, n), 1.0)
    return Deals(
        came=came,
        created=7 * came + rng.integers(1, 8, n),
        segment=rng.choice(SEGMENTS, n, p=[0.5, 0.3, 0.2]),
        source=rng.choice(SOURCES, n, p=[0.35, 0.25, 0.2, 0.12, 0.08]),
        owner=rng.integers(0, OWNERS, n),
        first=np.maximum(first, 100).astype(np.int64),
        stated=came + np.clip(np.rint(np.exp(np.log(12) + 0.5 * rng.standard_normal(n))), 1, 60).astype(np.int64),
    )


def merits(law: Law, deals: Deals) -> tuple[Floats, Floats]:
    """The factor on winning, and that on losing, which a deal has from its first day."""
    size = np.exp(law.slow * np.clip(np.log(deals.first / 2e6), -3, 3))
    kinds = {"segment": deals.segment, "source": deals.source, "owner": deals.owner}
    win, lose = size, np.ones(len(deals))
    for name, of in kinds.items():
        win, lose = win * law.win_of[name][of], lose * law.lose_of[name][of]
    return win, lose


def rates(
    law: Law, stage: Ints, weeks_in: Ints, back: Bools, dates: Floats, segment: Ints, young: Bools
) -> tuple[Floats, Floats]:
    """(factor on winning, factor on advancing) of what is seen; `dates` is the factor of pushes and the stated day."""
    stuck = np.where(weeks_in >= STUCK, law.stuck[segment], 1.0)
    win = stuck * dates * np.where(back, law.fell_back, 1.0) * np.where(young, law.young, 1.0)
    return win, stuck


def of_dates(law: Law, pushes: Ints, left: Ints) -> Floats:
    """The factor of pushes and of the weeks left to the stated day (negative: it lies in the past)."""
    near = np.where((left >= 0) & (left <= 3), law.near, np.where(left < 0, law.past_due, 1.0))
    return np.asarray(law.pushed ** np.minimum(pushes, 3) * near)


def weekly(win: Floats, lose: Floats, advance: Floats, back: Floats) -> tuple[Floats, ...]:
    """What happens in a week to a deal with these rates: chances to be won, be lost, advance and fall back.

    Who is neither won nor lost may move, so stages that change nothing leave the chance to be won as it is.
    """
    ends, moves = win + lose, advance + back
    share = -np.expm1(-ends) / np.maximum(ends, 1e-12)
    goes = -np.exp(-ends) * np.expm1(-moves) / np.maximum(moves, 1e-12)
    return win * share, lose * share, advance * goes, back * goes


def sways(law: Law, rng: np.random.Generator, weeks: int) -> Floats:
    """The factor of each quarter on winning; 1 on average."""
    z = rng.standard_normal(weeks // QUARTER + 1)
    return np.asarray(np.exp(law.sway * z - law.sway**2 / 2))


def play(
    law: Law, deals: Deals, weeks: int, rng: np.random.Generator, sway: Floats, later: np.random.Generator, cut: int
) -> dict[str, np.ndarray]:
    """Live `weeks` weeks; from the week `cut` on chance comes from `later`. What is seen at every week's end, by column.

    Filled in place: how each deal ended. dead: the chance that an open deal is dead by what was seen of it, for whoever
    knows the law.
    """
    n = len(deals)
    deals.fate, deals.won = np.full(n, OPEN), np.zeros(n, np.int64)
    deals.ended, deals.cleaned = np.full(n, 7 * weeks), np.zeros(n, bool)
    stage, since = np.zeros(n, np.int64), deals.created.copy()
    entries, back, pushes = np.ones(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64)
    stated, stays, touched = deals.stated.copy(), np.zeros(n, bool), deals.created.copy()
    amount, entered = deals.first.astype(np.float64), deals.came.copy()
    alive, dead = np.ones(n, bool), np.zeros(n)
    good, bad = merits(law, deals)
    state = (stage, since, entries, back, pushes, stated, touched, amount, dead)
    seen: list[tuple[np.ndarray, ...]] = []
    begins = np.searchsorted(deals.came, np.arange(weeks + 1))
    live = np.zeros(0, np.int64)
    for week in range(weeks):
        chance = later if week >= cut else rng
        i = live
        # What happens this week to those who are open as it begins.
        date_of = of_dates(law, pushes[i], stated[i] - week)
        s, young = stage[i], week - deals.came[i] <= 3
        f_win, f_on = rates(law, s, week - 1 - entered[i], back[i] > 0, date_of, deals.segment[i], young)
        when = law.calendar(week) * sway[week // QUARTER]
        won, lost, on, fell = weekly(
            law.win[s] * good[i] * f_win * when, law.lose[s] * bad[i], law.advance[s] * f_on, law.back[s]
        )
        u = chance.random((4, i.size))
        dies = alive[i] & (u[0] < law.die[s])
        goes = alive[i] & ~dies
        u1, one, two = u[1], won + lost, won + lost + on
        is_won = goes & (u1 < won)
        is_lost = np.where(alive[i], goes & (u1 >= won) & (u1 < one), u[2] < law.bury)
        is_on, is_back = goes & (u1 >= one) & (u1 < two), goes & (u1 >= two) & (u1 < two + fell)
        moves = is_on | is_back
        # Nobody writes of a deal that is dead; what was not written of may be dead.
        writes = moves | (goes & (u[2] < law.touched))
        d, die = dead[i], law.die[s]
        quiet = d * (1 - law.bury) + (1 - d) * die
        silent = quiet + (1 - d) * (1 - die) * (1 - two - fell) * (1 - law.touched)
        dead[i] = np.where(writes, 0.0, quiet / np.maximum(silent, 1e-300))
        alive[i] &= ~dies
        day = 7 * week + 1 + (u[3] * 7).astype(np.int64)
        stage[i] += is_on
        stage[i] -= is_back
        since[i[moves]], entered[i[moves]] = day[moves], week
        entries[i] += moves
        back[i] += is_back
        touched[i[writes]] = day[writes]
        cleans = np.zeros(i.size, bool)
        if law.tidy and week % law.tidy == law.tidy - 1:
            cleans = ~is_won & ~is_lost & (7 * week + 7 - touched[i] > 7 * law.long)
            day[cleans] = 7 * week + 5
        ends = is_won | is_lost | cleans
        gone = i[ends]
        deals.fate[gone] = np.where(is_won[ends], WON, LOST)
        deals.ended[gone] = day[ends]
        deals.cleaned[gone] = cleans[ends]
        live = np.concatenate([i[~ends], np.arange(begins[week], begins[week + 1])])
        # A stated day that has passed is pushed or left for good; some amounts change.
        over = live[(stated[live] <= week) & ~stays[live]]
        v = chance.random(over.size) < law.push
        stated[over[v]] += PUSH
        pushes[over[v]] += 1
        stays[over[~v]] = True
        some = live[chance.random(live.size) < 0.03]
        amount[some] *= np.exp(0.2 * chance.standard_normal(some.size))
        seen.append((live, np.full(live.size, week), *(one[live] for one in state)))
    wins = deals.fate == WON
    # What is won before the cut was booked before it.
    noise = np.where(deals.ended <= 7 * cut, rng.standard_normal(n), later.standard_normal(n))
    ratio = np.exp(0.15 * noise - 0.05)
    deals.won[wins] = np.rint(amount * ratio)[wins].astype(np.int64)
    # By week, so that a week is a slice.
    return {name: np.concatenate([one[k] for one in seen]) for k, name in enumerate(SEEN)}
