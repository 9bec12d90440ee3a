"""What is an amount in the reporting currency, at the rate of its own day? For rows that add up amounts of several deals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.types as ir


def with_rates(rows: ir.Table, on: Any) -> ir.Table:
    """The rate of a day for the row's `currency` (`mine`) and for the reporting one (`report`): null where there is none."""
    from saleswright.history import rows as r

    rows = rows.mutate(rate_on=on)
    for name, currency in (("mine", rows.currency), ("report", r.text("cur"))):
        rates = r.rates()
        held = rates.filter(rates.known_from <= r.moment("known")).select(
            c="currency", s="starts", e="ends", **{name: rates.per_base * rates.scale}
        )
        rows = rows.left_join(held, [held.c == currency, held.s <= rows.rate_on, held.e > rows.rate_on]).drop(
            "c", "s", "e"
        )
    return rows.drop("rate_on")


def lacks_rate(rows: ir.Table) -> Any:
    """Is there no rate for the row's currency?"""
    from saleswright.history import rows as r

    foreign = rows.currency.notnull() & (rows.currency != r.text("cur"))
    return foreign & (rows.mine.isnull() | rows.report.isnull())


def converted(rows: ir.Table, amount: Any) -> Any:
    """The amount in the reporting currency, half-even to its minor unit; null without a rate."""
    import ibis

    from saleswright.history import rows as r

    own = rows.currency.isnull() | (rows.currency == r.text("cur"))
    return ibis.cases((own, amount), else_=r.exchange(amount, rows.report, rows.mine))


def money_sum(column: Any) -> Any:
    """A sum of minor units that no engine can overflow or round."""
    return column.cast("decimal(38,0)").sum().cast("int64")


def count_of(held: Any) -> Any:
    """How many rows hold?"""
    import ibis

    return ibis.cases((held, 1)).count()
