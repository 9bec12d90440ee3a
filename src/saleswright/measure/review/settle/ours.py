"""What does our own record say of the disputed number? Row by row, under the actor's policy, read in several ways.

A reading is the metric with one thing changed: by another date, without its exclusions, as of an earlier day. It runs
through the metric's own query, so that a row is counted, left out and converted exactly as in the figure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.report import Figure
from saleswright.lib.money import Money, exponent
from saleswright.lib.period import Period
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.compute import bind, evaluate, moment_of, question
from saleswright.measure.metrics.dimensions import Dimension, allowed, dimensions, names, scope_value
from saleswright.measure.metrics.reasons import reasons

DATES = ("closed", "created", "qualified", "expected_close")
DATE_WORDS = {
    "closed": "closed date",
    "created": "created date",
    "qualified": "qualified date",
    "expected_close": "expected close date",
}
_FIELDS = (
    "name", "type", "stage", "standing", "amount", "currency", "created", "qualified", "expected_close", "closed",
    "owner", "account", "term_months", "amount_meaning", "profit",
)  # fmt: skip
_ALL = Period(date(1, 1, 1), date(9999, 12, 31), "all time", "all")


@dataclass(frozen=True, slots=True)
class Fact:
    """One deal in one reading: its day, why it is left out (0: it counts), its value in minor units, its members."""

    id: str
    day: date | None
    code: int
    value: int | None
    members: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal as our record has it as of then; amounts in minor units of its own currency."""

    id: str
    name: str = ""
    account: str = ""
    owner: str = ""
    type: str = ""
    stage: str = ""
    standing: str = ""
    amount: int | None = None
    currency: str = ""
    term_months: int | None = None
    amount_meaning: str = ""
    profit: int | None = None
    days: Mapping[str, date] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The id as the source has it."""
        return self.id.split("_", 2)[-1]

    @property
    def called(self) -> str:
        """What a person calls it."""
        return self.name or self.account or self.key


@dataclass
class Ours:
    """The disputed number as we have it, and the readings of it, each made when first asked for."""

    at: Snapshot
    asked: Asked
    _readings: dict[str, dict[str, Fact]] = field(default_factory=dict)

    @cached_property
    def figure(self) -> Figure:
        """Our figure, with the reference that opens it."""
        return evaluate(self.at, self.asked).total

    @property
    def money(self) -> bool:
        return bool(self.asked.metric.sum)

    @property
    def digits(self) -> int:
        """Decimals of one unit: cents for money, none for a count."""
        return exponent(self.at.currency) if self.money else 0

    def value(self, minor: int) -> Money | int:
        """Minor units as a face shows them."""
        return Money(minor, self.at.currency) if self.money else minor

    @property
    def period(self) -> Period:
        return self.asked.period

    @cached_property
    def splits(self) -> dict[str, Dimension]:
        """Every split by what a deal is, that this actor may see."""
        found = dimensions(self.at.schema).values()
        return {d.name: d for d in found if d.grain is None and not d.at_moment and allowed(self.at, d)
                and d.name not in ("status", "standing")}  # fmt: skip

    @cached_property
    def rows(self) -> dict[str, Fact]:
        """The rows of the figure, those left out of it among them."""
        return self.reading("as asked", self.asked)

    @cached_property
    def counted(self) -> dict[str, int]:
        """What counts: deal -> minor units. A row without a rate counts as nothing and is told apart."""
        return {key: fact.value or 0 for key, fact in self.rows.items() if fact.code == 0}

    @cached_property
    def unconverted(self) -> set[str]:
        """Rows that count and have no rate to our currency."""
        return {key for key, fact in self.rows.items() if fact.code == 0 and fact.value is None}

    @property
    def total(self) -> int:
        return sum(self.counted.values())

    @cached_property
    def always(self) -> dict[str, Fact]:
        """The same question over all time."""
        return self.reading("all time", replace(self.asked, period=_ALL))

    @cached_property
    def everywhere(self) -> dict[str, Fact]:
        """The same question over all time without its filters."""
        return self.reading("everywhere", replace(self.asked, period=_ALL, where=()))

    def by_date(self, name: str) -> dict[str, Fact]:
        """The same question with another date deciding the period."""
        metric = self.asked.metric
        other = replace(metric, name=f"{metric.name}~{name}", date=name)
        return self.reading(f"by {name}", replace(self.asked, metric=other))

    def as_of(self, day: date) -> dict[str, Fact]:
        """The same question as the record had it at the end of an earlier day."""
        key = f"as of {day}"
        if key not in self._readings:
            self._readings[key] = self._due(_facts(self.at.at(day), self.asked, self.splits))
        return self._readings[key]

    def _due(self, facts: dict[str, Fact]) -> dict[str, Fact]:
        """A deal that is open stands on the day it is due, as every sheet shows it by month."""
        if not self.asked.metric.at_moment:
            return facts
        deals = self.deals
        return {
            one: replace(f, day=deals[one].days.get("expected_close") if one in deals else None)
            for one, f in facts.items()
        }

    def reading(self, key: str, asked: Asked) -> dict[str, Fact]:
        """One reading, kept."""
        if key not in self._readings:
            self._readings[key] = self._due(_facts(self.at, asked, self.splits))
        return self._readings[key]

    @cached_property
    def reasons(self) -> list[str]:
        """The words for each code above 0, in order."""
        return [because for because, _ in reasons(self.asked.metric, self.asked.lifted, self.asked.rules)]

    @cached_property
    def deals(self) -> dict[str, Deal]:
        """Every deal this actor may see, as of then."""
        return read_deals(self.at if not self.asked.metric.at_moment else moment_of(self.at, self.asked))

    @cached_property
    def dates(self) -> tuple[str, ...]:
        """The dates that could have decided the period instead of ours, of those the record has."""
        if self.asked.metric.at_moment:
            return ()
        some = [name for name in DATES if any(name in deal.days for deal in self.deals.values())]
        return tuple(name for name in some if name != self.asked.metric.date)

    @cached_property
    def changes(self) -> list[date]:
        """Days on which the record as we know it changed much, and the days before them: a copy may be of any."""
        # What was always known began on no day: the first instant there is.
        sql = (
            "SELECT known_from::DATE AS d, count(*) FROM deal WHERE known_from <= $known AND known_from <= $as_of"
            " AND known_from > DATE '0001-01-01' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 6"
        )
        days = [row[0] for row in self.at.reader.rows(sql, self.at.clocks())]
        found = dict.fromkeys(day for one in days for day in (one, one - timedelta(1)))
        return [day for day in found if day < self.at.day]

    def labels(self, dimension: str) -> dict[str, str]:
        """Member -> words, for the members that the figure's rows have."""
        members = {fact.members.get(dimension, "") for fact in self.everywhere.values()}
        split = self.splits[dimension]
        if not split.ref:
            return {member: member for member in members}
        return {"": "", **names(self.at, split.ref, (m for m in members if m))}


def _facts(at: Snapshot, asked: Asked, splits: Mapping[str, Dimension]) -> dict[str, Fact]:
    split = replace(asked, by=tuple(splits.values()))
    key, make = question(at, split)

    def build() -> Any:
        import ibis

        from saleswright.measure.metrics import query

        rows = query.base(make())
        value = rows["value"] if split.metric.sum else ibis.literal(1).cast("int64")
        columns = {f"d_{name}": rows[f"d_{name}"].cast("string") for name in splits}
        return rows.select("id", "on_day", "code", r_value=value, **columns)

    sql = compiled(at.workspace.state / "cache", {**key, "want": "settle", "date": asked.metric.date}, build)
    found: dict[str, Fact] = {}
    for one, day, code, value, *members in at.reader.rows(sql, bind(moment_of(at, asked), sql, split)):
        # Two versions of an owner on the same day would tell a deal twice.
        found[one] = Fact(one, day, code, value, dict(zip(splits, (m or "" for m in members), strict=True)))
    return found


def read_deals(at: Snapshot) -> dict[str, Deal]:
    """Every deal this actor may see, without the fields hidden from them."""
    shown = [name for name in _FIELDS if name == "standing" or at.policy.field_allowed("deal", name)]

    def build() -> Any:
        from saleswright.history import rows as r

        return r.visible(at.schema, "deal", at.policy.shape, shown).select("id", *shown)

    key = {"settle": "deals", "shape": at.policy.shape, "fields": shown, "custom": at.meta.get("custom", [])}
    sql = compiled(at.workspace.state / "cache", key, build)
    values = {**at.clocks(), **({"scope": scope_value(at)} if "$scope" in sql else {})}
    wanted = set(re.findall(r"\$(\w+)", sql))
    columns, rows = at.reader.table(sql, {name: value for name, value in values.items() if name in wanted})
    people = names(at, "person", {row[columns.index("owner")] or "" for row in rows} if "owner" in columns else ())
    called = names(at, "account", {row[columns.index("account")] or "" for row in rows} if "account" in columns else ())
    found = {}
    for row in rows:
        cells = dict(zip(columns, row, strict=True))
        days = {name: cells.pop(name) for name in DATES if name in cells}
        plain = {
            name: cells.get(name) or "" for name in ("name", "type", "stage", "standing", "currency", "amount_meaning")
        }
        found[cells["id"]] = Deal(
            cells["id"],
            account=called.get(cells.get("account") or "", ""),
            owner=people.get(cells.get("owner") or "", ""),
            amount=cells.get("amount"),
            term_months=cells.get("term_months"),
            profit=cells.get("profit"),
            days={name: _day(day) for name, day in days.items() if day is not None},
            **plain,
        )
    return found


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value))
