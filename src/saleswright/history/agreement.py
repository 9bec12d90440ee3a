"""Do the tables agree with each other about a customer? Happenings outside the life of what they belong to, flags that
nothing bears out, numbers that stand twice.

The rules know entities, never a data set: which date of a happening, from which to which date its record lives, which
flag is borne out by which happening. Counted over the record as it stands, whatever day a figure is of: a flag of today
contradicts what is said about last year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from saleswright.history.engine import Reader
from saleswright.history.schema import standard
from saleswright.history.snapshot import Snapshot
from saleswright.kernel import clock
from saleswright.lib.zone import local_date

_LAST = datetime(9999, 12, 30)
NOW = "valid_from <= $as_of AND valid_to > $as_of AND known_from <= $known AND known_to > $known AND NOT removed"
# The day a thing happened on.
HAPPENS = {"usage": "occurred", "ticket": "opened", "churn_event": "occurred", "subscription": "starts"}
# From which to which day a record lives; empty while nothing tells of its end.
LIVES = {"account": ("created", ""), "subscription": ("starts", "ends")}
# What may well come after the end of what it belongs to.
LATER = (("churn_event", "subscription"),)
# Two days of one record, the first of which cannot be later.
ORDERED = (("subscription", "starts", "ends"), ("ticket", "opened", "closed"))
# Lines that the source numbers, where a number should stand once.
NUMBERED = (("usage", "reference"),)
WORDS = {"usage": "usage lines", "ticket": "tickets", "churn_event": "churn events", "subscription": "subscriptions"}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One way in which the record contradicts itself: how many, of how many, in words, and why it matters."""

    name: str
    count: int
    of: int
    what: str
    why: str

    @property
    def text(self) -> str:
        """Both as one sentence."""
        return f"{self.count:,} of {self.of:,} {self.what}: {self.why}."


def disagreements(at: Snapshot) -> tuple[Disagreement, ...]:
    """Every rule that the record has the data for, with its count; 0 where it holds. `at.known` bounds what was known."""
    today = local_date(clock.now().replace(tzinfo=None), at.workspace.zone)
    return _found(at.reader, _LAST, at.k, max(at.day, today))


@lru_cache(maxsize=64)
def _found(reader: Reader, t: datetime, k: datetime, day: date) -> tuple[Disagreement, ...]:
    ask = _Ask(reader, t, k, day)
    has = {name for name in (*HAPPENS, *LIVES) if ask.one(f"SELECT count(*) FROM {name} WHERE {NOW}")[0]}
    return (*_flags(ask, has), *_lives(ask, has), *_ordered(ask, has), *_numbered(ask, has))


@dataclass(frozen=True)
class _Ask:
    """Asks the record one row, with the clocks bound."""

    reader: Reader
    t: datetime
    k: datetime
    day: date

    def one(self, sql: str) -> tuple[int, ...]:
        values = {"as_of": self.t, "known": self.k, "day": self.day}
        row = self.reader.rows(sql, {name: value for name, value in values.items() if f"${name}" in sql})[0]
        return tuple(int(value or 0) for value in row)


def _flags(ask: _Ask, has: set[str]) -> list[Disagreement]:
    """Accounts that a flag calls gone, against their subscriptions and the events of their going."""
    if "account" not in has:
        return []
    flagged = f"SELECT id FROM account WHERE churned AND {NOW}"
    told, gone = ask.one(f"SELECT count(churned), count(*) FILTER (WHERE churned) FROM account WHERE {NOW}")
    if not told:
        return []
    found = []
    if "subscription" in has:
        running = f"SELECT account FROM subscription WHERE starts <= $day AND (ends IS NULL OR ends > $day) AND {NOW}"
        (count,) = ask.one(f"SELECT count(*) FROM ({flagged}) AS f WHERE id IN ({running} AND account IS NOT NULL)")
        what = "accounts flagged as gone hold a subscription in force"
        found.append(
            Disagreement("flag_and_subscription", count, gone, what, "they churned by one and stayed by the other")
        )
    if "churn_event" in has:
        events = (
            "SELECT account, max(occurred) AS last, count(*) AS n FROM churn_event"
            f" WHERE account IS NOT NULL AND {NOW} GROUP BY account"
        )
        accounts, rows, missed = ask.one(
            f"SELECT count(*), sum(n), count(*) FILTER (WHERE account NOT IN ({flagged})) FROM ({events}) AS e"
        )
        back = ""
        if "subscription" in has:
            back = f" AND NOT EXISTS (SELECT 1 FROM subscription AS s WHERE s.account = e.account AND s.starts >= e.last AND {NOW})"
        (unexplained,) = ask.one(f"SELECT count(*) FROM ({events}) AS e WHERE account NOT IN ({flagged}){back}")
        # Who came back is flagged no more, and rightly so: only others make a contradiction of it.
        missed = missed if unexplained else 0
        what = f"accounts that {rows:,} churn events tell of are not flagged as gone"
        came = f"{unexplained:,} of them began no subscription since" if back else "nothing tells of their return"
        found.append(Disagreement("event_without_flag", missed, accounts, what, came))
        (bare,) = ask.one(
            f"SELECT count(*) FROM ({flagged}) AS f WHERE id NOT IN (SELECT account FROM ({events}) AS e)"
        )
        what = "accounts flagged as gone have no churn event"
        found.append(Disagreement("flag_without_event", bare, gone, what, "nobody knows when or why they went"))
    return found


def _lives(ask: _Ask, has: set[str]) -> list[Disagreement]:
    """Happenings before their record began, or after it ended."""
    found = []
    for entity, on in HAPPENS.items():
        for parent, (starts, ends) in LIVES.items():
            if not {entity, parent} <= has or parent not in standard()[entity].by_name:
                continue
            last = f"p.{ends}" if ends and (entity, parent) not in LATER else "NULL"
            rows, linked, before, after = ask.one(
                f"SELECT count(*), count(p.{starts}), count(*) FILTER (WHERE e.d < p.{starts}),"
                f" count(*) FILTER (WHERE e.d > {last}) FROM"
                f" (SELECT {parent} AS link, {on} AS d FROM {entity} WHERE {NOW}) AS e LEFT JOIN"
                f" (SELECT id, {starts}{', ' + ends if ends else ''} FROM {parent} WHERE {NOW}) AS p ON e.link = p.id"
            )
            if not linked:
                continue
            words, began = WORDS[entity], "began" if parent != "account" else "signed up"
            what = f"{words} are dated before their {parent} {began}"
            found.append(Disagreement(f"{entity}_before_{parent}", before, rows, what, "one of the two dates is wrong"))
            if last != "NULL":
                what = f"{words} are dated after their {parent} ended"
                found.append(
                    Disagreement(f"{entity}_after_{parent}", after, rows, what, "it ended later, or they are not its")
                )
    return found


def _ordered(ask: _Ask, has: set[str]) -> list[Disagreement]:
    found = []
    for entity, first, then in ORDERED:
        if entity in has:
            count, rows = ask.one(
                f"SELECT count(*) FILTER (WHERE {then} < {first}), count(*) FROM {entity} WHERE {NOW}"
            )
            verb = {"ends": "end before they begin", "closed": "were closed before they came in"}[then]
            found.append(
                Disagreement(f"{entity}_order", count, rows, f"{WORDS[entity]} {verb}", "one of the two dates is wrong")
            )
    return found


def _numbered(ask: _Ask, has: set[str]) -> list[Disagreement]:
    found = []
    for entity, number in NUMBERED:
        if entity in has:
            twice, all_ = ask.one(
                f"SELECT count(*) FILTER (WHERE n > 1), count(*) FROM (SELECT {number}, count(*) AS n FROM {entity}"
                f" WHERE {number} IS NOT NULL AND {NOW} GROUP BY {number}) AS g"
            )
            if all_:
                what = f"numbers of {WORDS[entity]} stand on more than one"
                found.append(
                    Disagreement(f"{entity}_twice", twice, all_, what, "they were exported twice, or are two things")
                )
    return found
