"""Opportunity reports that a person exports from Salesforce as "Details Only" CSV, in several countries and settings."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from saleswright.demo import assumptions as a
from tests.layouts.company import PROBABILITY, UNTIL, Sale, sales, world
from tests.layouts.layout import Figures, Layout, Make, Truth, money
from tests.layouts.writing import Row, comma, dmy, dotted, mdy, point, quoted, text

FILE = "report1795376412345.csv"
HEADER = (
    "Opportunity Owner", "Account Name", "Opportunity Name", "Stage", "Fiscal Period", "Amount Currency", "Amount",
    "Probability (%)", "Age", "Close Date", "Created Date", "Next Step", "Lead Source", "Type", "Opportunity ID",
)  # fmt: skip
FIELDS: tuple[Truth, ...] = (
    "owner", "account", "name", "stage", None, "currency", "amount", "probability", None, "close", "created",
    "next_step", ("source", "channel"), "type", "id",
)  # fmt: skip
TRUTH: dict[str, Truth] = dict(zip(HEADER, FIELDS, strict=True))


def fiscal(day: date) -> str:
    """Q4-2026."""
    return f"Q{(day.month + 2) // 3}-{day.year}"


def age(sale: Sale) -> int:
    """Days from created to closed, or to today."""
    end = UNTIL if sale.standing == "open" else sale.close
    return (end - sale.created.date()).days


def report_row(
    s: Sale,
    day: Callable[[date | None], str] = mdy,
    amount: Callable[[int | None], str] = point,
    words: Mapping[str, str] | None = None,
) -> list[object]:
    """One line of the report, in the order of HEADER; ids in reports have 15 characters."""
    say = words or {}
    return [
        s.owner, s.account, s.name, say.get(s.stage, s.stage), fiscal(s.close), s.currency, amount(s.amount),
        PROBABILITY[s.stage], age(s), day(s.close), day(s.created.date()), s.now.next_step, s.source,
        say.get(s.kind, s.kind), s.id[:15],
    ]  # fmt: skip


def without(header: Sequence[str], rows: Sequence[Sequence[object]], *gone: str) -> tuple[list[str], list[Row]]:
    """The same table without some columns."""
    keep = [i for i, name in enumerate(header) if name not in gone]
    return [header[i] for i in keep], [[row[i] for i in keep] for row in rows]


def us(folder: Path) -> Layout:
    """An org in the United States: every cell in quotes, month first, three currencies."""
    found = sales()
    path = quoted(folder / FILE, HEADER, [report_row(s) for s in found])
    return Layout(path, Figures(found).past_due().deal_file(), {FILE: TRUTH})


def no_id(folder: Path) -> Layout:
    """The same without the Opportunity ID, which is there only when somebody adds it."""
    found = sales(start=1)
    header, rows = without(HEADER, [report_row(s) for s in found], "Opportunity ID")
    path = quoted(folder / FILE, header, rows)
    truth = {k: v for k, v in TRUTH.items() if k in header}
    # The name of the opportunity, or all that makes a line its own, stands in for the id.
    truth["Opportunity Name"] = "name"
    return Layout(path, Figures(found).deal_file(), {FILE: truth})


def converted_amount(s: Sale) -> str:
    """The amount in the corporate currency, to the cent."""
    if s.amount is None:
        return ""
    rate = Decimal(str(world().rates.on(s.currency, UNTIL.toordinal())))
    return f"{(Decimal(s.amount) / rate):.2f}"


def converted(folder: Path) -> Layout:
    """Own amount beside the converted one: the own amount is the deal's, the other is kept."""
    found = sales(start=2)
    header = [*HEADER[:7], "Amount (converted) Currency", "Amount (converted)", *HEADER[7:]]
    rows = []
    for s in found:
        row = report_row(s)
        rows.append([*row[:7], "USD", converted_amount(s), *row[7:]])
    path = quoted(folder / FILE, header, rows)
    truth = TRUTH | {"Amount (converted) Currency": None, "Amount (converted)": None}
    return Layout(path, Figures(found).deal_file(), {FILE: truth})


def _in_dollars(found: Iterable[Sale]) -> str:
    return money({"USD": sum((Decimal(converted_amount(s) or 0) for s in found), Decimal(0))})


def only_converted(folder: Path) -> Layout:
    """Only the converted amount: what is there is the deal's amount, in one currency."""
    found = sales(start=3)
    header = [*HEADER[:5], "Amount (converted) Currency", "Amount (converted)", *HEADER[7:]]
    rows = []
    for s in found:
        row = report_row(s)
        rows.append([*row[:5], "USD", converted_amount(s), *row[7:]])
    path = quoted(folder / FILE, header, rows)
    expected = Figures(found).deal_file()
    for key in [k for k in expected if k.startswith("won_value")]:
        del expected[key]
    for standing in ("won", "open"):
        some = [s for s in found if s.standing == standing]
        expected[f"sum deal.amount | standing={standing}"] = _in_dollars(some)
    expected["won_value | currency=USD"] = _in_dollars(s for s in found if s.standing == "won" and not s.renewal)
    truth = {k: v for k, v in TRUTH.items() if k not in ("Amount Currency", "Amount")}
    truth |= {"Amount (converted) Currency": "currency", "Amount (converted)": "amount"}
    return Layout(path, expected, {FILE: truth})


GERMAN = (
    "Opportunity-Inhaber", "Accountname", "Opportunity-Name", "Phase", "Geschäftsperiode", "Betrag Währung", "Betrag",
    "Wahrscheinlichkeit (%)", "Alter", "Schlusstermin", "Erstelldatum", "Nächster Schritt", "Lead-Quelle", "Typ",
    "Opportunity-ID",
)  # fmt: skip
GERMAN_WORDS = {
    a.PROSPECTING: "Akquise", a.QUALIFICATION: "Qualifizierung", a.DISCOVERY: "Bedarfsanalyse", a.PROPOSAL: "Angebot",
    a.NEGOTIATION: "Verhandlung", a.WON: "Gewonnen", a.LOST: "Verloren", a.DISQUALIFIED: "Disqualifiziert",
    a.NEW: "Neugeschäft", a.EXPANSION: "Erweiterung", a.RENEWAL: "Verlängerung", a.SERVICES: "Dienstleistung",
}  # fmt: skip


def german(folder: Path) -> Layout:
    """German locale: semicolons, days first with dots, decimal comma, German labels and picklists."""
    found = sales(start=4)
    rows = [report_row(s, dotted, comma, GERMAN_WORDS) for s in found]
    path = quoted(folder / FILE, GERMAN, rows, delimiter=";", encoding="utf-8-sig")
    truth = dict(zip(GERMAN, FIELDS, strict=True))
    expected = Figures(found, created=False).deal_file()
    return Layout(path, expected, {FILE: truth}, currency="EUR")


FRENCH = (
    "Propriétaire de l'opportunité", "Nom du compte", "Nom de l'opportunité", "Étape", "Période fiscale",
    "Montant Devise", "Montant", "Probabilité (%)", "Ancienneté", "Date de clôture", "Date de création",
    "Étape suivante", "Origine de la piste", "Type", "ID de l'opportunité",
)  # fmt: skip
FRENCH_WORDS = {
    a.PROSPECTING: "Prospection", a.QUALIFICATION: "Qualification", a.DISCOVERY: "Analyse des besoins",
    a.PROPOSAL: "Proposition/Devis", a.NEGOTIATION: "Négociation/Révision", a.WON: "Clôturée gagnée",
    a.LOST: "Clôturée perdue", a.DISQUALIFIED: "Disqualifiée", a.NEW: "Nouvelle affaire", a.EXPANSION: "Extension",
    a.RENEWAL: "Renouvellement", a.SERVICES: "Prestations",
}  # fmt: skip


def french(folder: Path) -> Layout:
    """French locale: semicolons, days first, decimal comma, French labels with accents and apostrophes."""
    found = sales(start=5)
    path = text(
        folder / FILE, FRENCH, [report_row(s, dmy, comma, FRENCH_WORDS) for s in found], delimiter=";",
        encoding="utf-8-sig", newline="\r\n",
    )  # fmt: skip
    truth = dict(zip(FRENCH, FIELDS, strict=True))
    return Layout(path, Figures(found).deal_file(), {FILE: truth}, currency="EUR")


def british(folder: Path) -> Layout:
    """A British org with one currency: days first, amounts that do not say in which currency they are."""
    found = sales(every=1, currency="GBP")
    header, rows = without(HEADER, [report_row(s, dmy) for s in found], "Amount Currency")
    path = quoted(folder / FILE, header, rows)
    truth = {k: v for k, v in TRUTH.items() if k in header}
    return Layout(path, Figures(found).deal_file(), {FILE: truth}, currency="GBP")


FOOTER = (
    (), (), ("Open and closed deals",), ("Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",),
    ("Confidential Information - Do Not Distribute",), ("Generated By:  Sales Operations  11/22/2026 9:12 AM",),
    ("Saleswright Demo Company",),
)  # fmt: skip


def footer(folder: Path) -> Layout:
    """The export of the older interface, with seven lines below the last row that are no deals."""
    found = sales(start=6)
    path = quoted(folder / FILE, HEADER, [report_row(s) for s in found], footer=FOOTER)
    return Layout(path, Figures(found).deal_file(), {FILE: TRUTH})


def utf16(folder: Path) -> Layout:
    """Exported as "Unicode": UTF-16 with tabs between the cells."""
    found = sales(start=7)
    path = text(
        folder / FILE, HEADER, [report_row(s) for s in found], delimiter="\t", encoding="utf-16", newline="\r\n"
    )
    return Layout(path, Figures(found).deal_file(), {FILE: TRUTH})


def accented(s: Sale) -> Sale:
    """The same sale to a company whose name has letters beyond ASCII."""
    head, space, tail = s.account.partition(" ")
    better = head.translate(str.maketrans({"e": "é", "o": "ö"})) if len(head) % 2 else head
    return replace(s, account=better + space + tail, name=s.name.replace(head, better, 1))


def western(folder: Path) -> Layout:
    """Exported as "Western European": one byte a letter, with accents in the names."""
    found = [accented(s) for s in sales(start=8, every=9)]
    path = text(
        folder / FILE, HEADER, [report_row(s) for s in found], encoding="cp1252", quoting=csv.QUOTE_ALL,
        newline="\r\n",
    )  # fmt: skip
    expected = Figures(found).deal_file()
    named = next(s for s in found if not s.account.isascii())
    same = [s for s in found if s.account == named.account]
    expected[f"count deal | account={named.account}"] = str(len(same))
    return Layout(path, expected, {FILE: TRUTH})


MAKERS: dict[str, Make] = {
    "salesforce report, United States": us,
    "salesforce report, no id": no_id,
    "salesforce report, own and converted amount": converted,
    "salesforce report, converted amount only": only_converted,
    "salesforce report, German": german,
    "salesforce report, French": french,
    "salesforce report, British": british,
    "salesforce report, footer": footer,
    "salesforce report, UTF-16": utf16,
    "salesforce report, Western European": western,
}
