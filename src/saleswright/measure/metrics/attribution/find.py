"""Whose bookings are they? Runs the question and shares every deal among its touches, under each model.

The credits of a model sum to the bookings to the cent: they are parts of the same deals, apportioned, never rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from saleswright.history.compiled import compiled
from saleswright.history.snapshot import Snapshot
from saleswright.kernel.policy import refused
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.metrics.apart import money
from saleswright.measure.metrics.asked import Asked
from saleswright.measure.metrics.attribution.model import Rule, rule_in_force
from saleswright.measure.metrics.attribution.share import MODELS, Model, Numbers, credits, shares, weights
from saleswright.measure.metrics.compute import Result, bind, evaluate, question
from saleswright.measure.metrics.dimensions import dimensions, names
from saleswright.measure.metrics.model import Metric

SPLITS = {
    "channel": "the channel of the touch's campaign",
    "campaign": "the campaign itself",
    "kind": "the kind of campaign, such as webinar",
    "source": "the source of the lead that was touched",
    "status": "what the person did, such as attended",
}
NEEDED = {
    "touch": ("campaign", "lead", "contact", "deal", "status", "occurred"),
    "lead": ("deal", "contact", "account", "source"),
    "deal_contact": ("deal", "contact"),
    "deal": ("account", "primary_contact", "standing", "closed"),
}
NO_TOUCH = None
"""Stands where a member would, for deals that nothing touched before they were won."""


@dataclass(frozen=True)
class Line:
    """What one member is credited with: money and deals (in shares) by model; deals and touches it had a hand in.

    credit: None where a deal of it has no exchange rate. deals counts every deal once, however many touches it had.
    """

    member: str | None
    credit: Mapping[Model, Money | None]
    wins: Mapping[Model, float]
    deals: int
    touches: int


@dataclass(frozen=True)
class Credited:
    """Every deal of a question shared among its touches. Columns are per touch; `rank` 0 begins a deal."""

    asked: Asked
    rule: Rule
    by: str
    currency: str
    value: Numbers
    priced: np.ndarray[Any, np.dtype[np.bool_]]
    rank: Numbers
    n: Numbers
    member: Numbers
    members: tuple[str | None, ...]
    ids: Sequence[str]
    own: Sequence[str | None]

    @cached_property
    def deals(self) -> int:
        """How many deals are shared out."""
        return int((self.rank == 0).sum())

    @cached_property
    def touched(self) -> int:
        """How many of them had a touch."""
        return int(((self.rank == 0) & (self.n > 0)).sum())

    def weights(self, model: Model) -> Numbers:
        return weights(model, self.rank, self.n, self.rule.weights)

    def credits(self, model: Model) -> Numbers:
        """Minor units per touch; a deal without an exchange rate has none."""
        return credits(self.value, self.weights(model), self.rank)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """One per member, the most linear credit first; deals without a touch last."""
        size = len(self.members)
        by_model = {model: self._money(model) for model in MODELS}
        wins = {
            model: np.bincount(self.member, shares(self.weights(model), self.rank), size).tolist() for model in MODELS
        }
        deal = np.cumsum(self.rank == 0) - 1
        pairs = np.unique(deal * size + self.member)
        deals = np.bincount(pairs % size, minlength=size) if size else np.zeros(0, int)
        touches = np.bincount(self.member[self.n > 0], minlength=size)
        found = [
            Line(
                member,
                {model: by_model[model][i] for model in MODELS},
                {model: float(wins[model][i]) for model in MODELS},
                int(deals[i]),
                int(touches[i]),
            )
            for i, member in enumerate(self.members)
        ]

        def order(line: Line) -> tuple[bool, int, str]:
            credit = line.credit["linear"]
            return line.member is NO_TOUCH, -(credit.minor if credit else 0), line.member or ""

        return tuple(sorted(found, key=order))

    def _money(self, model: Model) -> list[Money | None]:
        size = len(self.members)
        total = np.zeros(size, np.int64)
        np.add.at(total, self.member, self.credits(model))
        lacking = set(self.member[~self.priced].tolist())
        return [None if i in lacking else Money(int(total[i]), self.currency) for i in range(size)]


def split_named(name: str) -> str:
    """The split of that name. Stop (usage) with the nearest."""
    key = name.strip().casefold().replace(" ", "_").replace("-", "_")
    key = {"lead_source": "source", "type": "kind"}.get(key, key)
    if key not in SPLITS:
        raise Stop(unknown("dimension", name, SPLITS, where="by"), exit_code=USAGE)
    return key


def share_out(at: Snapshot, asked: Asked, by: str = "channel") -> Credited:
    """Share the deals of a question among their touches: any question about deals, whether it sums money or not.

    Touches count up to the day a deal was decided, of an open one up to the as-of day, as known then, inside the look-back
    of the rule in force. Stop: an unknown split, a rule that cannot be used, a field hidden from the actor.
    """
    by, rule = split_named(by), rule_in_force(at)
    of_deals(asked.metric)
    allowed(at, by)
    sql, params = text(at, asked, by, rule, "credited")
    found = at.reader.columns(sql, params)
    n = integers(found["n"])
    own, says = rule.untouched == "own", texts(found["own"])
    told = [
        (said or "") if count else (mine if own and mine else NO_TOUCH)
        for said, mine, count in zip(texts(found["member"]), says, n.tolist(), strict=True)
    ]
    place: dict[str | None, int] = {}
    member = np.array([place.setdefault(one, len(place)) for one in told], np.int64)
    value = np.ma.asarray(found["value"])
    return Credited(
        asked,
        rule,
        by,
        at.currency,
        value.filled(0).astype(np.int64),
        ~np.ma.getmaskarray(value),
        integers(found["rank"]),
        n,
        member,
        tuple(place),
        found["id"],
        says,
    )


def allowed(at: Snapshot, by: str) -> None:
    """Stop (not allowed) where the answer would tell a field that is hidden from this actor."""
    more = {"campaign": ("campaign", "name"), "channel": ("campaign", "channel"), "kind": ("campaign", "kind")}.get(by)
    places = [(entity, field) for entity, fields in NEEDED.items() for field in fields]
    hidden = [f"{e}.{f}" for e, f in [*places, *([more] if more else [])] if not at.policy.field_allowed(e, f)]
    if hidden:
        raise refused(at.policy.actor, f"attribution, which needs {', '.join(hidden)}")


def text(
    at: Snapshot, asked: Asked, by: str, rule: Rule, want: str, more: Mapping[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """(the compiled text, its bound values)."""
    known = dimensions(at.schema)
    # What the deal itself says about this split, for deals that nothing touched.
    own = (known[by],) if by in known and by != "status" else ()
    asked = replace(asked, by=own)
    key, make = question(at, asked)
    statuses = [status.lower() for status in rule.statuses]
    key |= {"want": want, "attribution": [by, rule.look_back_days, bool(statuses)]}

    def build() -> Any:
        from saleswright.measure.metrics.attribution import query

        return getattr(query, want)(make(), query.Ways(by, rule.look_back_days, bool(statuses)))

    sql = compiled(at.workspace.state / "cache", key, build)
    return sql, bind(at, sql, asked, {"statuses": statuses, **(more or {})})


def bookings(at: Snapshot, asked: Asked) -> Result:
    """The figure that the credits add up to: measured on its own, by the metric itself."""
    return evaluate(at, replace(asked, by=()))


def labels(at: Snapshot, by: str, members: Sequence[str | None]) -> dict[str | None, str]:
    """The words for members: campaigns by their name."""
    called = names(at, "campaign", [m for m in members if m]) if by == "campaign" else {}
    return {m: "(no touch)" if m is NO_TOUCH else called.get(m, m) or "(none)" for m in members}


def proof(credited: Credited, whole: Result) -> list[str]:
    """What was proved: under every model the credits are the bookings, to the cent. AssertionError where they are not."""
    total = whole.total.value
    if not isinstance(total, Money):
        return []
    for model in MODELS:
        parts = [line.credit[model] for line in credited.lines]
        added = sum(part.minor for part in parts if part is not None)
        if None in parts or added != total.minor:
            raise AssertionError(f"{model} credits {added}, {whole.asked.metric.name} is {total.minor}")
    if credited.deals != whole.total.n:
        raise AssertionError(f"{credited.deals} deals are shared out, {whole.asked.metric.name} counts {whole.total.n}")
    deals = f"{credited.deals:,} deals"
    return [
        f"Under each of the {len(MODELS)} models the credits of {deals} add to {money(total)}, the {whole.total.label.lower()}."
    ]


def of_deals(metric: Metric) -> None:
    """Stop (usage) for a metric that has no deals of its own behind it: made of other metrics, or of other rows."""
    if metric.entity != "deal" or metric.of_metrics or metric.awaits:
        what = f"{metric.name} has no deals of its own behind it"
        raise Stop(Issue("metric", what, "so no touch can come before them", "won_value, new_deals"), exit_code=USAGE)


def sums_of_money(metric: Metric, where: str) -> None:
    """Stop (usage) for a metric whose rows carry no money, for there is nothing to share out."""
    if metric.shape != "sum" or metric.entity != "deal":
        raise Stop(
            Issue(
                where, f"{metric.name} is no sum of money over deals", "so there is nothing to share out", "won_value"
            ),
            exit_code=USAGE,
        )


def texts(column: Any) -> list[Any]:
    """A column as Python has it, None where nothing is known."""
    values, gone = np.ma.getdata(column).tolist(), np.ma.getmaskarray(column).tolist()
    return [None if lacking else value for value, lacking in zip(values, gone, strict=True)]


def integers(column: Any) -> Numbers:
    """A column of whole numbers."""
    found: Numbers = np.ma.asarray(column).filled(0).astype(np.int64)
    return found
