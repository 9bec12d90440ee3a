"""What do the factors and the ages say, in sentences a sales leader can read aloud? Accounting, never blame."""

from __future__ import annotations

from collections.abc import Callable

from saleswright.history.tiers import ended, ended_words
from saleswright.kernel.report import Figure, Note
from saleswright.lib.money import Money
from saleswright.measure.flow.factors.aging import Aging, Gap
from saleswright.measure.flow.factors.find import Factors, Found
from saleswright.measure.flow.waterfall.said import brief
from saleswright.measure.metrics.words import are, plural

FEW = 10
LITTLE = 200
"""A part of the gap that is less than one in so many of the largest one is not worth a word."""

FAR = 0.25
"""A part of the gap beyond this share of the documented value is worth a look."""


def factors_lede(found: Found) -> str:
    """The four factors, and the new value both ways, in two or three sentences."""
    one = found.whole
    n = one.flow.n or 0
    first = f"{begun(span(found))} {plural(n, 'new qualified deal')} came in."
    told = [
        _or(one.size, lambda f: f"a won deal is worth {brief(f.value)}", "what a won deal is worth"),
        _or(one.rate, lambda f: f"{share(f.value)} of the decided deals are won", "the win rate"),
        _or(one.cycle, lambda f: f"half of the wins take {days(f.value)} or less", "the sales cycle"),
    ]
    return " ".join([first, begun("; ".join(told)) + ".", *new_value(one)])


def page_lede(found: Found, one: Aging) -> str:
    """What came in and what is open, both worth both ways, in two sentences."""
    n, cohort, documented = found.whole.flow.n or 0, found.whole.cohort, found.whole.value
    came = f"the {plural(n, 'new qualified deal')} {span(found)}"
    first = f"{begun(came)} cannot be valued: {documented.reason}."
    if isinstance(documented.value, Money):
        first = f"As documented {came} {are(n)} worth {brief(documented.value)}"
        if isinstance(cohort.value.value, Money):
            first += (
                f"; {brief(cohort.value.value)} of them is won so far, {cohort.open:,} {are(cohort.open)} still open"
            )
        first += "."
    value, simple = one.whole.value.value, one.whole.simple.value
    if not isinstance(value, Money) or not isinstance(simple, Money):
        return f"{first} {aging_lede(one)}"
    n = one.whole.open.n or 0
    return (
        f"{first} The {plural(n, 'open deal')} {are(n)} worth {brief(value)} deal by deal, at the odds of their age, and "
        f"{brief(simple)} as documented."
    )


def span(found: Found) -> str:
    """The period in a sentence: "in the last 12 months", "in 2026Q3", "over all time"."""
    label = found.period.label
    if found.period.grain == "all":
        return "over all time"
    return f"in the {label}" if label.startswith(("last ", "this ")) else f"in {label}"


def new_value(one: Factors) -> list[str]:
    """The new value as documented and as it came out; nothing where neither can be told."""
    said = []
    if isinstance(one.value.value, Money):
        said.append(f"As documented that makes {brief(one.value.value)} of new value.")
    else:
        said.append(f"The new value cannot be told: {one.value.reason}.")
    cohort = one.cohort
    if isinstance(cohort.value.value, Money):
        still = (
            f"; {plural(cohort.open, 'deal')} {are(cohort.open)} still open" if cohort.open else ", and all are decided"
        )
        said.append(f"Of these very deals {brief(cohort.value.value)} is won so far{still}.")
    return said


def window(one: Factors) -> str:
    """What deal size, win rate and cycle stand on, and how far cycles lie apart."""
    said = f"Deal size, win rate and cycle: {one.window.label}, {plural(one.window.decided, 'decided deal')}."
    if one.quarters is None:
        return said
    return f"{said} The middle half of the wins took {one.quarters[0]:.0f} to {one.quarters[1]:.0f} days."


def basis(one: Factors) -> str:
    """What deal size and win rate stand on: so many days, up to the end of the period."""
    days = "all time" if one.window.period.grain == "all" else f"{one.window.period.days} days"
    return f"{days}; pulled toward the whole (n = {one.window.decided:,})" if one.drawn else days


def maturity(one: Factors) -> str:
    """Can the cohort's value still grow?"""
    if not one.cohort.deals:
        return "no deals"
    if one.cohort.mature:
        return "mature" if one.cohort.open else "all decided"
    return "immature"


def mix(found: Found) -> str:
    """Why the members' new values do not add to the whole's; empty where they do, or one cannot be told."""
    if found.mix is None or not found.mix.minor or found.by is None:
        return ""
    side = "more" if found.mix.minor > 0 else "less"
    return (
        f"Told by {found.by.label.lower()} the new values add to {brief(abs(found.mix))} {side} than the whole says: "
        "the mix of what came in differs from the mix of what was decided."
    )


def aging_lede(one: Aging) -> str:
    """How many deals are open, what they are worth both ways, and what the gap is made of."""
    n, new, active = (int(str(row.open.value)) for row in (one.whole, one.new, one.active))
    if not n:
        return "No qualified deals are open."
    first = (
        f"{plural(n, 'deal')} {are(n)} open: {new:,} New, qualified less than {one.schedule.new_below} "
        f"{'day' if one.schedule.new_below == 1 else 'days'} ago, and {active:,} Active."
    )
    value, documented = one.whole.value, one.whole.simple
    if not isinstance(value.value, Money):
        return f"{first} What they are worth at their age cannot be told: {value.reason}."
    of_new = one.new.value.value or Money(0, one.at.currency)
    worth = f"Deal by deal they are worth {brief(value.value)}, {brief(of_new)} of it New."
    if one.gap is None:
        return f"{first} {worth} The documented value cannot be told: {documented.reason}."
    return f"{first} {worth} Count times deal size times win rate says {brief(one.gap.simple)}."


def gap(one: Aging) -> str:
    """The gap between both values in words: its two parts add up to it."""
    if one.gap is None:
        return ""
    made: Gap = one.gap
    whole = made.deals - made.simple
    if not whole.minor:
        return "Both say the same."
    own = " of their segment" if made.split else ""
    larger, more = ("larger" if made.size.minor > 0 else "smaller"), ("more" if made.odds.minor > 0 else "less")
    told = [
        (made.mix, "what is open is another mix of segments than what was decided"),
        (made.size, f"open deals stand at {larger} amounts than wins{own} had"),
        (made.odds, f"at their age they are won {more} often than the win rate{own} says"),
    ]
    most = max(abs(part.minor) for part, _ in told)
    parts = [f"{words} ({signed(part)})" for part, words in told if abs(part.minor) * LITTLE > most]
    return f"Between the two lie {brief(abs(whole))}: {listed(parts)}."


def finding(one: Aging) -> str:
    """What to look at first: amounts that are out of line with wins, or deals that have grown old; empty where neither."""
    if one.gap is None or one.gap.by_segment.minor <= 0:
        return ""
    inflated, drift = (part.minor / one.gap.by_segment.minor for part in (one.gap.size, one.gap.odds))
    said = []
    if inflated > FAR:
        said.append(
            "Open amounts are far above what wins were worth: larger deals, or amounts that were never corrected. Look at "
            "the largest first."
        )
    if drift < -FAR:
        said.append("Much of what is open is at an age at which deals are seldom won: decide it, or let it go.")
    return " ".join(said)


def aging_notes(one: Aging) -> list[Note]:
    """What to know of these values: amounts that were filled in, deals that count for nothing, what k stands on."""
    held, notes = one.worth, [Note(text, "warning") for text in one.doubts]
    if last := ended(one.at):
        notes.append(Note(f"{begun(ended_words(last))}.", "warning"))
    filled, untold = int((held.filled & ~held.untold).sum()), int(held.untold.sum())
    if held.reason:
        return [*notes, *([Note(held.k_reason, "warning")] if held.k_reason else [])]
    if filled:
        notes.append(Note(f"{plural(filled, 'open deal')} without an amount {are(filled)} taken at the deal size."))
    if untold:
        what = f"{plural(untold, 'open deal')} without an amount {are(untold, 'counts', 'count')} for nothing"
        notes.append(Note(f"{what}: no deal size is known.", "warning"))
    if held.hopeless:
        n = held.hopeless
        words = f"{plural(n, 'open deal')} {are(n)} older than any deal like {are(n, 'it', 'them')} was won at, and "
        notes.append(Note(f"{words}{are(n, 'counts', 'count')} for nothing."))
    if held.k_reason:
        notes.append(Note(held.k_reason[:1].upper() + held.k_reason[1:], "warning"))
    else:
        notes.append(
            Note(
                f"{plural(held.whole_kept.n, 'won deal')} were booked at {share(held.whole_kept.k)} of what they last stood at "
                "while open, on average; open amounts are taken at that, by segment."
            )
        )
    odds = held.odds
    notes.append(
        Note(
            f"Odds by age are those of {plural(odds.n(), 'deal')}, a deal of a year ago counting half; the range of a value is "
            "how little is known about the odds, 8 in 10."
        )
    )
    return notes


def listed(parts: list[str]) -> str:
    """One after the other: a, b, and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])}, and {parts[-1]}"


def share(value: object) -> str:
    """A share in a sentence: 35 %."""
    return f"{float(str(value)):.0%}".replace("%", "\u00a0%")


def days(value: object) -> str:
    return plural(round(float(str(value))), "day")


def signed(value: Money) -> str:
    """A change in a sentence, with its sign."""
    return ("+" if value.minor >= 0 else "\u2212") + brief(abs(value))


def begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _or(figure: Figure, told: Callable[[Figure], str], what: str) -> str:
    return told(figure) if figure.value is not None else f"{what} cannot be told ({figure.reason})"
