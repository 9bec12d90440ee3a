"""Amounts as people, spreadsheets and programs write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.corpus.case import DEALS, GOOD, WON, Case, Imported, case, column, deals, many, table, won_of

PLACE = 5
WORDS = ("tbd", "#N/A")
LOST = "shortened|not a number|digits"


def _all(name: str, values: Sequence[str], minor: Sequence[int | None], delimiter: str = ",", **more: object) -> Case:
    """Six amounts, and what each is in minor units."""
    cells = {f"D{n}": {"amount": value} for n, value in enumerate(minor, 1)}
    won = {"USD": sum(v for v in minor[:2] if v)} if any(minor[:2]) else None
    expect = replace(Imported(won=won, deals=6, cells=cells), **more)  # type: ignore[arg-type]
    return case(f"amounts_{name}", table(column("Amount", values), delimiter=delimiter), expect)


def _one(name: str, value: str, reason: str) -> Case:
    """One amount that cannot be taken, among forty plain ones."""
    rows = many(40)
    rows[8][PLACE] = value
    expect = Imported(read=40, rejected=((10, "Amount", reason),), won=won_of(40, 8), deals=39)
    # A word that says there is no amount may be read as none, when that is said.
    empty = (
        Imported(read=40, deals=40, won=won_of(40, 8), notes=(f"{value} read as empty",)) if value in WORDS else None
    )
    return case(f"amount_{name}", table(rows), expect, either=empty, mend={} if empty else {10: {"Amount": "100.00"}})


def _same_price() -> Case:
    """Every deal at one price, and one that nobody has priced: two different values, one of them no number."""
    rows = [[*row[:PLACE], "99.00", *row[PLACE + 1 :]] for row in many(40)]
    rows[9][PLACE] = "see contract"
    expect = Imported(read=40, rejected=((11, "Amount", "not a number"),), won={"USD": 10 * 9900}, deals=39)
    return case("amount_of_one_price_but_one", table(rows), expect)


def _fine(name: str, value: str, minor: int | None) -> Case:
    """One amount in a rarer form that says plainly what it is, among forty plain ones."""
    rows = many(40)
    rows[8][PLACE] = value
    won = {"USD": won_of(40, 8)["USD"] + (minor or 0)}
    return case(f"amount_{name}", table(rows), Imported(read=40, won=won, deals=40, cells={"D9": {"amount": minor}}))


EURO = ["1.234,56", "12.345.678,90", "234,50", "1.000,00", "7,00", "0,99"]
ENGLISH = ["1,234.56", "12,345,678.90", "234.50", "1,000.00", "7.00", "0.99"]
MINOR = [123456, 1234567890, 23450, 100000, 700, 99]
FORMS = (
    _all("european", EURO, MINOR),
    _all("european_semicolon", EURO, MINOR, ";"),
    _all("english", ENGLISH, MINOR),
    _all("french_spaces", [v.replace(".", " ") for v in EURO], MINOR, ";"),
    _all("french_no_break_spaces", [v.replace(".", "\u202f") for v in EURO], MINOR, ";"),
    _all("swiss", [v.replace(",", "'") for v in ENGLISH], MINOR),
    _all("indian", ["12,34,567.00", "1,00,000.50", "99,999.00", "1,000.00", "7.00", "0.99"],
         [123456700, 10000050, 9999900, 100000, 700, 99]),
    _all("sign_before", [f"${v}" for v in ENGLISH], MINOR),
    _all("sign_and_code", [f"${v} USD" for v in ENGLISH], MINOR),
    _all("code_before", [f"USD {v}" for v in ENGLISH], MINOR),
    _all("empty", ["100.00", "", " ", "", "40.00", ""], [10000, None, None, None, 4000, None], won={"USD": 10000}),
    _all("thousands_or_decimals", ["1.234", "2.345", "3.456", "4.567", "5.678", "6.789"], [], warns=("two ways|decimal",)),
    _all("thousands_or_decimals_comma", ["1,234", "2,345", "3,456", "4,567", "5,678", "6,789"], [],
         warns=("two ways|decimal",)),
    _all("large", ["90000000000000.00", "1.00", "1.00", "1.00", "1.00", "1.00"], [9_000_000_000_000_000, 100]),
    _fine("in_brackets", "(1,234.56)", -123456),
    _fine("negative", "-250.00", -25000),
    _fine("negative_behind", "250.00-", -25000),
    _fine("negative_real_minus", "−250.00", -25000),
    _fine("plus", "+250.00", 25000),
    _fine("zero", "0", 0),
    _fine("only_cents", ".50", 50),
    _fine("zeros_behind", "250.5000", 25050),
    _fine("no_break_spaces_around", "\xa0250.00\xa0", 25000),
)  # fmt: skip
BAD = (
    _one("85k", "85k", LOST),
    _one("1_2m", "1.2M", LOST),
    _one("scientific", "1.2E+07", LOST),
    _one("percent", "10%", "not a number|percent|%"),
    _one("nan", "NaN", "not a number"),
    _one("infinity", "Infinity", "not a number"),
    _one("ref_error", "#REF!", "not a number"),
    _one("na_error", "#N/A", "not a number"),
    _one("div_error", "#DIV/0!", "not a number"),
    _one("words", "tbd", "not a number"),
    _one("two_numbers", "100 or 200", "not a number"),
    _one("european_among_english", "1.234,56", "not a number"),
    _one("two_points", "1.234.5", "not a number"),
    _one("20_digits", "12345678901234567890", "too large"),
    _one("400_digits", "9" * 400, "too large|not a number"),
    _one("half_a_cent", "10.005", "decimals"),
    _one("other_sign", "€250.00", "currency"),
    _one("hexadecimal", "0x1F", "not a number"),
    _one("underscores", "1_000", "not a number"),
    _one("wide_digits", "１２３", "not a number"),
    _one("arabic_digits", "١٢٣", "not a number"),
    _one("formula", "=100+200", "not a number"),
    _one("two_minus", "--250", "not a number"),
    _same_price(),
)


def _currency(name: str, values: Sequence[str], expect: Imported, amounts: Sequence[str] | None = None) -> Case:
    rows = column("Currency", values)
    for row, amount in zip(rows, amounts or [row[5] for row in DEALS], strict=True):
        row[5] = amount
    return case(f"currency_{name}", table(rows), expect)


def _uncoded(name: str, amounts: Sequence[str], expect: Imported) -> Case:
    rows = [[cell for n, cell in enumerate(row) if n != 6] for row in column("Amount", amounts)]
    header = ("Deal ID", "Deal Name", "Account", "Owner", "Stage", "Amount", "Created", "Close Date")
    return case(f"currency_{name}", table(rows, header), expect)


CURRENCIES = (
    _currency("three", ["USD", "EUR", "GBP", "EUR", "USD", "GBP"], Imported(won={"USD": 10000, "EUR": 25050}, deals=6)),
    _currency("small_letters", ["usd"] * 6, GOOD),
    _currency("unknown_code", ["USD", "USD", "XYZ", "USD", "USD", "USD"],
              Imported(rejected=((4, "Currency", "currency"),), won=WON, deals=5)),
    _currency("word_for_code", ["USD", "USD", "Dollars", "USD", "USD", "USD"],
              Imported(rejected=((4, "Currency", "currency"),), won=WON, deals=5)),
    _currency("withdrawn_code", ["USD", "USD", "HRK", "USD", "USD", "USD"], GOOD),
    _currency("yen_has_no_cents", ["JPY"] * 6, Imported(rejected=((3, "Amount", "decimals"), (4, "Amount", "decimals")),
                                                      won={"JPY": 100}, deals=4)),
    _currency("dinar_has_three_decimals", ["KWD"] * 6, Imported(won={"KWD": 1234 + 2500}, deals=6),
              ["1.234", "2.500", "3.125", "4", "5", "6"]),
    _uncoded("signs_of_two", ["€100.00", "£250.50", "€75.25", "£1000.00", "€40.00", "£60.00"],
             Imported(won={"EUR": 10000, "GBP": 25050}, deals=6)),
    _uncoded("codes_beside_of_two", ["100.00 EUR", "250.50 CHF", "75.25 EUR", "1000.00 CHF", "40.00 EUR", "60.00 CHF"],
             Imported(won={"EUR": 10000, "CHF": 25050}, deals=6)),
    _uncoded("euro_sign_each", [f"{row[5]} €" for row in DEALS], Imported(won={"EUR": 35050}, deals=6)),
    _uncoded("none_said", [row[5] for row in DEALS], replace(GOOD, warns=("USD",))),
    case("percent_as_text",
         table([[*row, share] for row, share in zip(deals(), ["100%", "100 %", "0%", "55%", "10.5%", "0%"], strict=True)],
               ("Deal ID", "Deal Name", "Account", "Owner", "Stage", "Amount", "Currency", "Created", "Close Date",
                "Probability")),
         replace(GOOD, cells={"D4": {"probability": 0.55}, "D5": {"probability": 0.105}})),
)  # fmt: skip
CASES = (*FORMS, *BAD, *CURRENCIES)
