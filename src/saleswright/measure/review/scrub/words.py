"""How is a finding said? The evidence of each shape in words, and each rule's threshold."""

from __future__ import annotations

from datetime import date
from typing import Any

from saleswright.history.snapshot import Snapshot
from saleswright.lib.money import exponent
from saleswright.measure.metrics.words import plural
from saleswright.measure.review.scrub.facts import Row
from saleswright.measure.review.scrub.own import TIMES, USUAL, Limit, Own, period_end
from saleswright.measure.review.scrub.rules import ENOUGH, Rule

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMED = {
    "expected_close": "Close date", "next_step": "Next step", "next_step_on": "Next step", "last_activity": "Last activity",
    "forecast_category": "Category", "lost_reason": "Lost reason", "primary_contact": "Main contact",
}  # fmt: skip
OF_TEN = {90: "nine of ten", 80: "eight of ten", 75: "three of four", 50: "half", 95: "95 of 100", 99: "99 of 100"}
PLACEHOLDERS = {"zero": "Amount is 0", "one": "Amount is 1"}
DATES = {
    "undated": "Decided, yet without a closed date",
    "future": "Decided on {on}, which is still to come",
    "early": "Closed {on}, before it was created on {born}",
}


def day(on: date, now: date) -> str:
    """A day in words, with its year where that is another one: 21 Sep, 21 Sep 2025."""
    return f"{on.day} {MONTHS[on.month - 1]}" + (f" {on.year}" if on.year != now.year else "")


def field(name: str) -> str:
    """What a field is called on the page."""
    return NAMED.get(name) or name.replace("_", " ").capitalize()


def ago(days: int) -> str:
    return "yesterday" if days == 1 else f"{days:,} days ago"


def evidence(at: Snapshot, rule: Rule, row: Row, found: Any, own: Own) -> str:
    """What a rule holds against a deal, in words."""
    now = at.day
    shape = rule.shape
    if shape == "date-passed":
        name = "Next step was due" if rule.field == "next_step_on" else field(rule.field)
        return f"{name} {day(found, now)}, {ago((now - found).days)}"
    if shape == "changed-too-often":
        return f"{field(rule.field)} moved {plural(found, 'time')}"
    if shape == "missing":
        return "; ".join(f"{field(name)} is empty" for name in dict.fromkeys(found.split(",")))
    if shape == "silent":
        if row.touched:
            return f"Last activity {day(row.touched, now)}, {ago(found)}"
        begun = row.created or row.qualified
        return f"No activity since it came in{f' on {day(begun, now)}, {ago(found)}' if begun else ''}"
    if shape == "too-long-in":
        value = getattr(row, rule.field, "") or ""
        stays = own.stays[rule.name]
        limit = stays.get(value) or stays[""]
        held = f", {_share(rule)} leave by {limit.value}" if limit.n else f", more than {limit.value}"
        return f"{found:,} days in {value}{held}"
    if shape == "too-old":
        name, limit_days = own.too_old or ("", 0)
        return f"{found:,} days since it was {name}; 95 of 100 wins took less than a third of {limit_days:,}"
    if shape == "placeholder":
        if found in PLACEHOLDERS:
            return PLACEHOLDERS[found]
        amount = f"{(row.amount or 0) // 10 ** exponent(row.currency or at.currency):,}"
        if found == "repeated":
            return f"Amount is {amount}, as on far more open deals than won ones"
        return f"Amount is {amount}, which stands for none"
    if shape == "same-key":
        keys = ["name key" if key == "name" else key for key in rule.same[0]]
        told = f"{', '.join(keys[:-1])} and {keys[-1]}" if len(keys) > 1 else keys[0]
        return f"Same {told} as another open deal, {_key(found)}"
    if shape == "contradiction":
        on = day(row.closed, now) if row.closed else ""
        return DATES[found].format(on=on, born=day(row.created, now) if row.created else "")
    if shape == "says-otherwise":
        return f"{field(rule.field)} says {found}, type says {row.type or 'nothing'}"
    if shape == "slipped":
        called = "/".join(word.capitalize() for word in rule.categories)
        return f"In {called} for {day(found, now)}, still open after {day(period_end(at), now)}"
    return str(found)


def _key(id_: str) -> str:
    return id_.split("_", 2)[-1]


def _share(rule: Rule) -> str:
    return OF_TEN.get(rule.percentile, f"{rule.percentile} of 100")


def label(rule: Rule, own: Own) -> str:
    """The short words for a rule, with its limit where the text leaves a place for it: Silent 30+ days."""
    limit = own.limits.get(rule.name)
    value = limit.value if limit else rule.at_least or rule.fallback or 0
    return rule.label.replace("{limit}", f"{value:,}")


def threshold(at: Snapshot, rule: Rule, own: Own) -> str:
    """The threshold of a rule in words, and whose it is."""
    share = _share(rule)
    limit = own.limits.get(rule.name)
    if rule.shape in ("changed-too-often", "silent") and limit:
        what = "times or more" if rule.shape == "changed-too-often" else "days or more"
        return f"{limit.value:,} {what}; {_own(rule, limit, share)}"
    if rule.shape == "too-long-in" and rule.name in own.stays:
        stays = own.stays[rule.name]
        told = [f"{one.value:,} days in {value} (n {one.n:,})" for value, one in stays.items() if value and one.n]
        few = [value for value, one in stays.items() if value and not one.n]
        rest = stays[""].value
        said = f"over {', '.join(told)}: {share} leave by then" if told else ""
        if few or not told:
            place = "elsewhere" if told else "in any"
            said += f"{'; ' if said else ''}over {rest:,} days {place}, for fewer than {rule.enough} have left"
        return said
    if rule.shape == "too-old" and own.too_old:
        return f"over {own.too_old[1]:,} days since {own.too_old[0]}: three times what 95 of 100 wins took"
    if rule.shape == "placeholder":
        return (
            f"0, 1, nines, 1234, or the same on at least {rule.at_least or 5} open deals and 1 in 100 of them, more than {TIMES} "
            f"times as often as on won ones with one win more granted, from {ENOUGH} wins on; never what {USUAL} were won at"
        )
    if rule.shape == "date-passed":
        return f"before {day(at.day, at.day)}"
    if rule.shape == "slipped":
        return f"called for a day up to {day(period_end(at), at.day)}"
    if rule.shape == "same-key":
        return "equal once case, accents and punctuation are left out: " + " or ".join(
            ", ".join(one) for one in rule.same
        )
    if rule.shape == "missing":
        more = "".join(f"; in {stage} {', '.join(map(field, names))}" for stage, names in rule.stages.items())
        return f"empty: {', '.join(map(field, rule.fields))}{more}"
    if rule.shape == "says-otherwise":
        return f"{field(rule.field)} has one of: {', '.join(rule.words)}"
    if rule.shape == "out-of-wobble":
        return "three standard deviations from the other months, at the month's own mix of segments and types"
    return ""


def _own(rule: Rule, limit: Limit, share: str) -> str:
    if not limit.n:
        if not rule.percentile:
            return "as the rule says"
        return f"fewer than {rule.enough} won deals tell their own, so the rule's own number holds"
    if rule.shape == "silent":
        return f"{share} won deals were never silent for longer than {plural(limit.seen, 'day')} (n {limit.n:,})"
    return f"{share} won deals were moved at most {plural(limit.seen, 'time')} (n {limit.n:,})"
