"""How is an amount said in a sentence? Short, with its currency: USD 16.29M."""

from __future__ import annotations

from typing import Any

from saleswright.lib.money import Money


def brief(value: Any) -> str:
    """An amount in a sentence: USD 16.29M."""
    if not isinstance(value, Money):
        return "an unknown amount"
    size = abs(value.decimal)
    for power, letter in ((9, "B"), (6, "M"), (3, "K")):
        if size >= 10**power:
            return f"{value.currency} {value.decimal / 10**power:,.2f}{letter}"
    return f"{value.currency} {value.decimal:,.0f}"
