"""Small deal histories drawn by chance, their exports, and the lines of their bridge by formulas 3.2, reckoned by hand.

The reckoning reads the drawn values only, case by case as the table in the formulas has them, and uses nothing of the
product. Money is whole cents of the deal's currency; totals are in dollars.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

NOW = date(2026, 11, 23)
STAGES = ("Prospecting", "Discovery", "Proposal", "Negotiation")
WON, LOST, OUT = "Closed Won", "Closed Lost", "Disqualified"
RATES = {"USD": Decimal(1), "EUR": Decimal("0.92"), "GBP": Decimal("0.787")}


@dataclass(frozen=True, slots=True)
class Step:
    """A deal after one saved change. close: expected while open, the decision's day after."""

    at: datetime
    stage: str
    cents: int | None
    close: date | None
    owner: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal and everything that was saved of it. gone: deleted at this instant."""

    id: str
    name: str
    kind: str
    currency: str
    steps: tuple[Step, ...]
    gone: datetime | None = None

    @property
    def created(self) -> datetime:
        return self.steps[0].at

    def on(self, end: datetime) -> Step | None:
        """Its state at an instant; None before it was there or when it is gone."""
        if self.gone and self.gone <= end:
            return None
        return next((s for s in reversed(self.steps) if s.at <= end), None)


@dataclass(frozen=True)
class History:
    seed: int
    since: date
    today: date
    start: date
    end: date
    deals: tuple[Deal, ...]
    people: tuple[str, ...]
    teams: tuple[str, ...]

    @property
    def t0(self) -> datetime:
        return datetime.combine(self.since, time(23, 59, 59), UTC)

    @property
    def t1(self) -> datetime:
        return datetime.combine(self.today, time(23, 59, 59), UTC)


def history(seed: int, several: bool = True, moves: bool = True, days: tuple[date, date] | None = None) -> History:
    """Deals with a week, or some weeks, of change before the day. moves: owners change, deals go, come back.

    days: the first day and today, where they are given and not drawn.
    """
    rng = random.Random(f"other history {seed}")
    today = NOW - timedelta(days=rng.choice([0, 0, 1, 3, 45, 50]))
    since = today - timedelta(days=rng.choice([7, 7, 7, 14, 28]))
    since, today = days or (since, today)
    first = today.month - (today.month - 1) % 3
    start = date(today.year, first, 1)
    end = date(today.year + (first == 10), (first + 3 - 1) % 12 + 1, 1)
    people = tuple(f"Rep {c}" for c in "ABCDEF")
    teams = tuple("West" if i % 2 else "East" for i in range(6))
    deals = []
    for n in range(rng.randint(25, 80)):
        created = datetime.combine(
            today - timedelta(days=rng.choice([rng.randrange(0, 20), rng.randrange(10, 200)])),
            time(rng.randrange(6, 20), rng.randrange(60)),
            UTC,
        )
        close: date | None = today + timedelta(days=rng.randrange(-40, 110))
        at = Step(created, rng.choice(STAGES), _cents(rng), close, rng.randrange(6))
        steps, when = [at], created
        for _ in range(rng.randrange(0, 7)):
            when += timedelta(days=rng.choice([1, 2, 4, 9, 30]), hours=rng.randrange(-3, 4), seconds=rng.randrange(60))
            if when.date() > today or (when.date() == today and when.hour > 17):
                break
            at = replace(at, at=when)
            what = rng.choices(
                ["amount", "date", "stage", "win", "lose", "out", "again", "owner", "undated"],
                [4, 5, 4, 3, 3, 1, 2, 2 * moves, 0.4],
            )[0]
            over = at.stage in (WON, LOST, OUT)
            if what == "again" and over:
                at = replace(at, stage="Proposal", close=when.date() + timedelta(days=rng.randrange(5, 90)))
            elif over:
                continue
            elif what == "amount":
                at = replace(at, cents=_cents(rng))
            elif what == "date":
                at = replace(at, close=when.date() + timedelta(days=rng.randrange(-3, 120)))
            elif what == "undated" and moves:
                at = replace(at, close=None)
            elif what == "stage":
                at = replace(at, stage=rng.choice(STAGES[1:]))
            elif what in ("win", "lose"):
                late = rng.choice([0, 0, 0, 0, 1, 12])
                day = max(when.date() - timedelta(days=late), created.date())
                cents = at.cents if rng.random() < 0.6 else _cents(rng)
                at = replace(
                    at,
                    stage=WON if what == "win" else LOST,
                    close=day,
                    cents=cents if what == "win" or rng.random() < 0.8 else 0,
                )
            elif what == "out":
                at = replace(at, stage=OUT, close=when.date())
            elif what == "owner":
                at = replace(at, owner=rng.randrange(6))
            if not moves and at.cents is None:
                at = replace(at, cents=steps[-1].cents)  # a history row does not empty an amount
            steps.append(at)
        kind = rng.choices(["New Business", "Existing Business", "Renewal"], [6, 2, 2])[0]
        code = rng.choice(["USD", "USD", "EUR", "GBP"]) if several else "USD"
        gone = None
        if moves and rng.random() < 0.05:
            gone = max(
                datetime.combine(today - timedelta(days=rng.randrange(0, 10)), time(18, 0), UTC),
                steps[-1].at + timedelta(minutes=5),
            )
        deals.append(Deal(f"0065g0000{seed:03}{n:03}", f"Deal {n}", kind, code, tuple(steps), gone))
    return History(seed, since, today, start, end, tuple(deals), people, teams)


def _cents(rng: random.Random) -> int | None:
    return None if rng.random() < 0.04 else rng.randrange(100, 90_000) * rng.choice([100, 100, 1])


def dollars(cents: int | None, code: str) -> int:
    return int((Decimal(cents or 0) / RATES[code]).quantize(Decimal(1), ROUND_HALF_EVEN))


Lines = dict[str, int]


def lines(
    h: History,
    mine: set[int] | None = None,
    rolling: bool = False,
    gone_known: bool = True,
    path: bool = False,
    blind: bool = False,
) -> tuple[int, Lines, int]:
    """(opening, lines, closing) in cents of dollars. mine: the people inside the scope; None is everybody.

    gone_known: does the record hear of what was deleted? path: does it know the stages a deal went through? Then one
    that was lost before it was qualified never counted. blind: may the reader not see what a deal was worth elsewhere?
    """
    out: Lines = defaultdict(int)
    opening = closing = 0
    for d in h.deals:
        if d.kind == "Renewal":
            continue
        s0, s1 = d.on(h.t0), d.on(h.t1)
        if s1 is None and not gone_known:
            s1 = s0  # absent is unknown
        in0 = s0 is not None and (mine is None or s0.owner in mine)
        in1 = s1 is not None and (mine is None or s1.owner in mine)
        m0, m1 = in0 and _member(s0, h, h.since, rolling), in1 and _member(s1, h, h.today, rolling)
        a0, a1 = (dollars(s.cents, d.currency) if s else 0 for s in (s0, s1))
        if path and s1 is not None and s1.stage == LOST and not any(s.stage in (*STAGES[1:], WON) for s in d.steps):
            continue
        opening, closing = opening + a0 * m0, closing + a1 * m1
        for name, cents in _moves(d, s0, s1, in0, in1, m0, m1, a0, a1, h, rolling, blind):
            out[name] += cents
    return opening, dict(out), closing


def _member(s: Step, h: History, day: date, rolling: bool) -> bool:
    if s.stage not in STAGES[1:]:
        return False
    return rolling or (s.close is not None and max(day, h.start) <= s.close < h.end)


def _moves(d, s0, s1, in0, in1, m0, m1, a0, a1, h, rolling, blind):  # type: ignore[no-untyped-def]
    """One deal's lines, case by case."""
    was_open = in0 and s0.stage in STAGES[1:]
    done = in1 and s1.stage in (WON, LOST)
    if done and not s1.close:
        yield "odd", 0
    # Decided on a day up to the first one, entered since: known late, never an edit of the opening.
    if done and s1.close and s1.close <= h.since:
        if m0:
            yield "late", -a0
        return
    won, lost = done and s1.stage == WON, done and s1.stage == LOST
    if won and s0 is not None and s0.stage == WON and in0:
        won = False  # already won then: nothing happened, its day was re-written
    if m0:
        if won:
            yield _change(a1 - a0), a1 - a0
            yield "won", -a1
        elif lost:
            yield "lost", -a0
        elif m1:
            yield _change(a1 - a0), a1 - a0
        elif s1 is not None and not in1:
            yield "transferred_out", -a0
        elif s1 is None or s1.stage not in STAGES[1:]:
            yield "removed", -a0
        elif s1.close is None:
            yield "undated", -a0
        elif s1.close < h.today:
            yield "past_due", -a0
        else:
            yield ("pulled_out" if s1.close < h.start else "pushed_out"), -a0
        return
    if not (m1 or won or lost):
        return
    if was_open:  # outside the window then
        if lost:
            return
        door = (
            "redated"
            if s0.close and s0.close < h.since
            else "pushed_in"
            if s0.close and s0.close < h.start
            else "pulled_in"
        )
        yield door, a0
        yield _change(a1 - a0), a1 - a0
        if won:
            yield "won", -a1
        return
    if s0 is not None and not in0 and in1:
        if lost:
            return
        seen = s0.stage in STAGES[1:] and not blind
        yield "transferred_in", a0 if seen else a1
        if seen:
            yield _change(a1 - a0), a1 - a0
    elif in0 and s0.stage in (WON, LOST, OUT):
        if lost:
            return
        yield "reopened", a1
    else:  # not there, or not qualified, then
        yield "new", a1
    if won:
        yield "won", -a1
    if lost:
        yield "lost", -a1


def _change(cents: int) -> str:
    return "increased" if cents > 0 else "decreased"


def bookings(h: History, mine: set[int] | None = None) -> int:
    """What was won on the days after the first one, in cents of dollars, renewals apart."""
    found = 0
    for d in h.deals:
        s = d.on(h.t1)
        if s and d.kind != "Renewal" and s.stage == WON and s.close and h.since < s.close <= h.today:
            found += dollars(s.cents, d.currency) * (mine is None or s.owner in mine)
    return found


def export(h: History, folder: Path, day: date, gone: bool = True) -> Path:
    """The CRM's flat report at the end of a day: what is gone is not in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"report{day:%Y%m%d}.csv"
    end = datetime.combine(day, time(23, 59, 59), UTC)
    header = (
        "Opportunity ID",
        "Opportunity Name",
        "Opportunity Owner",
        "Type",
        "Stage",
        "Amount Currency",
        "Amount",
        "Close Date",
        "Created Date",
    )
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for d in h.deals:
            s = d.on(end)
            if s:
                writer.writerow(
                    (
                        d.id,
                        d.name,
                        h.people[s.owner],
                        d.kind,
                        s.stage,
                        d.currency,
                        _plain(s.cents),
                        _iso(s.close),
                        _iso(d.created.date()),
                    )
                )
    return path


def tables(h: History, folder: Path) -> Path:
    """Opportunity, OpportunityHistory and User as Salesforce's weekly export gives them on the last day."""
    folder.mkdir(parents=True, exist_ok=True)

    def key(i):
        return f"0055g00000{i:05}"

    deals, told, users = [], [], []
    for d in h.deals:
        s = d.steps[-1]
        deals.append(
            (
                d.id,
                str(bool(d.gone)).lower(),
                d.name,
                s.stage,
                _plain(s.cents),
                _iso(s.close),
                d.kind,
                d.currency,
                key(s.owner),
                _stamp(d.created),
                _stamp(d.gone or s.at),
            )
        )
        told += [
            (f"0085g0{d.id[9:]}{i:03}", d.id, _stamp(x.at), x.stage, _plain(x.cents), _iso(x.close), d.currency)
            for i, x in enumerate(d.steps)
        ]
    users = [(key(i), name, "true", h.teams[i]) for i, name in enumerate(h.people)]
    for name, header, rows in (
        (
            "Opportunity",
            (
                "Id",
                "IsDeleted",
                "Name",
                "StageName",
                "Amount",
                "CloseDate",
                "Type",
                "CurrencyIsoCode",
                "OwnerId",
                "CreatedDate",
                "LastModifiedDate",
            ),
            deals,
        ),
        (
            "OpportunityHistory",
            ("Id", "OpportunityId", "CreatedDate", "StageName", "Amount", "CloseDate", "CurrencyIsoCode"),
            told,
        ),
        ("User", ("Id", "Name", "IsActive", "Team"), users),
    ):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([header, *rows])
    return folder


def _plain(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100}.{cents % 100:02}"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"
