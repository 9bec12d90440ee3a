"""How is a date written, where the forms of reading do not know it? Eight digits in a row are one more way."""

from __future__ import annotations

from saleswright.data.read import forms

DIGITS = "yyyymmdd"
ORDERS = {**forms.ORDERS, DIGITS: "eight digits, year first"}
"""The ways to write a date that a mapping can name."""
_EIGHT = r"'^(\d{4})(\d{2})(\d{2})(?:\.0+)?$'"


def date_sql(v: str, order: str, zone: str, written_in: str = "") -> str:
    """The DATE meant by the text."""
    return forms.date_sql(*_known(v, order), zone, written_in)


def instant_sql(v: str, order: str, zone: str, written_in: str = "") -> str:
    """The instant (TIMESTAMP, UTC) meant by the text."""
    return forms.instant_sql(*_known(v, order), zone, written_in)


def date_ok(v: str, order: str) -> str:
    """Is the text wholly a date in this order?"""
    return forms.date_ok(*_known(v, order))


def _known(v: str, order: str) -> tuple[str, str]:
    return (rf"regexp_replace({v}, {_EIGHT}, '\1-\2-\3')", "ymd") if order == DIGITS else (v, order)
