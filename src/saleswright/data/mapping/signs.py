"""In which currency is an amount that carries its own sign or code?"""

from __future__ import annotations

from saleswright.data.read import forms
from saleswright.data.read.sql import text

_FAMILIES = {
    "$": ("USD", ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "CLP", "COP", "ARS")),
    "¥": ("JPY", ("JPY", "CNY")),
    "kr": ("SEK", ("SEK", "NOK", "DKK", "ISK")),
    "kr.": ("DKK", ("DKK", "SEK", "NOK", "ISK")),
    "Fr.": ("CHF", ("CHF",)),
    "Rs": ("INR", ("INR", "PKR", "LKR", "NPR")),
    "Rs.": ("INR", ("INR", "PKR", "LKR", "NPR")),
    "R": ("ZAR", ("ZAR",)),
    "฿": ("THB", ("THB",)),
    "₱": ("PHP", ("PHP",)),
    "₦": ("NGN", ("NGN",)),
}


def sign_code(sign: str, usual: str) -> str:
    """The code a sign or code means beside amounts whose usual currency is `usual`; empty when it means none."""
    if sign in forms.CURRENCY_SIGNS:
        return forms.CURRENCY_SIGNS[sign]
    if sign in _FAMILIES:
        first, family = _FAMILIES[sign]
        return usual if usual in family else first
    return sign if len(sign) == 3 and sign.isalpha() and sign.isupper() else ""


def shared(sign: str) -> bool:
    """Is it the sign of several currencies?"""
    return sign in _FAMILIES and len(_FAMILIES[sign][1]) > 1


def signed_sql(v: str, usual: str) -> str:
    """SQL of the code beside the amount in a text; NULL where there is none."""
    cases = " ".join(f"WHEN {text(sign)} THEN {text(sign_code(sign, usual))}" for sign in _FAMILIES)
    return f"coalesce({forms.currency_of(v)}, CASE regexp_extract({v}, {text(forms.SIGN)}) {cases} END)"
