"""How is a value said inside a sentence? Rounded for reading; the figure beside it has it exactly."""

from __future__ import annotations

from saleswright.kernel.report import Figure, Unit, Value
from saleswright.lib.money import Money, exponent


def said(value: Value, unit: Unit) -> str:
    """37.3 %, 41 days, USD 12,624, 1,063: the value in words."""
    if value is None:
        return "nothing"
    if isinstance(value, Money):
        whole = round(value.decimal) if abs(value.decimal) >= 1000 else value.decimal
        return f"{value.currency} {whole:,}" + (" a day" if unit == "money_per_day" else "")
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit == "hours":
        return f"{value:,.1f} hours"
    if unit == "days":
        return f"{value:,.0f} days" if value == round(value) or value >= 10 else f"{value:,.1f} days"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.2f}"


def like(figure: Figure, size: float) -> Value:
    """A plain number as a value of the figure's own kind: money in its currency, to the minor unit."""
    if not isinstance(figure.value, Money):
        return size
    return Money(round(size * 10 ** exponent(figure.value.currency)), figure.value.currency)
