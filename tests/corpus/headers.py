"""Trouble in the header, and rows that do not fit it."""

from __future__ import annotations

from dataclasses import replace

from tests.corpus.case import DEALS, GOOD, HEADER, WON, Imported, Refused, case, deals, many, table, whole, won_of

PLAIN = table(DEALS)
LINES = PLAIN.splitlines()
FEW, MUCH = "too few|fields", "too many|fields"
SOME = ",".join(f"Extra {n}" for n in range(591))
WIDE = ",".join(f"Extra {n}" for n in range(4991))


def _header(*names: str) -> str:
    return table(DEALS, header=names)


def _renamed(old: str, new: str) -> str:
    return _header(*(new if name == old else name for name in HEADER))


def _cut(numbers: set[int], fields: int = 1) -> str:
    """The lines with these numbers have so many fields less."""
    lines = [line.rsplit(",", fields)[0] if n in numbers else line for n, line in enumerate(LINES, 1)]
    return "\n".join(lines) + "\n"


def _more(numbers: set[int], tail: str) -> str:
    return "\n".join(line + tail if n in numbers else line for n, line in enumerate(LINES, 1)) + "\n"


HEADERS = (
    case(
        "header_twice_the_same_name",
        table([[*row, "7.00"] for row in DEALS], header=[*HEADER, "Amount"]),
        replace(GOOD, warns=("Amount",)),
    ),
    case(
        "header_same_but_for_case",
        table([[*row, "7.00"] for row in DEALS], header=[*HEADER, "AMOUNT"]),
        replace(GOOD, warns=("AMOUNT",)),
    ),
    case("header_with_empty_names", table([[*row, "x", "y"] for row in DEALS], header=[*HEADER, "", " "]), GOOD),
    case("header_only", LINES[0] + "\n", Refused(("no rows|nothing to import",))),
    case("header_only_no_line_end", LINES[0], Refused(("no rows|nothing to import",))),
    case("no_header", "\n".join(LINES[1:]) + "\n", Refused(("header|not recognised|columns",))),
    case("header_again_in_the_middle", "\n".join([*LINES[:4], *LINES[0:1], *LINES[4:]]) + "\n", GOOD),
    case("header_again_each_row", "\n".join(f"{LINES[0]}\n{line}" for line in LINES[1:]) + "\n", GOOD),
    case(
        "two_exports_glued",
        PLAIN + "\ufeff" + LINES[0] + "\n" + "\n".join(line.replace("D", "E", 1) for line in LINES[1:]) + "\n",
        Imported(read=12, won={"USD": 70100}, deals=12),
    ),
    case(
        "columns_5000",
        "\n".join([f"{LINES[0]},{WIDE}", *(line + "," * 4991 for line in LINES[1:])]) + "\n",
        GOOD,
        slow=True,
    ),
    case("columns_600", "\n".join([f"{LINES[0]},{SOME}", *(line + ",x" * 591 for line in LINES[1:])]) + "\n", GOOD),
    case("columns_16384_empty_at_end", "\n".join(line + "," * (16384 - 9) for line in LINES) + "\n", GOOD),
    case("header_with_line_breaks", _renamed("Close Date", "Close\nDate"), GOOD),
    case("header_with_spaces", _header(*(f"  {name}  " for name in HEADER)), GOOD),
    case("header_in_capitals", _header(*(name.upper() for name in HEADER)), GOOD),
    case("header_with_underscores", _header(*(name.replace(" ", "_").lower() for name in HEADER)), GOOD),
    case("header_with_no_break_spaces", _header(*(name.replace(" ", "\xa0") for name in HEADER)), GOOD),
    case("header_with_zero_width", _header(*(f"\u200b{name}" for name in HEADER)), GOOD),
    case(
        "header_formulas",
        table([[*row, "1", "2"] for row in DEALS], header=[*HEADER, "=1+1", "@SUM(A1)"]),
        replace(GOOD, notes=("not used|kept",)),
    ),
    case(
        "header_of_sql",
        table([[*row, "1"] for row in DEALS], header=[*HEADER, '"; DROP TABLE deal; --']),
        replace(GOOD, notes=("not used|kept",)),
    ),
    case(
        "header_of_yaml",
        table([[*row, *"123456"] for row in DEALS], header=[*HEADER, "null", "- x", "a: b #c", "{", "!t", "'"]),
        replace(GOOD, notes=("not used|kept",)),
    ),
    case("header_of_10000_letters", table([[*row, "1"] for row in DEALS], header=[*HEADER, "x" * 10_000]), GOOD),
    case("header_called_line", table([[*row, "1"] for row in DEALS], header=[*HEADER, "_line"]), GOOD),
    case(
        "title_lines_above",
        "Report: All deals\nExported by Ann Lee\n\n" + PLAIN,
        replace(GOOD, notes=("deals",)),
    ),
    case(
        "comment_lines_above",
        "# made by a nightly job\n# 6 rows\n" + PLAIN,
        GOOD,
    ),
    case("header_german", _header(*("Deal-ID Dealname Firma Inhaber Phase Betrag Währung".split()), "Erstellt am",
                                  "Abschlussdatum"), GOOD),
)  # fmt: skip
RAGGED = (
    case(
        "one_row_short",
        _cut({4}),
        Imported(rejected=((4, "", FEW),), won=WON, deals=5, cells={"D4": {"amount": 100000}}),
        mend={4: {"Close Date": "2026-03-15"}},
    ),
    case("one_row_a_single_cell", _cut({4}, 8), Imported(rejected=((4, "", FEW),), won=WON, deals=5)),
    case(
        "all_rows_short",
        _cut(set(range(2, 8))),
        Imported(rejected=tuple((n, "", FEW) for n in range(2, 8)), deals=0),
        either=Refused((FEW,)),
    ),
    case(
        "one_row_long",
        _more({3}, ",more"),
        Imported(rejected=((3, "", MUCH),), won={"USD": 10000}, deals=5),
    ),
    case("one_row_long_but_empty", _more({3}, ",,,,"), GOOD),
    case(
        "all_rows_long",
        _more(set(range(2, 8)), ",x"),
        Imported(rejected=tuple((n, "", MUCH) for n in range(2, 8)), deals=0),
        either=Refused((MUCH,)),
    ),
    case(
        "delimiter_not_quoted",
        PLAIN.replace("Beta", "Beta, Ltd"),
        Imported(rejected=((3, "", MUCH),), won={"USD": 10000}, deals=5),
        mend={3: whole("D2")},
    ),
    case(
        "short_row_late_in_a_large_file",
        table(many(30_000)).replace("D29000,Alpha 28999,Acme,", "D29000,"),
        Imported(read=30_000, rejected=((29_001, "", FEW),), won=won_of(30_000), deals=29_999),
    ),
    case(
        "note_line_in_the_middle",
        "\n".join([*LINES[:3], "checked by Ann", *LINES[3:]]) + "\n",
        Imported(read=7, rejected=((4, "", FEW),), won=WON, deals=6),
        either=replace(GOOD, notes=("checked by Ann|line 4|:4",)),
    ),
    case(
        "totals_at_the_end",
        table([*deals(), ["Total", "", "", "", "", "1525.75", "", "", ""]]),
        replace(GOOD, notes=("[Tt]otal",)),
    ),
)
CASES = (*HEADERS, *RAGGED)
