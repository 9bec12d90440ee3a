"""Delimiters, quotes, line ends and empty space."""

from __future__ import annotations

from dataclasses import replace

from tests.corpus.case import (
    DEALS,
    GOOD,
    HEADER,
    WON,
    Case,
    Imported,
    Refused,
    case,
    column,
    deals,
    many,
    table,
    whole,
    won_of,
)

PLAIN = table(DEALS)
LINES = PLAIN.splitlines()
QUOTE = "quote"


def _ends(*ends: str) -> str:
    return "".join(line + ends[n % len(ends)] for n, line in enumerate(LINES))


def _named(name: str, text: str) -> Case:
    """The name of one deal holds what the dialect is made of."""
    rows = deals({"D2": {"Deal Name": text}})
    return case(name, table(rows), replace(GOOD, cells={"D2": {"name": text, "amount": 25050}, "D3": {"amount": 7525}}))


def _always_quoted(text: str) -> str:
    return "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()) + "\n"


DELIMITERS = (
    case("semicolon", table(DEALS, delimiter=";"), GOOD),
    case("tab", table(DEALS, delimiter="\t"), GOOD, "deals.tsv"),
    case("tab_called_csv", table(DEALS, delimiter="\t"), GOOD),
    case("comma_called_tsv", PLAIN, GOOD, "deals.tsv"),
    case("pipe_in_txt", table(DEALS, delimiter="|"), GOOD, "deals.txt"),
    case("sep_line_semicolon", "sep=;\r\n" + table(DEALS, delimiter=";", end="\r\n"), GOOD),
    case("sep_line_tab", "sep=\t\n" + table(DEALS, delimiter="\t"), GOOD),
    case("sep_line_with_mark", "\ufeffsep=;\n" + table(DEALS, delimiter=";"), GOOD),
    case(
        "semicolon_decimal_comma",
        table([[c.replace(".", ",") if n == 5 else c for n, c in enumerate(r)] for r in DEALS], delimiter=";"),
        GOOD,
    ),
    case(
        "semicolon_names_full_of_commas",
        table(column("Deal Name", [f"a,b,c,d,e,f,g{n}" for n in range(6)]), delimiter=";"),
        Imported(won=WON, deals=6, cells={"D1": {"name": "a,b,c,d,e,f,g0"}}),
    ),
    case(
        "comma_names_full_of_semicolons",
        table(column("Deal Name", [f"a;b;c;d;e;f;g;h;i;{n}" for n in range(6)])),
        Imported(won=WON, deals=6, cells={"D6": {"name": "a;b;c;d;e;f;g;h;i;5"}}),
    ),
    case("no_known_delimiter", PLAIN.replace(",", "~"), Refused(("delimiter|not recognised|column",))),
    case("control_character_delimiter", PLAIN.replace(",", "\x01"), Refused(("not text|not recognised|delimiter",))),
    case("space_padded", "\n".join(" , ".join(line.split(",")) for line in LINES) + "\n", GOOD),
    case(
        "space_before_quote",
        PLAIN.replace(",", ", ").replace("Beta", '"Beta, Inc"'),
        replace(GOOD, cells={"D2": {"name": "Beta, Inc", "amount": 25050}}),
    ),
)
QUOTES = (
    _named("quoted_delimiter", "Beta, Gamma, and more"),
    _named("doubled_quotes", 'The "big" one'),
    _named("only_quotes", '""'),
    _named("quoted_line_feed", "Beta\nsecond line"),
    _named("quoted_return_and_feed", "Beta\r\nsecond line"),
    _named("quoted_return", "Beta\rsecond line"),
    _named("note_of_300_lines", "\n".join(f"line {n}" for n in range(300))),
    case("everything_quoted", _always_quoted(PLAIN), GOOD),
    case(
        "backslash_escapes",
        PLAIN.replace("Beta", '"The \\"big\\" one"'),
        replace(GOOD, cells={"D2": {"name": 'The "big" one', "amount": 25050}}, notes=("backslash|escape",)),
        either=Imported(rejected=((3, "", "quote|escape|field"),), won={"USD": 10000}, cells={"D3": {"name": "Gamma"}}),
    ),
    case(
        "inch_sign_inside",
        PLAIN.replace("Beta", 'Screen 24" wide'),
        replace(GOOD, cells={"D2": {"name": 'Screen 24" wide'}}),
    ),
    case(
        "unclosed_quote_at_start",
        PLAIN.replace("D1,Alpha", '"D1,Alpha'),
        Imported(rejected=((2, "", QUOTE),), won={"USD": 25050}, deals=5),
        mend={2: whole("D1")},
    ),
    case(
        "unclosed_quote_in_the_middle",
        PLAIN.replace("Gamma", '"Gamma'),
        Imported(rejected=((4, "", QUOTE),), won=WON, deals=5),
    ),
    case(
        "unclosed_quote_at_end",
        PLAIN.replace("D6,Zeta", 'D6,"Zeta'),
        Imported(rejected=((7, "", QUOTE),), won=WON, deals=5),
    ),
    case(
        "unclosed_quote_in_3000_lines",
        table(many(3000)).replace("D2,Alpha 1", 'D2,"Alpha 1'),
        Imported(read=3000, rejected=((3, "", QUOTE),), won=won_of(3000), deals=2999),
    ),
    case(
        "unclosed_quote_in_header",
        PLAIN.replace("Close Date", '"Close Date'),
        Refused((QUOTE + "|header|not recognised",)),
        either=replace(GOOD, warns=(QUOTE,)),
    ),
    case(
        "text_after_closing_quote",
        PLAIN.replace("Beta", '"Beta" Ltd'),
        replace(GOOD, cells={"D2": {"name": "Beta Ltd"}}),
        either=Imported(rejected=((3, "", QUOTE),), won={"USD": 10000}),
    ),
)
ENDS = (
    case("return_and_feed", _ends("\r\n"), GOOD),
    case("return_only", _ends("\r"), GOOD),
    case("mixed_line_ends", _ends("\n", "\r\n", "\r"), GOOD),
    case("feed_and_return_in_turn", _ends("\n", "\r\n"), GOOD),
    case("no_final_line_end", PLAIN.rstrip("\n"), GOOD),
    case("double_returns", _ends("\r\r\n"), GOOD),
    case("trailing_delimiters_everywhere", "".join(f"{line},,\n" for line in LINES), GOOD),
    case("trailing_delimiters_on_rows", LINES[0] + "\n" + "".join(f"{line},\n" for line in LINES[1:]), GOOD),
    case("blank_lines_between", "\n\n".join(LINES) + "\n\n\n", GOOD),
    case("blank_lines_first", "\n\n\n" + PLAIN, GOOD),
    case("lines_of_spaces", "\n   \n".join(LINES) + "\n \t \n", GOOD),
    # What a spreadsheet saves below the table: rows of nothing are no rows.
    case("lines_of_delimiters", PLAIN + "," * (len(HEADER) - 1) + "\n" + "," * (len(HEADER) - 1) + "\n", GOOD),
    case("unicode_line_separators_in_text", PLAIN.replace("Beta", "Be\u2028t\u2029a\x85"), replace(GOOD, cells={})),
    case("form_feed_in_text", PLAIN.replace("Beta", "Be\x0bt\x0ca"), replace(GOOD, cells={})),
)
CASES = (*DELIMITERS, *QUOTES, *ENDS)
