"""Spreadsheets that people keep themselves: no vendor's words, signs in the cells, dates that could be read two ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from saleswright.demo import assumptions as a
from tests.layouts.company import UNTIL, Sale, all_sales, sales
from tests.layouts.layout import Figures, Layout, Make, Truth, amounts, money
from tests.layouts.writing import dmy, grouped, iso, mdy, point, text

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
Column = tuple[str, Callable[[Sale], object], Truth]
DEALS: tuple[Column, ...] = (
    ("Deal", lambda s: s.name, "name"),
    ("Account", lambda s: s.account, "account"),
    ("Stage", lambda s: s.stage, "stage"),
    ("Amount", lambda s: point(s.amount), "amount"),
    ("Currency", lambda s: s.currency, "currency"),
    ("Owner", lambda s: s.owner, "owner"),
    ("Created", lambda s: iso(s.created.date()), "created"),
    ("Close date", lambda s: iso(s.close), "close"),
)
ID: Column = ("Deal ID", lambda s: s.id, "id")
TYPE: Column = ("Type", lambda s: s.kind, "type")


def write(path: Path, columns: Sequence[Column], found: Sequence[Sale]) -> dict[str, dict[str, Truth]]:
    """Write the list, and say which column is what."""
    text(path, [n for n, _, _ in columns], [[get(s) for _, get, _ in columns] for s in found])
    return {path.name: {n: field for n, _, field in columns}}


def swapped(columns: Sequence[Column], **given: Column) -> list[Column]:
    """The columns with some put in the place of others."""
    return [given.get(n.replace(" ", "_"), (n, get, field)) for n, get, field in columns]


TALK = {
    a.PROSPECTING: "Talking", a.QUALIFICATION: "Talking", a.DISCOVERY: "Demo done", a.PROPOSAL: "Proposal sent",
    a.NEGOTIATION: "Negotiating", a.WON: "Won", a.LOST: "Lost",
}  # fmt: skip


def founders(folder: Path) -> Layout:
    """A founder's sheet: five columns, no ids, no names of deals, money with its sign."""
    found = [s for s in sales(every=45, start=3) if not s.renewal and s.standing != "disqualified" and s.amount]
    columns: list[Column] = [
        ("Customer", lambda s: s.account, "account"),
        ("Value", lambda s: grouped(s.amount, SIGNS[s.currency]).removesuffix(".00"), "amount"),
        ("Status", lambda s: TALK[s.stage], "stage"),
        ("Owner", lambda s: s.owner, "owner"),
        ("Expected close", lambda s: mdy(s.close), ("close", "expected_close")),
    ]
    # Two customers came back: the same name again is another deal.
    found += [replace(found[9], steps=found[10].steps), replace(found[20], steps=found[21].steps)]
    path = folder / "Sales tracker - Sheet1.csv"
    known = write(path, columns, found)
    figures = Figures(found, created=False, named=False).past_due()
    return Layout(path, figures.deal_file(), known)


def renewals_mixed(folder: Path) -> Layout:
    """Renewals stand among new deals, and only their names say so."""
    found = sales(start=2, currency="USD")
    known = write(folder / "all deals.csv", [ID, *DEALS], found)
    return Layout(folder / "all deals.csv", Figures(found).deal_file(), known, questions=("deal_type",))


def monthly(s: Sale) -> str:
    """A twelfth of the amount."""
    return "" if s.amount is None else f"{Decimal(s.amount) / 12:.2f}"


def mrr(folder: Path) -> Layout:
    """What a deal is worth is told by the month."""
    found = [s for s in sales(start=1, every=9, currency="USD") if s.kind != a.SERVICES]
    columns = swapped([ID, *DEALS, TYPE], Amount=("MRR", monthly, "amount"))
    known = write(folder / "deals.csv", columns, found)
    expected = Figures(found).deal_file()
    for standing in ("won", "open"):
        sums = sum((Decimal(monthly(s) or 0) for s in found if s.standing == standing), Decimal(0))
        expected[f"sum deal.amount | standing={standing}"] = money({"USD": sums})
    fresh = (s for s in found if s.standing == "won" and not s.renewal)
    expected["won_value | currency=USD"] = money({"USD": sum((Decimal(monthly(s) or 0) for s in fresh), Decimal(0))})
    return Layout(folder / "deals.csv", expected, known, questions=("amount_meaning",))


def three_currencies(folder: Path) -> Layout:
    """Three currencies, and nobody has given rates."""
    found = sales(start=6, every=9)
    known = write(folder / "deals.csv", [ID, *DEALS, TYPE], found)
    return Layout(folder / "deals.csv", Figures(found).deal_file(), known)


def neglected(found: Sequence[Sale]) -> list[Sale]:
    """The sales with every other open one promised for a day that is over."""
    late, out = 0, []
    for s in found:
        if s.standing == "open":
            late += 1
            days = timedelta(days=7 + late % 80)
            close = UNTIL - days if late % 2 else UNTIL + days
            s = replace(s, steps=(*s.steps[:-1], replace(s.now, close=close)))
        out.append(s)
    return out


def past_due(folder: Path) -> Layout:
    """Half of the open deals should have closed by now."""
    found = neglected(sales(start=3, every=9, currency="USD"))
    known = write(folder / "pipeline.csv", [ID, *DEALS, TYPE], found)
    figures = Figures(found).past_due()
    late = [s for s in found if s.open_qualified and s.close < UNTIL and not s.renewal]
    figures.out["past_due_deals"], figures.out["past_due"] = str(len(late)), amounts(late)
    figures.out["crm_open"] = amounts(s for s in found if s.standing == "open")
    return Layout(folder / "pipeline.csv", figures.deal_file(), known)


def ambiguous(folder: Path) -> Layout:
    """Every day of every date is at most 12, so that nothing tells day from month."""
    found = [
        s for s in all_sales() if s.currency == "USD" and s.close.day <= 12 and s.created.day <= 12 and not s.renewal
    ]
    columns = swapped(
        [ID, *DEALS, TYPE],
        Created=("Created", lambda s: dmy(s.created.date()), "created"),
        Close_date=("Close date", lambda s: dmy(s.close), "close"),
    )
    known = write(folder / "deals.csv", columns, found)
    return Layout(
        folder / "deals.csv", Figures(found).deal_file(), known, questions=("date_order",), answers=("date_order=dmy",)
    )


def term(s: Sale) -> int:
    """Months: one to three years, by the deal."""
    return 12 * (1 + len(s.name) % 3)


def arr_and_tcv(folder: Path) -> Layout:
    """Two amounts that mean different things stand side by side."""
    found = [s for s in sales(start=5, every=9, currency="USD") if s.kind != a.SERVICES]
    columns = swapped([ID, *DEALS, TYPE], Amount=("ARR", lambda s: point(s.amount), ("amount", None)))
    columns.insert(5, ("TCV", lambda s: point(s.amount and s.amount * term(s) // 12), ("amount", None)))
    columns.insert(6, ("Term (months)", term, "term_months"))
    known = write(folder / "deals.csv", columns, found)
    expected = Figures(found).deal_file()
    for key, value in list(expected.items()):
        if key.startswith("sum deal.amount"):
            standing = key.rpartition("=")[2]
            whole = sum((s.amount or 0) * term(s) // 12 for s in found if s.standing == standing)
            expected[key] = f"{value} or {money({'USD': whole})}"
        elif key.startswith("won_value"):
            fresh = [s for s in found if s.standing == "won" and not s.renewal]
            expected[key] = f"{value} or {money({'USD': sum((s.amount or 0) * term(s) // 12 for s in fresh)})}"
    return Layout(folder / "deals.csv", expected, known, questions=("amount_meaning",))


MAKERS: dict[str, Make] = {
    "founder's sheet": founders,
    "sheet, renewals mixed in": renewals_mixed,
    "sheet, monthly amounts": mrr,
    "sheet, three currencies": three_currencies,
    "sheet, half past due": past_due,
    "sheet, ambiguous dates": ambiguous,
    "sheet, two amounts": arr_and_tcv,
}
