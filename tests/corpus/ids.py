"""Keys that are lost, doubled or shortened, and references that lead nowhere or in a circle."""

from __future__ import annotations

from dataclasses import replace

from tests.corpus.case import DEALS, GOOD, HEADER, WON, Case, Imported, case, column, deals, files, table

LONG = ("006A000000ABCDEIA4", "006A000000ABCDFIA4", "006A000000ABCDGIA4", "006A000000abcdeIAA", "006A000000xyz12IAA")
PLAIN = table(DEALS)


def long_form(key: str) -> str:
    """A Salesforce id of 15 characters with its three check characters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = (key[n : n + 5] for n in (0, 5, 10))
    return key + "".join(letters[sum(1 << i for i, c in enumerate(part) if "A" <= c <= "Z")] for part in parts)


SHORT = (
    "0061x00000AbCdE",
    "0061x00000AbCdF",
    "0061x00000abcde",
    "0061x00000ABCDE",
    "0061x00000XyZ12",
    "0061x00000QqQqQ",
)
ACCOUNT = (
    "001D000000IRFmA",
    "001D000000IRFmB",
    "001D000000IRFmC",
    "001D000000irfma",
    "001D000000IRFmD",
    "001D000000IRFmE",
)
ACCOUNTS = ("Account ID", "Account Name", "Parent ID", "Website")


def _salesforce() -> Case:
    """Deals with 15 characters in one file and 18 in the other are the same six deals."""
    short = table(column("Deal ID", SHORT))
    rows = [[long_form(key), *row[1:]] for key, row in zip(SHORT, DEALS, strict=True)]
    return Case("ids_15_and_18_characters", files({"deals.csv": short, "opportunities.csv": table(rows)}),
                Imported(read=12, won=WON, deals=6))  # fmt: skip


def _looked_up() -> Case:
    """Accounts are named by 15 characters, listed by 18."""
    rows = column("Account", ACCOUNT)
    for row, key in zip(rows, SHORT, strict=True):
        row[0] = key
    header = [name if name != "Account" else "Account ID" for name in HEADER]
    listed = [[long_form(key), f"Company {n}", "", ""] for n, key in enumerate(ACCOUNT)]
    write = files({"accounts.csv": table(listed, ACCOUNTS), "opportunities.csv": table(rows, header)})
    return Case("accounts_15_and_18_characters", write, Imported(read=12, won=WON, deals=6, accounts=6))


def _accounts(name: str, rows: list[list[str]], expect: Imported) -> Case:
    return Case(name, files({"accounts.csv": table(rows, ACCOUNTS), "deals.csv": PLAIN}), expect)


SEEN = ("1.23457E+14", "1.23457E+14", "1.23457E+14")
IDS = (
    case(
        "ids_in_scientific_notation",
        table(column("Deal ID", ["100000000000001", "100000000000002", "1.23457E+14", "1.23458E+14", "5", "6"])),
        # Digits are lost: no two such ids can be told apart, so they are not taken for ids.
        Imported(rejected=((4, "Deal ID", "shortened|digits|scientific"), (5, "Deal ID", "shortened|digits|scientific")),
                 won=WON, deals=4),
    ),
    case("ids_with_leading_zeros", table(column("Deal ID", ["007", "7", "0007", "00", "0", "1"])),
         Imported(won=WON, deals=6, cells={"007": {"name": "Alpha"}, "7": {"name": "Beta"}})),
    case("ids_of_two_cases", table(column("Deal ID", ["a1", "A1", "b1", "B1", "c1", "C1"])),
         Imported(won=WON, deals=6, cells={"A1": {"name": "Beta"}})),
    case("ids_salesforce_told_by_case_only", table(column("Deal ID", SHORT)), Imported(won=WON, deals=6)),
    _salesforce(),
    _looked_up(),
    case("ids_doubled_identical", PLAIN + PLAIN.splitlines()[2] + "\n", replace(GOOD, read=7)),
    case("ids_doubled_all", PLAIN + "\n".join(PLAIN.splitlines()[1:]) + "\n", replace(GOOD, read=12)),
    case("ids_doubled_contradicting",
         PLAIN + PLAIN.splitlines()[2].replace("250.50", "999.00") + "\n",
         Imported(read=7, rejected=((8, "Deal ID", "same id"),), won=WON, deals=6, cells={"D2": {"amount": 25050}}),
         mend={8: {"Deal ID": "D7"}}),
    case("ids_empty", table(deals({"D2": {"Deal ID": ""}, "D5": {"Deal ID": "  "}})),
         Imported(rejected=((3, "Deal ID", "no id"), (6, "Deal ID", "no id")), won={"USD": 10000}, deals=4),
         mend={3: {"Deal ID": "D2"}, 6: {"Deal ID": "D5"}}),
    case("ids_padded", table(column("Deal ID", [" D1", "D2 ", "\tD3", "D4\xa0", "  D5  ", "D6"])), GOOD),
    case("ids_of_every_kind",
         table(column("Deal ID", ["../../etc/passwd", "'; DROP TABLE deal;--", 'a"b', "日本-1", "😀", "a;b:c/d?e#f%20"])),
         Imported(won=WON, deals=6, cells={"../../etc/passwd": {"name": "Alpha"}, "😀": {"name": "Epsilon"}})),
    case("ids_of_10000_letters", table(column("Deal ID", [f"{'x' * 10_000}{n}" for n in range(6)])),
         Imported(won=WON, deals=6)),
    case("ids_as_decimals", table(column("Deal ID", [f"{n}.0" for n in range(6)])), Imported(won=WON, deals=6)),
)  # fmt: skip
PEOPLE = "User ID,Name,Email,Is Active\nU1,Ann Lee,ann@example.com,true\n"
REFERENCES = (
    Case("owner_not_found", files({"users.csv": PEOPLE, "deals.csv": PLAIN}), Imported(read=7, won=WON, deals=6)),
    _accounts("parents_in_a_circle",
              [["A1", "Acme", "A2", ""], ["A2", "Globex", "A3", ""], ["A3", "Initech", "A1", ""]],
              Imported(read=9, won=WON, deals=6, accounts=3, health=("parent|circle|themselves",))),
    _accounts("own_parent", [["A1", "Acme", "A1", ""], ["A2", "Globex", "", ""]],
              Imported(read=8, won=WON, deals=6, accounts=2, health=("parent|circle|themselves",))),
    _accounts("parent_not_in_file", [["A1", "Acme", "A9", ""], ["A2", "Globex", "", ""]],
              Imported(read=8, won=WON, deals=6)),
    _accounts("website_homoglyphs",
              [["A1", "Acme", "", "acme.com"], ["A2", "Аcme", "", "аcme.com"], ["A3", "Acme Inc", "", "acme.co"]],
              Imported(read=9, won=WON, deals=6, accounts=3)),
    case("account_homoglyph", table(deals({"D5": {"Account": "Аcme"}})),
         replace(GOOD, cells={"D1": {"account": "Acme"}, "D5": {"account": "Аcme"}})),
    Case("account_homoglyph_beside_a_list",
         files({"accounts.csv": "Account Name,Industry\nAcme,Mining\nGlobex,Retail\nInitech,IT\nUmbrella,Pharma\nHooli,IT\n",
                "deals.csv": table(deals({"D5": {"Account": "Аcme"}}))}),
         Imported(read=11, won=WON, deals=6, cells={"D1": {"account": "Acme"}, "D5": {"account": "Аcme"}})),
    # The same letters in another composition are the same name; so is a name with nothing visible behind it.
    case("account_composed_two_ways", table(deals({"D1": {"Account": "Caf\u00e9"}, "D5": {"Account": "Cafe\u0301"}})),
         replace(GOOD, cells={"D1": {"account": "Caf\u00e9"}, "D5": {"account": "Caf\u00e9"}})),
    case("account_zero_width_behind", table(deals({"D5": {"Account": "Acme\u200b"}})),
         replace(GOOD, cells={"D1": {"account": "Acme"}, "D5": {"account": "Acme"}})),
    case("stages_drift", table(column("Stage", ["won", " Won ", "LOST", "Proposal", "proposal", "Lost"])), GOOD),
    case("stage_nobody_knows", table(deals({"D4": {"Stage": "Zwischenstand"}})), replace(GOOD, warns=("Zwischenstand",))),
    case("stage_empty", table(deals({"D4": {"Stage": ""}})), GOOD),
)  # fmt: skip
CASES = (*IDS, *REFERENCES)
