"""May this be called, and what does it depart from? Everything that is wrong is said at once; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from saleswright.history.authored import checked, types
from saleswright.history.snapshot import Snapshot
from saleswright.kernel import clock
from saleswright.kernel.change import JOURNAL, ChangeRequest, Line
from saleswright.kernel.journal.via import via
from saleswright.kernel.policy import COMPANY
from saleswright.lib.issue import USAGE, Issue, Stop, unknown
from saleswright.lib.money import Money
from saleswright.measure.forecast.calls.find import person
from saleswright.measure.forecast.calls.rules import Rules, week_of
from saleswright.measure.forecast.calls.sheet import Sheet, period_of, sheet
from saleswright.measure.forecast.panel.clocks import grid
from saleswright.measure.forecast.panel.codes import Codes
from saleswright.measure.forecast.panel.worth import rates
from saleswright.measure.metrics.dimensions import scope_value

KIND = "forecast_call"
LONGEST = 500
"""Letters of a reason."""


@dataclass(frozen=True, slots=True)
class Base:
    """What a call departs from: the amount, and what it is made of. alone: there is none, and none can be made."""

    amount: Money | None
    words: str
    missing: bool = False


def submit(
    at: Snapshot, period: str, category: str, amount: str, about: str, by: str, reason: str, allowed: str
) -> ChangeRequest:
    """The change request of one call. Stop (usage) with everything that is wrong about it.

    about: whose number, an id or a name; by: who calls. Who is not named is who asks, where their access says who that is,
    else the same as the other.
    """
    issues: list[Issue] = []
    span = _collect(issues, lambda: period_of(at, period))
    if span is not None and span.end <= at.day:
        issues.append(Issue("period", f"{span.label} is over", "so what came is known", "this quarter"))
    if not at.policy.field_allowed(KIND, "amount"):
        issues.append(Issue("amount", "calls are outside this person's access", "so none can be made", ""))
    found = sheet(at, str(span), with_model=False) if span is not None else None
    rules = found.rules if found is not None else Rules()
    named = rules.category(category) if category else rules.called
    if not named:
        issues.append(unknown("category", category, rules.categories, where="category"))
    value = _collect(issues, lambda: _amount(amount, at.workspace.currency))
    if value is not None and value.minor < 0:
        issues.append(Issue("amount", f"{amount} is below zero", "so it is no bookings", "0 or more"))
    if found is None:
        raise Stop(*issues, exit_code=USAGE)
    whose, caller = _people(found, about, by, issues)
    reason = " ".join(reason.split())
    if len(reason) > LONGEST:
        issues.append(Issue("reason", f"{len(reason):,} letters", "nobody reads that much", f"at most {LONGEST}"))
    permit = _locked(found, caller, allowed, issues)
    base = Base(None, "")
    if whose and caller and named:
        base = departs_from(found, caller, whose, named)
        if value is not None and not reason:
            issues += _unsaid(found, value, base, caller, whose)
    if issues or value is None:
        raise Stop(*issues, exit_code=USAGE)
    return _request(found, value, named, whose, caller, reason, permit, base)


def departs_from(found: Sheet, caller: str, whose: str, category: str) -> Base:
    """What a call is held against: of another's number their own call, of one's own those below, else one's deals."""
    now = found.now
    if caller != whose:
        own = _own(found, whose, category)
        if own is not None:
            return Base(own, f"{found.name(whose)}'s own call")
        return Base(None, f"{found.name(whose)} is not in", missing=True)
    if any(now.tree.below(whose)) and (roll := now.roll(whose, category)).of:
        return Base(roll.amount, f"calls of {roll.words.removesuffix(' in')}")
    come = found.deals.come_to(whose, category, found.rules)
    return Base(come, "own deals: won, and open in the category")


def _own(found: Sheet, whose: str, category: str) -> Money | None:
    held = found.now.standing(whose, category)
    own = held.original or (held.call if held.call is not None and held.call.own and not held.carried else None)
    return own.amount if own is not None else None


def _unsaid(found: Sheet, value: Money, base: Base, caller: str, whose: str) -> list[Issue]:
    """A number far from its roll-up, or in the place of one that is not in, without a word why."""
    if base.missing:
        what = f"{base.words}, and this would stand in the place of their call"
        return [Issue("reason", what, "nobody could tell why later", '--reason "..."', code="reason-missing")]
    if base.amount is None:
        return []
    held = _converted(found.at, value)
    if held is None:
        what = f"{_shown(value)} has no rate to {found.at.currency}, so it cannot be held against {base.words}"
        return [Issue("reason", what, "nobody could tell why later", '--reason "..."', code="reason-missing")]
    if not found.rules.beyond(held, base.amount):
        return []
    told, limit = f"from {_shown(base.amount)} ({base.words})", found.rules.limit_amount
    what = f"{_shown(held)} is further than {found.rules.limit_words} {told}"
    if limit is not None and limit.currency != held.currency:
        what = f"{_shown(held)} is away {told}, and the limit is in {limit.currency}"
    return [Issue("reason", what, "nobody could tell why later", '--reason "..."', code="reason-missing")]


def _converted(at: Snapshot, value: Money) -> Money | None:
    """The call in the currency of the roll-up, at the rate of the day; None where no rate is known."""
    if value.currency == at.currency:
        return value
    codes = Codes()
    codes.add([value.currency])
    day = rates(at, codes, grid(at, [at.day]), "current")
    minor, known = day.convert(np.array([value.minor]), np.array([codes.number(value.currency)]), np.array([0]))
    return Money(int(minor[0]), at.currency) if known[0] else None


def _shown(value: Money) -> str:
    return f"{value.currency} {value.decimal:,}"


def _amount(text: str, currency: str) -> Money:
    if not text.strip():
        what = "it is not said what the period will come to"
        raise Stop(
            Issue("amount", what, "a missing call is not in, never zero", "--amount 120000", code="missing-argument")
        )
    number, _, named = text.strip().partition(" ")
    if named and len(named.strip()) == 3:
        return Money.parse(number, named.strip().upper(), "amount")
    return Money.parse(text, currency, "amount")


def _people(found: Sheet, about: str, by: str, issues: list[Issue]) -> tuple[str, str]:
    """(whose number, who calls): ids of people that are here and to be seen, who calls being them or above them."""
    at, tree = found.at, found.now.tree
    me = myself(at)
    whose = person(found, about, "about", issues) if about else ""
    caller = person(found, by, "by", issues) if by else me
    if me and caller and caller != me:
        what = f"{found.name(caller)} calls for themselves, and you are {found.name(me)}"
        issues.append(Issue("by", what, "so it would be taken for theirs", "leave --by out", code="not-allowed"))
        return "", ""
    whose, caller = whose or (caller if not about else ""), caller or (whose if not by else "")
    if not about and not by and not me:
        what = "it is not said whose number it is"
        issues.append(Issue("about", what, "so it could not be added up", "--about NAME, and --by NAME who leads them"))
    if whose and tree.left(whose) and caller == whose:
        what = f"{found.name(whose)} is no longer here"
        issues.append(Issue("about", what, "so they call nothing", "--by NAME who leads the team"))
    if whose and caller and caller != whose and caller not in tree.over(whose):
        what = f"{found.name(caller)} does not lead {found.name(whose)}"
        above = [found.name(one) for one in tree.over(whose)]
        try_ = f"--by {' or '.join(above)}" if above else "nobody is above them: leave --by out"
        issues.append(Issue("by", what, "only who leads somebody overrides their number", try_))
    return whose, caller


def myself(at: Snapshot) -> str:
    """Who asks, where their access is one person's: owner:Rep 07, or the manager of those they see. Empty: not known."""
    if at.policy.scope == COMPANY:
        return ""
    if at.policy.shape in ("owner", "manager"):
        return scope_value(at)
    return ""


def _locked(found: Sheet, caller: str, allowed: str, issues: list[Issue]) -> str:
    """Who allowed a call after the lock; empty where it is open. An issue where it is locked and nobody above allowed it."""
    now = clock.now().astimezone(UTC).replace(tzinfo=None)
    permit = person(found, allowed, "allowed-by", issues) if allowed else ""
    if not locked(found, now):
        return ""
    opens = week_of(found.at.day) + timedelta(days=7)
    if not allowed:
        what = f"calls are locked since {found.rules.lock_words}"
        try_ = f"from Monday {opens}, or --allowed-by NAME of who leads them"
        issues.append(Issue("lock", what, "so that what was agreed on stands", try_, code="locked"))
    elif permit and caller:
        above = found.now.tree.over(caller)
        if permit == caller or (above and permit not in above):
            what = f"{found.name(permit)} does not lead {found.name(caller)}"
            try_ = " or ".join(found.name(one) for one in above) or "somebody else"
            issues.append(Issue("allowed-by", what, "so the lock holds for them too", try_, code="locked"))
    return permit


def locked(found: Sheet, now: datetime) -> bool:
    """Are the calls of the week locked at an instant (UTC, naive)? They open again when the next week begins."""
    return found.locks is not None and now >= found.locks


def _collect(issues: list[Issue], make: Any) -> Any:
    try:
        return make()
    except Stop as stop:
        issues += stop.issues
        return None


def _request(
    found: Sheet, value: Money, category: str, whose: str, caller: str, reason: str, permit: str, base: Base
) -> ChangeRequest:
    at, period = found.at, found.period
    fields: dict[str, Any] = {
        "person": caller, "about": whose, "called": at.day, "period": str(period), "category": category, "amount": value,
        "reason": reason, "allowed": permit, "against": base.words,
    }  # fmt: skip
    if base.amount is not None and base.amount.currency == value.currency:
        fields["rollup"] = base.amount
    fields = {name: told for name, told in fields.items() if told not in (None, "")}
    checked(types(at.workspace)[KIND], fields)
    name = found.name(whose)
    whom = name if caller == whose else f"{name} by {found.name(caller)}"
    title = f"{category.capitalize()} of {whom} for {period.label}: {_shown(value)}"
    line = Line(KIND, f"person:{whose}", "", None, fields, reason or f"the call of {at.day}", name, amount=value)
    # What a program says in somebody's name waits for a person: what passes by itself is of low risk only.
    return ChangeRequest(title, reason or f"the call of {at.day}", (line,), JOURNAL, risk="medium" if via() else "low")


__all__ = ["departs_from", "locked", "myself", "submit"]
