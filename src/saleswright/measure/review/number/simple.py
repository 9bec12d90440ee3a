"""What is the number? The simple model: a likely range of a period from created and closed dates alone.

Won so far is known. What is open is won at the odds of its age and segment before the period ends; deals still to be
created come at their pace and are won at the same odds. The odds, the pace, the amounts and how unlike each other periods
are all have their doubt in the range.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import floor

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.history.tiers import ended, ended_words
from saleswright.kernel.definition import digest
from saleswright.kernel.report import Figure, Note
from saleswright.lib.issue import USAGE, Issue, Stop
from saleswright.lib.money import Money
from saleswright.lib.period import FIRST_DAY, LAST_DAY, Period, parse_period
from saleswright.measure.flow.columns import Floats
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.compute import reference
from saleswright.measure.metrics.quota import target
from saleswright.measure.metrics.words import are, plural
from saleswright.measure.review.number import past_periods
from saleswright.measure.review.number.deals import ENOUGH, FAR, Deals
from saleswright.measure.review.number.model import Held, Number
from saleswright.measure.review.number.outcome import Outcome, outcome
from saleswright.measure.review.number.pace import past
from saleswright.measure.review.number.stand import DUE, EARLIER, LATER, NO_DATE, PAST_DUE, Stand, stand

OPEN_PARTS = (
    (DUE, "open_due", "Open, due in {}"),
    (PAST_DUE, "past_due", "Past due, still open"),
    (EARLIER, "due_earlier", "Open, due before {}"),
    (LATER, "due_later", "Open, due later"),
    (NO_DATE, "no_date", "Open, no close date"),
)


def number(at: Snapshot, period: str = "", where: Pairs = ()) -> Number:
    """The likely range of a period, what it is made of, and how such ranges did before.

    Stop (usage) for a period without an end, or a filter on what is not known. Not enough below 30 closed deals.
    """
    asked = parse_period(period or "this quarter", at.day, at.workspace.calendar)
    if asked.start == FIRST_DAY or asked.end == LAST_DAY:
        raise Stop(
            Issue(
                "period", f"'{period}' has no beginning or no end", "so no range can be told", "such as this quarter"
            ),
            exit_code=USAGE,
        )
    found = stand(at, asked, where)
    missing = _missing(found)
    if missing:
        return Number(asked, False, missing, found.n_closed, notes=found.notes)
    return _told(at, asked, where, found)


def _missing(found: Stand) -> tuple[str, ...]:
    """What is missing, and which export would have it."""
    if found.n_closed < ENOUGH:
        short = ENOUGH - found.n_closed
        said = [
            f"{plural(found.n_closed, 'closed deal')}; {short} more {are(short)} needed, or an export that includes the "
            "closed deals of the last 2 years, won and lost"
        ]
        if found.undated:
            said.append(
                f"{plural(found.undated, 'closed deal')} without a date to count the age from; an export with the column "
                "Created date"
            )
        return tuple(said)
    if not found.n_won:
        return ("none of the closed deals was won; an export that includes won deals",)
    return ()


def _told(at: Snapshot, period: Period, where: Pairs, found: Stand) -> Number:
    day = at.day.toordinal()
    now = past_periods.window(period, day)
    deals = found.deals
    seed = _seed(at, period, where)
    places = past_periods.before(period, day, at.workspace.calendar)
    pasts = [one for _, seen in places if now.ahead and (one := past(deals, seen)) is not None]
    known = found.won_so_far[0] + found.won_later[0]
    out = outcome(deals, now, pasts, seed, never=_left_out(deals))
    as_lost = replace(deals, exit=np.minimum(deals.exit, found.stale_from))
    stale = outcome(as_lost, now, pasts, seed, never=_left_out(as_lost))
    told, short = past_periods.record(deals, places, pasts, seed) if now.ahead else ([], [])

    def money(minor: float) -> Money:
        return Money(round(minor), at.currency)

    low, mid, high = (money(known + one) for one in out.range)
    parts, mean = _parts(at, period, found, out)
    asked = target(at, period, where).value
    goal = asked if isinstance(asked, Money) else None
    n_stale = int((found.stale_from != FAR).sum())
    unit = period.grain if period.grain in past_periods.UNITS else "stretch as long"
    return Number(
        period,
        True,
        (),
        found.n_closed,
        low,
        mid,
        high,
        mean,
        goal,
        out.reached(goal.minor - known) if goal else None,
        parts,
        (money(known + stale.range[0]), money(known + stale.range[2])),
        _required(found, out),
        tuple(
            Held(one.period, money(one.low), money(one.mid), money(one.high), money(one.actual), one.held)
            for one in told
        ),
        past_periods.words(told, short, unit) if now.ahead else "",
        (*_ended(at), *_notes(found, out, n_stale, bool(told), bool(now.ahead)), *found.notes),
        (_check(parts, mean),),
    )


def _seed(at: Snapshot, period: Period, where: Pairs) -> int:
    """The same question gives the same range."""
    asked = [str(period), at.as_of_text, at.known_text, at.currency, at.policy.scope, sorted(where)]
    return int(digest(asked, 12), 16)


def _left_out(deals: Deals) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    assert deals.part is not None
    return np.asarray(deals.part < 0)


def _parts(at: Snapshot, period: Period, found: Stand, out: Outcome) -> tuple[tuple[Figure, ...], Money]:
    """The means, in whole minor units that add up to the whole: floors, then one more for the largest remainders."""
    deals = found.deals
    assert deals.part is not None
    rows: list[tuple[str, str, float, int | None, str]] = []
    for part, name, label in OPEN_PARTS:
        mine = (deals.part == part) & deals.open
        if mine.any() or part == DUE:
            rows.append((name, label.format(period.label), float(out.by_deal[mine].sum()), int(mine.sum()), ""))
    rows.append(("to_create", "Still to be created and closed", out.to_come, None, ""))
    shared = _whole([amount for _, _, amount, _, _ in rows])
    ends = min(at.day, period.end - timedelta(days=1))
    so_far = Period.between(period.start, ends + timedelta(days=1)) if ends >= period.start else None
    ref = str(reference(at, replace(found.asked, period=so_far))) if so_far and found.won_so_far[1] else ""
    parts = [
        Figure("won", Money(found.won_so_far[0], at.currency), "money", "Won so far", n=found.won_so_far[1], ref=ref),
        *(
            [
                Figure(
                    "won_later",
                    Money(found.won_later[0], at.currency),
                    "money",
                    "Won, dated later in the period",
                    n=found.won_later[1],
                )
            ]
            if found.won_later[1]
            else []
        ),
        *(
            Figure(name, Money(minor, at.currency), "money", label, n=n)
            for (name, label, _, n, _), minor in zip(rows, shared, strict=True)
        ),
    ]
    mean = Money(found.won_so_far[0] + found.won_later[0] + sum(shared), at.currency)
    return tuple(parts), mean


def _whole(amounts: list[float]) -> list[int]:
    """Whole numbers that add up to the rounded sum (largest remainder)."""
    floors = [floor(one) for one in amounts]
    over = round(sum(amounts)) - sum(floors)
    order = sorted(range(len(amounts)), key=lambda i: (floors[i] - amounts[i], i))
    return [one + (i in order[:over]) for i, one in enumerate(floors)]


def _required(found: Stand, out: Outcome) -> float | None:
    """How much must be open and due for each unit to be won: 1 / the chance of what is, weighed by its amount."""
    deals = found.deals
    assert deals.part is not None
    due = (deals.part == DUE) & deals.open
    won = float(out.by_deal[due].sum())
    return float(np.nansum(_worth(deals, out)[due])) / won if won > 0 else None


def _worth(deals: Deals, out: Outcome) -> Floats:
    """The amount of each open deal as the model took it."""
    return np.divide(out.by_deal, out.chance_of, out=np.zeros_like(out.by_deal), where=out.chance_of > 0)


def _notes(found: Stand, out: Outcome, n_stale: int, told: bool, ahead: bool) -> list[Note]:
    notes = [
        Note(
            f"The simple model: odds by age{' and segment' if found.deals.groups > 1 else ''} from {plural(out.odds.wins, 'win')} "
            f"among the deals seen in the last two years. It knows no stage, no owner's call and no next step."
        )
    ]
    if n_stale and ahead:
        notes.append(
            Note(
                f"{plural(n_stale, 'open deal')} {are(n_stale)} stale: {found.stale_words}. The second range takes them as lost."
            )
        )
    if told:
        notes.append(
            Note(
                "In the past periods a deal counts with its amount of today and its segment of today; dates are those of then."
            )
        )
    return notes


def _ended(at: Snapshot) -> list[Note]:
    """A range over years in which nothing was recorded says little, and says so."""
    last = ended(at)
    return [Note(ended_words(last), "warning")] if last else []


def _check(parts: tuple[Figure, ...], mean: Money) -> str:
    added = sum(part.value.minor for part in parts if isinstance(part.value, Money))
    if added != mean.minor:
        raise AssertionError(f"the parts of the number do not add to {mean}")
    return f"The parts add up to the mean, {mean.currency} {mean.decimal:,}, to the last digit."
