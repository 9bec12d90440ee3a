"""What should the record say instead? One proposal per field of a deal, merged over all its findings; else a question.

A value is proposed only where the record itself gives it: the CRM's own lost stage, the usual time of won deals. Where it
does not, the owner is asked: an amount is never invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import Money
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.scrub.facts import Row
from saleswright.measure.review.scrub.message import shown
from saleswright.measure.review.scrub.model import Fix
from saleswright.measure.review.scrub.own import Own, folded
from saleswright.measure.review.scrub.rules import Rule
from saleswright.measure.review.scrub.words import day, field

STEP_IN = 3
SHORTEST = 7
USUALLY = 14
LABELS = {"expected_close": "Close", "forecast_category": "Category", "closed": "Closed"}
DOWN = {"commit": "best case", "best case": "pipeline"}
ASKED = "What is it?"


def working_day(on: date) -> date:
    """That day, or the Monday after a weekend."""
    return on + timedelta(days=max(0, 7 - on.weekday()) if on.weekday() > 4 else 0)


class Proposals:
    """How fixes are made for the deals of one scrub."""

    def __init__(self, at: Snapshot, own: Own, rules: Sequence[Rule], found: Sequence[Row]) -> None:
        self.at = at
        self.own = own
        self.silent = next(
            (own.limits[rule.name].value for rule in rules if rule.shape == "silent" and rule.name in own.limits), 30
        )
        self.step = f"Confirm decision date, {day(working_day(at.day + timedelta(days=STEP_IN)), at.day)}"
        pushed = [rule.name for rule in rules if rule.shape == "changed-too-often" and rule.field == "expected_close"]
        self.pushes = min((own.limits[name].value for name in pushed if name in own.limits), default=0)
        self.same = self._kept(found)
        # Closing a deal writes the day of it, so whoever may not see that day closes none.
        self.days_seen = all(at.policy.field_allowed("deal", name) for name in ("expected_close", "closed"))

    def _kept(self, found: Sequence[Row]) -> dict[str, tuple[str, tuple[str, ...]]]:
        """By deal that stands in the CRM twice: the record that goes on, and the older ones that are lost by themselves."""
        by_id = {row.id: row for row in found}
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in found:
            for rule, first in row.found:
                if rule.shape == "same-key":
                    groups.setdefault((rule.name, first), []).append(row)
        kept: dict[str, tuple[str, tuple[str, ...]]] = {}
        for (_, first), members in groups.items():
            members.sort(key=lambda row: (row.created or date.max, row.id))
            # The oldest has nothing against it when it is not among the found.
            dead = [row.id for row in ([by_id[first]] if first in by_id else []) + members if self._dead(row)]
            order = [first, *(row.id for row in members)]
            alive = next((one for one in order if one not in dead), "")
            for place, one in enumerate(order):
                kept[one] = (alive, tuple(other for other in order[:place] if other in dead))
        return kept

    def fixes(self, row: Row) -> tuple[Fix, ...]:
        """The proposals for a deal: a value for each field that has an honest one, then the questions."""
        lost = self._lost(row)
        if lost:
            return lost
        made: dict[str, Fix] = {}
        asks: dict[str, Fix] = {}
        for rule, found in row.found:
            fixes = self._of_rule(rule, found, row)
            for one in fixes:
                if one.new is not None:
                    made.setdefault(one.field, one)
            if not any(one.new is not None for one in fixes):
                name = fixes[0].field if fixes else (rule.field or "name")
                asked = (fixes[0].ask if fixes else "") or rule.ask or ASKED
                asks.setdefault(rule.name, Fix(name, label(name), fixes[0].old if fixes else None, None, "", asked))
        return (*made.values(), *asks.values())

    def ends(self, row: Row, rule: Rule, found: Any, fixes: Sequence[Fix]) -> tuple[tuple[str, str], ...]:
        """The proposals that end a finding, as (record key, field); none where a question is all there is."""
        key = _key(row.id)
        made = {fix.field for fix in fixes if fix.new is not None}
        if "stage" in made:
            return () if found == "early" else ((key, "stage"),)
        if rule.shape == "same-key":
            keeper, gone = self.same.get(row.id, ("", ()))
            # The older ones are lost by themselves, so nothing is left that it is the same as.
            return tuple((_key(one), "stage") for one in gone) if keeper == row.id else ()
        looked: tuple[str, ...] = {
            "date-passed": (rule.field,),
            "missing": tuple(dict.fromkeys(found.split(","))) if rule.shape == "missing" else (),
            "placeholder": (rule.field or "amount",),
            "says-otherwise": ("type",),
            "contradiction": ("closed",),
        }.get(rule.shape, ())
        return tuple((key, name) for name in looked) if set(looked) <= made else ()

    def _lost(self, row: Row) -> tuple[Fix, ...]:
        """Closed as lost, where that is the honest state: then nothing else is worth changing."""
        if row.standing != "open" or not self.own.lost_stage or self.own.ended or not self.days_seen:
            return ()
        reason = self._dead(row)
        copy = not reason and self.same.get(row.id, ("", ()))[0] not in ("", row.id)
        copy = copy and any(rule.fix == "close_duplicate" for rule, _ in row.found)
        if copy:
            reason = f"the older record goes on: {_key(self.same[row.id][0])}"
        if not reason:
            return ()
        fixes = [
            Fix("stage", "Stage", row.stage, self.own.lost_stage, reason),
            Fix("expected_close", "Close", row.expected_close, self.at.day, "the day it is closed"),
        ]
        if row.forecast_category and self.own.lost_category:
            fixes.append(
                Fix(
                    "forecast_category",
                    "Category",
                    row.forecast_category,
                    self.own.lost_category,
                    "as lost deals have it",
                )
            )
        if copy and self.own.duplicate_reason:
            fixes.append(Fix("lost_reason", "Lost reason", None, self.own.duplicate_reason, "the CRM's own word"))
        return tuple(one for one in fixes if one.old != one.new)

    def _dead(self, row: Row) -> str:
        """Why a deal is lost by itself, in words; empty when it may live."""
        rules = {rule.fix: (rule, found) for rule, found in row.found}
        if "close_lost" in rules:
            rule, found = rules["close_lost"]
            return f"open for {found:,} days" if isinstance(found, int) else rule.label.lower()
        quiet = next((found for rule, found in row.found if rule.shape == "silent"), None)
        if quiet is None:
            return ""
        late = (self.at.day - row.expected_close).days if row.expected_close else 0
        if "redate" in rules and late >= self.silent:
            return f"{plural(late, 'day')} past due and silent for {plural(quiet, 'day')}"
        old = next((found for rule, found in row.found if rule.shape == "too-long-in"), None)
        if old is not None and quiet >= 2 * self.silent:
            return f"{plural(old, 'day')} in {row.stage} and silent for {plural(quiet, 'day')}"
        return ""

    def _of_rule(self, rule: Rule, found: Any, row: Row) -> list[Fix]:
        if rule.fix == "redate":
            return [self._redate(row)]
        if rule.fix == "lower_category":
            return self._lower(row)
        if rule.fix == "next_step":
            return [self._step(row)]
        if rule.fix == "typical_amount":
            return [self._amount(row)]
        if rule.fix == "renewal_type":
            new = self.own.renewal_type or None
            return [Fix("type", "Type", row.type, new, "the CRM's own word for it" if new else "")]
        if rule.fix == "true_date":
            return [self._true_date(found, row)]
        if rule.fix == "fill":
            return [fix for name in dict.fromkeys(found.split(",")) for fix in self._fill(name, row)]
        if rule.fix in ("close_when_silent", "close_lost", "close_duplicate"):
            return [Fix("stage", "Stage", row.stage, None, "")]
        return []

    def _step(self, row: Row) -> Fix:
        # From here on counts only while the record goes on.
        new = None if self.own.ended else self.step
        return Fix("next_step", "Next step", row.next_step or None, new, "a day soon" if new else "")

    def _redate(self, row: Row) -> Fix:
        if self.own.ended:
            return Fix("expected_close", "Close", row.expected_close, None, "", "When will the buyer decide?")
        if row.moves + 1 == self.pushes:
            # One more move, and the deal would be found for being pushed: that is the owner's to decide.
            ask = f"It would be moved for the {_nth(self.pushes)} time: when will the buyer decide?"
            return Fix("expected_close", "Close", row.expected_close, None, "", ask)
        stage, days = (row.stage, (self.at.day - row.since.date()).days) if row.since else ("", 0)
        left = self.own.remaining(stage, days) if row.since else None
        why = "usual time from this stage"
        if left is None and row.created:
            left, why = self.own.remaining("", (self.at.day - row.created).days), "usual time at this age"
        if left is None:
            left, why = USUALLY, "two weeks to ask, for too few deals tell the usual time"
        on = working_day(self.at.day + timedelta(days=max(left, SHORTEST)))
        return Fix("expected_close", "Close", row.expected_close, on, why)

    def _lower(self, row: Row) -> list[Fix]:
        low = DOWN.get(folded(row.forecast_category or ""))
        new = self.own.categories.get(low or "")
        if not new:
            return []
        return [Fix("forecast_category", "Category", row.forecast_category, new, "until the buyer confirms a date")]

    def _amount(self, row: Row) -> Fix:
        currency = row.currency or self.at.currency
        old = None if row.amount is None else Money(row.amount, currency)
        key = (row.segment or "", row.type or "", row.currency or "")
        middle, like = self.own.typical.get(key), "wins of its segment and type"
        if middle is None:
            middle, like = self.own.typical.get(("*", "*", row.currency or "")), f"wins in {currency}"
        # The same estimate on every such deal would be a placeholder too, so it stands in the question alone.
        hint = "" if middle is None else f" The middle of {like} is {shown(Money(middle, currency), self.at.day)}."
        return Fix("amount", "Amount", old, None, "", f"What is it worth?{hint}")

    def _true_date(self, found: str, row: Row) -> Fix:
        if found == "undated" and row.since and "dated changes of stage" in self.own.has:
            return Fix("closed", "Closed", None, row.since.date(), "the day the history has it decided")
        return Fix("closed", "Closed", row.closed, None, "")

    def _fill(self, name: str, row: Row) -> list[Fix]:
        if name == "amount":
            return [Fix("amount", "Amount", None, None, "", "What is it worth?")]
        if name == "expected_close":
            return [self._redate(row)]
        if name == "owner" and row.account_owner:
            return [Fix("owner", "Owner", None, row.account_owner.split("_", 2)[-1], "who looks after the account")]
        if name == "next_step":
            return [self._step(row)]
        return [Fix(name, label(name), None, None, "", f"{field(name)}: what is it?")]


def _key(id_: str) -> str:
    return id_.split("_", 2)[-1]


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def label(name: str) -> str:
    """What a field is called beside its proposal."""
    return LABELS.get(name) or field(name)
