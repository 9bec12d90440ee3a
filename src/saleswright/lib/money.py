"""An amount of one currency, exact to its minor unit. Money never mixes and never passes through a float."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from saleswright.lib.issue import Issue, Stop, unknown


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CURRENCIES = _codes(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """
)
"""The active codes of ISO 4217 that have a minor unit (no metals, no test codes)."""

# A history holds deals signed before a currency was replaced, so the codes ISO withdrew since 2008 stay readable.
WITHDRAWN = _codes("ANG BGN BYR CUC EEK HRK LTL LVL MRO SKK SLL STD VEF ZMK ZWL")
"""Codes withdrawn from ISO 4217 that old rows may still carry; accepted, not offered."""

EXPONENTS: dict[str, int] = dict.fromkeys(CURRENCIES | WITHDRAWN, 2)
"""Decimal digits of the minor unit of every accepted code (ISO 4217)."""
EXPONENTS.update(dict.fromkeys(_codes("BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"), 0))
EXPONENTS.update(dict.fromkeys(_codes("BHD IQD JOD KWD LYD OMR TND"), 3))
EXPONENTS.update(dict.fromkeys(_codes("CLF UYW"), 4))

_AMOUNT = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")


def exponent(code: str) -> int:
    """How many decimal digits has the minor unit of this currency? USD 2, JPY 0, KWD 3 (ISO 4217).

    Raises Stop, with the nearest codes, when the code is not known.
    """
    try:
        return EXPONENTS[code]
    except KeyError:
        raise Stop(unknown("currency", code, sorted(CURRENCIES))) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """How much, in which currency? `minor` counts minor units (cents), `currency` is an ISO 4217 code.

    Adds, subtracts and orders within one currency only, multiplies by whole numbers only; anything else is a
    TypeError. Amounts of two currencies are never equal. An unknown currency is a Stop.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"Money counts whole minor units, not {type(self.minor).__name__}")
        exponent(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str, where: str = "") -> Money:
        """Which amount is written here? Digits, an optional sign, `,` between thousands, `.` before decimals.

        Raises Stop for any other text, and for more decimals than the currency has: rounding is never silent.
        """
        digits = exponent(currency)
        match = _AMOUNT.fullmatch(text.strip())
        if match is None:
            raise Stop(
                Issue(
                    where,
                    f"'{text}' is not an amount",
                    try_=f"digits with . before the decimals, like {cls(123456, currency).text}",
                    code="not_an_amount",
                )
            )
        sign, whole, decimals = match[1], match[2].replace(",", ""), match[3] or ""
        if len(decimals) > digits:
            raise Stop(
                Issue(
                    where,
                    f"'{text}' has {len(decimals)} decimals but {currency} has {digits}",
                    "so a part of the amount would be lost",
                    f"{digits} decimals or fewer" if digits else "a whole number",
                    code="too_many_decimals",
                )
            )
        minor = int(whole + decimals.ljust(digits, "0"))
        return cls(-minor if sign == "-" else minor, currency)

    @property
    def decimal(self) -> Decimal:
        """The exact amount in major units, with exactly as many decimals as the currency has."""
        return Decimal(self.text)

    @property
    def text(self) -> str:
        """The amount in major units as plain text, `-1234.56`: ASCII minus, no thousands mark, no currency."""
        digits = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        plain = str(abs(self.minor)).rjust(digits + 1, "0")
        return f"{sign}{plain[:-digits]}.{plain[-digits:]}" if digits else f"{sign}{plain}"

    def as_dict(self) -> dict[str, str]:
        """What does a program read? The amount as text (a float would round it) and the currency."""
        return {"amount": self.text, "currency": self.currency}

    def allocate(self, weights: Sequence[int]) -> list[Money]:
        """How is the amount shared by whole-number weights so that the parts sum to it exactly?

        Largest remainder (Hamilton's method); of equal remainders the earlier part wins. A negative amount is shared
        like its positive. Raises ValueError for a negative weight or when no weight is positive.
        """
        total = sum(weights)
        if any(weight < 0 for weight in weights) or total <= 0:
            raise ValueError("weights are whole numbers of at least 0 and one of them is above 0")
        amount, sign = abs(self.minor), -1 if self.minor < 0 else 1
        parts = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(parts)), key=lambda i: (-(amount * weights[i] % total), i))
        for i in by_remainder[: amount - sum(parts)]:
            parts[i] += 1
        return [Money(sign * part, self.currency) for part in parts]

    def convert(self, to: str, rate: Fraction | Decimal | int) -> Money:
        """How much is this in another currency? `rate` is units of `to` for one unit of this currency.

        The exact product is rounded once, half to even, to the minor unit of `to`. Raises TypeError for a float rate,
        ValueError for a rate that is not positive, or not 1 within one currency.
        """
        if isinstance(rate, float):
            raise TypeError("a rate is a Decimal or a Fraction: a float is not exact")
        exact = Fraction(rate)
        if exact <= 0 or (to == self.currency and exact != 1):
            raise ValueError(f"{rate} is not a rate from {self.currency} to {to}")
        scale = Fraction(10) ** (exponent(to) - exponent(self.currency))
        return Money(round(self.minor * exact * scale), to)

    def __str__(self) -> str:
        return f"{self.text} {self.currency}"

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.minor), self.currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise TypeError(
                f"Money is multiplied by whole numbers, not {type(times).__name__}: use allocate or convert"
            )
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __truediv__(self, other: object) -> Money:
        raise TypeError("Money is not divided: make a Ratio, which keeps both sides, or allocate")

    __floordiv__ = __truediv__
    __mod__ = __truediv__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money never mixes: {self.currency} with {type(other).__name__}")
        if other.currency != self.currency:
            raise TypeError(f"Money never mixes: {self.currency} with {other.currency}")
        return other.minor


def sum_money(amounts: Iterable[Money]) -> Money | None:
    """What do these amounts of one currency sum to? None when there are none, for then no currency is known.

    Raises TypeError when they are of several currencies: convert first.
    """
    total: Money | None = None
    for amount in amounts:
        total = amount if total is None else total + amount
    return total
