"""How is it said? The sentences about the deals, the weeks and the numbers needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleswright.measure.metrics.apart import money
from saleswright.measure.metrics.words import are, plural

if TYPE_CHECKING:
    from saleswright.measure.forecast.material.due import Weeks
    from saleswright.measure.forecast.material.find import Material
    from saleswright.measure.forecast.material.reach import Reach

ODDS = (
    "These chances are those of the forecast: to be won in this period, by all that was known of a deal. The weighted pipeline "
    "knows its age alone, counts a win whenever it comes, and gives nothing to a deal older than nearly all wins, so it is another "
    "sum."
)
"""Where both stand: why two chances of one deal differ."""

OUT_OF_REACH = 0.005
"""A chance that is told as below 1 %."""


def lede(one: Material) -> str:
    """The sentence at the head."""
    if not one.deals:
        return f"No open deal can bring anything in {one.period.label}."
    many = plural(len(one.deals), "deal")
    if one.together is None or one.deals[0].as_is is None:
        return f"No chance of a target can be told: {_no_target(one)}; {many} move the likely range of {one.period.label} most."
    part = one.together
    if part.won < OUT_OF_REACH:
        return (
            f"No few deals decide it: the chance of the {_money(one)} target is {share(one.deals[0].as_is)}, and stays "
            f"{share(part.won)} with {'that deal' if len(one.deals) == 1 else f'these {many}'} won."
        )
    return (
        f"The chance of the {_money(one)} target is {share(one.deals[0].as_is)}: {share(part.won)} with "
        f"{'that deal' if len(one.deals) == 1 else f'these {many}'} won, {share(part.lost)} without."
    )


def _money(one: Material) -> str:
    return money(one.target) if one.target is not None else ""


def _no_target(one: Material) -> str:
    return (one.forecast.no_target if one.forecast is not None else "") or "no target is set"


def ranked(one: Material) -> str:
    """By what the deals are ranked, and what stays the same."""
    if one.target is None:
        return f"Ranked by what they do to the chance of the middle of the likely range, not of a target: {_no_target(one)}."
    return "Ranked by how much of the chance of the target hangs on each: with it won, less without it, all others as they are."


def need(weeks: Weeks) -> str:
    """What the last column of the weeks means."""
    if weeks.lacking is None:
        return "No target is known, so nothing has to be closed by any week."
    words = "To be closed by then: from now on, so that what is expected afterwards still brings the target"
    if not weeks.lacking.minor:
        return f"{words}. On average it is reached."
    return f"{words}; in every week {money(weeks.lacking)} more than is expected, for so much is lacking on average."


def adds(weeks: Weeks) -> str:
    """The proof that nothing is left out. Raises AssertionError where the rows do not add up."""
    rows = (*weeks.weeks, *weeks.groups)
    total = weeks.won.minor + sum(row.expected.minor for row in rows) + weeks.coming.minor
    if abs(total - weeks.mean.minor) > len(rows) + 3:
        raise AssertionError(f"weeks, groups and what is won and coming add to {total}, the mean is {weeks.mean.minor}")
    return (
        f"Won, weeks, groups and what is still to come add to the mean, {money(weeks.mean)}. Means add, ranges do not."
    )


def notes(one: Material) -> list[str]:
    """What to mind."""
    found = [ODDS]
    late = next((row for row in one.weeks.groups if row.name == "past_due"), None) if one.weeks else None
    if late is not None:
        found.append(
            f"{plural(late.n, 'deal')} {are(late.n)} past due: a date in the past says nothing, so they stand in no week."
        )
    return found


def reached(one: Reach, period: str) -> str:
    """The sentence at the head of the numbers."""
    assert one.beyond is not None and one.target is not None
    wins = one.beyond.numbers[0]
    now = f"The chance of the {money(one.target)} target of {period} is {share(one.beyond.chance)}"
    if wins.n is None:
        return f"{now}; how many wins more it takes cannot be said: {wins.reason}."
    if not wins.n:
        return f"{now}, no less than the {share(one.wanted)} asked for: nothing more is needed."
    others = [f"{n.n:,} {n.name}" for n in one.beyond.numbers[1:] if n.n is not None]
    more = f" or {' or '.join(others)}" if others else ""
    return f"{now}; for {share(one.wanted)} it takes {plural(wins.n, 'win')}{more} beyond what is expected."


def stands_on(one: Reach) -> tuple[str, ...]:
    """What is behind the numbers."""
    found = []
    if one.average is not None:
        found.append(f"A win brings {money(one.average)} on average, by {plural(one.sales, 'win')} of two years.")
    for step in one.steps:
        rate = f"{step.hits / step.tries:.1%}".replace("%", " %") if step.tries else "none"
        became = (
            f"won within the {plural(one.left, 'day')} that are left"
            if step.name == "qualified deals"
            else "a qualified deal"
        )
        found.append(f"Of {step.tries:,} {step.name} {step.hits:,} became {became} ({rate}).")
    found.append("They would have to come in now: who comes in later has fewer days.")
    return (" ".join(found),)


def share(value: float) -> str:
    """A chance in words: never 0 or 100 % of what is neither."""
    if 0 < value < 0.005:
        return "below 1 %"
    if 0.995 < value < 1:
        return "above 99 %"
    return f"{value:.0%}".replace("%", " %")
