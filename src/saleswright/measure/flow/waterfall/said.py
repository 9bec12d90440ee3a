"""How is a waterfall said in plain words? Amounts short with their currency, what came and what went, never a cause."""

from __future__ import annotations

from datetime import date
from typing import Any

from saleswright.kernel.report import Figure
from saleswright.lib.money import Money
from saleswright.measure.flow.bridge_block import Bridged
from saleswright.measure.metrics.words import plural

# What happened to the deals of a line, in reading order: only the lines a leader asks for.
TOLD = (
    ("new", "came in new"),
    ("pulled_in", "was pulled in"),
    ("redated", "was re-dated"),
    ("pushed_out", "was pushed out"),
    ("past_due", "fell past due"),
    ("lost", "was lost"),
    ("won", "was won"),
)
ALWAYS = ("new", "lost", "won")
OTHERS = 2
"""Of the other lines so many are said, the largest."""


def brief(value: Any) -> str:
    """An amount in a sentence: USD 16.29M."""
    if not isinstance(value, Money):
        return "an unknown amount"
    size = abs(value.decimal)
    for power, letter in ((9, "B"), (6, "M"), (3, "K")):
        if size >= 10**power:
            return f"{value.currency} {value.decimal / 10**power:,.2f}{letter}"
    return f"{value.currency} {value.decimal:,.0f}"


def spoken(day: date, today: date) -> str:
    """A day in a sentence: Mon 16 Nov; with its year where that is another one."""
    return f"{day:%a} {day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")


def scope_words(made: Bridged) -> str:
    """Which deals a waterfall is of: those due in its period, or all that are open."""
    return f"Of the deals due in {made.period.label}" if made.period else "Of all deals, whenever they are due"


def sentence(made: Bridged, largest: str = "") -> str:
    """From how much open to how much, and the largest lines between, in words that claim no cause."""
    moved = [(abs(made.moves.amount(name)), name, words) for name, words in TOLD if made.moves.count(name)]
    others = [name for _, name, _ in sorted(moved, reverse=True) if name not in ALWAYS]
    kept = {*ALWAYS, *others[:OTHERS]}
    currency = made.opening.value.currency if isinstance(made.opening.value, Money) else ""
    parts = [
        f"{brief(Money(size, currency)) if currency and size else plural(made.moves.count(name), 'deal')} {words}"
        for size, name, words in moved
        if name in kept
    ]
    said = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts) or "nothing moved"
    ends = f"{_level(made.opening, made.opening_deals)} was open on {spoken(made.since, made.day)}, "
    ends += f"{_level(made.closing, made.closing_deals)} is open now"
    text = f"{scope_words(made)}, {ends}: {said}."
    return f"{text} {largest}".strip()


def _level(figure: Figure, deals: Figure) -> str:
    if isinstance(figure.value, Money):
        return brief(figure.value)
    return plural(deals.value, "deal") if isinstance(deals.value, int) else "an unknown amount"
