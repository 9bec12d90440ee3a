"""How long did deals stay in each stage, how did they leave, and how long is too long? From every visit to a stage.

The threshold of a stage is a quantile of the days of its own visits that ended by then, 0.9 unless a dated definition
says another, or says days:

    kind: stuck
    name: default
    from: 2026-01-01
    quantile: 0.8
    days: {Negotiation: 30}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from saleswright.history.snapshot import Snapshot
from saleswright.kernel.definition import schema_properties
from saleswright.lib.issue import Issue, unknown
from saleswright.measure.flow.causes.noise import FEWEST
from saleswright.measure.flow.columns import NO_DAY, Bools, Ints
from saleswright.measure.flow.columns import days as day_of
from saleswright.measure.flow.rows import Rows, read
from saleswright.measure.flow.view import View
from saleswright.measure.metrics.apart import Pairs
from saleswright.measure.metrics.dimensions import allowed, dimensions

KIND = "stuck"
QUANTILE = 0.9
KEYS: dict[str, tuple[str, str]] = {
    "quantile": ("number", "the share of a stage's own visits that were shorter; 0.9 when not said"),
    "days": ("object", "stage: days, where the threshold is not taken from the record"),
}
ALSO = ("deal", "stage", "entered", "left", "went", "first_visit", "last_visit", "days")
PASSED = ("forward", "won")
SPLIT = ("segment",)


@dataclass(frozen=True)
class Rule:
    """How long is too long: a quantile of a stage's own visits, days of one's own by stage, and where it is written."""

    quantile: float = QUANTILE
    days: dict[str, int] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True)
class Threshold:
    """Of one stage: the days beyond which a deal is stuck (None: too few visits), and from how many visits."""

    days: int | None
    n: int
    set_by: str = ""


@dataclass(frozen=True)
class Visits:
    """Every visit to a stage, in the rows of `rows`; today: the as-of day, since 1970."""

    rows: Rows
    today: int
    rule: Rule

    @cached_property
    def stage(self) -> Any:
        return self.rows.fields["stage"]

    @cached_property
    def entered(self) -> Ints:
        return np.asarray(self.rows.fields["entered"], np.int64)

    @cached_property
    def left(self) -> Ints:
        return np.asarray(self.rows.fields["left"], np.int64)

    @property
    def there(self) -> Bools:
        """Is the deal still in the stage?"""
        return np.asarray(self.left == NO_DAY)

    @cached_property
    def _went(self) -> Any:
        return self.rows.fields["went"].astype(str)

    def went(self, *ways: str) -> Bools:
        """Which visits ended in one of these ways?"""
        return np.asarray(np.isin(self._went, ways))

    @cached_property
    def stages(self) -> list[str]:
        """Stages in the order deals come to them: by the middle place among a deal's own visits."""
        deals, place = np.unique(self.rows.fields["deal"].astype(str), return_inverse=True)
        first = np.full(len(deals), 10**9)
        np.minimum.at(first, place, self.entered)
        since = self.entered - first[place]
        rank = np.argsort(np.lexsort((self.entered, place)))
        begin = np.searchsorted(np.sort(place), place)
        nth = rank - begin
        names = sorted({str(one) for one in self.stage})
        mine = {name: self.stage == name for name in names}
        return sorted(names, key=lambda s: (float(np.mean(nth[mine[s]])), float(np.mean(since[mine[s]])), s))

    def thresholds(self) -> dict[str, Threshold]:
        """By stage: the rule's quantile of the days of visits that ended by then, at least ten of them."""
        found = {}
        days = np.asarray(self.rows.fields["days"], np.int64)
        for name in self.stages:
            ended = np.sort(days[(self.stage == name) & ~self.there & (days >= 0)])
            if name in self.rule.days:
                found[name] = Threshold(self.rule.days[name], len(ended), self.rule.where)
            elif len(ended) < FEWEST:
                found[name] = Threshold(None, len(ended))
            else:
                at = min(len(ended) - 1, max(0, int(np.ceil(self.rule.quantile * len(ended))) - 1))
                found[name] = Threshold(int(ended[at]), len(ended))
        return found

    def stuck_on(self, day: int, limits: dict[str, Threshold]) -> Bools:
        """Which visits stood on the evening of that day beyond their stage's threshold?"""
        limit = np.full(len(self.rows), _limit(None), np.int64)
        for name, one in limits.items():
            limit[self.stage == name] = _limit(one)
        standing = (self.entered <= day) & (self.there | (self.left > day))
        return np.asarray(standing & (day - self.entered > limit))


def _limit(one: Threshold | None) -> int:
    return one.days if one is not None and one.days is not None else 10**8


def visits(at: Snapshot, by: Sequence[str] = SPLIT, where: Pairs = ()) -> Visits:
    """Every visit of a deal of new business to an open stage, as of then. Read once for each view of the record.

    Who needs no split takes the usual one, so that one reading serves all parts of a page.
    """
    splits = tuple(by)
    if splits == SPLIT and not allowed(at, dimensions(at.schema)[SPLIT[0]]):
        splits = ()
    return _visits(View(at), splits, tuple(where))


@lru_cache(maxsize=8)
def _visits(view: View, by: tuple[str, ...], where: Pairs) -> Visits:
    at = view.at
    rows = read(at, "stage_conversion", by, "all", where, ALSO, of="amount", any_row=True)
    return Visits(rows, day_of(at.day), rule_in_force(at))


def last_stage(held: Visits) -> dict[str, str]:
    """Deal -> the open stage it was in last."""
    deals = held.rows.fields["deal"]
    # Two visits may begin on one day; the number at the end of a row's id tells which came first.
    order = np.argsort(np.array([int(str(one).rpartition("/")[2]) for one in held.rows.id], np.int64), kind="stable")
    return dict(zip(deals[order].tolist(), held.stage[order].tolist(), strict=True))


def rule_in_force(at: Snapshot) -> Rule:
    """The rule that holds on the as-of day: the workspace's latest that can be used, or 0.9."""
    for definition in reversed(at.workspace.all(KIND, at.day)):
        if not list(_wrong(definition)):
            body = definition.body
            days = {str(k): int(v) for k, v in dict(body.get("days") or {}).items()}
            return Rule(float(body.get("quantile", QUANTILE)), days, definition.where(""))
    return Rule()


def _wrong(definition: Any) -> Iterator[Issue]:
    quantile, days = definition.body.get("quantile", QUANTILE), definition.body.get("days") or {}
    if isinstance(quantile, bool) or not isinstance(quantile, int | float) or not 0.5 <= quantile < 1:
        why = "so the stages' own quantile of 0.9 holds instead"
        yield Issue(definition.where("quantile"), f"{quantile} is no share between 0.5 and 1", why, "quantile: 0.9")
    if not isinstance(days, dict) or any(type(v) is not int or v < 0 for v in days.values()):
        yield Issue(
            definition.where("days"), "days is not a list of stage: days", "so it is not used", "days: {Proposal: 30}"
        )


def issues(at: Snapshot, stages: Collection[str] = ()) -> tuple[Issue, ...]:
    """What is wrong with the rules of this workspace: no share, no days, a stage that is not in the record."""
    found = []
    for definition in at.workspace.all(KIND, at.day):
        wrong = list(_wrong(definition))
        found += wrong
        if stages and not wrong:
            strange = [s for s in dict(definition.body.get("days") or {}) if s not in stages]
            found += [unknown("stage", str(s), list(stages), where=definition.where("days")) for s in strange]
    return tuple(found)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the rule's YAML."""
    properties = schema_properties(KIND, KEYS)
    properties["quantile"] |= {"minimum": 0.5, "exclusiveMaximum": 1}
    properties["days"] |= {"additionalProperties": {"type": "integer", "minimum": 0}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "When a deal is stuck in its stage",
        "type": "object",
        "properties": properties,
        "required": ["kind", "name"],
        "additionalProperties": False,
    }
