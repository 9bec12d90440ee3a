"""What finance and marketing keep beside the CRM: quotas in grids, spend, subscriptions, the price list, rates."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import xlsxwriter

from saleswright.demo.dates import add_months
from tests.layouts.company import UNTIL, world
from tests.layouts.layout import Layout, Make, Truth, money
from tests.layouts.writing import grouped, iso, mdy, quoted, text

YEAR = [date(2026, month, 1) for month in range(1, 13)]
LEAVER, LEFT = "Rep 05", date(2026, 7, 1)


def _quotas() -> dict[str, dict[date, int]]:
    """Quota by person and month of 2026; one person left in the summer, some started during the year."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for q in world().quotas:
        month = date.fromordinal(q.month)
        if month.year == 2026 and not (q.user.name == LEAVER and month >= LEFT):
            found[q.user.name][month] = q.amount
    return found


def _teams() -> dict[str, list[str]]:
    """Who is in which team now."""
    teams: dict[str, list[str]] = defaultdict(list)
    for u in world().people.reps:
        teams[u.team].append(u.name)
    return teams


def quota_grid(folder: Path) -> Layout:
    """Finance's sheet: a row a person, a column a month; the managers stand above their teams with the team's sum."""
    quotas, teams = _quotas(), _teams()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "FY26 quotas v3 final.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Quotas 2026")
        form, bold = book.add_format({"num_format": "#,##0"}), book.add_format({"bold": True})
        sheet.write(0, 0, "Saleswright Demo Company", bold)
        sheet.write(1, 0, "Sales quotas 2026, USD, approved by finance on 12 January 2026")
        heads = ["Rep", "Title", *(f"{m:%b-%y}" for m in YEAR), "Total"]
        sheet.write_row(3, 0, heads, bold)
        row = 4

        def line(name: str, title: str, months: dict[date, int]) -> None:
            nonlocal row
            sheet.write(row, 0, name)
            sheet.write(row, 1, title)
            for place, month in enumerate(YEAR, 2):
                if month in months:
                    sheet.write(row, place, months[month], form)
            sheet.write(row, 14, sum(months.values()), form)
            row += 1

        whole: dict[date, int] = defaultdict(int)
        for team, reps in teams.items():
            sums: dict[date, int] = defaultdict(int)
            for name in reps:
                for month, amount in quotas[name].items():
                    sums[month] += amount
                    whole[month] += amount
            line(team.replace("Team", "Manager"), "Sales Manager", sums)
            for name in reps:
                line(name, "Account Executive", quotas[name])
            line(f"{team} total", "", sums)
        line("Grand Total", "", whole)
    grand = sum(whole.values())
    expected = {"rejected": "0"}
    for month in (date(2026, 3, 1), date(2026, 10, 1)):
        for name in ("Rep 07", "Rep 22"):
            expected[f"sum quota.amount | person={name} | starts={month}"] = money({"USD": quotas[name][month]})
        expected[f"sum quota.amount | person~Rep | starts={month}"] = money({"USD": whole[month]})
    expected["sum quota.amount | person~Rep"] = money({"USD": grand})
    expected[f"count quota | person={LEAVER}"] = str(len(quotas[LEAVER]))
    expected["count quota | person~otal"] = "0"
    truth: dict[str, Truth] = {"Rep": "person", "Title": None, "Total": None}
    truth |= {f"{m:%b-%y}": "amount" for m in YEAR}
    return Layout(path, expected, {path.name: truth}, grand_total=f"{grand}.00")


def quota_quarters(folder: Path) -> Layout:
    """A smaller grid, by quarters, with dollar signs and thousands."""
    quotas = _quotas()
    starts = [date(2026, month, 1) for month in (1, 4, 7, 10)]
    names = sorted(name for name, months in quotas.items() if len(months) == 12)
    cells = {
        (name, start): sum(quotas[name][m] for m in YEAR if start <= m < add_months(start, 3))
        for name in names
        for start in starts
    }
    header = ("Sales rep", "Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026", "FY 2026")
    rows = [
        (n, *(grouped(cells[n, s], "$").removesuffix(".00") for s in starts),
         grouped(sum(cells[n, s] for s in starts), "$").removesuffix(".00"))
        for n in names
    ]  # fmt: skip
    path = text(folder / "quotas by quarter.csv", header, rows)
    expected = {
        "rejected": "0",
        "count quota": str(len(cells)),
        "sum quota.amount": money({"USD": sum(cells.values())}),
        "sum quota.amount | person=Rep 07 | starts=2026-04-01": money({"USD": cells["Rep 07", starts[1]]}),
        "count quota | ends=2026-07-01": str(len(names)),
    }
    truth: dict[str, Truth] = {"Sales rep": "person", "FY 2026": None} | dict.fromkeys(header[1:5], "amount")
    return Layout(path, expected, {path.name: truth})


def _spend() -> dict[tuple[date, str], int]:
    return {(date.fromordinal(s.month), s.channel): s.amount for s in world().spend}


def spend_long(folder: Path) -> Layout:
    """A row for every month and channel."""
    spend = _spend()
    rows = [(f"{month:%Y-%m}", channel, f"{amount}.00", "USD") for (month, channel), amount in spend.items()]
    path = text(folder / "marketing costs.csv", ("Month", "Channel", "Spend", "Currency"), rows)
    truth: dict[str, Truth] = {"Month": "starts", "Channel": "channel", "Spend": "amount", "Currency": "currency"}
    return Layout(path, {"read": str(len(rows)), **_spent(spend)}, {path.name: truth})


def _spent(spend: dict[tuple[date, str], int]) -> dict[str, str]:
    months = sorted({month for month, _ in spend})
    return {
        "rejected": "0",
        "count spend": str(len(spend)),
        "sum spend.amount": money({"USD": sum(spend.values())}),
        "sum spend.amount | channel=Events": money({"USD": sum(v for (_, c), v in spend.items() if c == "Events")}),
        f"sum spend.amount | channel=Content | starts={months[4]}": money({"USD": spend[months[4], "Content"]}),
    }


def spend_grid(folder: Path) -> Layout:
    """A row for every month, a column for every channel, totals at the side and below."""
    spend = _spend()
    months, channels = sorted({m for m, _ in spend}), list(dict.fromkeys(c for _, c in spend))
    rows: list[list[object]] = []
    for m in months:
        rows.append(
            [f"{m:%B %Y}", *(grouped(spend[m, c]) for c in channels), grouped(sum(spend[m, c] for c in channels))]
        )
    sums = [sum(spend[m, c] for m in months) for c in channels]
    rows.append(["Total", *map(grouped, sums), grouped(sum(sums))])
    path = text(folder / "spend 2026.csv", ["Month", *channels, "Total"], rows)
    truth: dict[str, Truth] = {"Month": "starts", "Total": None} | dict.fromkeys(channels, "amount")
    return Layout(path, _spent(spend), {path.name: truth}, grand_total=f"{sum(sums)}.00")


def subscriptions(folder: Path) -> Layout:
    """What billing has: one line a subscription, with what it brings each month."""
    rows, count, status_of = [], 0, {True: "active", False: "ended"}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    counts: dict[str, int] = defaultdict(int)
    for contract in world().contracts[::3]:
        deal = contract.deal
        runs = contract.end > UNTIL.toordinal()
        status = "cancelled" if contract.cancelled and not runs else status_of[runs]
        for product, quantity, unit in deal.lines:
            count += 1
            monthly = (Decimal(quantity * unit) / 12).quantize(Decimal("0.01"))
            sums[deal.account.currency] += monthly
            counts[status] += 1
            rows.append(
                (
                    f"sub_{count:06}", " ".join(deal.account.name.split()), world().products[product].name, status,
                    iso(date.fromordinal(contract.start)), iso(date.fromordinal(contract.end)), monthly,
                    deal.account.currency,
                )
            )  # fmt: skip
    header = ("Subscription ID", "Customer", "Product", "Status", "Start date", "End date", "MRR", "Currency")
    path = quoted(folder / "subscriptions_2026-11-22.csv", header, rows)
    truth: tuple[Truth, ...] = ("id", "account", "product", "status", "starts", "ends", "monthly", "currency")
    expected = {
        "read": str(len(rows)), "rejected": "0", "count subscription": str(len(rows)),
        "sum subscription.monthly": money(sums),
    }  # fmt: skip
    expected |= {f"count subscription | status={s}": str(n) for s, n in counts.items()}
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def products(folder: Path) -> Layout:
    """The price list."""
    found = world().products
    header = ("Product Name", "Product Code", "Product Family", "List Price", "Currency", "Active")
    rows = [(p.name, f"SW-{n:03}", p.family, grouped(p.price), "USD", "TRUE") for n, p in enumerate(found, 1)]
    path = text(folder / "price list.csv", header, rows)
    expected = {
        "read": str(len(found)), "rejected": "0", "count product": str(len(found)),
        "sum product.price": money({"USD": sum(p.price for p in found)}),
        "count product | family=Add-on": str(sum(p.family == "Add-on" for p in found)),
    }  # fmt: skip
    truth: tuple[Truth, ...] = ("name", "id", "family", "price", "currency", None)
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def months_of_rates() -> dict[str, dict[date, float]]:
    """EUR and GBP for one USD by month, those of the last twelve months."""
    calendar = world().calendar
    return {
        code: {date.fromordinal(calendar.month_start(n)): rate for n, rate in months.items() if n > 0}
        for code, months in world().rates.table.items()
        if code != "USD"
    }


def _rated(code: str, start: date | None, rate: float) -> dict[str, str]:
    when = f" | starts={start}" if start else ""
    return {f"value rate.rate | currency={code}{when}": f"{rate:.6f}"}


def rates_dated(folder: Path) -> Layout:
    """Salesforce's DatedConversionRate: each rate with the day it begins and the day the next one does."""
    rates, rows = months_of_rates(), []
    for code, months in {"USD": dict.fromkeys(next(iter(rates.values())), 1.0), **rates}.items():
        for n, (start, rate) in enumerate(months.items()):
            end = "9999-12-31" if n + 1 == len(months) else iso(add_months(start, 1))
            rows.append((f"04wSw00000{code}{n:05}", code, f"{rate:.6f}", iso(start), end))
    header = ("Id", "IsoCode", "ConversionRate", "StartDate", "NextStartDate")
    path = text(folder / "DatedConversionRate.csv", header, rows)
    march, october = date(2026, 3, 1), date(2026, 10, 1)
    expected = {"read": str(len(rows)), "rejected": "0", "count rate | currency=EUR": str(len(rates["EUR"]))}
    expected |= _rated("EUR", march, rates["EUR"][march]) | _rated("GBP", october, rates["GBP"][october])
    truth: tuple[Truth, ...] = (("id", None), "currency", "rate", "starts", "ends")
    return Layout(path, expected, {path.name: dict(zip(header, truth, strict=True))})


def rates_two_columns(folder: Path) -> Layout:
    """What somebody looked up: a currency and a number, no date."""
    path = text(folder / "fx.csv", ("Currency", "Rate"), [("EUR", "0.9214"), ("GBP", "0.7893")])
    expected = {"read": "2", "rejected": "0", "count rate": "2"}
    expected |= _rated("EUR", None, 0.9214) | _rated("GBP", None, 0.7893)
    return Layout(path, expected, {path.name: {"Currency": "currency", "Rate": "rate"}})


def rates_grid(folder: Path) -> Layout:
    """Finance's month-end rates: a row a month, a column a currency."""
    rates = months_of_rates()
    months = list(rates["EUR"])
    rows = [(mdy(m), f"{rates['EUR'][m]:.6f}", f"{rates['GBP'][m]:.6f}") for m in months]
    path = text(folder / "Corporate FX rates per USD.csv", ("Month", "EUR", "GBP"), rows)
    march, october = date(2026, 3, 1), date(2026, 10, 1)
    expected = {"rejected": "0", "count rate": str(2 * len(months))}
    expected |= _rated("EUR", march, rates["EUR"][march]) | _rated("GBP", october, rates["GBP"][october])
    return Layout(path, expected, {path.name: {"Month": "starts", "EUR": "rate", "GBP": "rate"}})


MAKERS: dict[str, Make] = {
    "quota grid, months": quota_grid,
    "quota grid, quarters": quota_quarters,
    "spend, long": spend_long,
    "spend, grid": spend_grid,
    "subscriptions": subscriptions,
    "price list": products,
    "rates, dated": rates_dated,
    "rates, two columns": rates_two_columns,
    "rates, grid": rates_grid,
}
