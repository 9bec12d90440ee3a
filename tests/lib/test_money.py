"""Money: exact amounts of one currency."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from saleswright.lib.issue import Stop
from saleswright.lib.money import CURRENCIES, EXPONENTS, WITHDRAWN, Money, exponent, sum_money


@pytest.mark.parametrize(
    ("code", "digits"),
    [("USD", 2), ("EUR", 2), ("JPY", 0), ("KRW", 0), ("XPF", 0), ("KWD", 3), ("TND", 3), ("CLF", 4), ("UYW", 4)],
)
def test_exponents_are_those_of_iso_4217(code: str, digits: int) -> None:
    assert exponent(code) == digits


def test_every_accepted_code_has_an_exponent_and_none_is_both_active_and_withdrawn() -> None:
    assert set(EXPONENTS) == CURRENCIES | WITHDRAWN
    assert not CURRENCIES & WITHDRAWN
    assert all(len(code) == 3 and code.isupper() for code in EXPONENTS)
    assert len(CURRENCIES) > 150


@pytest.mark.parametrize("code", ["usd", "US", "XAU", "", "USDD"])
def test_an_unknown_currency_stops(code: str) -> None:
    with pytest.raises(Stop, match="unknown currency"):
        Money(1, code)


def test_an_unknown_currency_gets_the_nearest() -> None:
    with pytest.raises(Stop) as stop:
        exponent("usd")
    assert stop.value.issues[0].try_.startswith("did you mean USD")


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
def test_minor_units_are_whole(minor: Any) -> None:
    with pytest.raises(TypeError, match="whole minor units"):
        Money(minor, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,234.56", "USD", 123456),
        ("1234.5", "USD", 123450),
        ("-5", "USD", -500),
        ("+0.07", "USD", 7),
        (" 12 ", "USD", 1200),
        ("1,234,567", "JPY", 1234567),
        ("-0.001", "KWD", -1),
        ("0", "USD", 0),
        ("-0.00", "USD", 0),
    ],
)
def test_parse(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.234,56", "1,23", "12,34,567", "1e3", "$5", "(5)", "--5", ".5", "5.", "1 000", "٣", "NaN"]
)
def test_parse_refuses_other_text(text: str) -> None:
    with pytest.raises(Stop) as stop:
        Money.parse(text, "USD", where="deals.csv:3")
    (issue,) = stop.value.issues
    assert (issue.code, issue.where) == ("not_an_amount", "deals.csv:3")


@pytest.mark.parametrize(("text", "currency"), [("1.005", "USD"), ("1.000", "USD"), ("1.0", "JPY")])
def test_parse_never_rounds(text: str, currency: str) -> None:
    with pytest.raises(Stop) as stop:
        Money.parse(text, currency)
    assert stop.value.issues[0].code == "too_many_decimals"


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(123456, "USD"), "1234.56"),
        (Money(-5, "USD"), "-0.05"),
        (Money(0, "USD"), "0.00"),
        (Money(-1234567, "JPY"), "-1234567"),
        (Money(12, "CLF"), "0.0012"),
        (Money(10**30, "USD"), "1" + "0" * 28 + ".00"),
    ],
)
def test_text_is_plain_and_exact(money: Money, text: str) -> None:
    assert money.text == text
    assert money.decimal == Decimal(text)
    assert money.as_dict() == {"amount": text, "currency": money.currency}
    assert str(money) == f"{text} {money.currency}"


def test_arithmetic_within_a_currency() -> None:
    ten, three = Money(1000, "USD"), Money(300, "USD")
    assert ten + three == Money(1300, "USD")
    assert three - ten == Money(-700, "USD")
    assert abs(three - ten) == -(three - ten)
    assert ten * 3 == 3 * ten == Money(3000, "USD")
    assert three < ten
    assert three <= ten
    assert ten > three
    assert ten >= three
    assert sorted([ten, three]) == [three, ten]


def test_dividing_names_the_ratio() -> None:
    money: Any = Money(1000, "USD")
    with pytest.raises(TypeError, match="Ratio"):
        money / 2
    with pytest.raises(TypeError, match="Ratio"):
        money // 2
    with pytest.raises(TypeError, match="Ratio"):
        money % 2


@pytest.mark.parametrize("times", [1.5, Decimal(2), True, Fraction(1, 2)])
def test_only_whole_multiples(times: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        Money(1000, "USD") * times


def test_sum_of_nothing_has_no_currency() -> None:
    assert sum_money([]) is None
    assert sum_money([Money(1, "EUR"), Money(2, "EUR")]) == Money(3, "EUR")


@pytest.mark.parametrize(
    ("minor", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (100, [70, 30], [70, 30]),
        (101, [50, 50], [51, 50]),
        (5, [0, 3, 0], [0, 5, 0]),
        (10, [1, 5, 5], [1, 5, 4]),
        (2, [1, 1, 1, 1], [1, 1, 0, 0]),
    ],
)
def test_allocate_by_largest_remainder(minor: int, weights: list[int], parts: list[int]) -> None:
    assert [part.minor for part in Money(minor, "USD").allocate(weights)] == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_allocate_refuses_weights_that_share_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "USD").allocate(weights)


@pytest.mark.parametrize(
    ("money", "to", "rate", "minor"),
    [
        (Money(10000, "USD"), "EUR", Decimal("0.92"), 9200),
        (Money(1, "USD"), "EUR", Decimal("0.5"), 0),  # half a cent goes to the even cent
        (Money(3, "USD"), "EUR", Decimal("0.5"), 2),
        (Money(-3, "USD"), "EUR", Decimal("0.5"), -2),
        (Money(10000, "USD"), "JPY", Decimal("151.235"), 15124),
        (Money(15124, "JPY"), "USD", Fraction(1, 150), 10083),
        (Money(100, "USD"), "KWD", Decimal("0.3071"), 307),
        (Money(77, "USD"), "USD", 1, 77),
    ],
)
def test_convert_rounds_once_half_to_even(money: Money, to: str, rate: Decimal | Fraction | int, minor: int) -> None:
    assert money.convert(to, rate) == Money(minor, to)


def test_convert_refuses_what_is_no_rate() -> None:
    dollar, inexact = Money(100, "USD"), 0.92
    with pytest.raises(TypeError, match="float"):
        dollar.convert("EUR", inexact)  # type: ignore[arg-type]
    for rate in (0, Decimal("-1"), Decimal("NaN")):
        with pytest.raises(ValueError):
            dollar.convert("EUR", rate)
    with pytest.raises(ValueError, match="USD to USD"):
        dollar.convert("USD", 2)
    with pytest.raises(Stop):
        dollar.convert("EURO", 1)
