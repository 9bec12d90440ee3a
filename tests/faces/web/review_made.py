"""A made-up Monday: findings, moves and a range, as the parts of the review give them; nothing is read for them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from saleswright.kernel.report import Bridge, Figure, Note, Step
from saleswright.lib.money import Money
from saleswright.lib.period import Period
from saleswright.measure.flow.waterfall.moved import Move
from saleswright.measure.review.number.model import Held, Number
from saleswright.measure.review.rolled import Roll
from saleswright.measure.review.scrub.model import Finding, Fix, OwnerCount, RuleCount, Scrub, Suspect

DAY, SINCE = date(2026, 11, 23), date(2026, 11, 16)
TEAMS = ("Team East", "Team North", "Team EMEA", "Team South", "Team West", "Team APAC")
HEADS = (
    "Ember",
    "Zephyr",
    "Quartz",
    "Alder",
    "Nettle",
    "Plover",
    "Sable",
    "Noble",
    "Larch",
    "Jasper",
    "Basalt",
    "Yarrow",
)
TAILS = ("Travel", "Rail", "Media", "Marine", "Robotics", "Schools", "Optics", "Pharma", "Grid", "Clinics", "Software")
STAGES = ("Discovery", "Solution fit", "Proposal", "Negotiation")
RULES = (
    ("past_due", "Past due", "Is the close date over?", "the close date is over"),
    ("pushed", "Pushed 3+", "Was it pushed three times?", "pushed 3 times or more"),
    ("no_next_step", "No next step", "Does anyone know what comes next?", "next step is empty"),
    ("silent", "Silent 30+ days", "Is anyone in touch?", "no activity for 30 days"),
    ("too_old", "Stage too old", "Is it stuck?", "longer in stage than nine of ten"),
    ("placeholder", "Placeholder amount", "Is the amount real?", "amount 0, 1 or used for many deals"),
    ("duplicate", "Duplicate suspect", "Is it there twice?", "same account, owner and name key"),
    ("renewal", "Renewal in new business", "Is it new business?", "the account has bought before"),
)


def usd(units: float) -> Money:
    return Money(round(units * 100), "USD")


def period(quarter: int, year: int) -> Period:
    start, end = date(year, 3 * quarter - 2, 1), date(year + quarter // 4, quarter * 3 % 12 + 1, 1)
    return Period(start, end, f"{year}Q{quarter}", "quarter")


def finding(rule: str, rng: random.Random) -> tuple[Finding, Fix]:
    """One finding with its fix."""
    days = rng.randint(6, 140)
    day = DAY - timedelta(days=days)
    close = Fix("expected_close", "Close", day, DAY + timedelta(days=rng.randint(10, 40)), "usual time from this stage")
    made = {
        "past_due": (f"Close date {day.day} Oct, {days} days ago", close),
        "pushed": (
            f"Close date moved {rng.randint(3, 6)} times",
            Fix("category", "Category", "Best case", "Pipeline", "until the buyer confirms a date"),
        ),
        "no_next_step": (
            "Next step is empty",
            Fix("next_step", "Next step", None, None, "", "What is agreed with the buyer, and for which day?"),
        ),
        "silent": (
            f"Last activity {day.day} Oct, {days} days ago",
            Fix("stage", "Stage", "Proposal", "Closed lost, no decision", f"silent {days} days; odds 4% this quarter"),
        ),
        "too_old": (
            f"{days} days in Negotiation, nine of ten leave by 60",
            Fix("stage", "Stage", "Negotiation", "Closed lost, no decision", "nine of ten leave by 60 days"),
        ),
        "placeholder": ("Amount is 1.00", Fix("amount", "Amount", usd(1), None, "", "What is it worth?")),
        "duplicate": (
            "Same account, owner and name key as another open deal",
            Fix("record", "Record", "2 copies", "Merge, keep the older", "opens both side by side"),
        ),
        "renewal": (
            "The account has bought before",
            Fix("type", "Type", "New", "Renewal", "the account is a customer"),
        ),
    }
    words, fix = made[rule]
    return Finding(rule, words), fix


def scrub(people: int = 40, seed: int = 5, names: Sequence[str] = (), each: int = 6) -> Scrub:
    """The findings of a company; `names` take the place of the names of deals and people."""
    rng = random.Random(seed)
    suspects = []
    for rep in range(people):
        name = names[rep % len(names)] if names else f"Rep {rep + 1:02}"
        for deal in range(max(1, round(each * rng.random() * (1 + 6 / (rep + 3))))):
            found = sorted({rng.choices(RULES, (33, 39, 59, 53, 37, 4, 6, 3))[0][0] for _ in range(rng.randint(1, 3))})
            made = [finding(rule, rng) for rule in found]
            title = f"{rng.choice(HEADS)} {rng.choice(TAILS)}"
            suspects.append(
                Suspect(
                    "deal",
                    f"deal_sf_{rep}_{deal}",
                    f"006{rep:02}{deal:02}",
                    names[(rep + deal) % len(names)] if names else title,
                    "",
                    f"person_sf_{rep}",
                    name,
                    TEAMS[rep % 6],
                    rng.choice(STAGES),
                    None if rng.random() < 0.05 else usd(10_000 * rng.randint(2, 90)),
                    tuple(one for one, _ in made),
                    tuple({fix.field: fix for _, fix in made}.values()),
                )
            )
    return counted(suspects, DAY)


def counted(suspects: Sequence[Suspect], day: date) -> Scrub:
    """The counts that belong to these records."""
    by_rule = Counter(one.rule for suspect in suspects for one in suspect.findings)
    rules = [
        RuleCount(n, label, question, by_rule[n], text, f"standard/{n}.yaml:1") for n, label, question, text in RULES
    ]
    rules.append(
        RuleCount(
            "missing",
            "Missing fields",
            "Is anything missing?",
            0,
            "fields a stage needs",
            "standard/missing.yaml:1",
            "the record holds no list of fields a stage needs",
        )
    )
    owners: dict[str, list[Suspect]] = {}
    for suspect in suspects:
        owners.setdefault(suspect.owner, []).append(suspect)
    labels = {name: label for name, label, _, _ in RULES}
    people = [
        OwnerCount(
            owner,
            rows[0].owner_name,
            rows[0].team,
            sum(len(row.findings) for row in rows),
            len(rows),
            worth(rows),
            labels[Counter(one.rule for row in rows for one in row.findings).most_common(1)[0][0]],
        )
        for owner, rows in owners.items()
    ]
    people.sort(key=lambda one: (-one.findings, -one.deals, one.name))
    findings = sum(by_rule.values())
    return Scrub(
        day,
        tuple(rules),
        tuple(people),
        tuple(suspects),
        findings,
        len(suspects),
        len(suspects) + 168,
        worth(suspects),
        (Finding("bad_month", "In March 2026 74% of deals were won, twice the usual: look at how they were entered"),),
        3,
        (f"The rules add to {findings}. A finding fixed in the CRM is gone next Monday.",),
    )


def worth(rows: Sequence[Suspect]) -> Money | None:
    known = [row.amount.minor for row in rows if row.amount]
    return Money(sum(known), "USD") if known else None


def fig(name: str, value: Any, unit: Any = "money", label: str = "", **more: Any) -> Figure:
    ref = f"{name}@3f2a91;period=2026Q4;scope=company;asof=2026-11-23;snap=r12.j0;cur=USD"
    return Figure(name, value, unit, label, ref=ref, **more)


STEPS = (
    ("new", "New", 730, 3, "good"),
    ("pulled_in", "Pulled in", 260, 4, "good"),
    ("redated", "Re-dated", 320, 3, "good"),
    ("increased", "Increased", 230, 9, "good"),
    ("decreased", "Decreased", -220, 8, "bad"),
    ("pushed", "Pushed out", -1410, 9, "bad"),
    ("past_due", "Past due", -430, 5, "bad"),
    ("lost", "Lost", -4340, 32, "lost"),
    ("won", "Won", -4720, 30, "won"),
)


def roll(names: Sequence[str] = ()) -> Roll:
    """What changed in the week."""
    parts = [Step(n, label, fig(n, usd(k * 1000), n=c), c, "part", tone) for n, label, k, c, tone in STEPS]  # type: ignore[arg-type]
    steps = (
        Step("opening", "Open 16 Nov", fig("opening", usd(41_980_000), n=252), None, "end"),
        *parts,
        Step("closing", "Open 23 Nov", fig("open_due", usd(32_400_000), n=186), None, "end"),
    )
    bridge = Bridge(
        "bridge", steps, "What changed since 16 November?", "money", "Lines sum to the cent over 103 deal events."
    )
    signs = {"good": 1, "plain": 1}
    counted_ = [
        replace(s.figure, unit="count", ref=f"{s.name}_{s.figure.ref}", value=(s.figure.n or 0) * signs.get(s.tone, -1))
        for s in steps
    ]
    counts = replace(
        bridge,
        name="bridge_deals",
        unit="count",
        title="The same in deals",
        steps=tuple(replace(step, figure=figure) for step, figure in zip(steps, counted_, strict=True)),
    )
    moved = [
        ("won", "Noble Rail", "signed 17 Nov, 74 d from qualified", 800),
        ("lost", "Larch Pharma", "reason: budget", -680),
        ("won", "Jasper Media", "signed 18 Nov", 450),
        ("new", "Basalt Grid", "qualified 17 Nov, close 17 Dec", 390),
        ("pushed", "Ember Software", "close 3 Dec → 22 Feb", -290),
    ]
    return Roll(
        SINCE,
        period(4, 2026),
        bridge,
        "",
        fig("won_value", usd(16_290_000)),
        fig("to_go", usd(9_310_000)),
        fig("open_due", usd(32_400_000), n=186),
        fig("won_since", usd(4_720_000), n=30),
        fig("pushed_since", usd(1_410_000), n=9),
        fig("lost_since", usd(4_340_000), n=32),
        103,
        "",
        tuple(
            Move(
                kind,
                f"deal_{i}",
                names[i % len(names)] if names else name,
                f"Rep {i + 10}",
                words,
                Figure("amount", usd(k * 1000), "money"),
            )
            for i, (kind, name, words, k) in enumerate(moved)
        ),
        ("Lines sum to the cent over 103 deal events.",),
        (),
        counts,
        98,
    )


def number() -> Number:
    """The range, and what eight such ranges came to."""
    past = [
        (15.4, 18.1, 17.1),
        (13.3, 15.9, 14.6),
        (17.1, 20.2, 17.9),
        (18.5, 21.9, 19.8),
        (17.0, 20.6, 16.6),
        (15.6, 18.3, 17.1),
        (16.4, 19.1, 18.1),
        (20.0, 23.6, 21.6),
    ]
    record = []
    for i, (low, high, actual) in enumerate(past):
        quarter = period((i + 3) % 4 + 1, 2024 + (i + 3) // 4)
        held = low <= actual <= high
        record.append(
            Held(quarter, usd(low * 1e6), usd((low + high) / 2 * 1e6), usd(high * 1e6), usd(actual * 1e6), held)
        )
    parts = (
        ("won", "Won so far", 16_290_000),
        ("open", "Open, due in the quarter, at their odds", 8_260_000),
        ("past_due", "Past due, at their odds", 420_000),
        ("created", "Still to be created and closed", 420_000),
    )
    return Number(
        period(4, 2026),
        True,
        (),
        1204,
        usd(22_540_000),
        usd(25_250_000),
        usd(28_430_000),
        usd(25_390_000),
        usd(25_600_000),
        0.44,
        tuple(Figure(name, usd(value), "money", label) for name, label, value in parts),
        (usd(21_900_000), usd(27_600_000)),
        3.6,
        tuple(record),
        "At this week of the quarter the range held in 7 of the last 8 quarters.",
        checks=("The parts add to the mean to the cent.",),
    )


def scarce() -> Number:
    """Too little to say a range."""
    missing = ("30 closed deals with a created date: there are 12", "a quarter that is over")
    return Number(period(4, 2026), False, missing, 12)


def untold() -> Roll:
    """One export: nothing to compare with."""
    why = "the record holds one export, of 23 November"
    none = {"value": None, "reason": why, "ref": ""}
    full = roll()
    return replace(
        full,
        bridge=None,
        by_deals=None,
        moving=0,
        why_not=f"{why.capitalize()}; import next week's and the bridge stands here.",
        moved=(),
        events=0,
        checks=(),
        won_since=replace(full.won_since, **none),
        pushed=replace(full.pushed, **none),
        lost=replace(full.lost, **none),
        to_go=replace(full.to_go, value=None, reason="no target is set", ref=""),
        notes=(Note("Two exports a week apart are enough."),),
    )


@dataclass
class Made:
    """The parts of a review as the page asks for them, and how often it did."""

    scrub: Scrub = field(default_factory=scrub)
    roll: Roll = field(default_factory=roll)
    number: Number = field(default_factory=number)
    calls: Counter[str] = field(default_factory=Counter)

    def give(self, monkeypatch: Any) -> None:
        """Stand in for the real parts."""
        from saleswright.measure.review import roll as rolling
        from saleswright.measure.review.number import simple
        from saleswright.measure.review.scrub import find, message

        def of_scrub(at: Any, where: Any = (), owner: str = "", rule: str = "") -> Scrub:
            self.calls["scrub"] += 1
            if at.policy.scope == "company":
                return self.scrub
            mine = [s for s in self.scrub.suspects if s.team == at.policy.member]
            return counted(mine, self.scrub.day)

        def of_roll(at: Any, since: str = "", period: str = "", where: Any = ()) -> Roll:
            self.calls["roll"] += 1
            return self.roll

        def of_number(at: Any, period: str = "", where: Any = ()) -> Number:
            self.calls["number"] += 1
            return self.number

        def of_message(found: Scrub, owner: str) -> str:
            rows = [s for s in found.suspects if s.owner == owner]
            lines = [f"{row.name}: {', '.join(one.evidence for one in row.findings)}" for row in rows]
            return "\n".join([f"Hi {rows[0].owner_name},", "", *lines])

        monkeypatch.setattr(find, "scrub", of_scrub)
        monkeypatch.setattr(message, "message", of_message)
        monkeypatch.setattr(rolling, "roll", of_roll)
        monkeypatch.setattr(simple, "number", of_number)
