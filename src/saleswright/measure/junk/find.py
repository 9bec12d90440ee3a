"""Which deals should not count? Looked for by what they have in common, never by a list of ids.

Every finding is the dated rule that would leave these deals out, with its evidence. A finding says nothing that the rule
would not do: its deals are counted by the rule itself, after the rules that are kept already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import COMPANY, refused
from saleswright.measure.junk.words import names_a_test, reason_kind
from saleswright.measure.metrics.words import are, plural

NOW = (
    "(SELECT * FROM deal WHERE valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known"
    " AND NOT removed)"
)
NEW = "coalesce(NOT contains(lower(type), 'renew'), true)"
LEAST, TIMES = 20, 8
OTHER_DAYS = 10
FEWEST = 5
WINS = 20
OLDEST, SHORTEST = 3, 30
UNTOUCHED = 30
ORDINARY = 0.1
DECIDED = ("win_rate", "lost_deals", "days_to_lost")
SAID = {
    "duplicate": ("a duplicate", "lost as a duplicate: another record holds the deal"),
    "error": ("created in error", "created in error: there never was a deal"),
    "test": ("a test", "lost as a test: there never was a deal"),
}


@dataclass(frozen=True)
class Finding:
    """Deals that should perhaps not count: by what evidence, what is proposed, and the rule that would do it."""

    name: str
    title: str
    evidence: str
    treatment: str
    because: str
    when: Mapping[str, Any]
    metrics: tuple[str, ...] = ()

    def body(self, start: date) -> dict[str, Any]:
        """The rule as it would be kept, in force from this day."""
        content: dict[str, Any] = {"kind": "leave_out", "name": self.name, "from": start, "doc": self.evidence}
        content |= {"because": self.because, "when": dict(self.when)}
        return content | ({"metrics": list(self.metrics)} if self.metrics else {})

    def text(self, start: date, flow: bool = False) -> str:
        """The rule's YAML; `flow` on one line."""
        style = {"default_flow_style": True, "width": 10_000} if flow else {"default_flow_style": None, "width": 110}
        return str(yaml.safe_dump(self.body(start), sort_keys=False, allow_unicode=True, **style)).strip()


def candidates(at: Snapshot) -> list[Finding]:
    """Every finding, whether or not a rule leaves its deals out already. Stop (not allowed) for a part of the record."""
    if at.policy.scope != COMPANY:
        raise refused(at.policy.actor, "what should not count, which is found over the whole record")
    found = [*bulk_lost(at), *lost_reasons(at), *test_names(at), *lost_same_day(at), *lost_later(at), *zombies(at)]
    return [one for one in found if all(at.policy.field_allowed("deal", field) for field in one.when)]


def _rows(at: Snapshot, sql: str, **more: Any) -> list[tuple[Any, ...]]:
    return at.reader.rows(sql, {**at.clocks(), **more})


def clock(at: Snapshot) -> str:
    """The field a deal's age runs from: created where nearly every deal has it, else qualified."""
    sql = f"SELECT count(created), count(*) FROM {NOW} WHERE standing IN ('open', 'won', 'lost')"
    known, deals = _rows(at, sql)[0]
    return "created" if deals and known >= 0.9 * deals else "qualified"


def rank(values: Sequence[int], share: float) -> int:
    """The value that this share of the values does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def bulk_lost(at: Snapshot) -> list[Finding]:
    """Days on which far more was lost than ever otherwise, most of it old or long untouched: a clean-up, not a loss.

    A day stands out when it has more than 20 losses and more than 8 times what 95 of 100 other days with losses have.
    It is a clean-up when most of its deals were older at their loss than three in four of the other losses, or had not
    been touched for a month.
    """
    lost = f"{NOW} WHERE standing = 'lost' AND closed <= $day"
    days = dict(_rows(at, f"SELECT closed, count(*) FROM {lost} GROUP BY closed", day=at.day))
    found = []
    for day, count in sorted(days.items()):
        others = [n for other, n in days.items() if other != day]
        if count <= LEAST or len(others) < OTHER_DAYS:
            continue
        usual = rank(others, 0.95)
        if count <= TIMES * usual:
            continue
        old, untouched, usual_age = _how_old(at, lost, day)
        if 2 * max(old, untouched) <= count:
            continue
        of_age = (
            f"{old:,} {are(old, 'was', 'were')} older than {usual_age} days, the age that three in four other losses do not "
            "reach"
        )
        of_touch = f"{untouched:,} had not been touched for {UNTOUCHED} days"
        said = " and ".join(text for text, n in ((of_age, old), (of_touch, untouched)) if n)
        found.append(
            Finding(
                f"bulk_lost_{day:%Y_%m_%d}",
                f"Lost in bulk on {day}",
                f"{plural(count, 'deal')} were lost on {day}; on 95 of 100 other days with losses at most {usual:,} are. {said}.",
                "A clean-up of the CRM, so its day says nothing: leave that day out of win rate and lost deals. By cohort "
                "they stay losses.",
                f"lost in the clean-up of {day}",
                {"standing": "lost", "closed": day},
                DECIDED,
            )
        )
    return found


def _how_old(at: Snapshot, lost: str, day: date) -> tuple[int, int, int]:
    """(older than most, long untouched, the age that three in four other losses do not pass) of the losses of a day."""
    age = f"(closed - {clock(at)})"
    sql = (
        f"WITH l AS (SELECT closed, {age} AS age, last_activity FROM {lost}), "
        "usual AS (SELECT quantile_disc(age, 0.75) AS age FROM l WHERE closed <> $one AND age >= 0) "
        "SELECT count(*) FILTER (l.age > usual.age), "
        f"count(*) FILTER (l.last_activity < l.closed - INTERVAL {UNTOUCHED} DAY), coalesce(any_value(usual.age), 0) "
        "FROM l, usual WHERE l.closed = $one"
    )
    old, untouched, usual = _rows(at, sql, day=at.day, one=day)[0]
    return int(old), int(untouched), int(usual)


def lost_reasons(at: Snapshot) -> list[Finding]:
    """Lost reasons that say there was no deal: duplicate, created in error, test; in several languages."""
    sql = f"SELECT lost_reason, count(*) FROM {NOW} WHERE standing = 'lost' AND lost_reason IS NOT NULL GROUP BY 1"
    kinds: dict[str, list[str]] = {}
    for reason, _ in sorted(_rows(at, sql)):
        kind = reason_kind(reason)
        if kind:
            kinds.setdefault(kind, []).append(reason)
    found = []
    for name, reasons in sorted(kinds.items()):
        words, because = SAID[name]
        given = ", ".join(f"'{reason}'" for reason in reasons)
        found.append(
            Finding(
                f"reason_{name}",
                f"Lost as {words}",
                f"The lost reason says so: {given}.",
                "No customer decided anything: leave them out of every figure.",
                because,
                {"standing": "lost", "lost_reason": reasons},
            )
        )
    return found


def test_names(at: Snapshot) -> list[Finding]:
    """Deals whose name says that they are a test."""
    names = [row[0] for row in _rows(at, f"SELECT DISTINCT name FROM {NOW} WHERE name IS NOT NULL")]
    tests = sorted(name for name in names if names_a_test(name))
    if not tests:
        return []
    shown = ", ".join(f"'{name}'" for name in tests[:5]) + (f" and {len(tests) - 5} more" if len(tests) > 5 else "")
    return [
        Finding(
            f"test_names_{at.day:%Y_%m_%d}",
            "Tests, by their name",
            f"Named {shown}.",
            "No customer stands behind them: leave them out of every figure.",
            "a test, by its name",
            {"name": tests},
        )
    ]


def lost_same_day(at: Snapshot) -> list[Finding]:
    """Deals lost on the day they came in, where deals are hardly ever won so fast.

    A handful of them bends no figure, and a few wins do not tell how fast deals are won: then nothing is said.
    """
    field = clock(at)
    sql = (
        f"SELECT count(*) FILTER (standing = 'lost' AND closed = {field}), "
        f"count(*) FILTER (standing = 'won' AND closed = {field}), "
        f"count(*) FILTER (standing = 'won' AND {field} IS NOT NULL) FROM {NOW}"
    )
    lost, won, wins = _rows(at, sql)[0]
    if lost < FEWEST or wins < OTHER_DAYS or won >= ORDINARY * wins:
        return []
    beside = f"{won:,} of {plural(wins, 'win')} came so fast"
    return [
        Finding(
            "lost_same_day",
            "Lost on the day they came in",
            f"{lost:,} deals were lost on the day they were {field}; {beside}.",
            "Nobody worked them: leave them out of every figure.",
            f"lost on the day it was {field}",
            {"standing": "lost", "closed": {"same": field}},
        )
    ]


def lost_later(at: Snapshot) -> list[Finding]:
    """Lost deals whose closing day is still to come."""
    sql = f"SELECT count(*), max(closed) FROM {NOW} WHERE standing = 'lost' AND closed > $day"
    count, last = _rows(at, sql, day=at.day)[0]
    if not count:
        return []
    return [
        Finding(
            "lost_in_future",
            "Lost on a day still to come",
            f"{plural(count, 'deal')} {are(count)} lost, yet {are(count, 'its', 'their')} close date lies after {at.day}, "
            f"as late as {last}.",
            "The day is wrong, so no period is theirs: leave them out of win rate and lost deals until it is mended or come.",
            "lost with a close date that is still to come",
            {"standing": "lost", "closed": {"after": "as_of"}},
            DECIDED,
        )
    ]


def zombies(at: Snapshot) -> list[Finding]:
    """Deals open for more than three times as long as 95 of 100 wins took; never less than a month."""
    field = clock(at)
    sql = (
        f"SELECT count(*), quantile_disc(closed - {field}, 0.95) FROM {NOW} "
        f"WHERE standing = 'won' AND closed >= {field} AND closed <= $day AND {NEW}"
    )
    wins, longest = _rows(at, sql, day=at.day)[0]
    if wins < WINS or not longest:
        return []
    limit = max(OLDEST * int(longest), SHORTEST)
    old = f"standing = 'open' AND {field} < $day - {limit}"
    sql = (
        f"SELECT count(*), count(*) FILTER (last_activity < $day - INTERVAL 365 DAY), max($day - {field}) "
        f"FROM {NOW} WHERE {old}"
    )
    count, still, oldest = _rows(at, sql, day=at.day)[0]
    if not count:
        return []
    touched = f" {still:,} of them {are(still, 'was', 'were')} not touched for a year." if still else ""
    return [
        Finding(
            "zombies",
            "Open far too long",
            f"95 of 100 wins took at most {int(longest):,} days from the day the deal was {field} ({wins:,} wins); {count:,} "
            f"{are(count, 'deal has', 'deals have')} been open for more than {limit:,}, the oldest for {int(oldest):,}.{touched}",
            "Hardly anything so old was ever won: close them in the CRM; until then leave them out of what is open.",
            f"open for more than {limit:,} days, three times as long as nearly every win",
            {"standing": "open", field: {"older": limit}},
            ("open_pipeline",),
        )
    ]
